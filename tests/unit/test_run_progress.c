#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/run_progress.h"

enum { THREADS = 4, JOBS = 400, BYTES = 7 };

/* What the callback saw. */
struct watch {
    struct run_progress *progress;
    _Atomic int inside;
    _Atomic bool overlapped;
    _Atomic bool went_back;
    struct fihris_progress last; /* the callback's own: calls do not overlap */
    uint64_t calls;
    uint64_t stop_at; /* the call that says stop; 0: none */
};

static bool look(void *context, const struct fihris_progress *now)
{
    struct watch *watch = context;
    if (atomic_fetch_add(&watch->inside, 1) > 0) {
        atomic_store(&watch->overlapped, true);
    }
    if (now->bytes_done < watch->last.bytes_done || now->articles < watch->last.articles ||
        now->rejected < watch->last.rejected) {
        atomic_store(&watch->went_back, true);
    }
    watch->last = *now;
    watch->calls++;
    (void)sched_yield();
    atomic_fetch_sub(&watch->inside, 1);
    return watch->calls != watch->stop_at;
}

static enum status add(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    struct watch *watch = context;
    return run_progress_add(watch->progress, BYTES, 1, job % 2)
               ? STATUS_OK
               : error_set(error, STATUS_STOPPED, "stopped");
}

static void watch_begin(struct watch *watch, struct run_progress *progress, uint64_t stop_at)
{
    *watch = (struct watch){.progress = progress, .stop_at = stop_at};
    assert_int_equal(run_progress_init(progress, look, watch, NULL), STATUS_OK);
}

static void threads_add_up_and_never_overlap(void **state)
{
    (void)state;
    struct run_progress progress;
    struct watch watch;
    watch_begin(&watch, &progress, 0);
    assert_true(run_progress_phase(&progress, "build", (uint64_t)JOBS * BYTES));
    assert_int_equal(thread_run(THREADS, JOBS, add, &watch, NULL), STATUS_OK);
    assert_false(watch.overlapped);
    assert_false(watch.went_back);
    /* What a busy callback missed is in the next call. */
    assert_true(run_progress_add(&progress, 0, 0, 0));
    assert_string_equal(watch.last.phase, "build");
    assert_int_equal(watch.last.bytes_done, JOBS * BYTES);
    assert_int_equal(watch.last.bytes_total, JOBS * BYTES);
    assert_int_equal(watch.last.articles, JOBS);
    assert_int_equal(watch.last.rejected, JOBS / 2);
    run_progress_release(&progress);
}

static void stop_is_for_good(void **state)
{
    (void)state;
    struct run_progress progress;
    struct watch watch;
    watch_begin(&watch, &progress, 3);
    assert_true(run_progress_plan(&progress, 1000, 2));
    assert_int_equal(watch.last.memory, 1000);
    assert_int_equal(watch.last.threads, 2);
    assert_true(run_progress_phase(&progress, "learn", 10));
    assert_false(run_progress_set(&progress, 5, 20));
    assert_int_equal(watch.last.bytes_done, 5);
    assert_int_equal(watch.last.bytes_total, 20);
    /* Every later call says stop, and nobody is told any more. */
    assert_false(run_progress_add(&progress, 1, 1, 1));
    assert_false(run_progress_phase(&progress, "build", 1));
    assert_false(run_progress_set(&progress, 1, 1));
    assert_false(run_progress_plan(&progress, 1, 1));
    assert_int_equal(watch.calls, 3);
    run_progress_release(&progress);
}

static void stop_reaches_every_thread(void **state)
{
    (void)state;
    struct run_progress progress;
    struct watch watch;
    struct error error = {0};
    watch_begin(&watch, &progress, 1);
    assert_int_equal(thread_run(THREADS, JOBS, add, &watch, &error), STATUS_STOPPED);
    assert_int_equal(watch.calls, 1);
    assert_false(watch.overlapped);
    run_progress_release(&progress);
}

static void a_phase_begins_at_nothing(void **state)
{
    (void)state;
    struct run_progress progress;
    struct watch watch;
    watch_begin(&watch, &progress, 0);
    assert_true(run_progress_add(&progress, 10, 2, 1));
    assert_string_equal(watch.last.phase, "plan");
    watch.last.bytes_done = 0;
    assert_true(run_progress_phase(&progress, "merge", 99));
    assert_int_equal(watch.last.bytes_done, 0);
    assert_int_equal(watch.last.articles, 2); /* these count for the whole run */
    assert_int_equal(watch.last.rejected, 1);
    run_progress_release(&progress);
}

static void nobody_need_listen(void **state)
{
    (void)state;
    struct run_progress progress;
    assert_int_equal(run_progress_init(&progress, NULL, NULL, NULL), STATUS_OK);
    assert_true(run_progress_phase(&progress, "build", 5));
    assert_true(run_progress_add(&progress, 5, 1, 0));
    assert_int_equal(progress.now.bytes_done, 5);
    run_progress_release(&progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_add_up_and_never_overlap),
        cmocka_unit_test(stop_is_for_good),
        cmocka_unit_test(stop_reaches_every_thread),
        cmocka_unit_test(a_phase_begins_at_nothing),
        cmocka_unit_test(nobody_need_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
