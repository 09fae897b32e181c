#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/compiler.h"

/* Bump allocator: many small allocations, released all at once. Grows by chunks up to its
 * maximum. One thread at a time. */

struct arena;

/* Creates an arena that never holds more than `bytes_max`. Returns NULL when out of memory.
 * The caller releases it with arena_free(). */
struct arena *arena_new(size_t bytes_max) MUST_CHECK;

/* Returns `size` zeroed bytes aligned for any type, valid until arena_clear() or arena_free(), or
 * NULL when the arena is full or memory is out. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;

/* Returns a copy of `size` bytes with a zero byte behind, unaligned; NULL as above. */
char *arena_copy(struct arena *arena, const void *bytes, size_t size) MUST_CHECK;

/* Forgets everything allocated and keeps the largest chunk for reuse. */
void arena_clear(struct arena *arena);

/* Bytes the arena holds from the heap. */
size_t arena_size(const struct arena *arena);

/* Releases the arena and everything allocated from it. NULL is ignored. */
void arena_free(struct arena *arena);

#endif
