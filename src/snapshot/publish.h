#ifndef SNAPSHOT_PUBLISH_H
#define SNAPSHOT_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/phases.h"
#include "snapshot/archive.h"
#include "snapshot/building.h"
#include "snapshot/manifest.h"
#include "snapshot/merge_policy.h"

/* Makes the next snapshot: the live one's segments and the finished shards of a run, with what they
 * replace deleted and neighbours merged. Everything new is written under names of its own and is on
 * disk before the manifest; the manifest is on disk before CURRENT is renamed, which is the one
 * commit point. Killed before it, the last snapshot is whole and live, and running again completes;
 * killed after it, the new one is, and what is left over goes at the next run. */

/* A snapshot has as many documents in a segment as the index allows, and this many bytes: a merge
 * needs that much free disk, and a damaged file costs no more than that. */
#define PUBLISH_SEGMENT_BYTES_MAX ((uint64_t)32 << 30)

/* Steps, in order; each is announced before it is done. */
enum publish_step {
    PUBLISH_SUPERSEDE, /* finding what is replaced */
    PUBLISH_MERGE,     /* `done` of `total` bytes, about */
    PUBLISH_MOVE,      /* a segment to its place; `done` of `total` segments */
    PUBLISH_DERIVED,   /* the file of deletions */
    PUBLISH_MANIFEST,
    PUBLISH_COMMIT, /* CURRENT */
    PUBLISH_CLEAN,  /* the snapshot is live; what is not needed any more is removed */
};

struct publish_options {
    const struct archive *archive; /* opened by the writer */
    /* The run. `building` NULL: no new segments (to merge only); then the members after it are not
     * looked at. Shards 0..shard_count-1 must be finished, in input order. */
    const struct building *building;
    uint32_t shard_count;
    bool unpacked; /* the shards' files are STORE_MERGED (index/store.h): with MERGE_TIERED */
    bool distinct; /* no two shards have an id in common */
    /* The run's shards take the place of all that is live, which they were made of: the inputs stay
     * what they were. */
    bool replace;
    struct manifest_inputs inputs; /* of this run alone; not looked at with `replace` */
    /* For the first snapshot and with `replace`; else they must be those of the archive, or it is
     * STATUS_USAGE. */
    const struct manifest_analyser *analyser;
    const struct manifest_options *options;
    struct manifest_file model;

    enum merge_mode merge;
    uint64_t segment_bytes_max; /* 0: PUBLISH_SEGMENT_BYTES_MAX */
    uint32_t threads;           /* of a merge; at least 1 */
    struct phase_clock *clock;  /* of the whole process; NULL: nobody measures */

    /* Told of progress, during merges from the merging threads, one at a time; false stops with
     * STATUS_STOPPED, except at PUBLISH_CLEAN. May be NULL. */
    bool (*step)(void *context, enum publish_step step, uint64_t done, uint64_t total);
    void *context;
};

struct publish_result {
    bool published;          /* false: there was nothing new, the live snapshot stays */
    uint32_t number;         /* of the live snapshot now; 0: none */
    uint32_t segments;       /* it has */
    uint32_t segments_added; /* by the run, before merging */
    uint32_t merges;         /* done */
    uint64_t replaced;       /* documents of older segments that this run replaced */
};

/* Publishes. Shards without documents and without ledger records are left out; when nothing is left
 * and nothing is to merge there is no new snapshot, except that an archive without any gets its
 * first. Nor is there one when what replaces the live one is the same. After success the building
 * folder is gone. */
enum status publish(const struct publish_options *options, struct publish_result *result,
                    struct error *error) MUST_CHECK;

/* Makes an earlier snapshot live again: as a new one with that content, so that numbers ascend and
 * every snapshot stays what it was. STATUS_NOT_FOUND when it is not there any more. */
enum status publish_rollback(const struct archive *archive, uint32_t number, uint32_t *new_number,
                             struct error *error) MUST_CHECK;

#endif
