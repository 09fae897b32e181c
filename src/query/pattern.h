#ifndef QUERY_PATTERN_H
#define QUERY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Wildcards and edit distance over UTF-8. Any bytes are accepted. Any thread, no allocation. */

/* Whether all of `text` matches: * any run, ? one code point. Time at most pattern x text. */
bool pattern_matches(const char *pattern, size_t pattern_size, const char *text, size_t text_size);

/* Whether at most `distance` insertions, deletions or replacements of code points turn one into the
 * other (V. Levenshtein 1966). Texts of more than PATTERN_FUZZY_MAX code points never match. */
#define PATTERN_FUZZY_MAX 64
bool pattern_near(const char *a, size_t a_size, const char *b, size_t b_size, uint32_t distance);

#endif
