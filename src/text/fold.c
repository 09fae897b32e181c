#include "text/fold.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/utf8.h"
#include "text/normalise.h"

struct fold_record {
    uint16_t form;
    uint16_t fold;
    uint8_t form_size;
    uint8_t fold_size;
};

#include "text/fold_table.inc"

enum { VALUE_SAME = 0, VALUE_REFERENCE = 1, BLOCK_NOTHING = 255 };
enum { REFERENCE_BYTES_MAX = NORMALISE_BYTES_MAX * 12 + 64 };

enum level { LEVEL_FORM, LEVEL_FOLD };

struct folder {
    const char *text;
    size_t size;
    char *out;
    size_t out_size;
    size_t used;
    enum level level;
};

/* Appends what fits, whole code points; false when something did not. */
static bool put(struct folder *folder, const char *bytes, size_t size)
{
    size_t room = folder->out_size - folder->used;
    bool fits = size <= room;
    if (!fits) {
        size = room;
        while (size > 0 && ((unsigned char)bytes[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    memcpy(folder->out + folder->used, bytes, size);
    folder->used += size;
    return fits;
}

/* The end of the piece that begins at `start`: a space, the end, or the most one piece may hold. */
static size_t piece_end(const struct folder *folder, size_t start)
{
    size_t at = start;
    while (at < folder->size && folder->text[at] != ' ') {
        uint32_t code = 0;
        size_t length = utf8_decode(folder->text + at, folder->size - at, &code);
        if (at + length - start > NORMALISE_BYTES_MAX) {
            break;
        }
        at += length;
    }
    return at;
}

static bool put_reference(struct folder *folder, size_t start, size_t end)
{
    char form[REFERENCE_BYTES_MAX];
    char fold[REFERENCE_BYTES_MAX];
    size_t size = normalise_form(folder->text + start, end - start, form, sizeof form);
    if (folder->level == LEVEL_FORM) {
        return put(folder, form, size);
    }
    size = normalise_fold(form, size, fold, sizeof fold);
    return put(folder, fold, size);
}

static bool put_record(struct folder *folder, unsigned value)
{
    const struct fold_record *record = &fold_records[value];
    bool form = folder->level == LEVEL_FORM;
    return put(folder, (const char *)fold_bytes + (form ? record->form : record->fold),
               form ? record->form_size : record->fold_size);
}

/* The code point at `at`; the two-byte letters of Arabic without the general decoder. */
static ALWAYS_INLINE size_t code_at(const struct folder *folder, size_t at, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)folder->text + at;
    if (LIKELY(bytes[0] >= 0xD8 && bytes[0] <= 0xDB && at + 1 < folder->size &&
               (bytes[1] & 0xC0) == 0x80)) {
        *code = (uint32_t)(bytes[0] & 0x1F) << 6 | (bytes[1] & 0x3F);
        return 2;
    }
    return utf8_decode(folder->text + at, folder->size - at, code);
}

/* Copies two-byte Arabic letters that are their own form, and ASCII but for the space, from `at`
 * on, at most up to `limit`: nearly every word is nothing else. Returns where it stopped. */
static ALWAYS_INLINE size_t run_simple(struct folder *folder, size_t at, size_t limit)
{
    const unsigned char *text = (const unsigned char *)folder->text;
    unsigned char *out = (unsigned char *)folder->out + folder->used;
    bool form = folder->level == LEVEL_FORM;
    size_t room = folder->out_size - folder->used;
    size_t end = limit - at < room ? limit : at + room;
    size_t used = 0;
    while (at < end) {
        unsigned first = text[at];
        if (first < 0x80 && first != ' ') {
            bool upper = first >= 'A' && first <= 'Z' && !form;
            out[used++] = (unsigned char)(upper ? first | 0x20 : first);
            at++;
            continue;
        }
        if ((first & 0xFC) != 0xD8 || end - at < 2 || (text[at + 1] & 0xC0) != 0x80) {
            break;
        }
        unsigned second = text[at + 1];
        unsigned low = fold_block_06[(first & 3) << 6 | (second & 0x3F)];
        if (low == 0 || low == BLOCK_NOTHING) {
            break;
        }
        out[used] = (unsigned char)(form ? first : 0xD8 | low >> 6);
        out[used + 1] = (unsigned char)(form ? second : 0x80 | (low & 0x3F));
        used += 2;
        at += 2;
    }
    folder->used += used;
    return at;
}

static size_t run(struct folder *folder)
{
    size_t piece = 0;      /* where the current piece begins in the text */
    size_t piece_used = 0; /* and in the output */
    for (size_t at = 0; at < folder->size;) {
        size_t limit = piece + NORMALISE_BYTES_MAX;
        at = run_simple(folder, at, limit < folder->size ? limit : folder->size);
        if (at == folder->size) {
            break;
        }
        uint32_t code = 0;
        size_t length = code_at(folder, at, &code);
        if (at + length - piece > NORMALISE_BYTES_MAX) {
            piece = at;
            piece_used = folder->used;
        }
        unsigned value = fold_value[fold_stage[code >> 7]][code & 127];
        bool fits = true;
        if (LIKELY(value == VALUE_SAME)) {
            bool bad = code == UTF8_REPLACEMENT;
            fits = bad ? put(folder, "\xEF\xBF\xBD", 3) : put(folder, folder->text + at, length);
        } else if (value == VALUE_REFERENCE) {
            folder->used = piece_used;
            size_t end = piece_end(folder, piece);
            fits = put_reference(folder, piece, end);
            at = end;
            length = 0;
        } else {
            fits = put_record(folder, value);
        }
        if (!fits) {
            break;
        }
        at += length;
        if (length == 0 || code == ' ') {
            piece = at;
            piece_used = folder->used;
        }
    }
    return folder->used;
}

static size_t fold_level(enum level level, const char *text, size_t size, char *out,
                         size_t out_size)
{
    struct folder folder = {.text = text, .size = size, .out_size = out_size, .level = level};
    folder.out = out;
    return run(&folder);
}

size_t fold_form(const char *text, size_t size, char *out, size_t out_size)
{
    return fold_level(LEVEL_FORM, text, size, out, out_size);
}

size_t fold_text(const char *text, size_t size, char *out, size_t out_size)
{
    return fold_level(LEVEL_FOLD, text, size, out, out_size);
}

/* All ones where the letter is that one: two bytes as a little-endian number. */
static ALWAYS_INLINE uint16_t same(uint16_t pair, uint16_t letter)
{
    return (uint16_t) - (pair == letter);
}

enum { AT_ONCE = 8, AT_ONCE_BYTES = 2 * AT_ONCE, WORD_BYTES_MAX = 2 * AT_ONCE_BYTES };

/* The folds of eight letters, U+0621 to U+063A and U+0641 to U+064A; false when one is another.
 * Without a branch, so that the compiler takes all eight at once. */
static ALWAYS_INLINE bool fold_letters(uint16_t pairs[AT_ONCE])
{
    uint16_t others = 0;
    for (size_t i = 0; i < AT_ONCE; i++) {
        uint16_t pair = little_u16(pairs[i]);
        uint16_t first = (uint16_t)((pair & 0xFF) ^ 0xD8); /* 1: the second byte is 81 to 8A */
        uint16_t second = (uint16_t)((pair >> 8) - 0xA1 + 0x20 * first);
        uint16_t last = (uint16_t)(0x19 - 0x10 * first);
        others |= (uint16_t)((first & 0xFE) | (second > last));
        uint16_t alef = same((uint16_t)(pair | 0x0100), 0xA3D8) | same(pair, 0xA5D8);
        uint16_t hamza_on_letter = same((uint16_t)(pair | 0x0200), 0xA6D8);
        uint16_t folded = pair ^ (alef & (pair ^ 0xA7D8)) ^ (hamza_on_letter & 0x2C01) ^
                          (same(pair, 0xA9D8) & (0xA9D8 ^ 0x87D9)) ^
                          (same(pair, 0x89D9) & (0x89D9 ^ 0x8AD9));
        pairs[i] = little_u16(folded);
    }
    return others == 0;
}

/* The same of a word of 4 to 16 such letters, and a copy of it: its ends, which overlap as they are
 * read. The fold is written as whole numbers, with zeros behind it up to 16 or 32 bytes. */
static ALWAYS_INLINE bool fold_ends(const char *text, size_t size, char *form, char *fold)
{
    uint16_t pairs[AT_ONCE];
    if (size < AT_ONCE_BYTES) {
        memcpy(pairs, text, AT_ONCE);
        memcpy(pairs + AT_ONCE / 2, text + size - AT_ONCE, AT_ONCE);
        memcpy(form, pairs, AT_ONCE);
        memcpy(form + size - AT_ONCE, pairs + AT_ONCE / 2, AT_ONCE);
        bool letters = fold_letters(pairs);
        memcpy(fold, pairs, AT_ONCE);
        store_u64(fold + AT_ONCE, load_u64(pairs + AT_ONCE / 2) >> 8 * (15 - size) >> 8);
        return letters;
    }
    uint16_t ends[AT_ONCE];
    memcpy(pairs, text, sizeof pairs);
    memcpy(ends, text + size - sizeof ends, sizeof ends);
    memcpy(form, pairs, sizeof pairs);
    memcpy(form + size - sizeof ends, ends, sizeof ends);
    bool letters = fold_letters(pairs);
    letters &= fold_letters(ends);
    memset(fold + AT_ONCE_BYTES, 0, AT_ONCE_BYTES);
    memcpy(fold + size - sizeof ends, ends, sizeof ends);
    memcpy(fold, pairs, sizeof pairs);
    return letters;
}

/* All ones where it holds. */
static ALWAYS_INLINE uint8_t mask(unsigned holds)
{
    return (uint8_t)(0 - holds);
}

/* What turns the byte `from` into `to` where `byte` is it. */
static ALWAYS_INLINE uint8_t change_byte(uint8_t byte, uint8_t from, uint8_t to)
{
    return mask(byte == from) & (from ^ to);
}

enum { CHUNK = 16 };

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Form and fold of eight bytes of ASCII; false where one is another or a space. */
static ALWAYS_INLINE bool fold_ascii(uint64_t bytes, char *form, char *fold)
{
    uint64_t blank = bytes ^ EACH(' ');
    uint64_t upper = (bytes + EACH(0x80 - 'A')) & ~(bytes + EACH(0x7F - 'Z')) & EACH(0x80);
    store_u64(form, bytes);
    store_u64(fold, bytes | upper >> 2);
    return ((bytes | ((blank - EACH(1)) & ~blank)) & EACH(0x80)) == 0;
}

/* The same of 16. */
static ALWAYS_INLINE bool fold_ascii_chunk(const char *text, char *form, char *fold)
{
    uint8_t bytes[CHUNK];
    uint8_t others[CHUNK];
    memcpy(bytes, text, CHUNK);
    memcpy(form, text, CHUNK);
    for (size_t i = 0; i < CHUNK; i++) {
        others[i] = bytes[i] | mask(bytes[i] == ' ');
        bytes[i] |= mask((uint8_t)(bytes[i] - 'A') < 26) & 0x20;
    }
    memcpy(fold, bytes, CHUNK);
    return ((load_u64(others) | load_u64(others + 8)) & EACH(0x80)) == 0;
}

/* The same of less than eight. */
static ALWAYS_INLINE bool fold_ascii_few(const char *text, size_t size, char *form, char *fold)
{
    uint64_t bytes = 0;
    if (size >= 4) {
        bytes = load_u32(text) | (uint64_t)load_u32(text + size - 4) << 8 * (size - 4);
    } else {
        for (size_t i = 0; i < size; i++) {
            bytes |= (uint64_t)(unsigned char)text[i] << 8 * i;
        }
    }
    return fold_ascii(bytes, form, fold);
}

/* The same of a text's first bytes: how many it has of ASCII, all or a multiple of eight. */
static size_t fold_ascii_run(const char *text, size_t size, char *form, char *fold)
{
    if (size < 8) {
        return fold_ascii_few(text, size, form, fold) ? size : 0;
    }
    size_t at = 0;
    while (at + CHUNK <= size && fold_ascii_chunk(text + at, form + at, fold + at)) {
        at += CHUNK;
    }
    if (at + CHUNK > size && size >= CHUNK) {
        size_t last = size - CHUNK;
        return fold_ascii_chunk(text + last, form + last, fold + last) ? size : at;
    }
    at += fold_ascii(load_u64(text + at), form + at, fold + at) ? 8 : 0;
    size_t last = size - 8;
    bool all = at + 8 > size && fold_ascii(load_u64(text + last), form + last, fold + last);
    return all ? size : at;
}

/* The folds of the middle 16 of 18 bytes of ASCII and of the letters of fold_letters(), from any
 * byte of a letter on: what they are depends on their neighbours. False when there is another one.
 */
static ALWAYS_INLINE bool fold_chunk(const uint8_t *text, uint8_t *fold)
{
    uint8_t bytes[CHUNK];
    uint8_t others = 0;
    for (size_t i = 0; i < CHUNK; i++) {
        uint8_t before = text[i];
        uint8_t byte = text[i + 1];
        uint8_t next = text[i + 2];
        uint8_t ascii = mask(byte < 0x80) & mask(byte != ' ');
        uint8_t first = (mask(byte == 0xD8) & mask((uint8_t)(next - 0xA1) <= 0x19)) |
                        (mask(byte == 0xD9) & mask((uint8_t)(next - 0x81) <= 0x09));
        uint8_t second = mask((byte & 0xC0) == 0x80) & mask((before & 0xFE) == 0xD8);
        others |= (uint8_t) ~(ascii | first | second);
        uint8_t hamza_on_letter = mask((byte | 0x02) == 0xA6);
        uint8_t alef = mask((byte | 0x01) == 0xA3) | mask(byte == 0xA5);
        uint8_t to_d9 = mask((next | 0x02) == 0xA6) | mask(next == 0xA9);
        bytes[i] = byte ^ (first & to_d9 & mask(byte == 0xD8) & 1) ^
                   (mask((uint8_t)(byte - 'A') < 26) & 0x20) ^ (alef & (byte ^ 0xA7)) ^
                   (hamza_on_letter & 0x2C) ^ change_byte(byte, 0xA9, 0x87) ^
                   change_byte(byte, 0x89, 0x8A);
    }
    memcpy(fold, bytes, CHUNK);
    return others == 0;
}

enum { CHUNKS_BYTES_MAX = NORMALISE_BYTES_MAX };

/* The same of 16 to CHUNKS_BYTES_MAX bytes, the last ones overlapping. */
static bool fold_chunks(const char *text, size_t size, char *form, char *fold)
{
    uint8_t room[1 + CHUNKS_BYTES_MAX + 1];
    room[0] = 0;
    memcpy(room + 1, text, size);
    room[size + 1] = 0;
    memcpy(form, text, size);
    bool simple = fold_chunk(room + size - CHUNK, (uint8_t *)fold + size - CHUNK);
    for (size_t at = 0; simple && at + CHUNK < size; at += CHUNK) {
        simple = fold_chunk(room + at, (uint8_t *)fold + at);
    }
    return simple;
}

/* Letter by letter, without what print does not show. */
static bool fold_each(const char *text, size_t size, char *form, char *fold, size_t *used)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t at = 0;
    size_t to = 0;
    while (at < size) {
        while (size - at >= 2) { /* the two bytes of a letter as one number */
            unsigned pair = load_u16(from + at);
            unsigned low = fold_block_06[(pair & 3) << 6 | (pair >> 8 & 0x3F)];
            if ((pair & 0xC0FC) != 0x80D8 || low == 0) {
                break;
            }
            store_u16(form + to, (uint16_t)pair);
            store_u16(fold + to, (uint16_t)(0x80D8 | low >> 6 | (low & 0x3F) << 8));
            to += low == BLOCK_NOTHING ? 0 : 2;
            at += 2;
        }
        if (at == size) {
            break;
        }
        unsigned first = from[at];
        if (first >= 0x80 || first == ' ') {
            return false;
        }
        form[to] = (char)first;
        fold[to++] = (char)(first >= 'A' && first <= 'Z' ? first | 0x20 : first);
        at++;
    }
    *used = to;
    return true;
}

/* Any word but those of fold_ends(): apart, so that these need none of its room. */
static NEVER_INLINE enum folded fold_other(const char *text, size_t size, char *form, char *fold,
                                           size_t *used)
{
    bool arabic = size > 0 && size <= WORD_BYTES_MAX && ((unsigned char)text[0] & 0xFC) == 0xD8;
    size_t at = arabic ? 0 : fold_ascii_run(text, size, form, fold);
    size_t left = size - at;
    bool folded = left >= CHUNK && left <= CHUNKS_BYTES_MAX && !arabic &&
                  fold_chunks(text + at, left, form + at, fold + at);
    if (!folded && left > 0) {
        folded = fold_each(text + at, left, form + at, fold + at, used);
        *used += at;
    }
    return folded || left == 0 ? FOLDED : FOLDED_NOT;
}

enum folded fold_word(const char *text, size_t size, char *form, char *fold, size_t *used)
{
    *used = size;
    bool may_be = size >= AT_ONCE && size <= WORD_BYTES_MAX && size % 2 == 0 &&
                  ((unsigned char)text[0] & 0xFC) == 0xD8;
    return LIKELY(may_be) && LIKELY(fold_ends(text, size, form, fold))
               ? FOLDED_LETTERS
               : fold_other(text, size, form, fold, used);
}
