#ifndef INDEX_BUILDER_H
#define INDEX_BUILDER_H

#include "base/phases.h"
#include "index/inversion.h"

/* Makes segments from the articles of shards, one after the other. The caller names every distinct
 * form once and gets a number, which stays good for all segments; an article is then a stream of
 * those numbers. Knows bytes and numbers, no Arabic. One thread at a time. Memory: see inversion.h,
 * and 24 to 60 bytes a form beside its strings, under a stated maximum while gathering. */

struct builder;

struct builder_options {
    const struct symbol_index *symbols; /* the model's (NULL: none), borrowed */
    int compression_level;
    size_t memory_max;         /* while gathering; STATUS_LIMIT beyond it */
    enum store_fate fate;      /* of the segments' files: STORE_KEPT or STORE_MERGED */
    struct phase_clock *clock; /* of the thread; NULL: nobody measures */
};

enum status builder_new(const struct builder_options *options, struct builder **out,
                        struct error *error) MUST_CHECK;
void builder_free(struct builder *builder); /* abandons a segment that is open */

/* Begins a segment; builder_finish() or builder_abandon() ends it. */
enum status builder_begin(struct builder *builder, const char *path,
                          struct error *error) MUST_CHECK;

/* Registers a form of a key in a lexicon (STORE_TERMS or STORE_ENTITIES) and gives it a number;
 * the same (lexicon, key, form) gives the same number. `tag`: see lexicon_form. */
enum status builder_form(struct builder *builder, enum store_database lexicon, const void *key,
                         size_t key_size, const void *form, size_t form_size, uint32_t tag,
                         uint32_t *number, struct error *error) MUST_CHECK;

/* The same for many forms of one lexicon at once. What is asked for some time before is found
 * without waiting. */
void builder_forms_expect(const struct builder *builder, enum store_database lexicon,
                          const struct vocabulary_request *requests, size_t count);
enum status builder_forms(struct builder *builder, enum store_database lexicon,
                          struct vocabulary_request *requests, size_t count,
                          struct error *error) MUST_CHECK;

/* A name under which the entity of `form` is found; the segments that hold the form hold it.
 * Repeats are fine. */
enum status builder_name(struct builder *builder, uint32_t form, const void *name, size_t name_size,
                         struct error *error) MUST_CHECK;

/* Adds the next document. `terms` and `entities` are its occurrences in position order; numbers
 * come from builder_form() for that lexicon. `columns`: COLUMN_SOURCE and COLUMN_INPUT hold
 * numbers from builder_source() and builder_input(). */
struct builder_document {
    const struct stored_document *stored;
    const struct dense_word *words; /* of its text: see document_packer_add() */
    size_t word_count;
    uint64_t columns[COLUMN_COUNT];
    const struct occurrence *terms;
    size_t term_count;
    const struct occurrence *entities;
    size_t entity_count;
};
enum status builder_add(struct builder *builder, const struct builder_document *document,
                        struct error *error) MUST_CHECK;

enum status builder_source(struct builder *builder, const char *name, size_t size, uint32_t *number,
                           struct error *error) MUST_CHECK;
enum status builder_input(struct builder *builder, const char *path, size_t size, uint32_t *number,
                          struct error *error) MUST_CHECK;
enum status builder_ledger(struct builder *builder, const struct segment_ledger_record *record,
                           struct error *error) MUST_CHECK;

/* Inverts, writes and seals; the builder is ready for the next segment, also after a failure. Of
 * documents with one id the last counts: the earlier ones are listed
 * as the segment's own superseded documents (segment_superseded()). */
enum status builder_finish(struct builder *builder, uint64_t input_bytes,
                           struct segment_counts *counts, struct store_seal *seal,
                           struct error *error) MUST_CHECK;
void builder_abandon(struct builder *builder);
size_t builder_memory(const struct builder *builder);
/* Of it, what forms and names take, less the room kept for more: it grows from segment to segment.
 */
size_t builder_vocabulary_memory(const struct builder *builder);
/* Between segments: forgets forms and names with their numbers, keeps the memory. */
void builder_forget(struct builder *builder);

#endif
