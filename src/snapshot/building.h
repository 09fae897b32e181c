#ifndef SNAPSHOT_BUILDING_H
#define SNAPSHOT_BUILDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "snapshot/archive.h"
#include "snapshot/manifest.h"

/* The working folder of an unfinished run, "building/<plan digest>/":
 *
 *     model.json        which model the shards are built with (it lies in models/ already)
 *     shard-0007.mdb    the segment of shard 7
 *     shard-0007.notes  what the caller wants to know of the shard at the end of the run
 *     shard-0007.json   written last: only with it the shard counts as finished
 *     merge-0003.mdb    result of a merge that is not published yet
 *
 * The plan's digest must cover everything that the shards' bytes depend on: the inputs and their
 * cuts, the analyser and its options, and the digest of the live manifest (CURRENT), because what
 * is live decides what is unchanged. Then a finished shard found here is the one that would be
 * built again. Different shards may be built by different threads, processes and machines.
 *
 *     building_open(&archive, &plan, &building, error);
 *     if (building_model_get(...) == STATUS_NOT_FOUND) { learn; model_write(); building_model_set()
 * } for each shard: building_shard_check(); when not finished: build it into building_shard_path(),
 * then building_shard_finish() publish() */

#define BUILDING_SHARDS_MAX MANIFEST_SEGMENTS_MAX

struct building {
    const struct archive *archive; /* borrowed */
    char *path;                    /* owned */
};

/* Makes or finds the folder of a plan. For the writer (the archive's lock is held) this begins a
 * run: folders of other plans are removed, and with a new plan what their end left elsewhere too.
 */
enum status building_open(const struct archive *archive, const struct digest *plan,
                          struct building *building, struct error *error) MUST_CHECK;
void building_close(struct building *building);

/* Removes the folder with all that is in it. */
enum status building_remove(const struct building *building, struct error *error) MUST_CHECK;

/* The model of this run. Get: STATUS_NOT_FOUND when it was not set, or its file is not sound; then
 * learn it again. */
enum status building_model_set(const struct building *building, const struct manifest_file *model,
                               struct error *error) MUST_CHECK;
enum status building_model_get(const struct building *building, struct manifest_file *model,
                               struct error *error) MUST_CHECK;

/* What is known of a finished shard. */
struct building_shard {
    struct segment_record segment; /* `deleted` is 0; owned: segment_record_release() */
    uint64_t unchanged;            /* articles left out because the archive has them as they are */
    uint64_t replaced;             /* articles that the archive has with other content */
    uint64_t rejected_before;      /* rejected once more, with the same record in its ledger */
};

/* Where to build a shard's segment. The caller frees the path; NULL when out of memory. */
char *building_shard_path(const struct building *building, uint32_t shard) MUST_CHECK;

/* Says that the segment at building_shard_path() is finished. It need not be synced. */
enum status building_shard_finish(const struct building *building, uint32_t shard,
                                  const struct building_shard *content,
                                  struct error *error) MUST_CHECK;

/* Notes on a shard: the caller's bytes, written before building_shard_finish(). Read appends them
 * to `out`; STATUS_NOT_FOUND when there are none. */
enum status building_notes_write(const struct building *building, uint32_t shard, const void *bytes,
                                 size_t size, struct error *error) MUST_CHECK;
enum status building_notes_read(const struct building *building, uint32_t shard, struct buffer *out,
                                struct error *error) MUST_CHECK;

/* Reads what building_shard_finish() wrote. STATUS_NOT_FOUND when it was not called, STATUS_FORMAT
 * on damage. The caller releases `content->segment`. */
enum status building_shard_read(const struct building *building, uint32_t shard,
                                struct building_shard *content, struct error *error) MUST_CHECK;

/* For a run that goes on: true in `*finished` only when the shard's record is there and every byte
 * of its segment is as it says; the caller then releases `content->segment`. Else what is there is
 * removed, and the shard must be built again. */
enum status building_shard_check(const struct building *building, uint32_t shard, bool *finished,
                                 struct building_shard *content, struct error *error) MUST_CHECK;

/* Where a finished shard's segment lies: in this folder, or in segments/ when a publication that
 * did not end has moved it there (`*moved`). NULL when out of memory. */
char *building_shard_find(const struct building *building, uint32_t shard,
                          const struct digest *digest, bool *moved) MUST_CHECK;

/* Where to put the result of merge number `merge`. */
char *building_merge_path(const struct building *building, uint32_t merge) MUST_CHECK;

#endif
