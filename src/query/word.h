#ifndef QUERY_WORD_H
#define QUERY_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "query/parse.h"
#include "text/analyser.h"

/* Whether a word of a text is one that a query word asks for: the one definition of the levels,
 * of patterns and of fuzzy words, for posting lists and for snippets. Pure functions, any thread.
 */

/* Whether every form of this class is wanted, whatever it looks like. */
bool word_wants_class(const struct query_word *word, const void *class_key, size_t size);

/* Whether a form is wanted, given that its class is the word's own (for QUERY_WHOLE). Costs the
 * folding of the form unless the word is wanted as printed. */
bool word_wants_form(const struct query_word *word, const char *form, size_t size);

/* Whether an analysed word of a text is wanted. */
bool word_wants(const struct query_word *word, const struct analysis *part);

#endif
