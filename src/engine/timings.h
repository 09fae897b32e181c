#ifndef ENGINE_TIMINGS_H
#define ENGINE_TIMINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/phases.h"
#include "fihris.h"

/* The clocks of a run: one for the thread that leads it, which counts the processor time of all
 * threads, and one for each worker, which tells the parts of building apart. When nobody asks for
 * them there are none: `run` and `workers` are NULL. Not moved once started. */

struct timings {
    struct phase_clock *run; /* NULL: nobody measures */
    struct phase_clock *workers;
    size_t worker_count;
    struct phase_clock clock;
};

/* Begins in PHASE_PLAN. */
void timings_start(struct timings *timings, bool wanted);
/* Makes the clocks of the workers. */
enum status timings_workers(struct timings *timings, size_t count, struct error *error) MUST_CHECK;
/* The clock of one worker, or NULL. */
struct phase_clock *timings_worker(const struct timings *timings, size_t number);
/* Stops the run's clock and fills in `summary->phases`. The workers' are stopped. */
void timings_finish(struct timings *timings, struct fihris_index_summary *summary);
void timings_release(struct timings *timings);

#endif
