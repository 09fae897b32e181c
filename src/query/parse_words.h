#ifndef QUERY_PARSE_WORDS_H
#define QUERY_PARSE_WORDS_H

#include "base/compiler.h"
#include "base/error.h"
#include "query/parse.h"
#include "query/parser.h"

/* Words of a query: analysed as an article's text is, or folded to a pattern. */

/* ["~" | "="] (word | quoted ["~" number]): a QUERY_WORDS, or NULL in `*out` when it analyses to no
 * word. Also word~, word~2, and words with * and ?. */
enum status parse_words(struct parser *parser, const struct query_node **out) MUST_CHECK;

#endif
