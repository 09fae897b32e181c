#ifndef INDEX_RANKING_H
#define INDEX_RANKING_H

#include "base/buffer.h"
#include "base/intern.h"

/* The byte order of an intern table's strings, kept while the table grows: new strings are sorted
 * and merged in, so that a table that many shards share is sorted once. One thread at a time. */

struct ranking {
    struct buffer order; /* struct ranked_string, ascending */
    struct buffer ranks; /* uint32_t: place in `order`, by number */
    struct buffer fresh; /* struct ranked_string, while updating */
};

struct ranked_string {
    uint64_t heads[2]; /* the first bytes as numbers: they decide most comparisons */
    uint32_t number;
};

void ranking_init(struct ranking *ranking);
void ranking_release(struct ranking *ranking);

/* Takes in the strings added since the last call. */
enum status ranking_update(struct ranking *ranking, const struct intern *intern,
                           struct error *error) MUST_CHECK;

/* Rank of each number, and number of each rank; valid until the next update. */
const uint32_t *ranking_ranks(const struct ranking *ranking);
const struct ranked_string *ranking_order(const struct ranking *ranking);
size_t ranking_memory(const struct ranking *ranking);

#endif
