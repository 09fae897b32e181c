#ifndef SNAPSHOT_VERIFY_H
#define SNAPSHOT_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "snapshot/archive.h"

/* Reads every byte of a snapshot and checks it: CURRENT, the manifest, the model, the deletions and
 * every segment. Goes on after a problem, so that one run tells all of them. Costs one read of the
 * snapshot's files; takes no lock and changes nothing. */

/* Called for each problem with one line of text that names the file. */
typedef void (*verify_problem)(void *context, const char *message);

/* Called after each file; false ends with STATUS_STOPPED. */
typedef bool (*verify_progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);

struct verify_options {
    uint32_t number; /* of the snapshot; 0: the live one */
    verify_problem problem;
    verify_progress progress; /* may be NULL */
    void *context;            /* of both */
};

/* STATUS_OK when all is well, STATUS_FORMAT when there was any problem (all were reported; `error`
 * says how many), STATUS_NOT_FOUND when there is no such snapshot. */
enum status verify_snapshot(const struct archive *archive, const struct verify_options *options,
                            struct error *error) MUST_CHECK;

#endif
