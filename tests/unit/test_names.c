#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "engine/handle.h"
#include "engine/names.h"
#include "index/builder.h"
#include "scratch.h"

/* Segments made by hand: who is named how, in how many articles of which segment. */

enum { SEGMENTS = 3, DOCUMENTS = 5, CROWD = NAMES_KEYS_MAX + 150 };

static const struct entry {
    uint32_t segment;
    enum name_level level;
    enum entity_type type;
    const char *name; /* as printed */
    const char *key;
    uint32_t documents; /* that mention it; 0: the entity is filed but not there */
} entries[] = {
    {0, NAME_ALIAS, ENTITY_PERSON, "عبد اللطيف حموشي", "عبد اللطيف حموشي", 2},
    {0, NAME_ALIAS, ENTITY_PERSON, "الحموشي", "عبد اللطيف حموشي", 2},
    {2, NAME_ALIAS, ENTITY_PERSON, "Hammouchi", "عبد اللطيف حموشي", 1},
    /* A family name that is somebody's alias in one segment and a mere word in another. */
    {1, NAME_WORD, ENTITY_PERSON, "حموشي", "سعيد حموشي", 5},
    {0, NAME_WORD, ENTITY_PERSON, "باردو", "فرانسيسكو باردو بيكيراس", 1},
    {1, NAME_WORD, ENTITY_PERSON, "باردو", "بريجيت باردو", 3},
    {2, NAME_WORD, ENTITY_PERSON, "باردو", "بريجيت باردو", 2},
    {1, NAME_WORD, ENTITY_PERSON, "باردو", "ا باردو", 1},
    /* One string, three types. */
    {0, NAME_ALIAS, ENTITY_PLACE, "المغرب", "المغرب", 1},
    {1, NAME_ALIAS, ENTITY_PLACE, "المغرب", "المغرب", 3},
    {1, NAME_ALIAS, ENTITY_ORGANISATION, "المغرب", "المغرب", 2},
    {2, NAME_ALIAS, ENTITY_PERSON, "المغرب", "المغرب", 1},
    {0, NAME_ALIAS, ENTITY_DATE, "2022-08-10", "2022-08-10", 1},
    /* Filed, but no list: nobody to show. */
    {1, NAME_ALIAS, ENTITY_PLACE, "سراب", "سراب", 0},
};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

struct world {
    struct scratch scratch;
    struct store_seal seals[SEGMENTS];
    struct query_segment segments[SEGMENTS];
    struct fihris archive;
};

static void file_name(struct builder *builder, uint32_t form, const struct entry *entry)
{
    char name[STORE_KEY_SIZE_MAX];
    size_t size = tagger_name_key(entry->type, entry->name, strlen(entry->name), name, sizeof name);
    if (entry->level == NAME_ALIAS && bytes_equal(name, size, entry->key, strlen(entry->key))) {
        return; /* its own name goes without saying */
    }
    char filed[STORE_KEY_SIZE_MAX];
    size_t filed_size = name_filed(name, size, entry->level, filed);
    assert_int_equal(builder_name(builder, form, filed, filed_size, NULL), STATUS_OK);
}

static uint32_t file_form(struct builder *builder, const struct entry *entry)
{
    unsigned char key[STORE_KEY_SIZE_MAX];
    size_t key_size = strlen(entry->key);
    uint32_t form = 0;
    key[0] = (unsigned char)entity_type_letter(entry->type);
    memcpy(key + 1, entry->key, key_size);
    assert_int_equal(builder_form(builder, STORE_ENTITIES, key, 1 + key_size, entry->name,
                                  strlen(entry->name), 1, &form, NULL),
                     STATUS_OK);
    return form;
}

/* Document d mentions whoever is in more than d documents, twice. */
static void add_document(struct builder *builder, uint32_t number, const struct entry *list,
                         const uint32_t *forms, size_t count)
{
    static struct occurrence entities[2 * (CROWD + ENTRIES)];
    char id[16];
    struct stored_document stored = {.id = id,
                                     .id_size = (size_t)sprintf(id, "%u", number),
                                     .source = "",
                                     .url = "",
                                     .date = "",
                                     .extras = "",
                                     .text = ""};
    struct builder_document document = {.stored = &stored, .entities = entities};
    for (size_t i = 0; i < count; i++) {
        if (list[i].documents > number) {
            uint32_t position = (uint32_t)document.entity_count;
            entities[document.entity_count++] =
                (struct occurrence){.form = forms[i], .position = position};
            entities[document.entity_count++] =
                (struct occurrence){.form = forms[i], .position = position + 1};
        }
    }
    uint32_t name = 0;
    assert_int_equal(builder_source(builder, "s", 1, &name, NULL), STATUS_OK);
    assert_int_equal(builder_input(builder, "i", 1, &name, NULL), STATUS_OK);
    assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
}

