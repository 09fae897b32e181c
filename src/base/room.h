#ifndef BASE_ROOM_H
#define BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Address space in which a large block can grow where it lies: nothing is copied, and no fresh
 * memory is touched but what is new. For base/buffer.h. Any thread. */

/* The pages that large blocks are made of, where the system has such. */
#define HUGE_PAGE ((size_t)2 << 20)

static inline size_t huge_pages_of(size_t size)
{
    return (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

/* Sets `size` bytes aside, none of which can be used, and takes no memory; NULL where the system
 * gives none. The caller gives them back with room_free(). */
void *room_new(size_t size) MUST_CHECK;
void room_free(void *room, size_t size);

/* Makes the first `size` bytes usable; false when memory is out. */
bool room_open(void *room, size_t size) MUST_CHECK;

#endif
