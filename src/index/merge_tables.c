#include "index/merge_tables.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

/* ---- Names ---- */

enum status merge_names_range(struct merge_walk *walk, const struct merge_range_keys *range,
                              struct buffer *out, struct error *error)
{
    enum status status = merge_walk_begin(walk, STORE_NAMES, range, error);
    while (status == STATUS_OK && walk->group_size > 0) {
        const struct table_cursor *cursor = &walk->group[0]->cursor;
        status = buffer_append_string(out, cursor->key, cursor->key_size, error);
        if (status == STATUS_OK) {
            status = merge_walk_next(walk, error);
        }
    }
    return status;
}

/* Whether a record of the names (name, 0, entity key) leads to an entity that is gone. */
static bool leads_nowhere(const struct intern *dropped, const unsigned char *record, size_t size)
{
    if (intern_count(dropped) == 0) {
        return false;
    }
    const unsigned char *end = memchr(record, 0, size);
    if (end == NULL) {
        return false;
    }
    size_t key_at = (size_t)(end - record) + 1;
    uint32_t number = 0;
    return intern_find(dropped, end + 1, size - key_at, &number);
}

enum status merge_names_append(const struct buffer *merged, const struct intern *dropped,
                               struct segment_writer *writer, struct error *error)
{
    struct byte_reader reader = byte_reader_over(merged->bytes, merged->size);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && byte_reader_left(&reader) > 0) {
        size_t size = 0;
        const unsigned char *record = byte_reader_string(&reader, &size);
        assert(!reader.failed); /* our own bytes */
        if (!leads_nowhere(dropped, record, size)) {
            status = segment_writer_record(writer, STORE_NAMES, record, size, NULL, 0, error);
        }
    }
    return status;
}

/* ---- Ids ---- */

/* What is merged of an id: its key, each document that has it plus 1, 0. */
static enum status merge_id(struct merge_walk *walk, struct buffer *out, struct error *error)
{
    size_t before = out->size;
    bool any = false;
    const struct table_cursor *first = &walk->group[0]->cursor;
    enum status status = buffer_append_string(out, first->key, first->key_size, error);
    for (size_t i = 0; status == STATUS_OK && i < walk->group_size; i++) {
        const struct merge_side *side = walk->group[i];
        struct byte_reader reader = byte_reader_over(side->cursor.value, side->cursor.value_size);
        uint64_t document = byte_reader_varint(&reader);
        if (reader.failed || document >= side->document_count) {
            return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: no such document",
                             store_path(side->store));
        }
        if (side->documents[document] != DOC_ID_END) {
            status = buffer_append_varint(out, (uint64_t)side->documents[document] + 1, error);
            any = true;
        }
    }
    if (!any) {
        out->size = before;
        return status;
    }
    return status == STATUS_OK ? buffer_append_byte(out, 0, error) : status;
}

enum status merge_ids_range(struct merge_walk *walk, const struct merge_range_keys *range,
                            struct buffer *out, struct error *error)
{
    enum status status = merge_walk_begin(walk, STORE_IDS, range, error);
    while (status == STATUS_OK && walk->group_size > 0) {
        status = merge_id(walk, out, error);
        if (status == STATUS_OK) {
            status = merge_walk_next(walk, error);
        }
    }
    return status;
}

enum status merge_ids_append(const struct buffer *merged, struct segment_writer *writer,
                             struct error *error)
{
    struct byte_reader reader = byte_reader_over(merged->bytes, merged->size);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && byte_reader_left(&reader) > 0) {
        size_t key_size = 0;
        const void *key = byte_reader_string(&reader, &key_size);
        uint64_t last = byte_reader_varint(&reader);
        for (uint64_t next = byte_reader_varint(&reader); status == STATUS_OK && next != 0;
             next = byte_reader_varint(&reader)) {
            status = segment_writer_superseded(writer, (doc_id)(last - 1), error);
            last = next;
        }
        assert(!reader.failed); /* our own bytes */
        unsigned char value[VARINT_SIZE_MAX];
        size_t size = store_varint(value, last - 1);
        if (status == STATUS_OK) {
            status = segment_writer_record(writer, STORE_IDS, key, key_size, value, size, error);
        }
    }
    return status;
}
