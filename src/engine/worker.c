#include "engine/worker.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/document.h"
#include "engine/known_names.h"
#include "engine/known_words.h"
#include "engine/tokens.h"

enum { PROGRESS_BYTES = 1 << 20 };

struct worker {
    const struct worker_setup *setup;
    struct phase_clock *clock;
    size_t number;
    struct known_words words;
    struct known_names names;
    struct tagger_scratch *scratch;
    struct token_list tokens;
    const uint32_t *numbers; /* word number of each token of the article */
    struct placed_words placed;
    struct buffer entities; /* struct occurrence */
    struct buffer metadata;
    struct repeat_notes notes;
    const struct repeat_drops *drops;
    struct builder *builder;
    struct worker_result *result;
    uint64_t reported_bytes;
    uint64_t reported_articles;
    uint64_t reported_rejected;
};

/* ---- Life ---- */

enum { BUFFERS = 5 };

static struct buffer *worker_buffer(struct worker *worker, size_t index)
{
    struct buffer *const buffers[BUFFERS] = {&worker->placed.positions, &worker->placed.terms,
                                             &worker->placed.words, &worker->entities,
                                             &worker->metadata};
    return buffers[index];
}

/* Words, names and their numbers go together. The memory stays: to get it from the system again
 * would take longer than all else that is learned anew. */
static void forget(struct worker *worker)
{
    known_words_clear(&worker->words);
    known_names_clear(&worker->names);
    if (worker->scratch != NULL) {
        tagger_scratch_clear(worker->scratch);
    }
    builder_forget(worker->builder);
}

static enum status begin_knowing(struct worker *worker, struct error *error)
{
    struct builder_options options = worker->setup->builder;
    size_t most = options.memory_max;
    options.clock = worker->clock;
    enum status status = known_words_init(&worker->words, worker->setup->analyser,
                                          worker->setup->tagger, options.symbols, most, error);
    known_names_init(&worker->names, most);
    if (status == STATUS_OK && worker->setup->tagger != NULL) {
        worker->scratch = tagger_scratch_new(worker->setup->tagger, most);
        status = worker->scratch == NULL ? error_no_memory(error, most) : STATUS_OK;
    }
    return status == STATUS_OK ? builder_new(&options, &worker->builder, error) : status;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL) {
        return;
    }
    known_words_release(&worker->words);
    known_names_release(&worker->names);
    builder_free(worker->builder);
    tagger_scratch_free(worker->scratch);
    token_list_release(&worker->tokens);
    repeat_notes_release(&worker->notes);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_release(worker_buffer(worker, i));
    }
    memory_free(worker);
}

enum status worker_new(const struct worker_setup *setup, size_t number, struct worker **out,
                       struct error *error)
{
    struct worker *worker = memory_zalloc(1, sizeof *worker);
    if (worker == NULL) {
        return error_no_memory(error, sizeof *worker);
    }
    worker->setup = setup;
    worker->clock = setup->clocks == NULL ? NULL : &setup->clocks[number];
    worker->number = number;
    token_list_init(&worker->tokens);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_init(worker_buffer(worker, i), setup->builder.memory_max);
    }
    enum status status = begin_knowing(worker, error);
    if (status == STATUS_OK) {
        status = repeat_notes_init(&worker->notes, error);
    }
    if (status != STATUS_OK) {
        worker_free(worker);
        return status;
    }
    *out = worker;
    return STATUS_OK;
}

static size_t known_memory(const struct worker *worker)
{
    size_t tagged = worker->scratch == NULL ? 0 : tagger_scratch_memory(worker->scratch);
    return known_words_memory(&worker->words) + known_names_memory(&worker->names) + tagged +
           builder_vocabulary_memory(worker->builder);
}

/* ---- Entities ---- */

static enum status find_entities(struct worker *worker, const struct article *article,
                                 struct error *error)
{
    buffer_clear(&worker->entities);
    if (worker->setup->tagger == NULL) {
        return STATUS_OK;
    }
    struct tagger_article input = {.text = article->text,
                                   .text_size = article->text_size,
                                   .tokens = worker->tokens.tokens,
                                   .words = worker->numbers,
                                   .forms = known_words_entity_forms(&worker->words),
                                   .token_count = worker->tokens.count,
                                   .title_token_count = worker->tokens.title_count,
                                   .date = article->day};
    struct placed_mentions placed = {
        .scratch = worker->scratch,
        .positions = (const uint32_t *)(const void *)worker->placed.positions.bytes};
    enum status status =
        tagger_find(worker->scratch, &input, &placed.mentions, &placed.count, error);
    return status == STATUS_OK ? known_names_place(&worker->names, worker->builder, &placed,
                                                   &worker->entities, error)
                               : status;
}

