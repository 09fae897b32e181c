/* madvise(): posix_madvise() of the C library does nothing for what is not needed any more. */
#define _DEFAULT_SOURCE /* NOLINT(readability-identifier-naming): glibc's name */
#include "base/view.h"

#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"

enum status file_view_open(const char *path, struct file_view *view, struct error *error)
{
    *view = (struct file_view){.bytes = (const unsigned char *)"", .size = 0};
    int descriptor = -1;
    uint64_t size = 0;
    enum status status = file_open(path, &descriptor, &size, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (size > SIZE_MAX / 2) {
        status = error_set(error, STATUS_LIMIT, "cannot map '%s': too large", path);
    } else if (size > 0) {
        void *bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, descriptor, 0);
        if (bytes == MAP_FAILED) {
            status = error_from_errno(error, "map", path);
        } else {
            *view = (struct file_view){.bytes = bytes, .size = (size_t)size};
        }
    }
    (void)close(descriptor);
    return status;
}

void file_view_forget(const struct file_view *view, size_t from, size_t to)
{
    assert(from <= to && to <= view->size);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t end = to == view->size ? (to + page - 1) / page * page : to;
    pages_forget(view->bytes + from, end - from);
}

void pages_forget(const void *bytes, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t skipped = (page - (uintptr_t)bytes % page) % page;
    if (skipped + page > size) {
        return;
    }
    union {
        const unsigned char *bytes;
        void *address; /* madvise() takes no const */
    } mapped = {.bytes = (const unsigned char *)bytes + skipped};
    size_t whole = (size - skipped) / page * page;
    (void)madvise(mapped.address, whole, MADV_DONTNEED); /* only memory is at stake */
}

void pages_small(const void *bytes, size_t size)
{
#ifdef MADV_NOHUGEPAGE
    union {
        const void *bytes;
        void *address;
    } mapped = {.bytes = bytes};
    (void)madvise(mapped.address, size, MADV_NOHUGEPAGE); /* only memory is at stake */
#else
    (void)bytes;
    (void)size;
#endif
}

void file_view_close(struct file_view *view)
{
    if (view == NULL) {
        return;
    }
    if (view->size > 0) {
        union {
            const unsigned char *bytes;
            void *address; /* munmap() takes no const */
        } mapped = {.bytes = view->bytes};
        (void)munmap(mapped.address, view->size);
    }
    *view = (struct file_view){.bytes = (const unsigned char *)"", .size = 0};
}
