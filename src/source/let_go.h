#ifndef SOURCE_LET_GO_H
#define SOURCE_LET_GO_H

#include <stdint.h>

#include "source/plan.h"

/* The files of a large plan (shard_plan.let_go) are read once. So the system is told what of them
 * it need not keep in memory, a little before so much is written: on a virtual machine memory that
 * was in use just now is several times cheaper than what the host must find first
 * (docs/BENCHMARKS.md). What shards write takes the place of most of what they have read; the rest
 * waits until they are merged. All of this is a hint: nothing can fail. */

/* A shard has read its part [from, to) of an input, whose file is still open (or was not: -1). */
void let_go_read(const struct shard_plan *plan, int file, uint64_t from, uint64_t to);

/* What let_go_read() has left of all shards, in order. Begin with {.plan = plan}; one thread at a
 * time. */
struct let_go {
    const struct shard_plan *plan;
    uint32_t shard;
    uint32_t input;   /* of the shard, from its first */
    uint64_t gone;    /* of its part of the input */
    uint64_t written; /* that has been made room for */
};

/* So many bytes are written by now. */
void let_go_rest(struct let_go *rest, uint64_t written);

#endif
