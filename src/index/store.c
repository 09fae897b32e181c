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

/* The address space set aside for a file being written; it takes no memory and no disk. Readers map
 * only what the file holds. The number stands in the file, so it must not vary. */
#define MAP_SIZE ((size_t)1 << 38)

/* Dirty pages live in memory until a commit, and LMDB fails beyond 512 MiB of them. Counted in
 * bytes put, so that the same puts make the same commits and the same file. */
#define COMMIT_BYTES ((size_t)32 << 20)

/* From LMDB's page header (mdb.c, struct MDB_page): flags at byte 10, and the number of pages of an
 * overflow run at byte 12. Its page size is the system's. */
enum { PAGE_FLAGS_AT = 10, PAGE_COUNT_AT = 12, PAGE_FLAG_OVERFLOW = 0x04, PAGE_SIZE_MIN = 512 };
enum { CHECK_SIZE = 4 };

/* Packed values: a fast level (3 saves a twentieth of the tables in twice the time); what a damaged
 * one may claim to hold. */
enum { PACKED_LEVEL = 1 };
#define UNPACKED_SIZE_MAX ((size_t)256 << 20)

/* Many short values share a page of checks, and whoever walks them would check it again for each:
 * so the pages found sound are remembered, each in the one place its address allows. */
enum { SOUND_PAGES_LOG = 10 };

static const char *const database_names[STORE_DATABASE_COUNT] = {
    [STORE_META] = "meta",         [STORE_TERMS] = "terms",     [STORE_ENTITIES] = "entities",
    [STORE_POSTINGS] = "postings", [STORE_NAMES] = "names",     [STORE_HEADS] = "heads",
    [STORE_BODIES] = "bodies",     [STORE_COLUMNS] = "columns", [STORE_IDS] = "ids",
    [STORE_SOURCES] = "sources",   [STORE_INPUTS] = "inputs",   [STORE_LEDGER] = "ledger",
};

struct store_writer {
    char *path;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi databases[STORE_DATABASE_COUNT];
    uint64_t bytes[STORE_DATABASE_COUNT];
    size_t uncommitted;
    struct compressor *compressor;
    struct buffer packed;
};

/* A value that was unpacked. */
struct unpacked {
    const unsigned char *from; /* the packed bytes, which never move; NULL: none */
    uint64_t used;             /* when, counted in look-ups */
    struct buffer content;
};

/* Of each database: first the value that a walk is at, then those that look-ups found last. */
enum { UNPACKED_KEPT = 16, UNPACKED_SLOTS = 1 + UNPACKED_KEPT };

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
    MDB_txn *txn;
    MDB_dbi databases[STORE_DATABASE_COUNT];
    MDB_cursor *cursors[STORE_DATABASE_COUNT];
    struct decompressor *decompressor;
    struct unpacked *unpacked;   /* UNPACKED_SLOTS a database; a cache behind a const store */
    uint64_t *lookups;           /* so far; likewise */
    const unsigned char **sound; /* 1 << SOUND_PAGES_LOG addresses, NULL: none; owned */
    struct passed *passed;       /* owned */
};

void store_seal_release(struct store_seal *seal)
{
    if (seal == NULL) {
        return;
    }
    memory_free(seal->pages);
    seal->pages = NULL;
    seal->page_count = 0;
}

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

enum status store_writer_open(const char *path, struct store_writer **out, struct error *error)
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
    buffer_init(&writer->packed, STORE_VALUE_SIZE_MAX);
    status = compressor_new(PACKED_LEVEL, &writer->compressor, error);
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

static size_t check_count(size_t size)
{
    return (size + STORE_CHECK_PAGE - 1) / STORE_CHECK_PAGE;
}

static uint32_t check_of(const unsigned char *bytes, size_t size)
{
    return (uint32_t)hash64(bytes, size);
}

