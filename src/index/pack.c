#include "index/pack.h"

#include <assert.h>

enum { WIDTH_MAX = 32, WIDTH_MASK = 0x3f, RESERVED_FLAG = 0x40, EXCEPTIONS_FLAG = 0x80 };
enum { RICE_PARAMETER_MAX = 31, RICE_ALL_ZERO = 0xff };
enum { WORD_SIZE = 8 };

static unsigned bit_length(uint32_t value)
{
    return value == 0 ? 0 : 32 - (unsigned)__builtin_clz(value);
}

/* The width that makes the pack smallest (the widest of equals); `*exceptions` is how many values
 * are wider. */
static unsigned choose_width(const uint32_t *values, size_t count, unsigned *exceptions)
{
    *exceptions = 0;
    if (count == 1) {
        return bit_length(values[0]);
    }
    /* above[w]: how many values are wider than w. */
    unsigned above[2 * WIDTH_MAX + 1] = {0};
    unsigned of_length[WIDTH_MAX + 1] = {0};
    unsigned of_odd[WIDTH_MAX + 1] = {0}; /* two counters, so that equal neighbours do not wait */
    for (size_t i = 0; i + 1 < count; i += 2) {
        of_length[bit_length(values[i])]++;
        of_odd[bit_length(values[i + 1])]++;
    }
    of_length[bit_length(values[count - 1])] += count % 2;
    for (unsigned i = 0; i <= WIDTH_MAX; i++) {
        of_length[i] += of_odd[i];
    }
    unsigned width = WIDTH_MAX;
    while (width > 0 && of_length[width] == 0) {
        width--;
    }
    size_t best_size = (count * width + 7) / 8;
    unsigned best = width;
    while (width > 0) {
        above[width - 1] = above[width] + of_length[width];
        width--;
        if (1 + 2 * (size_t)above[width] >= best_size) {
            break; /* the exceptions alone, of this width or any below, take more */
        }
        /* An exception costs its index and a varint of the bits that do not fit: a byte for every
         * seven of them. */
        size_t size = (count * width + 7) / 8 + 1 + above[width];
        for (unsigned more = width; above[more] > 0; more += 7) {
            size += above[more];
        }
        if (size < best_size && above[width] < PACK_COUNT_MAX) {
            best_size = size;
            best = width;
            *exceptions = above[width];
        }
    }
    return best;
}

static size_t write_bits(const uint32_t *values, size_t count, unsigned width, unsigned char *out)
{
    uint64_t mask = ((uint64_t)1 << width) - 1;
    uint64_t pending = 0;
    unsigned pending_bits = 0;
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        pending |= (values[i] & mask) << pending_bits;
        pending_bits += width;
        if (pending_bits >= 32) {
            store_u32(out + size, (uint32_t)pending);
            size += 4;
            pending >>= 32;
            pending_bits -= 32;
        }
    }
    for (; pending_bits > 0; pending_bits -= pending_bits < 8 ? pending_bits : 8) {
        out[size++] = (unsigned char)pending;
        pending >>= 8;
    }
    return size;
}

size_t pack_write(const uint32_t *values, size_t count, unsigned char *out)
{
    assert(count >= 1 && count <= PACK_COUNT_MAX);
    unsigned exceptions = 0;
    unsigned width = choose_width(values, count, &exceptions);
    size_t size = 0;
    out[size++] = (unsigned char)(width | (exceptions > 0 ? EXCEPTIONS_FLAG : 0));
    size += write_bits(values, count, width, out + size);
    if (exceptions > 0) {
        out[size++] = (unsigned char)exceptions;
        for (size_t i = 0; i < count; i++) {
            if (bit_length(values[i]) > width) {
                out[size++] = (unsigned char)i;
                size += store_varint(out + size, values[i] >> width);
            }
        }
    }
    assert(size <= PACK_SIZE_MAX);
    return size;
}

static void read_exceptions(struct byte_reader *reader, size_t count, unsigned width,
                            uint32_t *values)
{
    const unsigned char *head = byte_reader_take(reader, 1);
    size_t exceptions = head == NULL ? 0 : *head;
    for (size_t i = 0; i < exceptions; i++) {
        const unsigned char *index = byte_reader_take(reader, 1);
        uint64_t high = byte_reader_varint(reader);
        if (index == NULL || *index >= count || width >= WIDTH_MAX ||
            high > (UINT32_MAX >> width)) {
            reader->failed = true;
            return;
        }
        values[*index] |= (uint32_t)(high << width);
    }
}

/* Every value is one unaligned 64-bit load: WORD_SIZE bytes behind the last must be readable. */
static void read_bits(const unsigned char *bits, size_t count, unsigned width, uint32_t *values)
{
    uint64_t mask = ((uint64_t)1 << width) - 1;
    size_t at = 0;
    for (size_t i = 0; i < count; i++, at += width) {
        values[i] = (uint32_t)(load_u64(bits + at / 8) >> (at % 8) & mask);
    }
}

