#ifndef SNAPSHOT_MERGE_POLICY_H
#define SNAPSHOT_MERGE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Which neighbouring segments become one. A pure function of sizes and counts, so the same run
 * makes the same segments on any machine. Order is never changed: later segments supersede earlier
 * ones.
 *
 *   1. All segments of the new run are joined.
 *   2. Size tiers: tier 0 below 1 MiB, then a factor of MERGE_FACTOR each. For every tier from the
 *      smallest: a run of neighbours of that tier or below is joined when it holds MERGE_FACTOR of
 *      that tier, or MERGE_RUN_MAX in all (small ones between large ones). So where the limits do
 *      not stop it an archive has fewer than MERGE_RUN_MAX segments, and a document is copied about
 *      once a tier.
 *   3. A segment of which more than half is deleted is written anew without it, and one that was
 *      made to be merged, though there is nothing to join it with.
 * What is joined stays within `limits`: a run that is too much for one segment becomes several,
 * filled from the left. Any thread. */

#define MERGE_FACTOR       8u
#define MERGE_RUN_MAX      32u
#define MERGE_TIER_0_BYTES ((uint64_t)1 << 20)

enum merge_mode {
    MERGE_NONE,   /* leave all as it is */
    MERGE_TIERED, /* the rules above */
    MERGE_ALL,    /* as few segments as the limits allow, nothing deleted left in them */
};

struct merge_limits {
    uint64_t documents_max;
    uint64_t bytes_max;
};

struct merge_candidate {
    uint64_t bytes;
    uint64_t documents; /* deleted ones too */
    uint64_t deleted;
    bool unpacked; /* STORE_MERGED (index/store.h) */
};

/* Segments first..first+count-1 become one; `rewrite` false means that the one segment (count 1)
 * stays as it is. */
struct merge_range {
    uint32_t first;
    uint32_t count;
    bool rewrite;
};

/* Fills `ranges` (room for `count`), which then cover all candidates in order, and returns how many
 * there are. Candidates from `first_new` on are those of the new run. */
uint32_t merge_policy(const struct merge_candidate *candidates, uint32_t count, uint32_t first_new,
                      enum merge_mode mode, const struct merge_limits *limits,
                      struct merge_range *ranges);

#endif
