#include "index/pack.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/compiler.h"

/* Bytes of zeros and ones at most: their places fit 32 bits. */
#define UNARY_SIZE_MAX ((size_t)1 << 28)

enum { PARAMETER_BITS = 5, PUT_MAX = 56, WORD_SIZE = 8, WORD_BITS = 64, BATCH = 128, FEW = 6 };

static unsigned bit_length(uint32_t value)
{
    return value == 0 ? 0 : 32 - (unsigned)__builtin_clz(value);
}

/* How many low bits stand apart, for numbers of this mean: the logarithm, rounded down, is within
 * a thousandth of the best choice for lists of real text, and costs no search. */
static unsigned parameter_of(uint64_t mean)
{
    assert(mean <= UINT32_MAX);
    return mean == 0 ? 0 : bit_length((uint32_t)mean) - 1;
}

/* A set's follows from what reader and writer both know. */
static unsigned set_parameter(size_t count, uint32_t bound)
{
    return parameter_of((bound - count) / (count + 1));
}

/* ---- Writing ---- */

struct bit_writer bit_writer_over(unsigned char *out)
{
    return (struct bit_writer){.at = out};
}

/* `count` is at most PUT_MAX. */
static ALWAYS_INLINE void put(struct bit_writer *writer, uint64_t bits, unsigned count)
{
    writer->pending |= bits << writer->pending_bits;
    writer->pending_bits += count;
    store_u64(writer->at, writer->pending);
    unsigned whole = writer->pending_bits / 8;
    writer->at += whole;
    writer->pending >>= 8 * whole;
    writer->pending_bits %= 8;
}

void bit_writer_put(struct bit_writer *writer, uint64_t bits, unsigned count)
{
    assert(count <= 32 && bits >> count == 0);
    put(writer, bits, count);
}

unsigned char *bit_writer_end(struct bit_writer *writer)
{
    return writer->at + (writer->pending_bits > 0);
}

/* The low bits of each number, as many numbers at once as can be put. */
static ALWAYS_INLINE void write_low_bits(struct bit_writer *writer, const uint32_t *values,
                                         size_t count, unsigned width)
{
    uint64_t mask = ((uint64_t)1 << width) - 1;
    size_t i = 0;
    for (; 4 * width <= PUT_MAX && i + 4 <= count; i += 4) {
        uint64_t first = (values[i] & mask) | (values[i + 1] & mask) << width;
        uint64_t second = (values[i + 2] & mask) | (values[i + 3] & mask) << width;
        put(writer, first | second << 2 * width, 4 * width);
    }
    for (; 2 * width <= PUT_MAX && i + 2 <= count; i += 2) {
        put(writer, (values[i] & mask) | (values[i + 1] & mask) << width, 2 * width);
    }
    for (; i < count; i++) {
        put(writer, values[i] & mask, width);
    }
}

/* What is above the low bits of each number: that many zeros, then a one. */
static ALWAYS_INLINE void write_unary(struct bit_writer *writer, const uint32_t *values,
                                      size_t count, unsigned parameter)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t zeros = values[i] >> parameter;
        for (; UNLIKELY(zeros >= PUT_MAX); zeros -= PUT_MAX) {
            put(writer, 0, PUT_MAX);
        }
        put(writer, (uint64_t)1 << zeros, zeros + 1);
    }
}

static ALWAYS_INLINE void put_codes(struct bit_writer *out, const uint32_t *values, size_t count,
                                    unsigned parameter)
{
    struct bit_writer writer = *out; /* a copy can live in registers */
    if (parameter > 0) {
        write_low_bits(&writer, values, count, parameter);
    }
    size_t i = 0;
    for (; i + 4 <= count; i += 4) { /* four at once, which seldom have many zeros */
        uint64_t first = values[i] >> parameter;
        uint64_t second = first + 1 + (values[i + 1] >> parameter);
        uint64_t third = second + 1 + (values[i + 2] >> parameter);
        uint64_t fourth = third + 1 + (values[i + 3] >> parameter);
        if (UNLIKELY(fourth >= PUT_MAX)) {
            write_unary(&writer, values + i, 4, parameter);
            continue;
        }
        uint64_t ones = (uint64_t)1 << first | (uint64_t)1 << second;
        ones |= (uint64_t)1 << third | (uint64_t)1 << fourth;
        put(&writer, ones, (unsigned)fourth + 1);
    }
    write_unary(&writer, values + i, count - i, parameter);
    *out = writer;
}