static void make_segment(const char *path, const struct entry *list, size_t count,
                         struct store_seal *seal)
{
    static uint32_t forms[CROWD + ENTRIES];
    struct builder_options options = {.compression_level = 3, .memory_max = (size_t)64 << 20};
    struct builder *builder = NULL;
    struct segment_counts counts;
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        forms[i] = file_form(builder, &list[i]);
        file_name(builder, forms[i], &list[i]);
    }
    for (uint32_t i = 0; i < DOCUMENTS; i++) {
        add_document(builder, i, list, forms, count);
    }
    assert_int_equal(builder_finish(builder, 0, &counts, seal, NULL), STATUS_OK);
    builder_free(builder);
}

/* A crowd called "زحام" (and by keys of their own): one more than may be shown, and then some. */
static size_t add_crowd(struct entry *list, char keys[CROWD][24])
{
    for (size_t i = 0; i < CROWD; i++) {
        (void)sprintf(keys[i], "ز%04zu", i);
        list[i] = (struct entry){.level = NAME_ALIAS,
                                 .type = ENTITY_PERSON,
                                 .name = "زحام",
                                 .key = keys[i],
                                 .documents = 1 + (uint32_t)(i % 4)};
    }
    return CROWD;
}

/* Each alias is printed twice in each of its documents. */
static uint64_t mentions_of(const char *key)
{
    uint64_t mentions = 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        if (entity_type_letter(entries[i].type) == key[0] && strcmp(entries[i].key, key + 1) == 0) {
            mentions += 2 * (uint64_t)entries[i].documents;
        }
    }
    return mentions;
}

static void expect(const struct fihris *archive, const enum entity_type *type, const char *name,
                   const char *const *keys, const uint32_t *documents, size_t count)
{
    struct name_matches found;
    assert_int_equal(names_find(archive, type, name, strlen(name), &found, NULL), STATUS_OK);
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) {
        size_t size = 0;
        const char *key = intern_string(found.keys, found.matches[i].key, &size);
        assert_int_equal(size, strlen(keys[i]));
        assert_memory_equal(key, keys[i], size);
        assert_int_equal(found.matches[i].documents, documents[i]);
        assert_int_equal(found.matches[i].mentions, mentions_of(keys[i]));
    }
    name_matches_release(&found);
    name_matches_release(&found);
}

