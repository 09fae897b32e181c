#include "base/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/compiler.h"

/* Well-formedness is told by a state machine whose whole transition row for a byte is one 64-bit
 * word: the state is the bit offset of its own entry in that word, so that a step is a load and a
 * shift without a branch (after P. Vognsen, "Shift-based DFAs"). Nearly all text passes a quicker
 * test first: the bits of a block's tail bytes must be those that its lead bytes ask for. */

/* States, as bit offsets. BAD is 0, so that a row is zero wherever nothing else is said. */
enum {
    BAD = 0,
    START = 6,   /* between code points */
    LAST = 12,   /* one more continuation byte */
    MIDDLE = 18, /* two more */
    AFTER_E0 = 24,
    AFTER_ED = 30,
    FIRST = 36, /* three more */
    AFTER_F0 = 42,
    AFTER_F4 = 48
};

#define TO(from, to) ((uint64_t)(to) << (from))
#define ASCII        TO(START, START)
#define TAIL         (TO(LAST, START) | TO(MIDDLE, LAST) | TO(FIRST, MIDDLE))
#define TAIL_8       (TAIL | TO(AFTER_ED, LAST) | TO(AFTER_F4, MIDDLE))
#define TAIL_9       (TAIL | TO(AFTER_ED, LAST) | TO(AFTER_F0, MIDDLE))
#define TAIL_AB      (TAIL | TO(AFTER_E0, LAST) | TO(AFTER_F0, MIDDLE))
#define LEAD(to)     TO(START, to)

#define TIMES_4(row)  row, row, row, row
#define TIMES_16(row) TIMES_4(row), TIMES_4(row), TIMES_4(row), TIMES_4(row)
#define TIMES_64(row) TIMES_16(row), TIMES_16(row), TIMES_16(row), TIMES_16(row)

static const uint64_t rows[] = {
    /* 00 */ TIMES_64(ASCII),
    TIMES_64(ASCII),
    /* 80 */ TIMES_16(TAIL_8),
    TIMES_16(TAIL_9),
    TIMES_16(TAIL_AB),
    TIMES_16(TAIL_AB),
    /* C0 */ BAD,
    BAD,
    LEAD(LAST),
    LEAD(LAST),
    TIMES_4(LEAD(LAST)),
    TIMES_4(LEAD(LAST)),
    TIMES_4(LEAD(LAST)),
    TIMES_16(LEAD(LAST)),
    /* E0 */ LEAD(AFTER_E0),
    TIMES_4(LEAD(MIDDLE)),
    TIMES_4(LEAD(MIDDLE)),
    TIMES_4(LEAD(MIDDLE)),
    LEAD(AFTER_ED),
    LEAD(MIDDLE),
    LEAD(MIDDLE),
    /* F0 */ LEAD(AFTER_F0),
    LEAD(FIRST),
    LEAD(FIRST),
    LEAD(FIRST),
    LEAD(AFTER_F4),
    BAD,
    BAD,
    BAD,
    TIMES_4(BAD),
    TIMES_4(BAD)};

static_assert(sizeof rows / sizeof rows[0] == 256, "a row for every byte");

enum { STATE_MASK = 63 };

static bool is_tail(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Length of the well-formed sequence at `text`, or 0; then `*bad_size` is the length of the
 * maximal ill-formed subpart. */
static size_t sequence_size(const unsigned char *text, size_t size, size_t *bad_size)
{
    uint64_t state = START;
    size_t i = 0;
    while (i < size) {
        state = rows[text[i]] >> (state & STATE_MASK);
        if ((state & STATE_MASK) == BAD) {
            break;
        }
        i++;
        if ((state & STATE_MASK) == START) {
            return i;
        }
    }
    *bad_size = i == 0 ? 1 : i;
    return 0;
}

/* ---- Blocks ---- */

/* What a way of reading blocks gives: the bytes of whole, well-formed sequences at the front, up to
 * a block that is not simply that: where leads do not ask for what follows them, where one
 * restricts its first tail (E0, ED) or has three (F0 and above), all of which needs a closer look.
 */
typedef size_t blocks_reader(const unsigned char *text, size_t size);

static size_t blocks_plain(const unsigned char *text, size_t size)
{
    size_t at = 0;
    while (at < size && text[at] < 0x80) {
        at++;
    }
    return at;
}

#if defined(__x86_64__)

/* A sequence that reaches beyond the block that ends at `at` is no whole one: `pending` has the
 * bits of the tails that are expected there. */
static size_t whole_sequences(const unsigned char *text, size_t at, uint64_t pending)
{
    if (pending == 0) {
        return at;
    }
    return at - (is_tail((char)text[at - 1]) ? 2 : 1);
}

static size_t blocks_sse2(const unsigned char *text, size_t size)
{
    uint32_t pending = 0;
    size_t at = 0;
    for (; size - at >= 16; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
        __m128i three = _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8((char)0xE0)), block);
        __m128i four = _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8((char)0xF0)), block);
        __m128i narrow = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xE0)),
                                      _mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xED)));
        __m128i overlong = _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8((char)0xFE)),
                                          _mm_set1_epi8((char)0xC0));
        uint32_t closer =
            (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(four, narrow), overlong));
        uint32_t high = (uint32_t)_mm_movemask_epi8(block);
        uint32_t tails =
            (uint32_t)_mm_movemask_epi8(_mm_cmplt_epi8(block, _mm_set1_epi8((char)0xC0)));
        uint32_t threes = (uint32_t)_mm_movemask_epi8(three);
        uint32_t expected = pending | (high & ~tails) << 1 | threes << 2;
        if (((tails ^ expected) & 0xFFFF) != 0 || closer != 0) {
            break;
        }
        pending = expected >> 16;
    }
    return whole_sequences(text, at, pending);
}

