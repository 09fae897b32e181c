#ifndef INDEX_BUILDER_H
#define INDEX_BUILDER_H

#include "index/segment_writer.h"

/* Makes one segment from the articles of one shard. The caller names every distinct form once and
 * gets a number; an article is then a stream of those numbers. Nothing is sorted or hashed per
 * occurrence: inversion is a counting sort of the stream (A. Moffat, T. Bell, "In situ generation
 * of compressed inverted files", JASIS 1995, is the ancestor). Knows bytes and numbers, no Arabic.
 * One thread at a time. Memory: 8 to 16 bytes an occurrence and the forms while gathering, under a
 * stated maximum; 12 bytes an occurrence more for the moment of inverting. */

struct builder;

struct builder_options {
    const void *dictionary; /* the model's zstd dictionary, borrowed */
    size_t dictionary_size;
    int compression_level;
    size_t memory_max; /* while gathering; STATUS_LIMIT beyond it */
};

enum status builder_open(const char *path, const struct builder_options *options,
                         struct builder **out, struct error *error) MUST_CHECK;

/* Registers a form of a key in a lexicon (STORE_TERMS or STORE_ENTITIES) and gives it a number;
 * the same (lexicon, key, form) gives the same number. `tag`: see lexicon_form. */
enum status builder_form(struct builder *builder, enum store_database lexicon, const void *key,
                         size_t key_size, const void *form, size_t form_size, uint32_t tag,
                         uint32_t *number, struct error *error) MUST_CHECK;

/* A (name, entity key) pair for the names table; repeats are fine. */
enum status builder_name(struct builder *builder, const void *name, size_t name_size,
                         const void *key, size_t key_size, struct error *error) MUST_CHECK;

/* An occurrence of a form: positions ascend within an article and may repeat. */
struct occurrence {
    uint32_t form;
    uint32_t position;
};

/* Adds the next document. `terms` and `entities` are its occurrences in position order; numbers
 * come from builder_form() for that lexicon. `columns`: COLUMN_SOURCE and COLUMN_INPUT hold
 * numbers from builder_source() and builder_input(). */
struct builder_document {
    const struct stored_document *stored;
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

/* Inverts, writes and seals. Of documents with one id the last counts: the earlier ones are listed
 * as the segment's own superseded documents (segment_superseded()). */
enum status builder_finish(struct builder *builder, uint64_t input_bytes, bool sync,
                           struct segment_counts *counts, struct store_seal *seal,
                           struct error *error) MUST_CHECK;
void builder_abandon(struct builder *builder);
size_t builder_memory(const struct builder *builder);

#endif
