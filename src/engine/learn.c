#include "engine/learn.h"

#include <string.h>

#include "base/bytes.h"
#include "base/compress.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/scsu.h"
#include "base/thread.h"
#include "engine/document.h"
#include "engine/tokens.h"
#include "engine/word_table.h"
#include "index/segment.h"
#include "text/analyser.h"
#include "text/evidence.h"

/* From 128 KiB on, zstd takes parameters for longer texts: frames grow by 1.6 %. */
enum { DICTIONARY_SIZE = 112 * 1024 };
/* For the dictionary, over all slices, packed: 8 MiB make no better one in three times the time. */
#define SAMPLES_SIZE     ((size_t)2 << 20)
#define WORKER_BYTES_MAX ((size_t)1 << 30)

/* Per thread. */
struct counter {
    struct word_table words;
    struct buffer counts; /* uint64_t by number */
    struct token_list tokens;
    struct buffer document;
    struct buffer folds; /* struct counted_fold, in the end */
};

struct counted_fold {
    uint64_t hash;
    uint64_t count;
};

/* Per slice: documents as they would be packed, for the dictionary. */
struct samples {
    struct buffer bytes;
    struct buffer sizes; /* size_t each */
};

struct learning {
    struct feed feed; /* cut into slices */
    const struct learn_options *how;
    uint32_t *slices; /* shard numbers of the plan */
    size_t slice_count;
    size_t samples_size; /* of one slice */
    struct counter *counters;
    struct samples *samples;
    struct buffer *dictionary;
};

static enum status ignore_ledger(void *context, const struct ledger_entry *entry,
                                 struct error *error)
{
    (void)context;
    (void)entry;
    (void)error;
    return STATUS_OK;
}

static enum status count_words(struct counter *counter, const struct article *article,
                               struct error *error)
{
    const uint32_t *numbers = NULL;
    uint32_t known = word_table_count(&counter->words);
    enum status status = token_list_scan(&counter->tokens, article->text, article->text_size,
                                         article->title_end, error);
    if (status == STATUS_OK) {
        status = word_table_find(&counter->words, article->text, counter->tokens.tokens,
                                 counter->tokens.count, &numbers, error);
    }
    for (; status == STATUS_OK && known < word_table_count(&counter->words); known++) {
        uint64_t zero = 0;
        status = buffer_append(&counter->counts, &zero, sizeof zero, error);
    }
    uint64_t *counts = (uint64_t *)(void *)counter->counts.bytes;
    for (size_t i = 0; status == STATUS_OK && i < counter->tokens.count; i++) {
        counts[numbers[i]]++;
    }
    return status;
}

static enum status keep_sample(struct samples *samples, size_t size_max, struct buffer *document,
                               const struct article *article, struct error *error)
{
    /* One that takes more than the slice's share would only cost memory. */
    if (samples->bytes.size >= size_max || article->text_size > size_max) {
        return STATUS_OK;
    }
    struct stored_document stored = document_of(article);
    size_t before = samples->bytes.size;
    buffer_clear(document);
    enum status status = stored_document_write(&stored, document, error);
    if (status == STATUS_OK) {
        status = scsu_encode(document->bytes, document->size, &samples->bytes, error);
    }
    size_t size = samples->bytes.size - before;
    if (status == STATUS_OK) {
        status = buffer_append(&samples->sizes, &size, sizeof size, error);
    }
    return status;
}

static enum status learn_slice(void *context, size_t worker, size_t job, struct error *error)
{
    struct learning *learning = context;
    struct counter *counter = &learning->counters[worker];
    const struct shard *slice = &learning->feed.plan->shards[learning->slices[job]];
    struct feed_reader reader;
    enum status status =
        feed_reader_open(&learning->feed, worker, slice, ignore_ledger, NULL, &reader, error);
    bool found = status == STATUS_OK;
    while (status == STATUS_OK && found) {
        struct article article;
        status = feed_reader_next(&reader, &article, &found, error);
        if (status == STATUS_OK && found) {
            status = count_words(counter, &article, error);
        }
        if (status == STATUS_OK && found) {
            status = keep_sample(&learning->samples[job], learning->samples_size,
                                 &counter->document, &article, error);
        }
    }
    uint64_t bytes = feed_reader_bytes(&reader);
    feed_reader_close(&reader);
    if (status == STATUS_OK && learning->how->progress != NULL &&
        !learning->how->progress(learning->how->context, bytes,
                                 learning->slice_count * LEARN_SLICE_BYTES)) {
        status = error_set(error, STATUS_STOPPED, "stopped on request");
    }
    return status;
}

/* Every k-th slice, so that about LEARN_BYTES are read. */
static enum status choose_slices(struct learning *learning, struct error *error)
{
    uint32_t all = learning->feed.plan->shard_count;
    uint32_t wanted = (uint32_t)(LEARN_BYTES / LEARN_SLICE_BYTES);
    uint32_t step = all <= wanted ? 1 : (all + wanted - 1) / wanted;
    learning->slice_count = step == 0 ? 0 : (all + step - 1) / step;
    learning->slices = memory_zalloc(learning->slice_count, sizeof *learning->slices);
    if (learning->slices == NULL) {
        return error_no_memory(error, learning->slice_count * sizeof *learning->slices);
    }
    for (size_t i = 0; i < learning->slice_count; i++) {
        learning->slices[i] = (uint32_t)i * step;
    }
    learning->samples_size = learning->slice_count == 0 ? 0 : SAMPLES_SIZE / learning->slice_count;
    return STATUS_OK;
}

