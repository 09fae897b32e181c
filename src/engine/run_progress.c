#include "engine/run_progress.h"

enum status run_progress_init(struct run_progress *progress,
                              bool (*callback)(void *context,
                                               const struct fihris_progress *progress),
                              void *context, struct error *error)
{
    *progress = (struct run_progress){.callback = callback, .context = context};
    progress->now.phase = "plan";
    return mutex_init(&progress->mutex, error);
}

void run_progress_release(struct run_progress *progress)
{
    mutex_release(&progress->mutex);
}

/* Called with the mutex held, which it gives back. */
static bool tell_and_unlock(struct run_progress *progress)
{
    bool tell = progress->callback != NULL && !progress->calling && !progress->stopped;
    struct fihris_progress now = progress->now;
    progress->calling |= tell;
    bool go_on = !progress->stopped;
    mutex_unlock(&progress->mutex);
    if (!tell) {
        return go_on;
    }
    go_on = progress->callback(progress->context, &now);
    mutex_lock(&progress->mutex);
    progress->calling = false;
    progress->stopped |= !go_on;
    mutex_unlock(&progress->mutex);
    return go_on;
}

bool run_progress_phase(struct run_progress *progress, const char *phase, uint64_t bytes_total)
{
    mutex_lock(&progress->mutex);
    progress->now.phase = phase;
    progress->now.bytes_done = 0;
    progress->now.bytes_total = bytes_total;
    return tell_and_unlock(progress);
}

bool run_progress_add(struct run_progress *progress, uint64_t bytes, uint64_t articles,
                      uint64_t rejected)
{
    mutex_lock(&progress->mutex);
    progress->now.bytes_done += bytes;
    progress->now.articles += articles;
    progress->now.rejected += rejected;
    return tell_and_unlock(progress);
}

bool run_progress_set(struct run_progress *progress, uint64_t bytes_done, uint64_t bytes_total)
{
    mutex_lock(&progress->mutex);
    progress->now.bytes_done = bytes_done;
    progress->now.bytes_total = bytes_total;
    return tell_and_unlock(progress);
}

bool run_progress_plan(struct run_progress *progress, uint64_t memory, uint32_t threads)
{
    mutex_lock(&progress->mutex);
    progress->now.memory = memory;
    progress->now.threads = threads;
    return tell_and_unlock(progress);
}
