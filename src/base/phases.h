#ifndef BASE_PHASES_H
#define BASE_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a run spends its time. A clock belongs to one thread at a time and is always in one phase;
 * entering another charges the time since to the one left. Whoever does the work says what it is:
 *
 *     phase_enter(clock, PHASE_TOKENISE);
 *
 * where `clock` may be NULL: nobody measures, and it costs one comparison. Layers name phases, so
 * the list stands here below them all.
 *
 * Two times are kept: elapsed, and that of the processor. Processor time takes a system call (390
 * ns here), elapsed time does not (22 ns): phases that alternate several times an article are
 * measured by elapsed time, and every PHASE_LAPS of them share the processor time that they took
 * together. So a moment in which the thread did not run is spread over a few articles' work instead
 * of counting in full. Phases that happen once a shard or once a run read both clocks. */

enum phase {
    PHASE_PLAN,  /* inputs and shards; what is opened; which articles are replaced */
    PHASE_LEARN, /* reading the sample */
    PHASE_MODEL, /* evidence and symbols from it */
    PHASE_BUILD, /* all shards; the next ones are its parts */
    PHASE_READ,
    PHASE_TOKENISE,
    PHASE_WORDS,
    PHASE_ENTITIES,
    PHASE_DOCUMENTS,
    PHASE_INVERT,
    PHASE_WRITE,
    PHASE_REST, /* of building */
    PHASE_MERGE,
    PHASE_SEAL, /* the end of a merge: the smallest tables, B-tree, digest */
    PHASE_SYNC, /* to disk, names, manifest, cleaning up */
    PHASE_COUNT
};

enum { PHASE_LAPS = 64 };

/* Stable, one word. */
const char *phase_name(enum phase phase);
/* It is a part of PHASE_BUILD. */
bool phase_in_build(enum phase phase);
/* One thread alone can do it, however many there are. */
bool phase_is_serial(enum phase phase);

struct phase_times {
    uint64_t cpu_ns[PHASE_COUNT];
    uint64_t elapsed_ns[PHASE_COUNT];
};
void phase_times_add(struct phase_times *times, const struct phase_times *more);

/* Filled with zeros before its first use. */
struct phase_clock {
    struct phase_times times;
    uint64_t laps_ns[PHASE_COUNT]; /* elapsed since the processor time was read */
    uint64_t elapsed_at_ns;        /* when the phase was entered */
    uint64_t cpu_at_ns;            /* the processor time last read */
    uint32_t laps;
    enum phase phase;
    bool process;
};

/* Begins in `phase`, on the thread that will call the others until phase_clock_stop(). `process`:
 * counts the processor time of all threads, for the one that starts and joins them. Started again
 * after a stop, it adds to its times. Both accept NULL. */
void phase_clock_start(struct phase_clock *clock, enum phase phase, bool process);
void phase_clock_stop(struct phase_clock *clock);
void phase_clock_enter(struct phase_clock *clock, enum phase phase);

static inline void phase_enter(struct phase_clock *clock, enum phase phase)
{
    if (clock != NULL) {
        phase_clock_enter(clock, phase);
    }
}

#endif
