#include "index/merge.h"

#include <assert.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/memory.h"
#include "base/thread.h"
#include "index/merge_lexicon.h"
#include "index/merge_tables.h"
#include "index/merge_walk.h"

#define STRINGS_BYTES_MAX ((size_t)1 << 30)

/* One input on its way through a merge. */
struct side {
    struct segment *segment;
    uint32_t document_count;
    uint32_t deleted_count;
    doc_id *documents; /* new number of each document, DOC_ID_END when deleted */
    uint32_t *sources; /* new number of each source */
    uint32_t *inputs;
};

struct merge {
    const struct merge_options *options;
    struct side *sides;
    struct merge_side *walked; /* the same for the walks */
    size_t side_count;
    struct segment_writer *writer;
    struct document_packer packer; /* documents out of frames that lost some */
    struct buffer list;
    struct intern *source_names;
    struct intern *input_paths;
    struct intern *dropped; /* keys of entities that are gone: all their documents are */
    uint32_t ledger_count;
    uint32_t *lengths; /* of the new documents */
    uint32_t new_count;
    uint64_t unreported;
};

/* ---- Progress ---- */

static enum status report(struct merge *merge, uint64_t bytes, bool flush, struct error *error)
{
    enum { REPORT_BYTES = 1 << 20 };
    merge->unreported += bytes;
    if (merge->options->written == NULL || (merge->unreported < REPORT_BYTES && !flush)) {
        return STATUS_OK;
    }
    bool go_on = merge->options->written(merge->options->context, merge->unreported);
    merge->unreported = 0;
    return go_on ? STATUS_OK : error_set(error, STATUS_STOPPED, "merge stopped on request");
}

/* ---- Documents ---- */

static enum status map_names(const struct side *side, enum store_database table,
                             struct intern *names, uint32_t **map, struct error *error)
{
    struct buffer numbers;
    buffer_init(&numbers, STRINGS_BYTES_MAX);
    struct table_cursor cursor;
    bool found = false;
    enum status status =
        table_cursor_seek(&cursor, segment_store(side->segment), table, NULL, 0, &found, error);
    while (status == STATUS_OK && found) {
        uint32_t number = 0;
        status = intern_add(names, cursor.value, cursor.value_size, &number, NULL, error);
        if (status == STATUS_OK) {
            status = buffer_append(&numbers, &number, sizeof number, error);
        }
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    /* One more entry, so that an empty table still has memory, and numbers can be bounded. */
    uint32_t count = (uint32_t)(numbers.size / sizeof count);
    if (status == STATUS_OK) {
        status = buffer_append(&numbers, &count, sizeof count, error);
    }
    if (status == STATUS_OK) {
        memmove(numbers.bytes + sizeof count, numbers.bytes, count * sizeof count);
        memcpy(numbers.bytes, &count, sizeof count);
    }
    *map = (uint32_t *)(void *)numbers.bytes;
    return status;
}

/* Entry 0 of a map is how many there are. */
static enum status map_number(const uint32_t *map, uint64_t *number, struct error *error)
{
    if (*number >= map[0]) {
        return error_set(error, STATUS_FORMAT,
                         "a document names a source or input that is missing");
    }
    *number = map[1 + *number];
    return STATUS_OK;
}

static enum status copy_columns(struct merge *merge, const struct side *side, doc_id document,
                                struct error *error)
{
    uint64_t columns[COLUMN_COUNT];
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < COLUMN_COUNT; i++) {
        status =
            segment_column(side->segment, (enum segment_column)i, document, &columns[i], error);
    }
    if (status == STATUS_OK) {
        status = map_number(side->sources, &columns[COLUMN_SOURCE], error);
    }
    if (status == STATUS_OK) {
        status = map_number(side->inputs, &columns[COLUMN_INPUT], error);
    }
    return status == STATUS_OK ? segment_writer_document(merge->writer, columns, error) : status;
}

/* Writes what was taken from frames that lost documents. */
static enum status close_frame(struct merge *merge, enum document_part part, struct error *error)
{
    uint32_t count = document_packer_count(&merge->packer, part);
    if (count == 0) {
        return STATUS_OK;
    }
    buffer_clear(&merge->list);
    enum status status = document_packer_close(&merge->packer, part, &merge->list, error);
    return status == STATUS_OK ? segment_writer_frame(merge->writer, part, merge->list.bytes,
                                                      merge->list.size, count, error)
                               : status;
}

static enum status copy_frame(struct merge *merge, enum document_part part,
                              const struct document_frame *frame, struct error *error)
{
    enum status status = close_frame(merge, part, error);
    return status == STATUS_OK ? segment_writer_frame(merge->writer, part, frame->bytes,
                                                      frame->size, frame->count, error)
                               : status;
}

