#ifndef INDEX_MERGE_PROGRESS_H
#define INDEX_MERGE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* Tells the caller of a merge, a MiB at a time, how many bytes are written, and asks whether to go
 * on. One thread at a time: whoever is writing to the new segment. */

struct merge_progress {
    bool (*written)(void *context, uint64_t bytes); /* of struct merge_options; NULL: nobody asks */
    void *context;
    uint64_t unreported;
};

/* STATUS_STOPPED when the caller wants no more. */
enum status merge_progress_add(struct merge_progress *progress, uint64_t bytes,
                               struct error *error) MUST_CHECK;

/* Tells what is left to tell. */
enum status merge_progress_flush(struct merge_progress *progress, struct error *error) MUST_CHECK;

#endif
