#include "index/builder.h"

#include <assert.h>

#include "base/hash.h"
#include "base/intern.h"
#include "base/memory.h"
#include "index/format.h"
#include "index/inversion.h"
#include "index/name_links.h"

struct builder {
    /* Kept from segment to segment. */
    struct gathering terms;
    struct gathering entities;
    struct inversion *inversion; /* of either */
    struct name_links names;
    struct document_packer packer;
    size_t memory_max;
    struct phase_clock *clock;
    enum store_fate fate;
    /* Of the segment being made. */
    struct segment_writer *writer; /* NULL: none */
    struct intern *sources;
    struct intern *inputs;
    struct intern *ids;         /* id keys; their numbers index `id_documents` */
    struct buffer id_documents; /* uint32_t: last document of each id */
    struct buffer lengths;      /* uint8_t: length_code() of each document */
    struct buffer ledger;       /* strings: encoded records */
    struct buffer record;       /* of the ledger */
    struct buffer frame;
    struct segment_counts counts;
    uint32_t document_count;
    uint32_t ledger_count;
};

enum { BUFFERS = 5 };

static struct buffer *builder_buffer(struct builder *builder, size_t index)
{
    struct buffer *const buffers[BUFFERS] = {&builder->id_documents, &builder->lengths,
                                             &builder->ledger, &builder->record, &builder->frame};
    return buffers[index];
}

/* ---- Opening and closing ---- */

void builder_free(struct builder *builder)
{
    if (builder == NULL) {
        return;
    }
    segment_writer_abandon(builder->writer);
    document_packer_release(&builder->packer);
    gathering_release(&builder->terms);
    gathering_release(&builder->entities);
    inversion_free(builder->inversion);
    intern_free(builder->sources);
    intern_free(builder->inputs);
    intern_free(builder->ids);
    name_links_release(&builder->names);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_release(builder_buffer(builder, i));
    }
    memory_free(builder);
}

enum status builder_new(const struct builder_options *options, struct builder **out,
                        struct error *error)
{
    struct builder *builder = memory_zalloc(1, sizeof *builder);
    if (builder == NULL) {
        return error_no_memory(error, sizeof *builder);
    }
    size_t most = options->memory_max;
    builder->memory_max = most;
    builder->fate = options->fate;
    builder->clock = options->clock;
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_init(builder_buffer(builder, i), most);
    }
    enum status status = gathering_init(&builder->terms, STORE_TERMS, most, error);
    if (status == STATUS_OK) {
        status = gathering_init(&builder->entities, STORE_ENTITIES, most, error);
    }
    if (status == STATUS_OK) {
        status = name_links_init(&builder->names, most, error);
    }
    builder->sources = intern_new(most);
    builder->inputs = intern_new(most);
    builder->ids = intern_new(most);
    builder->inversion = inversion_new();
    if (status == STATUS_OK && (builder->sources == NULL || builder->inputs == NULL ||
                                builder->ids == NULL || builder->inversion == NULL)) {
        status = error_no_memory(error, sizeof *builder);
    }
    if (status == STATUS_OK) {
        status = document_packer_init(&builder->packer, options->symbols,
                                      options->compression_level, error);
    }
    if (status != STATUS_OK) {
        builder_free(builder);
        return status;
    }
    *out = builder;
    return STATUS_OK;
}

enum status builder_begin(struct builder *builder, const char *path, struct error *error)
{
    assert(builder->writer == NULL);
    return segment_writer_open(path, builder->fate, &builder->writer, error);
}

/* Forgets what belongs to one segment. */
static void builder_clear(struct builder *builder)
{
    gathering_clear(&builder->terms);
    gathering_clear(&builder->entities);
    intern_clear(builder->sources);
    intern_clear(builder->inputs);
    intern_clear(builder->ids);
    buffer_clear(&builder->id_documents);
    buffer_clear(&builder->lengths);
    buffer_clear(&builder->ledger);
    document_packer_clear(&builder->packer);
    builder->counts = (struct segment_counts){0};
    builder->document_count = 0;
    builder->ledger_count = 0;
}

void builder_abandon(struct builder *builder)
{
    segment_writer_abandon(builder->writer);
    builder->writer = NULL;
    builder_clear(builder);
}

void builder_forget(struct builder *builder)
{
    assert(builder->writer == NULL);
    gathering_forget(&builder->terms);
    gathering_forget(&builder->entities);
    name_links_clear(&builder->names);
}

size_t builder_vocabulary_memory(const struct builder *builder)
{
    return vocabulary_memory(&builder->terms.vocabulary) +
           vocabulary_memory(&builder->entities.vocabulary) + name_links_memory(&builder->names);
}

