#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/segment.h"
#include "query/parse.h"

/* Conditions on a document's columns: date:, source:, id:. One thread at a time. */

struct filter {
    enum query_node_kind kind; /* QUERY_DATE, QUERY_SOURCE, QUERY_ID */
    struct segment *segment;
    doc_id first; /* documents outside of first..last do not pass; first > last: none does */
    doc_id last;
    uint64_t day_from;
    uint64_t day_to;
    uint64_t *sources; /* bit set of source numbers */
    uint64_t source_count;
};

/* Binds a node to a segment; tables are looked up here, once. */
enum status filter_init(struct filter *filter, const struct query_node *node,
                        struct segment *segment, struct arena *arena,
                        struct error *error) MUST_CHECK;

/* Whether a document within first..last passes. */
enum status filter_passes(const struct filter *filter, doc_id document, bool *passes,
                          struct error *error) MUST_CHECK;

/* Whether a source's name is what source: asks for: equal, equal when folded, or, when `wanted`
 * holds a *, of that pattern when folded. */
bool filter_source_matches(const struct query_string *wanted, const char *name, size_t size);

#endif
