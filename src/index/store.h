#ifndef INDEX_STORE_H
#define INDEX_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/compress.h"
#include "base/error.h"
#include "index/store_seal.h"
#include "index/store_value.h"

/* The container of a segment: one LMDB file with named databases, written once in ascending key
 * order, never changed. store.c owns <lmdb.h> and puts together what the files beside it know:
 * store_value a value and its checks, store_seal the seal of the file, unpacked the values unpacked
 * last.
 *
 * LMDB itself has no checksums and trusts its pages, so the store adds two seals (docs/FORMAT.md):
 *   - every value carries a 32-bit check for each 16 KiB page of its payload, and whoever reads a
 *     range calls blob_check() on it first;
 *   - the B-tree's own pages are listed, with a digest, in the store's seal, and are checked when
 *     the file is opened, before LMDB sees them.
 *
 * So a flipped byte is an error at the moment it is read, and costs nothing where nobody looks. */

enum store_database {
    STORE_META,
    STORE_TERMS,    /* table: class -> lexicon entry */
    STORE_ENTITIES, /* table: type letter and name key -> lexicon entry */
    STORE_POSTINGS, /* chunks of posting lists of both */
    STORE_NAMES,    /* table: name key, 0, entity key -> nothing */
    STORE_HEADS,    /* chunks of compressed documents, up to the end of the title */
    STORE_BODIES,   /* the same, the rest */
    STORE_COLUMNS,  /* blocks of packed columns */
    STORE_IDS,      /* table: article id -> document number */
    STORE_SOURCES,  /* table: source number (big-endian) -> name */
    STORE_INPUTS,   /* table: input number (big-endian) -> path */
    STORE_LEDGER,   /* table: sequence (big-endian) -> ledger record */
    STORE_DATABASE_COUNT
};

#define STORE_KEY_SIZE_MAX   480
#define STORE_VALUE_SIZE_MAX ((size_t)2 << 30)

/* Writer: one thread at a time. */
struct store_writer;

/* What becomes of a file. */
enum store_fate {
    STORE_KEPT,
    STORE_MERGED, /* it is read once, by a merge: packing its values would take longer than reading
                   * them as they are (so lists and forms are as they came, too: inversion.h) */
    STORE_SYNCED, /* kept: it goes to the disk while it is written, and store_writer_finish() waits
                   * until all of it is there */
};

/* Makes a new file (an old one of that name is removed first). */
enum status store_writer_open(const char *path, enum store_fate fate, struct store_writer **out,
                              struct error *error) MUST_CHECK;

/* store_writer_finish() reads the file on so many threads; else on one. */
void store_writer_use_threads(struct store_writer *writer, size_t threads);

/* Adds a value; keys of one database must ascend in byte order. The bytes are copied. */
enum status store_writer_put(struct store_writer *writer, enum store_database database,
                             const void *key, size_t key_size, const void *bytes, size_t size,
                             struct error *error) MUST_CHECK;

/* The same for a value that is compressed on the way (zstd), unless the file is STORE_MERGED: then
 * it is a frame that is not. store_unpack() reads either. */
enum status store_writer_put_packed(struct store_writer *writer, enum store_database database,
                                    const void *key, size_t key_size, const void *bytes,
                                    size_t size, struct error *error) MUST_CHECK;

/* Bytes of payload put so far into a database: for statistics. */
uint64_t store_writer_bytes(const struct store_writer *writer, enum store_database database);

/* Commits, closes and seals. The caller releases `seal`. On failure, and
 * after store_writer_abandon(), the file is removed. Either call frees the writer. */
enum status store_writer_finish(struct store_writer *writer, struct store_seal *seal,
                                struct error *error) MUST_CHECK;
void store_writer_abandon(struct store_writer *writer);

/* Reader: immutable file, no lock file. One thread at a time; another thread takes a
 * clone, or opens it again. */
struct store;

/* Opens and checks size and structure against the seal. STATUS_FORMAT on any difference. */
enum status store_open(const char *path, const struct store_seal *seal, struct store **out,
                       struct error *error) MUST_CHECK;
void store_close(struct store *store);

/* Reads the whole file, on so many threads, and compares it with its seal; of one that will be
 * merged, in one thread, with its seal and its values' checks. STATUS_FORMAT on any difference that
 * a reader could meet. */
enum status store_verify(const char *path, size_t threads, const struct store_seal *seal,
                         struct error *error) MUST_CHECK;

/* Another way into an open store, for another thread, without opening or checking the file again.
 * `decompressor` is one that many clones of one thread share; NULL: one of its own.
 * The clone must be closed before the store; meanwhile each may be used by a thread of its own. */
enum status store_clone(const struct store *store, struct decompressor *decompressor,
                        struct store **out, struct error *error) MUST_CHECK;

/* For a store that is read here and there and once: what of it lies in memory is let go, and from
 * now on comes by small pages, where the system would map 2 MiB for each place that is read. */
void store_hold_little(const struct store *store);

/* Checks the pages that hold bytes [from, to) of the payload (to <= size). STATUS_FORMAT names the
 * store's file. */
enum status blob_check(const struct store *store, const struct blob *blob, size_t from, size_t to,
                       struct error *error) MUST_CHECK;

/* Whoever reads many values once, in the order they were written, says at which one it is: lets go
 * of the memory that what was read before it takes. It is read again when it is used again. */
void store_pass(const struct store *store, const struct blob *blob);

/* STATUS_NOT_FOUND (without a message) when there is no such key. */
enum status store_get(const struct store *store, enum store_database database, const void *key,
                      size_t key_size, struct blob *blob, struct error *error) MUST_CHECK;

/* The entry with the greatest key that is not above `key`; STATUS_NOT_FOUND when all are above.
 * `*found` is that key, in place. With key == NULL: the first entry. */
struct store_entry {
    const unsigned char *key;
    size_t key_size;
    struct blob blob;
};
enum status store_floor(const struct store *store, enum store_database database, const void *key,
                        size_t key_size, struct store_entry *found, struct error *error) MUST_CHECK;

/* The entry after `entry->key`; STATUS_NOT_FOUND at the end. */
enum status store_next(const struct store *store, enum store_database database,
                       struct store_entry *entry, struct error *error) MUST_CHECK;

/* The content of a packed value, checked and decompressed. It is valid until another value of the
 * same database is unpacked by this function, or store_end_walks(): the store keeps the last one
 * of each. */
enum status store_unpack(const struct store *store, enum store_database database,
                         const struct blob *blob, const unsigned char **bytes, size_t *size,
                         struct error *error) MUST_CHECK;

/* The same for look-ups here and there: of each database the store keeps the 16 used last. Valid
 * until another value of the same database is unpacked by this function. */
enum status store_unpack_kept(const struct store *store, enum store_database database,
                              const struct blob *blob, const unsigned char **bytes, size_t *size,
                              struct error *error) MUST_CHECK;

/* Frees what store_unpack() keeps, for whoever has walked to where he wanted. */
void store_end_walks(const struct store *store);

/* Bytes of the file that a database takes: whole pages, with what is free in them. */
uint64_t store_database_bytes(const struct store *store, enum store_database database);
/* Its name in the file. */
const char *store_database_name(enum store_database database);

/* Path of the open file, for messages. */
const char *store_path(const struct store *store);

#endif
