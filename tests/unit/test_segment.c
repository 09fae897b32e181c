#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "index/format.h"
#include "sample.h"
#include "scratch.h"

enum { ARTICLES = 400 };

static void numbers(uint32_t *list, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        list[i] = from + i;
    }
}

static void build_and_check(const char *path, const uint32_t *list, size_t count)
{
    struct segment_counts counts;
    struct store_seal seal = {0};
    struct segment *segment = NULL;
    assert_int_equal(sample_build(path, list, count, &counts, &seal, NULL), STATUS_OK);
    assert_int_equal(sample_open(path, &seal, &segment, NULL), STATUS_OK);
    assert_memory_equal(&counts, segment_counts(segment), sizeof counts);
    assert_int_equal(counts.input_bytes, SAMPLE_INPUT_BYTES(count));
    sample_check(segment, list, count);
    sample_check_ledger(segment, list, count);
    doc_id document = 0;
    assert_int_equal(segment_find_id(segment, "nobody", 6, &document, NULL), STATUS_NOT_FOUND);
    assert_int_equal(segment_find_id(segment, "", 0, &document, NULL), STATUS_NOT_FOUND);
    struct lexicon_entry entry;
    assert_int_equal(segment_lookup(segment, STORE_TERMS, "nothing", 7, &entry, NULL),
                     STATUS_NOT_FOUND);
    const char *name = NULL;
    size_t size = 0;
    assert_int_equal(segment_name(segment, STORE_SOURCES, 99, &name, &size, NULL), STATUS_FORMAT);
    segment_close(segment);
    store_seal_release(&seal);
}

static void everything_is_read_back(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    uint32_t list[ARTICLES];
    numbers(list, 0, ARTICLES);
    build_and_check(path, list, ARTICLES);
    build_and_check(path, list, 1);
    build_and_check(path, list + 30, 1); /* an article without a word */
    build_and_check(path, list, 0);
    memory_free(path);
}

static void of_equal_ids_the_last_counts(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    uint32_t list[120];
    numbers(list, 0, 120);
    list[119] = 39; /* a long id */
    list[118] = 3;
    list[20] = 3;
    list[21] = 3;
    list[60] = 59;
    build_and_check(path, list, 120);
    memory_free(path);
}

/* A value is the smaller part of 2^64 for every width, and the last rows are read in full. */
static void columns_hold_every_width(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    static uint64_t rows[COLUMN_BLOCK_ROWS + 100][COLUMN_COUNT];
    for (unsigned width = 0; width <= 64; width += 4) {
        uint64_t random = width + 1;
        struct segment_writer *writer = NULL;
        struct segment_counts counts = {0};
        struct store_seal seal = {0};
        struct segment *segment = NULL;
        uint32_t count = width % 16 == 0 ? COLUMN_BLOCK_ROWS + 100 : 1 + width * 3;
        assert_int_equal(segment_writer_open(path, STORE_KEPT, &writer, NULL), STATUS_OK);
        for (uint32_t i = 0; i < count; i++) {
            for (unsigned c = 0; c < COLUMN_COUNT; c++) {
                unsigned bits = width + c % 4 > 64 ? 64 : width + c % 4;
                uint64_t value = bits == 0 ? 0 : random_next(&random) >> (64 - bits);
                rows[i][c] = bits < 60 ? value + ((uint64_t)1 << 60) + c : value;
            }
            rows[i][COLUMN_LENGTH] %= 1000;
            assert_int_equal(segment_writer_document(writer, rows[i], NULL), STATUS_OK);
        }
        assert_int_equal(segment_writer_frame(writer, DOCUMENT_HEAD, "frame", 5, count, NULL),
                         STATUS_OK);
        assert_int_equal(segment_writer_frame(writer, DOCUMENT_BODY, "frame", 5, count, NULL),
                         STATUS_OK);
        assert_int_equal(segment_writer_finish(writer, &counts, &seal, NULL), STATUS_OK);
        assert_int_equal(segment_open(path, &seal, NULL, &segment, NULL), STATUS_OK);
        for (uint32_t i = count; i-- > 0;) {
            for (unsigned c = 0; c < COLUMN_COUNT; c++) {
                uint64_t value = 0;
                assert_int_equal(segment_column(segment, (enum segment_column)c, i, &value, NULL),
                                 STATUS_OK);
                assert_true(value == rows[i][c]);
            }
        }
        segment_close(segment);
        store_seal_release(&seal);
    }
    memory_free(path);
}

