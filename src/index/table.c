#include "index/table.h"

#include <assert.h>

#include "base/bytes.h"

enum { CHUNK_HEAD_SIZE = 8 }; /* number of records, number of restarts */
enum { RECORD_HEAD_SIZE_MAX = 3 * VARINT_SIZE_MAX };

/* ---- Writing ---- */

void table_writer_init(struct table_writer *writer, struct store_writer *store,
                       enum store_database database)
{
    *writer = (struct table_writer){.store = store, .database = database};
    buffer_init(&writer->records, STORE_VALUE_SIZE_MAX);
    buffer_init(&writer->restarts, STORE_VALUE_SIZE_MAX);
    buffer_init(&writer->first_key, STORE_KEY_SIZE_MAX);
    buffer_init(&writer->last_key, STORE_KEY_SIZE_MAX);
}

void table_writer_release(struct table_writer *writer)
{
    buffer_release(&writer->records);
    buffer_release(&writer->restarts);
    buffer_release(&writer->first_key);
    buffer_release(&writer->last_key);
}

static enum status chunk_put(struct table_writer *writer, struct error *error)
{
    if (writer->count == 0) {
        return STATUS_OK;
    }
    unsigned char head[CHUNK_HEAD_SIZE];
    store_u32(head, writer->count);
    store_u32(head + 4, (uint32_t)(writer->restarts.size / 4));
    struct buffer chunk;
    buffer_init(&chunk, STORE_VALUE_SIZE_MAX);
    enum status status = buffer_append(&chunk, head, sizeof head, error);
    if (status == STATUS_OK) {
        status = buffer_append(&chunk, writer->restarts.bytes, writer->restarts.size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&chunk, writer->records.bytes, writer->records.size, error);
    }
    if (status == STATUS_OK) {
        status = store_writer_put_packed(writer->store, writer->database, writer->first_key.bytes,
                                         writer->first_key.size, chunk.bytes, chunk.size, error);
    }
    buffer_release(&chunk);
    buffer_clear(&writer->records);
    buffer_clear(&writer->restarts);
    writer->count = 0;
    return status;
}

static size_t shared_prefix(const unsigned char *a, size_t a_size, const unsigned char *b,
                            size_t b_size)
{
    size_t both = a_size < b_size ? a_size : b_size;
    size_t shared = 0;
    while (shared + 8 <= both && load_u64(a + shared) == load_u64(b + shared)) {
        shared += 8;
    }
    while (shared < both && a[shared] == b[shared]) {
        shared++;
    }
    return shared;
}

/* `shared`: so many bytes are there already. */
static enum status copy_key(struct buffer *to, size_t shared, const void *key, size_t size,
                            struct error *error)
{
    to->size = shared;
    return buffer_append(to, (const unsigned char *)key + shared, size - shared, error);
}

