#ifndef SNAPSHOT_SEGMENT_RECORD_H
#define SNAPSHOT_SEGMENT_RECORD_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "index/segment.h"
#include "index/store_seal.h"
#include "snapshot/record.h"

/* What a manifest says of a segment, and what is kept of a finished shard. Members, units and
 * limits: docs/FORMAT.md, "Manifest". */

/* File "segments/<seal.digest>.mdb". */
struct segment_record {
    struct store_seal seal;
    struct segment_counts counts;
    uint64_t deleted; /* documents that must be left out of answers; at most counts.documents */
};

/* As an object of a JSON file. */
extern const struct record_shape segment_record_shape;

/* The context that record_read() needs for a segment record. */
struct segment_record_context {
    uint32_t pages_left; /* how many structure pages may still be read */
};

enum status segment_record_copy(const struct segment_record *from, struct segment_record *to,
                                struct error *error) MUST_CHECK;
void segment_record_release(struct segment_record *record);

/* Checks what fields alone cannot say. STATUS_FORMAT. */
enum status segment_record_check(const struct segment_record *record,
                                 struct error *error) MUST_CHECK;

#endif
