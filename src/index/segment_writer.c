#include "index/segment_writer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "index/format.h"

#define COLUMN_BYTES_MAX ((size_t)SEGMENT_DOCUMENTS_MAX * 9)

struct segment_writer {
    struct store_writer *store;
    struct table_writer tables[STORE_DATABASE_COUNT]; /* used for those that are tables */
    struct segment_counts counts;

    struct open_chunk {
        struct buffer frames;
        struct buffer entries; /* DOCUMENT_FRAME_ENTRY_SIZE each */
        uint32_t documents;
        uint32_t first;
    } chunks[DOCUMENT_PARTS];

    struct open_column {
        struct buffer rows;   /* of the open block, uint64_t each */
        struct buffer blocks; /* those behind, each with its size before it */
    } columns[COLUMN_COUNT];

    struct buffer lists; /* the open chunk of postings */
    uint32_t lists_chunk;
    struct buffer scratch;
    struct buffer superseded; /* u32 each */
};

static bool is_table(int database)
{
    return database != STORE_META && database != STORE_POSTINGS && database != STORE_HEADS &&
           database != STORE_BODIES && database != STORE_COLUMNS;
}

static void writer_free(struct segment_writer *writer)
{
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        table_writer_release(&writer->tables[i]);
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        buffer_release(&writer->columns[i].rows);
        buffer_release(&writer->columns[i].blocks);
    }
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        buffer_release(&writer->chunks[i].frames);
        buffer_release(&writer->chunks[i].entries);
    }
    buffer_release(&writer->lists);
    buffer_release(&writer->scratch);
    buffer_release(&writer->superseded);
    memory_free(writer);
}

void segment_writer_abandon(struct segment_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    store_writer_abandon(writer->store);
    writer_free(writer);
}

enum status segment_writer_open(const char *path, enum store_fate fate, struct segment_writer **out,
                                struct error *error)
{
    struct segment_writer *writer = memory_zalloc(1, sizeof *writer);
    if (writer == NULL) {
        return error_no_memory(error, sizeof *writer);
    }
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        buffer_init(&writer->chunks[i].frames, STORE_VALUE_SIZE_MAX);
        buffer_init(&writer->chunks[i].entries, STORE_VALUE_SIZE_MAX);
    }
    buffer_init(&writer->lists, STORE_VALUE_SIZE_MAX);
    buffer_init(&writer->scratch, STORE_VALUE_SIZE_MAX);
    buffer_init(&writer->superseded, STORE_VALUE_SIZE_MAX);
    enum status status = store_writer_open(path, fate, &writer->store, error);
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        table_writer_init(&writer->tables[i], writer->store, (enum store_database)i);
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        buffer_init(&writer->columns[i].rows, COLUMN_BLOCK_ROWS * sizeof(uint64_t));
        buffer_init(&writer->columns[i].blocks, COLUMN_BYTES_MAX);
    }
    if (status != STATUS_OK) {
        segment_writer_abandon(writer);
        return status;
    }
    *out = writer;
    return STATUS_OK;
}

void segment_writer_use_threads(struct segment_writer *writer, size_t threads)
{
    store_writer_use_threads(writer->store, threads);
}

/* ---- Documents and columns ---- */

