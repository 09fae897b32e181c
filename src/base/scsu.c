#include "base/scsu.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"

/* Tags of single-byte mode: UTS #6, table 3. */
enum { QUOTE_0 = 0x01, QUOTE_7 = 0x08, QUOTE_UNICODE = 0x0E };
enum { WINDOWS = 8, WINDOW_SIZE = 0x80, ACTIVE_FROM = 0x600, UNICODE_SIZE = 3 };

/* Where windows begin. A quoted byte below 80 is of the static window, one above of the dynamic. */
static const uint32_t static_windows[WINDOWS] = {0x0000, 0x0080, 0x0100, 0x0300,
                                                 0x2000, 0x2080, 0x2100, 0x3000};
static const uint32_t dynamic_windows[WINDOWS] = {0x0080, 0x0680, 0x0400, 0x0600,
                                                  0x0900, 0x3040, 0x30A0, 0xFF00};

/* Letters of U+0600..067F are D8 80 to D9 BF: a 16-bit lane with these bits is one of them. */
#define LANES(pattern) ((uint64_t)(pattern)*0x0001000100010001u)
#define LETTER_MASK    LANES(0xC0FE)
#define LETTER         LANES(0x80D8)

enum { SLACK = 16 }; /* what the loops may write behind the end */

static bool is_plain(unsigned char byte)
{
    return byte < 0x80 &&
           (byte >= 0x20 || byte == 0 || byte == '\t' || byte == '\n' || byte == '\r');
}

/* How many of eight bytes, from the first on, stand for themselves: ASCII from the space on. What a
 * subtraction borrows changes only bytes behind one that does not. */
static unsigned plain_run(uint64_t bytes)
{
    uint64_t others = ((bytes - 0x2020202020202020u) | bytes) & 0x8080808080808080u;
    return others == 0 ? 8 : (unsigned)__builtin_ctzll(others) / 8;
}

/* Room for what may become of `size` bytes, either way. */
static enum status reserve(struct buffer *out, size_t size, struct error *error)
{
    return size > SIZE_MAX / 2 - SLACK ? error_no_memory(error, size)
                                       : buffer_reserve(out, 2 * size + SLACK, error);
}

/* ---- Encoding ---- */

/* The low bytes of four 16-bit lanes, side by side. */
static uint32_t low_bytes(uint64_t lanes)
{
    lanes = (lanes | lanes >> 8) & 0x0000FFFF0000FFFFu;
    return (uint32_t)(lanes | lanes >> 16);
}

static size_t put_unicode(unsigned char *to, uint32_t unit)
{
    to[0] = QUOTE_UNICODE;
    to[1] = (unsigned char)(unit >> 8);
    to[2] = (unsigned char)unit;
    return UNICODE_SIZE;
}

