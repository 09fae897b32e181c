#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/phases.h"
#include "engine/feed.h"
#include "engine/known_ledger.h"
#include "engine/repeats.h"
#include "entity/tagger.h"
#include "index/builder.h"
#include "text/analyser.h"

/* One shard from its articles to its segment: read, tokenise, intern, analyse, tag, build. A worker
 * belongs to one thread and is used for one shard after the other. What it makes depends only on
 * the shard, the setup and the archive's live snapshot: never on the worker or on time. */

/* A document of the live snapshot, as far as a worker must know it. */
struct known_document {
    bool found;
    uint64_t digest; /* its COLUMN_DIGEST */
};

struct worker_setup {
    const struct feed *feed;
    const struct analyser *analyser;
    const struct tagger *tagger; /* NULL: no entities */
    struct builder_options builder;
    size_t known_memory_max;    /* what is known of words and names; with more, it is forgotten */
    struct phase_clock *clocks; /* one a worker; NULL: nobody measures */
    /* Looks an id up in the live snapshot; NULL: there is none. `worker` is the worker's number. */
    enum status (*known)(void *context, size_t worker, const char *id, size_t id_size,
                         struct known_document *known, struct error *error);
    const struct known_ledger *ledger; /* what the live snapshot's ledger says; NULL: nothing */
    /* Input bytes and articles since the last call; returns false to stop. NULL ok. Any thread. */
    bool (*progress)(void *context, uint64_t bytes, uint64_t articles, uint64_t rejected);
    const char
        *spool_path; /* the input that is standard input, named "-" in the archive; or NULL */
    void *context;
};

struct worker_result {
    uint64_t articles;
    uint64_t unchanged;
    uint64_t replaced;
    uint64_t rejected_before; /* and said so by the live snapshot's ledger */
    struct segment_counts counts;
    struct store_seal seal;           /* the caller releases it */
    const struct repeat_notes *notes; /* valid until the worker's next run */
};

struct worker;
enum status worker_new(const struct worker_setup *setup, size_t number, struct worker **out,
                       struct error *error) MUST_CHECK;
void worker_free(struct worker *worker);

/* Makes the segment of shard number `shard` at `path`. Articles whose ids are among `drops` are
 * rejected when the live snapshot has them with other content. After a failure the worker is of no
 * use: free it. */
enum status worker_run(struct worker *worker, uint32_t shard, const struct repeat_drops *drops,
                       const char *path, struct worker_result *result,
                       struct error *error) MUST_CHECK;

#endif