size_t builder_memory(const struct builder *builder)
{
    return builder_vocabulary_memory(builder) + gathering_memory(&builder->terms) +
           gathering_memory(&builder->entities) + inversion_memory(builder->inversion) +
           intern_memory(builder->ids) + builder->lengths.capacity + builder->ledger.capacity +
           builder->record.capacity + builder->frame.capacity +
           document_packer_memory(&builder->packer);
}

/* ---- Gathering ---- */

static struct gathering *gathering_of(struct builder *builder, enum store_database lexicon)
{
    assert(lexicon == STORE_TERMS || lexicon == STORE_ENTITIES);
    return lexicon == STORE_TERMS ? &builder->terms : &builder->entities;
}

/* NOLINTNEXTLINE(readability-function-size): a key and a form, each with its size */
enum status builder_form(struct builder *builder, enum store_database lexicon, const void *key,
                         size_t key_size, const void *form, size_t form_size, uint32_t tag,
                         uint32_t *number, struct error *error)
{
    struct vocabulary_request request = {.key = key,
                                         .form = form,
                                         .key_size = (uint32_t)key_size,
                                         .form_size = (uint32_t)form_size,
                                         .tag = tag};
    enum status status =
        vocabulary_add(&gathering_of(builder, lexicon)->vocabulary, &request, 1, error);
    *number = request.number;
    return status;
}

void builder_forms_expect(const struct builder *builder, enum store_database lexicon,
                          const struct vocabulary_request *requests, size_t count)
{
    const struct gathering *gathering =
        lexicon == STORE_TERMS ? &builder->terms : &builder->entities;
    vocabulary_expect(&gathering->vocabulary, requests, count);
}

enum status builder_forms(struct builder *builder, enum store_database lexicon,
                          struct vocabulary_request *requests, size_t count, struct error *error)
{
    return vocabulary_add(&gathering_of(builder, lexicon)->vocabulary, requests, count, error);
}

enum status builder_name(struct builder *builder, uint32_t form, const void *name, size_t name_size,
                         struct error *error)
{
    return name_links_add(&builder->names, &builder->entities.vocabulary, form, name, name_size,
                          error);
}

enum status builder_source(struct builder *builder, const char *name, size_t size, uint32_t *number,
                           struct error *error)
{
    return intern_add(builder->sources, name, size, number, NULL, error);
}

enum status builder_input(struct builder *builder, const char *path, size_t size, uint32_t *number,
                          struct error *error)
{
    return intern_add(builder->inputs, path, size, number, NULL, error);
}

enum status builder_ledger(struct builder *builder, const struct segment_ledger_record *record,
                           struct error *error)
{
    buffer_clear(&builder->record);
    enum status status = segment_ledger_write(record, &builder->record, error);
    if (status == STATUS_OK) {
        status = buffer_append_string(&builder->ledger, builder->record.bytes, builder->record.size,
                                      error);
    }
    if (status == STATUS_OK) {
        builder->ledger_count++;
        builder->counts.rejected += record->act == 0;
        builder->counts.repaired += record->act != 0;
    }
    return status;
}

/* A document's id, on its way into `ids`. */
struct id_key {
    size_t size;
    uint64_t hash;
    unsigned char bytes[STORE_KEY_SIZE_MAX];
};

/* Asks for the memory in which the id will be looked for. */
static void expect_id(const struct builder *builder, const struct stored_document *stored,
                      struct id_key *key)
{
    key->size = segment_id_key(stored->id, stored->id_size, key->bytes);
    assert(key->size > 0);
    key->hash = hash_short(key->bytes, key->size);
    intern_prefetch(builder->ids, key->hash);
}

static enum status add_id(struct builder *builder, const struct id_key *key, struct error *error)
{
    uint32_t number = 0;
    bool added = false;
    enum status status =
        intern_add_hashed(builder->ids, key->hash, key->bytes, key->size, &number, &added, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t document = builder->document_count;
    if (added) {
        return buffer_append(&builder->id_documents, &document, sizeof document, error);
    }
    uint32_t *documents = (uint32_t *)(void *)builder->id_documents.bytes;
    uint32_t earlier = documents[number];
    documents[number] = document;
    return segment_writer_superseded(builder->writer, earlier, error);
}

/* Writes the open frames: all, or only the full ones. */
static enum status close_frames(struct builder *builder, bool only_full, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < DOCUMENT_PARTS; i++) {
        enum document_part part = (enum document_part)i;
        uint32_t count = document_packer_count(&builder->packer, part);
        if (count == 0 || (only_full && document_packer_size(&builder->packer, part) <
                                            document_frame_size(part))) {
            continue;
        }
        buffer_clear(&builder->frame);
        status = document_packer_close(&builder->packer, part, &builder->frame, error);
        if (status == STATUS_OK) {
            status = segment_writer_frame(builder->writer, part, builder->frame.bytes,
                                          builder->frame.size, count, error);
        }
    }
    return status;
}

