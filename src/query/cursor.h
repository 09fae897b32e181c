#ifndef QUERY_CURSOR_H
#define QUERY_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "query/leaf.h"
#include "query/plan.h"

/* The documents of one segment that a query matches, in ascending order. Matching has two phases:
 * cursor_advance() moves to a candidate by looking at document numbers only; cursor_matches() then
 * looks at positions, forms and columns. So a rare word spares the phrase beside it its positions.
 *
 *   for (target = 0;; target = cursor->document + 1) {
 *       cursor_advance(cursor, target);
 *       if (cursor->document == DOC_ID_END) break;
 *       cursor_matches(cursor, &matches);      once for each candidate
 *       if (matches) cursor_score(cursor, &score);
 *   }
 *
 * With a threshold set, documents that cannot score above it may be passed over: MaxScore
 * (H. Turtle, J. Flood, 1995) with block maxima (S. Ding, T. Suel, SIGIR 2011). Scores are sums in
 * the order of the query, so they do not depend on the threshold. One thread at a time. */

struct cursor;

/* What a range of documents can score at most: those from the target asked for up to `last`;
 * nothing matches there when `greatest` is negative. */
struct cursor_bound {
    doc_id last; /* DOC_ID_END: to the end */
    double greatest;
};

/* Relative room for rounding between a bound and the scores under it. */
#define CURSOR_SLACK (1.0 + 1e-9)

/* All cursors of a query on one segment. */
struct cursor_tree {
    struct cursor *root;
    struct leaf *leaves;
};

#define CURSOR_ARENA_MAX ((size_t)256 << 20) /* about 5 KiB for each posting list */

/* Makes the cursors of `plan` for segment number `segment` in `arena`, which must outlive them.
 * `thresholds`: cursor_threshold() will be used. Close the tree also after a failure. */
enum status cursor_tree_open(const struct plan *plan, size_t segment, bool thresholds,
                             struct arena *arena, struct cursor_tree *tree,
                             struct error *error) MUST_CHECK;
void cursor_tree_close(struct cursor_tree *tree);

/* The candidate; DOC_ID_END after the last. */
doc_id cursor_document(const struct cursor *cursor);

/* Moves to the first candidate not below `target`; never backwards. */
enum status cursor_advance(struct cursor *cursor, doc_id target, struct error *error) MUST_CHECK;

/* Whether the candidate is a match; to be asked at most once for each. */
enum status cursor_matches(struct cursor *cursor, bool *matches, struct error *error) MUST_CHECK;

/* Score of the candidate, which is a match. */
enum status cursor_score(struct cursor *cursor, double *score, struct error *error) MUST_CHECK;

/* Bound of the scores of matches from `target` on; `target` is not below the candidate. */
void cursor_bound(const struct cursor *cursor, doc_id target, struct cursor_bound *bound);

/* A query that is a single word, wherever it stands: its leaf, to be ranked instead of moving the
 * cursor, and its idf. NULL otherwise. */
struct leaf *cursor_word(const struct cursor *cursor, double *idf);

/* From now on only matches that score above `threshold` are wanted. Thresholds only rise. */
void cursor_threshold(struct cursor *cursor, double threshold);

/* Whether the threshold has made the cursor pass over documents that may match. */
bool cursor_passed_over(const struct cursor *cursor);

#endif
