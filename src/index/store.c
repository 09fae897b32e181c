#include "index/store.h"

#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/compress.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "base/view.h"
#include "index/format.h"
#include "index/store_value.h"
#include "index/unpacked.h"

/* The address space set aside for a file being written; it takes no memory and no disk. Readers map
 * only what the file holds. The number stands in the file, so it must not vary. */
#define MAP_SIZE ((size_t)1 << 38)

/* Dirty pages live in memory until a commit: few, so that they stay in the cache and are the same
 * memory each time. Counted in bytes put, so that the same puts make the same commits and the same
 * file. */
#define COMMIT_BYTES ((size_t)1 << 20)

/* Packed values: a fast level; 3 saves a twentieth of the tables in twice the time. */
enum { PACKED_LEVEL = 1 };

static const char *const database_names[STORE_DATABASE_COUNT] = {
    [STORE_META] = "meta",         [STORE_TERMS] = "terms",     [STORE_ENTITIES] = "entities",
    [STORE_POSTINGS] = "postings", [STORE_NAMES] = "names",     [STORE_HEADS] = "heads",
    [STORE_BODIES] = "bodies",     [STORE_COLUMNS] = "columns", [STORE_IDS] = "ids",
    [STORE_SOURCES] = "sources",   [STORE_INPUTS] = "inputs",   [STORE_LEDGER] = "ledger",
};

struct store_writer {
    char *path;
    bool sync;
    bool merged;    /* STORE_MERGED */
    size_t threads; /* that read it for its seal */
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi databases[STORE_DATABASE_COUNT];
    uint64_t bytes[STORE_DATABASE_COUNT];
    size_t uncommitted;
    struct compressor *compressor;
    struct buffer packed;
};

/* Values that are not needed any more. */
struct passed {
    const unsigned char *lowest; /* the one that lies first in the file */
    size_t bytes;                /* since pages were let go last */
};
#define PASSED_MIN ((size_t)512 << 10)

struct store {
    char *path;
    size_t size;
    MDB_env *env;
    bool shares_env; /* it is that of the store of which this is a clone */
    MDB_txn *txn;
    MDB_dbi databases[STORE_DATABASE_COUNT];
    MDB_cursor *cursors[STORE_DATABASE_COUNT];
    struct unpacked_cache *unpacked; /* a cache behind a const store; owned */
    struct sound_pages *sound;       /* likewise; owned */
    struct passed *passed;           /* owned */
};

static enum status lmdb_error(struct error *error, int code, const char *act, const char *path)
{
    enum status status = STATUS_IO;
    if (code == ENOMEM) {
        status = STATUS_NOMEM;
    } else if (code == MDB_MAP_FULL) {
        status = STATUS_LIMIT;
    } else if (code == MDB_CORRUPTED || code == MDB_INVALID || code == MDB_VERSION_MISMATCH ||
               code == MDB_PAGE_NOTFOUND) {
        status = STATUS_FORMAT;
    }
    return error_set(error, status, "cannot %s '%s': %s", act, path, mdb_strerror(code));
}

/* LMDB takes no const. */
static MDB_val lmdb_value(const void *bytes, size_t size)
{
    union {
        const void *constant;
        void *plain;
    } address = {.constant = bytes};
    return (MDB_val){.mv_size = size, .mv_data = address.plain};
}

/* ---- Writing ---- */

/* When the system takes only a part of what is written, which is how a full disk begins, LMDB calls
 * it EIO. Asking for more makes the system say why; the file is given up anyway. Returns errno, or
 * EIO when it takes more (others may have made room meanwhile). */
static int short_write_reason(MDB_env *env)
{
    enum { PROBE_SIZE = 4096, PROBES = 64 };
    static const unsigned char zeros[PROBE_SIZE] = {0};
    int file = -1;
    if (mdb_env_get_fd(env, &file) != 0) {
        return EIO;
    }
    off_t end = lseek(file, 0, SEEK_END);
    for (int i = 0; end >= 0 && i < PROBES; i++) {
        ssize_t size = pwrite(file, zeros, sizeof zeros, end);
        if (size < 0 && errno != EINTR) {
            return errno;
        }
        end += size > 0 ? size : 0;
    }
    return EIO;
}

