#include "source/encoding.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

enum { SAMPLE_SIZE = 4096, LETTERS_MIN = 4, HIGH = 0x80, UTF8_SIZE_MAX = 4 };

/* windows-1256 from 80 on, as Microsoft's best fit table cp1256 in the Unicode Character Database
 * archive (MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1256.TXT) has it; every byte has a meaning. */
static const uint16_t windows_1256[] = {
    0x20AC, 0x067E, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, /* 80 */
    0x02C6, 0x2030, 0x0679, 0x2039, 0x0152, 0x0686, 0x0698, 0x0688, /* 88 */
    0x06AF, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, /* 90 */
    0x06A9, 0x2122, 0x0691, 0x203A, 0x0153, 0x200C, 0x200D, 0x06BA, /* 98 */
    0x00A0, 0x060C, 0x00A2, 0x00A3, 0x00A4, 0x00A5, 0x00A6, 0x00A7, /* A0 */
    0x00A8, 0x00A9, 0x06BE, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x00AF, /* A8 */
    0x00B0, 0x00B1, 0x00B2, 0x00B3, 0x00B4, 0x00B5, 0x00B6, 0x00B7, /* B0 */
    0x00B8, 0x00B9, 0x061B, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x061F, /* B8 */
    0x06C1, 0x0621, 0x0622, 0x0623, 0x0624, 0x0625, 0x0626, 0x0627, /* C0 */
    0x0628, 0x0629, 0x062A, 0x062B, 0x062C, 0x062D, 0x062E, 0x062F, /* C8 */
    0x0630, 0x0631, 0x0632, 0x0633, 0x0634, 0x0635, 0x0636, 0x00D7, /* D0 */
    0x0637, 0x0638, 0x0639, 0x063A, 0x0640, 0x0641, 0x0642, 0x0643, /* D8 */
    0x00E0, 0x0644, 0x00E2, 0x0645, 0x0646, 0x0647, 0x0648, 0x00E7, /* E0 */
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x0649, 0x064A, 0x00EE, 0x00EF, /* E8 */
    0x064B, 0x064C, 0x064D, 0x064E, 0x00F4, 0x064F, 0x0650, 0x00F7, /* F0 */
    0x0651, 0x00F9, 0x0652, 0x00FB, 0x00FC, 0x200E, 0x200F, 0x06D2, /* F8 */
};

static_assert(sizeof windows_1256 / sizeof windows_1256[0] == 256 - HIGH, "a code for every byte");

static uint32_t unit_at(const unsigned char *bytes, bool little)
{
    return little ? (uint32_t)(bytes[0] | bytes[1] << 8) : (uint32_t)(bytes[0] << 8 | bytes[1]);
}

/* White space, printable ASCII, or the Arabic block. */
static bool is_likely_unit(uint32_t unit)
{
    return (unit >= 0x20 && unit < 0x7F) || (unit >= '\t' && unit <= '\r') ||
           (unit >= 0x600 && unit < 0x700);
}

static bool looks_utf16(const unsigned char *bytes, size_t size, bool little)
{
    size_t units = size / 2;
    size_t likely = 0;
    bool ascii = false; /* spaces at least: other two-byte data has none */
    for (size_t i = 0; i < units; i++) {
        uint32_t unit = unit_at(bytes + 2 * i, little);
        likely += is_likely_unit(unit);
        ascii = ascii || unit < 0x80;
    }
    return units >= LETTERS_MIN && ascii && likely * 10 >= units * 9;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 && (byte < '\t' || byte > '\r') && byte != 0x1B;
}

static bool looks_binary(const unsigned char *bytes, size_t size)
{
    size_t controls = 0;
    for (size_t i = 0; i < size; i++) {
        controls += is_control(bytes[i]);
    }
    return controls * 10 > size;
}

static bool looks_windows_1256(const char *text, size_t size)
{
    size_t high = 0;
    size_t letters = 0;
    size_t sequences = 0; /* bytes from 80 on in well-formed UTF-8 */
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        size_t length = utf8_decode(text + at, size - at, &code);
        bool formed = code != UTF8_REPLACEMENT;
        for (size_t i = 0; i < length; i++, at++) {
            unsigned char byte = (unsigned char)text[at];
            uint16_t read = byte < HIGH ? 0 : windows_1256[byte - HIGH];
            high += byte >= HIGH;
            letters += byte >= 0xC0 && read >= 0x620 && read <= 0x652;
            sequences += byte >= HIGH && formed;
        }
    }
    return letters >= LETTERS_MIN && letters * 3 >= high * 2 && sequences * 2 < high;
}

