#ifndef INDEX_MERGE_NUMBERS_H
#define INDEX_MERGE_NUMBERS_H

#include "base/intern.h"
#include "index/segment.h"

/* The numbers that the documents, sources and inputs of one segment get in a merge. Filled by one
 * thread, then read by any. */

struct merge_input;

struct merge_numbers {
    struct segment *segment; /* borrowed */
    uint32_t document_count;
    uint32_t deleted_count;
    doc_id *documents; /* new number of each document, DOC_ID_END when deleted; owned */
    uint32_t *sources; /* how many, then the new number of each source; owned */
    uint32_t *inputs;  /* the same of inputs */
};

/* Numbers the kept documents from `*next` on, and notes the length_code() of each under their new
 * numbers. The caller releases, also after a failure. */
enum status merge_numbers_init(struct merge_numbers *numbers, const struct merge_input *input,
                               uint32_t *next, uint8_t *length_codes,
                               struct error *error) MUST_CHECK;

/* Numbers sources and inputs as those of all segments together, which are added to. */
enum status merge_numbers_names(struct merge_numbers *numbers, struct intern *sources,
                                struct intern *inputs, struct error *error) MUST_CHECK;

void merge_numbers_release(struct merge_numbers *numbers);

/* Replaces the old number of a source or an input by the new one. STATUS_FORMAT when there is no
 * such number. */
enum status merge_numbers_source(const struct merge_numbers *numbers, uint64_t *number,
                                 struct error *error) MUST_CHECK;
enum status merge_numbers_input(const struct merge_numbers *numbers, uint64_t *number,
                                struct error *error) MUST_CHECK;

#endif