static enum status write_error(const struct store_writer *writer, int code, const char *act,
                               struct error *error)
{
    int reason = code == EIO ? short_write_reason(writer->env) : code;
    if (reason == EIO) {
        return error_set(error, STATUS_IO,
                         "cannot %s '%s': Input/output error, or No space left on device", act,
                         writer->path);
    }
    return lmdb_error(error, reason, act, writer->path);
}

static enum status writer_begin(struct store_writer *writer, struct error *error)
{
    int code = mdb_txn_begin(writer->env, NULL, 0, &writer->txn);
    writer->uncommitted = 0;
    return code == 0 ? STATUS_OK : write_error(writer, code, "write", error);
}

static enum status writer_commit(struct store_writer *writer, struct error *error)
{
    int code = mdb_txn_commit(writer->txn);
    writer->txn = NULL;
    int file = -1;
    if (code == 0 && writer->sync && mdb_env_get_fd(writer->env, &file) == 0) {
        file_write_out(file);
    }
    return code == 0 ? STATUS_OK : write_error(writer, code, "write", error);
}

static void writer_free(struct store_writer *writer)
{
    if (writer->txn != NULL) {
        mdb_txn_abort(writer->txn);
    }
    if (writer->env != NULL) {
        mdb_env_close(writer->env);
    }
    compressor_free(writer->compressor);
    buffer_release(&writer->packed);
    memory_free(writer->path);
    memory_free(writer);
}

