#ifndef SOURCE_WALK_H
#define SOURCE_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "source/article.h"

/* Which inputs there are behind the files and folders that are named on the command line. One
 * thread.
 *
 * Folders are walked in ascending byte order of names, symbolic links to files and folders are
 * followed (a loop or a dangling link becomes an input that is rejected when its shard is read).
 * Names beginning with '.' inside a walked folder are left out, and so are archives of fihris.
 * Inside folders *.txt are articles, *.jsonl, *.ndjson and *.json are JSON Lines, other files are
 * skipped and counted. A file named on the command line is JSON Lines when its name says so or its
 * first byte is '{', else text. */

/* About 60 million files. */
#define INPUTS_BYTES_MAX ((size_t)8 * 1024 * 1024 * 1024)

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

struct walk_options {
    const char *source; /* --source, or NULL */
    /* The path among those given that is a copy of standard input, or NULL. As a text its id is
     * "-"; it lies in no folder. */
    const char *standard_input;
};

struct inputs_found {
    struct buffer inputs;   /* of struct input; the caller releases, also after a failure */
    uint64_t bytes;         /* of all of them */
    uint64_t skipped_files; /* in walked folders, neither text nor JSON Lines */
};

/* Their strings come from `arena`. STATUS_IO when an argument does not exist. */
enum status walk_inputs(const char *const *paths, size_t path_count,
                        const struct walk_options *options, struct arena *arena,
                        struct inputs_found *found, struct error *error) MUST_CHECK;

#endif
