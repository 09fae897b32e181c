#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "index/merge_cuts.h"
#include "scratch.h"

/* Side i of n has the numbers that i + 1 divides, as keys of 8 bytes; so some keys are everywhere.
 */
enum { SIDES = 4, NUMBERS = 40000, VALUE_SIZE = 300, KEYS_MAX = 1 << 20 };

struct sides {
    struct merge_side all[SIDES];
    struct store *stores[SIDES];
    struct store_seal seals[SIDES];
    size_t chunks;
};

static void make_store(const char *path, uint32_t divisor, uint32_t numbers,
                       struct store_seal *seal)
{
    static const unsigned char value[VALUE_SIZE];
    struct store_writer *store = NULL;
    struct table_writer table;
    assert_int_equal(store_writer_open(path, STORE_KEPT, &store, NULL), STATUS_OK);
    table_writer_init(&table, store, STORE_TERMS);
    for (uint32_t i = 0; i < numbers; i += divisor) {
        unsigned char key[8] = "key ";
        store_u32_be(key + 4, i);
        assert_int_equal(table_writer_add(&table, key, sizeof key, value, sizeof value, NULL),
                         STATUS_OK);
    }
    assert_int_equal(table_writer_finish(&table, NULL), STATUS_OK);
    table_writer_release(&table);
    assert_int_equal(store_writer_finish(store, seal, NULL), STATUS_OK);
}

static void sides_open(struct sides *sides, const struct scratch *scratch, uint32_t numbers)
{
    memset(sides, 0, sizeof *sides);
    for (uint32_t i = 0; i < SIDES; i++) {
        char *path = scratch_path(scratch, "side");
        struct store_entry entry;
        make_store(path, i + 1, numbers, &sides->seals[i]);
        assert_int_equal(store_open(path, &sides->seals[i], &sides->stores[i], NULL), STATUS_OK);
        memory_free(path);
        sides->all[i].store = sides->stores[i];
        enum status status = store_floor(sides->stores[i], STORE_TERMS, NULL, 0, &entry, NULL);
        for (; status == STATUS_OK; sides->chunks++) {
            status = store_next(sides->stores[i], STORE_TERMS, &entry, NULL);
        }
    }
}

static void sides_close(struct sides *sides)
{
    for (size_t i = 0; i < SIDES; i++) {
        store_close(sides->stores[i]);
        store_seal_release(&sides->seals[i]);
    }
}

/* Walks a range: its keys are the numbers from `next` on, in the sides that have them. Returns the
 * number behind. */
static uint32_t check_range(struct merge_walk *walk, const struct merge_range_keys *range,
                            uint32_t next)
{
    assert_int_equal(merge_walk_begin(walk, STORE_TERMS, range, NULL), STATUS_OK);
    for (; walk->group_size > 0; next++) {
        size_t at = 0;
        for (uint32_t i = 0; i < SIDES; i++) {
            if (next % (i + 1) == 0) {
                assert_ptr_equal(walk->group[at], &walk->sides[i]);
                assert_int_equal(load_u32_be(walk->group[at]->cursor.key + 4), next);
                at++;
            }
        }
        assert_int_equal(walk->group_size, at);
        assert_int_equal(merge_walk_next(walk, NULL), STATUS_OK);
    }
    return next;
}

/* The ranges together are the table, each key in one of them; returns how many they are. */
static size_t check_cuts(const struct scratch *scratch, uint32_t numbers, size_t threads,
                         size_t *chunks)
{
    struct sides sides;
    struct buffer keys;
    struct merge_walk walk;
    struct merge_range_keys range = {.from = NULL};
    size_t count = 0;
    size_t ranges = 1;
    uint32_t next = 0;
    sides_open(&sides, scratch, numbers);
    buffer_init(&keys, KEYS_MAX);
    assert_int_equal(merge_cuts(sides.all, SIDES, threads, STORE_TERMS, &keys, &count, NULL),
                     STATUS_OK);
    assert_int_equal(merge_walk_init(&walk, sides.all, SIDES, NULL), STATUS_OK);
    struct byte_reader reader = byte_reader_over(keys.bytes, keys.size);
    for (; byte_reader_left(&reader) > 0; ranges++) {
        range.to = byte_reader_string(&reader, &range.to_size);
        assert_int_equal(load_u32_be(range.to + 4), check_range(&walk, &range, next));
        assert_true(load_u32_be(range.to + 4) > next);
        next = load_u32_be(range.to + 4);
        range.from = range.to;
        range.from_size = range.to_size;
    }
    range.to = NULL;
    assert_int_equal(check_range(&walk, &range, next), numbers);
    assert_false(reader.failed);
    assert_int_equal(count, ranges - 1);
    merge_walk_release(&walk);
    buffer_release(&keys);
    *chunks = sides.chunks;
    sides_close(&sides);
    return ranges;
}

static void ranges_are_the_whole_table(void **state)
{
    static const struct {
        uint32_t numbers;
        size_t threads;
        size_t least; /* ranges, by merge_cuts.c; fewer when two cuts are one key */
        size_t most;
    } cases[] = {{0, 2, 1, 1},           {1, 2, 1, 1},
                 {200, 2, 1, 5},         {5000, 1, 5, 8},
                 {NUMBERS, 1, 10, 16},   {NUMBERS, 4, 24, 32},
                 {NUMBERS, 16, 96, 128}, {NUMBERS, 1000, 160, 256}};
    size_t chunks = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t ranges = check_cuts(*state, cases[i].numbers, cases[i].threads, &chunks);
        assert_in_range(ranges, cases[i].least, cases[i].most);
    }
    assert_in_range(chunks, 256, 512); /* of the last */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges_are_the_whole_table)};
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
