#ifndef INDEX_POSTINGS_ENCODER_H
#define INDEX_POSTINGS_ENCODER_H

#include "index/postings.h"

/* Writes posting lists (index/postings.h), one at a time, documents ascending. One thread at a
 * time. */

struct postings_encoder;
struct postings_encoder *postings_encoder_new(void) MUST_CHECK;
void postings_encoder_free(struct postings_encoder *encoder);
void postings_encoder_begin(struct postings_encoder *encoder, uint32_t form_count);

/* The list's last block, to which documents are appended, with their length codes: POSTINGS_BLOCK
 * of them at most (postings_block_reserve() makes room for their occurrences), and then it is
 * settled. Positions ascend strictly or repeat (entities, hashtag parts), so any gap will do; forms
 * are below form_count. What lies in the block before was settled: it stays as it is. */
struct postings_block *postings_encoder_block(struct postings_encoder *encoder);
enum status postings_encoder_settle(struct postings_encoder *encoder,
                                    struct error *error) MUST_CHECK;

/* Documents added since the beginning of the list. */
uint32_t postings_encoder_count(const struct postings_encoder *encoder);

/* Appends the list's bytes to `out`; fills size and counts of `location` (not chunk and offset). */
enum status postings_encoder_end(struct postings_encoder *encoder, struct buffer *out,
                                 struct postings_location *location,
                                 struct error *error) MUST_CHECK;

#endif
