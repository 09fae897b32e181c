#include "entity/name_table.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"
#include "entity/alias.h"
#include "entity/date.h"
#include "entity/name.h"
#include "entity/vocabulary.h"
#include "text/analyser.h"

enum { ENTRIES_MIN = 1 << 10, RECENT_BITS = 13 };

/* A name in one half of a cache line: what tells it, its number and that of its key. Longer ones
 * have two codes, their hash, and the place of all their parts. */
struct name_entry {
    uint64_t parts[NAME_PARTS]; /* 0 first: free */
    uint32_t name;
    uint32_t key;
};
static_assert(sizeof(struct name_entry) == 32, "two in a cache line");

struct name_place {
    uint32_t from;       /* in `strings`: the key, unless it is a person's, then the alias */
    uint32_t person;     /* number of a person's key, else NAME_NONE */
    uint16_t key_size;   /* with its letter */
    uint16_t alias_size; /* 0 also where the key is empty: it is no name */
};

enum status name_table_init(struct name_table *table, size_t bytes_max, struct error *error)
{
    table->entries = memory_zalloc(ENTRIES_MIN, sizeof *table->entries);
    table->recents = memory_zalloc((size_t)1 << RECENT_BITS, sizeof *table->recents);
    table->mask = ENTRIES_MIN - 1;
    table->count = 0;
    table->bytes_max = bytes_max;
    table->keys = intern_new(bytes_max);
    size_t offsets_max = bytes_max < UINT32_MAX ? bytes_max : UINT32_MAX;
    buffer_init(&table->parts, offsets_max);
    buffer_init(&table->places, bytes_max);
    buffer_init(&table->strings, offsets_max);
    bool made = table->entries != NULL && table->recents != NULL && table->keys != NULL;
    return made ? STATUS_OK : error_no_memory(error, ENTRIES_MIN * sizeof *table->entries);
}

void name_table_release(struct name_table *table)
{
    memory_free(table->entries);
    memory_free(table->recents);
    intern_free(table->keys);
    table->entries = NULL;
    table->recents = NULL;
    table->keys = NULL;
    buffer_release(&table->parts);
    buffer_release(&table->places);
    buffer_release(&table->strings);
}

void name_table_clear(struct name_table *table)
{
    memset(table->entries, 0, (table->mask + 1) * sizeof *table->entries);
    memset(table->recents, 0, ((size_t)1 << RECENT_BITS) * sizeof *table->recents);
    table->count = 0;
    intern_clear(table->keys);
    buffer_clear(&table->parts);
    buffer_clear(&table->places);
    buffer_clear(&table->strings);
}

size_t name_table_memory(const struct name_table *table)
{
    return (size_t)table->count * 2 * sizeof *table->entries + intern_memory(table->keys) +
           table->parts.size + table->places.size + table->strings.size;
}

/* ---- What a name is told by ---- */

/* How it was found (a header), the code of its date or the number of the key it is given, the
 * numbers of its words, and what is between them where that is not a space or the like: 32 bits
 * each, two and two, so that no half is read that was just written alone. */
enum {
    TOKENS_MAX = 56, /* no rule takes half as many */
    DATE_CODES = 2,
    JOINTS_A_CODE = 4,
    PARTS_MAX = (1 + DATE_CODES + TOKENS_MAX + TOKENS_MAX / JOINTS_A_CODE) / 2 + 1,
};
struct name_parts {
    uint64_t parts[PARTS_MAX];
    size_t codes;
};

enum {
    SOURCE_SHIFT = 2,
    CUT_SHIFT = 4,
    GIVEN_SHIFT = 6,
    JOINTS_SHIFT = 7,
    COUNT_SHIFT = 8,
    LONG_SHIFT = 15, /* of an entry whose parts are elsewhere */
    NODE_SHIFT = 16,
};

static void code_add(struct name_parts *parts, uint32_t code)
{
    size_t at = parts->codes++;
    if (at % 2 == 0) {
        parts->parts[at / 2] = code;
    } else {
        parts->parts[at / 2] |= (uint64_t)code << 32;
    }
}

