#ifndef ENGINE_PROGRESS_H
#define ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/thread.h"
#include "fihris.h"

/* What a run has done so far, told to the caller's callback. Locks itself: any thread may add.
 * Calls of the callback never overlap: a thread that finds one under way adds its share and goes
 * on. */

struct progress {
    struct mutex mutex;
    struct fihris_progress now; /* guarded by mutex */
    bool calling;               /* guarded by mutex */
    bool stopped;               /* guarded by mutex: the callback said so */
    bool (*callback)(void *context, const struct fihris_progress *progress);
    void *context;
};

enum status progress_init(struct progress *progress,
                          bool (*callback)(void *context, const struct fihris_progress *progress),
                          void *context, struct error *error) MUST_CHECK;
void progress_release(struct progress *progress);

/* Begins a phase; done is 0. Returns false when the run shall stop; so do the others. */
bool progress_phase(struct progress *progress, const char *phase, uint64_t bytes_total);
bool progress_add(struct progress *progress, uint64_t bytes, uint64_t articles, uint64_t rejected);
/* Sets what is done of the phase. */
bool progress_set(struct progress *progress, uint64_t bytes_done, uint64_t bytes_total);
/* Tells how many threads will run and what memory they may take. */
bool progress_plan(struct progress *progress, uint64_t memory, uint32_t threads);

#endif
