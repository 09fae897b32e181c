#ifndef INDEX_MERGE_WALK_H
#define INDEX_MERGE_WALK_H

#include "index/segment.h"

/* Walks one table of several segments together, in key order: the k-way part of a merge. One thread
 * at a time; threads that share a merge have walks of their own. */

/* One input of a merge, as one thread sees it. What it points at is shared and does not change
 * while it is used. */
struct merge_side {
    const struct store *store; /* opened for this thread */
    uint32_t document_count;
    uint32_t deleted_count;
    const doc_id *documents; /* new number of each document, DOC_ID_END when deleted */
    struct table_cursor cursor;
    bool ended;        /* the cursor has no record */
    struct blob lists; /* the chunk of posting lists read last, checked; no bytes: none */
    uint32_t lists_chunk;
};

/* The first bytes of a key, as numbers in the same order: they decide most comparisons. */
enum { MERGE_HEADS = 2 };

/* All sides are looked at for each key: their heads lie side by side, so that even for hundreds of
 * them this costs less than keeping a heap in order, let alone what is then done with the key. */
struct merge_walk {
    struct merge_side *sides; /* owned, with their place as order */
    size_t side_count;
    struct merge_side **group;    /* the sides that hold the current key, in order */
    size_t group_size;            /* 0: the end */
    uint64_t *heads[MERGE_HEADS]; /* of each side; the greatest number when it has ended; owned */
    enum store_database table;    /* the one walked last */
    const unsigned char *to;      /* stops before this key; borrowed; NULL: no bound */
    size_t to_size;
    uint64_t to_head;
};

/* Copies `sides`. The caller releases, also after a failure. */
enum status merge_walk_init(struct merge_walk *walk, const struct merge_side *sides, size_t count,
                            struct error *error) MUST_CHECK;
void merge_walk_release(struct merge_walk *walk);

/* A range of keys: from `from` (size 0: the first) up to but without `to` (NULL: to the end).
 * Borrowed while it is walked. */
struct merge_range_keys {
    const unsigned char *from;
    size_t from_size;
    const unsigned char *to;
    size_t to_size;
};

/* Goes to the first key of the range; walk->group is then its sides. */
enum status merge_walk_begin(struct merge_walk *walk, enum store_database table,
                             const struct merge_range_keys *range, struct error *error) MUST_CHECK;
enum status merge_walk_next(struct merge_walk *walk, struct error *error) MUST_CHECK;

#endif