static size_t parts_count(const struct name_parts *parts)
{
    return (parts->codes + 1) / 2;
}

static struct alias_span span_of(const struct found *found)
{
    return (struct alias_span){
        .first = found->first,
        .count = found->count,
        .cut = found->source == FOUND_SHORT ? ALIAS_CUT_NONE + found->cut : ALIAS_CUT_FORM,
        .is_date = found->type == ENTITY_DATE,
    };
}

/* Adds what is between the words of the name, unless they are all apart. Returns whether it was
 * added. */
static bool joints_add(const struct tagger_article *article, const struct found *found,
                       struct name_parts *parts)
{
    struct alias_span span = span_of(found);
    uint32_t codes[TOKENS_MAX / JOINTS_A_CODE] = {0};
    bool any = false;
    for (size_t i = 0; i + 1 < found->count; i++) {
        unsigned char joint = alias_joint(article, &span, found->first + i + 1);
        codes[i / JOINTS_A_CODE] |= (uint32_t)joint << i % JOINTS_A_CODE * 8;
        any = any || joint != ALIAS_APART;
    }
    for (size_t i = 0; any && i + 1 < found->count; i += JOINTS_A_CODE) {
        code_add(parts, codes[i / JOINTS_A_CODE]);
    }
    return any;
}

static void parts_make(const struct tagger_article *article, const struct found *found,
                       struct name_parts *parts)
{
    memset(parts->parts, 0, NAME_PARTS * sizeof parts->parts[0]);
    parts->codes = 1;
    if (found->given) {
        code_add(parts, found->key);
    } else if (found->type == ENTITY_DATE) {
        code_add(parts, (uint32_t)found->date);
        code_add(parts, (uint32_t)(found->date >> 32));
    }
    for (size_t i = 0; i < found->count; i++) {
        code_add(parts, article->words[found->first + i]);
    }
    bool joints = found->count > 1 && joints_add(article, found, parts);
    parts->parts[0] |= (uint32_t)found->type | (uint32_t)found->source << SOURCE_SHIFT |
                       (uint32_t)found->cut << CUT_SHIFT | (uint32_t)found->given << GIVEN_SHIFT |
                       (uint32_t)joints << JOINTS_SHIFT | found->count << COUNT_SHIFT |
                       (uint32_t)found->node << NODE_SHIFT;
}

static uint64_t hash_add(uint64_t hash, uint64_t part)
{
    hash = (hash ^ part) * 0xFF51AFD7ED558CCDu;
    return hash ^ hash >> 32;
}

/* Of the parts of an entry, or of all where there are more. */
static uint64_t parts_hash(const uint64_t *parts, size_t count)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < NAME_PARTS || i < count; i++) {
        hash = hash_add(hash, parts[i]);
    }
    return hash_add(hash, 0);
}

/* ---- At the first sight ---- */

/* The key of a name that has one of its own. */
static size_t key_write(const struct found *found, const char *alias, size_t alias_size,
                        char out[NAME_BYTES_MAX])
{
    if (found->type == ENTITY_DATE) {
        static_assert(NAME_BYTES_MAX >= DATE_KEY_BYTES_MAX, "a date's key fits");
        return date_key(found->date, out);
    }
    if (found->source == FOUND_KNOWN) {
        struct known_entity known = phrase_known(found->node);
        memcpy(out, known.key, known.key_size);
        return known.key_size;
    }
    char fold[NAME_BYTES_MAX];
    size_t fold_size = analyser_fold(alias, alias_size, fold, sizeof fold);
    return found->type == ENTITY_PERSON ? name_key_person(fold, fold_size, out, NAME_BYTES_MAX)
                                        : name_key_words(fold, fold_size, out, NAME_BYTES_MAX);
}

