#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "text/evidence.h"
#include "text/fold_hash.h"

enum { WORDS = 5000, TABLE_MAX = 1 << 24 };

static size_t word_of(size_t i, char *word)
{
    return (size_t)snprintf(word, 32, "w%zu", i * 7919);
}

static uint64_t count_of(size_t i)
{
    return i % 10 == 0 ? 1 : i % 97 == 0 ? (uint64_t)1 << 30 : i % 50 + 2;
}

/* Adds every word in steps: in the given direction, its count in one or two parts. */
static void build(int backwards, struct buffer *out)
{
    struct error error;
    struct evidence_builder *builder = evidence_builder_new();
    assert_non_null(builder);
    for (size_t n = 0; n < WORDS; n++) {
        size_t i = backwards ? WORDS - 1 - n : n;
        char word[32];
        size_t size = word_of(i, word);
        uint64_t count = count_of(i);
        uint64_t part = backwards ? count / 2 : 0;
        if (part > 0) {
            assert_int_equal(evidence_builder_add(builder, word, size, part, &error), STATUS_OK);
        }
        assert_int_equal(evidence_builder_add(builder, word, size, count - part, &error),
                         STATUS_OK);
    }
    assert_int_equal(evidence_builder_finish(builder, out, &error), STATUS_OK);
    evidence_builder_free(builder);
}

/* Each hash counts the same with a filter and without. */
static void check_filter(const struct evidence *plain, const uint64_t *hashes, size_t count)
{
    struct evidence filtered = *plain;
    struct buffer filter;
    struct error error;
    buffer_init(&filter, TABLE_MAX);
    assert_int_equal(evidence_filter(&filtered, &filter, &error), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(evidence_count_hashed(&filtered, hashes[i]),
                         evidence_count_hashed(plain, hashes[i]));
    }
    buffer_release(&filter);
}

static void build_and_open(struct buffer *table, struct evidence *evidence)
{
    struct error error;
    buffer_init(table, TABLE_MAX);
    build(0, table);
    assert_int_equal(evidence_open(evidence, table->bytes, table->size, &error), STATUS_OK);
}

static void counts(void **state)
{
    (void)state;
    struct buffer table;
    struct evidence evidence;
    build_and_open(&table, &evidence);
    uint64_t total = 0;
    for (size_t i = 0; i < 2 * WORDS; i++) {
        char word[32];
        size_t size = word_of(i, word);
        uint64_t expected = i < WORDS ? count_of(i) : 0;
        expected = expected < EVIDENCE_COUNT_MIN ? 0 : expected;
        expected = expected > 0xFFFFF ? 0xFFFFF : expected;
        assert_int_equal(evidence_count(&evidence, word, size), expected);
        total += expected;
    }
    assert_int_equal(evidence_total(&evidence), total);
    assert_true(table.size < (size_t)WORDS * 11);
    buffer_release(&table);
}

static void same_bytes_in_any_order(void **state)
{
    (void)state;
    struct buffer forwards;
    struct buffer backwards;
    buffer_init(&forwards, TABLE_MAX);
    buffer_init(&backwards, TABLE_MAX);
    build(0, &forwards);
    build(1, &backwards);
    assert_int_equal(forwards.size, backwards.size);
    assert_memory_equal(forwards.bytes, backwards.bytes, forwards.size);
    buffer_release(&forwards);
    buffer_release(&backwards);
}

static void empty(void **state)
{
    (void)state;
    struct buffer table;
    buffer_init(&table, TABLE_MAX);
    struct error error;
    struct evidence_builder *builder = evidence_builder_new();
    assert_int_equal(evidence_builder_finish(builder, &table, &error), STATUS_OK);
    evidence_builder_free(builder);
    struct evidence evidence;
    assert_int_equal(evidence_open(&evidence, table.bytes, table.size, &error), STATUS_OK);
    assert_int_equal(evidence_count(&evidence, "x", 1), 0);
    assert_int_equal(evidence_open(&evidence, NULL, 0, &error), STATUS_OK);
    assert_int_equal(evidence_count(&evidence, "x", 1), 0);
    buffer_release(&table);
}

