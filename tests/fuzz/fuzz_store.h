#ifndef FUZZ_STORE_H
#define FUZZ_STORE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "index/store.h"

/* A store for targets whose reader wants one: empty, or with one value. Its file is gone as soon as
 * it is open. */

static inline void require(bool fact)
{
    if (!fact) {
        abort();
    }
}

/* `packed`: the value, which is compressed on the way, of the key "a" in `database`; NULL: none. */
static inline struct store *fuzz_store(enum store_database database, const void *packed,
                                       size_t size)
{
    char path[300];
    const char *base = getenv("TMPDIR");
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    struct store *store = NULL;
    (void)snprintf(path, sizeof path, "%s/fihris-fuzz-%ld", base == NULL ? "/tmp" : base,
                   (long)getpid());
    require(store_writer_open(path, STORE_KEPT, &writer, NULL) == STATUS_OK);
    if (packed != NULL) {
        require(store_writer_put_packed(writer, database, "a", 1, packed, size, NULL) == STATUS_OK);
    }
    require(store_writer_finish(writer, &seal, NULL) == STATUS_OK);
    require(store_open(path, &seal, &store, NULL) == STATUS_OK);
    store_seal_release(&seal);
    require(path_remove(path, NULL) == STATUS_OK);
    return store;
}

#endif
