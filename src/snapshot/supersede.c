#include "snapshot/supersede.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/table.h"

/* Above this many old ids for one new id a look-up (some 2 us) beats walking (some 0.1 us a step).
 */
enum { WALK_STEPS_MAX = 16 };

/* Reading of one segment's ids in order. */
struct stream {
    struct table_cursor cursor;
    bool found; /* the cursor stands on a record */
};

struct work {
    struct segment *const *segments;
    uint32_t count;
    uint32_t first_new;
    uint64_t new_documents;
    struct deletions *deletions;
    struct stream *streams; /* one a segment; of old ones only where walking pays */
    uint32_t *heap;         /* numbers of new segments by (key, number), the smallest first */
    uint32_t heap_count;
};

static enum status read_document(const struct segment *segment, const unsigned char *value,
                                 size_t size, doc_id *document, struct error *error)
{
    struct byte_reader reader = byte_reader_over(value, size);
    uint64_t number = byte_reader_varint(&reader);
    if (reader.failed || number >= segment_counts(segment)->documents) {
        return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: bad table of ids",
                         store_path(segment_store(segment)));
    }
    *document = (doc_id)number;
    return STATUS_OK;
}

static enum status stream_open(struct work *work, uint32_t number, struct error *error)
{
    struct stream *stream = &work->streams[number];
    return table_cursor_seek(&stream->cursor, segment_store(work->segments[number]), STORE_IDS, "",
                             0, &stream->found, error);
}

static enum status stream_next(struct stream *stream, struct error *error)
{
    return table_cursor_next(&stream->cursor, &stream->found, error);
}

/* Marks the record a stream stands on as deleted. */
static enum status delete_current(struct work *work, uint32_t number, struct error *error)
{
    const struct table_cursor *cursor = &work->streams[number].cursor;
    doc_id document = 0;
    enum status status =
        read_document(work->segments[number], cursor->value, cursor->value_size, &document, error);
    return status == STATUS_OK ? deletion_list_add(&work->deletions->lists[number], document, error)
                               : status;
}

/* ---- The heap of new segments --------------------------------------------------------------- */

static bool heap_less(const struct work *work, uint32_t a, uint32_t b)
{
    const struct table_cursor *x = &work->streams[a].cursor;
    const struct table_cursor *y = &work->streams[b].cursor;
    int order = bytes_compare(x->key, x->key_size, y->key, y->key_size);
    return order != 0 ? order < 0 : a < b;
}

static void heap_sink(struct work *work, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= work->heap_count) {
            return;
        }
        if (child + 1 < work->heap_count &&
            heap_less(work, work->heap[child + 1], work->heap[child])) {
            child++;
        }
        if (!heap_less(work, work->heap[child], work->heap[at])) {
            return;
        }
        uint32_t moved = work->heap[at];
        work->heap[at] = work->heap[child];
        work->heap[child] = moved;
        at = child;
    }
}

/* Moves the smallest stream on. */
static enum status heap_next(struct work *work, struct error *error)
{
    struct stream *stream = &work->streams[work->heap[0]];
    enum status status = stream_next(stream, error);
    if (status == STATUS_OK && !stream->found) {
        work->heap[0] = work->heap[--work->heap_count];
    }
    heap_sink(work, 0);
    return status;
}

/* ---- Old segments --------------------------------------------------------------------------- */

static bool walks(const struct work *work, uint32_t number)
{
    return segment_counts(work->segments[number])->documents / WALK_STEPS_MAX <=
           work->new_documents;
}

static enum status look_up(struct work *work, uint32_t number, const void *key, size_t key_size,
                           struct error *error)
{
    const unsigned char *value = NULL;
    size_t size = 0;
    doc_id document = 0;
    enum status status = table_get(segment_store(work->segments[number]), STORE_IDS, key, key_size,
                                   &value, &size, error);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    status = read_document(work->segments[number], value, size, &document, error);
    return status == STATUS_OK ? deletion_list_add(&work->deletions->lists[number], document, error)
                               : status;
}

