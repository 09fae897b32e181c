#ifndef QUERY_CURSOR_NODE_H
#define QUERY_CURSOR_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/segment.h"
#include "query/cursor.h"
#include "query/filter.h"
#include "query/phrase.h"

/* What is inside a cursor: one node of the tree that the plan of a query becomes on a segment. For
 * the three files of cursor.h alone: cursor_tree.c makes the tree, cursor.c moves, matches and
 * scores, cursor_bound.c says what can be scored at most. What a cursor points at lies in the arena
 * of its tree. One thread at a time. */

enum cursor_kind { CURSOR_TERM, CURSOR_PHRASE, CURSOR_AND, CURSOR_OR, CURSOR_FILTER };

struct cursor {
    enum cursor_kind kind;
    doc_id document;
    const struct plan *plan;
    const struct plan_node *node;
    struct segment *segment;
    const struct column_block *lengths; /* looked at last */
    uint64_t cost;                      /* candidates, about */
    double limit;       /* no match in the segment scores above it; with thresholds only */
    uint32_t frequency; /* TERM, PHRASE: in the candidate; 0: not known yet */

    struct leaf *leaf;         /* TERM */
    struct phrase_word *words; /* PHRASE, in query order */
    struct leaf **leaves;      /* PHRASE: the same, the rarest first */
    size_t word_count;
    struct filter *filter; /* FILTER */

    struct cursor **children; /* AND, OR, in query order; AND: without the excluded ones */
    size_t child_count;
    struct cursor **order;    /* AND: the rarest first. OR: the smallest limit first */
    struct cursor **checks;   /* AND: the cheapest to ask first */
    struct cursor **excluded; /* AND */
    size_t excluded_count;
    bool *here;         /* OR: which children match the candidate */
    size_t essential;   /* OR: children in `order` before it cannot reach the threshold alone */
    double *limit_sums; /* OR: sum of the limits of order[0..i] */
    struct cursor_bound *bounds; /* OR: of order[i], as asked for last; hold up to their end */
    double threshold;
    bool thresholded;     /* there is a threshold (it may be 0) */
    uint32_t least_block; /* block of the leading list for which ... */
    uint32_t least;       /* ... this is the least frequency that may do */
    bool passed_over;     /* candidates were left unasked */
};

/* No document scores above it for this leaf of a TERM or PHRASE: its greatest block bound, or that
 * of the idf when there are too many blocks to look at. */
double cursor_leaf_limit(const struct cursor *cursor, const struct leaf *leaf);

#endif
