#ifndef ENGINE_RUN_PROGRESS_H
#define ENGINE_RUN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/thread.h"
#include "fihris.h"

/* What a run has done so far, told to the caller's callback. Locks itself: any thread may add.
 * Calls of the callback never overlap: a thread that finds one under way adds its share and goes
 * on. */

struct run_progress {
    struct mutex mutex;
    struct fihris_progress now; /* guarded by mutex */
    bool calling;               /* guarded by mutex */
    bool stopped;               /* guarded by mutex: the callback said so */
    bool (*callback)(void *context, const struct fihris_progress *progress);
    void *context;
};

enum status run_progress_init(struct run_progress *progress,
                              bool (*callback)(void *context,
                                               const struct fihris_progress *progress),
                              void *context, struct error *error) MUST_CHECK;
void run_progress_release(struct run_progress *progress);

/* Begins a phase; done is 0. Returns false when the run shall stop; so do the others. */
bool run_progress_phase(struct run_progress *progress, const char *phase, uint64_t bytes_total);
bool run_progress_add(struct run_progress *progress, uint64_t bytes, uint64_t articles,
                      uint64_t rejected);
/* Sets what is done of the phase. */
bool run_progress_set(struct run_progress *progress, uint64_t bytes_done, uint64_t bytes_total);
/* Tells how many threads will run and what memory they may take. */
bool run_progress_plan(struct run_progress *progress, uint64_t memory, uint32_t threads);

#endif
