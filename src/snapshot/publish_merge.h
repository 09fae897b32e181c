#ifndef SNAPSHOT_PUBLISH_MERGE_H
#define SNAPSHOT_PUBLISH_MERGE_H

#include "snapshot/publishing.h"

/* The merges of a publication. */

/* Fills `ranges` as the policy wants them. */
enum status publish_merge_choose(struct publishing *publishing, struct error *error) MUST_CHECK;

/* Makes the segments of the ranges that are rewritten; `*merges` is how many. They lie in the
 * folder of the run, or in one of their own, which is then `building`. */
enum status publish_merge(struct publishing *publishing, uint32_t *merges,
                          struct error *error) MUST_CHECK;

#endif
