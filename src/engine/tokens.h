#ifndef ENGINE_TOKENS_H
#define ENGINE_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "text/analyser.h"
#include "text/token.h"

/* All tokens of one article, and the one rule that says at which positions their words stand, for
 * ingest and for whatever later points into the text.
 *
 * Title words stand at 0, 1, ...; the body begins SEGMENT_BODY_GAP after the title's last word, so
 * that no phrase joins the two. A token that expands to several words takes as many positions as
 * its parts advance; a token with nothing to index takes none. One thread at a time. */

struct token_list {
    struct token *tokens; /* owned */
    size_t count;
    size_t capacity;
    size_t title_count; /* the first tokens, which belong to the title */
};

void token_list_init(struct token_list *list);
void token_list_release(struct token_list *list);

/* Finds all tokens of a text whose title ends at byte `title_end`. STATUS_NOMEM. */
enum status token_list_scan(struct token_list *list, const char *text, size_t text_size,
                            uint32_t title_end, struct error *error) MUST_CHECK;

/* Counts positions. Begin with {0}; call position_body() once, before the first body token. */
struct position_counter {
    uint32_t next;
    uint32_t title_length; /* positions in the title, known after position_body() */
    uint32_t gap;
};
void position_body(struct position_counter *counter);

/* Position of one part of a token; `first`: it is the token's first indexed part. */
static inline uint32_t position_take(struct position_counter *counter, bool first, uint8_t advance)
{
    return first || advance > 0 ? counter->next++ : counter->next - 1;
}

/* Positions taken so far, the gap left out: the document's length. */
uint32_t position_length(const struct position_counter *counter);

#endif
