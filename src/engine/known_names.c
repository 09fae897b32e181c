#include "engine/known_names.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "engine/names.h"

enum { NAME_WORD_SIZE_MIN = 6 };

struct asked_alias {
    const struct mention *mention;
    uint64_t hash;
    uint32_t from; /* in `strings` */
    uint32_t size;
};

enum status known_names_init(struct known_names *known, size_t memory_max, struct error *error)
{
    known->aliases = intern_new(memory_max);
    buffer_init(&known->forms, memory_max);
    buffer_init(&known->asked, memory_max);
    buffer_init(&known->strings, memory_max);
    return known->aliases == NULL ? error_no_memory(error, memory_max) : STATUS_OK;
}

void known_names_release(struct known_names *known)
{
    intern_free(known->aliases);
    known->aliases = NULL;
    buffer_release(&known->forms);
    buffer_release(&known->asked);
    buffer_release(&known->strings);
}

size_t known_names_memory(const struct known_names *known)
{
    return intern_memory(known->aliases) + known->forms.capacity;
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

/* `key` is the entity's: type letter, name key. */
static enum status learn_alias(struct known_names *known, struct builder *builder,
                               const struct mention *mention, const unsigned char *key,
                               struct error *error)
{
    uint32_t form = 0;
    enum status status =
        builder_form(builder, STORE_ENTITIES, key, 1 + mention->key_size, mention->alias,
                     mention->alias_size, mention->token_count, &form, error);
    if (status == STATUS_OK) {
        status = buffer_append(&known->forms, &form, sizeof form, error);
    }
    return status == STATUS_OK ? file_names(builder, mention, form, error) : status;
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
    const struct asked_alias *asked = (const struct asked_alias *)(const void *)known->asked.bytes;
    size_t asked_count = known->asked.size / sizeof *asked;
    for (size_t i = 0; status == STATUS_OK && i < asked_count; i++) {
        intern_prefetch_string(known->aliases, asked[i].hash);
    }
    for (size_t i = 0; status == STATUS_OK && i < asked_count; i++) {
        const unsigned char *string = known->strings.bytes + asked[i].from;
        uint32_t alias = 0;
        bool added = false;
        status = intern_add_hashed(known->aliases, asked[i].hash, string, asked[i].size, &alias,
                                   &added, error);
        if (status == STATUS_OK && added) {
            status = learn_alias(known, builder, asked[i].mention, string, error);
        }
        if (status == STATUS_OK) {
            const uint32_t *forms = (const uint32_t *)(const void *)known->forms.bytes;
            struct occurrence occurrence = {.form = forms[alias],
                                            .position = positions[asked[i].mention->token_first]};
            status = buffer_append(out, &occurrence, sizeof occurrence, error);
        }
    }
    return status;
}