static void long_ids_have_keys_of_their_own(void **state)
{
    (void)state;
    char id[2000];
    unsigned char key[STORE_KEY_SIZE_MAX];
    unsigned char other[STORE_KEY_SIZE_MAX];
    memset(id, 'i', sizeof id);
    for (size_t size = 0; size < sizeof id; size++) {
        size_t key_size = segment_id_key(id, size, key);
        assert_int_equal(key_size,
                         size <= STORE_KEY_SIZE_MAX - DIGEST_SIZE ? size : STORE_KEY_SIZE_MAX);
        size_t other_size = segment_id_key(id, size + (size + 1 < sizeof id), other);
        assert_true(size + 1 == sizeof id || !bytes_equal(key, key_size, other, other_size));
    }
}

static enum status form_of(struct builder *builder, const char *key, uint32_t *form)
{
    return builder_form(builder, STORE_ENTITIES, key, strlen(key), key, strlen(key), 1, form, NULL);
}

/* A name of an entity is found once, however often it was given; too long a one is left out. */
static void names_are_sorted_and_single(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    struct builder_options options = {.compression_level = 1, .memory_max = 1 << 24};
    struct builder *builder = NULL;
    struct segment_counts counts;
    struct store_seal seal = {0};
    struct segment *segment = NULL;
    static char long_name[STORE_KEY_SIZE_MAX];
    memset(long_name, 'n', sizeof long_name);
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    static const char *const given[] = {"zebra", "ali", "zebra", "ali", "aliya"};
    struct occurrence entities[3] = {{.position = 1}, {.position = 2}};
    uint32_t unused = 0;
    assert_int_equal(form_of(builder, "p", &entities[0].form), STATUS_OK);
    assert_int_equal(form_of(builder, "p1", &entities[1].form), STATUS_OK);
    assert_int_equal(form_of(builder, "p2", &unused), STATUS_OK);
    for (size_t i = 0; i < 5; i++) {
        uint32_t form = entities[i != 3].form;
        assert_int_equal(builder_name(builder, form, given[i], strlen(given[i]), NULL), STATUS_OK);
    }
    uint32_t form = entities[1].form;
    assert_int_equal(builder_name(builder, unused, "ali", 3, NULL), STATUS_OK);
    assert_int_equal(builder_name(builder, form, long_name, sizeof long_name, NULL), STATUS_OK);
    assert_int_equal(builder_name(builder, form, long_name, sizeof long_name - 3, NULL), STATUS_OK);
    assert_int_equal(builder_name(builder, form, "", 0, NULL), STATUS_OK);
    struct stored_document stored = {.id = "id", .id_size = 2};
    struct builder_document document = {.stored = &stored, .entities = entities, .entity_count = 2};
    assert_int_equal(builder_source(builder, "s", 1, &unused, NULL), STATUS_OK);
    assert_int_equal(builder_input(builder, "i", 1, &unused, NULL), STATUS_OK);
    assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
    assert_true(builder_memory(builder) > 0);
    assert_int_equal(builder_finish(builder, 0, &counts, &seal, NULL), STATUS_OK);
    builder_free(builder);
    assert_int_equal(segment_open(path, &seal, NULL, &segment, NULL), STATUS_OK);
    static const char *const expected[] = {"ali\0p", "ali\0p1", "aliya\0p1", NULL, "zebra\0p1"};
    static const size_t sizes[] = {5, 6, 8, STORE_KEY_SIZE_MAX, 8};
    struct table_cursor cursor;
    bool found = false;
    assert_int_equal(
        table_cursor_seek(&cursor, segment_store(segment), STORE_NAMES, NULL, 0, &found, NULL),
        STATUS_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_true(found);
        assert_int_equal(cursor.key_size, sizes[i]);
        assert_true(expected[i] == NULL || memcmp(cursor.key, expected[i], sizes[i]) == 0);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_false(found);
    segment_close(segment);
    store_seal_release(&seal);
    memory_free(path);
}

/* What a builder knows from earlier segments does not show in the next. */
static void segments_of_one_builder_equal_those_of_many(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    static const struct {
        uint32_t first, count;
    } rounds[] = {{0, 200}, {150, 90}, {600, 1}, {0, 0}, {0, 200}, {300, 250}};
    struct builder_options options = {.compression_level = 3, .memory_max = (size_t)256 << 20};
    struct builder *builder = NULL;
    struct sample *sample = malloc(sizeof *sample);
    assert_non_null(sample);
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        struct segment_counts counts;
        struct segment_counts expected_counts;
        struct store_seal seal = {0};
        struct store_seal expected = {0};
        static uint32_t list[300];
        numbers(list, rounds[i].first, rounds[i].count);
        assert_int_equal(
            sample_build(path, list, rounds[i].count, &expected_counts, &expected, NULL),
            STATUS_OK);
        assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
        for (uint32_t k = 0; k < rounds[i].count; k++) {
            sample_make(list[k], sample);
            assert_int_equal(sample_add(builder, sample, NULL), STATUS_OK);
        }
        if (i == 1) { /* begun again */
            builder_abandon(builder);
            assert_false(file_exists(path));
            store_seal_release(&expected);
            continue;
        }
        assert_int_equal(
            builder_finish(builder, SAMPLE_INPUT_BYTES(rounds[i].count), &counts, &seal, NULL),
            STATUS_OK);
        assert_true(sample_seals_equal(&seal, &expected));
        assert_memory_equal(&counts, &expected_counts, sizeof counts);
        store_seal_release(&seal);
        store_seal_release(&expected);
    }
    builder_free(builder);
    free(sample);
    memory_free(path);
}