static enum status make_state(struct learning *learning, size_t workers, struct error *error)
{
    learning->counters = memory_zalloc(workers, sizeof *learning->counters);
    learning->samples = memory_zalloc(learning->slice_count, sizeof *learning->samples);
    if (learning->counters == NULL || learning->samples == NULL) {
        return error_no_memory(error, workers * sizeof *learning->counters);
    }
    for (size_t i = 0; i < workers; i++) {
        buffer_init(&learning->counters[i].counts, WORKER_BYTES_MAX);
        buffer_init(&learning->counters[i].document, WORKER_BYTES_MAX);
        buffer_init(&learning->counters[i].folds, WORKER_BYTES_MAX);
        token_list_init(&learning->counters[i].tokens);
        enum status status = word_table_init(&learning->counters[i].words, WORKER_BYTES_MAX, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < learning->slice_count; i++) {
        buffer_init(&learning->samples[i].bytes, WORKER_BYTES_MAX);
        buffer_init(&learning->samples[i].sizes, WORKER_BYTES_MAX);
    }
    return STATUS_OK;
}

static void release_state(struct learning *learning, size_t workers)
{
    for (size_t i = 0; learning->counters != NULL && i < workers; i++) {
        word_table_release(&learning->counters[i].words);
        buffer_release(&learning->counters[i].counts);
        buffer_release(&learning->counters[i].document);
        buffer_release(&learning->counters[i].folds);
        token_list_release(&learning->counters[i].tokens);
    }
    for (size_t i = 0; learning->samples != NULL && i < learning->slice_count; i++) {
        buffer_release(&learning->samples[i].bytes);
        buffer_release(&learning->samples[i].sizes);
    }
    memory_free(learning->counters);
    memory_free(learning->samples);
    memory_free(learning->slices);
}

/* What the words of one counter are as evidence. */
static enum status fold_words(struct counter *counter, struct error *error)
{
    static const struct analyser fold_only = {.name = ANALYSER_FOLD};
    const uint64_t *counts = (const uint64_t *)(const void *)counter->counts.bytes;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < word_table_count(&counter->words); i++) {
        size_t size = 0;
        enum token_kind kind = TOKEN_WORD;
        const char *word = word_table_word(&counter->words, i, &size, &kind);
        struct analysis parts[ANALYSIS_PARTS_MAX];
        size_t count = analyser_word(&fold_only, word, size, kind, parts);
        for (size_t k = 0; status == STATUS_OK && k < count; k++) {
            if (parts[k].fold_size > 0) {
                struct counted_fold fold = {.hash = hash64(parts[k].fold, parts[k].fold_size),
                                            .count = counts[i]};
                status = buffer_append(&counter->folds, &fold, sizeof fold, error);
            }
        }
    }
    return status;
}

static enum status finish_evidence(const struct learning *learning, size_t workers,
                                   struct buffer *out, struct error *error)
{
    struct evidence_builder *builder = evidence_builder_new();
    if (builder == NULL) {
        return error_no_memory(error, 0);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < workers; i++) {
        const struct buffer *folds = &learning->counters[i].folds;
        const struct counted_fold *fold = (const struct counted_fold *)(const void *)folds->bytes;
        for (size_t k = 0; status == STATUS_OK && k < folds->size / sizeof *fold; k++) {
            status = evidence_builder_add_hashed(builder, fold[k].hash, fold[k].count, error);
        }
    }
    if (status == STATUS_OK) {
        status = evidence_builder_finish(builder, out, error);
    }
    evidence_builder_free(builder);
    return status;
}

static enum status finish_dictionary(const struct learning *learning, struct buffer *out,
                                     struct error *error)
{
    struct buffer bytes;
    struct buffer sizes;
    buffer_init(&bytes, WORKER_BYTES_MAX);
    buffer_init(&sizes, WORKER_BYTES_MAX);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < learning->slice_count; i++) {
        const struct samples *samples = &learning->samples[i];
        status = buffer_append(&bytes, samples->bytes.bytes, samples->bytes.size, error);
        if (status == STATUS_OK) {
            status = buffer_append(&sizes, samples->sizes.bytes, samples->sizes.size, error);
        }
    }
    if (status == STATUS_OK) {
        status = compress_train(bytes.bytes, (const size_t *)(const void *)sizes.bytes,
                                sizes.size / sizeof(size_t), DICTIONARY_SIZE, out, error);
    }
    buffer_release(&bytes);
    buffer_release(&sizes);
    return status;
}

/* Job 0 trains the dictionary, job k folds what counter k - 1 has counted. */
static enum status digest_counts(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    const struct learning *learning = context;
    return job == 0 ? finish_dictionary(learning, learning->dictionary, error)
                    : fold_words(&learning->counters[job - 1], error);
}

enum status learn(const struct feed *feed, const struct learn_options *how, struct buffer *evidence,
                  struct buffer *dictionary, struct error *error)
{
    struct shard_plan plan = {0};
    phase_enter(how->clock, PHASE_LEARN);
    enum status status = shard_plan_cut(feed->plan->inputs, feed->plan->input_count,
                                        LEARN_SLICE_BYTES, &plan, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct learning learning = {.feed = *feed, .how = how};
    learning.feed.plan = &plan;
    status = choose_slices(&learning, error);
    if (status == STATUS_OK) {
        status = make_state(&learning, how->threads, error);
    }
    if (status == STATUS_OK) {
        status = thread_run(how->threads, learning.slice_count, learn_slice, &learning, error);
    }
    phase_enter(how->clock, PHASE_MODEL);
    if (status == STATUS_OK) {
        learning.dictionary = dictionary;
        status = thread_run(how->threads, 1 + how->threads, digest_counts, &learning, error);
    }
    if (status == STATUS_OK) {
        status = finish_evidence(&learning, how->threads, evidence, error);
    }
    release_state(&learning, how->threads);
    shard_plan_release(&plan);
    return status;
}
