#include "index/store_seal.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/thread.h"
#include "base/view.h"

/* From LMDB's page header (mdb.c, struct MDB_page): flags at byte 10, and the number of pages of an
 * overflow run at byte 12. Its page size is that of the system that wrote the file. */
enum { PAGE_FLAGS_AT = 10, PAGE_COUNT_AT = 12, PAGE_SIZE_MIN = 512 };
enum { PAGE_FLAG_LEAF = 0x02, PAGE_FLAG_OVERFLOW = 0x04 };

bool store_seal_is_leaf(const unsigned char *page)
{
    return load_u16(page + PAGE_FLAGS_AT) == PAGE_FLAG_LEAF;
}

void store_seal_release(struct store_seal *seal)
{
    if (seal == NULL) {
        return;
    }
    memory_free(seal->pages);
    seal->pages = NULL;
    seal->page_count = 0;
}

/* ---- Making ---- */

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

/* Files are read window by window, and what is behind is let go, so that none is held. The digest
 * of a file is that of its windows' digests, one after the other. */
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
    uint32_t *kept = status == STATUS_OK ? memory_alloc(pages.size) : NULL;
    if (kept != NULL) {
        memcpy(kept, pages.bytes, pages.size); /* an LMDB file has two at least */
        seal->pages = kept;
        seal->page_count = (uint32_t)(pages.size / sizeof *kept);
    } else if (status == STATUS_OK) {
        status = error_no_memory(error, pages.size);
    }
    buffer_release(&pages);
    return status;
}

/* A file, window by window. */
struct windows {
    const struct file_view *view;
    struct digest *digests; /* of each */
};

static enum status digest_window(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    (void)error;
    const struct windows *windows = context;
    size_t from = job * WINDOW;
    size_t left = windows->view->size - from;
    size_t size = left < WINDOW ? left : WINDOW;
    windows->digests[job] = digest_of(windows->view->bytes + from, size);
    file_view_forget(windows->view, from, from + size);
    return STATUS_OK;
}

static enum status digest_file(const struct file_view *view, size_t threads, struct digest *digest,
                               struct error *error)
{
    size_t count = (view->size + WINDOW - 1) / WINDOW;
    struct windows windows = {.view = view,
                              .digests = memory_zalloc(count + 1, sizeof *windows.digests)};
    if (windows.digests == NULL) {
        return error_no_memory(error, count * sizeof *windows.digests);
    }
    enum status status = thread_run(threads, count, digest_window, &windows, error);
    *digest = digest_of(windows.digests, count * sizeof *windows.digests);
    memory_free(windows.digests);
    return status;
}

bool store_seal_is_whole(const struct store_seal *seal)
{
    return digest_compare(&seal->digest, &seal->structure) != 0;
}

enum status store_seal_make(const char *path, bool whole, size_t threads, struct store_seal *seal,
                            struct error *error)
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
        seal->digest = seal->structure;
    }
    if (status == STATUS_OK && whole) {
        status = digest_file(&view, threads, &seal->digest, error);
    }
out:
    digest_stream_free(stream);
    file_view_close(&view);
    return status;
}

/* ---- Checking ---- */

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

enum status store_seal_check(const char *path, const struct store_seal *seal, struct error *error)
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

enum status store_seal_verify(const char *path, size_t threads, const struct store_seal *seal,
                              struct error *error)
{
    struct file_view view = {0};
    enum status status = file_view_open(path, &view, error);
    if (status == STATUS_OK) {
        status = check_size(path, &view, seal, error);
    }
    if (status == STATUS_OK) {
        struct digest found;
        status = digest_file(&view, threads, &found, error);
        if (status == STATUS_OK && digest_compare(&found, &seal->digest) != 0) {
            status = damaged(error, path, "its content does not match its digest");
        }
    }
    file_view_close(&view);
    return status;
}
