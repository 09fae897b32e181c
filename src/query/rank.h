#ifndef QUERY_RANK_H
#define QUERY_RANK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "query/best.h"
#include "query/leaf.h"
#include "query/plan.h"

/* The best documents of a query that is a single word, pattern or name: its lists are gone through
 * block by block instead of document by document, which takes a fraction of the time. The hits are
 * those that a cursor would find. One thread at a time. */

struct rank {
    struct best *best;
    const struct query_segment *segment;
    uint32_t number; /* of the segment in the plan */
    const struct score_scale *scale;
    double idf;
    uint64_t total; /* documents found: added to */
    bool exact;     /* set to false when some may not have been counted */
};

/* A leaf of one list of which every form is wanted: blocks that hold nothing good enough are passed
 * over. The leaf moves no more afterwards, here and below. */
enum status rank_list(struct rank *rank, struct leaf *leaf, struct error *error) MUST_CHECK;

/* Whether rank_tally() is quicker for the leaf than moving it. */
bool rank_tally_pays(const struct rank *rank, const struct leaf *leaf);

/* A leaf of several lists: they are added up (leaf_tally()), unless they are already, then the
 * documents are ranked. */
enum status rank_tally(struct rank *rank, struct leaf *leaf, struct arena *arena,
                       struct error *error) MUST_CHECK;

#endif