/* ---- Articles ---- */

static const char *input_name(const struct worker *worker, uint32_t input)
{
    const char *path = worker->setup->feed->plan->inputs[input].path;
    const char *spool = worker->setup->spool_path;
    return spool != NULL && strcmp(path, spool) == 0 ? "-" : path;
}

/* 64 bits that change with anything a reader of the archive could see of the article. */
static enum status article_digest(struct worker *worker, const struct article *article,
                                  uint64_t *digest, struct error *error)
{
    const struct {
        const char *bytes;
        size_t size;
    } fields[] = {{article->source, article->source_size},
                  {article->url, article->url_size},
                  {article->date, article->date_size},
                  {article->extras, article->extras_size}};
    buffer_clear(&worker->metadata);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof fields / sizeof fields[0]; i++) {
        status = buffer_append_string(&worker->metadata, fields[i].bytes, fields[i].size, error);
    }
    unsigned char text[8];
    store_u64(text, hash64(article->text, article->text_size));
    if (status == STATUS_OK) {
        status = buffer_append(&worker->metadata, text, sizeof text, error);
    }
    *digest = hash64(worker->metadata.bytes, worker->metadata.size);
    return status;
}

static enum status fill_columns(struct worker *worker, const struct article *article,
                                uint64_t columns[COLUMN_COUNT], struct error *error)
{
    const char *path = input_name(worker, article->input);
    uint32_t source = 0;
    uint32_t input = 0;
    enum status status =
        builder_source(worker->builder, article->source, article->source_size, &source, error);
    if (status == STATUS_OK) {
        status = builder_input(worker->builder, path, strlen(path), &input, error);
    }
    columns[COLUMN_DAY] = article->day;
    columns[COLUMN_SOURCE] = source;
    columns[COLUMN_INPUT] = input;
    columns[COLUMN_OFFSET] = article->offset;
    return status;
}

static enum status add_article(struct worker *worker, const struct article *article,
                               uint64_t digest, struct error *error)
{
    struct stored_document stored = document_of(article);
    struct builder_document document = {.stored = &stored};
    phase_enter(worker->clock, PHASE_TOKENISE);
    enum status status = token_list_scan(&worker->tokens, article->text, article->text_size,
                                         article->title_end, error);
    phase_enter(worker->clock, PHASE_WORDS);
    if (status == STATUS_OK) {
        status = known_words_find(&worker->words, worker->builder, article->text, &worker->tokens,
                                  &worker->numbers, error);
    }
    if (status == STATUS_OK) {
        status = known_words_place(&worker->words, &worker->tokens, worker->numbers,
                                   &worker->placed, error);
    }
    phase_enter(worker->clock, PHASE_ENTITIES);
    if (status == STATUS_OK) {
        status = find_entities(worker, article, error);
    }
    if (status == STATUS_OK) {
        status = fill_columns(worker, article, document.columns, error);
    }
    document.columns[COLUMN_LENGTH] = worker->placed.length;
    document.columns[COLUMN_TITLE_LENGTH] = worker->placed.title_length;
    document.columns[COLUMN_DIGEST] = digest;
    document.words = (const struct dense_word *)(const void *)worker->placed.words.bytes;
    document.word_count = worker->tokens.count;
    document.terms = (const struct occurrence *)(const void *)worker->placed.terms.bytes;
    document.term_count = worker->placed.terms.size / sizeof(struct occurrence);
    document.entities = (const struct occurrence *)(const void *)worker->entities.bytes;
    document.entity_count = worker->entities.size / sizeof(struct occurrence);
    if (status == STATUS_OK) {
        status = builder_add(worker->builder, &document, error);
    }
    worker->result->articles++;
    return status;
}

static enum status take_record(struct worker *worker, uint32_t input,
                               struct segment_ledger_record *record, struct error *error)
{
    const struct known_ledger *ledger = worker->setup->ledger;
    const char *path = input_name(worker, input);
    worker->reported_rejected += record->act == LEDGER_REJECTED;
    if (ledger != NULL && known_ledger_has(ledger, record, path, strlen(path))) {
        worker->result->rejected_before += record->act == LEDGER_REJECTED;
        return STATUS_OK;
    }
    enum status status = builder_input(worker->builder, path, strlen(path), &record->input, error);
    if (status == STATUS_OK) {
        status = builder_ledger(worker->builder, record, error);
    }
    return status;
}

