#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/thread.h"

enum { JOBS = 500, WORKERS = 7 };

struct log {
    struct mutex lock;
    unsigned done[JOBS];
    unsigned busy[WORKERS]; /* jobs a worker is inside: never above 1 */
    size_t bad_from;        /* jobs from here on fail */
    size_t handed;
};

static enum status job(void *context, size_t worker, size_t number, struct error *error)
{
    struct log *log = context;
    assert_true(worker < WORKERS && number < JOBS);
    mutex_lock(&log->lock);
    assert_int_equal(log->busy[worker], 0);
    log->busy[worker]++;
    log->done[number]++;
    log->handed++;
    mutex_unlock(&log->lock);
    mutex_lock(&log->lock);
    log->busy[worker]--;
    mutex_unlock(&log->lock);
    if (number >= log->bad_from) {
        return error_set(error, STATUS_LIMIT, "job %zu", number);
    }
    return STATUS_OK;
}

static void each_job_runs_once(void **state)
{
    (void)state;
    for (size_t workers = 1; workers <= WORKERS; workers++) {
        struct log log = {.bad_from = JOBS};
        struct error error = {.code = STATUS_OK};
        assert_int_equal(mutex_init(&log.lock, &error), STATUS_OK);
        assert_int_equal(thread_run(workers, JOBS, job, &log, &error), STATUS_OK);
        for (size_t i = 0; i < JOBS; i++) {
            assert_int_equal(log.done[i], 1);
        }
        mutex_release(&log.lock);
    }
}

static void no_jobs_is_fine(void **state)
{
    (void)state;
    struct error error = {.code = STATUS_OK};
    assert_int_equal(thread_run(4, 0, job, NULL, &error), STATUS_OK);
}

/* Jobs are handed out in order, so the lowest that fails is handed out before any other that
 * fails: the message is always the same. */
static void lowest_failure_is_told(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < 40; bad++) {
        struct log log = {.bad_from = bad};
        struct error error = {.code = STATUS_OK};
        char expected[32];
        (void)snprintf(expected, sizeof expected, "job %zu", bad);
        assert_int_equal(mutex_init(&log.lock, &error), STATUS_OK);
        assert_int_equal(thread_run(WORKERS, JOBS, job, &log, &error), STATUS_LIMIT);
        assert_int_equal(error.code, STATUS_LIMIT);
        assert_string_equal(error.message, expected);
        assert_true(log.handed <= bad + WORKERS); /* no new job after the failure */
        assert_int_equal(thread_run(1, JOBS, job, &log, NULL), STATUS_LIMIT);
        mutex_release(&log.lock);
    }
}

static void there_is_a_processor(void **state)
{
    (void)state;
    assert_true(thread_processors() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_runs_once),
        cmocka_unit_test(no_jobs_is_fine),
        cmocka_unit_test(lowest_failure_is_told),
        cmocka_unit_test(there_is_a_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
