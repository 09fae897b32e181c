#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): glibc's name; flock() too */
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    FILE_MODE = 0666,      /* less the umask */
    FOLDER_MODE = 0777,    /* less the umask */
    FOLDER_DEPTH_MAX = 64, /* of path_remove(): one open descriptor a level */
};

/* Names of one folder held in memory while it is listed: 4 million names of 256 bytes. */
#define FOLDER_NAMES_SIZE_MAX ((size_t)1 << 30)

/* Written before it is renamed to its own name. A leftover of a killed run is overwritten. */
static const char temporary_suffix[] = ".tmp";

char *path_join(const char *folder, const char *name)
{
    size_t folder_size = strlen(folder);
    size_t name_size = strlen(name);
    while (folder_size > 1 && folder[folder_size - 1] == '/') {
        folder_size--;
    }
    bool slash = folder_size > 0 && folder[folder_size - 1] != '/';
    size_t size = folder_size + slash + name_size;
    char *path = memory_alloc(size + 1);
    if (path == NULL) {
        return NULL;
    }
    memcpy(path + folder_size, "/", 1);
    memcpy(path, folder, folder_size);
    memcpy(path + folder_size + slash, name, name_size);
    path[size] = '\0';
    return path;
}

/* The folder that holds `path`; NULL when out of memory. */
static char *path_folder(const char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    while (size > 0 && path[size - 1] != '/') {
        size--;
    }
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    return size == 0 ? memory_copy(".", 1) : memory_copy(path, size);
}

/* Opens a regular file to read. Without O_NONBLOCK a FIFO would hang here. */
enum status file_open(const char *path, int *descriptor, uint64_t *size, struct error *error)
{
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (opened < 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        return absent ? error_set(error, STATUS_NOT_FOUND, "cannot open '%s': no such file", path)
                      : error_from_errno(error, "open", path);
    }
    struct stat info;
    enum status status = STATUS_OK;
    if (fstat(opened, &info) != 0) {
        status = error_from_errno(error, "examine", path);
    } else if (!S_ISREG(info.st_mode)) {
        status = error_set(error, STATUS_IO, "cannot read '%s': not a regular file", path);
    }
    if (status != STATUS_OK) {
        (void)close(opened);
        return status;
    }
    *descriptor = opened;
    *size = (uint64_t)info.st_size;
    return STATUS_OK;
}

