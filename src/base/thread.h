#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/* Threads: the only file that includes <pthread.h>. Work is handed over as numbered jobs; what
 * the jobs share is immutable or locks itself. */

struct mutex {
    pthread_mutex_t handle;
};

enum status mutex_init(struct mutex *mutex, struct error *error) MUST_CHECK;
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
void mutex_release(struct mutex *mutex);

/* Waiting for something that another thread changes under the same mutex. */
struct condition {
    pthread_cond_t handle;
};

enum status condition_init(struct condition *condition, struct error *error) MUST_CHECK;
/* The mutex is held; it is given back while waiting. May return without reason: ask again. */
void condition_wait(struct condition *condition, struct mutex *mutex);
void condition_wake_all(struct condition *condition);
void condition_release(struct condition *condition);

/* One job of a run: `worker` is 0..workers-1 and stays with one thread, so that per-worker state
 * needs no lock; `job` is 0..jobs-1, handed out in ascending order. */
typedef enum status (*job_function)(void *context, size_t worker, size_t job, struct error *error);

/* Runs `jobs` jobs on `workers` threads (the caller's is one of them; at least 1) and returns
 * when all are done. After the first failure no new job starts; the error of the failed job with
 * the lowest number is returned, so that the answer does not depend on timing more than it must. */
enum status thread_run(size_t workers, size_t jobs, job_function function, void *context,
                       struct error *error) MUST_CHECK;

/* Processors this process may use, at least 1. */
size_t thread_processors(void);

#endif
