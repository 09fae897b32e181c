/* madvise() and anonymous mappings are not POSIX. */
#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): glibc's name */
#include "base/room.h"

#include <stdint.h>
#include <sys/mman.h>

void *room_new(size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = huge_pages_of(size);
    char *mapping =
        mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        return NULL;
    }
    /* What lies before the first huge page and behind the last is given back. */
    size_t before = HUGE_PAGE - (uintptr_t)mapping % HUGE_PAGE;
    char *room = mapping + before;
    (void)munmap(mapping, before);
    if (before < HUGE_PAGE) {
        (void)munmap(room + size, HUGE_PAGE - before);
    }
#ifdef MADV_HUGEPAGE
    (void)madvise(room, size, MADV_HUGEPAGE);
#endif
    return room;
}

void room_free(void *room, size_t size)
{
    (void)munmap(room, huge_pages_of(size));
}

bool room_open(void *room, size_t size)
{
    return mprotect(room, size, PROT_READ | PROT_WRITE) == 0;
}