static enum status documents_flush(struct segment_writer *writer, enum document_part part,
                                   struct error *error)
{
    struct open_chunk *chunk = &writer->chunks[part];
    if (chunk->documents == 0) {
        return STATUS_OK;
    }
    struct buffer *bytes = &writer->scratch;
    buffer_clear(bytes);
    uint32_t count = (uint32_t)(chunk->entries.size / DOCUMENT_FRAME_ENTRY_SIZE);
    enum status status = buffer_append_u32(bytes, count, error);
    if (status == STATUS_OK) {
        status = buffer_append(bytes, chunk->entries.bytes, chunk->entries.size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(bytes, chunk->frames.bytes, chunk->frames.size, error);
    }
    if (status == STATUS_OK) {
        unsigned char key[4];
        store_u32_be(key, chunk->first);
        status = store_writer_put(writer->store, document_database(part), key, sizeof key,
                                  bytes->bytes, bytes->size, error);
    }
    buffer_clear(&chunk->frames);
    buffer_clear(&chunk->entries);
    chunk->first += chunk->documents;
    chunk->documents = 0;
    return status;
}

enum status segment_writer_frame(struct segment_writer *writer, enum document_part part,
                                 const void *frame, size_t size, uint32_t count,
                                 struct error *error)
{
    assert(count > 0);
    struct open_chunk *chunk = &writer->chunks[part];
    enum status status = STATUS_OK;
    size_t entries = chunk->entries.size + DOCUMENT_FRAME_ENTRY_SIZE;
    if (4 + entries + chunk->frames.size + size > CHUNK_SIZE) {
        status = documents_flush(writer, part, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&chunk->frames, frame, size, error);
    }
    chunk->documents += count;
    if (status == STATUS_OK) {
        status = buffer_append_u32(&chunk->entries, chunk->documents, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_u32(&chunk->entries, (uint32_t)chunk->frames.size, error);
    }
    return status;
}

static size_t write_column(const uint64_t *rows, uint32_t count, unsigned char *out)
{
    uint64_t smallest = UINT64_MAX;
    uint64_t greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        smallest = rows[i] < smallest ? rows[i] : smallest;
        greatest = rows[i] > greatest ? rows[i] : greatest;
    }
    uint64_t range = greatest - smallest;
    unsigned width = range == 0 ? 0 : 64 - (unsigned)__builtin_clzll(range);
    size_t size = COLUMN_HEAD_SIZE + ((size_t)count * width + 7) / 8 + COLUMN_PADDING;
    memset(out, 0, size);
    store_u64(out, smallest);
    out[8] = (unsigned char)width;
    for (uint32_t i = 0; i < count; i++) {
        size_t at = (size_t)i * width;
        unsigned char *row = out + COLUMN_HEAD_SIZE + at / 8;
        uint64_t value = rows[i] - smallest;
        unsigned shift = at % 8;
        store_u64(row, load_u64(row) | value << shift);
        if (shift > 0 && shift + width > 64) {
            row[8] = (unsigned char)(value >> (64 - shift));
        }
    }
    return size;
}

static enum status column_close_block(struct segment_writer *writer, struct open_column *column,
                                      struct error *error)
{
    const uint64_t *rows = (const uint64_t *)(const void *)column->rows.bytes;
    uint32_t count = (uint32_t)(column->rows.size / sizeof *rows);
    size_t room = COLUMN_HEAD_SIZE + column->rows.size + COLUMN_PADDING;
    buffer_clear(&writer->scratch);
    enum status status = buffer_reserve(&writer->scratch, room, error);
    if (status == STATUS_OK) {
        size_t size = write_column(rows, count, writer->scratch.bytes);
        status = buffer_append_string(&column->blocks, writer->scratch.bytes, size, error);
    }
    buffer_clear(&column->rows);
    return status;
}

static enum status column_flush(struct segment_writer *writer, int index, struct error *error)
{
    struct open_column *column = &writer->columns[index];
    enum status status =
        column->rows.size > 0 ? column_close_block(writer, column, error) : STATUS_OK;
    struct byte_reader blocks = byte_reader_over(column->blocks.bytes, column->blocks.size);
    for (uint32_t block = 0; status == STATUS_OK && byte_reader_left(&blocks) > 0; block++) {
        size_t size = 0;
        const void *bytes = byte_reader_string(&blocks, &size);
        unsigned char key[5] = {(unsigned char)index};
        store_u32_be(key + 1, block);
        status =
            store_writer_put(writer->store, STORE_COLUMNS, key, sizeof key, bytes, size, error);
    }
    assert(!blocks.failed); /* our own bytes */
    return status;
}

/* All blocks of one column, then of the next: the order of their keys. */
static enum status columns_flush(struct segment_writer *writer, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < COLUMN_COUNT; i++) {
        status = column_flush(writer, i, error);
    }
    return status;
}

enum status segment_writer_document(struct segment_writer *writer,
                                    const uint64_t columns[COLUMN_COUNT], struct error *error)
{
    if (writer->counts.documents >= SEGMENT_DOCUMENTS_MAX) {
        return error_set(error, STATUS_LIMIT, "a segment holds at most %u documents",
                         SEGMENT_DOCUMENTS_MAX);
    }
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < COLUMN_COUNT; i++) {
        struct open_column *column = &writer->columns[i];
        status = buffer_append(&column->rows, &columns[i], sizeof columns[i], error);
        if (status == STATUS_OK && column->rows.size == column->rows.size_max) {
            status = column_close_block(writer, column, error);
        }
    }
    writer->counts.documents++;
    writer->counts.tokens += columns[COLUMN_LENGTH];
    return status;
}

enum status segment_writer_superseded(struct segment_writer *writer, doc_id document,
                                      struct error *error)
{
    return buffer_append_u32(&writer->superseded, document, error);
}

/* ---- Lexicons ---- */

