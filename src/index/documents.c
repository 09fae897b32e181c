#include "index/documents.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/scsu.h"
#include "index/format.h"

/* ---- One document ---- */

/* The strings of a stored document, in the order they are written; the text is what is left. */
enum status stored_document_write(const struct stored_document *document, struct buffer *out,
                                  struct error *error)
{
    enum status status = buffer_append_string(out, document->id, document->id_size, error);
    if (status == STATUS_OK) {
        status = buffer_append_string(out, document->source, document->source_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_string(out, document->url, document->url_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_string(out, document->date, document->date_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_string(out, document->extras, document->extras_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, document->title_start, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, document->title_end - document->title_start, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(out, document->text, document->text_size, error);
    }
    return status;
}

enum status stored_document_read(const void *bytes, size_t size, struct stored_document *document,
                                 struct error *error)
{
    struct byte_reader reader = byte_reader_over(bytes, size);
    document->id = (const char *)byte_reader_string(&reader, &document->id_size);
    document->source = (const char *)byte_reader_string(&reader, &document->source_size);
    document->url = (const char *)byte_reader_string(&reader, &document->url_size);
    document->date = (const char *)byte_reader_string(&reader, &document->date_size);
    document->extras = (const char *)byte_reader_string(&reader, &document->extras_size);
    uint64_t title_start = byte_reader_varint(&reader);
    uint64_t title_size = byte_reader_varint(&reader);
    document->text_size = byte_reader_left(&reader);
    document->text = (const char *)reader.at;
    if (reader.failed || document->text_size > UINT32_MAX || title_start > document->text_size ||
        title_size > document->text_size - title_start) {
        return error_set(error, STATUS_FORMAT, "a stored document is not well formed");
    }
    document->title_start = (uint32_t)title_start;
    document->title_end = (uint32_t)(title_start + title_size);
    return STATUS_OK;
}

/* ---- Packing ---- */

enum status document_packer_init(struct document_packer *packer, const void *dictionary,
                                 size_t dictionary_size, int level, struct error *error)
{
    *packer = (struct document_packer){.compressor = NULL};
    buffer_init(&packer->packed, UINT32_MAX);
    buffer_init(&packer->sizes, STORE_VALUE_SIZE_MAX);
    buffer_init(&packer->raw, STORE_VALUE_SIZE_MAX);
    return compressor_new(dictionary, dictionary_size, level, &packer->compressor, error);
}

void document_packer_release(struct document_packer *packer)
{
    compressor_free(packer->compressor);
    packer->compressor = NULL;
    buffer_release(&packer->packed);
    buffer_release(&packer->sizes);
    buffer_release(&packer->raw);
}

void document_packer_clear(struct document_packer *packer)
{
    buffer_clear(&packer->packed);
    buffer_clear(&packer->sizes);
}

uint32_t document_packer_count(const struct document_packer *packer)
{
    return (uint32_t)(packer->sizes.size / sizeof(uint32_t));
}

size_t document_packer_size(const struct document_packer *packer)
{
    return packer->packed.size;
}

size_t document_packer_memory(const struct document_packer *packer)
{
    return packer->packed.capacity + packer->sizes.capacity + packer->raw.capacity;
}

enum status document_packer_add(struct document_packer *packer, const void *document, size_t size,
                                struct error *error)
{
    size_t before = packer->packed.size;
    enum status status = scsu_encode(document, size, &packer->packed, error);
    uint32_t packed = (uint32_t)(packer->packed.size - before);
    return status == STATUS_OK ? buffer_append(&packer->sizes, &packed, sizeof packed, error)
                               : status;
}

enum status document_packer_copy(struct document_packer *packer, const void *packed, size_t size,
                                 struct error *error)
{
    uint32_t packed_size = (uint32_t)size;
    enum status status = buffer_append(&packer->packed, packed, size, error);
    return status == STATUS_OK
               ? buffer_append(&packer->sizes, &packed_size, sizeof packed_size, error)
               : status;
}

enum status document_packer_close(struct document_packer *packer, struct buffer *out,
                                  struct error *error)
{
    uint32_t count = document_packer_count(packer);
    const uint32_t *sizes = (const uint32_t *)(const void *)packer->sizes.bytes;
    assert(count > 0);
    buffer_clear(&packer->raw);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = buffer_append_varint(&packer->raw, sizes[i], error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&packer->raw, packer->packed.bytes, packer->packed.size, error);
    }
    if (status == STATUS_OK) {
        status =
            compressor_frame(packer->compressor, packer->raw.bytes, packer->raw.size, out, error);
    }
    document_packer_clear(packer);
    return status;
}

/* ---- Reading ---- */

static enum status damaged(const struct document_reader *reader, struct error *error)
{
    return error_set(error, STATUS_FORMAT,
                     "segment '%s' is damaged: its documents are not well "
                     "formed",
                     store_path(reader->store));
}

enum status document_reader_init(struct document_reader *reader, const struct store *store,
                                 uint32_t document_count, const void *dictionary,
                                 size_t dictionary_size, struct error *error)
{
    *reader = (struct document_reader){.store = store, .document_count = document_count};
    buffer_init(&reader->raw, STORE_VALUE_SIZE_MAX);
    buffer_init(&reader->ends, STORE_VALUE_SIZE_MAX);
    return decompressor_new(dictionary, dictionary_size, &reader->decompressor, error);
}

void document_reader_release(struct document_reader *reader)
{
    decompressor_free(reader->decompressor);
    reader->decompressor = NULL;
    buffer_release(&reader->raw);
    buffer_release(&reader->ends);
}

static enum status chunk_open(struct document_reader *reader, doc_id document, struct error *error)
{
    if (reader->chunk.bytes != NULL && document >= reader->chunk_first &&
        document - reader->chunk_first < reader->chunk_documents) {
        return STATUS_OK;
    }
    reader->chunk.bytes = NULL;
    unsigned char key[4];
    store_u32_be(key, document);
    struct store_entry entry;
    enum status status =
        store_floor(reader->store, STORE_DOCUMENTS, key, sizeof key, &entry, error);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? damaged(reader, error) : status;
    }
    if (entry.key_size != 4 || entry.blob.size < 4) {
        return damaged(reader, error);
    }
    status = blob_check(reader->store, &entry.blob, 0, 4, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t frames = load_u32(entry.blob.bytes);
    if (frames == 0 || frames > (entry.blob.size - 4) / DOCUMENT_FRAME_HEAD_SIZE) {
        return damaged(reader, error);
    }
    size_t heads = 4 + DOCUMENT_FRAME_HEAD_SIZE * (size_t)frames;
    status = blob_check(reader->store, &entry.blob, 0, heads, error);
    if (status != STATUS_OK) {
        return status;
    }
    doc_id first = load_u32_be(entry.key);
    uint32_t documents = load_u32(entry.blob.bytes + heads - DOCUMENT_FRAME_HEAD_SIZE);
    if (document - first >= documents || documents > reader->document_count - first) {
        return damaged(reader, error);
    }
    assert(entry.blob.bytes != NULL);
    reader->chunk = entry.blob;
    reader->chunk_first = first;
    reader->chunk_frames = frames;
    reader->chunk_documents = documents;
    return STATUS_OK;
}

enum status document_reader_frame(struct document_reader *reader, doc_id document,
                                  struct document_frame *frame, struct error *error)
{
    assert(document < reader->document_count);
    enum status status = chunk_open(reader, document, error);
    if (status != STATUS_OK) {
        return status;
    }
    assert(reader->chunk.bytes != NULL);
    const unsigned char *head = reader->chunk.bytes + 4;
    size_t frames_from = 4 + DOCUMENT_FRAME_HEAD_SIZE * (size_t)reader->chunk_frames;
    uint32_t first = 0; /* in the chunk */
    uint32_t from = 0;
    uint32_t index = 0;
    while (index + 1 < reader->chunk_frames && load_u32(head) <= document - reader->chunk_first) {
        first = load_u32(head);
        from = load_u32(head + 4);
        head += DOCUMENT_FRAME_HEAD_SIZE;
        index++;
    }
    uint32_t end = load_u32(head);
    uint32_t to = load_u32(head + 4);
    if (end <= document - reader->chunk_first || end > reader->chunk_documents || end <= first ||
        document - reader->chunk_first < first || from > to ||
        to > reader->chunk.size - frames_from) {
        return damaged(reader, error);
    }
    *frame = (struct document_frame){.bytes = reader->chunk.bytes + frames_from + from,
                                     .size = to - from,
                                     .first = reader->chunk_first + first,
                                     .count = end - first};
    return blob_check(reader->store, &reader->chunk, frames_from + from, frames_from + to, error);
}

static enum status frame_unpack(struct document_reader *reader, const struct document_frame *frame,
                                struct error *error)
{
    reader->frame_documents = 0;
    enum status status =
        decompressor_frame(reader->decompressor, frame->bytes, frame->size, &reader->raw, error);
    if (status != STATUS_OK) {
        return status;
    }
    buffer_clear(&reader->ends);
    struct byte_reader sizes = byte_reader_over(reader->raw.bytes, reader->raw.size);
    uint64_t end = 0;
    for (uint32_t i = 0; status == STATUS_OK && i < frame->count; i++) {
        end += byte_reader_varint(&sizes);
        if (sizes.failed || end > reader->raw.size) {
            return damaged(reader, error);
        }
        status = buffer_append_u32(&reader->ends, (uint32_t)end, error);
    }
    if (status != STATUS_OK || end != byte_reader_left(&sizes)) {
        return status != STATUS_OK ? status : damaged(reader, error);
    }
    reader->raw_from = reader->raw.size - (size_t)end;
    reader->frame_first = frame->first;
    reader->frame_documents = frame->count;
    return STATUS_OK;
}

enum status document_reader_packed(struct document_reader *reader, doc_id document,
                                   const unsigned char **packed, size_t *size, struct error *error)
{
    bool at_hand =
        document >= reader->frame_first && document - reader->frame_first < reader->frame_documents;
    if (!at_hand) {
        struct document_frame frame = {.size = 0};
        enum status status = document_reader_frame(reader, document, &frame, error);
        if (status == STATUS_OK) {
            status = frame_unpack(reader, &frame, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    uint32_t index = document - reader->frame_first;
    const unsigned char *ends = reader->ends.bytes;
    size_t from = index == 0 ? 0 : load_u32(ends + 4 * (size_t)(index - 1));
    *packed = reader->raw.bytes + reader->raw_from + from;
    *size = load_u32(ends + 4 * (size_t)index) - from;
    return STATUS_OK;
}

enum status document_reader_get(struct document_reader *reader, doc_id document, struct buffer *out,
                                struct error *error)
{
    const unsigned char *packed = NULL;
    size_t size = 0;
    enum status status = document_reader_packed(reader, document, &packed, &size, error);
    buffer_clear(out);
    return status == STATUS_OK ? scsu_decode(packed, size, out, error) : status;
}
