#include "text/normalise.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"

/* One input byte gives at most 6 code points (U+FDFA, three bytes, is a sentence of 18). */
enum { CODES_MAX = NORMALISE_BYTES_MAX * 6 + 16, BYTES_MAX = CODES_MAX * 2 };

struct pair {
    uint16_t from;
    uint16_t to;
};

/* Letters that a reader of Arabic takes for another one; hamza, madda and the like are gone by
 * then, since the fold works on decomposed text and drops marks. */
static const struct pair arabic_folds[] = {
    {0x0620, 0x064A}, /* Kashmiri yeh */
    {0x0629, 0x0647}, /* teh marbuta -> heh */
    {0x063B, 0x0643}, /* keheh with two dots -> kaf */
    {0x063C, 0x0643}, /* keheh with three dots below */
    {0x063D, 0x064A}, /* Farsi yeh with inverted v */
    {0x063E, 0x064A}, /* Farsi yeh with two dots above */
    {0x063F, 0x064A}, /* Farsi yeh with three dots above */
    {0x0649, 0x064A}, /* alef maksura -> yeh */
    {0x066B, '.'},    /* decimal separator */
    {0x066C, ','},    /* thousands separator */
    {0x066E, 0x0628}, /* dotless beh */
    {0x066F, 0x0642}, /* dotless qaf */
    {0x0671, 0x0627}, /* alef wasla */
    {0x0672, 0x0627}, /* alef with wavy hamza above */
    {0x0673, 0x0627}, /* alef with wavy hamza below */
    {0x0675, 0x0627}, /* high hamza alef */
    {0x0676, 0x0648}, /* high hamza waw */
    {0x0677, 0x0648}, /* u with hamza above */
    {0x0678, 0x064A}, /* high hamza yeh */
    {0x0679, 0x062A}, /* Urdu tteh -> teh */
    {0x067E, 0x0628}, /* Persian peh -> beh: Arabic print writes beh */
    {0x0686, 0x062C}, /* Persian tcheh -> jeem */
    {0x0688, 0x062F}, /* Urdu ddal -> dal */
    {0x0691, 0x0631}, /* Urdu rreh -> reh */
    {0x0698, 0x0632}, /* Persian jeh -> zain */
    {0x06A1, 0x0641}, /* dotless feh */
    {0x06A2, 0x0641}, /* feh with dot below, Maghrib */
    {0x06A4, 0x0641}, /* veh -> feh */
    {0x06A5, 0x0641}, /* feh with three dots below, Maghrib veh */
    {0x06A7, 0x0642}, /* qaf with one dot, Maghrib */
    {0x06A8, 0x0642}, /* qaf with three dots, Tunisian g */
    {0x06A9, 0x0643}, /* Persian keheh -> kaf */
    {0x06AA, 0x0643}, /* swash kaf */
    {0x06AC, 0x0643}, /* kaf with dot above */
    {0x06AD, 0x0643}, /* ng: Moroccan g, printed kaf elsewhere (Agadir) */
    {0x06AE, 0x0643}, /* kaf with three dots below */
    {0x06AF, 0x0643}, /* Persian gaf -> kaf */
    {0x06B5, 0x0644}, /* Kurdish lam */
    {0x06BA, 0x0646}, /* Urdu noon ghunna */
    {0x06BE, 0x0647}, /* heh doachashmee */
    {0x06C0, 0x0647}, /* heh with yeh above */
    {0x06C1, 0x0647}, /* Urdu heh goal */
    {0x06C2, 0x0647}, /* heh goal with hamza */
    {0x06C3, 0x0647}, /* teh marbuta goal */
    {0x06C4, 0x0648}, /* waw with ring */
    {0x06C5, 0x0648}, /* Kirghiz oe */
    {0x06C6, 0x0648}, /* oe */
    {0x06C7, 0x0648}, /* u */
    {0x06C8, 0x0648}, /* yu */
    {0x06C9, 0x0648}, /* Kirghiz yu */
    {0x06CA, 0x0648}, /* waw with two dots */
    {0x06CB, 0x0648}, /* ve */
    {0x06CC, 0x064A}, /* Farsi yeh */
    {0x06CD, 0x064A}, /* yeh with tail */
    {0x06CE, 0x064A}, /* yeh with small v */
    {0x06CF, 0x0648}, /* waw with dot */
    {0x06D0, 0x064A}, /* e */
    {0x06D1, 0x064A}, /* yeh with three dots below */
    {0x06D2, 0x064A}, /* Urdu yeh barree */
    {0x06D3, 0x064A}, /* yeh barree with hamza */
    {0x06D5, 0x0647}, /* ae */
    {0x06EE, 0x062F}, /* dal with inverted v */
    {0x06EF, 0x0631}, /* reh with inverted v */
    {0x06FF, 0x0647}, /* heh with inverted v */
    {0x0762, 0x0643}, /* keheh with dot above */
    {0x0763, 0x0643}, /* keheh with three dots: Moroccan g */
};