/* Takes the kept documents out of a frame. */
static enum status repack_frame(struct merge *merge, const struct side *side,
                                enum document_part part, const struct document_frame *frame,
                                struct error *error)
{
    struct document_reader *documents = segment_documents(side->segment);
    enum status status = STATUS_OK;
    for (doc_id i = frame->first; status == STATUS_OK && i < frame->first + frame->count; i++) {
        const unsigned char *packed = NULL;
        size_t size = 0;
        if (side->documents[i] == DOC_ID_END) {
            continue;
        }
        status = document_reader_packed(documents, part, i, &packed, &size, error);
        if (status == STATUS_OK) {
            status = document_packer_copy(&merge->packer, part, packed, size, error);
        }
        if (status == STATUS_OK &&
            document_packer_size(&merge->packer, part) >= DOCUMENT_FRAME_SIZE) {
            status = close_frame(merge, part, error);
        }
    }
    return status;
}

/* A frame is copied as it is, unless documents are missing from it, or so little waits to be
 * written before it that it would make a frame not worth having. */
static enum status take_frame(struct merge *merge, const struct side *side, enum document_part part,
                              doc_id *next, struct error *error)
{
    struct document_frame frame;
    enum status status =
        document_reader_frame(segment_documents(side->segment), part, *next, &frame, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t kept = 0;
    for (doc_id i = frame.first; i < frame.first + frame.count; i++) {
        kept += side->documents[i] != DOC_ID_END;
    }
    size_t waiting = document_packer_size(&merge->packer, part);
    bool whole = kept == frame.count && (waiting == 0 || waiting >= DOCUMENT_FRAME_SIZE / 4);
    status = whole ? copy_frame(merge, part, &frame, error)
                   : repack_frame(merge, side, part, &frame, error);
    if (part == DOCUMENT_BODY) { /* heads lie between the bodies */
        store_pass(segment_store(side->segment),
                   &(struct blob){.bytes = frame.bytes, .size = frame.size});
    }
    *next = frame.first + frame.count;
    return status == STATUS_OK ? report(merge, frame.size, false, error) : status;
}

/* Heads and bodies side by side, as they lie in the file. */
static enum status copy_side(struct merge *merge, const struct side *side, struct error *error)
{
    doc_id next[DOCUMENT_PARTS] = {0};
    enum status status = STATUS_OK;
    for (doc_id i = 0; status == STATUS_OK && i < side->document_count; i++) {
        if (side->documents[i] != DOC_ID_END) {
            status = copy_columns(merge, side, i, error);
        }
    }
    enum document_part part = DOCUMENT_HEAD;
    while (status == STATUS_OK && next[part] < side->document_count) {
        status = take_frame(merge, side, part, &next[part], error);
        part = next[DOCUMENT_HEAD] <= next[DOCUMENT_BODY] ? DOCUMENT_HEAD : DOCUMENT_BODY;
    }
    return status;
}

static enum status copy_documents(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        status = copy_side(merge, &merge->sides[i], error);
    }
    for (int i = 0; status == STATUS_OK && i < DOCUMENT_PARTS; i++) {
        status = close_frame(merge, (enum document_part)i, error);
    }
    return status;
}

/* ---- Lexicons, names, ids: ranges of keys at once, written in order ---- */

enum { RANGES_MAX = 256, AHEAD = 2 };

struct range_job {
    enum store_database table;
    struct merge_range_keys range;
    struct lexicon_batch batch; /* of names and ids the entries alone: merge_tables.h */
    bool done;                  /* guarded by run.mutex: the batch may be written */
};

/* What is merged by ranges, in the order in which it is written. */
static const enum store_database ranged[] = {STORE_TERMS, STORE_ENTITIES, STORE_NAMES, STORE_IDS};
enum { RANGED = sizeof ranged / sizeof ranged[0] };

/* What the threads of one merge share. Job 0 copies the documents, job k merges jobs[k -
 * 1]. Whoever finishes the job that is next to be written writes it, and those behind it that are
 * done. */
struct run {
    struct merge *merge;
    struct range_job *jobs;
    size_t job_count;
    struct buffer keys;              /* strings at which ranges are cut; the jobs point into it */
    struct lexicon_merger **mergers; /* one a worker, made when needed */
    size_t workers;
    struct mutex mutex;
    struct condition written; /* `next` or `failed` changed */
    size_t next;              /* mutex: number of the job to be written next */
    bool writing;             /* mutex: some thread is writing it */
    bool failed;              /* mutex */
};

