#ifndef INDEX_MERGE_DOCUMENTS_H
#define INDEX_MERGE_DOCUMENTS_H

#include "index/documents.h"
#include "index/merge_numbers.h"
#include "index/merge_progress.h"
#include "index/segment_writer.h"

/* Copies the kept documents of the segments of a merge: their columns, and their heads and bodies
 * frame by frame, as they are where that can be. One thread, which is the only one that writes to
 * the new segment meanwhile. */

/* `numbers`: of each segment, in order. */
enum status merge_documents(const struct merge_numbers *numbers, size_t count,
                            int compression_level, struct segment_writer *writer,
                            struct merge_progress *progress, struct error *error) MUST_CHECK;

#endif
