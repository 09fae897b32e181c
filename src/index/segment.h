#ifndef INDEX_SEGMENT_H
#define INDEX_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "index/documents.h"
#include "index/postings.h"
#include "index/store.h"
#include "index/table.h"

/* A segment as its readers see it: lexicons, postings, documents, columns, ids, ledger. Knows bytes
 * and numbers, no Arabic. Immutable file; one thread at a time per open segment. */

#define SEGMENT_VERSION       1u
#define SEGMENT_DOCUMENTS_MAX (1u << 24) /* keeps every list far below STORE_VALUE_SIZE_MAX */
#define SEGMENT_BODY_GAP      16u /* positions between a title's last word and the body's first */

/* Counts a segment declares; all add up when segments are joined. */
struct segment_counts {
    uint64_t documents;
    uint64_t tokens;      /* sum of document lengths */
    uint64_t text_bytes;  /* of the articles as stored */
    uint64_t input_bytes; /* bytes of the inputs they were read from, rejected ones included */
    uint64_t terms;
    uint64_t forms;
    uint64_t entities;
    uint64_t mentions;
    uint64_t rejected;
    uint64_t repaired;
};

enum segment_column {
    COLUMN_LENGTH,       /* tokens in title and body */
    COLUMN_TITLE_LENGTH, /* tokens in the title: positions below it belong to the title */
    COLUMN_DAY,          /* yyyymmdd, 0 unknown */
    COLUMN_SOURCE,       /* number in the sources table */
    COLUMN_INPUT,        /* number in the inputs table */
    COLUMN_OFFSET,       /* byte offset of the article in its input */
    COLUMN_DIGEST, /* 64-bit hash of the article as read: same id and same digest = unchanged */
    COLUMN_COUNT
};

struct segment;

/* `symbols` (the model's; NULL: none) are borrowed until segment_close(). */
enum status segment_open(const char *path, const struct store_seal *seal,
                         const struct symbols *symbols, struct segment **out,
                         struct error *error) MUST_CHECK;
void segment_close(struct segment *segment);
const struct segment_counts *segment_counts(const struct segment *segment);
const struct store *segment_store(const struct segment *segment);

/* Documents of this segment that a later one in it replaces (same id): ascending, in place. They
 * are in the postings and must be left out of answers; merging drops them. */
const doc_id *segment_superseded(const struct segment *segment, uint32_t *count);

/* A lexicon entry. Its forms are read one by one with lexicon_form_next(). For terms a form is a
 * printed form; for entities an alias. Number 0 is the most frequent, but in files for merging.
 * Plain data, in place. */
struct lexicon_entry {
    struct postings_location postings;
    const unsigned char *stem; /* the key without the entities' type letter */
    size_t stem_size;
    struct byte_reader forms; /* not yet read */
    uint32_t forms_read;
    bool tagged;
};
struct lexicon_form {
    uint32_t number;
    uint32_t tag;            /* entities: tokens the alias has; terms: 0 */
    uint32_t document_count; /* documents that hold this form */
    uint64_t occurrence_count;
    size_t size;
    char bytes[STORE_KEY_SIZE_MAX];
};

/* Looks a key up in STORE_TERMS or STORE_ENTITIES. STATUS_NOT_FOUND. `key` is borrowed as long as
 * the entry is used. */
enum status segment_lookup(const struct segment *segment, enum store_database lexicon,
                           const void *key, size_t key_size, struct lexicon_entry *entry,
                           struct error *error) MUST_CHECK;
/* Reads an entry from the key and value a table cursor gave (borrowed likewise). */
enum status lexicon_entry_read(enum store_database lexicon, const void *key, size_t key_size,
                               const unsigned char *value, size_t value_size,
                               struct lexicon_entry *entry, struct error *error) MUST_CHECK;
/* The next form in order of number; `*found` is false after the last. */
enum status lexicon_form_next(struct lexicon_entry *entry, struct lexicon_form *form, bool *found,
                              struct error *error) MUST_CHECK;

/* One value of a column. Documents are 0..documents-1. */
enum status segment_column(struct segment *segment, enum segment_column column, doc_id document,
                           uint64_t *value, struct error *error) MUST_CHECK;

/* A block of a column, for whoever reads many of its values. */
struct column_block {
    const unsigned char *rows;
    uint64_t least;
    uint64_t mask;
    unsigned width;
    doc_id first;
    uint32_t count; /* 0: it was not read yet */
};
/* The block in which the document lies; valid until segment_close(). */
enum status segment_column_block(struct segment *segment, enum segment_column column,
                                 doc_id document, const struct column_block **out,
                                 struct error *error) MUST_CHECK;
static inline bool column_block_holds(const struct column_block *block, doc_id document)
{
    return block != NULL && document - block->first < block->count;
}
/* The value of a document that the block holds. */
static inline uint64_t column_block_value(const struct column_block *block, doc_id document)
{
    size_t at = (size_t)(document - block->first) * block->width;
    const unsigned char *row = block->rows + at / 8;
    unsigned shift = at % 8;
    uint64_t bits = load_u64(row) >> shift;
    bits |= (uint64_t)row[8] << 1 << (63 - shift);
    return block->least + (bits & block->mask);
}

/* A document's stored bytes (stored_document_read()), into `out` (cleared first). */
enum status segment_document(struct segment *segment, doc_id document, struct buffer *out,
                             struct error *error) MUST_CHECK;
/* The same up to the end of the title, in a tenth of the time. */
enum status segment_document_head(struct segment *segment, doc_id document, struct buffer *out,
                                  struct error *error) MUST_CHECK;
/* The reader of this segment's documents, for copying them. */
struct document_reader *segment_documents(struct segment *segment);

/* Document number of an article id; STATUS_NOT_FOUND. Ids longer than a key may be are filed under
 * a shortened key (segment_id_key), so any length works. */
enum status segment_find_id(const struct segment *segment, const char *id, size_t id_size,
                            doc_id *document, struct error *error) MUST_CHECK;
size_t segment_id_key(const char *id, size_t id_size, unsigned char key[STORE_KEY_SIZE_MAX]);

/* Name of a source or path of an input, in place. */
enum status segment_name(const struct segment *segment, enum store_database table, uint32_t number,
                         const char **name, size_t *size, struct error *error) MUST_CHECK;

/* A ledger record, in place. */
struct segment_ledger_record {
    uint32_t input;
    uint64_t offset;
    uint64_t bytes;
    uint8_t act;    /* enum ledger_act of source/article.h */
    uint8_t reason; /* enum ledger_reason */
    const char *detail;
    size_t detail_size;
};
enum status segment_ledger_write(const struct segment_ledger_record *record, struct buffer *out,
                                 struct error *error) MUST_CHECK;
enum status segment_ledger_read(const unsigned char *value, size_t size,
                                struct segment_ledger_record *record,
                                struct error *error) MUST_CHECK;

#endif
