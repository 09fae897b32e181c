#ifndef TEXT_NORMALISE_H
#define TEXT_NORMALISE_H

#include <stddef.h>
#include <stdint.h>

/* The reference path of form and fold: plain, slow and obviously right, on utf8proc. The fast
 * path is fold.h; tests hold it to exactly what these functions give. The rules and the reason
 * for each choice stand in docs/ANALYSIS.md, "Folding". normalise.c owns <utf8proc.h>.
 *
 * Bytes that are not UTF-8 become U+FFFD, one for each maximal ill-formed subpart. Any thread. */

#define NORMALISE_BYTES_MAX 256 /* of input; what lies behind is ignored, at a code point */

/* The form: presentation forms to letters, invisible characters and Arabic marks off, NFC. Writes
 * at most `out_size` bytes, whole code points only, and returns how many. */
size_t normalise_form(const char *text, size_t size, char *out, size_t out_size);

/* The fold of a form: Arabic letters by table, digits, case and diacritics. Takes whatever
 * normalise_form() gives; same bounds on what is written. */
size_t normalise_fold(const char *form, size_t size, char *out, size_t out_size);

/* What the tokeniser's table is made of. */
enum normalise_kind {
    NORMALISE_OTHER,
    NORMALISE_LETTER,
    NORMALISE_ARABIC, /* a letter of the Arabic script */
    NORMALISE_DIGIT,
    NORMALISE_MARK,
    NORMALISE_INVISIBLE, /* tatweel, zero width, bidi controls: what the form leaves out */
    NORMALISE_SPACE,
};
enum normalise_kind normalise_kind(uint32_t code);

/* 0 for a starter (Unicode's canonical combining class). */
int normalise_combining_class(uint32_t code);

/* Fills the canonical decomposition of one code point; returns its length, at most 4 (1: itself).
 */
size_t normalise_decompose(uint32_t code, uint32_t out[4]);

/* One code point in lower case, a decimal digit of any script as ASCII: Lucene's LowerCaseFilter
 * and DecimalDigitFilter, for light10.h. */
uint32_t normalise_lower(uint32_t code);

/* The Unicode version of the library in use, such as "14.0.0". */
const char *normalise_unicode_version(void);

#endif
