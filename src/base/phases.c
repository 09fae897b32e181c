#include "base/phases.h"

#include <assert.h>
#include <time.h>

/* `often`: alternates many times a shard. */
static const struct {
    const char *name;
    bool often;
    bool in_build;
    bool serial;
} phases[PHASE_COUNT] = {
    [PHASE_PLAN] = {.name = "plan", .serial = true},
    [PHASE_LEARN] = {.name = "learn"},
    [PHASE_MODEL] = {.name = "model", .serial = true},
    [PHASE_BUILD] = {.name = "build"},
    [PHASE_READ] = {.name = "read", .often = true, .in_build = true},
    [PHASE_TOKENISE] = {.name = "tokenise", .often = true, .in_build = true},
    [PHASE_WORDS] = {.name = "words", .often = true, .in_build = true},
    [PHASE_ENTITIES] = {.name = "entities", .often = true, .in_build = true},
    [PHASE_DOCUMENTS] = {.name = "documents", .often = true, .in_build = true},
    [PHASE_INVERT] = {.name = "invert", .often = true, .in_build = true},
    [PHASE_WRITE] = {.name = "write", .in_build = true},
    [PHASE_REST] = {.name = "rest", .in_build = true},
    [PHASE_MERGE] = {.name = "merge"},
    [PHASE_SEAL] = {.name = "seal", .serial = true},
    [PHASE_SYNC] = {.name = "sync", .serial = true},
};

const char *phase_name(enum phase phase)
{
    return phases[phase].name;
}

bool phase_in_build(enum phase phase)
{
    return phases[phase].in_build;
}

bool phase_is_serial(enum phase phase)
{
    return phases[phase].serial;
}

void phase_times_add(struct phase_times *times, const struct phase_times *more)
{
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        times->cpu_ns[i] += more->cpu_ns[i];
        times->elapsed_ns[i] += more->elapsed_ns[i];
    }
}

static uint64_t clock_ns(clockid_t which)
{
    struct timespec now = {0};
    (void)clock_gettime(which, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* Gives the phases since the last time their shares of the processor time since. */
static void share_out(struct phase_clock *clock)
{
    uint64_t now = clock_ns(clock->process ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
    uint64_t elapsed = 0;
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        elapsed += clock->laps_ns[i];
    }
    double share = elapsed == 0 ? 0 : (double)(now - clock->cpu_at_ns) / (double)elapsed;
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        clock->times.elapsed_ns[i] += clock->laps_ns[i];
        clock->times.cpu_ns[i] += (uint64_t)((double)clock->laps_ns[i] * share);
        clock->laps_ns[i] = 0;
    }
    clock->cpu_at_ns = now;
    clock->laps = 0;
}

static void end_lap(struct phase_clock *clock)
{
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    clock->laps_ns[clock->phase] += now - clock->elapsed_at_ns;
    clock->elapsed_at_ns = now;
    clock->laps++;
}

void phase_clock_start(struct phase_clock *clock, enum phase phase, bool process)
{
    if (clock == NULL) {
        return;
    }
    clock->phase = phase;
    clock->process = process;
    clock->elapsed_at_ns = clock_ns(CLOCK_MONOTONIC);
    clock->cpu_at_ns = clock_ns(process ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
}

void phase_clock_stop(struct phase_clock *clock)
{
    if (clock != NULL) {
        end_lap(clock);
        share_out(clock);
    }
}

void phase_clock_enter(struct phase_clock *clock, enum phase phase)
{
    assert(phase < PHASE_COUNT);
    end_lap(clock);
    bool often = phases[clock->phase].often && phases[phase].often;
    if (!often || clock->laps >= PHASE_LAPS) {
        share_out(clock);
    }
    clock->phase = phase;
}
