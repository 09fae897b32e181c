#ifndef TEXT_LIGHT10_H
#define TEXT_LIGHT10_H

#include <stddef.h>

/* Lucene's Arabic analysis, token by token: lower case and decimal digits, its stop words,
 * ArabicNormalizer and ArabicStemmer (Larkey's light10). For comparison only; it cuts blindly.
 * Any thread. */

#define LIGHT10_BYTES_MAX 256

/* What Lucene's ArabicAnalyzer makes of one token, written to `out` (LIGHT10_BYTES_MAX bytes).
 * Returns its size; 0 for a stop word. `word` is at most LIGHT10_BYTES_MAX bytes; what lies behind
 * is ignored. */
size_t light10_analyse(const char *word, size_t size, char *out);

/* The two filters alone, in place; each returns the new size, never larger. */
size_t light10_normalise(char *word, size_t size);
size_t light10_stem(char *word, size_t size);

#endif
