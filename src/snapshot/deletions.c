#include "snapshot/deletions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"

/* magic 8, version 4, lists 4; for each list varint count, then each document as a varint: the
 * first as it is, the others as the distance from the one before less 1; digest 16 of all before.
 */
static const char magic[8] = "FHRDELET";

enum { HEAD_SIZE = 16, LIST_CAPACITY_MIN = 16 };

enum status deletions_init(struct deletions *deletions, uint32_t count, struct error *error)
{
    *deletions = (struct deletions){.count = 0};
    deletions->lists = memory_zalloc(count, sizeof *deletions->lists);
    if (deletions->lists == NULL) {
        return error_no_memory(error, count * sizeof *deletions->lists);
    }
    deletions->count = count;
    return STATUS_OK;
}

void deletions_release(struct deletions *deletions)
{
    if (deletions == NULL) {
        return;
    }
    for (uint32_t i = 0; i < deletions->count; i++) {
        memory_free(deletions->lists[i].documents);
    }
    memory_free(deletions->lists);
    *deletions = (struct deletions){.count = 0};
}

static enum status list_reserve(struct deletion_list *list, uint32_t capacity, struct error *error)
{
    size_t size = capacity * sizeof *list->documents;
    doc_id *documents = memory_resize(list->documents, size);
    if (documents == NULL) {
        return error_no_memory(error, size);
    }
    list->documents = documents;
    list->capacity = capacity;
    return STATUS_OK;
}

enum status deletion_list_add(struct deletion_list *list, doc_id document, struct error *error)
{
    if (list->count == list->capacity) {
        /* Repetitions may come, so twice the documents of a segment is the bound. */
        if (list->count >= 2 * SEGMENT_DOCUMENTS_MAX) {
            return error_set(error, STATUS_LIMIT, "too many deleted documents in a segment");
        }
        uint32_t capacity = list->capacity == 0 ? LIST_CAPACITY_MIN : list->capacity * 2;
        enum status status = list_reserve(list, capacity, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    list->documents[list->count++] = document;
    return STATUS_OK;
}

static int compare_documents(const void *a, const void *b)
{
    const doc_id *x = a;
    const doc_id *y = b;
    return (*x > *y) - (*x < *y);
}

void deletion_list_sort(struct deletion_list *list)
{
    if (list->count < 2) {
        return;
    }
    qsort(list->documents, list->count, sizeof *list->documents, compare_documents);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < list->count; i++) {
        if (list->documents[i] != list->documents[kept - 1]) {
            list->documents[kept++] = list->documents[i];
        }
    }
    list->count = kept;
}

static enum status write_list(const struct deletion_list *list, struct buffer *out,
                              struct error *error)
{
    enum status status = buffer_append_varint(out, list->count, error);
    for (uint32_t i = 0; i < list->count && status == STATUS_OK; i++) {
        doc_id document = list->documents[i];
        if (i > 0) {
            assert(document > list->documents[i - 1]);
            document -= list->documents[i - 1] + 1;
        }
        status = buffer_append_varint(out, document, error);
    }
    return status;
}

enum status deletions_write(const struct deletions *deletions, struct buffer *out,
                            struct error *error)
{
    assert(out->size == 0);
    enum status status = buffer_append(out, magic, sizeof magic, error);
    if (status == STATUS_OK) {
        status = buffer_append_u32(out, DELETIONS_VERSION, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_u32(out, deletions->count, error);
    }
    for (uint32_t i = 0; i < deletions->count && status == STATUS_OK; i++) {
        status = write_list(&deletions->lists[i], out, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct digest digest = digest_of(out->bytes, out->size);
    return buffer_append(out, digest.bytes, DIGEST_SIZE, error);
}

static enum status damaged(const char *path, const char *reason, struct error *error)
{
    return error_set(error, STATUS_FORMAT, "cannot read deletions '%s': %s", path, reason);
}

static enum status read_list(struct byte_reader *reader, const struct segment_record *segment,
                             struct deletion_list *list, bool *good, struct error *error)
{
    uint64_t count = byte_reader_varint(reader);
    *good = !reader->failed && count == segment->deleted && count <= byte_reader_left(reader);
    if (!*good || count == 0) {
        return STATUS_OK;
    }
    enum status status = list_reserve(list, (uint32_t)count, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t next = 0; /* the smallest number that may come */
    while (list->count < count && *good) {
        uint64_t distance = byte_reader_varint(reader);
        *good = !reader->failed && distance < segment->counts.documents &&
                next + distance < segment->counts.documents;
        list->documents[list->count++] = (doc_id)(next + distance);
        next += distance + 1;
    }
    return STATUS_OK;
}

static enum status check_head(const unsigned char *bytes, size_t size, const char *path,
                              const struct manifest *manifest, struct error *error)
{
    if (size < HEAD_SIZE + DIGEST_SIZE || memcmp(bytes, magic, sizeof magic) != 0) {
        return damaged(path, "cut short, or not a file of deletions", error);
    }
    if (load_u32(bytes + 8) != DELETIONS_VERSION) {
        return damaged(path, "written by another version of this program", error);
    }
    struct digest told;
    memcpy(told.bytes, bytes + size - DIGEST_SIZE, DIGEST_SIZE);
    struct digest actual = digest_of(bytes, size - DIGEST_SIZE);
    if (digest_compare(&told, &actual) != 0) {
        return damaged(path, "its bytes do not fit its digest", error);
    }
    if (digest_compare(&told, &manifest->deletions.digest) != 0 ||
        load_u32(bytes + 12) != manifest->segment_count) {
        return damaged(path, "it belongs to another snapshot", error);
    }
    return STATUS_OK;
}

enum status deletions_read(const void *bytes, size_t size, const char *path,
                           const struct manifest *manifest, struct deletions *deletions,
                           struct error *error)
{
    *deletions = (struct deletions){.count = 0};
    enum status status = check_head(bytes, size, path, manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct byte_reader reader =
        byte_reader_over((const unsigned char *)bytes + HEAD_SIZE, size - HEAD_SIZE - DIGEST_SIZE);
    status = deletions_init(deletions, manifest->segment_count, error);
    bool good = true;
    for (uint32_t i = 0; i < deletions->count && status == STATUS_OK && good; i++) {
        status = read_list(&reader, &manifest->segments[i], &deletions->lists[i], &good, error);
    }
    if (status == STATUS_OK && (!good || byte_reader_left(&reader) > 0)) {
        status = damaged(path, "a list does not fit its segment", error);
    }
    if (status != STATUS_OK) {
        deletions_release(deletions);
    }
    return status;
}