/* Letters that Unicode does not decompose but that readers type without the stroke, and
 * typographic apostrophes. */
struct spelling {
    uint16_t from;
    char to[3];
};
static const struct spelling latin_folds[] = {
    {0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"}, {0x00FE, "th"}, {0x0111, "d"}, {0x0127, "h"},
    {0x0131, "i"},  {0x0138, "k"}, {0x0140, "l"}, {0x0142, "l"},  {0x014B, "n"}, {0x0153, "oe"},
    {0x0167, "t"},  {0x0180, "b"}, {0x019A, "l"}, {0x01B6, "z"},  {0x0268, "i"}, {0x02BC, "'"},
    {0x2018, "'"},  {0x2019, "'"}, {0x201B, "'"},
};

static bool is_presentation_form(uint32_t code)
{
    return (code >= 0xFB50 && code <= 0xFDFF) || (code >= 0xFE70 && code <= 0xFEFE);
}

/* Characters without width that print leaves no trace of. */
static bool is_invisible(uint32_t code)
{
    return code == 0x0640 || code == 0x00AD || code == 0x034F || code == 0x061C || code == 0x180E ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || (code >= 0xFE00 && code <= 0xFE0F) ||
           code == 0xFEFF;
}

static bool is_arabic_mark(uint32_t code)
{
    return (code >= 0x0610 && code <= 0x061A) || (code >= 0x064B && code <= 0x065F) ||
           code == 0x0670 || (code >= 0x06D6 && code <= 0x06ED);
}

/* Combining marks of Latin, Greek and Cyrillic; those of other scripts are letters to readers. */
static bool is_diacritic(uint32_t code)
{
    return (code >= 0x0300 && code <= 0x036F) || (code >= 0x0483 && code <= 0x0487) ||
           (code >= 0x1AB0 && code <= 0x1AFF) || (code >= 0x1DC0 && code <= 0x1DFF) ||
           (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE20 && code <= 0xFE2F);
}

/* A growing text on the stack; what does not fit any more is dropped, whole code points only. */
struct text {
    size_t size;
    char bytes[BYTES_MAX];
};

static void text_add(struct text *text, uint32_t code)
{
    if (text->size + 4 <= sizeof text->bytes) {
        text->size += utf8_encode(code, text->bytes + text->size);
    }
}

/* The compatibility letters of a presentation form. A mark shown alone is "space, mark" in
 * Unicode: that space goes; spaces between words (U+FDFA) stay, the analyser splits there. */
static void add_presentation_form(struct text *text, uint32_t code)
{
    utf8proc_int32_t codes[32];
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)code, codes, sizeof codes / sizeof codes[0],
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (!(i == 0 && codes[i] == ' ') && !is_invisible((uint32_t)codes[i])) {
            text_add(text, (uint32_t)codes[i]);
        }
    }
}

static void decompose(struct text *text, utf8proc_option_t options, utf8proc_int32_t *codes,
                      size_t *count)
{
    utf8proc_ssize_t found =
        utf8proc_decompose((const utf8proc_uint8_t *)text->bytes, (utf8proc_ssize_t)text->size,
                           codes, CODES_MAX, UTF8PROC_DECOMPOSE | options);
    *count = found < 0 ? 0 : found > CODES_MAX ? CODES_MAX : (size_t)found;
}

/* Brings the text to NFC. */
static void compose(struct text *text)
{
    utf8proc_int32_t codes[CODES_MAX];
    size_t count = 0;
    decompose(text, 0, codes, &count);
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(codes, (utf8proc_ssize_t)count, UTF8PROC_COMPOSE);
    text->size = 0;
    for (utf8proc_ssize_t i = 0; i < composed; i++) {
        text_add(text, (uint32_t)codes[i]);
    }
}

