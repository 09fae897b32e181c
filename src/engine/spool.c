#include "engine/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

enum { COPY_SIZE = 1 << 20 };

static enum status write_all(int descriptor, const unsigned char *bytes, size_t size,
                             const char *folder, struct error *error)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return error_from_errno(error, "copy standard input to", folder);
        }
        bytes += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}

static enum status copy_input(struct spool *spool, const char *folder, unsigned char *block,
                              struct digest_stream *stream, struct error *error)
{
    for (;;) {
        ssize_t got = read(STDIN_FILENO, block, COPY_SIZE);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_from_errno(error, "read", "standard input");
        }
        if (got == 0) {
            spool->digest = digest_stream_value(stream);
            return STATUS_OK;
        }
        digest_stream_add(stream, block, (size_t)got);
        enum status status = write_all(spool->descriptor, block, (size_t)got, folder, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

static enum status open_unnamed(struct spool *spool, const char *folder, struct error *error)
{
    char *path = path_join(folder, "stdin");
    if (path == NULL) {
        return error_no_memory(error, 0);
    }
    enum status status = STATUS_OK;
    spool->descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (spool->descriptor < 0 || unlink(path) != 0) {
        status = error_from_errno(error, "make", path);
    }
    memory_free(path);
    return status;
}

enum status spool_open(struct spool *spool, const char *folder, struct error *error)
{
    *spool = (struct spool){.descriptor = -1};
    unsigned char *block = memory_alloc(COPY_SIZE);
    struct digest_stream *stream = digest_stream_new();
    enum status status = STATUS_OK;
    if (block == NULL || stream == NULL) {
        status = error_no_memory(error, COPY_SIZE);
        goto out;
    }
    status = open_unnamed(spool, folder, error);
    if (status == STATUS_OK) {
        (void)snprintf(spool->path, sizeof spool->path, "/dev/fd/%d", spool->descriptor);
        status = copy_input(spool, folder, block, stream, error);
    }
out:
    if (status != STATUS_OK) {
        spool_close(spool);
    }
    digest_stream_free(stream);
    memory_free(block);
    return status;
}

void spool_close(struct spool *spool)
{
    if (spool->descriptor >= 0) {
        (void)close(spool->descriptor);
        spool->descriptor = -1;
    }
}