/* Keeps the alias of a new name, and its key; a name that has nothing of either is none. */
static enum status name_learn(struct name_table *table, const struct tagger_article *article,
                              const struct found *found, uint32_t *key, struct error *error)
{
    struct alias_span span = span_of(found);
    char written[ALIAS_BYTES_MAX];
    char string[1 + NAME_BYTES_MAX] = {entity_type_letter((enum entity_type)found->type)};
    size_t alias_size = 0;
    const char *alias = alias_in_text(article, &span, &alias_size);
    if (alias == NULL) {
        alias_size = alias_write(article, &span, written);
        alias = written;
    }
    size_t key_size = found->given ? 0 : 1 + key_write(found, alias, alias_size, string + 1);
    bool person = found->type == ENTITY_PERSON;
    struct name_place place = {.from = (uint32_t)table->strings.size,
                               .person = found->given ? found->key : NAME_NONE,
                               .key_size = (uint16_t)(person ? 0 : key_size),
                               .alias_size = (uint16_t)(key_size == 1 ? 0 : alias_size)};
    enum status status = STATUS_OK;
    if (person && key_size > 1) {
        status = intern_add(table->keys, string, key_size, &place.person, NULL, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&table->strings, string, place.key_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&table->strings, alias, alias_size, error);
    }
    *key = place.alias_size == 0 ? NAME_NONE : person ? place.person : 0;
    return status == STATUS_OK ? buffer_append(&table->places, &place, sizeof place, error)
                               : status;
}

/* ---- Finding ---- */

static bool is_long(const uint64_t parts[NAME_PARTS])
{
    return (parts[0] >> LONG_SHIFT & 1) != 0;
}

/* Whether the entry is that of what was expected. */
static ALWAYS_INLINE bool entry_holds(const struct name_table *table,
                                      const struct tagger_article *article,
                                      const struct name_entry *entry, const struct found *found)
{
    if (((entry->parts[0] ^ found->parts[0]) | (entry->parts[1] ^ found->parts[1])) != 0) {
        return false;
    }
    if (LIKELY(!is_long(found->parts))) {
        return entry->parts[2] == found->parts[2];
    }
    struct name_parts parts;
    parts_make(article, found, &parts);
    const uint64_t *kept = (const uint64_t *)(const void *)table->parts.bytes + entry->parts[2];
    return memcmp(kept, parts.parts, parts_count(&parts) * sizeof *kept) == 0;
}

static uint64_t entry_hash(const struct name_entry *entry)
{
    return is_long(entry->parts) ? entry->parts[1] : parts_hash(entry->parts, NAME_PARTS);
}

static enum status entries_grow(struct name_table *table, struct error *error)
{
    size_t count = (table->mask + 1) * 2;
    if (count * sizeof *table->entries > table->bytes_max) {
        return error_set(error, STATUS_LIMIT, "more distinct names than %zu bytes can hold",
                         table->bytes_max);
    }
    struct name_entry *entries = memory_zalloc(count, sizeof *entries);
    if (entries == NULL) {
        return error_no_memory(error, count * sizeof *entries);
    }
    for (size_t i = 0; i <= table->mask; i++) {
        if (table->entries[i].parts[0] != 0) {
            size_t at = entry_hash(&table->entries[i]) & (count - 1);
            while (entries[at].parts[0] != 0) {
                at = (at + 1) & (count - 1);
            }
            entries[at] = table->entries[i];
        }
    }
    memory_free(table->entries);
    table->entries = entries;
    table->mask = count - 1;
    return STATUS_OK;
}

static struct name_entry *entry_at(const struct name_table *table, uint64_t hash)
{
    return &table->entries[hash & table->mask];
}

/* The entry of the name, or the free one where it belongs. */
static struct name_entry *entry_find(const struct name_table *table,
                                     const struct tagger_article *article,
                                     const struct found *found)
{
    struct name_entry *entry = entry_at(table, found->hash);
    const struct name_entry *last = &table->entries[table->mask];
    while (entry->parts[0] != 0 && !entry_holds(table, article, entry, found)) {
        entry = entry == last ? table->entries : entry + 1;
    }
    return entry;
}

