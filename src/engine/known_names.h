#ifndef ENGINE_KNOWN_NAMES_H
#define ENGINE_KNOWN_NAMES_H

#include "entity/tagger.h"
#include "index/builder.h"

/* What a worker knows of names: which form of which entity each is, and that it is filed under the
 * names that lead to it. Noted at the first sight of each and kept from shard to shard. Names have
 * the numbers of one tagger_scratch, forms those of one builder: it is forgotten with either. One
 * thread at a time. */

struct known_names {
    struct buffer forms;    /* uint32_t: builder's number, by number of the name */
    uint32_t filed;         /* forms below it are filed: numbers ascend */
    struct buffer asked;    /* struct mention: of an article, whose names are new */
    struct buffer requests; /* struct vocabulary_request, of the same */
};

void known_names_init(struct known_names *known, size_t memory_max);
void known_names_release(struct known_names *known);
/* Forgets all names, keeps the memory. */
void known_names_clear(struct known_names *known);
/* What names take, less the room that is kept for more. */
size_t known_names_memory(const struct known_names *known);

/* The mentions of an article, as a tagger found them. */
struct placed_mentions {
    const struct tagger_scratch *scratch;
    const struct mention *mentions;
    size_t count;
    const uint32_t *positions; /* of the article's tokens */
};

/* Appends the mentions of an article to `out` as occurrences. */
enum status known_names_place(struct known_names *known, struct builder *builder,
                              const struct placed_mentions *placed, struct buffer *out,
                              struct error *error) MUST_CHECK;

#endif
