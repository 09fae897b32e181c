#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/table.h"
#include "random.h"
#include "scratch.h"

struct record {
    unsigned char key[STORE_KEY_SIZE_MAX];
    size_t key_size;
    unsigned char *value;
    size_t value_size;
};

struct model {
    struct record *records;
    size_t count;
};

static int compare_records(const void *a, const void *b)
{
    const struct record *left = a;
    const struct record *right = b;
    return bytes_compare(left->key, left->key_size, right->key, right->key_size);
}

struct shape {
    size_t count;
    size_t key_size_max;
    uint32_t letters; /* few letters: long shared prefixes */
    size_t value_size_max;
    size_t huge_every; /* 0: never */
};

static const struct shape shapes[] = {
    {0, 1, 1, 0, 0},      {1, 1, 256, 0, 0},     {1, 480, 2, 100, 1},     {5000, 12, 3, 9, 0},
    {3000, 480, 2, 0, 0}, {800, 480, 256, 3, 0}, {2000, 20, 30, 300, 41}, {16, 8, 4, 4, 0},
    {17, 8, 4, 4, 0},     {32, 8, 200, 8000, 0},
};

static void model_make(struct model *model, const struct shape *shape, uint64_t *random)
{
    model->records = memory_zalloc(shape->count, sizeof *model->records);
    assert_non_null(model->records);
    for (size_t i = 0; i < shape->count; i++) {
        struct record *record = &model->records[i];
        record->key_size = 1 + random_below(random, (uint32_t)shape->key_size_max);
        for (size_t k = 0; k < record->key_size; k++) {
            record->key[k] = (unsigned char)random_below(random, shape->letters);
        }
        bool huge = shape->huge_every > 0 && i % shape->huge_every == 0;
        record->value_size =
            huge ? 100000 : random_below(random, (uint32_t)shape->value_size_max + 1);
        record->value = memory_alloc(record->value_size);
        assert_non_null(record->value);
        for (size_t k = 0; k < record->value_size; k++) {
            record->value[k] = (unsigned char)random_next(random);
        }
    }
    qsort(model->records, shape->count, sizeof *model->records, compare_records);
    model->count = 0;
    for (size_t i = 0; i < shape->count; i++) {
        struct record *last = model->count > 0 ? &model->records[model->count - 1] : NULL;
        if (last != NULL && compare_records(last, &model->records[i]) == 0) {
            memory_free(model->records[i].value);
        } else {
            model->records[model->count++] = model->records[i];
        }
    }
}

static void model_release(struct model *model)
{
    for (size_t i = 0; i < model->count; i++) {
        memory_free(model->records[i].value);
    }
    memory_free(model->records);
}

