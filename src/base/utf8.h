#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTF-8 as Unicode defines it (table 3-7): no surrogates, nothing above U+10FFFF, no overlong
 * forms. Any thread. */

#define UTF8_REPLACEMENT 0xFFFDu

/* Length of the longest valid prefix; equal to `size` when all is valid. Fast on long text. */
size_t utf8_valid_prefix(const char *text, size_t size);

/* The same in one of the ways that there are, of which utf8_valid_prefix() takes the quickest;
 * false where the processor does not have it. For tests, which hold all to one model. */
enum utf8_way { UTF8_PLAIN, UTF8_SSE2, UTF8_AVX2, UTF8_WAYS };
bool utf8_valid_prefix_by(enum utf8_way way, const char *text, size_t size, size_t *prefix);

/* Decodes one code point at `text` (size > 0). Returns its length in bytes, 1 to 4. A byte that
 * does not begin a valid sequence gives UTF8_REPLACEMENT and the length of the maximal ill-formed
 * subpart (1 to 3), as Unicode recommends. */
size_t utf8_decode(const char *text, size_t size, uint32_t *code);

/* Encodes a code point that is no surrogate and at most U+10FFFF; returns 1 to 4. */
size_t utf8_encode(uint32_t code, char out[4]);

/* Number of code points in valid UTF-8. */
size_t utf8_count(const char *text, size_t size);

#endif