/* A code point that needs quoting. */
static size_t put_quoted(unsigned char *to, uint32_t code)
{
    for (unsigned i = 0; i < WINDOWS; i++) {
        bool fixed = code - static_windows[i] < WINDOW_SIZE;
        if (fixed || code - dynamic_windows[i] < WINDOW_SIZE) {
            to[0] = (unsigned char)(QUOTE_0 + i);
            to[1] = (unsigned char)(fixed ? code - static_windows[i]
                                          : WINDOW_SIZE + code - dynamic_windows[i]);
            return 2;
        }
    }
    if (code < 0x10000) {
        return put_unicode(to, code);
    }
    size_t size = put_unicode(to, 0xD800 + ((code - 0x10000) >> 10));
    return size + put_unicode(to + size, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

/* One code point, or one byte that is none; returns the bytes taken. */
static size_t encode_other(const unsigned char *from, size_t size, unsigned char **to)
{
    uint32_t code = 0;
    size_t length = utf8_decode((const char *)from, size, &code);
    if (code == UTF8_REPLACEMENT && (length < 3 || memcmp(from, "\xEF\xBF\xBD", 3) != 0)) {
        *(*to)++ = SCSU_RAW;
        *(*to)++ = *from;
        return 1;
    }
    if (code - ACTIVE_FROM < WINDOW_SIZE) {
        *(*to)++ = (unsigned char)(WINDOW_SIZE + code - ACTIVE_FROM);
    } else {
        *to += put_quoted(*to, code);
    }
    return length;
}

static ALWAYS_INLINE size_t encode_one(const unsigned char *from, size_t size, unsigned char **to)
{
    if (is_plain(*from)) {
        *(*to)++ = *from;
        return 1;
    }
    if (size >= 2 && (from[0] & 0xFE) == 0xD8 && (from[1] & 0xC0) == 0x80) {
        *(*to)++ = (unsigned char)(WINDOW_SIZE | (from[0] & 1) << 6 | (from[1] & 0x3F));
        return 2;
    }
    return encode_other(from, size, to);
}

/* Four letters at most; returns the bytes taken. */
static ALWAYS_INLINE size_t encode_letters(const unsigned char *from, unsigned char **to)
{
    uint64_t lanes = load_u64(from);
    uint64_t letters = (lanes >> 8 & LANES(0x3F)) | (lanes & LANES(1)) << 6 | LANES(0x80);
    uint64_t others = (lanes & LETTER_MASK) ^ LETTER;
    unsigned count = others == 0 ? 4 : (unsigned)__builtin_ctzll(others) / 16;
    store_u32(*to, low_bytes(letters));
    *to += count;
    return 2 * (size_t)count;
}

/* Eight bytes at most that stand for themselves. */
static ALWAYS_INLINE size_t encode_plain(const unsigned char *from, unsigned char **to)
{
    uint64_t bytes = load_u64(from);
    unsigned count = plain_run(bytes);
    store_u64(*to, bytes);
    *to += count;
    return count;
}

enum status scsu_encode(const void *bytes, size_t size, struct buffer *out, struct error *error)
{
    enum status status = reserve(out, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    const unsigned char *from = bytes;
    unsigned char *to = out->bytes + out->size;
    size_t at = 0;
    while (size - at >= 16) {
        size_t taken = encode_letters(from + at, &to);
        taken += encode_plain(from + at + taken, &to);
        at += taken > 0 ? taken : encode_one(from + at, size - at, &to);
    }
    if (size - at >= 8) {
        at += encode_letters(from + at, &to);
    }
    while (at < size) {
        at += encode_one(from + at, size - at, &to);
    }
    out->size = (size_t)(to - out->bytes);
    return STATUS_OK;
}

/* ---- Decoding ---- */

/* Four letters as UTF-8. */
static uint64_t as_utf8(uint32_t letters)
{
    uint64_t lanes = letters;
    lanes = (lanes | lanes << 16) & 0x0000FFFF0000FFFFu;
    lanes = (lanes | lanes << 8) & LANES(0xFF);
    return LETTER | (lanes >> 6 & LANES(1)) | (lanes & LANES(0x3F)) << 8;
}

/* The code point of a tag that quotes Unicode; *size is what it takes, 0 when it is not whole. */
static uint32_t quoted_unicode(const unsigned char *from, size_t left, size_t *size)
{
    *size = 0;
    if (left < UNICODE_SIZE) {
        return 0;
    }
    uint32_t unit = (uint32_t)from[1] << 8 | from[2];
    if (unit < 0xD800 || unit > 0xDFFF) {
        *size = UNICODE_SIZE;
        return unit;
    }
    if (unit > 0xDBFF || left < (size_t)2 * UNICODE_SIZE || from[UNICODE_SIZE] != QUOTE_UNICODE) {
        return 0;
    }
    uint32_t low = (uint32_t)from[UNICODE_SIZE + 1] << 8 | from[UNICODE_SIZE + 2];
    if (low < 0xDC00 || low > 0xDFFF) {
        return 0;
    }
    *size = (size_t)2 * UNICODE_SIZE;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* One byte or tag; returns the bytes taken, 0 for what is never written. */
static size_t decode_one(const unsigned char *from, size_t left, unsigned char **to)
{
    unsigned char tag = *from;
    uint32_t code = tag;
    size_t size = 1;
    if (tag >= WINDOW_SIZE) {
        code = ACTIVE_FROM + tag - WINDOW_SIZE;
    } else if (tag == SCSU_RAW && left > 1) {
        *(*to)++ = from[1];
        return 2;
    } else if (tag >= QUOTE_0 && tag <= QUOTE_7 && left > 1) {
        unsigned window = tag - QUOTE_0;
        code = from[1] < WINDOW_SIZE ? static_windows[window] + from[1]
                                     : dynamic_windows[window] + from[1] - WINDOW_SIZE;
        size = 2;
    } else if (tag == QUOTE_UNICODE) {
        code = quoted_unicode(from, left, &size);
    } else if (!is_plain(tag)) {
        size = 0;
    }
    if (size > 0) {
        *to += utf8_encode(code, (char *)*to);
    }
    return size;
}

static unsigned letter_run(uint64_t bytes)
{
    uint64_t others = ~bytes & 0x8080808080808080u;
    return others == 0 ? 8 : (unsigned)__builtin_ctzll(others) / 8;
}

enum status scsu_decode(const void *bytes, size_t size, struct buffer *out, struct error *error)
{
    enum status status = reserve(out, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    const unsigned char *from = bytes;
    unsigned char *to = out->bytes + out->size;
    for (size_t at = 0; at < size;) {
        if (size - at >= 16) { /* eight letters at most, then what is plain behind them */
            uint64_t letters = load_u64(from + at);
            unsigned count = letter_run(letters);
            store_u64(to, as_utf8((uint32_t)letters));
            store_u64(to + 8, as_utf8((uint32_t)(letters >> 32)));
            to += 2 * (size_t)count;
            at += count;
            uint64_t plain = load_u64(from + at);
            unsigned plain_count = plain_run(plain);
            store_u64(to, plain);
            to += plain_count;
            at += plain_count;
            if (count + plain_count > 0) {
                continue;
            }
        }
        size_t taken = decode_one(from + at, size - at, &to);
        if (taken == 0) {
            return error_set(error, STATUS_FORMAT, "compressed text is damaged");
        }
        at += taken;
    }
    out->size = (size_t)(to - out->bytes);
    return STATUS_OK;
}