static struct name_entry *recent_at(const struct name_table *table, uint64_t hash)
{
    return &table->recents[hash >> (64 - RECENT_BITS)];
}

/* Makes an entry for a name that has none. */
static enum status entry_add(struct name_table *table, const struct tagger_article *article,
                             const struct found *found, struct name_entry *made,
                             struct error *error)
{
    enum status status = STATUS_OK;
    *made = (struct name_entry){.name = table->count};
    memcpy(made->parts, found->parts, sizeof made->parts);
    if (table->count >= (table->mask + 1) / 3 * 2) {
        status = entries_grow(table, error);
    }
    if (status == STATUS_OK && is_long(found->parts)) {
        struct name_parts parts;
        parts_make(article, found, &parts);
        made->parts[2] = table->parts.size / sizeof parts.parts[0];
        status = buffer_append(&table->parts, parts.parts,
                               parts_count(&parts) * sizeof parts.parts[0], error);
    }
    if (status == STATUS_OK) {
        status = name_learn(table, article, found, &made->key, error);
    }
    if (status == STATUS_OK) {
        *entry_find(table, article, found) = *made;
        table->count++;
    }
    return status;
}

static void take_name(struct found *found, const struct name_entry *entry)
{
    found->key = entry->key;
    found->name = entry->key == NAME_NONE ? NAME_NONE : entry->name;
}

/* What has too many words, or is given the key of what has none, is no name. */
static bool has_name(const struct found *found)
{
    return found->count <= TOKENS_MAX && !(found->given && found->key == NAME_NONE);
}

void name_table_expect(const struct name_table *table, const struct tagger_article *article,
                       struct found *found)
{
    found->name = NAME_NONE;
    if (!has_name(found)) {
        return;
    }
    struct name_parts parts;
    parts_make(article, found, &parts);
    found->hash = parts_hash(parts.parts, parts_count(&parts));
    memcpy(found->parts, parts.parts, sizeof found->parts);
    if (parts_count(&parts) > NAME_PARTS) {
        found->parts[0] |= UINT64_C(1) << LONG_SHIFT;
        found->parts[1] = found->hash;
        found->parts[2] = 0; /* where they lie, in an entry */
    }
    PREFETCH(recent_at(table, found->hash));
}

void name_table_recall(const struct name_table *table, const struct tagger_article *article,
                       struct found *found)
{
    if (!has_name(found)) {
        return;
    }
    const struct name_entry *recent = recent_at(table, found->hash);
    if (entry_holds(table, article, recent, found)) {
        take_name(found, recent);
    } else {
        PREFETCH(entry_at(table, found->hash));
    }
}

enum status name_table_find(struct name_table *table, const struct tagger_article *article,
                            struct found *found, struct error *error)
{
    if (found->name != NAME_NONE || !has_name(found)) {
        return STATUS_OK;
    }
    struct name_entry made;
    const struct name_entry *entry = entry_find(table, article, found);
    enum status status = STATUS_OK;
    if (UNLIKELY(entry->parts[0] == 0)) {
        status = entry_add(table, article, found, &made, error);
        entry = &made;
    }
    if (status == STATUS_OK) {
        take_name(found, entry);
        *recent_at(table, found->hash) = *entry;
    }
    return status;
}

/* ---- By number ---- */

const char *name_table_key(const struct name_table *table, uint32_t key, size_t *size)
{
    const char *string = intern_string(table->keys, key, size);
    (*size)--;
    return string + 1;
}

struct entity_name name_table_name(const struct name_table *table, uint32_t name)
{
    assert(name < table->count);
    const struct name_place *place =
        (const struct name_place *)(const void *)table->places.bytes + name;
    const char *string = (const char *)table->strings.bytes + place->from;
    struct entity_name found = {.key = string + 1,
                                .key_size = place->key_size - (size_t)1,
                                .alias = string + place->key_size,
                                .alias_size = place->alias_size};
    if (place->key_size == 0) {
        found.key = name_table_key(table, place->person, &found.key_size);
    }
    return found;
}