static enum status read_all(int descriptor, const char *path, struct buffer *out,
                            struct error *error)
{
    for (;;) {
        if (out->size == out->capacity) {
            enum status status = buffer_reserve(out, out->size < out->size_max ? 1 : 0, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
        unsigned char beyond;
        bool full = out->size == out->capacity;
        ssize_t got = full ? read(descriptor, &beyond, 1)
                           : read(descriptor, out->bytes + out->size, out->capacity - out->size);
        if (got == 0) {
            return STATUS_OK;
        }
        if (got < 0 && errno != EINTR) {
            return error_from_errno(error, "read", path);
        }
        if (got > 0 && full) {
            return error_set(error, STATUS_LIMIT, "cannot read '%s': larger than %zu bytes", path,
                             out->size_max);
        }
        if (got > 0) {
            out->size += (size_t)got;
        }
    }
}

enum status file_read(const char *path, struct buffer *out, struct error *error)
{
    int descriptor = -1;
    uint64_t size = 0;
    enum status status = file_open(path, &descriptor, &size, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (size > out->size_max - out->size) {
        status = error_set(error, STATUS_LIMIT, "cannot read '%s': larger than %zu bytes", path,
                           out->size_max);
    } else {
        status = buffer_reserve(out, (size_t)size, error);
    }
    if (status == STATUS_OK) {
        status = read_all(descriptor, path, out, error);
    }
    (void)close(descriptor);
    return status;
}

static enum status write_all(int descriptor, const char *path, const void *bytes, size_t size,
                             struct error *error)
{
    const unsigned char *at = bytes;
    while (size > 0) {
        ssize_t put = write(descriptor, at, size);
        if (put < 0 && errno != EINTR) {
            return error_from_errno(error, "write", path);
        }
        if (put > 0) {
            at += put;
            size -= (size_t)put;
        }
    }
    return STATUS_OK;
}

/* Makes the new file `path` with these bytes, on disk before it returns. */
static enum status write_new(const char *path, const void *bytes, size_t size, struct error *error)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return error_from_errno(error, "remove", path);
    }
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (descriptor < 0) {
        return error_from_errno(error, "create", path);
    }
    enum status status = write_all(descriptor, path, bytes, size, error);
    if (status == STATUS_OK && fsync(descriptor) != 0) {
        status = error_from_errno(error, "sync", path);
    }
    if (close(descriptor) != 0 && status == STATUS_OK) {
        status = error_from_errno(error, "close", path);
    }
    return status;
}

enum status file_replace(const char *path, const void *bytes, size_t size, struct error *error)
{
    size_t path_size = strlen(path);
    char *temporary = memory_alloc(path_size + sizeof temporary_suffix);
    if (temporary == NULL) {
        return error_no_memory(error, path_size + sizeof temporary_suffix);
    }
    memcpy(temporary, path, path_size);
    memcpy(temporary + path_size, temporary_suffix, sizeof temporary_suffix);
    enum status status = write_new(temporary, bytes, size, error);
    if (status == STATUS_OK) {
        status = file_rename(temporary, path, error);
    }
    if (status != STATUS_OK) {
        (void)unlink(temporary);
    }
    memory_free(temporary);
    return status;
}

enum status file_size(const char *path, uint64_t *size, struct error *error)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        return absent ? error_set(error, STATUS_NOT_FOUND, "cannot find '%s': no such file", path)
                      : error_from_errno(error, "examine", path);
    }
    *size = (uint64_t)info.st_size;
    return STATUS_OK;
}

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

enum status folder_make(const char *path, struct error *error)
{
    if (mkdir(path, FOLDER_MODE) == 0) {
        return STATUS_OK;
    }
    int reason = errno;
    struct stat info;
    if (reason == EEXIST && stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode)) {
            return STATUS_OK;
        }
        return error_set(error, STATUS_IO, "cannot make folder '%s': a file has that name", path);
    }
    errno = reason;
    return error_from_errno(error, "make folder", path);
}

/* File systems that cannot sync a folder say EINVAL; there is nothing more to be done there. */
static enum status sync_path(const char *path, int flags, struct error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (descriptor < 0) {
        return error_from_errno(error, "open", path);
    }
    enum status status = STATUS_OK;
    if (fsync(descriptor) != 0 && !(errno == EINVAL && (flags & O_DIRECTORY) != 0)) {
        status = error_from_errno(error, "sync", path);
    }
    (void)close(descriptor);
    return status;
}

enum status folder_sync(const char *path, struct error *error)
{
    return sync_path(path, O_DIRECTORY, error);
}

enum status file_sync(const char *path, struct error *error)
{
    return sync_path(path, 0, error);
}

void file_write_out(int descriptor)
{
#ifdef SYNC_FILE_RANGE_WRITE
    (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)descriptor;
#endif
}

/* What can fail for want of memory comes before the renaming. */
enum status file_rename(const char *from, const char *to, struct error *error)
{
    char *folder = path_folder(to);
    if (folder == NULL) {
        return error_no_memory(error, strlen(to) + 1);
    }
    enum status status = STATUS_OK;
    if (rename(from, to) != 0) {
        status = error_from_errno(error, "rename to", to);
    } else {
        status = folder_sync(folder, error);
    }
    memory_free(folder);
    return status;
}

/* Each folder stream here belongs to one thread, which is all that readdir() asks for. */
static const struct dirent *next_entry(DIR *folder)
{
    errno = 0;
    const struct dirent *entry = readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
    while (entry != NULL && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)) {
        entry = readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
    }
    return entry;
}