static enum status walk_to(struct work *work, uint32_t number, const void *key, size_t key_size,
                           struct error *error)
{
    struct stream *stream = &work->streams[number];
    while (stream->found) {
        const struct table_cursor *cursor = &stream->cursor;
        int order = bytes_compare(cursor->key, cursor->key_size, key, key_size);
        if (order >= 0) {
            return order == 0 ? delete_current(work, number, error) : STATUS_OK;
        }
        enum status status = stream_next(stream, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status search_old(struct work *work, const void *key, size_t key_size,
                              struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < work->first_new && status == STATUS_OK; i++) {
        status = walks(work, i) ? walk_to(work, i, key, key_size, error)
                                : look_up(work, i, key, key_size, error);
    }
    return status;
}

/* ---- All ------------------------------------------------------------------------------------ */

static enum status start(struct work *work, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < work->count && status == STATUS_OK; i++) {
        if (i >= work->first_new || walks(work, i)) {
            status = stream_open(work, i, error);
        }
        if (i >= work->first_new && work->streams[i].found) {
            work->heap[work->heap_count++] = i;
        }
    }
    for (uint32_t i = work->heap_count / 2; i-- > 0 && status == STATUS_OK;) {
        heap_sink(work, i);
    }
    return status;
}

static enum status add_own(struct work *work, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = work->first_new; i < work->count && status == STATUS_OK; i++) {
        uint32_t count = 0;
        const doc_id *documents = segment_superseded(work->segments[i], &count);
        for (uint32_t k = 0; k < count && status == STATUS_OK; k++) {
            status = deletion_list_add(&work->deletions->lists[i], documents[k], error);
        }
    }
    return status;
}

/* The smallest id, the last segment that has it kept, and the others deleted. */
static enum status take_id(struct work *work, unsigned char key[STORE_KEY_SIZE_MAX],
                           size_t *key_size, struct error *error)
{
    const struct table_cursor *first = &work->streams[work->heap[0]].cursor;
    *key_size = first->key_size;
    memcpy(key, first->key, first->key_size);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && work->heap_count > 0) {
        const struct table_cursor *top = &work->streams[work->heap[0]].cursor;
        if (!bytes_equal(top->key, top->key_size, key, *key_size)) {
            break;
        }
        /* Equal keys come in order of segments: this one is kept unless the next top has the same,
         * which is seen only after moving on, so its document is noted first. */
        uint32_t number = work->heap[0];
        doc_id document = 0;
        status =
            read_document(work->segments[number], top->value, top->value_size, &document, error);
        if (status == STATUS_OK) {
            status = heap_next(work, error);
        }
        if (status == STATUS_OK && work->heap_count > 0) {
            top = &work->streams[work->heap[0]].cursor;
            if (bytes_equal(top->key, top->key_size, key, *key_size)) {
                status = deletion_list_add(&work->deletions->lists[number], document, error);
            }
        }
    }
    return status;
}

/* Goes through the ids of the new segments. */
static enum status walk(struct work *work, struct error *error)
{
    unsigned char key[STORE_KEY_SIZE_MAX];
    size_t key_size = 0;
    for (uint32_t i = work->first_new; i < work->count; i++) {
        work->new_documents += segment_counts(work->segments[i])->documents;
    }
    work->streams = memory_zalloc(work->count, sizeof *work->streams);
    work->heap = memory_zalloc(work->count, sizeof *work->heap);
    if (work->streams == NULL || work->heap == NULL) {
        return error_no_memory(error, work->count * sizeof *work->streams);
    }
    enum status status = start(work, error);
    while (status == STATUS_OK && work->heap_count > 0) {
        status = take_id(work, key, &key_size, error);
        if (status == STATUS_OK) {
            status = search_old(work, key, key_size, error);
        }
    }
    return status;
}

enum status supersede(struct segment *const *segments, uint32_t count, uint32_t first_new,
                      bool distinct, struct deletions *deletions, struct error *error)
{
    assert(deletions->count == count && first_new <= count);
    struct work work = {
        .segments = segments, .count = count, .first_new = first_new, .deletions = deletions};
    bool needless = distinct && first_new == 0;
    enum status status = needless ? STATUS_OK : walk(&work, error);
    if (status == STATUS_OK) {
        status = add_own(&work, error);
    }
    for (uint32_t i = 0; i < count; i++) {
        deletion_list_sort(&deletions->lists[i]);
    }
    memory_free(work.heap);
    memory_free(work.streams);
    return status;
}
