#ifndef INDEX_POSTINGS_H
#define INDEX_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/entries.h"
#include "index/format.h"
#include "index/pack.h"
#include "index/postings_block.h"
#include "index/store.h"

/* Posting lists: for a term (or an entity), the documents that hold it in ascending order, how
 * often, at which positions, and which of the term's forms stands at each. Terms and entities share
 * this codec. Ranking reads documents and frequencies only; positions and forms lie apart.
 *
 *   a block    = 128 documents (the last block: what is left)
 *   one block  = last document, documents, frequencies, positions, forms, bit behind bit
 *   more       = skip entries, documents and frequencies of all blocks, positions and forms of all
 *   skip entry = last document, where the block's two parts end, greatest frequency, smallest
 *                length: enough to bound any score that grows with frequency and falls with length,
 *                whatever its parameters; greatest impact: a better bound for BM25 (impact.h).
 * Bytes: docs/FORMAT.md, "Posting list". The encoder: index/postings_encoder.h.
 *
 * In a file that is read once, by a merge (STORE_MERGED), lists are plain: to encode and decode
 * them would take longer than to read what inversion has sorted.
 *
 *   plain list = POSTINGS_PLAIN, bits of a position (a byte), entries, wide ones (entries.h)
 *
 * Nothing else begins so: a list of one block has fewer bits of last document, one of several fewer
 * bits of field sizes. */
#define POSTINGS_PLAIN      0xFFu
#define POSTINGS_PLAIN_HEAD 2u

/* Where a list lies, as the lexicon entry says it. */
struct postings_location {
    uint32_t chunk;  /* key in STORE_POSTINGS */
    uint64_t offset; /* in the chunk's payload */
    uint64_t size;
    uint32_t document_count; /* document frequency */
    uint64_t occurrence_count;
    uint32_t form_count; /* 1: no form numbers are stored */
};

/* Documents passed at once within a block. */
#define POSTINGS_STRIDE 8u

/* Reader: a cursor over one list, in place, checking what it reads. Starts before the first
 * document. One thread at a time; large (about 1 KiB). A reader that was opened, even in vain, may
 * be closed; it owns memory once positions were read. */
struct postings_reader {
    doc_id document; /* current; DOC_ID_END after the last; before the first: meaningless */
    uint32_t form_count;
    uint32_t document_count;

    /* The rest is the reader's own. */
    const struct store *store;
    struct blob blob;    /* the chunk in which the list lies */
    size_t checked_from; /* bytes of it known to be sound */
    size_t checked_to;
    size_t skips_from; /* byte offsets in the chunk */
    size_t documents_from;
    size_t positions_from;
    size_t list_to;
    uint32_t skip_size;                /* of an entry ... */
    uint32_t skip_at[SKIP_FIELDS + 1]; /* ... its fields, then the bounds */
    uint32_t skip_mask[SKIP_FIELDS];
    uint64_t list_occurrences;
    uint32_t block_count;
    uint32_t block;        /* the decoded one; UINT32_MAX: none yet */
    uint32_t block_size;   /* documents in it */
    uint32_t index;        /* of the current document in the block */
    bool frequencies_read; /* of the block; and so on */
    bool positions_read;
    bool forms_read;
    uint32_t positions_asked; /* of so many documents of the block */
    bool positions_alone;     /* of which the first few were read one by one */
    struct bit_reader bits;   /* what is read next of the block */
    uint32_t *sums;           /* of position gaps, over the whole block, modulo 2^32; owned */
    size_t sums_capacity;
    uint32_t *positions; /* of the current document; owned */
    size_t positions_capacity;
    uint32_t *forms; /* of the whole block, then as much scratch; owned */
    size_t forms_capacity;
    uint32_t occurrence_count;
    uint32_t counted_index; /* occurrences of the documents before this one in the block ... */
    uint32_t counted;       /* ... are so many */
    doc_id documents[POSTINGS_BLOCK];
    uint32_t frequencies[POSTINGS_BLOCK];
    struct entry_list entries; /* of a plain list; no bytes: it is none */
    struct entries_read entries_read;
};

enum status postings_reader_open(struct postings_reader *reader, const struct store *store,
                                 const struct postings_location *location,
                                 struct error *error) MUST_CHECK;
/* The same over a chunk that the caller has looked up already. */
enum status postings_reader_over(struct postings_reader *reader, const struct store *store,
                                 const struct blob *chunk, const struct postings_location *location,
                                 struct error *error) MUST_CHECK;
/* The same for a merge, which reads all of the list by postings_reader_append() alone and has
 * checked the whole chunk (blob_check()). Here a list may be plain. */
enum status postings_reader_to_merge(struct postings_reader *reader, const struct store *store,
                                     const struct blob *chunk,
                                     const struct postings_location *location,
                                     struct error *error) MUST_CHECK;
