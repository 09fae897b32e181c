#ifndef INDEX_STORE_SEAL_H
#define INDEX_STORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"

/* The seal of a store's file: its size and the digests of all of it and of the pages that LMDB
 * walks. The file is read as bytes; of LMDB's format only the page headers are known here, so that
 * nothing is trusted before it is checked. What is read is let go at once: none of it is held.
 * Functions for any thread. */

/* What must be known of a store from outside to trust it. */
struct store_seal {
    uint64_t size;           /* of the file */
    struct digest digest;    /* of its windows' digests: for `verify` and for the name */
    struct digest structure; /* of the B-tree pages, in the order listed */
    uint32_t *pages;         /* their page numbers, ascending; owned */
    uint32_t page_count;
};

/* Whether a page, 16 bytes of which can be read, is a leaf of a B-tree. */
bool store_seal_is_leaf(const unsigned char *page);

/* Reads the file on so many threads and makes its seal. The caller releases it, also after a
 * failure. Not `whole`: only the B-tree pages are read; `digest` is `structure`, then, and what
 * else is in the file has its checks (store_value.h). */
enum status store_seal_make(const char *path, bool whole, size_t threads, struct store_seal *seal,
                            struct error *error) MUST_CHECK;
bool store_seal_is_whole(const struct store_seal *seal);
void store_seal_release(struct store_seal *seal);

/* Compares the file's size and B-tree pages with the seal. STATUS_FORMAT on any difference. */
enum status store_seal_check(const char *path, const struct store_seal *seal,
                             struct error *error) MUST_CHECK;

/* Reads the whole file, on so many threads, and compares it with the digest of a whole seal. */
enum status store_seal_verify(const char *path, size_t threads, const struct store_seal *seal,
                              struct error *error) MUST_CHECK;

#endif
