#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

enum { ARENA_CHUNK_SIZE_MIN = 16 * 1024, ARENA_CHUNK_SIZE_MAX = 4 * 1024 * 1024 };

struct chunk {
    struct chunk *previous;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *last; /* the one being filled; NULL before the first allocation */
    size_t held;        /* sum of the chunks' sizes */
    size_t bytes_max;
};

struct arena *arena_new(size_t bytes_max)
{
    struct arena *arena = memory_alloc(sizeof *arena);
    if (arena != NULL) {
        *arena = (struct arena){.bytes_max = bytes_max};
    }
    return arena;
}

static struct chunk *chunk_add(struct arena *arena, size_t size)
{
    size_t left = arena->bytes_max - arena->held;
    if (size > left || size > SIZE_MAX - ARENA_CHUNK_SIZE_MAX) { /* with room for the head */
        return NULL;
    }
    size_t wanted = arena->last == NULL ? ARENA_CHUNK_SIZE_MIN : arena->last->size * 2;
    wanted = wanted > ARENA_CHUNK_SIZE_MAX ? ARENA_CHUNK_SIZE_MAX : wanted;
    wanted = wanted > left ? left : wanted;
    wanted = wanted < size ? size : wanted;
    struct chunk *chunk = memory_alloc(sizeof *chunk + wanted);
    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (struct chunk){.previous = arena->last, .size = wanted};
    arena->last = chunk;
    arena->held += wanted;
    return chunk;
}

static void *allocate(struct arena *arena, size_t size, size_t align)
{
    struct chunk *chunk = arena->last;
    size_t start = chunk == NULL ? 0 : (chunk->used + align - 1) / align * align;
    if (chunk == NULL || start > chunk->size || size > chunk->size - start) {
        chunk = chunk_add(arena, size);
        start = 0;
        if (chunk == NULL) {
            return NULL;
        }
    }
    chunk->used = start + size;
    assert(chunk->used <= chunk->size);
    return chunk->bytes + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *bytes = allocate(arena, size, alignof(max_align_t));
    return bytes == NULL ? NULL : memset(bytes, 0, size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    if (size == SIZE_MAX) {
        return NULL;
    }
    char *copy = allocate(arena, size + 1, 1);
    if (copy == NULL) {
        return NULL;
    }
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    copy[size] = '\0';
    return copy;
}

void arena_clear(struct arena *arena)
{
    struct chunk *largest = arena->last;
    struct chunk *chunk = arena->last;
    for (; chunk != NULL; chunk = chunk->previous) {
        largest = chunk->size > largest->size ? chunk : largest;
    }
    chunk = arena->last;
    while (chunk != NULL) {
        struct chunk *previous = chunk->previous;
        if (chunk != largest) {
            arena->held -= chunk->size;
            memory_free(chunk);
        }
        chunk = previous;
    }
    if (largest != NULL) {
        largest->previous = NULL;
        largest->used = 0;
    }
    arena->last = largest;
}

size_t arena_size(const struct arena *arena)
{
    return arena->held;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    arena_clear(arena);
    memory_free(arena->last);
    memory_free(arena);
}
