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
/* For a table that is empty again; keeps the memory. */
void ranking_clear(struct ranking *ranking);

/* Takes in the strings added since the last call. */
enum status ranking_update(struct ranking *ranking, const struct intern *intern,
                           struct error *error) MUST_CHECK;

/* Rank of each number, and number of each rank; valid until the next update. */
const uint32_t *ranking_ranks(const struct ranking *ranking);
const struct ranked_string *ranking_order(const struct ranking *ranking);
/* What its strings take, less the room that is kept for more. */
size_t ranking_memory(const struct ranking *ranking);

/* A set of ranks in which each member's place among the members is found at once. */
struct rank_set {
    uint64_t *bits;
    uint32_t *before; /* members in the words before each */
    size_t words;
};

/* For ranks below `ranks`. The caller releases, also after a failure. */
enum status rank_set_init(struct rank_set *set, size_t ranks, struct error *error) MUST_CHECK;
void rank_set_release(struct rank_set *set);
void rank_set_add(struct rank_set *set, uint32_t rank);
/* Counts the members, once all are in; only then have they places. */
uint32_t rank_set_close(struct rank_set *set);
uint32_t rank_set_place(const struct rank_set *set, uint32_t rank);
/* Where the members' strings lie (intern_locate()), ascending by rank. */
void rank_set_locate(const struct rank_set *set, const struct ranking *ranking,
                     const struct intern *intern, const void **out);

#endif
