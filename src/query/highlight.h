#ifndef QUERY_HIGHLIGHT_H
#define QUERY_HIGHLIGHT_H

#include "query/snippet.h"
#include "text/token.h"

/* Finds the printed words of a text that a query asks for: its words one by one, then which of them
 * stand in a phrase, and the mentions among them. What of it is shown is up to query/snippet.h.
 * Keeps what is needed from one text to the next. One thread at a time. */

struct highlighter;

/* What is to be marked. */
struct mark {
    uint32_t token;
    uint32_t word; /* number of the word in all of the query; highlighter_words(): a mention */
    struct snippet_range range;
};

/* Borrows as snippet_maker_new() does. */
enum status highlighter_new(const struct query_node *query, const struct analyser *analyser,
                            struct class_cache *cache, struct highlighter **out,
                            struct error *error) MUST_CHECK;
void highlighter_free(struct highlighter *highlighter);

/* Words of the query that are not excluded. */
size_t highlighter_words(const struct highlighter *highlighter);

/* Reads a text: its tokens, and its marks in text order, which may overlap. Both are valid until
 * the next call. */
struct highlights {
    const struct token *tokens;
    size_t token_count;
    const struct mark *marks;
    size_t mark_count;
};
enum status highlighter_read(struct highlighter *highlighter, const struct snippet_text *text,
                             struct highlights *highlights, struct error *error) MUST_CHECK;

#endif
