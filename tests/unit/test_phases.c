#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/phases.h"
#include "base/thread.h"

/* Times are compared with those of other clocks read around them, never with a fixed length: the
 * machine may be slow, and a thread may be stopped at any moment. */

static uint64_t ns(clockid_t which)
{
    struct timespec now = {0};
    assert_int_equal(clock_gettime(which, &now), 0);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void work(uint64_t cpu_ns)
{
    uint64_t until = ns(CLOCK_THREAD_CPUTIME_ID) + cpu_ns;
    while (ns(CLOCK_THREAD_CPUTIME_ID) < until) {
    }
}

static void wait(uint64_t elapsed_ns)
{
    struct timespec time = {.tv_nsec = (long)elapsed_ns};
    (void)nanosleep(&time, NULL);
}

static uint64_t sum(const uint64_t times[PHASE_COUNT])
{
    uint64_t total = 0;
    for (size_t i = 0; i < PHASE_COUNT; i++) {
        total += times[i];
    }
    return total;
}

static void names_are_there_and_differ(void **state)
{
    (void)state;
    for (enum phase i = 0; i < PHASE_COUNT; i++) {
        assert_non_null(phase_name(i));
        assert_false(phase_in_build(i) && phase_is_serial(i));
        for (enum phase k = 0; k < i; k++) {
            assert_string_not_equal(phase_name(i), phase_name(k));
        }
    }
    assert_false(phase_in_build(PHASE_BUILD));
    assert_true(phase_in_build(PHASE_READ));
    assert_true(phase_is_serial(PHASE_SYNC));
}

static void nobody_measures(void **state)
{
    (void)state;
    phase_clock_start(NULL, PHASE_REST, false);
    phase_enter(NULL, PHASE_READ);
    phase_clock_stop(NULL);
}

/* Every nanosecond between start and stop is in one phase, on either clock. */
static void nothing_is_lost_or_counted_twice(void **state)
{
    (void)state;
    struct phase_clock clock = {0};
    uint64_t cpu_outside = ns(CLOCK_THREAD_CPUTIME_ID);
    uint64_t outside = ns(CLOCK_MONOTONIC);
    phase_clock_start(&clock, PHASE_REST, false);
    uint64_t inside = ns(CLOCK_MONOTONIC);
    uint64_t cpu_inside = ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < 3 * PHASE_LAPS + 5; i++) {
        phase_enter(&clock, PHASE_READ);
        work(5000);
        phase_enter(&clock, PHASE_TOKENISE);
        work(10000);
    }
    phase_enter(&clock, PHASE_WRITE);
    wait(2000000);
    inside = ns(CLOCK_MONOTONIC) - inside;
    cpu_inside = ns(CLOCK_THREAD_CPUTIME_ID) - cpu_inside;
    phase_clock_stop(&clock);
    outside = ns(CLOCK_MONOTONIC) - outside;
    cpu_outside = ns(CLOCK_THREAD_CPUTIME_ID) - cpu_outside;

    const struct phase_times *times = &clock.times;
    assert_in_range(sum(times->elapsed_ns), inside, outside);
    /* A share is rounded down, by less than a nanosecond for each phase each time. */
    assert_in_range(sum(times->cpu_ns), cpu_inside - 100 * PHASE_COUNT, cpu_outside);
    assert_int_equal(times->elapsed_ns[PHASE_MERGE], 0);
    assert_int_equal(times->cpu_ns[PHASE_MERGE], 0);
}

static void processor_time_goes_where_the_work_is(void **state)
{
    (void)state;
    struct phase_clock clock = {0};
    phase_clock_start(&clock, PHASE_REST, false);
    for (int i = 0; i < 1000; i++) {
        phase_enter(&clock, PHASE_READ);
        work(2000);
        phase_enter(&clock, PHASE_TOKENISE);
        work(20000);
    }
    phase_enter(&clock, PHASE_WRITE);
    wait(20000000);
    phase_clock_stop(&clock);
    const struct phase_times *times = &clock.times;
    assert_true(times->cpu_ns[PHASE_TOKENISE] > 2 * times->cpu_ns[PHASE_READ]);
    assert_true(times->cpu_ns[PHASE_READ] > 0);
    /* Waiting is no work, and takes nothing from the others. */
    assert_true(times->elapsed_ns[PHASE_WRITE] >= 20000000);
    assert_true(times->cpu_ns[PHASE_WRITE] < times->elapsed_ns[PHASE_WRITE] / 2);
    assert_in_range(times->cpu_ns[PHASE_READ] + times->cpu_ns[PHASE_TOKENISE], 21900000,
                    UINT64_MAX);
}

static enum status work_in_thread(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    (void)error;
    struct phase_clock *clocks = context;
    phase_clock_start(&clocks[job], PHASE_READ, false);
    work(5000000);
    phase_clock_stop(&clocks[job]);
    return STATUS_OK;
}

static void a_process_clock_counts_all_threads(void **state)
{
    (void)state;
    struct phase_clock clocks[4] = {{.laps = 0}};
    struct phase_clock all = {0};
    phase_clock_start(&all, PHASE_PLAN, true);
    phase_enter(&all, PHASE_BUILD);
    assert_int_equal(thread_run(4, 4, work_in_thread, clocks, NULL), STATUS_OK);
    phase_clock_stop(&all);
    struct phase_times total = {.cpu_ns = {0}};
    for (size_t i = 0; i < 4; i++) {
        phase_times_add(&total, &clocks[i].times);
    }
    assert_true(total.cpu_ns[PHASE_READ] >= 4 * 5000000U);
    assert_true(all.times.cpu_ns[PHASE_BUILD] >= total.cpu_ns[PHASE_READ]);
    assert_true(total.elapsed_ns[PHASE_READ] >= clocks[0].times.elapsed_ns[PHASE_READ]);
}

static void started_again_it_adds(void **state)
{
    (void)state;
    struct phase_clock clock = {0};
    uint64_t last = 0;
    for (int i = 0; i < 3; i++) {
        phase_clock_start(&clock, PHASE_READ, false);
        work(1000000);
        phase_clock_stop(&clock);
        assert_in_range(clock.times.cpu_ns[PHASE_READ], last + 1000000, UINT64_MAX);
        last = clock.times.cpu_ns[PHASE_READ];
        wait(1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_there_and_differ),
        cmocka_unit_test(nobody_measures),
        cmocka_unit_test(nothing_is_lost_or_counted_twice),
        cmocka_unit_test(processor_time_goes_where_the_work_is),
        cmocka_unit_test(a_process_clock_counts_all_threads),
        cmocka_unit_test(started_again_it_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
