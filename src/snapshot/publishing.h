#ifndef SNAPSHOT_PUBLISHING_H
#define SNAPSHOT_PUBLISHING_H

#include <stdatomic.h>

#include "index/segment.h"
#include "snapshot/deletions.h"
#include "snapshot/model.h"
#include "snapshot/publish.h"
#include "snapshot/snapshot.h"

/* A publication on its way: what it starts from, opened, and what each step has made so far.
 * publish() takes the steps in order; publish_merge.h and publish_snapshot.h are two of them. One
 * thread at a time, but for the counter of merged bytes. */

/* A segment that the next snapshot may be made of. */
struct part {
    struct segment_record record; /* owned */
    struct segment *segment;      /* open; owned when `path` is not NULL */
    char *path; /* where a new one lies; NULL: in its place since earlier; owned */
    bool moved; /* `path` is its place: an earlier try has moved it */
};

struct publishing {
    const struct publish_options *options;

    /* What there is: publishing_open(). */
    bool has_old;
    bool extends;        /* there is an old one and it stays part of the next */
    struct snapshot old; /* its segments are borrowed by `parts` */
    struct model model;  /* of the run, when it does not extend the old one */
    struct part *parts;  /* the old ones, then those of the run */
    uint32_t part_count;
    uint32_t first_new;
    struct segment **segments; /* of `parts`, for supersede(); borrowed */

    struct deletions deletions; /* of `parts` */

    /* Merging: publish_merge.h. */
    const struct building *building; /* where merges are made */
    struct building work;            /* own folder for merges when the run has none */
    struct merge_range *ranges;      /* of parts: each becomes one segment of the next snapshot */
    uint32_t range_count;
    struct part *merged; /* one a range; only those rewritten are filled */
    uint64_t merge_bytes_total;
    _Atomic uint64_t merge_bytes_done;

    /* What is written: publish_snapshot.h. */
    struct manifest next;
    struct deletions next_deletions;
};

/* Opens the live snapshot and the shards of the run. STATUS_USAGE when they do not go together, or
 * a shard is not finished. The caller releases, also after a failure. */
enum status publishing_open(const struct publish_options *options, struct publishing *publishing,
                            struct error *error) MUST_CHECK;
void publishing_release(struct publishing *publishing);

/* Tells the caller of publish() what is done next. STATUS_STOPPED when it wants no more. */
enum status publishing_announce(const struct publishing *publishing, enum publish_step step,
                                uint64_t done, uint64_t total, struct error *error) MUST_CHECK;

/* A segment with nothing to find in it, not even in its ledger. */
bool publishing_is_empty(const struct segment_counts *counts);

/* Adds the documents of one list of deletions to another. */
enum status publishing_copy_list(const struct deletion_list *from, struct deletion_list *to,
                                 struct error *error) MUST_CHECK;

#endif
