#ifndef QUERY_SEARCH_H
#define QUERY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "query/plan.h"

/* Runs a plan over its segments. Results and scores are the same however the archive is cut into
 * segments, and the same with and without skipping. One thread at a time for one plan.
 *
 *   query_parse(arena, analyser, text, &tree, &offset, &error);
 *   plan_make(tree, &input, &plan, &offset, &error);
 *   query_top(plan, 10, false, hits, &result, &error);
 *   plan_free(plan); */

struct query_hit {
    double score;
    uint32_t segment; /* number in the plan */
    doc_id document;
};

struct query_result {
    size_t hit_count;
    uint64_t total;   /* matching documents seen */
    bool total_exact; /* false: some were passed over, there may be more */
};

/* The `hits_max` best matches, best first; equal scores in order of segment, then document. `hits`
 * has room for them. With `count_all` every match is looked at, so the total is exact. */
enum status query_top(const struct plan *plan, size_t hits_max, bool count_all,
                      struct query_hit *hits, struct query_result *result,
                      struct error *error) MUST_CHECK;

/* Every match in order of segment and document. Without `scores` they are 0 and cost nothing.
 * `visit` returning false ends it without error. */
typedef bool (*query_visit)(void *context, const struct query_hit *hit);
enum status query_all(const struct plan *plan, bool scores, query_visit visit, void *context,
                      struct error *error) MUST_CHECK;

#endif
