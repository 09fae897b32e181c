#ifndef INDEX_STORE_VALUE_H
#define INDEX_STORE_VALUE_H

#include <stdbool.h>
#include <stddef.h>

/* A value as it lies in a store's file (docs/FORMAT.md, Checks): its payload, then a 32-bit check
 * for each 16 KiB page of it. Pure functions, any thread, but for the pages remembered. */

#define STORE_CHECK_PAGE 16384u

/* A value in place, valid until its file is closed. */
struct blob {
    const unsigned char *bytes;
    size_t size;                 /* of the payload */
    const unsigned char *checks; /* one 32-bit check for each STORE_CHECK_PAGE of payload */
};

/* Bytes of a value with a payload of `size` bytes. */
size_t store_value_size(size_t size);

/* Writes store_value_size(size) bytes. */
void store_value_write(unsigned char *out, const unsigned char *payload, size_t size);

/* Finds the payload and its checks in a value of `size` bytes; false when no value has this size.
 * Checks nothing else. */
bool store_value_read(const unsigned char *bytes, size_t size, struct blob *blob);

/* Many short values share a page of checks, and whoever walks them would check it again for each:
 * so the pages found sound are remembered, each in the one place its address allows. Empty when
 * zero; for the values of one open file; one thread at a time. */
enum { SOUND_PAGES_LOG = 10 };
struct sound_pages {
    const unsigned char *pages[1 << SOUND_PAGES_LOG]; /* NULL: none */
};

/* Whether the pages that hold bytes [from, to) of the payload (to <= size) match their checks. */
bool store_value_check(struct sound_pages *sound, const struct blob *blob, size_t from, size_t to);

#endif