static size_t copy_out(const struct text *text, char *out, size_t out_size)
{
    size_t size = text->size;
    if (size > out_size) {
        size = out_size;
        while (size > 0 && ((unsigned char)text->bytes[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    if (size > 0) {
        memcpy(out, text->bytes, size);
    }
    return size;
}

/* Reads the next code point; false at the end or at `size_max`. */
static bool next_code(const char *bytes, size_t size, size_t size_max, size_t *at, uint32_t *code)
{
    if (*at >= size) {
        return false;
    }
    size_t length = utf8_decode(bytes + *at, size - *at, code);
    if (*at + length > size_max) {
        return false;
    }
    *at += length;
    return true;
}

size_t normalise_form(const char *text, size_t size, char *out, size_t out_size)
{
    struct text work = {.size = 0};
    size_t at = 0;
    uint32_t code = 0;
    while (next_code(text, size, NORMALISE_BYTES_MAX, &at, &code)) {
        if (is_presentation_form(code)) {
            add_presentation_form(&work, code);
        } else if (!is_invisible(code)) {
            text_add(&work, code);
        }
    }
    /* Composing comes before the marks go, so that alef and a combining hamza become one letter;
     * and again after, since a mark between a letter and its accent kept them apart. */
    compose(&work);
    size_t kept = 0;
    for (at = 0; at < work.size;) {
        size_t length = utf8_decode(work.bytes + at, work.size - at, &code);
        if (!is_arabic_mark(code)) {
            memmove(work.bytes + kept, work.bytes + at, length);
            kept += length;
        }
        at += length;
    }
    work.size = kept;
    compose(&work);
    return copy_out(&work, out, out_size);
}

static uint32_t fold_arabic(uint32_t code)
{
    for (size_t i = 0; i < sizeof arabic_folds / sizeof arabic_folds[0]; i++) {
        if (arabic_folds[i].from == code) {
            return arabic_folds[i].to;
        }
    }
    if (code >= 0x0660 && code <= 0x0669) {
        return '0' + (code - 0x0660);
    }
    if (code >= 0x06F0 && code <= 0x06F9) {
        return '0' + (code - 0x06F0);
    }
    return code;
}

static void add_folded(struct text *text, uint32_t code)
{
    if (is_diacritic(code) || is_arabic_mark(code) || is_invisible(code)) {
        return;
    }
    for (size_t i = 0; i < sizeof latin_folds / sizeof latin_folds[0]; i++) {
        if (latin_folds[i].from == code) {
            for (const char *letter = latin_folds[i].to; *letter != 0; letter++) {
                text_add(text, (unsigned char)*letter);
            }
            return;
        }
    }
    text_add(text, fold_arabic(code));
}

size_t normalise_fold(const char *form, size_t size, char *out, size_t out_size)
{
    struct text work = {.size = 0};
    size_t at = 0;
    uint32_t code = 0;
    while (next_code(form, size, BYTES_MAX, &at, &code)) {
        text_add(&work, code);
    }
    utf8proc_int32_t codes[CODES_MAX];
    size_t count = 0;
    decompose(&work, UTF8PROC_CASEFOLD, codes, &count);
    work.size = 0;
    for (size_t i = 0; i < count; i++) {
        add_folded(&work, (uint32_t)codes[i]);
    }
    compose(&work);
    return copy_out(&work, out, out_size);
}

static bool is_arabic_block(uint32_t code)
{
    return (code >= 0x0600 && code <= 0x06FF) || (code >= 0x0750 && code <= 0x077F) ||
           (code >= 0x0870 && code <= 0x08FF) || (code >= 0xFB50 && code <= 0xFDFF) ||
           (code >= 0xFE70 && code <= 0xFEFE);
}

enum normalise_kind normalise_kind(uint32_t code)
{
    if (is_invisible(code)) {
        return NORMALISE_INVISIBLE;
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    if (category == UTF8PROC_CATEGORY_ND) {
        return NORMALISE_DIGIT;
    }
    if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME) {
        return NORMALISE_MARK;
    }
    if ((category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
        category == UTF8PROC_CATEGORY_NL || category == UTF8PROC_CATEGORY_NO) {
        return is_arabic_mark(code)    ? NORMALISE_MARK
               : is_arabic_block(code) ? NORMALISE_ARABIC
                                       : NORMALISE_LETTER;
    }
    if ((category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP) ||
        category == UTF8PROC_CATEGORY_CC) {
        return NORMALISE_SPACE;
    }
    return NORMALISE_OTHER;
}

int normalise_combining_class(uint32_t code)
{
    return (int)utf8proc_get_property((utf8proc_int32_t)code)->combining_class;
}

size_t normalise_decompose(uint32_t code, uint32_t out[4])
{
    utf8proc_int32_t codes[4];
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)code, codes, 4, UTF8PROC_DECOMPOSE, &boundary);
    if (count < 1 || count > 4) {
        out[0] = code;
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        out[i] = (uint32_t)codes[i];
    }
    return (size_t)count;
}

uint32_t normalise_lower(uint32_t code)
{
    if (code < 0x80) {
        return code >= 'A' && code <= 'Z' ? code | 0x20 : code;
    }
    if (utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_ND) {
        /* Digits of a script stand in a row of ten; the row begins behind what is no digit, or
         * after ten digits (mathematical digits come in several rows). */
        uint32_t value = 0;
        while (value < 59 &&
               utf8proc_category((utf8proc_int32_t)(code - value - 1)) == UTF8PROC_CATEGORY_ND) {
            value++;
        }
        return '0' + value % 10;
    }
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}

const char *normalise_unicode_version(void)
{
    return utf8proc_unicode_version();
}