static void names_find_whom_they_mean(void **state)
{
    const struct world *world = *state;
    static const enum entity_type types[] = {ENTITY_PERSON, ENTITY_ORGANISATION, ENTITY_PLACE,
                                             ENTITY_DATE};
    static const struct {
        int type; /* in `types`, -1: any */
        const char *name;
        size_t count;
        const char *keys[4];
        uint32_t documents[4];
    } cases[] = {
        {-1, "عبد اللطيف حموشي", 1, {"Pعبد اللطيف حموشي"}, {3}},
        {-1, "عبد اللطيف الحموشي", 1, {"Pعبد اللطيف حموشي"}, {3}},
        {-1, "الحموشي", 1, {"Pعبد اللطيف حموشي"}, {3}},
        {0, "حموشي", 1, {"Pعبد اللطيف حموشي"}, {3}}, /* an alias, so words do not count */
        {-1, "Hammouchi", 1, {"Pعبد اللطيف حموشي"}, {3}},
        {-1, "HAMMOUCHI", 1, {"Pعبد اللطيف حموشي"}, {3}},
        {2, "الحموشي", 0, {NULL}, {0}},
        {-1,
         "باردو",
         3,
         {"Pبريجيت باردو", "Pا باردو", "Pفرانسيسكو باردو بيكيراس"},
         {5, 1, 1}}, /* most documents first, then in order of keys */
        {-1, "المغرب", 3, {"Lالمغرب", "Oالمغرب", "Pالمغرب"}, {4, 2, 1}},
        {2, "المغرب", 1, {"Lالمغرب"}, {4}},
        {1, "المغرب", 1, {"Oالمغرب"}, {2}},
        {3, "المغرب", 0, {NULL}, {0}},
        {3, "2022-08-10", 1, {"D2022-08-10"}, {1}},
        {-1, "سراب", 0, {NULL}, {0}},
        {-1, "لا أحد", 0, {NULL}, {0}},
        {-1, "حمو", 0, {NULL}, {0}},
        {-1, "", 0, {NULL}, {0}},
        {-1, " . ", 0, {NULL}, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(&world->archive, cases[i].type < 0 ? NULL : &types[cases[i].type], cases[i].name,
               cases[i].keys, cases[i].documents, cases[i].count);
    }
}

static void names_of_any_length_are_asked_safely(void **state)
{
    const struct world *world = *state;
    static char name[3000];
    for (size_t size = 1; size < sizeof name; size += size < 600 ? 1 : 97) {
        struct name_matches found;
        memset(name, 'x', size);
        assert_int_equal(names_find(&world->archive, NULL, name, size, &found, NULL), STATUS_OK);
        assert_int_equal(found.count, 0);
        name_matches_release(&found);
        memset(name, 0xd8, size); /* not UTF-8 */
        assert_int_equal(names_find(&world->archive, NULL, name, size, &found, NULL), STATUS_OK);
        name_matches_release(&found);
    }
}

/* Too many are cut to those with most documents. */
static void a_crowd_is_cut(void **state)
{
    const struct world *world = *state;
    struct name_matches found;
    assert_int_equal(names_find(&world->archive, NULL, "زحام", 8, &found, NULL), STATUS_OK);
    assert_int_equal(intern_count(found.keys), CROWD);
    assert_int_equal(found.count, NAMES_KEYS_MAX);
    uint32_t fewest = 0;
    for (uint32_t i = 0; i < found.count; i++) {
        assert_true(i == 0 || found.matches[i].documents <= found.matches[i - 1].documents);
        fewest += found.matches[i].documents == 1;
    }
    /* All that are named in two articles or more are there. */
    assert_int_equal(found.count - fewest, CROWD - (CROWD + 3) / 4);
    name_matches_release(&found);
}

struct sink {
    size_t count;
    size_t fail_at;
    char first[64];
};

static enum status take_key(void *context, const void *key, size_t key_size, struct error *error)
{
    struct sink *sink = context;
    if (sink->count == 0) {
        memcpy(sink->first, key, key_size);
        sink->first[key_size] = '\0';
    }
    return ++sink->count == sink->fail_at ? error_set(error, STATUS_LIMIT, "enough") : STATUS_OK;
}

static void the_resolver_of_queries_gives_the_same_keys(void **state)
{
    struct world *world = *state;
    struct query_resolver resolver = names_resolver(&world->archive);
    static const struct {
        char type;
        const char *name;
        size_t count;
        const char *first;
    } cases[] = {{'P', "باردو", 3, "Pبريجيت باردو"},
                 {'L', "المغرب", 1, "Lالمغرب"},
                 {'O', "باردو", 0, ""},
                 {'D', "2022-08-10", 1, "D2022-08-10"},
                 {'X', "المغرب", 0, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sink sink = {.count = 0};
        assert_int_equal(resolver.entities(resolver.context, cases[i].type, cases[i].name,
                                           strlen(cases[i].name), take_key, &sink, NULL),
                         STATUS_OK);
        assert_int_equal(sink.count, cases[i].count);
        assert_string_equal(sink.first, cases[i].first);
    }
    struct sink full = {.fail_at = 2};
    assert_int_equal(resolver.entities(resolver.context, 'P', "باردو", 10, take_key, &full, NULL),
                     STATUS_LIMIT);
    assert_int_equal(full.count, 2);
}

static int setup(void **state)
{
    static struct world world;
    static struct entry list[CROWD + ENTRIES];
    static char keys[CROWD][24];
    scratch_make(&world.scratch);
    for (uint32_t s = 0; s < SEGMENTS; s++) {
        size_t count = s == 1 ? add_crowd(list, keys) : 0;
        for (size_t i = 0; i < ENTRIES; i++) {
            if (entries[i].segment == s) {
                list[count++] = entries[i];
            }
        }
        char name[16];
        (void)sprintf(name, "segment%u", s);
        char *path = scratch_path(&world.scratch, name);
        make_segment(path, list, count, &world.seals[s]);
        assert_int_equal(
            segment_open(path, &world.seals[s], NULL, &world.segments[s].segment, NULL), STATUS_OK);
        memory_free(path);
    }
    world.archive.segments = world.segments;
    world.archive.snapshot.manifest.segment_count = SEGMENTS;
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    for (uint32_t s = 0; s < SEGMENTS; s++) {
        segment_close(world->segments[s].segment);
        store_seal_release(&world->seals[s]);
    }
    scratch_remove(&world->scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_find_whom_they_mean),
        cmocka_unit_test(names_of_any_length_are_asked_safely),
        cmocka_unit_test(a_crowd_is_cut),
        cmocka_unit_test(the_resolver_of_queries_gives_the_same_keys),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
