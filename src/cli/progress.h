#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "fihris.h"

/* One line on standard error that tells how far a run is: phase, bytes, rate, time left. Nothing
 * at all when standard error is no terminal, apart from one line that states threads and memory
 * before the work begins. */

struct progress {
    atomic_flag busy; /* the library may call from several threads: who comes second passes on */
    bool quiet;
    bool terminal;
    bool announced; /* the fields from here on: by whoever holds `busy` */
    bool drawn;
    const char *phase;
    uint64_t phase_bytes; /* done when the phase began */
    struct timespec phase_start;
    struct timespec last;
};

void progress_init(struct progress *progress, bool quiet);
/* For struct fihris_index_options; `context` is the struct progress. Never asks to stop: a killed
 * run goes on where it was. */
bool progress_update(void *context, const struct fihris_progress *now);
/* Clears the line. */
void progress_finish(struct progress *progress);

#endif
