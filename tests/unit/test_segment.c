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
        assert_int_equal(segment_writer_open(path, &writer, NULL), STATUS_OK);
        for (uint32_t i = 0; i < count; i++) {
            for (unsigned c = 0; c < COLUMN_COUNT; c++) {
                unsigned bits = width + c % 4 > 64 ? 64 : width + c % 4;
                uint64_t value = bits == 0 ? 0 : random_next(&random) >> (64 - bits);
                rows[i][c] = bits < 60 ? value + ((uint64_t)1 << 60) + c : value;
            }
            rows[i][COLUMN_LENGTH] %= 1000;
            assert_int_equal(segment_writer_document(writer, "frame", 5, rows[i], NULL), STATUS_OK);
        }
        assert_int_equal(segment_writer_finish(writer, &counts, false, &seal, NULL), STATUS_OK);
        assert_int_equal(segment_open(path, &seal, NULL, 0, &segment, NULL), STATUS_OK);
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
    assert_int_equal(builder_open(path, &options, &builder, NULL), STATUS_OK);
    static const char *const given[] = {"zebra", "ali", "zebra", "ali", "aliya"};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(
            builder_name(builder, given[i], strlen(given[i]), "p1", i == 3 ? 1 : 2, NULL),
            STATUS_OK);
    }
    assert_int_equal(builder_name(builder, long_name, sizeof long_name, "p1", 2, NULL), STATUS_OK);
    assert_int_equal(builder_name(builder, long_name, sizeof long_name - 3, "p1", 2, NULL),
                     STATUS_OK);
    assert_int_equal(builder_name(builder, "", 0, "p1", 2, NULL), STATUS_OK);
    assert_true(builder_memory(builder) > 0);
    assert_int_equal(builder_finish(builder, 0, false, &counts, &seal, NULL), STATUS_OK);
    assert_int_equal(segment_open(path, &seal, NULL, 0, &segment, NULL), STATUS_OK);
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

static void too_much_memory_is_a_limit(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "segment");
    struct builder_options options = {.compression_level = 1, .memory_max = 200000};
    struct builder *builder = NULL;
    struct sample *sample = malloc(sizeof *sample);
    struct error error = {0};
    assert_non_null(sample);
    assert_int_equal(builder_open(path, &options, &builder, NULL), STATUS_OK);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < 10000; i++) {
        sample_make(i, sample);
        status = sample_add(builder, sample, &error);
    }
    assert_int_equal(status, STATUS_LIMIT);
    assert_true(strlen(error.message) > 0);
    builder_abandon(builder);
    builder_abandon(NULL);
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
    assert_int_equal(store_writer_open(path, &writer, NULL), STATUS_OK);
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
    assert_int_equal(store_writer_finish(writer, false, &seal, NULL), STATUS_OK);
    struct error error = {0};
    enum status status = segment_open(path, &seal, NULL, 0, &segment, &error);
    assert_true(status == STATUS_OK || strstr(error.message, path) != NULL);
    if (status == STATUS_OK) {
        uint64_t value = 0;
        assert_int_equal(segment_column(segment, COLUMN_DAY, 0, &value, &error), STATUS_FORMAT);
        struct buffer out;
        buffer_init(&out, 100);
        assert_int_equal(segment_document(segment, 0, &out, &error), STATUS_FORMAT);
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

static int scratch_setup(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int scratch_teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read_back),
        cmocka_unit_test(of_equal_ids_the_last_counts),
        cmocka_unit_test(columns_hold_every_width),
        cmocka_unit_test(long_ids_have_keys_of_their_own),
        cmocka_unit_test(names_are_sorted_and_single),
        cmocka_unit_test(too_much_memory_is_a_limit),
        cmocka_unit_test(odd_heads_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
