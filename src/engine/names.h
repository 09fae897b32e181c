#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/intern.h"
#include "engine/handle.h"
#include "entity/tagger.h"
#include "query/plan.h"

/* From a name as somebody typed it to the entities it may mean. A segment's STORE_NAMES holds
 * records name key, 0, level, entity key where the name key is tagger_name_key() of an alias that
 * was printed, or one word of a person's. An alias that is the entity's own name key has no record:
 * it is asked for among the entities themselves. */

enum name_level {
    NAME_ALIAS = 'a', /* the whole alias: these alone count when there are any */
    NAME_WORD = 'w',  /* one of its words: the last resort, so that a family name alone finds */
};

/* The name as it is filed: name key, 1, level. Returns the size, 0 when it would be too long. */
size_t name_filed(const char *name, size_t size, enum name_level level,
                  char filed[STORE_KEY_SIZE_MAX]);

#define NAMES_KEYS_MAX                                                                             \
    1000u /* entities that one name may mean; the most mentioned ones are kept                     \
           */

/* One entity: what its keys in all segments add up to. */
struct name_match {
    uint32_t key; /* number in `keys` */
    uint64_t documents;
    uint64_t mentions;
};

struct name_matches {
    struct intern *keys;        /* entity keys: type letter, name key */
    struct name_match *matches; /* most documents first, then by key; at most NAMES_KEYS_MAX */
    uint32_t count;
};

/* `type` NULL: any. Release also after a failure. Deleted documents are counted until they are
 * merged away. */
enum status names_find(const struct fihris *archive, const enum entity_type *type, const char *name,
                       size_t name_size, struct name_matches *found,
                       struct error *error) MUST_CHECK;
void name_matches_release(struct name_matches *found);

/* The resolver a query plan asks; its context is a struct fihris. */
struct query_resolver names_resolver(struct fihris *archive);

#endif
