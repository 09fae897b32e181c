#ifndef INDEX_MERGE_CUTS_H
#define INDEX_MERGE_CUTS_H

#include "index/merge_walk.h"

/* Where a table of several segments is cut into ranges of keys, to be merged at the same time: so
 * many that every thread has enough of them and that what one makes is small; few enough that going
 * to the beginning of each, in every segment, costs little. What a merge makes does not depend on
 * them. One thread. */

/* Appends the keys at which ranges of `table` begin, without the first range's, to `keys`, as
 * strings with their size before them; `*count` is how many. They ascend, and none is twice there.
 */
enum status merge_cuts(const struct merge_side *sides, size_t side_count, size_t threads,
                       enum store_database table, struct buffer *keys, size_t *count,
                       struct error *error) MUST_CHECK;

#endif