/* Keys at which a table is cut into ranges: first keys of chunks in the longest segment. */
static enum status cut_table(struct run *run, enum store_database table, size_t *count,
                             struct error *error)
{
    const struct side *longest = run->merge->sides;
    for (size_t i = 1; i < run->merge->side_count; i++) {
        const struct side *side = &run->merge->sides[i];
        bool longer = side->document_count > longest->document_count;
        longest = longer ? side : longest;
    }
    const struct store *store = segment_store(longest->segment);
    struct store_entry entry;
    size_t chunks = 0;
    enum status status = store_floor(store, table, NULL, 0, &entry, error);
    for (; status == STATUS_OK; status = store_next(store, table, &entry, error)) {
        chunks++;
    }
    size_t step = chunks / RANGES_MAX + 1;
    *count = 0;
    status =
        status == STATUS_NOT_FOUND ? store_floor(store, table, NULL, 0, &entry, error) : status;
    for (size_t i = 0; status == STATUS_OK; i++) {
        if (i > 0 && i % step == 0) {
            status = buffer_append_string(&run->keys, entry.key, entry.key_size, error);
            ++*count;
        }
        if (status == STATUS_OK) {
            status = store_next(store, table, &entry, error);
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

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

static enum status run_init(struct run *run, struct error *error)
{
    size_t cuts[RANGED] = {0};
    size_t jobs = RANGED;
    buffer_init(&run->keys, STRINGS_BYTES_MAX);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < RANGED; i++) {
        status = cut_table(run, ranged[i], &cuts[i], error);
        jobs += cuts[i];
    }
    if (status != STATUS_OK) {
        return status;
    }
    run->jobs = memory_zalloc(jobs, sizeof *run->jobs);
    run->mergers = memory_zalloc(run->workers, sizeof(struct lexicon_merger *));
    if (run->jobs == NULL || run->mergers == NULL) {
        return error_no_memory(error, jobs * sizeof *run->jobs);
    }
    struct byte_reader keys = byte_reader_over(run->keys.bytes, run->keys.size);
    for (size_t i = 0; i < RANGED; i++) {
        add_jobs(run, ranged[i], cuts[i], &keys);
    }
    return STATUS_OK;
}

static void run_release(struct run *run)
{
    for (size_t i = 0; i < run->job_count; i++) {
        lexicon_batch_release(&run->jobs[i].batch);
    }
    for (size_t i = 0; run->mergers != NULL && i < run->workers; i++) {
        lexicon_merger_free(run->mergers[i]);
    }
    memory_free(run->jobs);
    memory_free(run->mergers);
    buffer_release(&run->keys);
}

static enum status note_dropped(struct merge *merge, const struct lexicon_batch *batch,
                                struct error *error)
{
    struct byte_reader keys = byte_reader_over(batch->dropped.bytes, batch->dropped.size);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && batch->lexicon == STORE_ENTITIES && byte_reader_left(&keys) > 0) {
        size_t size = 0;
        const void *key = byte_reader_string(&keys, &size);
        uint32_t number = 0;
        status = intern_add(merge->dropped, key, size, &number, NULL, error);
    }
    return status;
}

static enum status write_job(struct run *run, struct range_job *job, struct error *error)
{
    struct merge *merge = run->merge;
    enum status status = STATUS_OK;
    if (job->table == STORE_NAMES) {
        status = merge_names_append(&job->batch.entries, merge->dropped, merge->writer, error);
    } else if (job->table == STORE_IDS) {
        status = merge_ids_append(&job->batch.entries, merge->writer, error);
    } else {
        status = lexicon_batch_append(&job->batch, merge->writer, error);
    }
    if (status == STATUS_OK) {
        status = note_dropped(merge, &job->batch, error);
    }
    if (status == STATUS_OK) {
        status = report(merge, job->batch.entries.size, false, error);
    }
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
        run->writing = true;
        mutex_unlock(&run->mutex);
        status = write_job(run, job, error);
        mutex_lock(&run->mutex);
        run->writing = false;
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
    }
    condition_wake_all(&run->written);
    mutex_unlock(&run->mutex);
}

/* Batches wait in memory until they are written, so nobody may run far ahead. Returns false when
 * another job failed. The job to be written next never waits, so somebody always goes on. */
