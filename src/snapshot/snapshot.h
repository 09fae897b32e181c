#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "index/segment.h"
#include "snapshot/archive.h"
#include "snapshot/deletions.h"
#include "snapshot/manifest.h"
#include "snapshot/model.h"

/* A snapshot opened to read: manifest, model, deletions and all segments. Everything is opened at
 * once, so that no later publication or clean-up can take a part away. One thread at a time (its
 * segments are); open it once per thread. Costs one file descriptor a segment. */

struct snapshot {
    struct manifest manifest;
    struct model model;
    struct deletions deletions; /* one list a segment, empty ones too */
    struct segment **segments;  /* manifest.segment_count of them */
};

/* `number` 0: the live one. STATUS_NOT_FOUND when there is no such snapshot, STATUS_FORMAT when a
 * file is missing or damaged. */
enum status snapshot_open(const struct archive *archive, uint32_t number, struct snapshot *snapshot,
                          struct error *error) MUST_CHECK;

/* A zeroed snapshot and NULL are ignored. */
void snapshot_close(struct snapshot *snapshot);

#endif
