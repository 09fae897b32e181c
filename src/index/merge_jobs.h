#ifndef INDEX_MERGE_JOBS_H
#define INDEX_MERGE_JOBS_H

#include "index/merge_numbers.h"
#include "index/merge_progress.h"
#include "index/segment_writer.h"

/* Shares a merge out among threads. One job copies the documents; of the lexicons, names and ids
 * each range of keys is a job. All are merged at once and written in the order of the keys, so that
 * the new segment's bytes do not depend on the threads. What waits to be written is in memory: at
 * most some ranges a thread. */

/* All borrowed. `numbers`, `length_codes`: they do not change meanwhile. */
struct merge_work {
    const struct merge_numbers *numbers; /* of each segment, in order */
    size_t count;                        /* of segments */
    const uint8_t *length_codes;         /* of the new documents */
    size_t threads;                      /* at least 1 */
    int compression_level;
    struct segment_writer *writer;
    struct merge_progress *progress;
};

/* Writes documents, terms, entities, names and ids. */
enum status merge_jobs_run(const struct merge_work *work, struct error *error) MUST_CHECK;

#endif