enum encoding encoding_detect(const char *bytes, size_t size)
{
    const unsigned char *sample = (const unsigned char *)bytes;
    size_t sample_size = size < SAMPLE_SIZE ? size : SAMPLE_SIZE;
    if (size >= 2 && sample[0] == 0xFF && sample[1] == 0xFE) {
        return ENCODING_UTF16_LE;
    }
    if (size >= 2 && sample[0] == 0xFE && sample[1] == 0xFF) {
        return ENCODING_UTF16_BE;
    }
    if (looks_utf16(sample, sample_size, true)) {
        return ENCODING_UTF16_LE;
    }
    if (looks_utf16(sample, sample_size, false)) {
        return ENCODING_UTF16_BE;
    }
    if (looks_binary(sample, sample_size)) {
        return ENCODING_BINARY;
    }
    if (utf8_valid_prefix(bytes, size) == size) {
        return ENCODING_UTF8;
    }
    return looks_windows_1256(bytes, size) ? ENCODING_WINDOWS_1256 : ENCODING_UTF8_DAMAGED;
}

/* Where the decoders write; the caller has made room. */
struct sink {
    struct buffer *out;
    struct encoding_damage damage;
};

static void put_code(struct sink *sink, uint32_t code)
{
    assert(sink->out->capacity - sink->out->size >= UTF8_SIZE_MAX);
    sink->out->size += utf8_encode(code, (char *)sink->out->bytes + sink->out->size);
}

static void put_damage(struct sink *sink, size_t offset, size_t size)
{
    sink->damage.first = sink->damage.bytes == 0 ? offset : sink->damage.first;
    sink->damage.bytes += size;
    put_code(sink, UTF8_REPLACEMENT);
}

/* Each reads one code point at `bytes + at`, appends it and returns its size in bytes. */
static size_t step_utf8(struct sink *sink, const char *bytes, size_t size, size_t at)
{
    uint32_t code = 0;
    size_t length = utf8_decode(bytes + at, size - at, &code);
    if (code == UTF8_REPLACEMENT && utf8_valid_prefix(bytes + at, length) != length) {
        put_damage(sink, at, length);
    } else {
        put_code(sink, code);
    }
    return length;
}

static size_t step_windows_1256(struct sink *sink, const char *bytes, size_t at)
{
    unsigned char byte = (unsigned char)bytes[at];
    put_code(sink, byte < HIGH ? byte : windows_1256[byte - HIGH]);
    return 1;
}

static size_t step_utf16(struct sink *sink, const char *bytes, size_t size, size_t at, bool little)
{
    const unsigned char *unit = (const unsigned char *)bytes + at;
    if (size - at < 2) {
        put_damage(sink, at, 1);
        return 1;
    }
    uint32_t high = unit_at(unit, little);
    if (high < 0xD800 || high > 0xDFFF) {
        if (high != 0xFEFF || at > 0) {
            put_code(sink, high);
        }
        return 2;
    }
    uint32_t low = high < 0xDC00 && size - at >= 4 ? unit_at(unit + 2, little) : 0;
    if (low < 0xDC00 || low > 0xDFFF) {
        put_damage(sink, at, 2);
        return 2;
    }
    put_code(sink, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
    return 4;
}

static size_t step(struct sink *sink, enum encoding encoding, const char *bytes, size_t size,
                   size_t at)
{
    switch (encoding) {
    case ENCODING_WINDOWS_1256:
        return step_windows_1256(sink, bytes, at);
    case ENCODING_UTF16_LE:
        return step_utf16(sink, bytes, size, at, true);
    case ENCODING_UTF16_BE:
        return step_utf16(sink, bytes, size, at, false);
    case ENCODING_UTF8:
    case ENCODING_UTF8_DAMAGED:
    case ENCODING_BINARY:
        break;
    }
    return step_utf8(sink, bytes, size, at);
}

enum status encoding_decode(enum encoding encoding, const char *bytes, size_t size,
                            struct buffer *out, struct encoding_damage *damage, struct error *error)
{
    struct sink sink = {.out = out};
    enum status status = STATUS_OK;
    size_t at = 0;
    while (at < size && status == STATUS_OK) {
        status = buffer_reserve(out, UTF8_SIZE_MAX, error);
        /* The room there is holds this many code points whatever they are. */
        size_t sure = (out->capacity - out->size) / UTF8_SIZE_MAX;
        for (size_t i = 0; status == STATUS_OK && i < sure && at < size; i++) {
            at += step(&sink, encoding, bytes, size, at);
        }
    }
    *damage = sink.damage;
    return status;
}
