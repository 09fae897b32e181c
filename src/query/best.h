#ifndef QUERY_BEST_H
#define QUERY_BEST_H

#include <stdbool.h>
#include <stddef.h>

#include "query/search.h"

/* The best hits so far: a heap with the worst on top. Which are kept does not depend on the order
 * in which they come. One thread at a time. */

struct best {
    struct query_hit *hits; /* borrowed, room for `max` */
    size_t max;
    size_t count;
};

static inline bool best_full(const struct best *best)
{
    return best->max > 0 && best->count == best->max;
}

/* What a score must be above; below every score while there is room. */
static inline double best_threshold(const struct best *best)
{
    return best_full(best) ? best->hits[0].score : -1;
}

/* Takes the hit if it is among the best; says whether. */
bool best_keep(struct best *best, const struct query_hit *hit);

/* Puts the hits in order, the best first; nothing can be kept after that. */
void best_sort(struct best *best);

#endif
