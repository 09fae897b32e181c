#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/pack.h"
#include "random.h"

enum { COUNT_MAX = 3000, BYTES_MAX = 1 << 16 };

/* ---- The law of docs/FORMAT.md, bit by bit ---- */

struct model {
    unsigned char bytes[BYTES_MAX];
    size_t bits;
};

static void put_bit(struct model *model, unsigned bit)
{
    assert_true(model->bits < 8 * sizeof model->bytes);
    model->bytes[model->bits / 8] |= (unsigned char)(bit << model->bits % 8);
    model->bits++;
}

static void put_number(struct model *model, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        put_bit(model, value >> i & 1);
    }
}

static unsigned log_floor(uint64_t value)
{
    unsigned log = 0;
    for (; value > 1; value >>= 1) {
        log++;
    }
    return log;
}

static void put_codes(struct model *model, const uint32_t *values, size_t count, unsigned k)
{
    for (size_t i = 0; i < count; i++) {
        put_number(model, values[i], k);
    }
    for (size_t i = 0; i < count; i++) {
        for (uint32_t zeros = values[i] >> k; zeros > 0; zeros--) {
            put_bit(model, 0);
        }
        put_bit(model, 1);
    }
}

static void put_run(struct model *model, const uint32_t *values, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    unsigned k = log_floor(sum / count);
    put_number(model, k, 5);
    put_codes(model, values, count, k);
}

static void put_set(struct model *model, const uint32_t *gaps, size_t count, uint32_t bound)
{
    put_codes(model, gaps, count, log_floor((bound - count) / (count + 1)));
}

static void put_sparse(struct model *model, const uint32_t *values, size_t count)
{
    static uint32_t gaps[COUNT_MAX];
    static uint32_t others[COUNT_MAX];
    size_t found = 0;
    uint32_t gap = 0;
    for (size_t i = 0; i < count; i++) {
        if (values[i] == 0) {
            gap++;
            continue;
        }
        gaps[found] = gap;
        others[found++] = values[i] - 1;
        gap = 0;
    }
    put_number(model, found, log_floor(count) + 1);
    put_set(model, gaps, found, (uint32_t)count);
    if (found > 0) {
        put_run(model, others, found);
    }
}

/* ---- One of the three ---- */

enum kind { RUN, SET, SPARSE };

static uint32_t gaps[COUNT_MAX];
static uint32_t scratch[2 * COUNT_MAX];

static void write_model(struct model *model, enum kind kind, const uint32_t *values, size_t count,
                        uint32_t bound)
{
    switch (kind) {
    case RUN:
        put_run(model, values, count);
        break;
    case SET:
        put_set(model, gaps, count, bound);
        break;
    case SPARSE:
        put_sparse(model, values, count);
        break;
    }
}

static void write_one(struct bit_writer *writer, enum kind kind, const uint32_t *values,
                      size_t count, uint32_t bound)
{
    switch (kind) {
    case RUN:
        run_write(writer, values, count);
        break;
    case SET:
        set_write(writer, gaps, count, bound);
        break;
    case SPARSE:
        sparse_write(writer, values, count, scratch);
        break;
    }
}

static void read_one(struct bit_reader *reader, enum kind kind, size_t count, uint32_t base,
                     uint32_t bound, uint32_t *values)
{
    switch (kind) {
    case RUN:
        run_read(reader, count, values);
        break;
    case SET:
        set_read(reader, count, base, bound, values);
        break;
    case SPARSE:
        sparse_read(reader, count, values, scratch);
        break;
    }
}

/* Some of a run's numbers, from every kind of place on. */
static void check_some(const struct bit_reader *start, const uint32_t *values, size_t count)
{
    static uint32_t back[COUNT_MAX];
    for (size_t i = 0; i < 24; i++) {
        size_t from = i < 4 ? i % count : i < 8 ? count - 1 - i % count : i * 131 % count;
        size_t wanted = i == 9 ? count - from : 1 + i * 7 % (count - from);
        struct bit_reader reader = *start;
        run_read_some(&reader, count, from, wanted, back);
        assert_false(reader.failed);
        assert_memory_equal(back, values + from, wanted * sizeof *back);
        reader = *start;
        reader.end = reader.at + (reader.end - reader.at) * i / 24;
        run_read_some(&reader, count, from, wanted, back);
        assert_true(!reader.failed || back[0] == 0);
    }
}

/* Reads from a block of exactly `size` bytes, so that a sanitizer sees any step outside; then with
 * other bits behind it. Cut short, it fails. */