static bool wait_for_turn(struct run *run, size_t job)
{
    mutex_lock(&run->mutex);
    while (!run->failed && job > run->next + AHEAD * run->workers) {
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
        status = lexicon_merger_new(run->merge->walked, run->merge->side_count, run->workers > 1,
                                    run->merge->lengths, &run->mergers[worker], error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct lexicon_merger *merger = run->mergers[worker];
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
    enum status status = STATUS_OK;
    if (job == 0) {
        status = copy_documents(run->merge, error);
    } else if (wait_for_turn(run, job)) {
        status = merge_range_job(run, worker, &run->jobs[job - 1], error);
    } else {
        return STATUS_OK; /* the job that failed says why */
    }
    note_end(run, job, status);
    return status == STATUS_OK ? write_due(run, error) : status;
}

static enum status copy_and_merge(struct merge *merge, struct error *error)
{
    struct run run = {.merge = merge,
                      .workers = merge->options->threads == 0 ? 1 : merge->options->threads};
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
        status = thread_run(run.workers, run.job_count + 1, run_job, &run, error);
    }
    run_release(&run);
    condition_release(&run.written);
    mutex_release(&run.mutex);
    return status;
}

/* ---- Small tables ---- */

/* Beside those that merge_ids_append() finds: what a side already knew and was not deleted. */
static enum status merge_superseded(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        const struct side *side = &merge->sides[i];
        uint32_t count = 0;
        const doc_id *superseded = segment_superseded(side->segment, &count);
        for (uint32_t k = 0; status == STATUS_OK && k < count; k++) {
            doc_id document = side->documents[superseded[k]];
            if (document != DOC_ID_END) {
                status = segment_writer_superseded(merge->writer, document, error);
            }
        }
    }
    return status;
}

static enum status copy_ledger_record(struct merge *merge, const struct side *side,
                                      const struct table_cursor *cursor, struct error *error)
{
    struct segment_ledger_record record;
    enum status status = segment_ledger_read(cursor->value, cursor->value_size, &record, error);
    uint64_t input = record.input;
    if (status == STATUS_OK) {
        status = map_number(side->inputs, &input, error);
    }
    record.input = (uint32_t)input;
    buffer_clear(&merge->list);
    if (status == STATUS_OK) {
        status = segment_ledger_write(&record, &merge->list, error);
    }
    unsigned char key[4];
    store_u32_be(key, merge->ledger_count++);
    if (status == STATUS_OK) {
        status = segment_writer_record(merge->writer, STORE_LEDGER, key, sizeof key,
                                       merge->list.bytes, merge->list.size, error);
    }
    return status;
}

static enum status merge_ledgers(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        const struct side *side = &merge->sides[i];
        struct table_cursor cursor;
        bool found = false;
        status = table_cursor_seek(&cursor, segment_store(side->segment), STORE_LEDGER, NULL, 0,
                                   &found, error);
        while (status == STATUS_OK && found) {
            status = copy_ledger_record(merge, side, &cursor, error);
            if (status == STATUS_OK) {
                status = table_cursor_next(&cursor, &found, error);
            }
        }
    }
    return status;
}

/* ---- The whole ---- */

/* Gives the kept documents their new numbers and notes their lengths. */
static enum status number_documents(struct merge *merge, struct side *side,
                                    const struct merge_input *input, struct error *error)
{
    for (uint32_t i = 0; i < input->deleted_count; i++) {
        assert(input->deleted[i] < side->document_count);
        side->documents[input->deleted[i]] = DOC_ID_END;
    }
    enum status status = STATUS_OK;
    for (doc_id document = 0; status == STATUS_OK && document < side->document_count; document++) {
        if (side->documents[document] == DOC_ID_END) {
            continue;
        }
        uint64_t length = 0;
        status = segment_column(side->segment, COLUMN_LENGTH, document, &length, error);
        merge->lengths[merge->new_count] = (uint32_t)length;
        side->documents[document] = merge->new_count++;
    }
    return status;
}

static enum status side_init(struct merge *merge, struct side *side,
                             const struct merge_input *input, struct error *error)
{
    side->segment = input->segment;
    side->document_count = (uint32_t)segment_counts(input->segment)->documents;
    side->deleted_count = input->deleted_count;
    side->documents = memory_zalloc(side->document_count, sizeof *side->documents);
    if (side->documents == NULL) {
        return error_no_memory(error, side->document_count * sizeof *side->documents);
    }
    enum status status = number_documents(merge, side, input, error);
    if (status == STATUS_OK) {
        status = map_names(side, STORE_SOURCES, merge->source_names, &side->sources, error);
    }
    if (status == STATUS_OK) {
        status = map_names(side, STORE_INPUTS, merge->input_paths, &side->inputs, error);
    }
    return status;
}