/* A later article of the run has this id and the content that is live. */
static enum status drop_article(struct worker *worker, const struct article *article,
                                struct error *error)
{
    struct segment_ledger_record record = {.offset = article->offset,
                                           .act = LEDGER_REJECTED,
                                           .reason = LEDGER_DUPLICATE_ID,
                                           .detail = article->id,
                                           .detail_size =
                                               repeat_detail(article->id, article->id_size)};
    return take_record(worker, article->input, &record, error);
}

static enum status take_article(struct worker *worker, const struct article *article,
                                struct error *error)
{
    struct known_document known = {0};
    uint64_t digest = 0;
    enum status status = article_digest(worker, article, &digest, error);
    if (status == STATUS_OK && worker->setup->known != NULL) {
        status = worker->setup->known(worker->setup->context, worker->number, article->id,
                                      article->id_size, &known, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (known.found && known.digest == digest) {
        worker->result->unchanged++;
        return repeat_notes_kept(&worker->notes, article->id, article->id_size, error);
    }
    if (known.found) {
        if (repeat_drops_have(worker->drops, article->id, article->id_size)) {
            return drop_article(worker, article, error);
        }
        worker->result->replaced++;
        status = repeat_notes_replaced(&worker->notes, article->id, article->id_size, error);
    }
    return status != STATUS_OK ? status : add_article(worker, article, digest, error);
}

static enum status take_ledger_entry(void *context, const struct ledger_entry *entry,
                                     struct error *error)
{
    struct worker *worker = context;
    struct segment_ledger_record record = {.offset = entry->offset,
                                           .bytes = entry->bytes,
                                           .act = (uint8_t)entry->act,
                                           .reason = (uint8_t)entry->reason};
    if (entry->detail != NULL) {
        record.detail = entry->detail;
        record.detail_size = strlen(entry->detail);
    }
    return take_record(worker, entry->input, &record, error);
}

static enum status report(struct worker *worker, uint64_t bytes, bool flush, struct error *error)
{
    if (worker->setup->progress == NULL ||
        (!flush && bytes - worker->reported_bytes < PROGRESS_BYTES)) {
        return STATUS_OK;
    }
    uint64_t articles = worker->result->articles + worker->result->unchanged;
    bool go_on =
        worker->setup->progress(worker->setup->context, bytes - worker->reported_bytes,
                                articles - worker->reported_articles, worker->reported_rejected);
    worker->reported_bytes = bytes;
    worker->reported_articles = articles;
    worker->reported_rejected = 0;
    return go_on ? STATUS_OK : error_set(error, STATUS_STOPPED, "stopped on request");
}

static enum status read_shard(struct worker *worker, uint32_t shard, uint64_t *bytes,
                              struct error *error)
{
    struct feed_reader reader;
    const struct feed *feed = worker->setup->feed;
    enum status status = feed_reader_open(feed, worker->number, &feed->plan->shards[shard],
                                          take_ledger_entry, worker, &reader, error);
    bool found = status == STATUS_OK;
    while (status == STATUS_OK && found) {
        struct article article;
        phase_enter(worker->clock, PHASE_READ);
        status = feed_reader_next(&reader, &article, &found, error);
        if (status == STATUS_OK && found) {
            status = take_article(worker, &article, error);
        }
        if (status == STATUS_OK) {
            status = report(worker, feed_reader_bytes(&reader), !found, error);
        }
    }
    *bytes = feed_reader_bytes(&reader);
    feed_reader_close(&reader);
    return status;
}

enum status worker_run(struct worker *worker, uint32_t shard, const struct repeat_drops *drops,
                       const char *path, struct worker_result *result, struct error *error)
{
    *result = (struct worker_result){.notes = &worker->notes};
    worker->drops = drops;
    repeat_notes_clear(&worker->notes);
    worker->result = result;
    worker->reported_bytes = 0;
    worker->reported_articles = 0;
    worker->reported_rejected = 0;
    if (known_memory(worker) > worker->setup->known_memory_max) {
        forget(worker);
    }
    enum status status = builder_begin(worker->builder, path, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t bytes = 0;
    status = read_shard(worker, shard, &bytes, error);
    if (status != STATUS_OK) {
        builder_abandon(worker->builder);
        return status;
    }
    return builder_finish(worker->builder, bytes, &result->counts, &result->seal, error);
}
