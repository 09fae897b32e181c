#ifndef SOURCE_PLAN_H
#define SOURCE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "source/walk.h"

/* The plan: which inputs there are and how they are cut into shards. A pure function of the
 * arguments and of the files' names and sizes: never of threads or timing. Immutable after
 * shard_plan_make(): any thread. */

/* A slice of the inputs, in order: from byte `offset_first` of input `input_first` up to byte
 * `offset_end` of input `input_end - 1`. Cut points inside JSON Lines are moved by the reader to
 * the next line: a line belongs to the shard in which its first byte lies. */
struct shard {
    uint32_t input_first;
    uint32_t input_end;
    uint64_t offset_first;
    uint64_t offset_end; /* of the last input; UINT64_MAX: to its end */
    uint64_t bytes;      /* about how much it holds */
};

struct plan_options {
    struct walk_options walk;
    uint64_t shard_bytes; /* 0: chosen from the total, see plan.c; so in shard_plan_cut() */
};

/* From so many bytes on a plan's inputs are let go. */
#define PLAN_LET_GO_BYTES ((uint64_t)1 << 30)

struct shard_plan {
    const struct input *inputs;
    uint32_t input_count;
    const struct shard *shards;
    uint32_t shard_count;
    uint64_t bytes;         /* of all inputs */
    bool let_go;            /* the system need not keep what has been read of them (let_go.h) */
    uint64_t skipped_files; /* in walked folders, neither text nor JSON Lines */
    struct arena *arena;
};

/* `paths` are files and folders. STATUS_IO when an argument does not exist. */
enum status shard_plan_make(const char *const *paths, size_t path_count,
                            const struct plan_options *options, struct shard_plan *plan,
                            struct error *error) MUST_CHECK;
/* A plan of inputs that are listed already, which are borrowed: to cut those of another plan anew,
 * or what is no file. They are not let go. */
enum status shard_plan_cut(const struct input *inputs, uint32_t input_count, uint64_t shard_bytes,
                           struct shard_plan *plan, struct error *error) MUST_CHECK;
void shard_plan_release(struct shard_plan *plan);

/* The bytes [*from, *to) of an input that lie in a shard. */
static inline void shard_input_range(const struct shard_plan *plan, const struct shard *shard,
                                     uint32_t input, uint64_t *from, uint64_t *to)
{
    uint64_t size = plan->inputs[input].size;
    *from = input == shard->input_first ? shard->offset_first : 0;
    *to = input + 1 == shard->input_end && shard->offset_end < size ? shard->offset_end : size;
}

#endif
