#ifndef SNAPSHOT_PUBLISH_SNAPSHOT_H
#define SNAPSHOT_PUBLISH_SNAPSHOT_H

#include "snapshot/publishing.h"

/* The next snapshot of a publication: what it says, and writing it. */

/* Fills `next` and `next_deletions` from the ranges. */
enum status publish_snapshot_fill(struct publishing *publishing, struct error *error) MUST_CHECK;

/* True when the next snapshot would say what the live one does. */
bool publish_snapshot_same(const struct publishing *publishing);

/* Puts the new segments in their place, then the deletions, the manifest and CURRENT. Each is on
 * disk before the next; after STATUS_OK the snapshot is live. */
enum status publish_snapshot_write(struct publishing *publishing, struct error *error) MUST_CHECK;

#endif