static enum status remove_at(int parent, const char *name, const char *path, unsigned depth,
                             struct error *error);

/* Removes what is in the folder. `path` is the one the caller named, for messages. */
static enum status empty_folder(DIR *folder, const char *path, unsigned depth, struct error *error)
{
    for (;;) {
        const struct dirent *entry = next_entry(folder);
        if (entry == NULL) {
            return errno == 0 ? STATUS_OK : error_from_errno(error, "list", path);
        }
        enum status status = remove_at(dirfd(folder), entry->d_name, path, depth + 1, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

static enum status remove_at(int parent, const char *name, const char *path, unsigned depth,
                             struct error *error)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) {
        return STATUS_OK;
    }
    if (errno != EISDIR && errno != EPERM) { /* both mean: a folder */
        return error_from_errno(error, "remove", path);
    }
    if (depth >= FOLDER_DEPTH_MAX) {
        return error_set(error, STATUS_LIMIT, "cannot remove '%s': more than %d folders deep", path,
                         FOLDER_DEPTH_MAX);
    }
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        return errno == ENOENT ? STATUS_OK : error_from_errno(error, "remove", path);
    }
    DIR *folder = fdopendir(descriptor);
    if (folder == NULL) {
        (void)close(descriptor);
        return error_from_errno(error, "remove", path);
    }
    enum status status = empty_folder(folder, path, depth, error);
    (void)closedir(folder);
    if (status == STATUS_OK && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        status = error_from_errno(error, "remove", path);
    }
    return status;
}

enum status path_remove(const char *path, struct error *error)
{
    return remove_at(AT_FDCWD, path, path, 0, error);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Gathers the names, each with its zero byte, and counts them. */
static enum status gather_names(const char *path, struct buffer *names, size_t *count,
                                struct error *error)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        bool absent = errno == ENOENT;
        return absent ? error_set(error, STATUS_NOT_FOUND, "cannot list '%s': no such folder", path)
                      : error_from_errno(error, "list", path);
    }
    enum status status = STATUS_OK;
    *count = 0;
    while (status == STATUS_OK) {
        const struct dirent *entry = next_entry(folder);
        if (entry == NULL) {
            status = errno == 0 ? STATUS_OK : error_from_errno(error, "list", path);
            break;
        }
        status = buffer_append(names, entry->d_name, strlen(entry->d_name) + 1, error);
        *count += 1;
    }
    (void)closedir(folder);
    return status;
}

enum status folder_list(const char *path,
                        enum status (*visit)(void *context, const char *name, struct error *error),
                        void *context, struct error *error)
{
    struct buffer names;
    buffer_init(&names, FOLDER_NAMES_SIZE_MAX);
    const char **order = NULL;
    size_t count = 0;
    enum status status = gather_names(path, &names, &count, error);
    if (status != STATUS_OK || count == 0) {
        goto out;
    }
    order = memory_zalloc(count, sizeof *order);
    if (order == NULL) {
        status = error_no_memory(error, count * sizeof *order);
        goto out;
    }
    const char *name = (const char *)names.bytes;
    for (size_t i = 0; i < count; i++) {
        order[i] = name;
        name += strlen(name) + 1;
    }
    qsort(order, count, sizeof *order, compare_names);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = visit(context, order[i], error);
    }
out:
    memory_free(order);
    buffer_release(&names);
    return status;
}

enum status file_lock(const char *path, int *lock, struct error *error)
{
    *lock = -1;
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (descriptor < 0) {
        return error_from_errno(error, "open", path);
    }
    int result;
    do {
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result == 0) {
        *lock = descriptor;
        return STATUS_OK;
    }
    enum status status =
        errno == EWOULDBLOCK
            ? error_set(error, STATUS_BUSY, "cannot lock '%s': another process holds it", path)
            : error_from_errno(error, "lock", path);
    (void)close(descriptor);
    return status;
}

void file_lock_release(int lock)
{
    if (lock >= 0) {
        (void)close(lock);
    }
}
