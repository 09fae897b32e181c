#ifndef QUERY_CLITIC_H
#define QUERY_CLITIC_H

#include <stdbool.h>
#include <stddef.h>

#include "query/lexer.h"
#include "query/parse.h"

/* Clitics that stand apart from their word in a query, as in print: و between two words, ب before a
 * quotation. In a text such a letter is a word with a position of its own; who asks for words means
 * the words beside it. Pure functions, any thread. */

/* The conjunction and. */
bool clitic_is_and(const struct query_word *word);

/* Whether `node`, read from byte `begin` up to the lexer's place, is nothing but such a clitic: و
 * anywhere; other clitics and the article where tatweel (بـ) or a quotation mark right behind them
 * tie them to what follows, since a letter by itself may be a name (أ ف ب). Words of another level,
 * within quotation marks or behind title: are asked for as they are. */
bool clitic_stands_apart(const struct lexer *lexer, size_t begin, const struct query_node *node);

#endif
