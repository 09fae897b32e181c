#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

/* A folder for one test program: under TMPDIR, in memory where there is /dev/shm, or under /tmp.
 * Include after <cmocka.h>. */

struct scratch {
    char path[256];
};

static inline void scratch_make(struct scratch *scratch)
{
    const char *base = getenv("TMPDIR");
    if (base == NULL) {
        base = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    (void)snprintf(scratch->path, sizeof scratch->path, "%s/fihris-test-XXXXXX", base);
    assert_non_null(mkdtemp(scratch->path));
}

static inline void scratch_remove(struct scratch *scratch)
{
    assert_int_equal(path_remove(scratch->path, NULL), STATUS_OK);
}

/* The path of `name` in the folder; the caller frees it with memory_free(). */
static inline char *scratch_path(const struct scratch *scratch, const char *name)
{
    char *path = path_join(scratch->path, name);
    assert_non_null(path);
    return path;
}

static inline void scratch_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A folder for a whole program of tests. */
static inline int scratch_setup(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static inline int scratch_teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

#endif