/* Text of deleted documents does not count any more. */
static enum status subtract_deleted(const struct merge_input *input, struct segment_counts *counts,
                                    struct error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, STORE_VALUE_SIZE_MAX);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < input->deleted_count; i++) {
        struct stored_document document;
        status = segment_document(input->segment, input->deleted[i], &bytes, error);
        if (status == STATUS_OK) {
            status = stored_document_read(bytes.bytes, bytes.size, &document, error);
        }
        if (status == STATUS_OK) {
            counts->text_bytes -= document.text_size;
        }
    }
    buffer_release(&bytes);
    return status;
}

static enum status sum_counts(const struct merge_input *inputs, size_t input_count,
                              struct segment_counts *counts, struct error *error)
{
    *counts = (struct segment_counts){0};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < input_count; i++) {
        const struct segment_counts *one = segment_counts(inputs[i].segment);
        counts->documents += one->documents - inputs[i].deleted_count;
        counts->text_bytes += one->text_bytes;
        counts->input_bytes += one->input_bytes;
        counts->rejected += one->rejected;
        counts->repaired += one->repaired;
        status = subtract_deleted(&inputs[i], counts, error);
    }
    return status;
}

static enum status merge_init(struct merge *merge, const struct merge_input *inputs,
                              size_t input_count, uint64_t document_count, struct error *error)
{
    buffer_init(&merge->list, STORE_VALUE_SIZE_MAX);
    merge->side_count = input_count;
    merge->sides = memory_zalloc(input_count, sizeof *merge->sides);
    merge->walked = memory_zalloc(input_count, sizeof *merge->walked);
    merge->source_names = intern_new(STRINGS_BYTES_MAX);
    merge->input_paths = intern_new(STRINGS_BYTES_MAX);
    merge->dropped = intern_new(STRINGS_BYTES_MAX);
    merge->lengths = memory_zalloc((size_t)document_count, sizeof *merge->lengths);
    if (merge->sides == NULL || merge->walked == NULL || merge->source_names == NULL ||
        merge->input_paths == NULL || merge->dropped == NULL || merge->lengths == NULL) {
        return error_no_memory(error, (size_t)document_count * sizeof *merge->lengths);
    }
    const struct merge_options *options = merge->options;
    enum status status =
        document_packer_init(&merge->packer, NULL, options->compression_level, error);
    for (size_t i = 0; status == STATUS_OK && i < input_count; i++) {
        struct side *side = &merge->sides[i];
        status = side_init(merge, side, &inputs[i], error);
        merge->walked[i] = (struct merge_side){.store = segment_store(side->segment),
                                               .document_count = side->document_count,
                                               .deleted_count = side->deleted_count,
                                               .documents = side->documents};
    }
    return status;
}

static void merge_release(struct merge *merge)
{
    for (size_t i = 0; merge->sides != NULL && i < merge->side_count; i++) {
        memory_free(merge->sides[i].documents);
        memory_free(merge->sides[i].sources);
        memory_free(merge->sides[i].inputs);
    }
    memory_free(merge->sides);
    memory_free(merge->walked);
    document_packer_release(&merge->packer);
    intern_free(merge->source_names);
    intern_free(merge->input_paths);
    intern_free(merge->dropped);
    memory_free(merge->lengths);
    buffer_release(&merge->list);
}

static enum status merge_all(struct merge *merge, struct error *error)
{
    enum status status = copy_and_merge(merge, error);
    phase_enter(merge->options->clock, PHASE_SEAL);
    if (status == STATUS_OK) {
        status = merge_superseded(merge, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(merge->writer, STORE_SOURCES, merge->source_names, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(merge->writer, STORE_INPUTS, merge->input_paths, error);
    }
    if (status == STATUS_OK) {
        status = merge_ledgers(merge, error);
    }
    if (status == STATUS_OK) {
        status = report(merge, 0, true, error);
    }
    return status;
}

enum status merge_segments(const char *path, const struct merge_input *inputs, size_t input_count,
                           const struct merge_options *options, struct segment_counts *counts,
                           struct store_seal *seal, struct error *error)
{
    assert(input_count > 0);
    struct merge merge = {.options = options};
    enum status status = sum_counts(inputs, input_count, counts, error);
    if (status == STATUS_OK && counts->documents > SEGMENT_DOCUMENTS_MAX) {
        status = error_set(error, STATUS_LIMIT, "a segment holds at most %u documents",
                           SEGMENT_DOCUMENTS_MAX);
    }
    if (status == STATUS_OK) {
        status = merge_init(&merge, inputs, input_count, counts->documents, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_open(path, &merge.writer, error);
    }
    if (status == STATUS_OK) {
        status = merge_all(&merge, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_finish(merge.writer, counts, true, seal, error);
    } else {
        segment_writer_abandon(merge.writer);
    }
    merge_release(&merge);
    return status;
}
