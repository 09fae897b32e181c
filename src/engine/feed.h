#ifndef ENGINE_FEED_H
#define ENGINE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "engine/stored.h"
#include "engine/stored_reader.h"
#include "snapshot/snapshot.h"
#include "source/plan.h"
#include "source/reader.h"

/* Where a run's articles come from: the files of its inputs, or the documents of the live snapshot.
 * Learning and building read shards from a feed and do not know which. Immutable: any thread. */

struct feed {
    const struct shard_plan *plan;
    const struct stored *stored;      /* whose inputs the plan cuts; NULL: files */
    const struct snapshot *snapshots; /* of `stored`: one a worker, by its number */
};

/* One shard, read in order. One thread at a time. */
struct feed_reader {
    struct reader *files;
    struct stored_reader *stored;
};

/* As reader_open(); `worker` is the number of the thread. Close also after a failure. */
enum status feed_reader_open(const struct feed *feed, size_t worker, const struct shard *shard,
                             ledger_report report, void *context, struct feed_reader *reader,
                             struct error *error) MUST_CHECK;
/* As reader_next(); STATUS_FORMAT when a stored document is damaged. */
enum status feed_reader_next(struct feed_reader *reader, struct article *article, bool *found,
                             struct error *error) MUST_CHECK;
uint64_t feed_reader_bytes(const struct feed_reader *reader);
void feed_reader_close(struct feed_reader *reader);

#endif
