/* sched_getaffinity() counts what a batch system or taskset lets this process use; POSIX has only
 * the number of processors of the whole machine. */
#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): glibc's name */
#include "base/thread.h"

#include <assert.h>
#include <sched.h>
#include <unistd.h>

#include "base/memory.h"

enum status mutex_init(struct mutex *mutex, struct error *error)
{
    int reason = pthread_mutex_init(&mutex->handle, NULL);
    if (reason != 0) {
        return error_set(error, STATUS_NOMEM, "cannot make a lock: error %d", reason);
    }
    return STATUS_OK;
}

void mutex_lock(struct mutex *mutex)
{
    int reason = pthread_mutex_lock(&mutex->handle);
    assert(reason == 0);
}

void mutex_unlock(struct mutex *mutex)
{
    int reason = pthread_mutex_unlock(&mutex->handle);
    assert(reason == 0);
}

void mutex_release(struct mutex *mutex)
{
    if (mutex != NULL) {
        int reason = pthread_mutex_destroy(&mutex->handle);
        assert(reason == 0);
    }
}

enum status condition_init(struct condition *condition, struct error *error)
{
    int reason = pthread_cond_init(&condition->handle, NULL);
    if (reason != 0) {
        return error_set(error, STATUS_NOMEM, "cannot make a condition: error %d", reason);
    }
    return STATUS_OK;
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    int reason = pthread_cond_wait(&condition->handle, &mutex->handle);
    assert(reason == 0);
}

void condition_wake_all(struct condition *condition)
{
    int reason = pthread_cond_broadcast(&condition->handle);
    assert(reason == 0);
}

void condition_release(struct condition *condition)
{
    if (condition != NULL) {
        int reason = pthread_cond_destroy(&condition->handle);
        assert(reason == 0);
    }
}

/* What the threads of one thread_run() share. */
struct run {
    job_function function;
    void *context;
    size_t jobs;
    struct mutex lock;
    size_t next;        /* `lock`: the first job not handed out */
    bool failed;        /* `lock` */
    size_t failed_job;  /* `lock`: lowest that failed */
    struct error error; /* `lock`: of that job */
};

struct runner {
    struct run *run;
    size_t worker;
    pthread_t thread;
};

/* Records the result of the job before, and takes the next one. False: nothing left to do. */
static bool run_next(struct run *run, bool failed, const struct error *error, size_t *job)
{
    mutex_lock(&run->lock);
    if (failed && (!run->failed || *job < run->failed_job)) {
        run->failed = true;
        run->failed_job = *job;
        run->error = *error;
    }
    bool more = !run->failed && run->next < run->jobs;
    if (more) {
        *job = run->next++;
    }
    mutex_unlock(&run->lock);
    return more;
}

static void *runner_main(void *argument)
{
    struct runner *runner = argument;
    struct run *run = runner->run;
    struct error error = {.code = STATUS_OK};
    enum status status = STATUS_OK;
    size_t job = 0;
    while (run_next(run, status != STATUS_OK, &error, &job)) {
        error = (struct error){.code = STATUS_OK};
        status = run->function(run->context, runner->worker, job, &error);
        error.code = status;
    }
    return NULL;
}

enum status thread_run(size_t workers, size_t jobs, job_function function, void *context,
                       struct error *error)
{
    assert(workers >= 1);
    workers = workers > jobs ? jobs : workers;
    if (workers == 0) {
        return STATUS_OK;
    }
    struct run run = {.function = function, .context = context, .jobs = jobs};
    struct runner *runners = memory_zalloc(workers, sizeof *runners);
    if (runners == NULL) {
        return error_no_memory(error, workers * sizeof *runners);
    }
    enum status status = mutex_init(&run.lock, error);
    if (status != STATUS_OK) {
        memory_free(runners);
        return status;
    }
    /* When the system gives fewer threads than asked for, the ones there are do all the work: the
     * result is the same. */
    size_t started = 1;
    for (size_t i = 0; i < workers; i++) {
        runners[i] = (struct runner){.run = &run, .worker = i};
    }
    while (started < workers &&
           pthread_create(&runners[started].thread, NULL, runner_main, &runners[started]) == 0) {
        started++;
    }
    (void)runner_main(&runners[0]);
    for (size_t i = 1; i < started; i++) {
        int reason = pthread_join(runners[i].thread, NULL);
        assert(reason == 0);
    }
    mutex_release(&run.lock);
    memory_free(runners);
    if (run.failed) {
        assert(run.error.code != STATUS_OK);
        return error_set(error, run.error.code, "%s", run.error.message);
    }
    return STATUS_OK;
}

size_t thread_processors(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0) {
        return (size_t)CPU_COUNT(&allowed);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (size_t)online;
}
