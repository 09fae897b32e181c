#include "engine/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { ENTITY_TYPES = 4 };
#define KEYS_BYTES_MAX ((size_t)256 << 20)

enum { LEVEL_MARK = 1 }; /* no folded name holds it */

size_t name_filed(const char *name, size_t size, enum name_level level,
                  char filed[STORE_KEY_SIZE_MAX])
{
    if (size == 0 || size > STORE_KEY_SIZE_MAX - 2) {
        return 0;
    }
    memcpy(filed, name, size);
    filed[size] = LEVEL_MARK;
    filed[size + 1] = (char)level;
    return size + 2;
}

/* Adds the entity keys filed under `name` at `level` in one segment, of the wanted type. */
static enum status gather_keys(const struct segment *segment, const char *name, size_t name_size,
                               enum name_level level, char letter, struct intern *keys,
                               struct error *error)
{
    char prefix[STORE_KEY_SIZE_MAX + 2];
    size_t prefix_size = name_filed(name, name_size, level, prefix);
    if (prefix_size == 0 || prefix_size + 2 > STORE_KEY_SIZE_MAX) {
        return STATUS_OK;
    }
    prefix[prefix_size++] = 0;
    prefix[prefix_size++] = letter;
    struct table_cursor cursor;
    bool found = false;
    enum status status = table_cursor_seek(&cursor, segment_store(segment), STORE_NAMES, prefix,
                                           prefix_size, &found, error);
    while (status == STATUS_OK && found && cursor.key_size > prefix_size &&
           memcmp(cursor.key, prefix, prefix_size) == 0) {
        uint32_t number = 0;
        status = intern_add(keys, cursor.key + prefix_size - 1, cursor.key_size - prefix_size + 1,
                            &number, NULL, error);
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    return status;
}

/* Adds the entity of the wanted type whose own name it is. */
static enum status gather_own(const struct segment *segment, const char *name, size_t name_size,
                              char letter, struct intern *keys, struct error *error)
{
    char key[STORE_KEY_SIZE_MAX];
    if (name_size == 0 || name_size >= sizeof key) {
        return STATUS_OK;
    }
    key[0] = letter;
    memcpy(key + 1, name, name_size);
    struct lexicon_entry entry;
    uint32_t number = 0;
    enum status status = segment_lookup(segment, STORE_ENTITIES, key, 1 + name_size, &entry, error);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? intern_add(keys, key, 1 + name_size, &number, NULL, error)
                               : status;
}

static enum status gather_level(const struct fihris *archive, const enum entity_type *type,
                                const char *name, size_t name_size, enum name_level level,
                                struct intern *keys, struct error *error)
{
    enum status status = STATUS_OK;
    for (int t = 0; t < ENTITY_TYPES; t++) {
        enum entity_type one = (enum entity_type)t;
        if (type != NULL && *type != one) {
            continue;
        }
        char key[STORE_KEY_SIZE_MAX];
        size_t size = tagger_name_key(one, name, name_size, key, sizeof key);
        for (uint32_t i = 0; status == STATUS_OK && i < archive->snapshot.manifest.segment_count;
             i++) {
            const struct segment *segment = archive->segments[i].segment;
            char letter = entity_type_letter(one);
            status = gather_keys(segment, key, size, level, letter, keys, error);
            if (status == STATUS_OK && level == NAME_ALIAS) {
                status = gather_own(segment, key, size, letter, keys, error);
            }
        }
    }
    return status;
}

static enum status count_key(const struct fihris *archive, uint32_t number,
                             const struct intern *keys, struct name_match *match,
                             struct error *error)
{
    size_t size = 0;
    const void *key = intern_string(keys, number, &size);
    *match = (struct name_match){.key = number};
    for (uint32_t i = 0; i < archive->snapshot.manifest.segment_count; i++) {
        struct lexicon_entry entry;
        enum status status =
            segment_lookup(archive->segments[i].segment, STORE_ENTITIES, key, size, &entry, error);
        if (status == STATUS_OK) {
            match->documents += entry.postings.document_count;
            match->mentions += entry.postings.occurrence_count;
        } else if (status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    return STATUS_OK;
}

/* qsort() has no context: what is compared carries its key. */
struct sortable {
    struct name_match match;
    const void *key;
    size_t key_size;
};

static int compare_matches(const void *a, const void *b)
{
    const struct sortable *left = a;
    const struct sortable *right = b;
    if (left->match.documents != right->match.documents) {
        return left->match.documents > right->match.documents ? -1 : 1;
    }
    return bytes_compare(left->key, left->key_size, right->key, right->key_size);
}

static enum status rank_keys(const struct fihris *archive, struct name_matches *found,
                             struct error *error)
{
    uint32_t count = intern_count(found->keys);
    struct sortable *sorted = memory_zalloc(count, sizeof *sorted);
    found->matches = memory_zalloc(count, sizeof *found->matches);
    enum status status = STATUS_OK;
    if (sorted == NULL || found->matches == NULL) {
        status = error_no_memory(error, count * sizeof *sorted);
        goto out;
    }
    uint32_t known = 0;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = count_key(archive, i, found->keys, &sorted[known].match, error);
        sorted[known].key = intern_string(found->keys, i, &sorted[known].key_size);
        known += status == STATUS_OK && sorted[known].match.documents > 0;
    }
    if (status == STATUS_OK) {
        qsort(sorted, known, sizeof *sorted, compare_matches);
        found->count = known < NAMES_KEYS_MAX ? known : NAMES_KEYS_MAX;
        for (uint32_t i = 0; i < found->count; i++) {
            found->matches[i] = sorted[i].match;
        }
    }
out:
    memory_free(sorted);
    return status;
}

enum status names_find(const struct fihris *archive, const enum entity_type *type, const char *name,
                       size_t name_size, struct name_matches *found, struct error *error)
{
    *found = (struct name_matches){.keys = intern_new(KEYS_BYTES_MAX)};
    if (found->keys == NULL) {
        return error_no_memory(error, 0);
    }
    enum status status =
        gather_level(archive, type, name, name_size, NAME_ALIAS, found->keys, error);
    if (status == STATUS_OK && intern_count(found->keys) == 0) {
        status = gather_level(archive, type, name, name_size, NAME_WORD, found->keys, error);
    }
    if (status == STATUS_OK) {
        status = rank_keys(archive, found, error);
    }
    return status;
}

void name_matches_release(struct name_matches *found)
{
    intern_free(found->keys);
    memory_free(found->matches);
    *found = (struct name_matches){0};
}

static enum status resolve(void *context, char letter, const char *name, size_t name_size,
                           query_add_key add, void *sink, struct error *error)
{
    const struct fihris *archive = context;
    struct name_matches found = {0};
    enum status status = STATUS_OK;
    for (int t = 0; t < ENTITY_TYPES; t++) {
        enum entity_type type = (enum entity_type)t;
        if (entity_type_letter(type) == letter) {
            status = names_find(archive, &type, name, name_size, &found, error);
        }
    }
    for (uint32_t i = 0; status == STATUS_OK && i < found.count; i++) {
        size_t size = 0;
        const void *key = intern_string(found.keys, found.matches[i].key, &size);
        status = add(sink, key, size, error);
    }
    name_matches_release(&found);
    return status;
}

struct query_resolver names_resolver(struct fihris *archive)
{
    return (struct query_resolver){.entities = resolve, .context = archive};
}
