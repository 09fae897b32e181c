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

enum { VALUE_SAME = 0, VALUE_REFERENCE = 1 };
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
        if (low == 0) {
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

/* What turns the letter `from` into `to` where `pair` is it: two bytes as a little-endian number.
 */
static ALWAYS_INLINE uint16_t change(uint16_t pair, uint16_t from, uint16_t to)
{
    uint16_t same = (uint16_t) - (pair == from);
    return same & (uint16_t)(from ^ to);
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
        uint16_t folded = pair ^ change(pair, 0xA2D8, 0xA7D8) ^ change(pair, 0xA3D8, 0xA7D8) ^
                          change(pair, 0xA5D8, 0xA7D8) ^ change(pair, 0xA4D8, 0x88D9) ^
                          change(pair, 0xA6D8, 0x8AD9) ^ change(pair, 0xA9D8, 0x87D9) ^
                          change(pair, 0x89D9, 0x8AD9);
        pairs[i] = little_u16(folded);
    }
    return others == 0;
}

/* The same of a word of 4 to 16 such letters: its ends, which overlap. */
static ALWAYS_INLINE bool fold_word(const char *text, size_t size, char *fold)
{
    uint16_t pairs[AT_ONCE];
    if (size < AT_ONCE_BYTES) {
        memcpy(pairs, text, AT_ONCE);
        memcpy(pairs + AT_ONCE / 2, text + size - AT_ONCE, AT_ONCE);
        bool letters = fold_letters(pairs);
        memcpy(fold, pairs, AT_ONCE);
        memcpy(fold + size - AT_ONCE, pairs + AT_ONCE / 2, AT_ONCE);
        return letters;
    }
    uint16_t ends[AT_ONCE];
    memcpy(pairs, text, sizeof pairs);
    memcpy(ends, text + size - sizeof ends, sizeof ends);
    bool letters = fold_letters(pairs);
    letters &= fold_letters(ends);
    memcpy(fold, pairs, sizeof pairs);
    memcpy(fold + size - sizeof ends, ends, sizeof ends);
    return letters;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The fold of eight bytes of ASCII; false where one is another or a space. */
static ALWAYS_INLINE bool fold_ascii(const char *text, char *fold)
{
    uint64_t bytes = load_u64(text);
    uint64_t blank = bytes ^ EACH(' ');
    uint64_t upper = (bytes + EACH(0x80 - 'A')) & ~(bytes + EACH(0x7F - 'Z')) & EACH(0x80);
    store_u64(fold, bytes | upper >> 2);
    return ((bytes | ((blank - EACH(1)) & ~blank)) & EACH(0x80)) == 0;
}

/* The same of all of a text of eight and more, the last ones overlapping. */
static bool fold_all_ascii(const char *text, size_t size, char *fold)
{
    bool ascii = fold_ascii(text + size - 8, fold + size - 8);
    for (size_t at = 0; ascii && at + 8 < size; at += 8) {
        ascii = fold_ascii(text + at, fold + at);
    }
    return ascii;
}

bool fold_simple(const char *text, size_t size, char *fold)
{
    if (LIKELY(size >= AT_ONCE && size <= WORD_BYTES_MAX && size % 2 == 0 &&
               ((unsigned char)text[0] & 0xFC) == 0xD8) &&
        LIKELY(fold_word(text, size, fold))) {
        return true;
    }
    if (size >= 8 && (unsigned char)text[0] < 0x80 && fold_all_ascii(text, size, fold)) {
        return true;
    }
    const unsigned char *from = (const unsigned char *)text;
    unsigned char *out = (unsigned char *)fold;
    size_t at = 0;
    while (at < size) {
        while (size - at >= 2) { /* the two bytes of a letter as one number */
            unsigned pair = load_u16(from + at);
            unsigned low = fold_block_06[(pair & 3) << 6 | (pair >> 8 & 0x3F)];
            if ((pair & 0xC0FC) != 0x80D8 || low == 0) {
                break;
            }
            store_u16(out + at, (uint16_t)(0x80D8 | low >> 6 | (low & 0x3F) << 8));
            at += 2;
        }
        if (at == size) {
            break;
        }
        unsigned first = from[at];
        if (first >= 0x80 || first == ' ') {
            return false;
        }
        out[at++] = (unsigned char)(first >= 'A' && first <= 'Z' ? first | 0x20 : first);
    }
    return true;
}
