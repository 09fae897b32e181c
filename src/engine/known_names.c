#include "engine/known_names.h"

#include <string.h>

#include "base/bytes.h"
#include "engine/names.h"

enum { NAME_WORD_SIZE_MIN = 6 };

/* In `forms`, of names that have no form (yet). */
#define FORM_WANTED UINT32_MAX
#define FORM_ASKED  (UINT32_MAX - 1)
#define FORM_NONE   (UINT32_MAX - 2)

void known_names_init(struct known_names *known, size_t memory_max)
{
    buffer_init(&known->forms, memory_max);
    buffer_init(&known->asked, memory_max);
    buffer_init(&known->requests, memory_max);
    known->filed = 0;
}

void known_names_release(struct known_names *known)
{
    buffer_release(&known->forms);
    buffer_release(&known->asked);
    buffer_release(&known->requests);
}

void known_names_clear(struct known_names *known)
{
    buffer_clear(&known->forms);
    known->filed = 0;
}

size_t known_names_memory(const struct known_names *known)
{
    return known->forms.size;
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
static enum status file_names(struct builder *builder, enum entity_type type,
                              const struct entity_name *entity, uint32_t form, struct error *error)
{
    char name[STORE_KEY_SIZE_MAX];
    size_t size = tagger_name_key(type, entity->alias, entity->alias_size, name, sizeof name);
    enum status status = bytes_equal(name, size, entity->key, entity->key_size)
                             ? STATUS_OK
                             : file_name(builder, form, name, size, NAME_ALIAS, error);
    for (size_t from = 0; type == ENTITY_PERSON && status == STATUS_OK && from < size;) {
        const char *space = memchr(name + from, ' ', size - from);
        size_t to = space == NULL ? size : (size_t)(space - name);
        if (to - from >= NAME_WORD_SIZE_MIN) {
            status = file_name(builder, form, name + from, to - from, NAME_WORD, error);
        }
        from = to + 1;
    }
    return status;
}

static uint32_t *form_of(const struct known_names *known, uint32_t name)
{
    return (uint32_t *)(void *)known->forms.bytes + name;
}

/* Makes room for the form of every name in the mentions. */
static enum status forms_extend(struct known_names *known, const struct placed_mentions *placed,
                                struct error *error)
{
    size_t names = known->forms.size / sizeof(uint32_t);
    size_t needed = names;
    for (size_t i = 0; i < placed->count; i++) {
        needed = placed->mentions[i].name >= needed ? (size_t)placed->mentions[i].name + 1 : needed;
    }
    size_t more = (needed - names) * sizeof(uint32_t);
    enum status status = buffer_reserve(&known->forms, more, error);
    if (status == STATUS_OK && more > 0) {
        memset(known->forms.bytes + known->forms.size, 0xff, more); /* FORM_WANTED */
        known->forms.size += more;
    }
    return status;
}

/* Asks for the form of a name that is seen for the first time. */
static enum status ask(struct known_names *known, const struct placed_mentions *placed,
                       const struct mention *mention, struct error *error)
{
    struct entity_name name = tagger_name(placed->scratch, mention->name);
    if (1 + name.key_size > STORE_KEY_SIZE_MAX || name.alias_size > STORE_KEY_SIZE_MAX) {
        *form_of(known, mention->name) = FORM_NONE; /* no name is that long */
        return STATUS_OK;
    }
    *form_of(known, mention->name) = FORM_ASKED;
    struct vocabulary_request request = {.key = name.key - 1, /* the letter of its type */
                                         .form = name.alias,
                                         .key_size = (uint32_t)name.key_size + 1,
                                         .form_size = (uint32_t)name.alias_size,
                                         .tag = mention->token_count};
    enum status status = buffer_append(&known->requests, &request, sizeof request, error);
    return status == STATUS_OK ? buffer_append(&known->asked, mention, sizeof *mention, error)
                               : status;
}

/* Gives the names that are new their forms, and files those forms that are new. */
static enum status learn_names(struct known_names *known, struct builder *builder,
                               const struct tagger_scratch *scratch, struct error *error)
{
    struct vocabulary_request *requests =
        (struct vocabulary_request *)(void *)known->requests.bytes;
    const struct mention *asked = (const struct mention *)(const void *)known->asked.bytes;
    size_t count = known->requests.size / sizeof *requests;
    enum status status = builder_forms(builder, STORE_ENTITIES, requests, count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        uint32_t form = requests[i].number;
        *form_of(known, asked[i].name) = form;
        if (form >= known->filed) {
            known->filed = form + 1;
            struct entity_name name = tagger_name(scratch, asked[i].name);
            status = file_names(builder, asked[i].type, &name, form, error);
        }
    }
    return status;
}

static enum status learn_new(struct known_names *known, struct builder *builder,
                             const struct placed_mentions *placed, struct error *error)
{
    buffer_clear(&known->asked);
    buffer_clear(&known->requests);
    enum status status = forms_extend(known, placed, error);
    for (size_t i = 0; status == STATUS_OK && i < placed->count; i++) {
        if (UNLIKELY(*form_of(known, placed->mentions[i].name) == FORM_WANTED)) {
            status = ask(known, placed, &placed->mentions[i], error);
        }
    }
    return status == STATUS_OK && known->requests.size > 0
               ? learn_names(known, builder, placed->scratch, error)
               : status;
}

/* ---- Placing ---- */

enum status known_names_place(struct known_names *known, struct builder *builder,
                              const struct placed_mentions *placed, struct buffer *out,
                              struct error *error)
{
    enum status status = learn_new(known, builder, placed, error);
    if (status == STATUS_OK) {
        status = buffer_reserve(out, placed->count * sizeof(struct occurrence), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct occurrence *occurrences = (struct occurrence *)(void *)(out->bytes + out->size);
    size_t count = 0;
    for (size_t i = 0; i < placed->count; i++) {
        uint32_t form = *form_of(known, placed->mentions[i].name);
        occurrences[count] = (struct occurrence){
            .form = form, .position = placed->positions[placed->mentions[i].token_first]};
        count += form != FORM_NONE;
    }
    out->size += count * sizeof *occurrences;
    return STATUS_OK;
}
