#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* The fast path of form and fold: tables made from the reference path (normalise.h), exactly the
 * same answers for every string, by test. Code points that can interact with their neighbours
 * (combining letters, jamo) send the whole word to the reference path.
 *
 * A text is taken in pieces: at spaces, and where a run without a space passes
 * NORMALISE_BYTES_MAX bytes, at a code point; the reference gives the same answer piece by piece.
 * At most `out_size` bytes are written, whole code points only. Any thread. */

/* The form of any text: as printed, without what print does not show. Returns the size written. */
size_t fold_form(const char *text, size_t size, char *out, size_t out_size);

/* The fold of the form of any text. */
size_t fold_text(const char *text, size_t size, char *out, size_t out_size);

/* What fold_word() found. */
enum folded {
    FOLDED_NOT,     /* another text: fold_form() and fold_text() tell */
    FOLDED,         /* ASCII, Arabic letters that stand for themselves, and marks between them */
    FOLDED_LETTERS, /* letters of two bytes, D8 or D9 the first: in the fold zeros stand behind them
                       up to a multiple of 16 bytes */
};

/* Form and fold in one pass, for nearly every word. Both are of one size, `*used`, at most that of
 * the text, for which there is room, and for FOLD_ROOM bytes in any case. */
enum { FOLD_ROOM = 32 };
enum folded fold_word(const char *text, size_t size, char *form, char *fold, size_t *used);

#endif
