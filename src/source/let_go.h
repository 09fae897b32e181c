#ifndef SOURCE_LET_GO_H
#define SOURCE_LET_GO_H

#include <stdint.h>

#include "source/plan.h"

/* The files of a large plan (shard_plan.let_go) are read once. So the system is told what of them
 * it need not keep in memory, a little before so much is written: on a virtual machine memory that
 * was in use just now is several times cheaper than what the host must find first
 * (docs/BENCHMARKS.md). What shards write takes the place of most of what they have read; the rest
 * waits until they are merged. All of this is a hint: nothing can fail. */

/* The shard has read its part of this input, whose file is still open. One thread a shard. */
void let_go_read(const struct shard_plan *plan, const struct shard *shard, uint32_t input,
                 int file);

/* What let_go_read() has left of all shards, in order. Begin with {.plan = plan}; one thread at a
 * time. */
struct let_go {
    const struct shard_plan *plan;
    uint32_t shard;
    uint32_t input; /* of the shard, from its first */
    uint64_t gone;  /* of its part of the input */
    uint64_t owed;  /* of what was written, too little to be worth a call */
};

/* So many bytes are written. */
void let_go_rest(struct let_go *rest, uint64_t bytes);

#endif