static enum status lists_flush(struct segment_writer *writer, struct error *error)
{
    if (writer->lists.size == 0) {
        return STATUS_OK;
    }
    unsigned char key[4];
    store_u32_be(key, writer->lists_chunk++);
    enum status status = store_writer_put(writer->store, STORE_POSTINGS, key, sizeof key,
                                          writer->lists.bytes, writer->lists.size, error);
    buffer_clear(&writer->lists);
    return status;
}

/* Where `stem` stands in `form`, or form_size when it does not. */
static size_t find_stem(const char *form, size_t form_size, const unsigned char *stem,
                        size_t stem_size)
{
    if (stem_size == 0) {
        return form_size;
    }
    for (size_t at = 0; at + stem_size <= form_size; at++) { /* most places differ at either end */
        if (form[at] == (char)stem[0] && form[at + stem_size - 1] == (char)stem[stem_size - 1] &&
            memcmp(form + at, stem, stem_size) == 0) {
            return at;
        }
    }
    return form_size;
}

/* What a form takes at most, beside its bytes: its code, two sizes, its tag and two counts. */
enum { FORM_ROOM = 6 * VARINT_SIZE_MAX };

static unsigned char *put_varint(unsigned char *to, uint64_t value)
{
    return to + store_varint(to, value);
}

static unsigned char *put_bytes(unsigned char *to, const char *bytes, size_t size)
{
    memcpy(to, bytes, size);
    return to + size;
}

static unsigned char *put_form_bytes(unsigned char *to, const struct lexicon_form_record *form,
                                     const unsigned char *stem, size_t stem_size)
{
    size_t at = find_stem(form->bytes, form->size, stem, stem_size);
    bool around = at < form->size && form->size - stem_size < 64;
    if (around && form->size == stem_size) {
        return put_varint(to, FORM_IS_STEM);
    }
    if (around) {
        size_t behind = form->size - at - stem_size;
        to = put_varint(put_varint(to, FORM_AROUND_STEM), at);
        to = put_varint(put_bytes(to, form->bytes, at), behind);
        return put_bytes(to, form->bytes + at + stem_size, behind);
    }
    return put_bytes(put_varint(to, FORM_IN_FULL + form->size), form->bytes, form->size);
}

static enum status append_form(struct buffer *out, const struct lexicon_form_record *form,
                               bool tagged, bool counted, const unsigned char *stem,
                               size_t stem_size, struct error *error)
{
    enum status status = buffer_reserve(out, form->size + FORM_ROOM, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *to = put_form_bytes(out->bytes + out->size, form, stem, stem_size);
    if (tagged) {
        to = put_varint(to, form->tag);
    }
    if (counted) {
        to = put_varint(to, form->document_count);
        to = put_varint(to, form->occurrence_count - form->document_count);
    }
    out->size = (size_t)(to - out->bytes);
    return STATUS_OK;
}

static enum status append_head(struct buffer *out, const struct postings_location *location,
                               struct error *error)
{
    const uint64_t fields[] = {
        location->document_count, location->occurrence_count - location->document_count,
        location->chunk,          location->offset,
        location->size,           location->form_count - 1,
    };
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    enum status status = buffer_reserve(out, (size_t)FIELDS * VARINT_SIZE_MAX, error);
    for (size_t i = 0; status == STATUS_OK && i < FIELDS; i++) {
        out->size += store_varint(out->bytes + out->size, fields[i]);
    }
    return status;
}

enum status lexicon_forms_write(enum store_database lexicon, const void *key, size_t key_size,
                                const struct lexicon_form_record *forms, uint32_t form_count,
                                struct buffer *out, struct error *error)
{
    bool entities = lexicon == STORE_ENTITIES;
    const unsigned char *stem = (const unsigned char *)key + (entities ? 1 : 0);
    size_t stem_size = key_size == 0 ? 0 : key_size - (entities ? 1 : 0);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < form_count; i++) {
        status = append_form(out, &forms[i], entities, form_count > 1, stem, stem_size, error);
    }
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): key, forms and list, each with its size */
enum status segment_writer_entry(struct segment_writer *writer, enum store_database lexicon,
                                 const void *key, size_t key_size, const void *forms,
                                 size_t forms_size, const void *list, size_t list_size,
                                 struct postings_location *location, struct error *error)
{
    assert(lexicon == STORE_TERMS || lexicon == STORE_ENTITIES);
    assert(location->form_count > 0);
    bool entities = lexicon == STORE_ENTITIES;
    enum status status = STATUS_OK;
    if (writer->lists.size + list_size > CHUNK_SIZE) {
        status = lists_flush(writer, error);
    }
    location->chunk = writer->lists_chunk;
    location->offset = writer->lists.size;
    if (status == STATUS_OK) {
        status = buffer_append(&writer->lists, list, list_size, error);
    }
    struct buffer *record = &writer->scratch;
    buffer_clear(record);
    if (status == STATUS_OK) {
        status = append_head(record, location, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(record, forms, forms_size, error);
    }
    if (status == STATUS_OK) {
        status = table_writer_add(&writer->tables[lexicon], key, key_size, record->bytes,
                                  record->size, error);
    }
    writer->counts.terms += entities ? 0 : 1;
    writer->counts.forms += entities ? 0 : location->form_count;
    writer->counts.entities += entities ? 1 : 0;
    writer->counts.mentions += entities ? location->occurrence_count : 0;
    return status;
}

enum status segment_writer_record(struct segment_writer *writer, enum store_database table,
                                  const void *key, size_t key_size, const void *value,
                                  size_t value_size, struct error *error)
{
    assert(is_table(table));
    return table_writer_add(&writer->tables[table], key, key_size, value, value_size, error);
}

enum status segment_writer_names(struct segment_writer *writer, enum store_database table,
                                 const struct intern *names, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < intern_count(names); i++) {
        unsigned char key[4];
        size_t size = 0;
        const void *name = intern_string(names, i, &size);
        store_u32_be(key, i);
        status = segment_writer_record(writer, table, key, sizeof key, name, size, error);
    }
    return status;
}

