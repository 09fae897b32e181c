#ifndef BASE_RADIX_H
#define BASE_RADIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* Sorts by numbers: least significant byte first, bytes that are alike in all left out. For a
 * hundred thousand entries and more a fifth of the time of qsort(). Any thread. */

struct radix_entry {
    uint64_t key;
    uint64_t value; /* the caller's */
};

/* Ascending by key, equal keys in the order they came; fewer than 2^32. As much memory again
 * meanwhile. STATUS_NOMEM. */
enum status radix_sort(struct radix_entry *entries, size_t count, struct error *error) MUST_CHECK;

#endif
