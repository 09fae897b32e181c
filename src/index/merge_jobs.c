#include "index/merge_jobs.h"

#include <assert.h>

#include "base/memory.h"
#include "base/thread.h"
#include "index/merge_cuts.h"
#include "index/merge_documents.h"
#include "index/merge_lexicon.h"
#include "index/merge_tables.h"

#define KEYS_BYTES_MAX ((size_t)1 << 30)

/* How much may wait in memory until it is its turn to be written. */
#define AHEAD_BYTES            ((size_t)64 << 20)
#define AHEAD_BYTES_PER_THREAD ((size_t)32 << 20)

struct range_job {
    enum store_database table;
    struct merge_range_keys range;
    struct lexicon_batch batch; /* of names and ids the entries alone: merge_tables.h */
    bool done;                  /* guarded by run.mutex: the batch may be written */
};

/* What is merged by ranges, in the order in which it is written. */
static const enum store_database ranged[] = {STORE_TERMS, STORE_ENTITIES, STORE_NAMES, STORE_IDS};
enum { RANGED = sizeof ranged / sizeof ranged[0] };

/* What the threads of one merge share. Job 0 copies the documents, job k merges jobs[k - 1].
 * Whoever finishes the job that is next to be written writes it, and those behind it that are done.
 */
struct run {
    const struct merge_work *work;
    struct merge_side *sides; /* the segments, for the walks */
    struct intern *dropped;   /* keys of entities that are gone: all their documents are */
    struct range_job *jobs;
    size_t job_count;
    struct buffer keys;              /* strings at which ranges are cut; the jobs point into it */
    struct lexicon_merger **mergers; /* one a worker, made when needed */
    struct buffer *spares; /* mutex: of batches that were written, a thread and one more at most */
    size_t spare_count;    /* mutex */
    struct mutex mutex;
    struct condition written; /* `next`, `waiting` or `failed` changed */
    size_t next;              /* mutex: number of the job to be written next */
    size_t waiting;           /* mutex: bytes of the batches that are done and not written */
    bool writing;             /* mutex: some thread is writing it */
    bool failed;              /* mutex */
};

/* Makes the jobs of one table from `count` cuts that `keys` goes on with. */
static void add_jobs(struct run *run, enum store_database table, size_t count,
                     struct byte_reader *keys)
{
    const unsigned char *from = NULL;
    size_t from_size = 0;
    for (size_t i = 0; i <= count; i++) {
        struct range_job *job = &run->jobs[run->job_count++];
        job->table = table;
        job->range = (struct merge_range_keys){.from = from, .from_size = from_size};
        if (i < count) {
            from = byte_reader_string(keys, &from_size);
            job->range.to = from;
            job->range.to_size = from_size;
        }
        lexicon_batch_init(&job->batch, table);
    }
    assert(!keys->failed);
}

static enum status make_jobs(struct run *run, struct error *error)
{
    size_t cuts[RANGED] = {0};
    size_t jobs = RANGED;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < RANGED; i++) {
        status = merge_cuts(run->sides, run->work->count, run->work->threads, ranged[i], &run->keys,
                            &cuts[i], error);
        jobs += cuts[i];
    }
    if (status != STATUS_OK) {
        return status;
    }
    run->jobs = memory_zalloc(jobs, sizeof *run->jobs);
    if (run->jobs == NULL) {
        return error_no_memory(error, jobs * sizeof *run->jobs);
    }
    struct byte_reader keys = byte_reader_over(run->keys.bytes, run->keys.size);
    for (size_t i = 0; i < RANGED; i++) {
        add_jobs(run, ranged[i], cuts[i], &keys);
    }
    return STATUS_OK;
}

static enum status run_init(struct run *run, struct error *error)
{
    const struct merge_work *work = run->work;
    buffer_init(&run->keys, KEYS_BYTES_MAX);
    run->sides = memory_zalloc(work->count, sizeof *run->sides);
    run->dropped = intern_new(KEYS_BYTES_MAX);
    run->mergers = memory_zalloc(work->threads, sizeof(struct lexicon_merger *));
    run->spares = memory_zalloc(work->threads + 1, sizeof *run->spares);
    if (run->sides == NULL || run->dropped == NULL || run->mergers == NULL || run->spares == NULL) {
        return error_no_memory(error, work->count * sizeof *run->sides);
    }
    for (size_t i = 0; i < work->count; i++) {
        const struct merge_numbers *numbers = &work->numbers[i];
        run->sides[i] = (struct merge_side){.store = segment_store(numbers->segment),
                                            .document_count = numbers->document_count,
                                            .deleted_count = numbers->deleted_count,
                                            .documents = numbers->documents};
        store_hold_little(run->sides[i].store);
    }
    return make_jobs(run, error);
}

static void run_release(struct run *run)
{
    for (size_t i = 0; i < run->job_count; i++) {
        lexicon_batch_release(&run->jobs[i].batch);
    }
    for (size_t i = 0; run->mergers != NULL && i < run->work->threads; i++) {
        lexicon_merger_free(run->mergers[i]);
    }
    for (size_t i = 0; i < run->spare_count; i++) {
        buffer_release(&run->spares[i]);
    }
    memory_free(run->spares);
    memory_free(run->jobs);
    memory_free(run->mergers);
    memory_free(run->sides);
    intern_free(run->dropped);
    buffer_release(&run->keys);
}

/* What a batch was gathered in serves another: it has grown, and fresh memory costs more than what
 * is written into it. */
static void take_spare(struct run *run, struct lexicon_batch *batch)
{
    mutex_lock(&run->mutex);
    if (run->spare_count > 0) {
        batch->entries = run->spares[--run->spare_count];
    }
    mutex_unlock(&run->mutex);
}