static void check_read(const struct model *model, size_t lead, enum kind kind,
                       const uint32_t *values, size_t count, uint32_t base, uint32_t bound)
{
    static uint32_t back[COUNT_MAX];
    size_t size = (model->bits + 7) / 8;
    for (int more = 0; more < 2; more++) {
        size_t readable = size + (more ? 20 : 0);
        unsigned char *copy = memory_alloc(readable + 1);
        assert_non_null(copy);
        memset(copy, 0xff, readable);
        memcpy(copy, model->bytes, size);
        struct bit_reader reader = {
            .bytes = copy, .readable = readable, .at = lead, .end = model->bits};
        read_one(&reader, kind, count, base, bound, back);
        assert_false(reader.failed);
        assert_int_equal(reader.at, model->bits);
        if (kind == RUN) {
            reader.at = lead;
            check_some(&reader, values, count);
        }
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(back[i], values[i] + (kind == SET ? base : 0));
        }
        for (int i = 0; i < 12 && model->bits > lead; i++) {
            size_t cut = (model->bits - lead) * (size_t)i / 12;
            reader = (struct bit_reader){
                .bytes = copy, .readable = readable, .at = lead, .end = lead + cut};
            read_one(&reader, kind, count, base, bound, back);
            assert_true(reader.failed);
        }
        memory_free(copy);
    }
}

/* Writes behind `lead` other bits, as the law has it, and reads. Numbers of a set ascend. */
static void check(enum kind kind, const uint32_t *values, size_t count, uint32_t bound,
                  unsigned lead)
{
    static struct model model;
    static unsigned char bytes[BYTES_MAX];
    memset(&model, 0, sizeof model);
    for (size_t i = 0; kind == SET && i < count; i++) {
        gaps[i] = i == 0 ? values[0] : values[i] - values[i - 1] - 1;
    }
    put_number(&model, (1u << lead) - 1, lead);
    write_model(&model, kind, values, count, bound);
    memset(bytes, 0xaa, sizeof bytes);
    struct bit_writer writer = bit_writer_over(bytes);
    bit_writer_put(&writer, (1u << lead) - 1, lead);
    write_one(&writer, kind, values, count, bound);
    size_t size = (size_t)(bit_writer_end(&writer) - bytes);
    assert_int_equal(size, (model.bits + 7) / 8);
    assert_memory_equal(bytes, model.bytes, size);
    assert_true(size + 8 <= PACK_ROOM(count) + 4);
    check_read(&model, lead, kind, values, count, bound < 1u << 31 ? 1000 : 0, bound);
}

static const size_t counts[] = {1, 2, 7, 8, 63, 127, 128, 129, 191, 256, 1000};
enum { COUNTS = sizeof counts / sizeof counts[0] };

static void runs_come_back(void **state)
{
    (void)state;
    uint64_t random = 1;
    static uint32_t values[COUNT_MAX];
    for (unsigned width = 0; width <= 32; width++) {
        for (size_t c = 0; c < COUNTS; c++) {
            uint64_t mask = ((uint64_t)1 << width) - 1;
            for (size_t i = 0; i < counts[c]; i++) {
                values[i] = (uint32_t)(random_next(&random) & mask);
            }
            check(RUN, values, counts[c], 0, width % 8);
            check(SPARSE, values, counts[c], 0, width % 7);
            for (size_t i = 0; i < counts[c]; i++) {
                values[i] = (uint32_t)mask;
            }
            check(RUN, values, counts[c], 0, width % 5);
            check(SPARSE, values, counts[c], 0, width % 3);
        }
    }
    for (unsigned round = 0; round < 2000; round++) {
        size_t count = 1 + random_below(&random, round % 10 == 0 ? COUNT_MAX : 200);
        unsigned low = random_below(&random, 20);
        uint32_t one_in = 1 + random_below(&random, 40);
        for (size_t i = 0; i < count; i++) {
            bool wide = random_below(&random, one_in) == 0;
            values[i] = random_sized(&random, wide ? 32 : low);
        }
        check(RUN, values, count, 0, round % 8);
    }
    /* One huge number among zeros: long runs of zero bits. */
    memset(values, 0, sizeof values);
    values[1500] = UINT32_MAX;
    check(RUN, values, COUNT_MAX, 0, 0);
    values[1500] = 70000;
    check(RUN, values, COUNT_MAX, 0, 0);
}

