#ifndef INDEX_TABLE_H
#define INDEX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/store.h"

/* A sorted table of byte strings inside one database of a store: many small records gathered in
 * chunks of at most TABLE_CHUNK_SIZE (a larger record has a chunk of its own), keys front-coded,
 * the chunk compressed (docs/FORMAT.md, "Table"). One B-tree entry a chunk, its key the first key
 * of the chunk. A look-up decompresses one chunk, about 40 us, unless it is one of the 16 that
 * look-ups used last; a walk keeps the one that it is at. */

#define TABLE_CHUNK_SIZE ((size_t)64 << 10) /* before compression */
#define TABLE_RESTART    16u                /* a whole key every so many records */

/* Writer: one thread at a time. */
struct table_writer {
    struct store_writer *store;
    enum store_database database;
    struct buffer records;
    struct buffer restarts;
    struct buffer first_key;
    struct buffer last_key;
    uint32_t count; /* records in the open chunk */
};
void table_writer_init(struct table_writer *writer, struct store_writer *store,
                       enum store_database database);
/* Keys must ascend and be at most STORE_KEY_SIZE_MAX bytes. */
enum status table_writer_add(struct table_writer *writer, const void *key, size_t key_size,
                             const void *value, size_t value_size, struct error *error) MUST_CHECK;
enum status table_writer_finish(struct table_writer *writer, struct error *error) MUST_CHECK;
void table_writer_release(struct table_writer *writer);

/* Finds a record. `*value` is valid until the next table_get() of this table (this database of this
 * store). STATUS_NOT_FOUND. */
enum status table_get(const struct store *store, enum store_database database, const void *key,
                      size_t key_size, const unsigned char **value, size_t *value_size,
                      struct error *error) MUST_CHECK;

/* A cursor over records in key order. Plain data, nothing to release; any number over one table.
 * One thread at a time. */
struct table_cursor {
    const struct store *store;
    enum store_database database;
    struct store_entry chunk;
    bool kept;     /* for a look-up: chunks of the last ones are kept */
    size_t at;     /* offset of the next record in the chunk's content */
    uint32_t left; /* records left in the chunk */
    size_t key_size;
    const void *end;            /* the first key not wanted; borrowed */
    size_t end_size;            /* 0: none */
    const unsigned char *value; /* valid until the next use of this table by a cursor */
    size_t value_size;
    unsigned char key[STORE_KEY_SIZE_MAX];
};

/* Moves to the first record whose key is not below `key` (size 0: the first of all). */
enum status table_cursor_seek(struct table_cursor *cursor, const struct store *store,
                              enum store_database database, const void *key, size_t key_size,
                              bool *found, struct error *error) MUST_CHECK;
/* The same within a range of keys, which is borrowed as long as the cursor is used: the cursor ends
 * there, and no chunk behind is decompressed. */
struct table_range {
    const void *from;
    const void *end; /* the first key not wanted */
    size_t from_size;
    size_t end_size; /* 0: no end */
};
enum status table_cursor_seek_range(struct table_cursor *cursor, const struct store *store,
                                    enum store_database database, const struct table_range *range,
                                    bool *found, struct error *error) MUST_CHECK;
enum status table_cursor_next(struct table_cursor *cursor, bool *found,
                              struct error *error) MUST_CHECK;

#endif
