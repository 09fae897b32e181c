#ifndef INDEX_MERGE_LEXICON_H
#define INDEX_MERGE_LEXICON_H

#include "index/merge_walk.h"
#include "index/segment_writer.h"

/* Merges the entries of a lexicon, and their posting lists, in one range of keys. Ranges are worked
 * on by several threads at once, a merger each; what comes out is a batch, and the batches are
 * appended to the new segment in the order of their ranges. */

struct lexicon_merger;

/* `sides` are copied; with `clone` their stores are cloned, for a thread of its own.
 * `length_codes`: of the new documents, borrowed. */
enum status lexicon_merger_new(const struct merge_side *sides, size_t count, bool clone,
                               const uint8_t *length_codes, struct lexicon_merger **out,
                               struct error *error) MUST_CHECK;
void lexicon_merger_free(struct lexicon_merger *merger);

/* Its walk, for other tables between two ranges. */
struct merge_walk *lexicon_merger_walk(struct lexicon_merger *merger);

/* The result of one range, ready to be written. Plain bytes: any thread may append it. */
struct lexicon_batch {
    enum store_database lexicon;
    struct buffer entries;
    struct buffer dropped; /* strings: keys all of whose documents are deleted */
};
void lexicon_batch_init(struct lexicon_batch *batch, enum store_database lexicon);
void lexicon_batch_release(struct lexicon_batch *batch);

/* Fills `batch`, which must be empty. */
enum status lexicon_merger_range(struct lexicon_merger *merger,
                                 const struct merge_range_keys *range, struct lexicon_batch *batch,
                                 struct error *error) MUST_CHECK;

/* Writes the batch's entries. */
enum status lexicon_batch_append(const struct lexicon_batch *batch, struct segment_writer *writer,
                                 struct error *error) MUST_CHECK;

#endif
