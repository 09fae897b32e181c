#include "base/json_aside.h"

#include <assert.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#include "base/bytes.h"

/* A stand-in: MARK, which begins no sequence of UTF-8 and which no escape of JSON makes, then where
 * the run begins and its size, six bits a byte in bytes from 80 to BF. */
enum { MARK = 0xFF, DIGITS = 5, DIGIT_BITS = 6, STAND_IN_SIZE = 1 + 2 * DIGITS, SLACK = 16 };

#define TEXT_SIZE_MAX ((size_t)1 << DIGITS * DIGIT_BITS)

struct run {
    size_t start;
    size_t size;
};

static bool is_special(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

/* ---- Runs ---- */

#if defined(__x86_64__)
enum { BLOCK = 16 };

static ALWAYS_INLINE __m128i load_block(const char *text)
{
    return _mm_loadu_si128((const __m128i *)(const void *)text);
}

static ALWAYS_INLINE unsigned high_bits(const char *text)
{
    return (unsigned)_mm_movemask_epi8(load_block(text));
}

static ALWAYS_INLINE unsigned special_bits(const char *text)
{
    __m128i block = load_block(text);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
    __m128i sign = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(control, sign));
}
#else
enum { BLOCK = 1 };

static ALWAYS_INLINE unsigned high_bits(const char *text)
{
    return (unsigned char)*text >= 0x80;
}

static ALWAYS_INLINE unsigned special_bits(const char *text)
{
    return is_special((unsigned char)*text);
}
#endif

/* Offset of the first byte from 80 on, from `at` on; `size` if there is none. */
static ALWAYS_INLINE size_t find_high(const char *text, size_t at, size_t size)
{
    for (; size - at >= BLOCK; at += BLOCK) {
        unsigned bits = high_bits(text + at);
        if (bits != 0) {
            return at + (size_t)__builtin_ctz(bits);
        }
    }
    while (at < size && (unsigned char)text[at] < 0x80) {
        at++;
    }
    return at;
}

static ALWAYS_INLINE size_t find_special(const char *text, size_t at, size_t size)
{
    for (; size - at >= BLOCK; at += BLOCK) {
        unsigned bits = special_bits(text + at);
        if (bits != 0) {
            return at + (size_t)__builtin_ctz(bits);
        }
    }
    while (at < size && !is_special((unsigned char)text[at])) {
        at++;
    }
    return at;
}

/* ---- Setting aside ---- */

/* Writes eight bytes, of which DIGITS count. */
static ALWAYS_INLINE void put_number(unsigned char *to, uint64_t number)
{
    store_u64(to, 0x8080808080u | (number & 0x3F) | (number & 0xFC0) << 2 |
                      (number & 0x3F000) << 4 | (number & 0xFC0000) << 6 |
                      (number & 0x3F000000) << 8);
}

static size_t take_number(const unsigned char *from)
{
    size_t number = 0;
    for (unsigned i = 0; i < DIGITS; i++) {
        number |= (size_t)(from[i] & 0x3F) << i * DIGIT_BITS;
    }
    return number;
}

static struct run take_run(const char *stand_in)
{
    const unsigned char *from = (const unsigned char *)stand_in + 1;
    return (struct run){.start = take_number(from), .size = take_number(from + DIGITS)};
}

/* Copies up to a few bytes more than it is asked for. */
static ALWAYS_INLINE void copy_piece(unsigned char *to, const char *from, size_t size, size_t left)
{
    if (LIKELY(size <= SLACK && left >= SLACK)) {
        memcpy(to, from, SLACK);
    } else {
        memcpy(to, from, size);
    }
}

/* Writes what is left of the text to `to`, where there are `room` bytes and SLACK. Returns how many
 * it became, 0 when there is no room. */
static size_t set_aside(const char *text, size_t size, unsigned char *to, size_t room)
{
    const unsigned char *from = to;
    for (size_t at = 0; at < size;) {
        size_t start = find_high(text, at, size);
        size_t stop = find_special(text, start, size);
        size_t used = (size_t)(to - from);
        if (room - used < start - at || room - used - (start - at) < STAND_IN_SIZE) {
            return 0;
        }
        copy_piece(to, text + at, start - at, size - at);
        to += start - at;
        if (stop > start) {
            *to = MARK;
            put_number(to + 1, start);
            put_number(to + 1 + DIGITS, stop - start);
            to += STAND_IN_SIZE;
        }
        at = stop;
    }
    return (size_t)(to - from);
}

enum status json_set_aside(const char *text, size_t size, struct buffer *out, bool *made,
                           struct error *error)
{
    size_t room = size / 2;
    *made = false;
    if (size >= TEXT_SIZE_MAX) {
        return STATUS_OK;
    }
    enum status status = buffer_reserve(out, room + SLACK, error);
    if (status == STATUS_OK) {
        size_t left = set_aside(text, size, out->bytes + out->size, room);
        out->size += left;
        *made = left > 0;
    }
    return status;
}

/* ---- Putting back ---- */

bool json_is_aside(const char *bytes, size_t size)
{
    return size > 0 && memchr(bytes, MARK, size) != NULL;
}

enum status json_put_back(const char *text, size_t text_size, const char *bytes, size_t size,
                          struct buffer *out, struct error *error)
{
    enum status status = STATUS_OK;
    const char *end = bytes + size;
    while (status == STATUS_OK && bytes < end) {
        const char *mark = memchr(bytes, MARK, (size_t)(end - bytes));
        status = buffer_append(out, bytes, (size_t)((mark == NULL ? end : mark) - bytes), error);
        bytes = end;
        if (mark != NULL && status == STATUS_OK) {
            assert(end - mark >= STAND_IN_SIZE);
            struct run run = take_run(mark);
            assert(run.start <= text_size && run.size <= text_size - run.start);
            status = buffer_append(out, text + run.start, run.size, error);
            bytes = mark + STAND_IN_SIZE;
        }
    }
    return status;
}

size_t json_aside_offset(const char *bytes, size_t offset)
{
    size_t at = 0;
    size_t whole = 0;
    const char *mark = NULL;
    while (at < offset && (mark = memchr(bytes + at, MARK, offset - at)) != NULL) {
        size_t begin = (size_t)(mark - bytes);
        struct run run = take_run(mark);
        if (offset - begin < STAND_IN_SIZE) {
            return run.start + (offset - begin);
        }
        whole = run.start + run.size;
        at = begin + STAND_IN_SIZE;
    }
    return whole + (offset - at);
}