/* Occurrences so far into an article, and forms so many, that they do not fit into the entries by
 * which lists are sorted: of two documents, from 2^25 and 2^5 on. Of two keys in turn. */
enum { FAR_TERMS = 8000, FAR = 1 << 25, FARTHEST = 1 << 27 };
static const char far_keys[2][2] = {"f", "g"};
static struct occurrence far_terms[FAR_TERMS];

static void build_far(const char *path, enum store_fate fate, struct store_seal *seal)
{
    struct builder_options options = {
        .compression_level = 1, .memory_max = (size_t)64 << 20, .fate = fate};
    struct builder *builder = NULL;
    struct segment_counts counts;
    static const uint32_t positions[] = {0, 1, FAR - 1, FAR - 1, FAR, FAR + 1, FARTHEST};
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    for (uint32_t i = 0; i < FAR_TERMS; i++) { /* each once, so numbered in order of their bytes */
        char form[8];
        int size = snprintf(form, sizeof form, "f%04u", i);
        assert_int_equal(builder_form(builder, STORE_TERMS, far_keys[i % 2], 1, form, (size_t)size,
                                      0, &far_terms[i].form, NULL),
                         STATUS_OK);
        far_terms[i].position = i < 7 ? positions[i] : FARTHEST + i;
    }
    uint32_t number = 0;
    assert_int_equal(builder_source(builder, "s", 1, &number, NULL), STATUS_OK);
    assert_int_equal(builder_input(builder, "i", 1, &number, NULL), STATUS_OK);
    struct stored_document stored = {.id = "a", .id_size = 1};
    struct builder_document document = {
        .stored = &stored, .terms = far_terms, .term_count = FAR_TERMS / 2};
    assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
    stored.id = "b";
    document.terms = far_terms + FAR_TERMS / 2;
    assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
    assert_int_equal(builder_finish(builder, 0, &counts, seal, NULL), STATUS_OK);
    builder_free(builder);
}

static void check_far(const struct segment *segment, uint32_t key)
{
    struct lexicon_entry entry;
    struct postings_reader reader;
    assert_int_equal(segment_lookup(segment, STORE_TERMS, far_keys[key], 1, &entry, NULL),
                     STATUS_OK);
    assert_int_equal(entry.postings.form_count, FAR_TERMS / 2);
    assert_int_equal(postings_reader_open(&reader, segment_store(segment), &entry.postings, NULL),
                     STATUS_OK);
    for (uint32_t i = 0; i < FAR_TERMS / 2;) {
        const uint32_t *found = NULL;
        const uint32_t *numbers = NULL;
        uint32_t count = 0;
        assert_int_equal(postings_reader_next(&reader, NULL), STATUS_OK);
        assert_int_equal(postings_reader_positions(&reader, &found, &numbers, &count, NULL),
                         STATUS_OK);
        assert_int_equal(count, FAR_TERMS / 4);
        for (uint32_t k = 0; k < count; k++, i++) {
            assert_int_equal(found[k], far_terms[2 * i + key].position);
            assert_int_equal(numbers[k], i);
        }
    }
    postings_reader_close(&reader);
}

