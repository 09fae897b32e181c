#include "index/merge.h"

#include <assert.h>

#include "base/intern.h"
#include "base/memory.h"
#include "index/merge_jobs.h"
#include "index/merge_numbers.h"
#include "index/merge_progress.h"

#define STRINGS_BYTES_MAX ((size_t)1 << 30)

struct merge {
    const struct merge_options *options;
    struct merge_numbers *numbers; /* of each input */
    size_t count;                  /* of inputs */
    uint8_t *length_codes;         /* of the new documents */
    uint32_t new_count;
    struct intern *sources; /* names, by new number */
    struct intern *inputs;  /* paths */
    struct segment_writer *writer;
    struct merge_progress progress;
    struct buffer record;
    uint32_t ledger_count;
};

/* ---- Counts ---- */

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

/* ---- Small tables ---- */

/* Beside those that merge_ids_append() finds: what a side already knew and was not deleted. */
static enum status merge_superseded(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->count; i++) {
        const struct merge_numbers *side = &merge->numbers[i];
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

static enum status copy_ledger_record(struct merge *merge, const struct merge_numbers *side,
                                      const struct table_cursor *cursor, struct error *error)
{
    struct segment_ledger_record record;
    enum status status = segment_ledger_read(cursor->value, cursor->value_size, &record, error);
    uint64_t input = record.input;
    if (status == STATUS_OK) {
        status = merge_numbers_input(side, &input, error);
    }
    record.input = (uint32_t)input;
    buffer_clear(&merge->record);
    if (status == STATUS_OK) {
        status = segment_ledger_write(&record, &merge->record, error);
    }
    unsigned char key[4];
    store_u32_be(key, merge->ledger_count++);
    if (status == STATUS_OK) {
        status = segment_writer_record(merge->writer, STORE_LEDGER, key, sizeof key,
                                       merge->record.bytes, merge->record.size, error);
    }
    return status;
}

static enum status merge_ledgers(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->count; i++) {
        const struct merge_numbers *side = &merge->numbers[i];
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

static enum status merge_init(struct merge *merge, const struct merge_input *inputs, size_t count,
                              uint64_t document_count, struct error *error)
{
    merge->progress = (struct merge_progress){.written = merge->options->written,
                                              .context = merge->options->context};
    buffer_init(&merge->record, STORE_VALUE_SIZE_MAX);
    merge->count = count;
    merge->numbers = memory_zalloc(count, sizeof *merge->numbers);
    merge->sources = intern_new(STRINGS_BYTES_MAX);
    merge->inputs = intern_new(STRINGS_BYTES_MAX);
    merge->length_codes = memory_zalloc((size_t)document_count, sizeof *merge->length_codes);
    if (merge->numbers == NULL || merge->sources == NULL || merge->inputs == NULL ||
        merge->length_codes == NULL) {
        return error_no_memory(error, (size_t)document_count * sizeof *merge->length_codes);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct merge_numbers *numbers = &merge->numbers[i];
        status =
            merge_numbers_init(numbers, &inputs[i], &merge->new_count, merge->length_codes, error);
        if (status == STATUS_OK) {
            status = merge_numbers_names(numbers, merge->sources, merge->inputs, error);
        }
    }
    return status;
}

static void merge_release(struct merge *merge)
{
    for (size_t i = 0; merge->numbers != NULL && i < merge->count; i++) {
        merge_numbers_release(&merge->numbers[i]);
    }
    memory_free(merge->numbers);
    memory_free(merge->length_codes);
    intern_free(merge->sources);
    intern_free(merge->inputs);
    buffer_release(&merge->record);
}

static enum status merge_all(struct merge *merge, struct error *error)
{
    const struct merge_options *options = merge->options;
    struct merge_work work = {.numbers = merge->numbers,
                              .count = merge->count,
                              .length_codes = merge->length_codes,
                              .threads = options->threads == 0 ? 1 : options->threads,
                              .compression_level = options->compression_level,
                              .writer = merge->writer,
                              .progress = &merge->progress};
    segment_writer_use_threads(merge->writer, work.threads);
    enum status status = merge_jobs_run(&work, error);
    phase_enter(options->clock, PHASE_SEAL);
    if (status == STATUS_OK) {
        status = merge_superseded(merge, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(merge->writer, STORE_SOURCES, merge->sources, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(merge->writer, STORE_INPUTS, merge->inputs, error);
    }
    if (status == STATUS_OK) {
        status = merge_ledgers(merge, error);
    }
    return status == STATUS_OK ? merge_progress_flush(&merge->progress, error) : status;
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
        status = segment_writer_open(path, STORE_SYNCED, &merge.writer, error);
    }
    if (status == STATUS_OK) {
        status = merge_all(&merge, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_finish(merge.writer, counts, seal, error);
    } else {
        segment_writer_abandon(merge.writer);
    }
    merge_release(&merge);
    return status;
}
