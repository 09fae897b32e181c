#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* Validation is a state machine whose whole transition row for a byte is one 64-bit word: the state
 * is the bit offset of its own entry in that word, so that a step is a load and a shift without a
 * branch (after P. Vognsen, "Shift-based DFAs"). Arabic text mixes one- and two-byte sequences at
 * random, where a branching decoder loses a misprediction a word. One chain is bound by the latency
 * of the shift, so four run side by side over four parts of the text. */

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

enum { LANES = 4, WINDOW = 4096, STATE_MASK = 63 };

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

static size_t prefix_plain(const unsigned char *text, size_t size)
{
    size_t at = 0;
    size_t bad_size = 0;
    while (at < size) {
        size_t length = sequence_size(text + at, size - at, &bad_size);
        if (length == 0) {
            break;
        }
        at += length;
    }
    return at;
}

/* Runs the machine over four neighbouring parts at once; the parts begin where the previous ones
 * end and each must be whole, which a cut at a non-continuation byte makes sure of for valid text.
 */
static bool lanes_valid(const unsigned char *const part[LANES + 1], size_t common)
{
    uint64_t a = START;
    uint64_t b = START;
    uint64_t c = START;
    uint64_t d = START;
    for (size_t i = 0; i < common; i++) {
        a = rows[part[0][i]] >> (a & STATE_MASK);
        b = rows[part[1][i]] >> (b & STATE_MASK);
        c = rows[part[2][i]] >> (c & STATE_MASK);
        d = rows[part[3][i]] >> (d & STATE_MASK);
    }
    uint64_t state[LANES] = {a, b, c, d};
    for (size_t lane = 0; lane < LANES; lane++) {
        for (const unsigned char *at = part[lane] + common; at < part[lane + 1]; at++) {
            state[lane] = rows[*at] >> (state[lane] & STATE_MASK);
        }
        if ((state[lane] & STATE_MASK) != START) {
            return false;
        }
    }
    return true;
}

/* Cuts `size` bytes into four parts of nearly one length; false when the text is not valid, seen
 * already at the cuts, or one part fails. */
static bool window_valid(const unsigned char *text, size_t size)
{
    const unsigned char *part[LANES + 1] = {text};
    size_t common = size;
    for (size_t lane = 1; lane < LANES; lane++) {
        part[lane] = text + size / LANES * lane;
        for (unsigned back = 0; back < 4 && is_tail((char)*part[lane]); back++) {
            part[lane]--;
        }
    }
    part[LANES] = text + size;
    for (size_t lane = 0; lane < LANES; lane++) {
        size_t length = (size_t)(part[lane + 1] - part[lane]);
        common = length < common ? length : common;
    }
    return lanes_valid(part, common);
}

size_t utf8_valid_prefix(const char *text, size_t size)
{
    enum { WINDOW_MIN = 64 }; /* below, the cuts cost more than they win */
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (size - at >= WINDOW_MIN) {
        size_t window = size - at < WINDOW ? size - at : WINDOW;
        /* The window may end inside a sequence: leave that to the next one. */
        size_t end = at + window;
        for (unsigned back = 0; back < 3 && end < size && is_tail(text[end]); back++) {
            end--;
        }
        if (!window_valid(bytes + at, end - at)) {
            break;
        }
        at = end;
    }
    return at + prefix_plain(bytes + at, size - at);
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