/* Tables of every small size, at their exact place in memory: reads past the end would be seen. */
static void small_tables(void **state)
{
    (void)state;
    for (size_t count = 0; count < 80; count++) {
        struct error error;
        struct buffer table;
        buffer_init(&table, TABLE_MAX);
        struct evidence_builder *builder = evidence_builder_new();
        assert_non_null(builder);
        char word[32];
        for (size_t i = 0; i < count; i++) {
            size_t size = word_of(i, word);
            assert_int_equal(evidence_builder_add(builder, word, size, i + 2, &error), STATUS_OK);
        }
        assert_int_equal(evidence_builder_finish(builder, &table, &error), STATUS_OK);
        evidence_builder_free(builder);
        unsigned char *exact = malloc(table.size);
        assert_non_null(exact);
        memcpy(exact, table.bytes, table.size);
        struct evidence evidence;
        assert_int_equal(evidence_open(&evidence, exact, table.size, &error), STATUS_OK);
        for (size_t i = 0; i < 4 * count + 200; i++) {
            size_t size = word_of(i, word);
            assert_int_equal(evidence_count(&evidence, word, size), i < count ? i + 2 : 0);
            uint64_t hashes[] = {fold_hash(word, size), i};
            check_filter(&evidence, hashes, 2);
        }
        free(exact);
        buffer_release(&table);
    }
}

/* A walk passes every slot up to the last, wherever the fingerprint stands. */
static void long_walks(void **state)
{
    (void)state;
    enum { SLOTS = 23, HEADER = 16 };
    const uint64_t hash = 0x123456789ABCDEFu;
    const uint64_t fingerprint = hash & UINT32_MAX;
    for (size_t place = 0; place < SLOTS; place++) {
        size_t size = HEADER + (size_t)SLOTS * 8;
        unsigned char *bytes = calloc(1, size);
        assert_non_null(bytes);
        memcpy(bytes, "FIHREVID", 8);
        store_u64(bytes + 8, 1);
        for (size_t i = 0; i + 1 < SLOTS; i++) {
            store_u64(bytes + HEADER + 8 * i,
                      i == place ? (uint64_t)9 << 44 | fingerprint : (uint64_t)7 << 44 | i);
        }
        struct evidence evidence;
        struct error error;
        assert_int_equal(evidence_open(&evidence, bytes, size, &error), STATUS_OK);
        assert_int_equal(evidence_count_hashed(&evidence, hash), place + 1 < SLOTS ? 9 : 0);
        check_filter(&evidence, &hash, 1);
        free(bytes);
    }
}

/* A reduction stands beside the count of its fold, the greatest of all; those of other folds do not
 * go in. */
static void reductions(void **state)
{
    (void)state;
    struct buffer table;
    struct evidence evidence;
    build_and_open(&table, &evidence);
    uint64_t total = evidence_total(&evidence);
    for (size_t i = 0; i < 2 * WORDS; i++) {
        char word[32];
        uint64_t hash = fold_hash(word, word_of(i, word));
        evidence_reduce(&evidence, table.bytes, hash, (unsigned)(i * 37 % 4096));
        evidence_reduce(&evidence, table.bytes, hash, (unsigned)(i * 11 % 4096));
    }
    for (size_t i = 0; i < 2 * WORDS; i++) {
        char word[32];
        size_t size = word_of(i, word);
        unsigned first = (unsigned)(i * 37 % 4096);
        unsigned second = (unsigned)(i * 11 % 4096);
        bool there = i < WORDS && count_of(i) >= EVIDENCE_COUNT_MIN;
        evidence_slot slot = evidence_slot_hashed(&evidence, fold_hash(word, size));
        assert_int_equal(evidence_slot_reduction(slot), !there           ? 0
                                                        : first > second ? first
                                                                         : second);
        assert_int_equal(evidence_slot_count(slot), evidence_count(&evidence, word, size));
        assert_int_equal(slot != 0, there);
    }
    assert_int_equal(evidence_total(&evidence), total);
    buffer_release(&table);
}

static void damage(void **state)
{
    (void)state;
    struct buffer table;
    buffer_init(&table, TABLE_MAX);
    build(0, &table);
    struct evidence evidence;
    struct error error;
    /* Every truncation is refused or at least read within its bytes. */
    for (size_t size = 1; size < table.size; size += 61) {
        unsigned char *copy = malloc(size);
        memcpy(copy, table.bytes, size);
        if (evidence_open(&evidence, copy, size, &error) == STATUS_OK) {
            (void)evidence_count(&evidence, "w7919", 5);
        }
        free(copy);
    }
    store_u64(table.bytes + 8, UINT64_MAX);
    assert_int_equal(evidence_open(&evidence, table.bytes, table.size, &error), STATUS_FORMAT);
    store_u64(table.bytes + 8, 0);
    assert_int_equal(evidence_open(&evidence, table.bytes, table.size, &error), STATUS_FORMAT);
    table.bytes[0] ^= 1;
    assert_int_equal(evidence_open(&evidence, table.bytes, table.size, &error), STATUS_FORMAT);
    assert_int_equal(evidence_open(&evidence, table.bytes, 7, &error), STATUS_FORMAT);
    buffer_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),     cmocka_unit_test(same_bytes_in_any_order),
        cmocka_unit_test(empty),      cmocka_unit_test(small_tables),
        cmocka_unit_test(long_walks), cmocka_unit_test(reductions),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