static void far_positions_and_many_forms(void **state)
{
    char *path = scratch_path(*state, "segment");
    char *merged_path = scratch_path(*state, "merged");
    struct store_seal kept = {0};
    struct store_seal for_merge = {0};
    struct store_seal merged = {0};
    struct segment_counts counts;
    struct segment *segment = NULL;
    build_far(path, STORE_KEPT, &kept);
    assert_int_equal(segment_open(path, &kept, NULL, &segment, NULL), STATUS_OK);
    check_far(segment, 0);
    check_far(segment, 1);
    segment_close(segment);
    build_far(path, STORE_MERGED, &for_merge);
    assert_int_equal(segment_open(path, &for_merge, NULL, &segment, NULL), STATUS_OK);
    struct merge_input input = {.segment = segment};
    assert_int_equal(merge_segments(merged_path, &input, 1, &(struct merge_options){.threads = 1},
                                    &counts, &merged, NULL),
                     STATUS_OK);
    assert_true(sample_seals_equal(&kept, &merged));
    segment_close(segment);
    store_seal_release(&kept);
    store_seal_release(&for_merge);
    store_seal_release(&merged);
    memory_free(path);
    memory_free(merged_path);
}

static void too_much_memory_is_a_limit(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    struct builder_options options = {.compression_level = 1, .memory_max = 200000};
    struct builder *builder = NULL;
    struct sample *sample = malloc(sizeof *sample);
    struct error error = {0};
    assert_non_null(sample);
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < 10000; i++) {
        sample_make(i, sample);
        status = sample_add(builder, sample, &error);
    }
    assert_int_equal(status, STATUS_LIMIT);
    assert_true(strlen(error.message) > 0);
    builder_free(builder);
    builder_free(NULL);
    assert_false(file_exists(path));
    free(sample);
    memory_free(path);
}

/* Puts `size` bytes as the head of an otherwise empty segment. */
static enum status open_with_head(const char *path, const void *head, size_t size,
                                  const void *superseded, size_t superseded_size)
{
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    struct segment *segment = NULL;
    assert_int_equal(store_writer_open(path, STORE_KEPT, &writer, NULL), STATUS_OK);
    if (head != NULL) {
        assert_int_equal(store_writer_put(writer, STORE_META, SEGMENT_META_KEY,
                                          strlen(SEGMENT_META_KEY), head, size, NULL),
                         STATUS_OK);
    }
    if (superseded != NULL) {
        assert_int_equal(store_writer_put(writer, STORE_META, SUPERSEDED_KEY,
                                          strlen(SUPERSEDED_KEY), superseded, superseded_size,
                                          NULL),
                         STATUS_OK);
    }
    assert_int_equal(store_writer_finish(writer, &seal, NULL), STATUS_OK);
    struct error error = {0};
    enum status status = segment_open(path, &seal, NULL, &segment, &error);
    assert_true(status == STATUS_OK || strstr(error.message, path) != NULL);
    if (status == STATUS_OK) {
        uint64_t value = 0;
        assert_int_equal(segment_column(segment, COLUMN_DAY, 0, &value, &error), STATUS_FORMAT);
        struct buffer out;
        buffer_init(&out, 100);
        assert_int_equal(segment_document(segment, 0, &out, &error), STATUS_FORMAT);
        assert_int_equal(segment_document_head(segment, 0, &out, &error), STATUS_FORMAT);
    }
    segment_close(segment);
    store_seal_release(&seal);
    return status;
}

static void odd_heads_are_refused(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    unsigned char head[88] = {'F', 'S', 'E', 'G', SEGMENT_VERSION, 0, 0, 0, 5};
    unsigned char later[4] = {5};
    assert_int_equal(open_with_head(path, NULL, 0, NULL, 0), STATUS_FORMAT);
    assert_int_equal(open_with_head(path, head, 88, NULL, 0), STATUS_FORMAT);
    assert_int_equal(open_with_head(path, head, 87, "", 0), STATUS_FORMAT);
    assert_int_equal(open_with_head(path, head, 88, later, 4), STATUS_FORMAT);
    assert_int_equal(open_with_head(path, head, 88, "", 0), STATUS_OK);
    head[4] = SEGMENT_VERSION + 1;
    assert_int_equal(open_with_head(path, head, 88, "", 0), STATUS_FORMAT);
    head[4] = SEGMENT_VERSION;
    head[12] = 1; /* 2^32 documents */
    assert_int_equal(open_with_head(path, head, 88, "", 0), STATUS_FORMAT);
    head[0] = 'f';
    assert_int_equal(open_with_head(path, head, 88, "", 0), STATUS_FORMAT);
    memory_free(path);
}

