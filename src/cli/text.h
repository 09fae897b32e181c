#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Just enough of Unicode to print it: code points, columns, and what may not be torn apart.
 * Folding and words are the library's business. Pure functions. */

enum { TEXT_INVALID = 0xFFFD };

/* First code point of `size` > 0 bytes; bytes that are no UTF-8 give TEXT_INVALID. Returns the
 * bytes it takes, at least 1. */
size_t text_decode(const char *text, size_t size, uint32_t *code_point);

/* Columns a terminal gives it: marks and format controls 0, East Asian wide and emoji 2. */
size_t text_columns(const char *text, size_t size);

/* C0, DEL, C1. */
bool text_is_control(uint32_t code_point);
/* Embeddings, overrides, isolates and marks of direction. */
bool text_is_direction(uint32_t code_point);

/* Widens [*start, *end) so that neither border stands inside a word. Borders past the text or
 * inside a code point are mended. */
void text_whole_words(const char *text, size_t size, size_t *start, size_t *end);

#endif