static void seal_value(unsigned char *out, const unsigned char *bytes, size_t size)
{
    memcpy(out, bytes, size);
    unsigned char *check = out + size;
    for (size_t from = 0; from < size; from += STORE_CHECK_PAGE) {
        size_t length = size - from < STORE_CHECK_PAGE ? size - from : STORE_CHECK_PAGE;
        store_u32(check, check_of(bytes + from, length));
        check += CHECK_SIZE;
    }
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
    MDB_val value = {.mv_size = size + CHECK_SIZE * check_count(size)};
    int code =
        mdb_put(writer->txn, writer->databases[database], &name, &value, MDB_APPEND | MDB_RESERVE);
    if (code != 0) {
        assert(code != MDB_KEYEXIST); /* keys out of order: our own mistake */
        return write_error(writer, code, "write", error);
    }
    if (size > 0) {
        seal_value(value.mv_data, bytes, size);
    }
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

/* ---- Sealing ---- */

/* Bytes of a page: LMDB's root pages say it at the start of their body (struct MDB_meta). */
static size_t file_page_size(const struct file_view *view)
{
    enum { META_PAGE_SIZE_AT = 16 + 24 }; /* page header, then magic, version, address, map size */
    if (view->size < META_PAGE_SIZE_AT + 4) {
        return 0;
    }
    size_t size = load_u32(view->bytes + META_PAGE_SIZE_AT);
    bool sane = size >= PAGE_SIZE_MIN && (size & (size - 1)) == 0 && view->size % size == 0;
    return sane ? size : 0;
}

/* Files are read from one end to the other, and what is behind is let go, so that none is held. */
enum { WINDOW = 16 << 20 };

static void forget_behind(const struct file_view *view, size_t *from, size_t at)
{
    if (at - *from >= WINDOW) {
        file_view_forget(view, *from, at);
        *from = at;
    }
}

static struct digest structure_digest(const struct file_view *view, size_t page_size,
                                      const uint32_t *pages, uint32_t count,
                                      struct digest_stream *stream)
{
    size_t from = 0;
    for (uint32_t i = 0; i < count; i++) {
        digest_stream_add(stream, view->bytes + pages[i] * page_size, page_size);
        forget_behind(view, &from, pages[i] * page_size);
    }
    return digest_stream_value(stream);
}

/* Lists the pages that are no overflow run: what LMDB walks. */
static enum status list_structure(const struct file_view *view, size_t page_size,
                                  struct store_seal *seal, const char *path, struct error *error)
{
    struct buffer pages;
    buffer_init(&pages, SIZE_MAX / 2);
    size_t page_count = view->size / page_size;
    enum status status = STATUS_OK;
    size_t from = 0;
    for (size_t page = 0; status == STATUS_OK && page < page_count;) {
        forget_behind(view, &from, page * page_size);
        const unsigned char *header = view->bytes + page * page_size;
        if (load_u16(header + PAGE_FLAGS_AT) == PAGE_FLAG_OVERFLOW) {
            size_t run = load_u32(header + PAGE_COUNT_AT);
            if (run == 0 || run > page_count - page) {
                status = error_set(error, STATUS_FORMAT, "cannot seal '%s': page %zu is odd", path,
                                   page);
            }
            page += run;
            continue;
        }
        uint32_t number = (uint32_t)page++;
        status = buffer_append(&pages, &number, sizeof number, error);
    }
    if (status != STATUS_OK) {
        buffer_release(&pages);
        return status;
    }
    seal->page_count = (uint32_t)(pages.size / sizeof *seal->pages);
    seal->pages = (uint32_t *)(void *)pages.bytes; /* from the heap, so aligned for any type */
    return STATUS_OK;
}

/* The digest of a whole file, which is not held in memory for it. */
static enum status digest_file(const struct file_view *view, struct digest *digest,
                               struct error *error)
{
    struct digest_stream *stream = digest_stream_new();
    if (stream == NULL) {
        return error_no_memory(error, sizeof *digest);
    }
    for (size_t from = 0; from < view->size; from += WINDOW) {
        size_t size = view->size - from < WINDOW ? view->size - from : WINDOW;
        digest_stream_add(stream, view->bytes + from, size);
        file_view_forget(view, from, from + size);
    }
    *digest = digest_stream_value(stream);
    digest_stream_free(stream);
    return STATUS_OK;
}

static enum status seal_file(const char *path, struct store_seal *seal, struct error *error)
{
    struct file_view view = {0};
    struct digest_stream *stream = NULL;
    *seal = (struct store_seal){0};
    enum status status = file_view_open(path, &view, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t page_size = file_page_size(&view);
    if (page_size == 0) {
        status = error_set(error, STATUS_FORMAT, "cannot seal '%s': not an LMDB file", path);
        goto out;
    }
    stream = digest_stream_new();
    if (stream == NULL) {
        status = error_no_memory(error, sizeof *seal);
        goto out;
    }
    seal->size = view.size;
    status = list_structure(&view, page_size, seal, path, error);
    if (status == STATUS_OK) {
        seal->structure = structure_digest(&view, page_size, seal->pages, seal->page_count, stream);
        status = digest_file(&view, &seal->digest, error);
    }
out:
    digest_stream_free(stream);
    file_view_close(&view);
    return status;
}

/* A file that is read for its seal while it goes to the disk. */
struct finishing {
    const char *path;
    struct store_seal *seal;
};

static enum status finish_job(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    const struct finishing *finishing = context;
    return job == 0 ? seal_file(finishing->path, finishing->seal, error)
                    : file_sync(finishing->path, error);
}

enum status store_writer_finish(struct store_writer *writer, bool sync, struct store_seal *seal,
                                struct error *error)
{
    enum status status = writer_commit(writer, error);
    if (status != STATUS_OK) {
        store_writer_abandon(writer);
        return status;
    }
    char *path = writer->path;
    writer->path = NULL;
    writer_free(writer);
    struct finishing finishing = {.path = path, .seal = seal};
    size_t jobs = sync ? 2 : 1;
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

static enum status check_size(const char *path, const struct file_view *view,
                              const struct store_seal *seal, struct error *error)
{
    if (view->size == seal->size) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_FORMAT,
                     "segment '%s' is damaged: it has %zu bytes and should have %llu", path,
                     view->size, (unsigned long long)seal->size);
}

static enum status check_structure(const char *path, const struct store_seal *seal,
                                   struct error *error)
{
    struct file_view view = {0};
    struct digest_stream *stream = NULL;
    enum status status = file_view_open(path, &view, error);
    if (status == STATUS_OK) {
        status = check_size(path, &view, seal, error);
    }
    if (status != STATUS_OK) {
        goto out;
    }
    size_t page_size = file_page_size(&view);
    if (page_size == 0 || seal->page_count < 2) {
        status = damaged(error, path, "its head is not that of an LMDB file");
        goto out;
    }
    for (uint32_t i = 0; i < seal->page_count; i++) {
        if (seal->pages[i] >= view.size / page_size) {
            status = damaged(error, path, "a page is missing");
            goto out;
        }
    }
    stream = digest_stream_new();
    if (stream == NULL) {
        status = error_no_memory(error, sizeof *seal);
        goto out;
    }
    struct digest found = structure_digest(&view, page_size, seal->pages, seal->page_count, stream);
    if (digest_compare(&found, &seal->structure) != 0) {
        status = damaged(error, path, "its B-tree pages do not match their digest");
    }
out:
    digest_stream_free(stream);
    file_view_close(&view);
    return status;
}

static int store_open_lmdb(struct store *store, size_t size)
{
    int code = mdb_env_create(&store->env);
    if (code == 0) {
        code = mdb_env_set_mapsize(store->env, size);
    }
    if (code == 0) {
        code = mdb_env_set_maxdbs(store->env, STORE_DATABASE_COUNT);
    }
    if (code == 0) {
        code = mdb_env_open(store->env, store->path,
                            MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, 0644);
    }
    if (code == 0) {
        code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->txn);
    }
    for (int i = 0; code == 0 && i < STORE_DATABASE_COUNT; i++) {
        code = mdb_dbi_open(store->txn, database_names[i], 0, &store->databases[i]);
        if (code == 0) {
            code = mdb_cursor_open(store->txn, store->databases[i], &store->cursors[i]);
        }
    }
    return code;
}

static enum status open_unpacking(struct store *store, struct error *error)
{
    size_t slots = (size_t)STORE_DATABASE_COUNT * UNPACKED_SLOTS;
    store->unpacked = memory_zalloc(slots, sizeof *store->unpacked);
    store->lookups = memory_zalloc(1, sizeof *store->lookups);
    if (store->unpacked == NULL || store->lookups == NULL) {
        return error_no_memory(error, slots * sizeof *store->unpacked);
    }
    for (size_t i = 0; i < slots; i++) {
        buffer_init(&store->unpacked[i].content, UNPACKED_SIZE_MAX);
    }
    return decompressor_new(&store->decompressor, error);
}

static enum status open_checked(const char *path, size_t size, struct store **out,
                                struct error *error)
{
    struct store *store = memory_zalloc(1, sizeof *store);
    if (store == NULL || (store->path = memory_copy(path, strlen(path))) == NULL ||
        (store->sound = memory_zalloc((size_t)1 << SOUND_PAGES_LOG, sizeof *store->sound)) ==
            NULL ||
        (store->passed = memory_zalloc(1, sizeof *store->passed)) == NULL) {
        store_close(store);
        return error_no_memory(error, sizeof *store);
    }
    store->size = size;
    enum status status = open_unpacking(store, error);
    if (status != STATUS_OK) {
        store_close(store);
        return status;
    }
    int code = store_open_lmdb(store, size);
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
    enum status status = check_structure(path, seal, error);
    return status == STATUS_OK ? open_checked(path, (size_t)seal->size, out, error) : status;
}

enum status store_clone(const struct store *store, struct store **out, struct error *error)
{
    return open_checked(store->path, store->size, out, error);
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
    if (store->env != NULL) {
        mdb_env_close(store->env);
    }
    memory_free(store->sound);
    memory_free(store->passed);
    for (int i = 0; store->unpacked != NULL && i < STORE_DATABASE_COUNT * UNPACKED_SLOTS; i++) {
        buffer_release(&store->unpacked[i].content);
    }
    memory_free(store->unpacked);
    memory_free(store->lookups);
    decompressor_free(store->decompressor);
    memory_free(store->path);
    memory_free(store);
}

enum status store_verify(const char *path, const struct store_seal *seal, struct error *error)
{
    struct file_view view = {0};
    enum status status = file_view_open(path, &view, error);
    if (status == STATUS_OK) {
        status = check_size(path, &view, seal, error);
    }
    if (status == STATUS_OK) {
        struct digest found;
        status = digest_file(&view, &found, error);
        if (status == STATUS_OK && digest_compare(&found, &seal->digest) != 0) {
            status = damaged(error, path, "its content does not match its digest");
        }
    }
    file_view_close(&view);
    return status;
}

static enum status blob_from(const struct store *store, const MDB_val *value, struct blob *blob,
                             struct error *error)
{
    size_t total = value->mv_size;
    size_t pages = (total + STORE_CHECK_PAGE + CHECK_SIZE - 1) / (STORE_CHECK_PAGE + CHECK_SIZE);
    if (total < CHECK_SIZE * pages || check_count(total - CHECK_SIZE * pages) != pages) {
        return damaged(error, store->path, "a value has an impossible size");
    }
    blob->bytes = value->mv_data;
    blob->size = total - CHECK_SIZE * pages;
    blob->checks = blob->bytes + blob->size;
    return STATUS_OK;
}

/* Where a page is remembered. Two pages never begin at one address, except that an empty one, which
 * needs no check, may. */
static const unsigned char **sound_place(const struct store *store, const unsigned char *page)
{
    uint64_t spread = (uint64_t)(uintptr_t)page * 0x9e3779b97f4a7c15u;
    return &store->sound[spread >> (64 - SOUND_PAGES_LOG)];
}

enum status blob_check(const struct store *store, const struct blob *blob, size_t from, size_t to,
                       struct error *error)
{
    assert(from <= to && to <= blob->size);
    for (size_t page = from / STORE_CHECK_PAGE; page * STORE_CHECK_PAGE < to; page++) {
        size_t start = page * STORE_CHECK_PAGE;
        size_t left = blob->size - start;
        size_t length = left < STORE_CHECK_PAGE ? left : STORE_CHECK_PAGE;
        const unsigned char **sound = sound_place(store, blob->bytes + start);
        if (*sound == blob->bytes + start) {
            continue;
        }
        if (check_of(blob->bytes + start, length) != load_u32(blob->checks + CHECK_SIZE * page)) {
            return damaged(error, store->path, "a value does not match its check (run verify)");
        }
        *sound = blob->bytes + start;
    }
    return STATUS_OK;
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

static enum status unpack(const struct store *store, const struct blob *blob,
                          struct unpacked *unpacked, struct error *error)
{
    unpacked->from = NULL;
    enum status status = blob_check(store, blob, 0, blob->size, error);
    if (status != STATUS_OK) {
        return status;
    }
    status =
        decompressor_frame(store->decompressor, blob->bytes, blob->size, &unpacked->content, NULL);
    if (status == STATUS_FORMAT || status == STATUS_LIMIT) {
        return damaged(error, store->path, "a packed value cannot be decompressed");
    }
    if (status != STATUS_OK) {
        return error_no_memory(error, blob->size);
    }
    unpacked->from = blob->bytes;
    return STATUS_OK;
}

enum status store_unpack(const struct store *store, enum store_database database,
                         const struct blob *blob, const unsigned char **bytes, size_t *size,
                         struct error *error)
{
    struct unpacked *unpacked = &store->unpacked[(size_t)database * UNPACKED_SLOTS];
    enum status status =
        unpacked->from == blob->bytes ? STATUS_OK : unpack(store, blob, unpacked, error);
    *bytes = unpacked->content.bytes;
    *size = unpacked->content.size;
    return status;
}

enum status store_unpack_kept(const struct store *store, enum store_database database,
                              const struct blob *blob, const unsigned char **bytes, size_t *size,
                              struct error *error)
{
    struct unpacked *slots = &store->unpacked[(size_t)database * UNPACKED_SLOTS + 1];
    struct unpacked *unpacked = slots;
    for (int i = 0; i < UNPACKED_KEPT && unpacked->from != blob->bytes; i++) {
        bool better = slots[i].from == blob->bytes || slots[i].used < unpacked->used;
        unpacked = better ? &slots[i] : unpacked;
    }
    enum status status =
        unpacked->from == blob->bytes ? STATUS_OK : unpack(store, blob, unpacked, error);
    unpacked->used = ++*store->lookups;
    *bytes = unpacked->content.bytes;
    *size = unpacked->content.size;
    return status;
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