#if defined(__x86_64__)
/* Shifting by a number that is not known beforehand is one step there, not three. */
__attribute__((target("bmi2"))) static void
put_codes_bmi2(struct bit_writer *out, const uint32_t *values, size_t count, unsigned parameter)
{
    put_codes(out, values, count, parameter);
}
#endif

static void write_codes(struct bit_writer *out, const uint32_t *values, size_t count,
                        unsigned parameter)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("bmi2")) {
        put_codes_bmi2(out, values, count, parameter);
        return;
    }
#endif
    put_codes(out, values, count, parameter);
}

void run_write(struct bit_writer *writer, const uint32_t *values, size_t count)
{
    assert(count > 0 && count <= PACK_COUNT_MAX);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    unsigned parameter = parameter_of(sum / count);
    put(writer, parameter, PARAMETER_BITS);
    write_codes(writer, values, count, parameter);
}

void set_write(struct bit_writer *writer, const uint32_t *gaps, size_t count, uint32_t bound)
{
    assert(count <= bound && count <= PACK_COUNT_MAX);
    write_codes(writer, gaps, count, set_parameter(count, bound));
}

void sparse_write(struct bit_writer *writer, const uint32_t *values, size_t count,
                  uint32_t *scratch)
{
    assert(count <= PACK_COUNT_MAX);
    uint32_t *gaps = scratch;
    uint32_t *others = scratch + count;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) { /* without a branch: which are 0 cannot be foreseen */
        gaps[found] = (uint32_t)i;
        others[found] = values[i] - 1;
        found += values[i] != 0;
    }
    for (size_t i = found; i-- > 1;) { /* from places to what lies between them */
        gaps[i] -= gaps[i - 1] + 1;
    }
    put(writer, found, bit_length((uint32_t)count));
    set_write(writer, gaps, found, (uint32_t)count);
    if (found > 0) {
        run_write(writer, others, found);
    }
}

/* ---- Reading ---- */

/* The eight bytes from `offset` on; zeros stand in for what may not be looked at. */
static ALWAYS_INLINE uint64_t load_word(const struct bit_reader *reader, size_t offset)
{
    if (LIKELY(offset + WORD_SIZE <= reader->readable)) {
        return load_u64(reader->bytes + offset);
    }
    unsigned char padded[WORD_SIZE] = {0};
    if (offset < reader->readable) {
        memcpy(padded, reader->bytes + offset, reader->readable - offset);
    }
    return load_u64(padded);
}

uint32_t bit_reader_take(struct bit_reader *reader, unsigned count)
{
    assert(count <= 32);
    if (count > reader->end - reader->at) {
        reader->failed = true;
        reader->at = reader->end;
        return 0;
    }
    uint64_t bits = load_word(reader, reader->at / 8) >> (reader->at % 8);
    reader->at += count;
    return (uint32_t)(bits & (((uint64_t)1 << count) - 1));
}

static void fail(struct bit_reader *reader, uint32_t *values, size_t count)
{
    reader->failed = true;
    reader->at = reader->end;
    memset(values, 0, count * sizeof *values);
}

/* The low bits of so many numbers, from bit `at` on. */
static void read_low_bits(const struct bit_reader *reader, size_t at, size_t count, unsigned width,
                          uint32_t *values)
{
    uint64_t mask = ((uint64_t)1 << width) - 1;
    if (width == 0) {
        memset(values, 0, count * sizeof *values);
        return;
    }
    size_t i = 0;
    if ((at + count * width) / 8 + WORD_SIZE <= reader->readable) {
        const unsigned char *bytes = reader->bytes;
        for (; width <= 14 && i + 4 <= count; i += 4, at += 4 * (size_t)width) {
            uint64_t word = load_u64(bytes + at / 8) >> (at % 8);
            values[i] = (uint32_t)(word & mask);
            values[i + 1] = (uint32_t)(word >> width & mask);
            values[i + 2] = (uint32_t)(word >> 2 * width & mask);
            values[i + 3] = (uint32_t)(word >> 3 * width & mask);
        }
        for (; i < count; i++, at += width) {
            values[i] = (uint32_t)(load_u64(bytes + at / 8) >> (at % 8) & mask);
        }
    }
    for (; i < count; i++, at += width) {
        values[i] = (uint32_t)(load_word(reader, at / 8) >> (at % 8) & mask);
    }
}

