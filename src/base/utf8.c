#include "base/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>
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

/* ---- Sixteen bytes at a time ---- */

/* Bits of what follows lead bytes that are not yet matched: in the next block, from its begin on.
 */
struct block_state {
    uint32_t pending;
};

/* Whether a block goes on well. False for what needs a closer look too: leads that restrict their
 * first tail (E0, ED), or have three (F0 and above). */
#if defined(__x86_64__)
enum { BLOCK = 16 };

static ALWAYS_INLINE uint32_t bits_of(__m128i bytes)
{
    return (uint32_t)_mm_movemask_epi8(bytes);
}

static ALWAYS_INLINE bool block_valid(const unsigned char *bytes, struct block_state *state)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    uint32_t high = bits_of(block);
    uint32_t tails = bits_of(_mm_cmplt_epi8(block, _mm_set1_epi8((char)0xC0)));
    uint32_t threes = bits_of(_mm_cmpgt_epi8(block, _mm_set1_epi8((char)0xDF))) & high;
    uint32_t fours = bits_of(_mm_cmpgt_epi8(block, _mm_set1_epi8((char)0xEF))) & high;
    __m128i overlong =
        _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8((char)0xFE)), _mm_set1_epi8((char)0xC0));
    __m128i narrow = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xE0)),
                                  _mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xED)));
    uint32_t expected = state->pending | (high & ~tails) << 1 | threes << 2;
    state->pending = expected >> BLOCK;
    return (tails ^ (expected & 0xFFFF)) == 0 &&
           (fours | bits_of(_mm_or_si128(overlong, narrow))) == 0;
}
#else
enum { BLOCK = 1 };

static bool block_valid(const unsigned char *bytes, struct block_state *state)
{
    (void)state;
    return *bytes < 0x80;
}
#endif

/* Bytes of whole, well-formed sequences, up to a block that is not simply that. */
static size_t blocks_valid(const unsigned char *text, size_t size)
{
    struct block_state state = {0};
    uint32_t before = 0;
    size_t at = 0;
    while (size - at >= BLOCK && block_valid(text + at, &state)) {
        before = state.pending;
        at += BLOCK;
    }
    if (before == 0) {
        return at;
    }
    return at - (is_tail((char)text[at - 1]) ? 2 : 1); /* the sequence that is not whole */
}

size_t utf8_valid_prefix(const char *text, size_t size)
{
    enum { CLOSER_LOOK = 32 };
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < size) {
        at += blocks_valid(bytes + at, size - at);
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
