#ifndef SOURCE_PLAN_H
#define SOURCE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "source/article.h"

/* The plan: which inputs there are and how they are cut into shards. A pure function of the
 * arguments and of the files' names and sizes: never of threads or timing. Immutable after
 * shard_plan_make(): any thread.
 *
 * Folders are walked in ascending byte order of names, symbolic links to files and folders are
 * followed (a loop or a dangling link becomes an input that is rejected when its shard is read).
 * Names beginning with '.' inside a walked folder are left out, and so are archives of fihris.
 * Inside folders *.txt are articles, *.jsonl, *.ndjson and *.json are JSON Lines, other files are
 * skipped and counted. A file named on the command line is JSON Lines when its name says so or its
 * first byte is '{', else text. */

enum input_kind { INPUT_TEXT, INPUT_JSONL, INPUT_REJECTED };

struct input {
    const char *path; /* as given, joined with what was found below it */
    const char *id;   /* for INPUT_TEXT: path relative to the argument (its own name for a file) */
    const char *source; /* of articles that name none: --source; else of a text file the name of
                           the folder it lies in, of JSON Lines "" */
    uint64_t size;
    int64_t modified_ns; /* enters the plan's digest, so that a changed file makes a new plan */
    enum input_kind kind;
    enum ledger_reason reason; /* for INPUT_REJECTED */
};

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
    const char *source;   /* --source, or NULL */
    uint64_t shard_bytes; /* 0: chosen from the total, see plan.c; so in shard_plan_cut() */
    /* The path among those given that is a copy of standard input, or NULL. As a text its id is
     * "-"; it lies in no folder. */
    const char *standard_input;
};

struct shard_plan {
    const struct input *inputs;
    uint32_t input_count;
    const struct shard *shards;
    uint32_t shard_count;
    uint64_t bytes;         /* of all inputs */
    uint64_t skipped_files; /* in walked folders, neither text nor JSON Lines */
    struct arena *arena;
};

/* `paths` are files and folders. STATUS_IO when an argument does not exist. */
enum status shard_plan_make(const char *const *paths, size_t path_count,
                            const struct plan_options *options, struct shard_plan *plan,
                            struct error *error) MUST_CHECK;
/* A plan of inputs that are listed already, which are borrowed: to cut those of another plan anew,
 * or what is no file. */
enum status shard_plan_cut(const struct input *inputs, uint32_t input_count, uint64_t shard_bytes,
                           struct shard_plan *plan, struct error *error) MUST_CHECK;
void shard_plan_release(struct shard_plan *plan);

#endif