/* The word in which bit `at` stands, less what lies before it. */
static ALWAYS_INLINE uint64_t word_from(const struct bit_reader *reader, size_t at)
{
    return load_word(reader, at / 8) >> (at % 8) << (at % 8);
}

/* The places of the set bits of four bits; the rest is written over by those of the next four. */
static const struct places {
    uint32_t at[4];
} nibbles[16] = {
    {{0}}, {{0}},    {{1}},    {{0, 1}},    {{2}},    {{0, 2}},    {{1, 2}},    {{0, 1, 2}},
    {{3}}, {{0, 3}}, {{1, 3}}, {{0, 1, 3}}, {{2, 3}}, {{0, 2, 3}}, {{1, 2, 3}}, {{0, 1, 2, 3}},
};
static const unsigned char nibble_ones[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};

/* The next ones, some at a time, without a branch that depends on where they are. */
struct ones {
    uint32_t found;
    uint32_t places[1 + BATCH + WORD_BITS + 3]; /* from the second on, in bits from `base` */
    size_t base;
    size_t word_at;
    size_t word_end; /* no word at or behind this byte */
    uint64_t word;
};

static void ones_begin(const struct bit_reader *reader, size_t at, struct ones *ones)
{
    size_t from = at / 8;
    ones->base = 8 * from;
    ones->word_at = from;
    ones->word_end =
        reader->readable - from < UNARY_SIZE_MAX ? reader->readable : from + UNARY_SIZE_MAX;
    ones->word = word_from(reader, at);
    ones->found = 0;
    ones->places[0] = (uint32_t)(at % 8 - 1);
}

/* One by one: what short lists want. */
static bool ones_find_few(const struct bit_reader *reader, uint32_t wanted, struct ones *ones)
{
    for (uint32_t i = 0; i < wanted; i++) {
        while (ones->word == 0) {
            ones->word_at += WORD_SIZE;
            if (ones->word_at >= ones->word_end) {
                return false;
            }
            ones->word = load_word(reader, ones->word_at);
        }
        uint32_t base = (uint32_t)(8 * ones->word_at - ones->base);
        ones->places[i + 1] = base + (uint32_t)__builtin_ctzll(ones->word);
        ones->word &= ones->word - 1;
    }
    ones->found = wanted;
    return true;
}

/* Finds `wanted` (at most BATCH) ones, or some more; false: there are no more. The last place of
 * those found before becomes the first. */
static bool ones_find(const struct bit_reader *reader, size_t wanted, struct ones *ones)
{
    ones->places[0] = ones->places[ones->found];
    if (wanted <= FEW) {
        return ones_find_few(reader, (uint32_t)wanted, ones);
    }
    uint32_t found = 0;
    while (found < wanted) {
        if (ones->word_at >= ones->word_end) {
            return false;
        }
        uint32_t base = (uint32_t)(8 * ones->word_at - ones->base);
        uint64_t word = ones->word;
        for (unsigned i = 0; i < WORD_BITS / 4; i++) {
            const struct places *places = &nibbles[word & 15];
            uint32_t *to = ones->places + 1 + found;
            for (unsigned k = 0; k < 4; k++) {
                to[k] = base + places->at[k];
            }
            found += nibble_ones[word & 15];
            word >>= 4;
            base += 4;
        }
        ones->word_at += WORD_SIZE;
        ones->word = load_word(reader, ones->word_at);
    }
    ones->found = found;
    return true;
}

/* Whether `count` (of 32 bits) codes can be there at all. */
static bool may_hold(const struct bit_reader *reader, size_t count, unsigned width)
{
    return (uint64_t)count * (width + 1) <= reader->end - reader->at;
}

void run_read(struct bit_reader *reader, size_t count, uint32_t *values)
{
    unsigned parameter = bit_reader_take(reader, PARAMETER_BITS);
    if (!may_hold(reader, count, parameter)) {
        fail(reader, values, count);
        return;
    }
    struct ones ones;
    read_low_bits(reader, reader->at, count, parameter, values);
    ones_begin(reader, reader->at + count * parameter, &ones);
    uint32_t greatest = 0;
    size_t n = 0;
    for (size_t done = 0; done < count; done += n) {
        n = count - done < BATCH ? count - done : BATCH;
        if (!ones_find(reader, n, &ones)) {
            fail(reader, values, count);
            return;
        }
        n = count - done < ones.found ? count - done : ones.found;
        for (size_t i = 0; i < n; i++) {
            uint32_t zeros = ones.places[i + 1] - ones.places[i] - 1;
            greatest |= zeros;
            values[done + i] |= zeros << parameter;
        }
    }
    reader->at = ones.base + ones.places[n] + 1;
    if (reader->at > reader->end || greatest > UINT32_MAX >> parameter) {
        fail(reader, values, count);
    }
}

