#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* A set of byte strings that gives each a dense number, 0, 1, 2, ... in order of first adding. Open
 * addressing over 8-byte slots (half a hash, the number); strings lie in one growing heap. One
 * thread at a time. 32 to 56 bytes a string beside the string itself. */

struct intern;

/* `bytes_max`: most bytes of memory it may hold (16 KiB at least; while it grows, the old slots
 * come on top). NULL when out of memory. */
struct intern *intern_new(size_t bytes_max) MUST_CHECK;
void intern_free(struct intern *intern);

/* Forgets all strings, keeps the memory. */
void intern_clear(struct intern *intern);

/* Finds or adds a string; `*added` (may be NULL) tells which. STATUS_LIMIT, STATUS_NOMEM. */
enum status intern_add(struct intern *intern, const void *bytes, size_t size, uint32_t *number,
                       bool *added, struct error *error) MUST_CHECK;

/* Finds a string; returns false when it is not there. */
bool intern_find(const struct intern *intern, const void *bytes, size_t size, uint32_t *number);

/* The same with the hash already known: hash_short() of the bytes. Where many strings are looked
 * up, the two prefetches hide the cache misses: for a batch, the first for each, the second for
 * each, then the look-ups. */
enum status intern_add_hashed(struct intern *intern, uint64_t hash, const void *bytes, size_t size,
                              uint32_t *number, bool *added, struct error *error) MUST_CHECK;
void intern_prefetch(const struct intern *intern, uint64_t hash);
void intern_prefetch_string(const struct intern *intern, uint64_t hash);

/* A string by number; valid until the next adding. */
const void *intern_string(const struct intern *intern, uint32_t number, size_t *size);
/* Where a string lies, without a look at it: to be asked for (PREFETCH) some time before
 * intern_at() gives it. Valid until the next adding. */
const void *intern_locate(const struct intern *intern, uint32_t number);
/* Asks for the memory of what intern_locate() looks at. */
void intern_prefetch_place(const struct intern *intern, uint32_t number);
const void *intern_at(const void *place, size_t *size);
/* Asks for the memory of a string that is wanted soon. */
void intern_prefetch_number(const struct intern *intern, uint32_t number);
uint32_t intern_count(const struct intern *intern);
/* What its strings take, less the room that is kept for more. */
size_t intern_memory(const struct intern *intern);

#endif
