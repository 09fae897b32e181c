#ifndef SNAPSHOT_SUPERSEDE_H
#define SNAPSHOT_SUPERSEDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "index/segment.h"
#include "snapshot/deletions.h"

/* Finds the documents that later segments replace. Article ids are sorted in each segment, so the
 * new segments' ids are merged into one ascending stream, and every id is then looked for in the
 * old segments: by look-ups where few meet many, by walking along where they are alike. Cost: the
 * ids of the new segments once (about 0.1 us each), and as many look-ups or steps in each old one;
 * memory: 1 KiB a segment and 4 bytes a document found. */

/* Segments 0..first_new-1 are old: they are known not to repeat each other's live ids. Adds to
 * lists[i] of `deletions` (which has `count` lists) every document of segment i whose id occurs in
 * a later segment from `first_new` on, and, for new segments, their own superseded documents; then
 * sorts all lists. `distinct`: no two new segments have an id in common, as is known already.
 * STATUS_FORMAT when a table of ids is damaged. */
enum status supersede(struct segment *const *segments, uint32_t count, uint32_t first_new,
                      bool distinct, struct deletions *deletions, struct error *error) MUST_CHECK;

#endif