#define WITH_AVX2 __attribute__((target("avx2")))

WITH_AVX2 static size_t blocks_avx2(const unsigned char *text, size_t size)
{
    uint64_t pending = 0;
    size_t at = 0;
    for (; size - at >= 32; at += 32) {
        __m256i block = _mm256_loadu_si256((const __m256i *)(const void *)(text + at));
        __m256i three =
            _mm256_cmpeq_epi8(_mm256_max_epu8(block, _mm256_set1_epi8((char)0xE0)), block);
        __m256i four =
            _mm256_cmpeq_epi8(_mm256_max_epu8(block, _mm256_set1_epi8((char)0xF0)), block);
        __m256i narrow = _mm256_or_si256(_mm256_cmpeq_epi8(block, _mm256_set1_epi8((char)0xE0)),
                                         _mm256_cmpeq_epi8(block, _mm256_set1_epi8((char)0xED)));
        __m256i overlong = _mm256_cmpeq_epi8(_mm256_and_si256(block, _mm256_set1_epi8((char)0xFE)),
                                             _mm256_set1_epi8((char)0xC0));
        __m256i closer = _mm256_or_si256(_mm256_or_si256(four, narrow), overlong);
        uint64_t high = (uint32_t)_mm256_movemask_epi8(block);
        uint64_t tails =
            (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(_mm256_set1_epi8((char)0xC0), block));
        uint64_t threes = (uint32_t)_mm256_movemask_epi8(three);
        uint64_t expected = pending | (high & ~tails) << 1 | threes << 2;
        if (((tails ^ expected) & UINT32_MAX) != 0 || !_mm256_testz_si256(closer, closer)) {
            break;
        }
        pending = expected >> 32;
    }
    return whole_sequences(text, at, pending);
}

static blocks_reader *blocks_of(enum utf8_way way)
{
    switch (way) {
    case UTF8_SSE2: /* every processor of this kind has it */
        return blocks_sse2;
    case UTF8_AVX2:
        return __builtin_cpu_supports("avx2") ? blocks_avx2 : NULL;
    case UTF8_PLAIN:
    case UTF8_WAYS:
        break;
    }
    return blocks_plain;
}

static blocks_reader *blocks_best(void)
{
    return __builtin_cpu_supports("avx2") ? blocks_avx2 : blocks_sse2;
}

#else

static blocks_reader *blocks_of(enum utf8_way way)
{
    return way == UTF8_PLAIN ? blocks_plain : NULL;
}

static blocks_reader *blocks_best(void)
{
    return blocks_plain;
}

#endif

static size_t valid_prefix(blocks_reader *read, const char *text, size_t size)
{
    enum { CLOSER_LOOK = 32 };
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < size) {
        at += read(bytes + at, size - at);
        size_t end = size - at < CLOSER_LOOK ? size : at + CLOSER_LOOK;
        while (at < end) {
            size_t bad_size = 0;
            size_t length = sequence_size(bytes + at, size - at, &bad_size);
            if (length == 0) {
                return at;
            }
            at += length;
        }
    }
    return at;
}

size_t utf8_valid_prefix(const char *text, size_t size)
{
    return valid_prefix(blocks_best(), text, size);
}

bool utf8_valid_prefix_by(enum utf8_way way, const char *text, size_t size, size_t *prefix)
{
    blocks_reader *read = blocks_of(way);
    *prefix = read == NULL ? 0 : valid_prefix(read, text, size);
    return read != NULL;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *code)
{
    assert(size > 0);
    const unsigned char *byte = (const unsigned char *)text;
    if (byte[0] < 0x80) {
        *code = byte[0];
        return 1;
    }
    if (size >= 2 && byte[0] >= 0xC2 && byte[0] < 0xE0 && is_tail(text[1])) {
        *code = (byte[0] & 0x1Fu) << 6 | (byte[1] & 0x3Fu);
        return 2;
    }
    size_t bad_size = 1;
    size_t length = sequence_size(byte, size, &bad_size);
    switch (length) {
    case 3:
        *code = (byte[0] & 0x0Fu) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);
        return 3;
    case 4:
        *code = (byte[0] & 0x07u) << 18 | (byte[1] & 0x3Fu) << 12 | (byte[2] & 0x3Fu) << 6 |
                (byte[3] & 0x3Fu);
        return 4;
    default:
        *code = UTF8_REPLACEMENT;
        return bad_size;
    }
}

size_t utf8_encode(uint32_t code, char out[4])
{
    assert(code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF));
    unsigned char *byte = (unsigned char *)out;
    if (code < 0x80) {
        byte[0] = (unsigned char)code;
        return 1;
    }
    if (code < 0x800) {
        byte[0] = (unsigned char)(0xC0 | code >> 6);
        byte[1] = (unsigned char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        byte[0] = (unsigned char)(0xE0 | code >> 12);
        byte[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
        byte[2] = (unsigned char)(0x80 | (code & 0x3F));
        return 3;
    }
    byte[0] = (unsigned char)(0xF0 | code >> 18);
    byte[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
    byte[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    byte[3] = (unsigned char)(0x80 | (code & 0x3F));
    return 4;
}

size_t utf8_count(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += !is_tail(text[i]);
    }
    return count;
}
