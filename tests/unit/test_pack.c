#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "base/memory.h"
#include "index/pack.h"
#include "random.h"

static unsigned bit_length(uint32_t value)
{
    unsigned bits = 0;
    for (; value != 0; value >>= 1) {
        bits++;
    }
    return bits;
}

static size_t varint_size(uint64_t value)
{
    unsigned char bytes[VARINT_SIZE_MAX];
    return store_varint(bytes, value);
}

/* The law of docs/FORMAT.md, tried with every width. */
static size_t model_size(const uint32_t *values, size_t count)
{
    size_t best = SIZE_MAX;
    for (unsigned width = 0; width <= 32; width++) {
        size_t size = 1 + (count * width + 7) / 8;
        size_t wider = 0;
        for (size_t i = 0; i < count; i++) {
            if (bit_length(values[i]) > width) {
                wider++;
                size += 1 + varint_size((uint64_t)values[i] >> width);
            }
        }
        size += wider > 0;
        best = wider < PACK_COUNT_MAX && size < best ? size : best;
    }
    return best;
}

/* Reads from a block of exactly `size` bytes, so that a sanitizer sees any step outside. */
static struct byte_reader read_exact(const unsigned char *bytes, size_t size, size_t count,
                                     void (*read)(struct byte_reader *, size_t, uint32_t *),
                                     uint32_t *values)
{
    unsigned char *copy = memory_alloc(size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    struct byte_reader reader = byte_reader_over(copy, size);
    read(&reader, count, values);
    size_t left = byte_reader_left(&reader);
    memory_free(copy);
    return (struct byte_reader){.at = NULL, .end = NULL, .failed = reader.failed || left != 0};
}

static void check_pack(const uint32_t *values, size_t count)
{
    unsigned char bytes[PACK_SIZE_MAX + 16] = {0};
    uint32_t back[PACK_COUNT_MAX];
    size_t size = pack_write(values, count, bytes);
    assert_int_equal(size, model_size(values, count));
    assert_false(read_exact(bytes, size, count, pack_read, back).failed);
    assert_memory_equal(back, values, count * sizeof *values);
    /* With more behind it, as in a list. */
    struct byte_reader reader = byte_reader_over(bytes, size + 16);
    pack_read(&reader, count, back);
    assert_false(reader.failed);
    assert_int_equal(byte_reader_left(&reader), 16);
    assert_memory_equal(back, values, count * sizeof *values);
    for (size_t cut = 0; cut < size; cut++) {
        assert_true(read_exact(bytes, cut, count, pack_read, back).failed);
    }
}

static void every_width_comes_back(void **state)
{
    (void)state;
    uint64_t random = 1;
    uint32_t values[PACK_COUNT_MAX];
    static const size_t counts[] = {1, 2, 7, 8, 9, 63, 127, 128};
    for (unsigned width = 0; width <= 32; width++) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            uint64_t mask = ((uint64_t)1 << width) - 1;
            for (size_t i = 0; i < counts[c]; i++) {
                values[i] = (uint32_t)(random_next(&random) & mask);
            }
            check_pack(values, counts[c]);
            for (size_t i = 0; i < counts[c]; i++) {
                values[i] = (uint32_t)mask;
            }
            check_pack(values, counts[c]);
        }
    }
}

static void exceptions_come_back(void **state)
{
    (void)state;
    uint64_t random = 2;
    uint32_t values[PACK_COUNT_MAX];
    for (int round = 0; round < 2000; round++) {
        size_t count = 1 + random_below(&random, PACK_COUNT_MAX);
        unsigned low = random_below(&random, 20);
        uint32_t one_in = 1 + random_below(&random, 40);
        for (size_t i = 0; i < count; i++) {
            bool wide = random_below(&random, one_in) == 0;
            values[i] = random_sized(&random, wide ? 32 : low);
        }
        check_pack(values, count);
    }
}

static size_t model_rice_size(const uint32_t *values, size_t count)
{
    size_t best = SIZE_MAX;
    for (unsigned parameter = 0; parameter < 32; parameter++) {
        size_t bits = count * (1 + (size_t)parameter);
        for (size_t i = 0; i < count; i++) {
            bits += values[i] >> parameter;
        }
        best = bits < best ? bits : best;
    }
    return 1 + (best + 7) / 8;
}

