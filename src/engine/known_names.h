#ifndef ENGINE_KNOWN_NAMES_H
#define ENGINE_KNOWN_NAMES_H

#include "entity/tagger.h"
#include "index/builder.h"

/* What a worker knows of names: which form of which entity an alias is, and that it is filed under
 * the names that lead to it. Noted at the first sight of each and kept from shard to shard. The
 * forms' numbers are those of one builder, and forgotten with it. One thread at a time. */

struct known_names {
    struct intern *aliases; /* type letter, key, 0, alias, varint tokens */
    struct buffer forms;    /* uint32_t: builder's number, by number of the alias */
    struct buffer asked;    /* struct asked_alias, of an article */
    struct buffer strings;  /* theirs */
    struct buffer requests; /* struct vocabulary_request, of those that are new */
};

enum status known_names_init(struct known_names *known, size_t memory_max,
                             struct error *error) MUST_CHECK;
void known_names_release(struct known_names *known);
/* Forgets all names, keeps the memory. */
void known_names_clear(struct known_names *known);
/* What names take, less the room that is kept for more. */
size_t known_names_memory(const struct known_names *known);

/* Appends the mentions of an article to `out` as occurrences. `positions`: of its tokens. */
enum status known_names_place(struct known_names *known, struct builder *builder,
                              const struct mention *mentions, size_t count,
                              const uint32_t *positions, struct buffer *out,
                              struct error *error) MUST_CHECK;

#endif
