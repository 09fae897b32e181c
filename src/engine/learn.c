#include "engine/learn.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/symbols.h"
#include "base/thread.h"
#include "engine/tokens.h"
#include "engine/word_table.h"
#include "text/analyser.h"
#include "text/evidence.h"
#include "text/fold_hash.h"
#include "text/homograph.h"

/* What stands between two words and is longer is no symbol: markup, a table. */
enum { GAP_SIZE_MAX = 32 };
#define WORKER_BYTES_MAX ((size_t)1 << 30)

/* How often each was seen. */
struct counted {
    struct word_table table;
    struct buffer counts; /* uint64_t by number */
};

/* Per thread. */
struct counter {
    struct counted words;
    struct counted gaps; /* what stands between two words, but for a single space */
    struct token_list tokens;
    struct buffer between; /* struct token, the gaps of an article */
    struct buffer folds;   /* struct counted_fold, in the end */
};

struct counted_fold {
    uint64_t hash;
    uint64_t count;
    uint32_t word;      /* the number of the word whose only fold it is, or NO_WORD */
    uint32_t reduction; /* in the end */
};

enum { NO_WORD = UINT32_MAX };

struct learning {
    struct feed feed; /* cut into slices */
    const struct learn_options *how;
    uint32_t *slices; /* shard numbers of the plan */
    size_t slice_count;
    struct counter *counters;
    size_t counter_count;
    struct buffer *symbols;
    struct analyser analyser; /* with the evidence of `counters` */
};

static enum status ignore_ledger(void *context, const struct ledger_entry *entry,
                                 struct error *error)
{
    (void)context;
    (void)entry;
    (void)error;
    return STATUS_OK;
}

static enum status count_tokens(struct counted *counted, const char *text,
                                const struct token *tokens, size_t count, struct error *error)
{
    const uint32_t *numbers = NULL;
    uint32_t known = word_table_count(&counted->table);
    enum status status = word_table_find(&counted->table, text, tokens, count, &numbers, error);
    for (; status == STATUS_OK && known < word_table_count(&counted->table); known++) {
        uint64_t zero = 0;
        status = buffer_append(&counted->counts, &zero, sizeof zero, error);
    }
    uint64_t *counts = (uint64_t *)(void *)counted->counts.bytes;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        counts[numbers[i]]++;
    }
    return status;
}

/* What base/dense_code.h will ask for: what stands between two tokens. */
static enum status find_gaps(struct counter *counter, const char *text, struct error *error)
{
    const struct token_list *list = &counter->tokens;
    buffer_clear(&counter->between);
    enum status status =
        buffer_reserve(&counter->between, list->count * sizeof(struct token), error);
    if (status != STATUS_OK) {
        return status;
    }
    struct token *gaps = (struct token *)(void *)counter->between.bytes;
    size_t count = 0;
    for (size_t i = 1; i < list->count; i++) {
        uint32_t from = list->tokens[i - 1].end;
        uint32_t to = list->tokens[i].start;
        bool space = to - from == 1 && text[from] == ' ';
        gaps[count] = (struct token){.start = from, .end = to};
        count += !space && to - from <= GAP_SIZE_MAX;
    }
    counter->between.size = count * sizeof *gaps;
    return STATUS_OK;
}

static enum status count_article(struct counter *counter, const struct article *article,
                                 struct error *error)
{
    const char *text = article->text;
    enum status status =
        token_list_scan(&counter->tokens, text, article->text_size, article->title_end, error);
    if (status == STATUS_OK) {
        status = count_tokens(&counter->words, text, counter->tokens.tokens, counter->tokens.count,
                              error);
    }
    if (status == STATUS_OK) {
        status = find_gaps(counter, text, error);
    }
    return status == STATUS_OK
               ? count_tokens(&counter->gaps, text,
                              (const struct token *)(const void *)counter->between.bytes,
                              counter->between.size / sizeof(struct token), error)
               : status;
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
            status = count_article(counter, &article, error);
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
    return STATUS_OK;
}

static enum status counted_init(struct counted *counted, struct error *error)
{
    buffer_init(&counted->counts, WORKER_BYTES_MAX);
    return word_table_init(&counted->table, WORKER_BYTES_MAX, error);
}

static void counted_release(struct counted *counted)
{
    word_table_release(&counted->table);
    buffer_release(&counted->counts);
}

static enum status make_counters(struct learning *learning, size_t count, struct error *error)
{
    learning->counters = memory_zalloc(count, sizeof *learning->counters);
    if (learning->counters == NULL) {
        return error_no_memory(error, count * sizeof *learning->counters);
    }
    learning->counter_count = count;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct counter *counter = &learning->counters[i];
        buffer_init(&counter->between, WORKER_BYTES_MAX);
        buffer_init(&counter->folds, WORKER_BYTES_MAX);
        token_list_init(&counter->tokens);
        status = counted_init(&counter->words, error);
        if (status == STATUS_OK) {
            status = counted_init(&counter->gaps, error);
        }
    }
    return status;
}