static void check_rice(const uint32_t *values, size_t count)
{
    size_t room = rice_size(values, count);
    assert_int_equal(room, model_rice_size(values, count));
    unsigned char *bytes = memory_alloc(room);
    uint32_t *back = memory_alloc(count * sizeof *back);
    assert_non_null(bytes);
    assert_non_null(back);
    size_t size = rice_write(values, count, bytes);
    assert_true(size <= room);
    assert_false(read_exact(bytes, size, count, rice_read, back).failed);
    assert_memory_equal(back, values, count * sizeof *values);
    for (size_t cut = size > 40 ? size - 40 : 0; cut < size; cut++) {
        assert_true(read_exact(bytes, cut, count, rice_read, back).failed);
    }
    memory_free(back);
    memory_free(bytes);
}

static void rice_runs_come_back(void **state)
{
    (void)state;
    uint64_t random = 3;
    static uint32_t values[3000];
    check_rice(values, 1);
    check_rice(values, 3000); /* all zeros: one byte */
    for (int round = 0; round < 1000; round++) {
        size_t count = 1 + random_below(&random, round % 10 == 0 ? 3000 : 60);
        unsigned bits = random_below(&random, round % 50 == 0 ? 33 : 12);
        for (size_t i = 0; i < count; i++) {
            values[i] = random_sized(&random, bits);
        }
        check_rice(values, count);
    }
    /* One huge number among zeros: long runs of zero bits. */
    memset(values, 0, sizeof values);
    values[1500] = 70000;
    check_rice(values, 3000);
    values[0] = UINT32_MAX;
    check_rice(values, 2);
}

/* Any bytes: nothing outside is read, and every value is set. */
static void damage_is_noticed_or_harmless(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[64];
        uint32_t values[PACK_COUNT_MAX];
        size_t size = random_below(&random, sizeof bytes + 1);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (unsigned char)random_next(&random);
        }
        bytes[0] = (unsigned char)(round % 3 == 0 ? random_below(&random, 6) : bytes[0]);
        size_t count = 1 + random_below(&random, PACK_COUNT_MAX);
        (void)read_exact(bytes, size, count, pack_read, values);
        (void)read_exact(bytes, size, count, rice_read, values);
    }
    /* Exceptions that do not fit: index too high, bits too high, width 32, reserved bit. */
    static const unsigned char bad[][8] = {{0x81, 0x03, 1, 2, 1},
                                           {0x9f, 1, 2, 3, 4, 1, 0, 2},
                                           {0xa0, 1, 2, 3, 4, 1, 0, 1},
                                           {0x41, 0x01}};
    static const size_t sizes[] = {5, 8, 8, 2};
    for (size_t i = 0; i < 4; i++) {
        uint32_t values[2];
        assert_true(
            read_exact(bad[i], sizes[i], i == 1 || i == 2 ? 1 : 2, pack_read, values).failed);
    }
}

/* The worked examples of docs/FORMAT.md, "Pack" and "Rice run". */
static void examples_are_as_documented(void **state)
{
    (void)state;
    static const uint32_t values[] = {1, 0, 2, 1, 3, 0, 1, 300};
    static const unsigned char pack[] = {0x82, 0x61, 0x13, 0x01, 0x07, 0x4b};
    static const uint32_t numbers[] = {0, 0, 1, 0, 2, 0};
    static const unsigned char rice[] = {0x00, 0x9b, 0x01};
    unsigned char bytes[PACK_SIZE_MAX];
    assert_int_equal(pack_write(values, 8, bytes), sizeof pack);
    assert_memory_equal(bytes, pack, sizeof pack);
    assert_int_equal(rice_write(numbers, 6, bytes), sizeof rice);
    assert_memory_equal(bytes, rice, sizeof rice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_comes_back),
        cmocka_unit_test(exceptions_come_back),
        cmocka_unit_test(rice_runs_come_back),
        cmocka_unit_test(damage_is_noticed_or_harmless),
        cmocka_unit_test(examples_are_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
