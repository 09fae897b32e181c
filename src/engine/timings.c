#include "engine/timings.h"

#include <assert.h>

#include "base/memory.h"

static_assert((int)FIHRIS_PHASE_COUNT == (int)PHASE_COUNT, "the summary has room for every phase");

void timings_start(struct timings *timings, bool wanted)
{
    *timings = (struct timings){.run = NULL};
    if (wanted) {
        timings->run = &timings->clock;
        phase_clock_start(timings->run, PHASE_PLAN, true);
    }
}

enum status timings_workers(struct timings *timings, size_t count, struct error *error)
{
    if (timings->run == NULL) {
        return STATUS_OK;
    }
    timings->workers = memory_zalloc(count, sizeof *timings->workers);
    timings->worker_count = count;
    return timings->workers == NULL ? error_no_memory(error, count * sizeof *timings->workers)
                                    : STATUS_OK;
}

struct phase_clock *timings_worker(const struct timings *timings, size_t number)
{
    assert(timings->workers == NULL || number < timings->worker_count);
    return timings->workers == NULL ? NULL : &timings->workers[number];
}

/* What building took beside what its parts took: starting threads, and what no worker does. */
static void fill_rest(struct phase_times *times)
{
    uint64_t parts = 0;
    for (enum phase i = 0; i < PHASE_COUNT; i++) {
        parts += phase_in_build(i) ? times->cpu_ns[i] : 0;
    }
    if (times->cpu_ns[PHASE_BUILD] > parts) {
        times->cpu_ns[PHASE_REST] += times->cpu_ns[PHASE_BUILD] - parts;
    }
}

void timings_finish(struct timings *timings, struct fihris_index_summary *summary)
{
    static const double nanosecond = 1e-9;
    if (timings->run == NULL) {
        return;
    }
    phase_clock_stop(timings->run);
    struct phase_times *times = &timings->run->times;
    for (size_t i = 0; timings->workers != NULL && i < timings->worker_count; i++) {
        phase_times_add(times, &timings->workers[i].times);
    }
    fill_rest(times);
    for (enum phase i = 0; i < PHASE_COUNT; i++) {
        summary->phases[i] =
            (struct fihris_phase){.name = phase_name(i),
                                  .part_of_build = phase_in_build(i),
                                  .serial = phase_is_serial(i),
                                  .cpu_seconds = (double)times->cpu_ns[i] * nanosecond,
                                  .elapsed_seconds = (double)times->elapsed_ns[i] * nanosecond};
    }
    summary->phase_count = PHASE_COUNT;
}

void timings_release(struct timings *timings)
{
    memory_free(timings->workers);
}
