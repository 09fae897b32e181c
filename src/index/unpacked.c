#include "index/unpacked.h"

#include <stdbool.h>

#include "base/compress.h"
#include "base/memory.h"

#define UNPACKED_SIZE_MAX ((size_t)256 << 20)

/* Of each database: first the place of a walk, then those of look-ups. */
enum { KEPT = 16, PLACES = 1 + KEPT };

struct unpacked_cache {
    struct decompressor own;
    struct decompressor *decompressor; /* that, or one that others use too */
    uint64_t lookups;                  /* so far */
    struct unpacked *places;           /* PLACES a database; owned */
    size_t place_count;
};

enum status unpacked_cache_new(size_t database_count, struct decompressor *decompressor,
                               struct unpacked_cache **out, struct error *error)
{
    size_t count = database_count * PLACES;
    struct unpacked_cache *cache = memory_zalloc(1, sizeof *cache);
    if (cache == NULL || (cache->places = memory_zalloc(count, sizeof *cache->places)) == NULL) {
        unpacked_cache_free(cache);
        return error_no_memory(error, count * sizeof *cache->places);
    }
    cache->decompressor = decompressor == NULL ? &cache->own : decompressor;
    cache->place_count = count;
    for (size_t i = 0; i < count; i++) {
        buffer_init(&cache->places[i].content, UNPACKED_SIZE_MAX);
    }
    *out = cache;
    return STATUS_OK;
}

void unpacked_cache_free(struct unpacked_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < cache->place_count; i++) {
        buffer_release(&cache->places[i].content);
    }
    memory_free(cache->places);
    decompressor_release(&cache->own);
    memory_free(cache);
}

struct unpacked *unpacked_cache_walk(struct unpacked_cache *cache, size_t database)
{
    return &cache->places[database * PLACES];
}

void unpacked_cache_end_walks(struct unpacked_cache *cache)
{
    for (size_t i = 0; i < cache->place_count; i += PLACES) {
        buffer_release(&cache->places[i].content);
        cache->places[i].from = NULL;
    }
}

struct unpacked *unpacked_cache_lookup(struct unpacked_cache *cache, size_t database,
                                       const unsigned char *packed)
{
    struct unpacked *places = &cache->places[database * PLACES + 1];
    struct unpacked *found = places;
    for (int i = 0; i < KEPT && found->from != packed; i++) {
        bool better = places[i].from == packed || places[i].used < found->used;
        found = better ? &places[i] : found;
    }
    found->used = ++cache->lookups;
    return found;
}

enum status unpacked_fill(struct unpacked_cache *cache, struct unpacked *place,
                          const unsigned char *packed, size_t size)
{
    place->from = NULL;
    enum status status = decompress_frame(cache->decompressor, packed, size, &place->content, NULL);
    place->from = status == STATUS_OK ? packed : NULL;
    return status;
}