/* Passes over some ones; false: there are no more. The last of them becomes the place before the
 * next. */
static bool ones_pass(const struct bit_reader *reader, size_t count, struct ones *ones)
{
    for (unsigned here = count_ones(ones->word); count > here; here = count_ones(ones->word)) {
        count -= here;
        ones->word_at += WORD_SIZE;
        if (ones->word_at >= ones->word_end) {
            return false;
        }
        ones->word = load_word(reader, ones->word_at);
    }
    for (; count > 1; count--) {
        ones->word &= ones->word - 1;
    }
    return count == 0 || ones_find_few(reader, 1, ones);
}

void run_read_some(struct bit_reader *reader, size_t count, size_t from, size_t wanted,
                   uint32_t *values)
{
    assert(from <= count && wanted <= count - from);
    unsigned parameter = bit_reader_take(reader, PARAMETER_BITS);
    if (!may_hold(reader, count, parameter)) {
        fail(reader, values, wanted);
        return;
    }
    struct ones ones;
    read_low_bits(reader, reader->at + from * parameter, wanted, parameter, values);
    ones_begin(reader, reader->at + count * parameter, &ones);
    bool found = ones_pass(reader, from, &ones);
    uint32_t greatest = 0;
    for (size_t i = 0; found && i < wanted; i++) {
        ones.places[0] = ones.places[ones.found];
        if (!ones_find_few(reader, 1, &ones)) {
            found = false;
            break;
        }
        uint32_t zeros = ones.places[1] - ones.places[0] - 1;
        greatest |= zeros;
        values[i] |= zeros << parameter;
    }
    if (found) {
        reader->at = ones.base + ones.places[ones.found] + 1;
    }
    if (!found || reader->at > reader->end || greatest > UINT32_MAX >> parameter) {
        fail(reader, values, wanted);
    }
}

void set_read(struct bit_reader *reader, size_t count, uint32_t base, uint32_t bound,
              uint32_t *numbers)
{
    unsigned parameter = count <= bound ? set_parameter(count, bound) : 0;
    if (count > bound || !may_hold(reader, count, parameter)) {
        fail(reader, numbers, count);
        return;
    }
    if (count == 0) {
        return;
    }
    struct ones ones;
    read_low_bits(reader, reader->at, count, parameter, numbers);
    reader->at += count * parameter;
    ones_begin(reader, reader->at, &ones);
    /* The i-th one's place is so much more than the zeros before it. */
    uint32_t more = (uint32_t)(reader->at - ones.base);
    uint64_t low_sum = 0;
    uint64_t zeros = 0;
    size_t n = 0;
    for (size_t done = 0; done < count; done += n) {
        n = count - done < BATCH ? count - done : BATCH;
        if (!ones_find(reader, n, &ones)) {
            fail(reader, numbers, count);
            return;
        }
        n = count - done < ones.found ? count - done : ones.found;
        for (size_t i = 0; i < n; i++) {
            zeros = ones.places[i + 1] - more++;
            low_sum += numbers[done + i];
            numbers[done + i] = (uint32_t)(base + done + i + (zeros << parameter) + low_sum);
        }
    }
    reader->at = ones.base + ones.places[n] + 1;
    uint64_t behind = count + (zeros << parameter) + low_sum; /* the last number plus 1 */
    if (reader->at > reader->end || behind > bound) {
        fail(reader, numbers, count);
    }
}

void sparse_read(struct bit_reader *reader, size_t count, uint32_t *values, uint32_t *scratch)
{
    size_t found = bit_reader_take(reader, bit_length((uint32_t)count));
    if (found > count) {
        fail(reader, values, count);
        return;
    }
    memset(values + found, 0, (count - found) * sizeof *values);
    if (found == 0) {
        return;
    }
    set_read(reader, found, 0, (uint32_t)count, scratch);
    run_read(reader, found, values);
    if (reader->failed) {
        fail(reader, values, count);
        return;
    }
    /* From the last on, since no number's place is before its number. */
    for (size_t i = found; i-- > 0;) {
        uint32_t value = values[i] + 1;
        values[i] = 0;
        values[scratch[i]] = value;
    }
}
