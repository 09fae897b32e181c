#ifndef INDEX_POSTINGS_BLOCK_H
#define INDEX_POSTINGS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* What posting lists consist of: blocks of documents. */

#define POSTINGS_BLOCK      128u
#define POSTINGS_BLOCK_ROOM (2 * POSTINGS_BLOCK) /* one that is not full, and another behind it */
#define POSTINGS_LENGTH_MAX 255u                 /* codes of length_code() */

typedef uint32_t doc_id;
#define DOC_ID_END UINT32_MAX

/* Some documents of a list with all they hold, as plain arrays: what an encoder takes and a merge
 * passes on. One thread at a time. */
struct postings_block {
    uint32_t size;             /* documents */
    uint32_t occurrence_count; /* in all of them */
    doc_id documents[POSTINGS_BLOCK_ROOM];
    uint32_t frequencies[POSTINGS_BLOCK_ROOM];
    uint8_t length_codes[POSTINGS_BLOCK_ROOM]; /* length_code(); not in the list: no reader fills
                                                  it */
    uint32_t *gaps;  /* position less the one before it in the same document; the first itself */
    uint32_t *forms; /* form numbers; meaningless when the list has one form */
    uint32_t *scratch;
    size_t capacity; /* occurrences that fit; owned: one piece of memory, twice for scratch */
};

/* Empty, allocates nothing. */
void postings_block_init(struct postings_block *block);
void postings_block_release(struct postings_block *block);
/* Room for so many occurrences; those that are there stay. */
enum status postings_block_reserve(struct postings_block *block, size_t count,
                                   struct error *error) MUST_CHECK;

/* A document length as one byte, rounded down; monotone. length_floor() is the smallest length
 * with that code. For score bounds only: scoring uses the exact length. */
uint8_t length_code(uint32_t length);
uint32_t length_floor(uint8_t code);

#endif
