#include "engine/known_names.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "engine/names.h"

enum { NAME_WORD_SIZE_MIN = 6 };

struct asked_alias {
    const struct mention *mention;
    uint64_t hash;
    uint32_t from; /* in `strings`: the entity's key first, type letter and name key */
    uint32_t size;
    uint32_t number; /* once it is found */
};

enum status known_names_init(struct known_names *known, size_t memory_max, struct error *error)
{
    known->aliases = intern_new(memory_max);
    buffer_init(&known->forms, memory_max);
    buffer_init(&known->asked, memory_max);
    buffer_init(&known->strings, memory_max);
    buffer_init(&known->requests, memory_max);
    return known->aliases == NULL ? error_no_memory(error, memory_max) : STATUS_OK;
}

void known_names_release(struct known_names *known)
{
    intern_free(known->aliases);
    known->aliases = NULL;
    buffer_release(&known->forms);
    buffer_release(&known->asked);
    buffer_release(&known->strings);
    buffer_release(&known->requests);
}

void known_names_clear(struct known_names *known)
{
    intern_clear(known->aliases);
    buffer_clear(&known->forms);
}

size_t known_names_memory(const struct known_names *known)
{
    return intern_memory(known->aliases) + known->forms.size;
}

/* ---- Learning ---- */

/* Files `name` for an entity; see names.h. */
static enum status file_name(struct builder *builder, uint32_t form, const char *name, size_t size,
                             enum name_level level, struct error *error)
{
    char filed[STORE_KEY_SIZE_MAX];
    size_t filed_size = name_filed(name, size, level, filed);
    return filed_size == 0 ? STATUS_OK /* too long to be asked for */
                           : builder_name(builder, form, filed, filed_size, error);
}

/* The names under which an alias is found: itself, unless it is the entity's own (names.h), and
 * each longer word of a person's name. */
static enum status file_names(struct builder *builder, const struct mention *mention, uint32_t form,
                              struct error *error)
{
    char name[STORE_KEY_SIZE_MAX];
    size_t size =
        tagger_name_key(mention->type, mention->alias, mention->alias_size, name, sizeof name);
    enum status status = bytes_equal(name, size, mention->key, mention->key_size)
                             ? STATUS_OK
                             : file_name(builder, form, name, size, NAME_ALIAS, error);
    for (size_t from = 0; mention->type == ENTITY_PERSON && status == STATUS_OK && from < size;) {
        const char *space = memchr(name + from, ' ', size - from);
        size_t to = space == NULL ? size : (size_t)(space - name);
        if (to - from >= NAME_WORD_SIZE_MIN) {
            status = file_name(builder, form, name + from, to - from, NAME_WORD, error);
        }
        from = to + 1;
    }
    return status;
}

/* ---- Placing ---- */

static enum status ask(struct known_names *known, const struct mention *mention,
                       struct error *error)
{
    struct buffer *strings = &known->strings;
    if (1 + mention->key_size > STORE_KEY_SIZE_MAX || mention->alias_size > STORE_KEY_SIZE_MAX) {
        return STATUS_OK; /* no name is that long */
    }
    struct asked_alias asked = {.mention = mention, .from = (uint32_t)strings->size};
    enum status status = buffer_reserve(
        strings, mention->key_size + mention->alias_size + 2 + VARINT_SIZE_MAX, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *string = strings->bytes + strings->size;
    size_t size = 0;
    string[size++] = (unsigned char)entity_type_letter(mention->type);
    memcpy(string + size, mention->key, mention->key_size);
    size += mention->key_size;
    string[size++] = 0;
    memcpy(string + size, mention->alias, mention->alias_size);
    size += mention->alias_size;
    /* An alias printed over another number of words is another form of it. */
    size += store_varint(string + size, mention->token_count);
    strings->size += size;
    asked.size = (uint32_t)size;
    asked.hash = hash_short(string, size);
    intern_prefetch(known->aliases, asked.hash);
    return buffer_append(&known->asked, &asked, sizeof asked, error);
}

/* Numbers the aliases; those seen for the first time are asked for a form. */
static enum status find_aliases(struct known_names *known, struct error *error)
{
    struct asked_alias *asked = (struct asked_alias *)(void *)known->asked.bytes;
    size_t count = known->asked.size / sizeof *asked;
    for (size_t i = 0; i < count; i++) {
        intern_prefetch_string(known->aliases, asked[i].hash);
    }
    enum status status = STATUS_OK;
    buffer_clear(&known->requests);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const struct mention *mention = asked[i].mention;
        const unsigned char *string = known->strings.bytes + asked[i].from;
        bool added = false;
        status = intern_add_hashed(known->aliases, asked[i].hash, string, asked[i].size,
                                   &asked[i].number, &added, error);
        if (status == STATUS_OK && added) {
            struct vocabulary_request request = {.key = string,
                                                 .form = mention->alias,
                                                 .key_size = (uint32_t)mention->key_size + 1,
                                                 .form_size = (uint32_t)mention->alias_size,
                                                 .tag = mention->token_count};
            status = buffer_append(&known->requests, &request, sizeof request, error);
        }
    }
    return status;
}

/* Gives the new aliases their forms and files them. They are numbered in the order of asking. */
static enum status learn_aliases(struct known_names *known, struct builder *builder,
                                 struct error *error)
{
    struct vocabulary_request *requests =
        (struct vocabulary_request *)(void *)known->requests.bytes;
    size_t count = known->requests.size / sizeof *requests;
    enum status status = builder_forms(builder, STORE_ENTITIES, requests, count, error);
    uint32_t next = (uint32_t)(known->forms.size / sizeof(uint32_t));
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = buffer_append(&known->forms, &requests[i].number, sizeof(uint32_t), error);
    }
    const uint32_t *forms = (const uint32_t *)(const void *)known->forms.bytes;
    const struct asked_alias *asked = (const struct asked_alias *)(const void *)known->asked.bytes;
    for (size_t i = 0; status == STATUS_OK && i < known->asked.size / sizeof *asked; i++) {
        if (asked[i].number == next) {
            status = file_names(builder, asked[i].mention, forms[next++], error);
        }
    }
    return status;
}

enum status known_names_place(struct known_names *known, struct builder *builder,
                              const struct mention *mentions, size_t count,
                              const uint32_t *positions, struct buffer *out, struct error *error)
{
    enum status status = STATUS_OK;
    buffer_clear(&known->asked);
    buffer_clear(&known->strings);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = ask(known, &mentions[i], error);
    }
    if (status == STATUS_OK) {
        status = find_aliases(known, error);
    }
    if (status == STATUS_OK && known->requests.size > 0) {
        status = learn_aliases(known, builder, error);
    }
    const struct asked_alias *asked = (const struct asked_alias *)(const void *)known->asked.bytes;
    const uint32_t *forms = (const uint32_t *)(const void *)known->forms.bytes;
    for (size_t i = 0; status == STATUS_OK && i < known->asked.size / sizeof *asked; i++) {
        struct occurrence occurrence = {.form = forms[asked[i].number],
                                        .position = positions[asked[i].mention->token_first]};
        status = buffer_append(out, &occurrence, sizeof occurrence, error);
    }
    return status;
}
