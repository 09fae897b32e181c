#include "index/documents.h"

#include <assert.h>

#include "base/bytes.h"
#include "index/format.h"

enum store_database document_database(enum document_part part)
{
    return part == DOCUMENT_HEAD ? STORE_HEADS : STORE_BODIES;
}

/* ---- One document ---- */

/* The strings of a stored document, in the order they are written, and the text up to the title's
 * end. */
static enum status write_head(const struct stored_document *document, struct buffer *out,
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
        status = buffer_append(out, document->text, document->title_end, error);
    }
    return status;
}

static const char *body_of(const struct stored_document *document, size_t *size)
{
    *size = document->text_size - document->title_end;
    return *size == 0 ? "" : document->text + document->title_end;
}

enum status stored_document_write(const struct stored_document *document, struct buffer *out,
                                  struct error *error)
{
    size_t size = 0;
    const char *body = body_of(document, &size);
    enum status status = write_head(document, out, error);
    return status == STATUS_OK ? buffer_append(out, body, size, error) : status;
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

enum status document_packer_init(struct document_packer *packer, const struct symbol_index *symbols,
                                 int level, struct error *error)
{
    *packer = (struct document_packer){.symbols = symbols};
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        buffer_init(&packer->frames[i].packed, UINT32_MAX);
        buffer_init(&packer->frames[i].sizes, STORE_VALUE_SIZE_MAX);
    }
    buffer_init(&packer->raw, STORE_VALUE_SIZE_MAX);
    /* Ids, addresses and dates are much alike; the codes of a body's words have few matches. */
    static const int steps[DOCUMENT_PARTS] = {[DOCUMENT_HEAD] = 2, [DOCUMENT_BODY] = 4};
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < DOCUMENT_PARTS; i++) {
        status = compressor_new(level, steps[i], &packer->compressors[i], error);
    }
    return status;
}

void document_packer_release(struct document_packer *packer)
{
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        compressor_free(packer->compressors[i]);
        packer->compressors[i] = NULL;
        buffer_release(&packer->frames[i].packed);
        buffer_release(&packer->frames[i].sizes);
    }
    buffer_release(&packer->raw);
}

static void frame_clear(struct open_frame *frame)
{
    buffer_clear(&frame->packed);
    buffer_clear(&frame->sizes);
}

void document_packer_clear(struct document_packer *packer)
{
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        frame_clear(&packer->frames[i]);
    }
}

uint32_t document_packer_count(const struct document_packer *packer, enum document_part part)
{
    return (uint32_t)(packer->frames[part].sizes.size / sizeof(uint32_t));
}

size_t document_packer_size(const struct document_packer *packer, enum document_part part)
{
    return packer->frames[part].packed.size;
}

size_t document_packer_memory(const struct document_packer *packer)
{
    size_t memory = packer->raw.capacity;
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        memory += packer->frames[i].packed.capacity + packer->frames[i].sizes.capacity;
    }
    return memory;
}

static enum status pack(struct document_packer *packer, enum document_part part, const void *bytes,
                        size_t size, const struct dense_words *words, struct error *error)
{
    struct open_frame *frame = &packer->frames[part];
    size_t before = frame->packed.size;
    enum status status = dense_encode(packer->symbols, bytes, size, words, &frame->packed, error);
    uint32_t packed = (uint32_t)(frame->packed.size - before);
    return status == STATUS_OK ? buffer_append(&frame->sizes, &packed, sizeof packed, error)
                               : status;
}

enum status document_packer_add(struct document_packer *packer,
                                const struct stored_document *document,
                                const struct dense_word *words, size_t word_count,
                                struct error *error)
{
    struct buffer *head = &packer->raw;
    size_t size = 0;
    const char *body = body_of(document, &size);
    size_t titled = 0;
    while (titled < word_count && words[titled].end <= document->title_end) {
        titled++;
    }
    size_t first = titled; /* a word across the title's end is spelled out */
    first += titled < word_count && words[titled].start < document->title_end;
    buffer_clear(head);
    enum status status = write_head(document, head, error);
    struct dense_words title = {
        .words = words, .count = titled, .shift = (int64_t)head->size - document->title_end};
    struct dense_words rest = {.words = words + first,
                               .count = word_count - first,
                               .shift = -(int64_t)document->title_end};
    if (status == STATUS_OK) {
        status = pack(packer, DOCUMENT_HEAD, head->bytes, head->size, &title, error);
    }
    return status == STATUS_OK ? pack(packer, DOCUMENT_BODY, body, size, &rest, error) : status;
}

