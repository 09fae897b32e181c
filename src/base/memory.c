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

/* Large blocks are tables that are looked into all over. In pages of 2 MiB the processor finds its
 * way there without walking through page tables of its own and a host's. What was touched before
 * it was asked for stays in small pages. */
#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)
#define HUGE_PAGE      ((size_t)2 << 20)
#define HUGE_BLOCK_MIN (8 * HUGE_PAGE) /* less, and clearing them costs more than they save */

static void *with_huge_pages(void *block, size_t size)
{
    if (block != NULL && size >= HUGE_BLOCK_MIN) {
        size_t before = (HUGE_PAGE - (uintptr_t)block % HUGE_PAGE) % HUGE_PAGE;
        size_t pages = (size - before) / HUGE_PAGE;
        (void)madvise((char *)block + before, pages * HUGE_PAGE, MADV_HUGEPAGE);
    }
    return block;
}

/* A block that becomes so large moves, so that its pages are asked for before they are touched. One
 * that is keeps them. */
static void *resize(void *block, size_t size)
{
    size_t old_size = malloc_usable_size(block);
    if (size < HUGE_BLOCK_MIN || size <= old_size) {
        return realloc(block, size);
    }
    if (old_size >= HUGE_BLOCK_MIN) {
        return with_huge_pages(realloc(block, size), size);
    }
    void *larger = with_huge_pages(malloc(size), size);
    if (larger != NULL && block != NULL) {
        memcpy(larger, block, old_size);
        free(block);
    }
    return larger;
}
#else
static void *with_huge_pages(void *block, size_t size)
{
    (void)size;
    return block;
}

static void *resize(void *block, size_t size)
{
    return realloc(block, size);
}
#endif

void *memory_alloc(size_t size)
{
    return with_huge_pages(malloc(size == 0 ? 1 : size), size);
}

void *memory_zalloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return with_huge_pages(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size), count * size);
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
