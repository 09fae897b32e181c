#ifndef ENGINE_BUILD_H
#define ENGINE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "engine/feed.h"
#include "engine/known_ledger.h"
#include "engine/repeats.h"
#include "engine/run_progress.h"
#include "engine/timings.h"
#include "engine/worker.h"
#include "fihris.h"
#include "snapshot/archive.h"
#include "snapshot/building.h"
#include "snapshot/model.h"
#include "snapshot/snapshot.h"
#include "source/let_go.h"
#include "text/analyser.h"
#include "text/exceptions.h"

/* A run that makes a snapshot, once it is known what it reads and how: learn, build, publish.
 * engine/index.c reads input files and extends what is live, engine/rebuild.c reads what is live
 * and replaces it. Everything that decides the bytes of a shard goes into the plan's digest, which
 * names the working folder: so a run that was cut off goes on, and a run with anything else begins
 * anew.
 *
 *     build_begin(); open the archive; build_read_live(); fill in the rest; build_digest_plan();
 *     build_run(); build_end();
 *
 * One thread at a time; the run makes its own. */

enum { BUILD_COMPRESSION_LEVEL = 1 };

struct build {
    struct fihris_index_options options;
    struct fihris_index_summary *summary;
    struct run_progress progress;
    struct timings timings;
    double start; /* seconds */

    /* Filled in before build_run(). */
    struct archive archive; /* opened to write */
    bool replace;           /* the live segments and their model go */
    enum analyser_name analyser_name;
    struct buffer exceptions_text; /* as asked for, in canonical form */
    struct shard_plan plan;
    struct feed feed;              /* but for `snapshots` */
    struct manifest_inputs inputs; /* of this run, for the manifest */
    uint64_t input_bytes;          /* of which progress is told */
    const char *spool_path;        /* see worker.h */

    /* Of the live snapshot. */
    struct manifest live; /* empty before the first one */
    bool has_live;
    struct archive_current current;

    /* The run's. */
    struct digest plan_digest;
    struct building building;
    struct manifest_file model_file;
    struct model model;
    struct symbol_index *symbols; /* of the model */
    struct analyser analyser;
    struct buffer filter;          /* of its evidence */
    struct exceptions *exceptions; /* as the model says */
    size_t threads;
    size_t known_memory_max; /* of each; see worker_setup */
    struct worker_setup setup;
    struct worker **workers;
    struct snapshot *snapshots; /* one a thread: the live one: what is known, or what is read */
    struct known_ledger known_ledger;
    struct building_shard *shards; /* shard_count of them */
    uint32_t shard_count;          /* the plan's, and one for what repeats */
    struct repeats repeats;
    struct let_go let_go; /* while shards are merged */
};

/* The run adds to what is live: with its model, and without what it has already. */
static inline bool build_extends(const struct build *build)
{
    return build->has_live && !build->replace;
}

/* The run's own shards are joined before they are published (snapshot/merge_policy.h). */
static inline bool build_merges_shards(const struct build *build)
{
    return !build->options.no_merge && build->plan.shard_count > 1;
}

/* `build` is to be given to build_end() after a failure too. */
enum status build_begin(struct build *build, const struct fihris_index_options *options,
                        struct fihris_index_summary *summary, struct error *error) MUST_CHECK;

/* What is live in build->archive, if anything. */
enum status build_read_live(struct build *build, struct error *error) MUST_CHECK;

/* There is no article in it. */
bool build_live_is_empty(const struct build *build);

/* Reads the file of exceptions that the options name, if any, for build->analyser_name. */
enum status build_read_exceptions(struct build *build, struct error *error) MUST_CHECK;

/* The same with those that a model holds. */
enum status build_keep_exceptions(struct build *build, const struct model *model,
                                  struct error *error) MUST_CHECK;

/* A model of build->archive; model_close() in the end. */
enum status build_open_model(const struct build *build, const struct manifest_file *file,
                             struct model *model, struct error *error) MUST_CHECK;

/* The digest that names the run; `inputs` covers what is read. */
void build_digest_number(struct digest_stream *stream, uint64_t number);
void build_digest_string(struct digest_stream *stream, const char *text); /* NULL: "" */
enum status build_digest_plan(struct build *build, const struct digest *inputs,
                              struct error *error) MUST_CHECK;

enum status build_run(struct build *build, struct error *error) MUST_CHECK;

/* Releases everything and says in `out` what became of it. */
enum fihris_status build_end(struct build *build, enum status status, const struct error *inner,
                             struct fihris_error *out);

#endif