enum status document_packer_copy(struct document_packer *packer, enum document_part part,
                                 const void *packed, size_t size, struct error *error)
{
    struct open_frame *frame = &packer->frames[part];
    uint32_t packed_size = (uint32_t)size;
    enum status status = buffer_append(&frame->packed, packed, size, error);
    return status == STATUS_OK
               ? buffer_append(&frame->sizes, &packed_size, sizeof packed_size, error)
               : status;
}

enum status document_packer_close(struct document_packer *packer, enum document_part part,
                                  struct buffer *out, struct error *error)
{
    struct open_frame *frame = &packer->frames[part];
    uint32_t count = document_packer_count(packer, part);
    const uint32_t *sizes = (const uint32_t *)(const void *)frame->sizes.bytes;
    assert(count > 0);
    buffer_clear(&packer->raw);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = buffer_append_varint(&packer->raw, sizes[i], error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&packer->raw, frame->packed.bytes, frame->packed.size, error);
    }
    if (status == STATUS_OK) {
        status = compressor_frame(packer->compressors[part], packer->raw.bytes, packer->raw.size,
                                  out, error);
    }
    frame_clear(frame);
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

void document_reader_init(struct document_reader *reader, const struct store *store,
                          uint32_t document_count, const struct symbols *symbols)
{
    *reader = (struct document_reader){
        .store = store, .symbols = symbols, .document_count = document_count};
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        reader->parts[i].database = document_database((enum document_part)i);
        for (int k = 0; k < DOCUMENT_FRAME_SLOTS; k++) {
            buffer_init(&reader->parts[i].frames[k].raw, STORE_VALUE_SIZE_MAX);
            buffer_init(&reader->parts[i].frames[k].ends, STORE_VALUE_SIZE_MAX);
        }
    }
}

void document_reader_release(struct document_reader *reader)
{
    decompressor_release(&reader->decompressor);
    for (int i = 0; i < DOCUMENT_PARTS; i++) {
        for (int k = 0; k < DOCUMENT_FRAME_SLOTS; k++) {
            buffer_release(&reader->parts[i].frames[k].raw);
            buffer_release(&reader->parts[i].frames[k].ends);
        }
    }
}

static enum status chunk_open(const struct document_reader *reader, struct frame_reader *frames,
                              doc_id document, struct error *error)
{
    if (frames->chunk.bytes != NULL && document >= frames->chunk_first &&
        document - frames->chunk_first < frames->chunk_documents) {
        return STATUS_OK;
    }
    frames->chunk.bytes = NULL;
    unsigned char key[4];
    store_u32_be(key, document);
    struct store_entry entry;
    enum status status =
        store_floor(reader->store, frames->database, key, sizeof key, &entry, error);
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
    uint32_t count = load_u32(entry.blob.bytes);
    if (count == 0 || count > (entry.blob.size - 4) / DOCUMENT_FRAME_ENTRY_SIZE) {
        return damaged(reader, error);
    }
    size_t entries = 4 + DOCUMENT_FRAME_ENTRY_SIZE * (size_t)count;
    status = blob_check(reader->store, &entry.blob, 0, entries, error);
    if (status != STATUS_OK) {
        return status;
    }
    doc_id first = load_u32_be(entry.key);
    uint32_t documents = load_u32(entry.blob.bytes + entries - DOCUMENT_FRAME_ENTRY_SIZE);
    if (document - first >= documents || documents > reader->document_count - first) {
        return damaged(reader, error);
    }
    assert(entry.blob.bytes != NULL);
    frames->chunk = entry.blob;
    frames->chunk_first = first;
    frames->chunk_frames = count;
    frames->chunk_documents = documents;
    return STATUS_OK;
}