static struct store *table_make(const char *path, const struct model *model)
{
    struct store_writer *store_writer = NULL;
    struct table_writer writer;
    struct store_seal seal = {0};
    struct store *store = NULL;
    assert_int_equal(store_writer_open(path, STORE_KEPT, &store_writer, NULL), STATUS_OK);
    table_writer_init(&writer, store_writer, STORE_TERMS);
    for (size_t i = 0; i < model->count; i++) {
        const struct record *record = &model->records[i];
        assert_int_equal(table_writer_add(&writer, record->key, record->key_size, record->value,
                                          record->value_size, NULL),
                         STATUS_OK);
    }
    assert_int_equal(table_writer_finish(&writer, NULL), STATUS_OK);
    table_writer_release(&writer);
    assert_int_equal(store_writer_finish(store_writer, &seal, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    store_seal_release(&seal);
    return store;
}

static void check_record(const struct table_cursor *cursor, const struct record *record)
{
    assert_int_equal(cursor->key_size, record->key_size);
    assert_memory_equal(cursor->key, record->key, record->key_size);
    assert_int_equal(cursor->value_size, record->value_size);
    assert_memory_equal(cursor->value, record->value, record->value_size);
}

static void check_walk(const struct store *store, const struct model *model)
{
    struct table_cursor cursor;
    bool found = false;
    size_t i = 0;
    assert_int_equal(table_cursor_seek(&cursor, store, STORE_TERMS, NULL, 0, &found, NULL),
                     STATUS_OK);
    for (; found; i++) {
        assert_true(i < model->count);
        check_record(&cursor, &model->records[i]);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_int_equal(i, model->count);
    assert_int_equal(table_cursor_seek(&cursor, store, STORE_IDS, NULL, 0, &found, NULL),
                     STATUS_OK);
    assert_false(found); /* another table, empty */
}

/* Seeks `key` and looks at the two records from there. */
static void check_seek(const struct store *store, const struct model *model, const void *key,
                       size_t key_size)
{
    size_t i = 0;
    size_t to = model->count;
    while (i < to) {
        size_t middle = i + (to - i) / 2;
        const struct record *record = &model->records[middle];
        if (bytes_compare(record->key, record->key_size, key, key_size) < 0) {
            i = middle + 1;
        } else {
            to = middle;
        }
    }
    struct table_cursor cursor;
    bool found = false;
    assert_int_equal(table_cursor_seek(&cursor, store, STORE_TERMS, key, key_size, &found, NULL),
                     STATUS_OK);
    assert_int_equal(found, i < model->count);
    for (size_t more = 0; found && more < 2; more++) {
        check_record(&cursor, &model->records[i + more]);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
        assert_int_equal(found, i + more + 1 < model->count);
    }
    const unsigned char *value = NULL;
    size_t value_size = 0;
    bool there = i < model->count &&
                 bytes_equal(model->records[i].key, model->records[i].key_size, key, key_size);
    assert_int_equal(table_get(store, STORE_TERMS, key, key_size, &value, &value_size, NULL),
                     there ? STATUS_OK : STATUS_NOT_FOUND);
    if (there) {
        assert_int_equal(value_size, model->records[i].value_size);
        assert_memory_equal(value, model->records[i].value, value_size);
    }
}

/* Walks the records from `key` on, below `end`. */
static void check_range(const struct store *store, const struct model *model, const void *key,
                        size_t key_size, const struct record *end)
{
    struct table_cursor cursor;
    bool found = false;
    const struct table_range range = {key, end->key, key_size, end->key_size};
    assert_int_equal(table_cursor_seek_range(&cursor, store, STORE_TERMS, &range, &found, NULL),
                     STATUS_OK);
    for (size_t i = 0; i < model->count; i++) {
        const struct record *record = &model->records[i];
        if (bytes_compare(record->key, record->key_size, key, key_size) < 0 ||
            compare_records(record, end) >= 0) {
            continue;
        }
        assert_true(found);
        check_record(&cursor, record);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_false(found);
    assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    assert_false(found); /* it stays there */
}

static void check_seeks(const struct store *store, const struct model *model, uint64_t *random)
{
    unsigned char key[STORE_KEY_SIZE_MAX + 1];
    memset(key, 0xff, sizeof key);
    check_seek(store, model, "\0", 1);
    check_seek(store, model, key, STORE_KEY_SIZE_MAX);
    for (size_t i = 0; i < model->count; i++) {
        const struct record *record = &model->records[i];
        check_seek(store, model, record->key, record->key_size);
        if (i % 7 != 0 && model->count > 100) {
            continue;
        }
        memcpy(key, record->key, record->key_size);
        check_seek(store, model, key, 1 + random_below(random, (uint32_t)record->key_size));
        if (i % 70 == 0) {
            const struct record *end =
                &model->records[random_below(random, (uint32_t)model->count)];
            check_range(store, model, record->key, record->key_size, end);
            check_range(store, model, key, 0, end);
        }
        key[record->key_size] = 0; /* just behind it */
        check_seek(store, model, key, record->key_size + (record->key_size < STORE_KEY_SIZE_MAX));
        key[record->key_size - 1]--;
        check_seek(store, model, key, record->key_size);
        key[random_below(random, (uint32_t)record->key_size)] ^= 0x15;
        check_seek(store, model, key, record->key_size);
    }
}

static void tables_equal_a_sorted_array(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "table");
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct model model;
        model_make(&model, &shapes[i], &random);
        struct store *store = table_make(path, &model);
        check_walk(store, &model);
        check_seeks(store, &model, &random);
        store_close(store);
        model_release(&model);
    }
    memory_free(path);
}

/* Puts `chunk` as the only one of a table and walks and seeks in it. */
static enum status read_chunk(const char *path, const void *chunk, size_t size)
{
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    struct store *store = NULL;
    assert_int_equal(store_writer_open(path, STORE_KEPT, &writer, NULL), STATUS_OK);
    assert_int_equal(store_writer_put_packed(writer, STORE_TERMS, "a", 1, chunk, size, NULL),
                     STATUS_OK);
    assert_int_equal(store_writer_finish(writer, &seal, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    struct table_cursor cursor;
    struct error error = {0};
    bool found = false;
    enum status status = table_cursor_seek(&cursor, store, STORE_TERMS, NULL, 0, &found, &error);
    while (status == STATUS_OK && found) {
        status = table_cursor_next(&cursor, &found, &error);
    }
    const unsigned char *value = NULL;
    size_t value_size = 0;
    enum status get = table_get(store, STORE_TERMS, "b", 1, &value, &value_size, &error);
    assert_true(get == STATUS_OK || get == STATUS_NOT_FOUND || get == STATUS_FORMAT);
    assert_true(status == STATUS_OK || strstr(error.message, path) != NULL);
    store_close(store);
    store_seal_release(&seal);
    return status;
}

/* Chunks whose checks are right and whose content is not. */
static void odd_chunks_are_refused(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "odd");
    static const struct {
        unsigned char bytes[24];
        size_t size;
        enum status status;
    } table[] = {
        {{2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 'a', 1, 1, 1, 'b', 'v'}, 21, STATUS_OK},
        {{0}, 0, STATUS_FORMAT},
        {{1, 0, 0, 0, 1, 0, 0}, 7, STATUS_FORMAT},
        {{1, 0, 0, 0, 0, 0, 0, 0}, 8, STATUS_FORMAT},                       /* no restart */
        {{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, 12, STATUS_FORMAT},          /* no record */
        {{1, 0, 0, 0, 255, 255, 255, 255}, 8, STATUS_FORMAT},               /* too many restarts */
        {{1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 1, 0}, 15, STATUS_FORMAT}, /* restart outside */
        {{2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 'a'}, 16, STATUS_FORMAT}, /* one missing */
        {{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 'a'},
         16,
         STATUS_FORMAT}, /* shares nothing */
        {{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 'a'}, 16, STATUS_FORMAT}, /* key outside */
        {{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 'a'}, 16, STATUS_FORMAT}, /* value outside */
        {{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 3, 0, 'a'}, 18, STATUS_FORMAT},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(read_chunk(path, table[i].bytes, table[i].size), table[i].status);
    }
    memory_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_equal_a_sorted_array),
        cmocka_unit_test(odd_chunks_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
