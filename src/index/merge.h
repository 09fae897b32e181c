#ifndef INDEX_MERGE_H
#define INDEX_MERGE_H

#include "base/phases.h"
#include "index/segment_writer.h"

/* Joins neighbouring segments into one: documents in segment order, then document order, without
 * the deleted ones. Frames of documents that lost none are copied, not recompressed; posting lists
 * are decoded and written anew. The result depends only on the inputs' content. When nothing is
 * deleted it is, byte for byte, the segment that one builder would have made of all their articles
 * in that order, but for where frames of documents begin; and merging is associative: ((a b) c) =
 * (a b c). When something is deleted the content is that of the
 * kept documents alone, except that sources, inputs, the ledger and other names of entities that
 * are still there stay. Documents of one id that are all kept: the last counts, as in the builder.
 */

struct merge_input {
    struct segment *segment;
    const doc_id *deleted; /* ascending, each once; may include the segment's own superseded ones */
    uint32_t deleted_count;
};

struct merge_options {
    int compression_level;     /* of frames that lost documents */
    size_t threads;            /* 0: one. The result does not depend on it */
    struct phase_clock *clock; /* of the whole process; NULL: nobody measures */
    /* Called with bytes written since the last call, from one thread at a time; false stops the
     * merge with STATUS_STOPPED. NULL ok. */
    bool (*written)(void *context, uint64_t bytes);
    void *context;
};

/* With several threads each takes a clone of every input's store. The new file is synced. */
enum status merge_segments(const char *path, const struct merge_input *inputs, size_t input_count,
                           const struct merge_options *options, struct segment_counts *counts,
                           struct store_seal *seal, struct error *error) MUST_CHECK;

#endif