enum status builder_add(struct builder *builder, const struct builder_document *document,
                        struct error *error)
{
    if (builder_memory(builder) > builder->memory_max) {
        return error_set(error, STATUS_LIMIT, "a shard needs more than its %zu bytes of memory",
                         builder->memory_max);
    }
    phase_enter(builder->clock, PHASE_DOCUMENTS);
    struct id_key id;
    expect_id(builder, document->stored, &id);
    enum status status = document_packer_add(&builder->packer, document->stored, document->words,
                                             document->word_count, error);
    if (status == STATUS_OK) {
        status = close_frames(builder, true, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_document(builder->writer, document->columns, error);
    }
    phase_enter(builder->clock, PHASE_INVERT);
    if (status == STATUS_OK) {
        status = gathering_add(&builder->terms, document->terms, document->term_count, error);
    }
    if (status == STATUS_OK) {
        status =
            gathering_add(&builder->entities, document->entities, document->entity_count, error);
    }
    uint32_t length = (uint32_t)document->columns[COLUMN_LENGTH];
    if (status == STATUS_OK) {
        status = buffer_append_byte(&builder->lengths, length_code(length), error);
    }
    if (status == STATUS_OK) {
        status = add_id(builder, &id, error);
    }
    builder->counts.text_bytes += document->stored->text_size;
    builder->document_count++;
    return status;
}

/* ---- Small tables ---- */

static enum status write_ids(struct builder *builder, struct error *error)
{
    struct ranking ranking;
    const uint32_t *documents = (const uint32_t *)(const void *)builder->id_documents.bytes;
    ranking_init(&ranking);
    enum status status = ranking_update(&ranking, builder->ids, error);
    const struct ranked_string *order = ranking_order(&ranking);
    for (uint32_t i = 0; status == STATUS_OK && i < intern_count(builder->ids); i++) {
        unsigned char value[VARINT_SIZE_MAX];
        size_t id_size = 0;
        const void *id = intern_string(builder->ids, order[i].number, &id_size);
        size_t size = store_varint(value, documents[order[i].number]);
        status = segment_writer_record(builder->writer, STORE_IDS, id, id_size, value, size, error);
    }
    ranking_release(&ranking);
    return status;
}

static enum status write_ledger(struct builder *builder, struct error *error)
{
    struct byte_reader reader = byte_reader_over(builder->ledger.bytes, builder->ledger.size);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < builder->ledger_count; i++) {
        unsigned char key[4];
        size_t size = 0;
        const void *record = byte_reader_string(&reader, &size);
        store_u32_be(key, i);
        status = segment_writer_record(builder->writer, STORE_LEDGER, key, sizeof key, record, size,
                                       error);
    }
    return status;
}

static enum status write_all(struct builder *builder, struct error *error)
{
    const uint8_t *lengths = builder->lengths.bytes;
    bool plain = builder->fate == STORE_MERGED;
    phase_enter(builder->clock, PHASE_DOCUMENTS);
    enum status status = close_frames(builder, false, error);
    phase_enter(builder->clock, PHASE_INVERT);
    if (status == STATUS_OK) {
        status = inversion_write(builder->inversion, &builder->terms, lengths, plain,
                                 builder->writer, error);
    }
    if (status == STATUS_OK) {
        status = inversion_write(builder->inversion, &builder->entities, lengths, plain,
                                 builder->writer, error);
    }
    if (status == STATUS_OK) {
        status = name_links_write(&builder->names, &builder->entities, builder->writer, error);
    }
    if (status == STATUS_OK) {
        status = write_ids(builder, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(builder->writer, STORE_SOURCES, builder->sources, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(builder->writer, STORE_INPUTS, builder->inputs, error);
    }
    return status == STATUS_OK ? write_ledger(builder, error) : status;
}

enum status builder_finish(struct builder *builder, uint64_t input_bytes,
                           struct segment_counts *counts, struct store_seal *seal,
                           struct error *error)
{
    enum status status = write_all(builder, error);
    phase_enter(builder->clock, PHASE_WRITE);
    if (status == STATUS_OK) {
        *counts = builder->counts;
        counts->input_bytes = input_bytes;
        status = segment_writer_finish(builder->writer, counts, seal, error);
        builder->writer = NULL;
    }
    builder_abandon(builder);
    return status;
}
