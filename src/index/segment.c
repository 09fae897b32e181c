#include "index/segment.h"

#include <assert.h>

#include "base/hash.h"
#include "base/memory.h"
#include "index/format.h"

struct segment {
    struct store *store;
    struct segment_counts counts;
    doc_id *superseded;
    uint32_t superseded_count;
    uint32_t block_count;         /* of each column */
    struct column_block *columns; /* COLUMN_COUNT * block_count */
    struct document_reader documents;
};

static enum status damaged(const struct segment *segment, const char *what, struct error *error)
{
    return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: %s",
                     store_path(segment->store), what);
}

static enum status absent_is_damage(const struct segment *segment, enum status status,
                                    const char *what, struct error *error)
{
    return status == STATUS_NOT_FOUND ? damaged(segment, what, error) : status;
}

/* ---- Opening ---- */

static enum status read_counts(struct segment *segment, struct error *error)
{
    struct blob blob;
    enum status status = store_get(segment->store, STORE_META, SEGMENT_META_KEY,
                                   strlen(SEGMENT_META_KEY), &blob, error);
    status = absent_is_damage(segment, status, "it has no head", error);
    if (status == STATUS_OK) {
        status = blob_check(segment->store, &blob, 0, blob.size, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t *const fields[] = {
        &segment->counts.documents,   &segment->counts.tokens,   &segment->counts.text_bytes,
        &segment->counts.input_bytes, &segment->counts.terms,    &segment->counts.forms,
        &segment->counts.entities,    &segment->counts.mentions, &segment->counts.rejected,
        &segment->counts.repaired,
    };
    size_t field_count = sizeof fields / sizeof fields[0];
    if (blob.size != 8 + 8 * field_count || load_u32(blob.bytes) != SEGMENT_MAGIC) {
        return damaged(segment, "its head is not a segment's", error);
    }
    uint32_t version = load_u32(blob.bytes + 4);
    if (version != SEGMENT_VERSION) {
        return error_set(error, STATUS_FORMAT,
                         "segment '%s' has format version %u, this program reads version %u",
                         store_path(segment->store), version, SEGMENT_VERSION);
    }
    for (size_t i = 0; i < field_count; i++) {
        *fields[i] = load_u64(blob.bytes + 8 + 8 * i);
    }
    return segment->counts.documents <= SEGMENT_DOCUMENTS_MAX
               ? STATUS_OK
               : damaged(segment, "it claims too many documents", error);
}

static enum status read_superseded(struct segment *segment, struct error *error)
{
    struct blob blob;
    enum status status =
        store_get(segment->store, STORE_META, SUPERSEDED_KEY, strlen(SUPERSEDED_KEY), &blob, error);
    status = absent_is_damage(segment, status, "it has no list of superseded documents", error);
    if (status == STATUS_OK) {
        status = blob_check(segment->store, &blob, 0, blob.size, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    segment->superseded_count = (uint32_t)(blob.size / 4);
    segment->superseded = memory_zalloc(segment->superseded_count, sizeof *segment->superseded);
    if (segment->superseded == NULL) {
        return error_no_memory(error, blob.size);
    }
    for (uint32_t i = 0; i < segment->superseded_count; i++) {
        segment->superseded[i] = load_u32(blob.bytes + 4 * (size_t)i);
        if (segment->superseded[i] >= segment->counts.documents) {
            return damaged(segment, "a superseded document does not exist", error);
        }
    }
    return STATUS_OK;
}

enum status segment_open(const char *path, const struct store_seal *seal,
                         const struct symbols *symbols, struct segment **out, struct error *error)
{
    struct segment *segment = memory_zalloc(1, sizeof *segment);
    if (segment == NULL) {
        return error_no_memory(error, sizeof *segment);
    }
    enum status status = store_open(path, seal, &segment->store, error);
    if (status == STATUS_OK) {
        status = read_counts(segment, error);
    }
    if (status == STATUS_OK) {
        document_reader_init(&segment->documents, segment->store,
                             (uint32_t)segment->counts.documents, symbols);
        status = read_superseded(segment, error);
    }
    if (status == STATUS_OK) {
        segment->block_count =
            (uint32_t)((segment->counts.documents + COLUMN_BLOCK_ROWS - 1) / COLUMN_BLOCK_ROWS);
        size_t blocks = (size_t)COLUMN_COUNT * segment->block_count;
        segment->columns = memory_zalloc(blocks, sizeof *segment->columns);
        if (segment->columns == NULL) {
            status = error_no_memory(error, blocks * sizeof *segment->columns);
        }
    }
    if (status != STATUS_OK) {
        segment_close(segment);
        return status;
    }
    *out = segment;
    return STATUS_OK;
}

void segment_close(struct segment *segment)
{
    if (segment == NULL) {
        return;
    }
    document_reader_release(&segment->documents);
    store_close(segment->store);
    memory_free(segment->superseded);
    memory_free(segment->columns);
    memory_free(segment);
}

const struct segment_counts *segment_counts(const struct segment *segment)
{
    return &segment->counts;
}

const struct store *segment_store(const struct segment *segment)
{
    return segment->store;
}

const doc_id *segment_superseded(const struct segment *segment, uint32_t *count)
{
    *count = segment->superseded_count;
    return segment->superseded;
}

/* ---- Lexicons ---- */

enum status lexicon_entry_read(enum store_database lexicon, const void *key, size_t key_size,
                               const unsigned char *value, size_t value_size,
                               struct lexicon_entry *entry, struct error *error)
{
    assert(lexicon == STORE_TERMS || lexicon == STORE_ENTITIES);
    struct byte_reader reader = byte_reader_over(value, value_size);
    uint64_t documents = byte_reader_varint(&reader);
    uint64_t repeats = byte_reader_varint(&reader);
    uint64_t chunk = byte_reader_varint(&reader);
    uint64_t offset = byte_reader_varint(&reader);
    uint64_t size = byte_reader_varint(&reader);
    uint64_t more_forms = byte_reader_varint(&reader);
    if (reader.failed || documents == 0 || documents > SEGMENT_DOCUMENTS_MAX ||
        chunk > UINT32_MAX || more_forms >= UINT32_MAX || size > STORE_VALUE_SIZE_MAX ||
        repeats > UINT64_MAX / 2) {
        return error_set(error, STATUS_FORMAT, "a lexicon entry is damaged");
    }
    entry->postings = (struct postings_location){.chunk = (uint32_t)chunk,
                                                 .offset = offset,
                                                 .size = size,
                                                 .document_count = (uint32_t)documents,
                                                 .occurrence_count = documents + repeats,
                                                 .form_count = (uint32_t)more_forms + 1};
    entry->tagged = lexicon == STORE_ENTITIES;
    size_t letter = entry->tagged && key_size > 0 ? 1 : 0;
    entry->stem = (const unsigned char *)key + letter;
    entry->stem_size = key_size - letter;
    entry->forms = reader;
    entry->forms_read = 0;
    return STATUS_OK;
}

enum status segment_lookup(const struct segment *segment, enum store_database lexicon,
                           const void *key, size_t key_size, struct lexicon_entry *entry,
                           struct error *error)
{
    const unsigned char *value = NULL;
    size_t value_size = 0;
    enum status status =
        table_get(segment->store, lexicon, key, key_size, &value, &value_size, error);
    if (status != STATUS_OK) {
        return status;
    }
    return lexicon_entry_read(lexicon, key, key_size, value, value_size, entry, error);
}

static bool form_append(struct lexicon_form *form, const unsigned char *bytes, size_t size)
{
    if (size > sizeof form->bytes - form->size) {
        return false;
    }
    if (size > 0) {
        memcpy(form->bytes + form->size, bytes, size);
    }
    form->size += size;
    return true;
}

static bool form_bytes_read(struct lexicon_entry *entry, struct lexicon_form *form)
{
    struct byte_reader *reader = &entry->forms;
    uint64_t code = byte_reader_varint(reader);
    size_t size = 0;
    form->size = 0;
    if (code == FORM_IS_STEM) {
        return form_append(form, entry->stem, entry->stem_size);
    }
    if (code == FORM_AROUND_STEM) {
        const unsigned char *front = byte_reader_string(reader, &size);
        bool fits = form_append(form, front, size);
        fits = fits && form_append(form, entry->stem, entry->stem_size);
        const unsigned char *back = byte_reader_string(reader, &size);
        return fits && form_append(form, back, size);
    }
    uint64_t full = code - FORM_IN_FULL;
    const unsigned char *bytes =
        full > sizeof form->bytes ? NULL : byte_reader_take(reader, (size_t)full);
    return bytes != NULL && form_append(form, bytes, (size_t)full);
}

enum status lexicon_form_next(struct lexicon_entry *entry, struct lexicon_form *form, bool *found,
                              struct error *error)
{
    *found = entry->forms_read < entry->postings.form_count;
    if (!*found) {
        return STATUS_OK;
    }
    struct byte_reader *reader = &entry->forms;
    bool sound = form_bytes_read(entry, form);
    form->number = entry->forms_read++;
    form->tag = entry->tagged ? (uint32_t)byte_reader_varint(reader) : 0;
    form->document_count = entry->postings.document_count;
    form->occurrence_count = entry->postings.occurrence_count;
    if (entry->postings.form_count > 1) {
        uint64_t documents = byte_reader_varint(reader);
        form->document_count = (uint32_t)documents;
        form->occurrence_count = documents + byte_reader_varint(reader);
        sound = sound && documents <= entry->postings.document_count;
    }
    if (!sound || reader->failed) {
        *found = false;
        return error_set(error, STATUS_FORMAT, "a lexicon entry is damaged");
    }
    return STATUS_OK;
}

/* ---- Columns ---- */

static enum status column_block_open(struct segment *segment, enum segment_column column,
                                     uint32_t number, struct column_block *block,
                                     struct error *error)
{
    struct blob blob = {0};
    unsigned char key[5] = {(unsigned char)column};
    store_u32_be(key + 1, number);
    enum status status = store_get(segment->store, STORE_COLUMNS, key, sizeof key, &blob, error);
    status = absent_is_damage(segment, status, "a column is missing", error);
    if (status == STATUS_OK) {
        status = blob_check(segment->store, &blob, 0, blob.size, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    doc_id first = number * COLUMN_BLOCK_ROWS;
    uint64_t rows = segment->counts.documents - first;
    rows = rows > COLUMN_BLOCK_ROWS ? COLUMN_BLOCK_ROWS : rows;
    bool sound = blob.size >= COLUMN_HEAD_SIZE + COLUMN_PADDING && blob.bytes[8] <= 64 &&
                 blob.size == COLUMN_HEAD_SIZE + (rows * blob.bytes[8] + 7) / 8 + COLUMN_PADDING;
    if (!sound) {
        return damaged(segment, "a column has the wrong size", error);
    }
    unsigned width = blob.bytes[8];
    *block = (struct column_block){.rows = blob.bytes + COLUMN_HEAD_SIZE,
                                   .least = load_u64(blob.bytes),
                                   .mask = width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1,
                                   .width = width,
                                   .first = first,
                                   .count = (uint32_t)rows};
    return STATUS_OK;
}

enum status segment_column_block(struct segment *segment, enum segment_column column,
                                 doc_id document, const struct column_block **out,
                                 struct error *error)
{
    assert(document < segment->counts.documents);
    uint32_t number = document / COLUMN_BLOCK_ROWS;
    struct column_block *block = &segment->columns[column * segment->block_count + number];
    *out = block;
    return LIKELY(block->count > 0) ? STATUS_OK
                                    : column_block_open(segment, column, number, block, error);
}

enum status segment_column(struct segment *segment, enum segment_column column, doc_id document,
                           uint64_t *value, struct error *error)
{
    const struct column_block *block = NULL;
    enum status status = segment_column_block(segment, column, document, &block, error);
    if (status == STATUS_OK) {
        *value = column_block_value(block, document);
    }
    return status;
}

/* ---- Documents ---- */

enum status segment_document(struct segment *segment, doc_id document, struct buffer *out,
                             struct error *error)
{
    enum status status = segment_document_head(segment, document, out, error);
    return status == STATUS_OK
               ? document_reader_get(&segment->documents, DOCUMENT_BODY, document, out, error)
               : status;
}

enum status segment_document_head(struct segment *segment, doc_id document, struct buffer *out,
                                  struct error *error)
{
    buffer_clear(out);
    return document_reader_get(&segment->documents, DOCUMENT_HEAD, document, out, error);
}

struct document_reader *segment_documents(struct segment *segment)
{
    return &segment->documents;
}

/* ---- Small tables ---- */

size_t segment_id_key(const char *id, size_t id_size, unsigned char key[STORE_KEY_SIZE_MAX])
{
    enum { WHOLE_MAX = STORE_KEY_SIZE_MAX - DIGEST_SIZE };
    if (id_size <= WHOLE_MAX) {
        memcpy(key, id, id_size);
        return id_size;
    }
    struct digest digest = digest_of(id, id_size);
    memcpy(key, id, WHOLE_MAX);
    memcpy(key + WHOLE_MAX, digest.bytes, DIGEST_SIZE);
    return STORE_KEY_SIZE_MAX;
}

enum status segment_find_id(const struct segment *segment, const char *id, size_t id_size,
                            doc_id *document, struct error *error)
{
    unsigned char key[STORE_KEY_SIZE_MAX];
    size_t key_size = segment_id_key(id, id_size, key);
    const unsigned char *value = NULL;
    size_t value_size = 0;
    if (key_size == 0) {
        return STATUS_NOT_FOUND;
    }
    enum status status =
        table_get(segment->store, STORE_IDS, key, key_size, &value, &value_size, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct byte_reader reader = byte_reader_over(value, value_size);
    uint64_t number = byte_reader_varint(&reader);
    if (reader.failed || number >= segment->counts.documents) {
        return damaged(segment, "the table of ids is not well formed", error);
    }
    *document = (doc_id)number;
    return STATUS_OK;
}

enum status segment_name(const struct segment *segment, enum store_database table, uint32_t number,
                         const char **name, size_t *size, struct error *error)
{
    unsigned char key[4];
    store_u32_be(key, number);
    const unsigned char *value = NULL;
    enum status status = table_get(segment->store, table, key, sizeof key, &value, size, error);
    *name = (const char *)value;
    return absent_is_damage(segment, status, "a name is missing", error);
}

enum status segment_ledger_write(const struct segment_ledger_record *record, struct buffer *out,
                                 struct error *error)
{
    enum status status = buffer_append_byte(out, record->act, error);
    if (status == STATUS_OK) {
        status = buffer_append_byte(out, record->reason, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, record->input, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, record->offset, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, record->bytes, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(out, record->detail, record->detail_size, error);
    }
    return status;
}

enum status segment_ledger_read(const unsigned char *value, size_t size,
                                struct segment_ledger_record *record, struct error *error)
{
    struct byte_reader reader = byte_reader_over(value, size);
    const unsigned char *head = byte_reader_take(&reader, 2);
    uint64_t input = byte_reader_varint(&reader);
    record->offset = byte_reader_varint(&reader);
    record->bytes = byte_reader_varint(&reader);
    if (head == NULL || reader.failed || input > UINT32_MAX) {
        return error_set(error, STATUS_FORMAT, "a ledger record is damaged");
    }
    record->act = head[0];
    record->reason = head[1];
    record->input = (uint32_t)input;
    record->detail = (const char *)reader.at;
    record->detail_size = byte_reader_left(&reader);
    return STATUS_OK;
}