enum status document_reader_frame(struct document_reader *reader, enum document_part part,
                                  doc_id document, struct document_frame *frame,
                                  struct error *error)
{
    struct frame_reader *frames = &reader->parts[part];
    assert(document < reader->document_count);
    enum status status = chunk_open(reader, frames, document, error);
    if (status != STATUS_OK) {
        return status;
    }
    assert(frames->chunk.bytes != NULL);
    const unsigned char *entry = frames->chunk.bytes + 4;
    size_t frames_from = 4 + DOCUMENT_FRAME_ENTRY_SIZE * (size_t)frames->chunk_frames;
    uint32_t first = 0; /* in the chunk */
    uint32_t from = 0;
    uint32_t index = 0;
    while (index + 1 < frames->chunk_frames && load_u32(entry) <= document - frames->chunk_first) {
        first = load_u32(entry);
        from = load_u32(entry + 4);
        entry += DOCUMENT_FRAME_ENTRY_SIZE;
        index++;
    }
    uint32_t end = load_u32(entry);
    uint32_t to = load_u32(entry + 4);
    if (end <= document - frames->chunk_first || end > frames->chunk_documents || end <= first ||
        document - frames->chunk_first < first || from > to ||
        to > frames->chunk.size - frames_from) {
        return damaged(reader, error);
    }
    *frame = (struct document_frame){.bytes = frames->chunk.bytes + frames_from + from,
                                     .size = to - from,
                                     .first = frames->chunk_first + first,
                                     .count = end - first};
    return blob_check(reader->store, &frames->chunk, frames_from + from, frames_from + to, error);
}

static enum status frame_unpack(struct document_reader *reader, const struct document_frame *frame,
                                struct open_document_frame *open, struct error *error)
{
    open->count = 0;
    enum status status =
        decompress_frame(&reader->decompressor, frame->bytes, frame->size, &open->raw, error);
    if (status != STATUS_OK) {
        return status;
    }
    buffer_clear(&open->ends);
    struct byte_reader sizes = byte_reader_over(open->raw.bytes, open->raw.size);
    uint64_t end = 0;
    for (uint32_t i = 0; status == STATUS_OK && i < frame->count; i++) {
        end += byte_reader_varint(&sizes);
        if (sizes.failed || end > open->raw.size) {
            return damaged(reader, error);
        }
        status = buffer_append_u32(&open->ends, (uint32_t)end, error);
    }
    if (status != STATUS_OK || end != byte_reader_left(&sizes)) {
        return status != STATUS_OK ? status : damaged(reader, error);
    }
    open->raw_from = open->raw.size - (size_t)end;
    open->first = frame->first;
    open->count = frame->count;
    return STATUS_OK;
}

static bool frame_holds(const struct open_document_frame *open, doc_id document)
{
    return document >= open->first && document - open->first < open->count;
}

/* Where the document's frame is, or may be put: the slot that was not used for the longest time. */
static struct open_document_frame *frame_slot(struct frame_reader *frames, doc_id document)
{
    struct open_document_frame *slots = frames->frames + 1;
    struct open_document_frame *found = slots;
    for (int i = 0; i < DOCUMENT_FRAMES_KEPT && !frame_holds(found, document); i++) {
        bool better = frame_holds(&slots[i], document) || slots[i].used < found->used;
        found = better ? &slots[i] : found;
    }
    found->used = ++frames->asked;
    return found;
}

static enum status packed_from(struct document_reader *reader, enum document_part part,
                               struct open_document_frame *open, doc_id document,
                               const unsigned char **packed, size_t *size, struct error *error)
{
    if (!frame_holds(open, document)) {
        struct document_frame frame = {.size = 0};
        enum status status = document_reader_frame(reader, part, document, &frame, error);
        if (status == STATUS_OK) {
            status = frame_unpack(reader, &frame, open, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    uint32_t index = document - open->first;
    const unsigned char *ends = open->ends.bytes;
    size_t from = index == 0 ? 0 : load_u32(ends + 4 * (size_t)(index - 1));
    *packed = open->raw.bytes + open->raw_from + from;
    *size = load_u32(ends + 4 * (size_t)index) - from;
    return STATUS_OK;
}

enum status document_reader_packed(struct document_reader *reader, enum document_part part,
                                   doc_id document, const unsigned char **packed, size_t *size,
                                   struct error *error)
{
    return packed_from(reader, part, &reader->parts[part].frames[0], document, packed, size, error);
}

enum status document_reader_get(struct document_reader *reader, enum document_part part,
                                doc_id document, struct buffer *out, struct error *error)
{
    const unsigned char *packed = NULL;
    size_t size = 0;
    struct open_document_frame *open = frame_slot(&reader->parts[part], document);
    enum status status = packed_from(reader, part, open, document, &packed, &size, error);
    return status == STATUS_OK ? dense_decode(reader->symbols, packed, size, out, error) : status;
}
