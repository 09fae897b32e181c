#ifndef TEST_ACTS_H
#define TEST_ACTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/memory.h"

/* Stands between the program (LMDB included) and the system: every call that changes a disk is
 * counted, and the one of a given number kills the process or fails as on a full disk. Syncing does
 * nothing else, so that tests are quick. Allocations (base/memory) are counted too, and that of a
 * given number fails. Include in one file of a test program. */

enum acts_end { ACTS_NEVER, ACTS_KILL, ACTS_FAIL_ONCE, ACTS_FAIL_FROM_THEN };
enum { ACTS_KILLED = 77 };

struct acts {
    enum acts_end end;
    unsigned long at;           /* number of the call */
    _Atomic unsigned long done; /* calls so far */
};
extern struct acts acts;
struct acts acts = {.end = ACTS_NEVER};

struct allocations {
    bool fail;
    unsigned long at;
    _Atomic unsigned long done;
};
extern struct allocations allocations;
struct allocations allocations = {.fail = false};

static inline bool act_fails(void)
{
    unsigned long number = acts.done++;
    bool now = number == acts.at || (number > acts.at && acts.end == ACTS_FAIL_FROM_THEN);
    if (acts.end == ACTS_NEVER || !now) {
        return false;
    }
    if (acts.end == ACTS_KILL) {
        _exit(ACTS_KILLED);
    }
    errno = ENOSPC;
    return true;
}

/* The raw call: the functions below replace those of the C library, which must not be called. */
long syscall(long number, ...);

int fsync(int descriptor)
{
    (void)descriptor;
    return act_fails() ? -1 : 0;
}

int fdatasync(int descriptor)
{
    return fsync(descriptor);
}

int rename(const char *from, const char *to)
{
    return act_fails() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return act_fails() ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

/* Removing needs no space; it can only be cut off. */
int unlinkat(int folder, const char *path, int flags)
{
    if (acts.end == ACTS_KILL) {
        (void)act_fails();
    }
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    return act_fails() ? -1 : syscall(SYS_write, descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    return act_fails() ? -1 : syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset);
ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    return act_fails() ? -1 : syscall(SYS_pwritev, descriptor, parts, count, offset, 0);
}

static inline bool allocation_fails(void)
{
    return allocations.done++ == allocations.at && allocations.fail;
}

void *memory_alloc(size_t size)
{
    return allocation_fails() ? NULL : malloc(size == 0 ? 1 : size);
}

void *memory_zalloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
}

void *memory_resize(void *block, size_t size)
{
    return allocation_fails() ? NULL : realloc(block, size == 0 ? 1 : size);
}

char *memory_copy(const void *bytes, size_t size)
{
    char *copy = memory_alloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        copy[size] = '\0';
    }
    return copy;
}

void memory_free(void *block)
{
    free(block);
}

void memory_trim(void)
{
}

#endif
