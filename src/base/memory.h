#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/compiler.h"

/* The one door to the heap, so that tests can fail the n-th allocation (they wrap these
 * functions at link time). Any thread. Every function returns NULL when memory is out; a size of
 * 0 gives a pointer that may be freed. */

/* Returns `size` uninitialised bytes; the caller frees them with memory_free(). */
void *memory_alloc(size_t size) MUST_CHECK;

/* Returns `count * size` zeroed bytes, NULL also when the product overflows. */
void *memory_zalloc(size_t count, size_t size) MUST_CHECK;

/* Resizes `block` (NULL allowed); on NULL the old block is still valid and owned. */
void *memory_resize(void *block, size_t size) MUST_CHECK;

/* Returns a copy of `size` bytes with a zero byte after them. */
char *memory_copy(const void *bytes, size_t size) MUST_CHECK;

/* Frees what the functions above returned. NULL is ignored. */
void memory_free(void *block);

/* Gives memory that was freed back to the system, where the C library keeps it: between two phases
 * that need much. */
void memory_trim(void);

#endif