static void sets_come_back(void **state)
{
    (void)state;
    uint64_t random = 2;
    static uint32_t values[COUNT_MAX];
    for (unsigned round = 0; round < 3000; round++) {
        size_t count = random_below(&random, round % 10 == 0 ? COUNT_MAX : 200);
        unsigned gap = random_below(&random, 20);
        uint64_t next = 0;
        size_t i = 0;
        for (; i < count; i++) {
            next += random_sized(&random, random_below(&random, 50) == 0 ? 30 : gap);
            if (next >= UINT32_MAX) {
                break;
            }
            values[i] = (uint32_t)next++;
        }
        uint64_t bound = next + random_sized(&random, 16);
        check(SET, values, i, bound < UINT32_MAX ? (uint32_t)bound : UINT32_MAX, round % 8);
    }
    for (uint32_t i = 0; i < COUNT_MAX; i++) {
        values[i] = i;
    }
    check(SET, values, COUNT_MAX, COUNT_MAX, 3); /* every number there is */
    check(SET, values, 0, 0, 3);
    check(SET, values, 1, UINT32_MAX, 3);
}

static void sparse_numbers_come_back(void **state)
{
    (void)state;
    uint64_t random = 3;
    static uint32_t values[COUNT_MAX];
    check(SPARSE, values, 1, 0, 1);
    check(SPARSE, values, COUNT_MAX, 0, 0); /* all zeros: two bytes */
    for (unsigned round = 0; round < 2000; round++) {
        size_t count = 1 + random_below(&random, round % 10 == 0 ? COUNT_MAX : 150);
        uint32_t one_in = 1 + random_below(&random, 30);
        unsigned bits = 1 + random_below(&random, round % 50 == 0 ? 32 : 9);
        for (size_t i = 0; i < count; i++) {
            values[i] = random_below(&random, one_in) == 0 ? random_sized(&random, bits) : 0;
        }
        check(SPARSE, values, count, 0, round % 8);
    }
}

/* Any bytes: nothing outside is read, and every value is set and within what is promised. */
static void damage_is_noticed_or_harmless(void **state)
{
    (void)state;
    uint64_t random = 4;
    static uint32_t values[COUNT_MAX];
    for (unsigned round = 0; round < 30000; round++) {
        size_t size = random_below(&random, 64);
        unsigned char *bytes = memory_alloc(size + 1);
        assert_non_null(bytes);
        uint64_t rarely = round % 2 == 0 ? UINT64_MAX : random_next(&random);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (unsigned char)(random_next(&random) & rarely);
        }
        unsigned char *exact = memory_alloc(size == 0 ? 1 : size);
        assert_non_null(exact);
        memcpy(exact, bytes, size);
        size_t count = 1 + random_below(&random, round % 4 == 0 ? COUNT_MAX : 100);
        uint32_t bound = (uint32_t)count + random_sized(&random, 20) - 1;
        for (int kind = RUN; kind <= SPARSE; kind++) {
            struct bit_reader reader = {.bytes = exact,
                                        .readable = size,
                                        .at = size > 0 ? random_below(&random, 8) : 0,
                                        .end = 8 * size};
            read_one(&reader, (enum kind)kind, count, 5, bound, values);
            assert_true(reader.at <= reader.end);
            for (size_t i = 0; kind == SET && !reader.failed && i < count; i++) {
                assert_true(values[i] >= 5 + i && values[i] - 5 < bound);
                assert_true(i == 0 || values[i] > values[i - 1]);
            }
        }
        memory_free(exact);
        memory_free(bytes);
    }
}

/* The worked examples of docs/FORMAT.md, "Pack". */
static void examples_are_as_documented(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {3, 0, 9, 4};
    static const unsigned char run[] = {0x62, 0x62, 0x0a};
    static const uint32_t set_gaps[] = {1, 2, 0}; /* 1 4 5 */
    static const unsigned char set[] = {0x69};
    static const uint32_t few[] = {0, 0, 1, 0, 2, 0};
    static const unsigned char sparse[] = {0xa2, 0xa0};
    unsigned char bytes[PACK_ROOM(6)];
    struct bit_writer writer = bit_writer_over(bytes);
    run_write(&writer, numbers, 4);
    assert_int_equal(bit_writer_end(&writer) - bytes, sizeof run);
    assert_memory_equal(bytes, run, sizeof run);
    writer = bit_writer_over(bytes);
    set_write(&writer, set_gaps, 3, 16);
    assert_int_equal(bit_writer_end(&writer) - bytes, sizeof set);
    assert_memory_equal(bytes, set, sizeof set);
    writer = bit_writer_over(bytes);
    sparse_write(&writer, few, 6, scratch);
    assert_int_equal(bit_writer_end(&writer) - bytes, sizeof sparse);
    assert_memory_equal(bytes, sparse, sizeof sparse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_come_back),
        cmocka_unit_test(sets_come_back),
        cmocka_unit_test(sparse_numbers_come_back),
        cmocka_unit_test(damage_is_noticed_or_harmless),
        cmocka_unit_test(examples_are_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
