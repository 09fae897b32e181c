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

/* Form and fold in one pass, for a word of ASCII and of Arabic letters that stand for themselves:
 * nearly every one. The form is the text, and the fold, written to `fold`, is as long. False, with
 * nothing promised of `fold`, for every other text. */
bool fold_simple(const char *text, size_t size, char *fold);

#endif
