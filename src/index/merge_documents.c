#include "index/merge_documents.h"

struct copying {
    struct segment_writer *writer;
    struct merge_progress *progress;
    struct document_packer packer; /* documents out of frames that lost some */
    struct buffer frame;           /* made of them */
};

static enum status copy_columns(struct copying *copying, const struct merge_numbers *side,
                                doc_id document, struct error *error)
{
    uint64_t columns[COLUMN_COUNT];
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < COLUMN_COUNT; i++) {
        status =
            segment_column(side->segment, (enum segment_column)i, document, &columns[i], error);
    }
    if (status == STATUS_OK) {
        status = merge_numbers_source(side, &columns[COLUMN_SOURCE], error);
    }
    if (status == STATUS_OK) {
        status = merge_numbers_input(side, &columns[COLUMN_INPUT], error);
    }
    return status == STATUS_OK ? segment_writer_document(copying->writer, columns, error) : status;
}

/* Writes what was taken from frames that lost documents. */
static enum status close_frame(struct copying *copying, enum document_part part,
                               struct error *error)
{
    uint32_t count = document_packer_count(&copying->packer, part);
    if (count == 0) {
        return STATUS_OK;
    }
    buffer_clear(&copying->frame);
    enum status status = document_packer_close(&copying->packer, part, &copying->frame, error);
    return status == STATUS_OK ? segment_writer_frame(copying->writer, part, copying->frame.bytes,
                                                      copying->frame.size, count, error)
                               : status;
}

static enum status copy_frame(struct copying *copying, enum document_part part,
                              const struct document_frame *frame, struct error *error)
{
    enum status status = close_frame(copying, part, error);
    return status == STATUS_OK ? segment_writer_frame(copying->writer, part, frame->bytes,
                                                      frame->size, frame->count, error)
                               : status;
}

/* Takes the kept documents out of a frame. */
static enum status repack_frame(struct copying *copying, const struct merge_numbers *side,
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
            status = document_packer_copy(&copying->packer, part, packed, size, error);
        }
        if (status == STATUS_OK &&
            document_packer_size(&copying->packer, part) >= document_frame_size(part)) {
            status = close_frame(copying, part, error);
        }
    }
    return status;
}

/* A frame is copied as it is, unless documents are missing from it, or so little waits to be
 * written before it that it would make a frame not worth having. */
static enum status take_frame(struct copying *copying, const struct merge_numbers *side,
                              enum document_part part, doc_id *next, struct error *error)
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
    size_t waiting = document_packer_size(&copying->packer, part);
    bool whole = kept == frame.count && (waiting == 0 || waiting >= document_frame_size(part) / 4);
    status = whole ? copy_frame(copying, part, &frame, error)
                   : repack_frame(copying, side, part, &frame, error);
    if (part == DOCUMENT_BODY) { /* heads lie between the bodies */
        store_pass(segment_store(side->segment),
                   &(struct blob){.bytes = frame.bytes, .size = frame.size});
    }
    *next = frame.first + frame.count;
    return status == STATUS_OK ? merge_progress_add(copying->progress, frame.size, error) : status;
}

/* Heads and bodies side by side, as they lie in the file. */
static enum status copy_side(struct copying *copying, const struct merge_numbers *side,
                             struct error *error)
{
    doc_id next[DOCUMENT_PARTS] = {0};
    enum status status = STATUS_OK;
    for (doc_id i = 0; status == STATUS_OK && i < side->document_count; i++) {
        if (side->documents[i] != DOC_ID_END) {
            status = copy_columns(copying, side, i, error);
        }
    }
    enum document_part part = DOCUMENT_HEAD;
    while (status == STATUS_OK && next[part] < side->document_count) {
        status = take_frame(copying, side, part, &next[part], error);
        part = next[DOCUMENT_HEAD] <= next[DOCUMENT_BODY] ? DOCUMENT_HEAD : DOCUMENT_BODY;
    }
    store_hold_little(segment_store(side->segment));
    return status;
}

enum status merge_documents(const struct merge_numbers *numbers, size_t count,
                            int compression_level, struct segment_writer *writer,
                            struct merge_progress *progress, struct error *error)
{
    struct copying copying = {.writer = writer, .progress = progress};
    buffer_init(&copying.frame, STORE_VALUE_SIZE_MAX);
    enum status status = document_packer_init(&copying.packer, NULL, compression_level, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = copy_side(&copying, &numbers[i], error);
    }
    for (int i = 0; status == STATUS_OK && i < DOCUMENT_PARTS; i++) {
        status = close_frame(&copying, (enum document_part)i, error);
    }
    document_packer_release(&copying.packer);
    buffer_release(&copying.frame);
    return status;
}
