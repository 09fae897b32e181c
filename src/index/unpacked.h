#ifndef INDEX_UNPACKED_H
#define INDEX_UNPACKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/compress.h"
#include "base/error.h"

/* The packed values of a store that were unpacked last. Of each database: the one that a walk is
 * at, and the 16 that look-ups found last, so that neither pushes out what the other needs. A value
 * is known by the address of its packed bytes, which never move while its file is open. What a
 * damaged value may claim to hold is bounded (256 MiB). One thread at a time.
 *
 *   place = unpacked_cache_lookup(cache, database, packed);
 *   if (place->from != packed) unpacked_fill(cache, place, packed, size); */

struct unpacked_cache;

/* A place for one value. */
struct unpacked {
    const unsigned char *from; /* the packed bytes; NULL: none */
    uint64_t used;             /* when, counted in look-ups */
    struct buffer content;     /* valid until the place is filled again, or walks end */
};

/* `decompressor`: borrowed from who has it for several caches of one thread; NULL: one of its own.
 */
enum status unpacked_cache_new(size_t database_count, struct decompressor *decompressor,
                               struct unpacked_cache **out, struct error *error) MUST_CHECK;
void unpacked_cache_free(struct unpacked_cache *cache);

/* The place for a walk over a database. */
struct unpacked *unpacked_cache_walk(struct unpacked_cache *cache, size_t database);

/* Frees what walks have unpacked. */
void unpacked_cache_end_walks(struct unpacked_cache *cache);

/* The place for a look-up: where the value is, or else the one not used for longest. */
struct unpacked *unpacked_cache_lookup(struct unpacked_cache *cache, size_t database,
                                       const unsigned char *packed);

/* Unpacks a value, already checked, into a place. Without a message: STATUS_FORMAT or STATUS_LIMIT
 * when it is damaged, STATUS_NOMEM. */
enum status unpacked_fill(struct unpacked_cache *cache, struct unpacked *place,
                          const unsigned char *packed, size_t size) MUST_CHECK;

#endif
