#ifndef QUERY_PHRASE_H
#define QUERY_PHRASE_H

#include <stddef.h>
#include <stdint.h>

#include "query/parse.h"

/* How often the words of a phrase stand together in one document, once their positions are there.
 * Reads no lists and allocates nothing; no position is looked at again once it is passed. One
 * thread at a time. */

struct leaf;

/* A word of a phrase and, while one document is looked at, its positions. */
struct phrase_word {
    struct leaf *leaf;         /* gives the positions; not touched here */
    uint32_t offset;           /* of the word in the phrase; ascending */
    uint32_t count;            /* of positions */
    uint32_t at;               /* the position looked at; 0 at the start */
    const uint32_t *positions; /* ascending, possibly repeated; borrowed */
};

/* Matches in a document whose title is its first `title` positions; none lies half in the title.
 * Each word at its offset, or, when the node says near, in any order within the window. */
uint32_t phrase_count(const struct query_node *query, struct phrase_word *words, size_t word_count,
                      uint64_t title);

#endif
