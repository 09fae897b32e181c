#ifndef INDEX_MERGE_FORMS_H
#define INDEX_MERGE_FORMS_H

#include "index/merge_walk.h"
#include "index/segment_writer.h"

/* The forms of one key that several sides of a merge have: equals joined, numbered anew. Everything
 * is kept for the next key, so that most keys allocate nothing. One thread at a time. */

struct merge_forms {
    struct buffer forms;     /* struct merged_form: those of the first side, of the next, ... */
    struct buffer text;      /* their bytes */
    struct buffer order;     /* pointers to them: the distinct ones, then buckets */
    struct buffer locations; /* struct postings_location: one a side */
    struct buffer records;   /* struct lexicon_form_record: the result, in order of number */
    struct buffer renumber;  /* uint32_t: new number of each of `forms` */
};

void merge_forms_init(struct merge_forms *forms);
void merge_forms_release(struct merge_forms *forms);

/* Reads the entries that the sides' cursors are at. */
enum status merge_forms_gather(struct merge_forms *forms, enum store_database lexicon,
                               struct merge_side *const *group, size_t group_size,
                               struct error *error) MUST_CHECK;

/* Counts the forms of a side anew when it has deleted documents. `first`: the side's first form.
 * `reader` is at the beginning of its list, `block` for use in between. */
enum status merge_forms_recount(struct merge_forms *forms, const struct merge_side *side,
                                const struct postings_location *location, uint32_t first,
                                struct postings_reader *reader, struct postings_block *block,
                                struct error *error) MUST_CHECK;

/* Fills `records` and `renumber`. Forms that no document is left to hold get the last
 * numbers and no record. */
enum status merge_forms_number(struct merge_forms *forms, struct error *error) MUST_CHECK;

#endif