void postings_reader_close(struct postings_reader *reader);

/* What postings_reader_next() does at the end of a block. */
enum status postings_reader_next_block(struct postings_reader *reader,
                                       struct error *error) MUST_CHECK;

/* Moves to the next document (reader->document), DOC_ID_END at the end. */
static inline MUST_CHECK enum status postings_reader_next(struct postings_reader *reader,
                                                          struct error *error)
{
    if (reader->index + 1 < reader->block_size) {
        reader->document = reader->documents[++reader->index];
        return STATUS_OK;
    }
    return postings_reader_next_block(reader, error);
}

/* What postings_reader_advance() does beyond the block. */
enum status postings_reader_seek(struct postings_reader *reader, doc_id target,
                                 struct error *error) MUST_CHECK;

/* Moves to the first document not below `target`; never backwards. */
static inline MUST_CHECK enum status postings_reader_advance(struct postings_reader *reader,
                                                             doc_id target, struct error *error)
{
    uint32_t size = reader->block_size;
    if (size == 0 || reader->documents[size - 1] < target) {
        return postings_reader_seek(reader, target, error);
    }
    uint32_t index = reader->index;
    while (index + POSTINGS_STRIDE < size && reader->documents[index + POSTINGS_STRIDE] < target) {
        index += POSTINGS_STRIDE;
    }
    while (reader->documents[index] < target) {
        index++;
    }
    reader->index = index;
    reader->document = reader->documents[index];
    return STATUS_OK;
}

/* What postings_reader_frequency() does once a block. */
enum status postings_reader_frequencies(struct postings_reader *reader,
                                        struct error *error) MUST_CHECK;

/* Frequency in the current document. */
static inline MUST_CHECK enum status
postings_reader_frequency(struct postings_reader *reader, uint32_t *frequency, struct error *error)
{
    enum status status =
        reader->frequencies_read ? STATUS_OK : postings_reader_frequencies(reader, error);
    if (status == STATUS_OK) {
        *frequency = reader->frequencies[reader->index];
    }
    return status;
}

/* Moves on, within the block, to a document in which the term stands `least` times; false: there is
 * none, and the reader stands at the block's last. After postings_reader_frequency(). */
static inline bool postings_reader_skip_rare(struct postings_reader *reader, uint32_t least)
{
    uint32_t index = reader->index;
    while (index + 1 < reader->block_size && reader->frequencies[index] < least) {
        index++;
    }
    reader->index = index;
    reader->document = reader->documents[index];
    return reader->frequencies[index] >= least;
}

/* Positions (ascending) and form numbers of the current document, `*count` of each, valid until the
 * reader moves. `forms` may be NULL when they are not wanted; with form_count 1 they are zeros. */
enum status postings_reader_positions(struct postings_reader *reader, const uint32_t **positions,
                                      const uint32_t **forms, uint32_t *count,
                                      struct error *error) MUST_CHECK;

/* Reads the next block whole, instead of moving document by document. `block->size` is 0 at the
 * end. */
enum status postings_reader_block(struct postings_reader *reader, struct postings_block *block,
                                  struct error *error) MUST_CHECK;

/* The same behind what `block` holds, in which there is room for a block; nothing is added at the
 * end. One of fewer than POSTINGS_BLOCK documents is the last. */
enum status postings_reader_append(struct postings_reader *reader, struct postings_block *block,
                                   struct error *error) MUST_CHECK;

/* Score bounds of a block, without decoding it: a document up to which they hold (its last;
 * DOC_ID_END: the list has no document left), greatest frequency (255 means 255 or more), smallest
 * length, code of the greatest impact (impact.h). A list of a single block knows nothing better
 * than 255, 1 and IMPACT_UNKNOWN. */
#define POSTINGS_FREQUENCY_UNKNOWN 255u
struct postings_bound {
    doc_id last_document;
    uint32_t frequency_max;
    uint32_t length_min;
    uint8_t impact;
};
/* Of the block that holds the first document not below `target` (which is not below the current
 * one). */
void postings_reader_bound(const struct postings_reader *reader, doc_id target,
                           struct postings_bound *bound);

/* Ranking a list block by block, in any order; a reader that has done so moves no more. */
static inline uint32_t postings_reader_blocks(const struct postings_reader *reader)
{
    return reader->block_count;
}
void postings_reader_block_bound(const struct postings_reader *reader, uint32_t block,
                                 struct postings_bound *bound);
/* The documents of a block and how often each holds the term, in place until the next call. */
struct postings_ranking {
    const doc_id *documents;
    const uint32_t *frequencies;
    uint32_t count;
};
enum status postings_reader_rank(struct postings_reader *reader, uint32_t block,
                                 struct postings_ranking *ranking, struct error *error) MUST_CHECK;

#endif