static void keep_spare(struct run *run, struct lexicon_batch *batch)
{
    mutex_lock(&run->mutex);
    if (run->spare_count <= run->work->threads) {
        buffer_clear(&batch->entries);
        run->spares[run->spare_count++] = batch->entries;
        buffer_init(&batch->entries, batch->entries.size_max);
    }
    mutex_unlock(&run->mutex);
}

static enum status note_dropped(struct run *run, const struct lexicon_batch *batch,
                                struct error *error)
{
    struct byte_reader keys = byte_reader_over(batch->dropped.bytes, batch->dropped.size);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && batch->lexicon == STORE_ENTITIES && byte_reader_left(&keys) > 0) {
        size_t size = 0;
        const void *key = byte_reader_string(&keys, &size);
        uint32_t number = 0;
        status = intern_add(run->dropped, key, size, &number, NULL, error);
    }
    return status;
}

static enum status write_job(struct run *run, struct range_job *job, struct error *error)
{
    struct segment_writer *writer = run->work->writer;
    enum status status = STATUS_OK;
    if (job->table == STORE_NAMES) {
        status = merge_names_append(&job->batch.entries, run->dropped, writer, error);
    } else if (job->table == STORE_IDS) {
        status = merge_ids_append(&job->batch.entries, writer, error);
    } else {
        status = lexicon_batch_append(&job->batch, writer, error);
    }
    if (status == STATUS_OK) {
        status = note_dropped(run, &job->batch, error);
    }
    if (status == STATUS_OK) {
        status = merge_progress_add(run->work->progress, job->batch.entries.size, error);
    }
    keep_spare(run, &job->batch);
    lexicon_batch_release(&job->batch);
    return status;
}

/* Writes what is due, unless another thread does. */
static enum status write_due(struct run *run, struct error *error)
{
    enum status status = STATUS_OK;
    mutex_lock(&run->mutex);
    while (!run->writing && !run->failed && run->next <= run->job_count && run->next > 0 &&
           run->jobs[run->next - 1].done) {
        struct range_job *job = &run->jobs[run->next - 1];
        size_t size = job->batch.entries.size;
        run->writing = true;
        mutex_unlock(&run->mutex);
        status = write_job(run, job, error);
        mutex_lock(&run->mutex);
        run->writing = false;
        run->waiting -= size;
        run->next++;
        run->failed |= status != STATUS_OK;
        condition_wake_all(&run->written);
    }
    mutex_unlock(&run->mutex);
    return status;
}

static void note_end(struct run *run, size_t job, enum status status)
{
    mutex_lock(&run->mutex);
    run->failed |= status != STATUS_OK;
    if (job == 0) {
        run->next = 1;
    } else {
        run->jobs[job - 1].done = true;
        run->waiting += run->jobs[job - 1].batch.entries.size;
    }
    condition_wake_all(&run->written);
    mutex_unlock(&run->mutex);
}

/* Nobody begins another batch while too much waits. Returns false when another job failed. The job
 * to be written next never waits, so somebody always goes on. */
static bool wait_for_turn(struct run *run, size_t job)
{
    size_t most = AHEAD_BYTES + AHEAD_BYTES_PER_THREAD * run->work->threads;
    mutex_lock(&run->mutex);
    while (!run->failed && job > run->next && run->waiting >= most) {
        condition_wait(&run->written, &run->mutex);
    }
    bool go_on = !run->failed;
    mutex_unlock(&run->mutex);
    return go_on;
}

static enum status merge_range_job(struct run *run, size_t worker, struct range_job *job,
                                   struct error *error)
{
    enum status status = STATUS_OK;
    if (run->mergers[worker] == NULL) {
        status = lexicon_merger_new(run->sides, run->work->count, run->work->threads > 1,
                                    run->work->length_codes, &run->mergers[worker], error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct lexicon_merger *merger = run->mergers[worker];
    take_spare(run, &job->batch);
    if (job->table == STORE_NAMES) {
        return merge_names_range(lexicon_merger_walk(merger), &job->range, &job->batch.entries,
                                 error);
    }
    if (job->table == STORE_IDS) {
        return merge_ids_range(lexicon_merger_walk(merger), &job->range, &job->batch.entries,
                               error);
    }
    return lexicon_merger_range(merger, &job->range, &job->batch, error);
}

static enum status run_job(void *context, size_t worker, size_t job, struct error *error)
{
    struct run *run = context;
    const struct merge_work *work = run->work;
    enum status status = STATUS_OK;
    if (job == 0) {
        status = merge_documents(work->numbers, work->count, work->compression_level, work->writer,
                                 work->progress, error);
    } else if (wait_for_turn(run, job)) {
        status = merge_range_job(run, worker, &run->jobs[job - 1], error);
    } else {
        return STATUS_OK; /* the job that failed says why */
    }
    note_end(run, job, status);
    return status == STATUS_OK ? write_due(run, error) : status;
}

enum status merge_jobs_run(const struct merge_work *work, struct error *error)
{
    assert(work->threads > 0);
    struct run run = {.work = work};
    enum status status = mutex_init(&run.mutex, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = condition_init(&run.written, error);
    if (status != STATUS_OK) {
        mutex_release(&run.mutex);
        return status;
    }
    status = run_init(&run, error);
    if (status == STATUS_OK) {
        status = thread_run(work->threads, run.job_count + 1, run_job, &run, error);
    }
    run_release(&run);
    condition_release(&run.written);
    mutex_release(&run.mutex);
    return status;
}