enum status store_writer_open(const char *path, enum store_fate fate, struct store_writer **out,
                              struct error *error)
{
    enum status status = path_remove(path, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct store_writer *writer = memory_zalloc(1, sizeof *writer);
    if (writer == NULL || (writer->path = memory_copy(path, strlen(path))) == NULL) {
        memory_free(writer);
        return error_no_memory(error, sizeof *writer);
    }
    writer->sync = fate == STORE_SYNCED;
    writer->merged = fate == STORE_MERGED;
    writer->threads = 1;
    buffer_init(&writer->packed, STORE_VALUE_SIZE_MAX);
    int level = fate == STORE_MERGED ? COMPRESS_NOTHING : PACKED_LEVEL;
    status = compressor_new(level, 1, &writer->compressor, error);
    if (status != STATUS_OK) {
        store_writer_abandon(writer);
        return status;
    }
    int code = mdb_env_create(&writer->env);
    if (code == 0) {
        code = mdb_env_set_mapsize(writer->env, MAP_SIZE);
    }
    if (code == 0) {
        code = mdb_env_set_maxdbs(writer->env, STORE_DATABASE_COUNT);
    }
    if (code == 0) {
        code = mdb_env_open(writer->env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0644);
    }
    status = code == 0 ? writer_begin(writer, error) : write_error(writer, code, "make", error);
    for (int i = 0; status == STATUS_OK && i < STORE_DATABASE_COUNT; i++) {
        code = mdb_dbi_open(writer->txn, database_names[i], MDB_CREATE, &writer->databases[i]);
        status = code == 0 ? STATUS_OK : write_error(writer, code, "make", error);
    }
    if (status != STATUS_OK) {
        store_writer_abandon(writer);
        return status;
    }
    *out = writer;
    return STATUS_OK;
}

void store_writer_use_threads(struct store_writer *writer, size_t threads)
{
    writer->threads = threads;
}

enum status store_writer_put(struct store_writer *writer, enum store_database database,
                             const void *key, size_t key_size, const void *bytes, size_t size,
                             struct error *error)
{
    assert(key_size > 0 && key_size <= STORE_KEY_SIZE_MAX);
    if (size > STORE_VALUE_SIZE_MAX) {
        return error_set(error, STATUS_LIMIT,
                         "cannot write '%s': a value of %zu bytes is too large", writer->path,
                         size);
    }
    enum status status = STATUS_OK;
    if (writer->uncommitted >= COMMIT_BYTES) {
        status = writer_commit(writer, error);
        if (status == STATUS_OK) {
            status = writer_begin(writer, error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    MDB_val name = lmdb_value(key, key_size);
    MDB_val value = {.mv_size = store_value_size(size)};
    int code =
        mdb_put(writer->txn, writer->databases[database], &name, &value, MDB_APPEND | MDB_RESERVE);
    if (code != 0) {
        assert(code != MDB_KEYEXIST); /* keys out of order: our own mistake */
        return write_error(writer, code, "write", error);
    }
    store_value_write(value.mv_data, bytes, size);
    writer->bytes[database] += size;
    writer->uncommitted += size;
    return STATUS_OK;
}

enum status store_writer_put_packed(struct store_writer *writer, enum store_database database,
                                    const void *key, size_t key_size, const void *bytes,
                                    size_t size, struct error *error)
{
    buffer_clear(&writer->packed);
    enum status status = compressor_frame(writer->compressor, bytes, size, &writer->packed, error);
    if (status != STATUS_OK) {
        return status;
    }
    return store_writer_put(writer, database, key, key_size, writer->packed.bytes,
                            writer->packed.size, error);
}

uint64_t store_writer_bytes(const struct store_writer *writer, enum store_database database)
{
    return writer->bytes[database];
}

void store_writer_abandon(struct store_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    char *path = writer->path;
    writer->path = NULL;
    writer_free(writer);
    enum status ignored = path_remove(path, NULL);
    (void)ignored;
    memory_free(path);
}

/* A file that is read for its seal while it goes to the disk. */
struct finishing {
    const char *path;
    size_t threads;
    bool whole; /* see store_seal_make() */
    struct store_seal *seal;
};

static enum status finish_job(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    const struct finishing *finishing = context;
    return job == 0 ? store_seal_make(finishing->path, finishing->whole, finishing->threads,
                                      finishing->seal, error)
                    : file_sync(finishing->path, error);
}

enum status store_writer_finish(struct store_writer *writer, struct store_seal *seal,
                                struct error *error)
{
    enum status status = writer_commit(writer, error);
    if (status != STATUS_OK) {
        store_writer_abandon(writer);
        return status;
    }
    char *path = writer->path;
    size_t jobs = writer->sync ? 2 : 1;
    struct finishing finishing = {
        .path = path, .threads = writer->threads, .whole = !writer->merged, .seal = seal};
    writer->path = NULL;
    writer_free(writer);
    *seal = (struct store_seal){0};
    status = thread_run(jobs, jobs, finish_job, &finishing, error);
    if (status != STATUS_OK) {
        store_seal_release(seal);
        enum status ignored = path_remove(path, NULL);
        (void)ignored;
    }
    memory_free(path);
    return status;
}

/* ---- Reading ---- */

static enum status damaged(struct error *error, const char *path, const char *what)
{
    return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: %s", path, what);
}

/* A thread's own way into the file. */
static int begin_reading(struct store *store)
{
    int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->txn);
    for (int i = 0; code == 0 && i < STORE_DATABASE_COUNT; i++) {
        code = mdb_cursor_open(store->txn, store->databases[i], &store->cursors[i]);
    }
    return code;
}

/* Other transactions know a database only once the one that opened it has ended. */
static int open_databases(struct store *store)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
    for (int i = 0; code == 0 && i < STORE_DATABASE_COUNT; i++) {
        code = mdb_dbi_open(txn, database_names[i], 0, &store->databases[i]);
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

static int store_open_lmdb(struct store *store)
{
    int code = mdb_env_create(&store->env);
    if (code == 0) {
        code = mdb_env_set_mapsize(store->env, store->size);
    }
    if (code == 0) {
        code = mdb_env_set_maxdbs(store->env, STORE_DATABASE_COUNT);
    }
    if (code == 0) {
        code = mdb_env_open(store->env, store->path,
                            MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, 0644);
    }
    return code == 0 ? open_databases(store) : code;
}

/* `original`: the store that this one is to be a clone of, or NULL. */
static enum status open_checked(const char *path, size_t size, const struct store *original,
                                struct decompressor *decompressor, struct store **out,
                                struct error *error)
{
    struct store *store = memory_zalloc(1, sizeof *store);
    if (store == NULL || (store->path = memory_copy(path, strlen(path))) == NULL ||
        (store->sound = memory_zalloc(1, sizeof *store->sound)) == NULL ||
        (store->passed = memory_zalloc(1, sizeof *store->passed)) == NULL) {
        store_close(store);
        return error_no_memory(error, sizeof *store);
    }
    store->size = size;
    enum status status =
        unpacked_cache_new(STORE_DATABASE_COUNT, decompressor, &store->unpacked, error);
    if (status != STATUS_OK) {
        store_close(store);
        return status;
    }
    int code = 0;
    if (original == NULL) {
        code = store_open_lmdb(store);
    } else {
        store->env = original->env;
        store->shares_env = true;
        memcpy(store->databases, original->databases, sizeof store->databases);
    }
    if (code == 0) {
        code = begin_reading(store);
    }
    if (code != 0) {
        status = lmdb_error(error, code, "open", path);
        store_close(store);
        return status;
    }
    *out = store;
    return STATUS_OK;
}

enum status store_open(const char *path, const struct store_seal *seal, struct store **out,
                       struct error *error)
{
    enum status status = store_seal_check(path, seal, error);
    return status == STATUS_OK ? open_checked(path, (size_t)seal->size, NULL, NULL, out, error)
                               : status;
}

/* LMDB does not tell where it has mapped the file. But a page begins with its number, and a small
 * value lies in a page of the B-tree, which was checked. Pages larger than the system's (a file
 * from another machine) need not begin where an address is a multiple of their size: such are left
 * alone.
 */
void store_hold_little(const struct store *store)
{
    MDB_stat stat;
    MDB_val name = lmdb_value(SEGMENT_META_KEY, strlen(SEGMENT_META_KEY));
    MDB_val value;
    if (mdb_env_stat(store->env, &stat) != 0 ||
        mdb_get(store->txn, store->databases[STORE_META], &name, &value) != 0 ||
        value.mv_size > stat.ms_psize / 4 || (long)stat.ms_psize > sysconf(_SC_PAGESIZE)) {
        return; /* only memory is at stake */
    }
    const unsigned char *page = value.mv_data;
    page -= (uintptr_t)page % stat.ms_psize;
    uint64_t before = load_u64(page) * stat.ms_psize;
    if (store_seal_is_leaf(page) && before < store->size) {
        pages_small(page - before, store->size);
        pages_forget(page - before, store->size);
    }
}

enum status store_clone(const struct store *store, struct decompressor *decompressor,
                        struct store **out, struct error *error)
{
    return open_checked(store->path, store->size, store, decompressor, out, error);
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        if (store->cursors[i] != NULL) {
            mdb_cursor_close(store->cursors[i]);
        }
    }
    if (store->txn != NULL) {
        mdb_txn_abort(store->txn);
    }
    if (store->env != NULL && !store->shares_env) {
        mdb_env_close(store->env);
    }
    memory_free(store->sound);
    memory_free(store->passed);
    unpacked_cache_free(store->unpacked);
    memory_free(store->path);
    memory_free(store);
}

static enum status blob_from(const struct store *store, const MDB_val *value, struct blob *blob,
                             struct error *error)
{
    return store_value_read(value->mv_data, value->mv_size, blob)
               ? STATUS_OK
               : damaged(error, store->path, "a value has an impossible size");
}

enum status blob_check(const struct store *store, const struct blob *blob, size_t from, size_t to,
                       struct error *error)
{
    return store_value_check(store->sound, blob, from, to)
               ? STATUS_OK
               : damaged(error, store->path, "a value does not match its check (run verify)");
}

/* Pages come into memory some at a time, also behind the one asked for: so all that lies before is
 * let go each time. Every processor is told of it, so that is done after so many bytes only. */
void store_pass(const struct store *store, const struct blob *blob)
{
    struct passed *passed = store->passed;
    if (passed->lowest == NULL || blob->bytes < passed->lowest) {
        passed->lowest = blob->bytes;
    }
    passed->bytes += blob->size;
    if (passed->bytes >= PASSED_MIN) {
        pages_forget(passed->lowest, (size_t)(blob->bytes - passed->lowest));
        passed->bytes = 0;
    }
}

enum status store_get(const struct store *store, enum store_database database, const void *key,
                      size_t key_size, struct blob *blob, struct error *error)
{
    MDB_val name = lmdb_value(key, key_size);
    MDB_val value;
    int code = mdb_get(store->txn, store->databases[database], &name, &value);
    if (code == MDB_NOTFOUND) {
        return STATUS_NOT_FOUND;
    }
    return code == 0 ? blob_from(store, &value, blob, error)
                     : lmdb_error(error, code, "read", store->path);
}

static enum status entry_from(const struct store *store, int code, const MDB_val *key,
                              const MDB_val *value, struct store_entry *entry, struct error *error)
{
    if (code == MDB_NOTFOUND) {
        return STATUS_NOT_FOUND;
    }
    if (code != 0) {
        return lmdb_error(error, code, "read", store->path);
    }
    entry->key = key->mv_data;
    entry->key_size = key->mv_size;
    return blob_from(store, value, &entry->blob, error);
}

enum status store_floor(const struct store *store, enum store_database database, const void *key,
                        size_t key_size, struct store_entry *found, struct error *error)
{
    MDB_cursor *cursor = store->cursors[database];
    MDB_val name = lmdb_value(key, key_size);
    MDB_val value;
    if (key == NULL || key_size == 0) {
        int code = mdb_cursor_get(cursor, &name, &value, MDB_FIRST);
        return entry_from(store, code, &name, &value, found, error);
    }
    int code = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND) {
        code = mdb_cursor_get(cursor, &name, &value, MDB_LAST);
    } else if (code == 0 && !bytes_equal(name.mv_data, name.mv_size, key, key_size)) {
        code = mdb_cursor_get(cursor, &name, &value, MDB_PREV);
    }
    return entry_from(store, code, &name, &value, found, error);
}

enum status store_next(const struct store *store, enum store_database database,
                       struct store_entry *entry, struct error *error)
{
    MDB_cursor *cursor = store->cursors[database];
    MDB_val name = lmdb_value(entry->key, entry->key_size);
    MDB_val value;
    int code = mdb_cursor_get(cursor, &name, &value, MDB_SET);
    if (code == 0) {
        code = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
    }
    return entry_from(store, code, &name, &value, entry, error);
}

/* ---- Verifying ---- */

static enum status check_values(const struct store *store, enum store_database database,
                                struct error *error)
{
    struct store_entry entry = {0};
    enum status status = store_floor(store, database, NULL, 0, &entry, error);
    while (status == STATUS_OK) {
        status = blob_check(store, &entry.blob, 0, entry.blob.size, error);
        if (status == STATUS_OK) {
            store_pass(store, &entry.blob);
            status = store_next(store, database, &entry, error);
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status store_verify(const char *path, size_t threads, const struct store_seal *seal,
                         struct error *error)
{
    if (store_seal_is_whole(seal)) {
        return store_seal_verify(path, threads, seal, error);
    }
    struct store *store = NULL;
    enum status status = store_open(path, seal, &store, error);
    assert(status != STATUS_OK || store != NULL);
    for (int i = 0; status == STATUS_OK && i < STORE_DATABASE_COUNT; i++) {
        status = check_values(store, (enum store_database)i, error);
    }
    store_close(store);
    return status;
}

/* ---- Unpacking ---- */

/* The content of a place of the cache, into which the value is unpacked if it is not there. */
static enum status unpack(const struct store *store, const struct blob *blob,
                          struct unpacked *place, const unsigned char **bytes, size_t *size,
                          struct error *error)
{
    enum status status = STATUS_OK;
    if (place->from != blob->bytes) {
        status = blob_check(store, blob, 0, blob->size, error);
        if (status != STATUS_OK) {
            return status;
        }
        status = unpacked_fill(store->unpacked, place, blob->bytes, blob->size);
        if (status == STATUS_FORMAT || status == STATUS_LIMIT) {
            return damaged(error, store->path, "a packed value cannot be decompressed");
        }
        if (status != STATUS_OK) {
            return error_no_memory(error, blob->size);
        }
    }
    *bytes = place->content.bytes;
    *size = place->content.size;
    return STATUS_OK;
}

enum status store_unpack(const struct store *store, enum store_database database,
                         const struct blob *blob, const unsigned char **bytes, size_t *size,
                         struct error *error)
{
    struct unpacked *place = unpacked_cache_walk(store->unpacked, database);
    return unpack(store, blob, place, bytes, size, error);
}

enum status store_unpack_kept(const struct store *store, enum store_database database,
                              const struct blob *blob, const unsigned char **bytes, size_t *size,
                              struct error *error)
{
    struct unpacked *place = unpacked_cache_lookup(store->unpacked, database, blob->bytes);
    return unpack(store, blob, place, bytes, size, error);
}

void store_end_walks(const struct store *store)
{
    unpacked_cache_end_walks(store->unpacked);
}

const char *store_path(const struct store *store)
{
    return store->path;
}

uint64_t store_database_bytes(const struct store *store, enum store_database database)
{
    MDB_stat stat;
    int code = mdb_stat(store->txn, store->databases[database], &stat);
    assert(code == 0); /* it is open */
    return (uint64_t)stat.ms_psize *
           (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages);
}

const char *store_database_name(enum store_database database)
{
    return database_names[database];
}