/* ---- Finishing ---- */

/* As bytes: the list is written as it lies in memory, little-endian. */
static int compare_documents(const void *a, const void *b)
{
    uint32_t left = load_u32(a);
    uint32_t right = load_u32(b);
    return (left > right) - (left < right);
}

static enum status write_head(struct segment_writer *writer, struct error *error)
{
    const struct segment_counts *counts = &writer->counts;
    const uint64_t fields[] = {
        counts->documents, counts->tokens,   counts->text_bytes, counts->input_bytes,
        counts->terms,     counts->forms,    counts->entities,   counts->mentions,
        counts->rejected,  counts->repaired,
    };
    if (writer->superseded.size > 0) {
        qsort(writer->superseded.bytes, writer->superseded.size / sizeof(uint32_t),
              sizeof(uint32_t), compare_documents);
    }
    struct buffer *head = &writer->scratch;
    buffer_clear(head);
    enum status status = buffer_append_u32(head, SEGMENT_MAGIC, error);
    if (status == STATUS_OK) {
        status = buffer_append_u32(head, SEGMENT_VERSION, error);
    }
    for (size_t i = 0; status == STATUS_OK && i < sizeof fields / sizeof fields[0]; i++) {
        unsigned char number[8];
        store_u64(number, fields[i]);
        status = buffer_append(head, number, sizeof number, error);
    }
    if (status == STATUS_OK) {
        status = store_writer_put(writer->store, STORE_META, SEGMENT_META_KEY,
                                  strlen(SEGMENT_META_KEY), head->bytes, head->size, error);
    }
    if (status == STATUS_OK) {
        status = store_writer_put(writer->store, STORE_META, SUPERSEDED_KEY, strlen(SUPERSEDED_KEY),
                                  writer->superseded.bytes, writer->superseded.size, error);
    }
    return status;
}

enum status segment_writer_finish(struct segment_writer *writer, struct segment_counts *counts,
                                  struct store_seal *seal, struct error *error)
{
    writer->counts.text_bytes = counts->text_bytes;
    writer->counts.input_bytes = counts->input_bytes;
    writer->counts.rejected = counts->rejected;
    writer->counts.repaired = counts->repaired;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < DOCUMENT_PARTS; i++) {
        status = documents_flush(writer, (enum document_part)i, error);
        assert(status != STATUS_OK || writer->chunks[i].first == writer->counts.documents);
    }
    if (status == STATUS_OK) {
        status = lists_flush(writer, error);
    }
    if (status == STATUS_OK) {
        status = columns_flush(writer, error);
    }
    for (int i = 0; status == STATUS_OK && i < STORE_DATABASE_COUNT; i++) {
        if (is_table(i)) {
            status = table_writer_finish(&writer->tables[i], error);
        }
    }
    if (status == STATUS_OK) {
        status = write_head(writer, error);
    }
    if (status != STATUS_OK) {
        segment_writer_abandon(writer);
        return status;
    }
    struct store_writer *store = writer->store;
    *counts = writer->counts;
    writer_free(writer);
    return store_writer_finish(store, seal, error);
}
