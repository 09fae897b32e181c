#ifndef INDEX_POSTINGS_ENCODER_H
#define INDEX_POSTINGS_ENCODER_H

#include "index/postings.h"

/* Writes posting lists (index/postings.h), one at a time, documents ascending. One thread at a
 * time. */

struct postings_encoder;
struct postings_encoder *postings_encoder_new(void) MUST_CHECK;
void postings_encoder_free(struct postings_encoder *encoder);
void postings_encoder_begin(struct postings_encoder *encoder, uint32_t form_count);

/* Adds the documents of `more`, with their length codes. Positions ascend strictly or repeat
 * (entities, hashtag parts), so any gap will do; forms are below form_count. */
enum status postings_encoder_add(struct postings_encoder *encoder,
                                 const struct postings_block *more, struct error *error) MUST_CHECK;
/* The same without a copy: whoever has the documents made one by one, or reads them from a list,
 * appends POSTINGS_BLOCK of them at most to this block (postings_block_reserve() makes room for
 * their occurrences) and then settles it. What lies in it before was settled: it stays as it is. */
struct postings_block *postings_encoder_block(struct postings_encoder *encoder);
enum status postings_encoder_settle(struct postings_encoder *encoder,
                                    struct error *error) MUST_CHECK;

/* Documents added since the beginning of the list. */
uint32_t postings_encoder_count(const struct postings_encoder *encoder);

/* Appends the list's bytes to `out`; fills size and counts of `location` (not chunk and offset). */
enum status postings_encoder_end(struct postings_encoder *encoder, struct buffer *out,
                                 struct postings_location *location,
                                 struct error *error) MUST_CHECK;

/* Appends a list of one document that was read, with another number perhaps. */
enum status postings_single_write(const struct postings_single *single, struct buffer *out,
                                  struct error *error) MUST_CHECK;

#endif
