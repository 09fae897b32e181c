/* madvise() is not POSIX. */
#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): glibc's name */
#include "base/memory.h"

#include <stdint.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/room.h"

/* Large blocks are tables that are looked into all over. In pages of 2 MiB the processor finds its
 * way there without walking through page tables of its own and a host's. Such a block begins and
 * ends where pages do, and they are asked for before they are touched. */
#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)
#define HUGE_BLOCK_MIN (2 * HUGE_PAGE) /* less, and clearing them costs more than they save */

static bool is_large(size_t size)
{
    return size >= HUGE_BLOCK_MIN && size <= SIZE_MAX - HUGE_PAGE;
}

static void *allocate(size_t size)
{
    if (!is_large(size)) {
        return malloc(size);
    }
    size = huge_pages_of(size);
    void *block = aligned_alloc(HUGE_PAGE, size);
    if (block != NULL) {
        (void)madvise(block, size, MADV_HUGEPAGE);
    }
    return block;
}

/* A block that becomes larger moves, so that its pages are asked for before they are touched. */
static void *resize(void *block, size_t size)
{
    size_t old_size = malloc_usable_size(block);
    if (!is_large(size) || size <= old_size) {
        return realloc(block, size);
    }
    void *larger = allocate(size);
    if (larger != NULL && block != NULL) {
        memcpy(larger, block, old_size);
        free(block);
    }
    return larger;
}
#else
static void *allocate(size_t size)
{
    return malloc(size);
}

static void *resize(void *block, size_t size)
{
    return realloc(block, size);
}
#endif

void *memory_alloc(size_t size)
{
    return allocate(size == 0 ? 1 : size);
}

void *memory_zalloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    /* Not calloc(): of fresh memory it leaves each page to be found out by reading, and then again
     * by writing, which stops all threads of the process. Tables are read before they are written.
     */
    size_t all = count * size == 0 ? 1 : count * size;
    void *block = allocate(all);
    return block == NULL ? NULL : memset(block, 0, all);
}

void *memory_resize(void *block, size_t size)
{
    return resize(block, size == 0 ? 1 : size);
}

char *memory_copy(const void *bytes, size_t size)
{
    if (size == SIZE_MAX) {
        return NULL;
    }
    char *copy = memory_alloc(size + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    copy[size] = '\0';
    return copy;
}

void memory_free(void *block)
{
    free(block);
}

void memory_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