static void check_payload(const struct store *store, enum store_database database, const void *key,
                          size_t key_size, const void *expected, size_t size)
{
    struct blob blob;
    assert_int_equal(store_get(store, database, key, key_size, &blob, NULL), STATUS_OK);
    assert_int_equal(blob_check(store, &blob, 0, blob.size, NULL), STATUS_OK);
    const unsigned char *bytes = blob.bytes;
    size_t found_size = blob.size;
    if (database == STORE_TERMS) {
        assert_int_equal(store_unpack(store, database, &blob, &bytes, &found_size, NULL),
                         STATUS_OK);
    }
    assert_int_equal(found_size, size);
    assert_memory_equal(bytes, expected, size);
}

static void example_build(const char *path, struct store_seal *seal)
{
    struct builder_options options = {.compression_level = 3, .memory_max = 1 << 26};
    struct builder *builder = NULL;
    struct segment_counts counts;
    uint32_t forms[2] = {0};
    uint32_t source = 0;
    uint32_t input = 0;
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    assert_int_equal(builder_form(builder, STORE_TERMS, "misr", 4, "misr", 4, 0, &forms[0], NULL),
                     STATUS_OK);
    assert_int_equal(builder_form(builder, STORE_TERMS, "misr", 4, "bimisr", 6, 0, &forms[1], NULL),
                     STATUS_OK);
    assert_int_equal(builder_source(builder, "daily", 5, &source, NULL), STATUS_OK);
    assert_int_equal(builder_input(builder, "a.jsonl", 7, &input, NULL), STATUS_OK);
    const struct occurrence two[] = {{forms[0], 4}, {forms[1], 9}};
    const struct occurrence one[] = {{forms[0], 300}};
    for (uint32_t i = 0; i < 7; i++) {
        char id[2] = {'d', (char)('0' + i)};
        struct stored_document stored = {.id = id,
                                         .id_size = sizeof id,
                                         .source = "daily",
                                         .source_size = 5,
                                         .text = "misr",
                                         .text_size = 4,
                                         .title_end = 4};
        struct builder_document document = {
            .stored = &stored,
            .columns = {i == 5 ? 400 : 20, 3, 20251124, source, input, (uint64_t)i * 100, i},
            .terms = i == 2 ? two : one,
            .term_count = i == 2 ? 2 : i == 5};
        assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
    }
    assert_int_equal(builder_finish(builder, 700, &counts, seal, NULL), STATUS_OK);
    builder_free(builder);
}

/* The worked example of docs/FORMAT.md. Compressed bytes are left out: another version of zstd may
 * make others. */
static void example_is_as_documented(void **state)
{
    static const unsigned char list[] = {0x22, 0x16, 0x34, 0x44, 0xc1, 0x0e, 0x13, 0x04};
    static const unsigned char terms[] = {1, 0, 0,  0,   1,   0,   0,   0,   0, 0, 0, 0,
                                          0, 4, 16, 'm', 'i', 's', 'r', 2,   1, 0, 0, 8,
                                          1, 0, 2,  0,   1,   2,   'b', 'i', 0, 1, 0};
    static const unsigned char lengths[26] = {0x14, 0, 0, 0, 0, 0, 0,    0,
                                              9,    0, 0, 0, 0, 0, 0x80, 0x2f};
    static const unsigned char head[88] = {
        'F', 'S', 'E', 'G', 1, 0, 0, 0,    7, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 28,
        0,   0,   0,   0,   0, 0, 0, 0xbc, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2};
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "example");
    struct store_seal seal = {0};
    struct store *store = NULL;
    example_build(path, &seal);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    check_payload(store, STORE_META, "segment", 7, head, sizeof head);
    check_payload(store, STORE_META, "superseded", 10, "", 0);
    check_payload(store, STORE_POSTINGS, "\0\0\0\0", 4, list, sizeof list);
    check_payload(store, STORE_TERMS, "misr", 4, terms, sizeof terms);
    check_payload(store, STORE_COLUMNS, "\0\0\0\0\0", 5, lengths, sizeof lengths);
    assert_int_equal(seal.page_count, 12); /* with pages of 4096 bytes */
    store_close(store);
    store_seal_release(&seal);
    memory_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read_back),
        cmocka_unit_test(of_equal_ids_the_last_counts),
        cmocka_unit_test(columns_hold_every_width),
        cmocka_unit_test(long_ids_have_keys_of_their_own),
        cmocka_unit_test(names_are_sorted_and_single),
        cmocka_unit_test(segments_of_one_builder_equal_those_of_many),
        cmocka_unit_test(far_positions_and_many_forms),
        cmocka_unit_test(too_much_memory_is_a_limit),
        cmocka_unit_test(odd_heads_are_refused),
        cmocka_unit_test(example_is_as_documented),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