void pack_read(struct byte_reader *reader, size_t count, uint32_t *values)
{
    assert(count <= PACK_COUNT_MAX);
    const unsigned char *head = byte_reader_take(reader, 1);
    unsigned width = head == NULL ? 0 : *head & WIDTH_MASK;
    size_t size = (count * width + 7) / 8;
    const unsigned char *bits = byte_reader_take(reader, size);
    if (head == NULL || bits == NULL || width > WIDTH_MAX || (*head & RESERVED_FLAG) != 0) {
        reader->failed = true;
        memset(values, 0, count * sizeof *values);
        return;
    }
    if (width == 0) {
        memset(values, 0, count * sizeof *values);
    } else if (byte_reader_left(reader) >= WORD_SIZE) {
        read_bits(bits, count, width, values);
    } else {
        unsigned char padded[4 * PACK_COUNT_MAX + WORD_SIZE];
        memcpy(padded, bits, size);
        memset(padded + size, 0, WORD_SIZE);
        read_bits(padded, count, width, values);
    }
    if (*head & EXCEPTIONS_FLAG) {
        read_exceptions(reader, count, width, values);
    }
}

static size_t rice_bits(const uint32_t *values, size_t count, unsigned parameter)
{
    size_t bits = count * (1 + (size_t)parameter);
    for (size_t i = 0; i < count; i++) {
        bits += values[i] >> parameter;
    }
    return bits;
}

static unsigned rice_parameter(const uint32_t *values, size_t count, size_t *bits)
{
    unsigned best = 0;
    *bits = rice_bits(values, count, 0);
    for (unsigned parameter = 1; parameter <= RICE_PARAMETER_MAX; parameter++) {
        size_t wanted = rice_bits(values, count, parameter);
        if (wanted >= *bits) {
            break; /* the cost is convex in the parameter */
        }
        *bits = wanted;
        best = parameter;
    }
    return best;
}

static bool all_zero(const uint32_t *values, size_t count)
{
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++) {
        any |= values[i];
    }
    return any == 0;
}

size_t rice_size(const uint32_t *values, size_t count)
{
    size_t bits = 0;
    (void)rice_parameter(values, count, &bits);
    return 1 + (bits + 7) / 8;
}

/* Bits on their way out, low bits first. */
struct bit_writer {
    unsigned char *at;
    uint64_t pending;
    unsigned pending_bits; /* fewer than 8 between calls */
};

/* `count` is at most 32, and no bit of `bits` above it is set. */
static void put_bits(struct bit_writer *writer, uint64_t bits, unsigned count)
{
    writer->pending |= bits << writer->pending_bits;
    writer->pending_bits += count;
    while (writer->pending_bits >= 8) {
        *writer->at++ = (unsigned char)writer->pending;
        writer->pending >>= 8;
        writer->pending_bits -= 8;
    }
}

size_t rice_write(const uint32_t *values, size_t count, unsigned char *out)
{
    if (all_zero(values, count)) {
        out[0] = RICE_ALL_ZERO;
        return 1;
    }
    size_t bits = 0;
    unsigned parameter = rice_parameter(values, count, &bits);
    uint64_t mask = ((uint64_t)1 << parameter) - 1;
    out[0] = (unsigned char)parameter;
    struct bit_writer writer = {.at = out + 1};
    for (size_t i = 0; i < count; i++) {
        uint32_t zeros = values[i] >> parameter; /* that many zeros, then a one */
        for (; zeros >= 32; zeros -= 32) {
            put_bits(&writer, 0, 32);
        }
        put_bits(&writer, (uint64_t)1 << zeros, zeros + 1);
        put_bits(&writer, values[i] & mask, parameter);
    }
    put_bits(&writer, 0, (8 - writer.pending_bits) % 8);
    assert((size_t)(writer.at - out) == 1 + (bits + 7) / 8);
    return (size_t)(writer.at - out);
}

/* The bits from bit `at` to the end of the 64-bit word that begins at its byte; zeros stand in for
 * what lies past the end. */
static uint64_t peek_bits(const struct byte_reader *reader, size_t at)
{
    size_t offset = at / 8;
    size_t left = byte_reader_left(reader);
    if (offset + 8 <= left) {
        return load_u64(reader->at + offset) >> (at % 8);
    }
    unsigned char padded[8] = {0};
    if (offset < left) {
        memcpy(padded, reader->at + offset, left - offset);
    }
    return load_u64(padded) >> (at % 8);
}

void rice_read(struct byte_reader *reader, size_t count, uint32_t *values)
{
    const unsigned char *head = byte_reader_take(reader, 1);
    if (head == NULL || *head == RICE_ALL_ZERO || *head > RICE_PARAMETER_MAX) {
        reader->failed |= head == NULL || *head != RICE_ALL_ZERO;
        memset(values, 0, count * sizeof *values);
        return;
    }
    unsigned parameter = *head;
    size_t bits_left = byte_reader_left(reader) * 8;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t zeros = 0;
        uint64_t window = peek_bits(reader, at);
        while (window == 0 && at + zeros < bits_left) {
            zeros += 64 - (at + zeros) % 8; /* all bits of the window were zeros */
            window = peek_bits(reader, at + zeros);
        }
        if (window != 0) {
            zeros += (size_t)__builtin_ctzll(window);
        }
        at += zeros + 1;
        if (zeros > UINT32_MAX >> parameter || at + parameter > bits_left) {
            reader->failed = true;
            memset(values + i, 0, (count - i) * sizeof *values);
            return;
        }
        uint64_t low = 0;
        if (parameter > 0) {
            low = peek_bits(reader, at) & (((uint64_t)1 << parameter) - 1);
        }
        values[i] = (uint32_t)((uint64_t)zeros << parameter | low);
        at += parameter;
    }
    (void)byte_reader_take(reader, (at + 7) / 8);
}