static void release_state(struct learning *learning)
{
    for (size_t i = 0; i < learning->counter_count; i++) {
        counted_release(&learning->counters[i].words);
        counted_release(&learning->counters[i].gaps);
        buffer_release(&learning->counters[i].between);
        buffer_release(&learning->counters[i].folds);
        token_list_release(&learning->counters[i].tokens);
    }
    memory_free(learning->counters);
    memory_free(learning->slices);
}

/* ---- Evidence ---- */

static enum status fold_add(struct counter *counter, const char *fold_bytes, size_t size,
                            struct counted_fold fold, struct error *error)
{
    fold.hash = fold_hash(fold_bytes, size);
    return buffer_append(&counter->folds, &fold, sizeof fold, error);
}

/* What the words of one counter are as evidence. */
static enum status fold_words(struct counter *counter, struct error *error)
{
    static const struct analyser fold_only = {.name = ANALYSER_FOLD};
    const uint64_t *counts = (const uint64_t *)(const void *)counter->words.counts.bytes;
    const struct word_table *table = &counter->words.table;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < word_table_count(table); i++) {
        char word[TOKEN_BYTES_MAX];
        enum token_kind kind = TOKEN_WORD;
        size_t size = word_table_word(table, i, word, &kind);
        struct analysis parts[ANALYSIS_PARTS_MAX];
        size_t count = analyser_word(&fold_only, word, size, kind, parts);
        struct counted_fold fold = {
            .count = counts[i], .word = count == 1 && kind == TOKEN_WORD ? i : (uint32_t)NO_WORD};
        for (size_t k = 0; status == STATUS_OK && k < count; k++) {
            if (parts[k].fold_size > 0) {
                status = fold_add(counter, parts[k].fold, parts[k].fold_size, fold, error);
            }
            if (status == STATUS_OK &&
                homograph_is_evidence((struct letters){parts[k].form, parts[k].form_size})) {
                fold.word = NO_WORD;
                status = fold_add(counter, parts[k].form, parts[k].form_size, fold, error);
            }
        }
    }
    return status;
}

