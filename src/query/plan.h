#ifndef QUERY_PLAN_H
#define QUERY_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/postings.h"
#include "index/segment.h"
#include "query/parse.h"
#include "query/score.h"

/* A parsed query bound to the segments of one snapshot: every word and name is looked up in every
 * segment, and the statistics that scores need are summed over all of them. The plan is what the
 * cursors of a segment are made from. Immutable after plan_make(), but the segments in it are used
 * by one thread at a time. */

/* A segment as a query sees it; borrowed. */
struct query_segment {
    struct segment *segment;
    const doc_id *deleted; /* ascending; left out of every answer */
    uint32_t deleted_count;
};

/* Gives one entity key, as it stands in STORE_ENTITIES (type letter, then the name key). The same
 * key may be given twice. */
typedef enum status (*query_add_key)(void *sink, const void *key, size_t key_size,
                                     struct error *error);

/* Who a name means is decided outside of this layer: `entities` calls `add(sink, ...)` for every
 * key that the name (as typed) may mean; none is no error. Types: 'P', 'O', 'L'. */
struct query_resolver {
    enum status (*entities)(void *context, char type, const char *name, size_t name_size,
                            query_add_key add, void *sink, struct error *error);
    void *context;
};

#define PLAN_EXPANSION_MAX  262144u /* words a pattern, or keys a name, stands for */
#define PLAN_POSITIONED_MAX 1024u   /* ... in a quotation, or in the title alone */
#define PLAN_LISTS_MAX      1024u /* of more lists a leaf adds up the documents when it is opened */
#define PLAN_ARENA_MAX      ((size_t)256 << 20) /* 440 to 640 bytes a word, measured on one segment */

/* One posting list of a term in one segment. */
struct plan_list {
    struct postings_location location;
    const uint64_t *forms; /* bit set of form numbers wanted; NULL: all */
};

struct plan_lists {
    struct plan_list *lists;
    uint32_t count;
    uint32_t capacity;
};

/* A word, a pattern or a name: what has one frequency and one idf. */
struct plan_term {
    struct plan_lists *segments; /* [segment_count] */
    uint64_t document_frequency;
    double idf;
};

struct plan_node {
    const struct query_node *query;
    const struct plan_node **children;
    size_t child_count;
    const struct plan_term *terms; /* QUERY_WORDS: one a word; entities: one */
    size_t term_count;
    double idf; /* sum over `terms` in order */
};

struct plan {
    struct arena *arena; /* holds all the rest */
    const struct query_segment *segments;
    size_t segment_count;
    struct score_scale scale;
    uint64_t documents; /* deleted ones included */
    uint32_t lists_max; /* see leaf.h */
    const struct plan_node *root;
};

/* What a query is asked of. `resolver` may be NULL when no node names an entity. `analyser` is the
 * one that made the segments' classes: it tells where the words of a pattern stand; NULL: patterns
 * read the whole lexicon, to the same answer. `lists_max`: of more lists of a term a leaf adds up
 * the documents; 0: PLAN_LISTS_MAX. */
struct plan_input {
    const struct query_segment *segments;
    size_t segment_count;
    const struct query_resolver *resolver;
    const struct analyser *analyser;
    uint32_t lists_max;
};

/* `query`, the segments, the resolver and the analyser are borrowed until plan_free(). STATUS_LIMIT
 * when a pattern or name stands for more than PLAN_EXPANSION_MAX or PLAN_POSITIONED_MAX, with
 * `*error_offset` the place in the query (else -1). */
enum status plan_make(const struct query_node *query, const struct plan_input *input,
                      struct plan **out, int64_t *error_offset, struct error *error) MUST_CHECK;
void plan_free(struct plan *plan);

#endif
