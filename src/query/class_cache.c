#include "query/class_cache.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"

enum { PLACES_LOG = 13, WORD_SIZE_MAX = 46 };

struct place {
    uint64_t class_hash;
    uint8_t size; /* 0: no word is kept here */
    uint8_t kind;
    char word[WORD_SIZE_MAX];
};
static_assert(sizeof(struct place) == 56, "nothing between");

struct class_cache {
    struct place places[(size_t)1 << PLACES_LOG];
};

struct class_cache *class_cache_new(void)
{
    return memory_zalloc(1, sizeof(struct class_cache));
}

void class_cache_free(struct class_cache *cache)
{
    memory_free(cache);
}

uint64_t class_cache_hash(const void *class_key, size_t size)
{
    return hash64(class_key, size);
}

static size_t place_of(const char *word, size_t size)
{
    return (size_t)(hash64(word, size) >> (64 - PLACES_LOG));
}

bool class_cache_find(const struct class_cache *cache, const char *word, size_t size,
                      enum token_kind kind, uint64_t *class_hash)
{
    if (size == 0 || size > WORD_SIZE_MAX) {
        return false;
    }
    const struct place *place = &cache->places[place_of(word, size)];
    *class_hash = place->class_hash;
    return place->kind == (uint8_t)kind && bytes_equal(place->word, place->size, word, size);
}

void class_cache_add(struct class_cache *cache, const char *word, size_t size, enum token_kind kind,
                     uint64_t class_hash)
{
    if (size == 0 || size > WORD_SIZE_MAX) {
        return;
    }
    struct place *place = &cache->places[place_of(word, size)];
    place->class_hash = class_hash;
    place->size = (uint8_t)size;
    place->kind = (uint8_t)kind;
    memcpy(place->word, word, size);
}