enum status table_writer_add(struct table_writer *writer, const void *key, size_t key_size,
                             const void *value, size_t value_size, struct error *error)
{
    assert(key_size > 0 && key_size <= STORE_KEY_SIZE_MAX);
    const unsigned char *bytes = key;
    const unsigned char *last = writer->last_key.bytes;
    size_t same = shared_prefix(last, writer->last_key.size, bytes, key_size);
    assert(same < key_size && (same == writer->last_key.size || last[same] < bytes[same]));
    enum status status = STATUS_OK;
    size_t more = RECORD_HEAD_SIZE_MAX + key_size + value_size + 4;
    size_t size = CHUNK_HEAD_SIZE + writer->restarts.size + writer->records.size;
    if (size + more > TABLE_CHUNK_SIZE) {
        status = chunk_put(writer, error);
    }
    size_t shared = 0;
    if (status == STATUS_OK && writer->count == 0) {
        status = copy_key(&writer->first_key, 0, key, key_size, error);
    }
    if (status == STATUS_OK && writer->count % TABLE_RESTART == 0) {
        status = buffer_append_u32(&writer->restarts, (uint32_t)writer->records.size, error);
    } else if (status == STATUS_OK) {
        shared = same;
    }
    if (status == STATUS_OK) {
        status = buffer_reserve(&writer->records, more, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *at = writer->records.bytes + writer->records.size;
    at += store_varint(at, shared);
    at += store_varint(at, key_size - shared);
    at += store_varint(at, value_size);
    memcpy(at, bytes + shared, key_size - shared);
    at += key_size - shared;
    if (value_size > 0) {
        memcpy(at, value, value_size);
        at += value_size;
    }
    writer->records.size = (size_t)(at - writer->records.bytes);
    writer->count++;
    return copy_key(&writer->last_key, same, key, key_size, error);
}

enum status table_writer_finish(struct table_writer *writer, struct error *error)
{
    return chunk_put(writer, error);
}

/* ---- Reading ---- */

struct chunk {
    const unsigned char *bytes; /* content, decompressed */
    size_t size;
    size_t restart_count;
    uint32_t count;
    size_t records_from;
};

static enum status chunk_damaged(const struct store *store, struct error *error)
{
    return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: a table is not well formed",
                     store_path(store));
}

/* The content of the chunk that the cursor is at. Its head was read when the cursor came there. */
static enum status chunk_content(const struct table_cursor *cursor, struct chunk *chunk,
                                 struct error *error)
{
    return (cursor->kept ? store_unpack_kept : store_unpack)(
        cursor->store, cursor->database, &cursor->chunk.blob, &chunk->bytes, &chunk->size, error);
}

static enum status chunk_open(const struct table_cursor *cursor, struct chunk *chunk,
                              struct error *error)
{
    enum status status = chunk_content(cursor, chunk, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (chunk->size < CHUNK_HEAD_SIZE) {
        return chunk_damaged(cursor->store, error);
    }
    chunk->count = load_u32(chunk->bytes);
    chunk->restart_count = load_u32(chunk->bytes + 4);
    if (chunk->restart_count > (chunk->size - CHUNK_HEAD_SIZE) / 4 || chunk->restart_count == 0) {
        return chunk_damaged(cursor->store, error);
    }
    chunk->records_from = CHUNK_HEAD_SIZE + 4 * chunk->restart_count;
    return STATUS_OK;
}

/* Reads the record at cursor->at on top of the key of the record before. */
static enum status record_read(struct table_cursor *cursor, const struct chunk *chunk,
                               struct error *error)
{
    struct byte_reader reader =
        byte_reader_over(chunk->bytes + cursor->at, chunk->size - cursor->at);
    uint64_t shared = byte_reader_varint(&reader);
    uint64_t suffix_size = byte_reader_varint(&reader);
    uint64_t value_size = byte_reader_varint(&reader);
    if (reader.failed || shared > cursor->key_size || suffix_size > STORE_KEY_SIZE_MAX - shared ||
        suffix_size > byte_reader_left(&reader) ||
        value_size > byte_reader_left(&reader) - suffix_size) {
        return chunk_damaged(cursor->store, error);
    }
    memcpy(cursor->key + shared, byte_reader_take(&reader, (size_t)suffix_size),
           (size_t)suffix_size);
    cursor->key_size = (size_t)(shared + suffix_size);
    cursor->value_size = (size_t)value_size;
    cursor->value = byte_reader_take(&reader, (size_t)value_size);
    cursor->at = (size_t)(reader.at - chunk->bytes);
    cursor->left--;
    return STATUS_OK;
}

/* Places the cursor so that the next record_read() gives the first record of restart `index`. */
static enum status restart_go(struct table_cursor *cursor, const struct chunk *chunk, size_t index,
                              struct error *error)
{
    size_t offset = load_u32(chunk->bytes + CHUNK_HEAD_SIZE + 4 * index);
    uint64_t before = (uint64_t)index * TABLE_RESTART;
    if (offset > chunk->size - chunk->records_from || before >= chunk->count) {
        return chunk_damaged(cursor->store, error);
    }
    cursor->at = chunk->records_from + offset;
    cursor->left = chunk->count - (uint32_t)before;
    cursor->key_size = 0;
    return STATUS_OK;
}

/* Places the cursor at the last restart whose key is not above `key`. */
static enum status restart_find(struct table_cursor *cursor, const struct chunk *chunk,
                                const void *key, size_t key_size, struct error *error)
{
    size_t low =
        0; /* the chunk's first key is not above `key`, or the search starts there anyway */
    size_t high = chunk->restart_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        enum status status = restart_go(cursor, chunk, middle, error);
        if (status == STATUS_OK) {
            status = record_read(cursor, chunk, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (bytes_compare(cursor->key, cursor->key_size, key, key_size) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return restart_go(cursor, chunk, low, error);
}

static bool is_behind_end(const struct table_cursor *cursor, const void *key, size_t key_size)
{
    return cursor->end_size > 0 && bytes_compare(key, key_size, cursor->end, cursor->end_size) >= 0;
}

/* Goes to the chunk behind; `*found` is false when it is wanted no more. */
static enum status chunk_next(struct table_cursor *cursor, bool *found, struct error *error)
{
    struct store_entry chunk = cursor->chunk;
    enum status status = store_next(cursor->store, cursor->database, &chunk, error);
    *found = status == STATUS_OK && !is_behind_end(cursor, chunk.key, chunk.key_size);
    if (*found) {
        cursor->chunk = chunk;
        store_pass(cursor->store, &chunk.blob);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status table_cursor_next(struct table_cursor *cursor, bool *found, struct error *error)
{
    enum status status = STATUS_OK;
    bool next_chunk = cursor->left == 0;
    *found = true;
    if (next_chunk) {
        status = chunk_next(cursor, found, error);
    }
    if (status != STATUS_OK || !*found) {
        *found = false;
        return status;
    }
    struct chunk chunk;
    status = (next_chunk ? chunk_open : chunk_content)(cursor, &chunk, error);
    if (status == STATUS_OK && next_chunk) {
        status = restart_go(cursor, &chunk, 0, error);
    }
    if (status == STATUS_OK) {
        status = record_read(cursor, &chunk, error);
    }
    *found = status == STATUS_OK && !is_behind_end(cursor, cursor->key, cursor->key_size);
    return status;
}

static enum status seek(struct table_cursor *cursor, const struct store *store,
                        enum store_database database, const struct table_range *range, bool *found,
                        struct error *error)
{
    const void *key = range->from;
    size_t key_size = range->from_size;
    *found = false;
    cursor->store = store;
    cursor->database = database;
    cursor->key_size = 0;
    cursor->left = 0;
    cursor->end = range->end;
    cursor->end_size = range->end_size;
    enum status status = store_floor(store, database, key, key_size, &cursor->chunk, error);
    if (status == STATUS_NOT_FOUND) {
        status = store_floor(store, database, NULL, 0, &cursor->chunk, error);
    }
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    struct chunk chunk;
    status = chunk_open(cursor, &chunk, error);
    if (status == STATUS_OK) {
        status = key_size == 0 ? restart_go(cursor, &chunk, 0, error)
                               : restart_find(cursor, &chunk, key, key_size, error);
    }
    bool more = true;
    while (status == STATUS_OK && more) {
        status = table_cursor_next(cursor, &more, error);
        if (status == STATUS_OK && more &&
            bytes_compare(cursor->key, cursor->key_size, key, key_size) >= 0) {
            *found = true;
            return STATUS_OK;
        }
    }
    return status;
}

enum status table_cursor_seek_range(struct table_cursor *cursor, const struct store *store,
                                    enum store_database database, const struct table_range *range,
                                    bool *found, struct error *error)
{
    cursor->kept = false;
    return seek(cursor, store, database, range, found, error);
}

enum status table_cursor_seek(struct table_cursor *cursor, const struct store *store,
                              enum store_database database, const void *key, size_t key_size,
                              bool *found, struct error *error)
{
    const struct table_range range = {.from = key, .from_size = key_size};
    return table_cursor_seek_range(cursor, store, database, &range, found, error);
}

enum status table_get(const struct store *store, enum store_database database, const void *key,
                      size_t key_size, const unsigned char **value, size_t *value_size,
                      struct error *error)
{
    struct table_cursor cursor;
    const struct table_range range = {.from = key, .from_size = key_size};
    bool found = false;
    cursor.kept = true;
    enum status status = seek(&cursor, store, database, &range, &found, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!found || !bytes_equal(cursor.key, cursor.key_size, key, key_size)) {
        return STATUS_NOT_FOUND;
    }
    *value = cursor.value;
    *value_size = cursor.value_size;
    return STATUS_OK;
}
