#ifndef ENGINE_BUILD_SHARDS_H
#define ENGINE_BUILD_SHARDS_H

#include "base/compiler.h"
#include "base/error.h"
#include "engine/build.h"

/* The part of a run that several threads share: every shard of the plan becomes a finished segment
 * in the run's folder, whatever was there before. In this order. */

/* build->threads: as many as asked for, as there are shards, and as fit into the memory and into
 * the number of files that may be open. */
void build_choose_threads(struct build *build);

/* The live snapshot, if any, once for each thread. Publishing opens all segments once more: these
 * are files too many by then, so close them before it. */
enum status build_open_snapshots(struct build *build, struct error *error) MUST_CHECK;

/* With the model in its place. */
enum status build_shards(struct build *build, struct error *error) MUST_CHECK;
void build_close_snapshots(struct build *build);

#endif
