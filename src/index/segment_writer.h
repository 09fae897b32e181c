#ifndef INDEX_SEGMENT_WRITER_H
#define INDEX_SEGMENT_WRITER_H

#include "base/intern.h"
#include "index/segment.h"

/* Writes a segment from records that are already in final order: documents ascending from 0; the
 * terms, then the entities, each in key order. The builder and the merge both end here, so there is
 * one writer of the format. One thread at a time. */

struct segment_writer;

/* A form of an entry, as given. */
struct lexicon_form_record {
    const char *bytes;
    size_t size;
    uint32_t tag;
    uint32_t document_count;
    uint64_t occurrence_count;
};

enum status segment_writer_open(const char *path, enum store_fate fate, struct segment_writer **out,
                                struct error *error) MUST_CHECK;

/* segment_writer_finish() reads the file on so many threads; else on one. */
void segment_writer_use_threads(struct segment_writer *writer, size_t threads);

/* The next document: its column values. */
enum status segment_writer_document(struct segment_writer *writer,
                                    const uint64_t columns[COLUMN_COUNT],
                                    struct error *error) MUST_CHECK;

/* The next frame of `count` documents' heads or bodies (index/documents.h). In the end each
 * document is in one of either. */
enum status segment_writer_frame(struct segment_writer *writer, enum document_part part,
                                 const void *frame, size_t size, uint32_t count,
                                 struct error *error) MUST_CHECK;

/* Names a document that a later one of this segment replaces; in any order, each once. */
enum status segment_writer_superseded(struct segment_writer *writer, doc_id document,
                                      struct error *error) MUST_CHECK;

/* The sources or the inputs: all names, by number. */
enum status segment_writer_names(struct segment_writer *writer, enum store_database table,
                                 const struct intern *names, struct error *error) MUST_CHECK;

/* Appends the forms of an entry as its record holds them: in order of number, against the key;
 * `key_size` 0: in full. */
enum status lexicon_forms_write(enum store_database lexicon, const void *key, size_t key_size,
                                const struct lexicon_form_record *forms, uint32_t form_count,
                                struct buffer *out, struct error *error) MUST_CHECK;

/* The next lexicon entry of STORE_TERMS or STORE_ENTITIES. `forms` is what lexicon_forms_write()
 * made, `list` the encoded posting list; chunk and offset of `location` are set here. */
enum status segment_writer_entry(struct segment_writer *writer, enum store_database lexicon,
                                 const void *key, size_t key_size, const void *forms,
                                 size_t forms_size, const void *list, size_t list_size,
                                 struct postings_location *location,
                                 struct error *error) MUST_CHECK;

/* A record of one of the plain tables (names, ids, sources, inputs, ledger), keys ascending. */
enum status segment_writer_record(struct segment_writer *writer, enum store_database table,
                                  const void *key, size_t key_size, const void *value,
                                  size_t value_size, struct error *error) MUST_CHECK;

/* The caller fills text_bytes, input_bytes, rejected and repaired of `counts`; the others are set
 * here. Frees the writer, also on failure. */
enum status segment_writer_finish(struct segment_writer *writer, struct segment_counts *counts,
                                  struct store_seal *seal, struct error *error) MUST_CHECK;
void segment_writer_abandon(struct segment_writer *writer);

#endif