static enum status finish_evidence(const struct learning *learning, struct buffer *out,
                                   struct error *error)
{
    struct evidence_builder *builder = evidence_builder_new();
    if (builder == NULL) {
        return error_no_memory(error, 0);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < learning->counter_count; i++) {
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

/* What the analyser makes of the folds of one counter that are evidence. */
static enum status find_reductions(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    (void)error;
    const struct learning *learning = context;
    struct counter *counter = &learning->counters[job];
    const struct analyser *analyser = &learning->analyser;
    struct counted_fold *folds = (struct counted_fold *)(void *)counter->folds.bytes;
    for (size_t k = 0; k < counter->folds.size / sizeof *folds; k++) {
        if (folds[k].word == NO_WORD ||
            evidence_slot_hashed(&analyser->evidence, folds[k].hash) == 0) {
            continue;
        }
        char word[TOKEN_BYTES_MAX];
        enum token_kind kind = TOKEN_WORD;
        size_t size = word_table_word(&counter->words.table, folds[k].word, word, &kind);
        char fold[ANALYSIS_BYTES_MAX];
        size = analyser_fold(word, size, fold, sizeof fold);
        folds[k].reduction = analyser_reduction(analyser, fold, size);
    }
    return STATUS_OK;
}

/* Of two folds of one hash the first would be told, but whose counter that is depends on the
 * threads: the greater number is taken. */
static enum status reduce_evidence(struct learning *learning, struct buffer *evidence,
                                   struct error *error)
{
    if (learning->how->analyser == NULL || learning->how->analyser->name != ANALYSER_DEFAULT) {
        return STATUS_OK;
    }
    learning->analyser = *learning->how->analyser;
    struct buffer filter;
    buffer_init(&filter, WORKER_BYTES_MAX);
    enum status status =
        evidence_open(&learning->analyser.evidence, evidence->bytes, evidence->size, error);
    if (status == STATUS_OK) {
        status = evidence_filter(&learning->analyser.evidence, &filter, error);
    }
    if (status == STATUS_OK) {
        status = thread_run(learning->how->threads, learning->counter_count, find_reductions,
                            learning, error);
    }
    for (size_t i = 0; status == STATUS_OK && i < learning->counter_count; i++) {
        const struct buffer *folds = &learning->counters[i].folds;
        const struct counted_fold *fold = (const struct counted_fold *)(const void *)folds->bytes;
        for (size_t k = 0; k < folds->size / sizeof *fold; k++) {
            if (fold[k].reduction != 0) {
                evidence_reduce(&learning->analyser.evidence, evidence->bytes, fold[k].hash,
                                fold[k].reduction);
            }
        }
    }
    buffer_release(&filter);
    return status;
}

/* ---- Symbols ---- */

/* Counts of all threads together. */
struct summed {
    struct intern *strings; /* bytes, then the kind of symbol */
    struct buffer counts;   /* uint64_t by number */
};

/* Strings on their way into the sum: together, so that their cache misses overlap. */
enum { TOGETHER = 32 };

struct summing {
    unsigned char string[TOKEN_BYTES_MAX + 1];
    size_t size;
    uint64_t hash;
};

static enum status sum_some(struct summed *summed, const struct counted *counted, uint32_t from,
                            uint32_t count, enum symbol_kind kind, struct error *error)
{
    struct summing some[TOGETHER];
    const uint64_t *counts = (const uint64_t *)(const void *)counted->counts.bytes;
    for (uint32_t i = 0; i < count; i++) {
        enum token_kind ignored = TOKEN_WORD; /* what a word was taken for says nothing here */
        char word[TOKEN_BYTES_MAX];
        size_t size = word_table_word(&counted->table, from + i, word, &ignored);
        memcpy(some[i].string, word, size);
        some[i].string[size] = (unsigned char)kind;
        some[i].size = size + 1;
        some[i].hash = hash_short(some[i].string, some[i].size);
        intern_prefetch(summed->strings, some[i].hash);
    }
    for (uint32_t i = 0; i < count; i++) {
        intern_prefetch_string(summed->strings, some[i].hash);
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        uint32_t number = 0;
        bool added = false;
        status = intern_add_hashed(summed->strings, some[i].hash, some[i].string, some[i].size,
                                   &number, &added, error);
        if (status == STATUS_OK && added) {
            uint64_t zero = 0;
            status = buffer_append(&summed->counts, &zero, sizeof zero, error);
        }
        if (status == STATUS_OK) {
            ((uint64_t *)(void *)summed->counts.bytes)[number] += counts[from + i];
        }
    }
    return status;
}

static enum status sum_counted(struct summed *summed, const struct counted *counted,
                               enum symbol_kind kind, struct error *error)
{
    uint32_t count = word_table_count(&counted->table);
    enum status status = STATUS_OK;
    for (uint32_t from = 0; status == STATUS_OK && from < count; from += TOGETHER) {
        uint32_t some = count - from < TOGETHER ? count - from : TOGETHER;
        status = sum_some(summed, counted, from, some, kind, error);
    }
    return status;
}

static enum status write_symbols(const struct summed *summed, struct buffer *out,
                                 struct error *error)
{
    uint32_t count = intern_count(summed->strings);
    const uint64_t *counts = (const uint64_t *)(const void *)summed->counts.bytes;
    struct symbol_count *symbols = memory_alloc(((size_t)count + 1) * sizeof *symbols);
    if (symbols == NULL) {
        return error_no_memory(error, ((size_t)count + 1) * sizeof *symbols);
    }
    size_t symbol_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (counts[i] < SYMBOL_COUNT_MIN) {
            continue; /* nearly half of all */
        }
        size_t size = 0;
        const char *string = intern_string(summed->strings, i, &size);
        symbols[symbol_count++] = (struct symbol_count){.bytes = string,
                                                        .size = (uint32_t)size - 1,
                                                        .kind = (enum symbol_kind)string[size - 1],
                                                        .count = counts[i]};
    }
    enum status status = symbols_write(symbols, symbol_count, out, error);
    memory_free(symbols);
    return status;
}

static enum status finish_symbols(const struct learning *learning, struct error *error)
{
    struct summed summed = {.strings = intern_new(WORKER_BYTES_MAX)};
    buffer_init(&summed.counts, WORKER_BYTES_MAX);
    enum status status = summed.strings == NULL ? error_no_memory(error, 0) : STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < learning->counter_count; i++) {
        status = sum_counted(&summed, &learning->counters[i].words, SYMBOL_WORD, error);
        if (status == STATUS_OK) {
            status = sum_counted(&summed, &learning->counters[i].gaps, SYMBOL_GAP, error);
        }
    }
    if (status == STATUS_OK) {
        status = write_symbols(&summed, learning->symbols, error);
    }
    intern_free(summed.strings);
    buffer_release(&summed.counts);
    return status;
}

/* ---- All of it ---- */

/* Job 0 makes the table of symbols, job k folds what counter k - 1 has counted. */
static enum status digest_counts(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    const struct learning *learning = context;
    return job == 0 ? finish_symbols(learning, error)
                    : fold_words(&learning->counters[job - 1], error);
}

enum status learn(const struct feed *feed, const struct learn_options *how, struct buffer *evidence,
                  struct buffer *symbols, struct error *error)
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
        status = make_counters(&learning, how->threads, error);
    }
    if (status == STATUS_OK) {
        status = thread_run(how->threads, learning.slice_count, learn_slice, &learning, error);
    }
    phase_enter(how->clock, PHASE_MODEL);
    if (status == STATUS_OK) {
        learning.symbols = symbols;
        status = thread_run(how->threads, 1 + how->threads, digest_counts, &learning, error);
    }
    if (status == STATUS_OK) {
        status = finish_evidence(&learning, evidence, error);
    }
    if (status == STATUS_OK) {
        status = reduce_evidence(&learning, evidence, error);
    }
    release_state(&learning);
    shard_plan_release(&plan);
    return status;
}
