#ifndef INDEX_ENTRIES_H
#define INDEX_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/postings_block.h"

/* The occurrences of a posting list in order, 32 bits each: document, number of its form, position;
 * or ENTRY_WIDE and an index into `wide`, where these do not fit. Documents take the bits that
 * their count needs, and since a shard has so many words at most, long articles leave room for long
 * positions. So inversion sorts them, and so they lie in plain lists (postings.h). Numbers are
 * little-endian. Plain data, borrowed. */

enum { ENTRY_SIZE = 4, ENTRY_WIDE_SIZE = 12, ENTRY_BITS = 31, ENTRY_FORM_BITS = 5 };
enum { ENTRY_REST = ENTRY_BITS - ENTRY_FORM_BITS };
#define ENTRY_WIDE ((uint32_t)1 << ENTRY_BITS)

struct occurrence_place {
    uint32_t document;
    uint32_t form_number;
    uint32_t position;
};

struct entry_list {
    const unsigned char *entries; /* ENTRY_SIZE each */
    size_t count;
    const unsigned char *wide; /* document, form number, position, 32 bits each */
    size_t wide_count;
    unsigned position_bits; /* of an entry; the document has what is left of ENTRY_REST */
};

/* The entry of an occurrence; ENTRY_WIDE: it does not fit. */
static ALWAYS_INLINE uint32_t entry_pack(const struct occurrence_place *place,
                                         unsigned position_bits)
{
    bool fits = (place->form_number >> ENTRY_FORM_BITS | place->position >> position_bits |
                 place->document >> (ENTRY_REST - position_bits)) == 0;
    uint32_t entry = (place->document << ENTRY_FORM_BITS | place->form_number) << position_bits |
                     place->position;
    return LIKELY(fits) ? entry : ENTRY_WIDE;
}

/* The occurrence of an entry that is not wide. */
static ALWAYS_INLINE struct occurrence_place entry_unpack(uint32_t entry, unsigned position_bits)
{
    return (struct occurrence_place){.document = entry >> (position_bits + ENTRY_FORM_BITS),
                                     .form_number = entry >> position_bits &
                                                    (((uint32_t)1 << ENTRY_FORM_BITS) - 1),
                                     .position = entry & (((uint32_t)1 << position_bits) - 1)};
}

/* A wide one that is not there is of a form that no list has. */
static ALWAYS_INLINE struct occurrence_place entries_at(const struct entry_list *entries, size_t at)
{
    uint32_t entry = load_u32(entries->entries + ENTRY_SIZE * at);
    if (UNLIKELY((entry & ENTRY_WIDE) != 0)) {
        size_t index = entry & ~ENTRY_WIDE;
        const unsigned char *wide = entries->wide + ENTRY_WIDE_SIZE * index;
        return index < entries->wide_count
                   ? (struct occurrence_place){load_u32(wide), load_u32(wide + 4),
                                               load_u32(wide + 8)}
                   : (struct occurrence_place){.form_number = UINT32_MAX};
    }
    return entry_unpack(entry, entries->position_bits);
}

/* In how many documents they are, and whether any is wide. */
uint32_t entries_documents(const struct entry_list *entries, bool *wide);

/* How far a list has been read; all 0 before it. */
struct entries_read {
    size_t at;
    doc_id next_document; /* the least that may follow */
    uint32_t documents;
};

/* Appends the next documents to the block, as many as may be at once, but for their length codes;
 * none at the end. `*sound` becomes false, and the block is of no use, when they do not ascend, or
 * a form's number is not below `form_count`. STATUS_NOMEM. */
enum status entries_append(const struct entry_list *entries, uint32_t form_count,
                           struct entries_read *read, struct postings_block *block, bool *sound,
                           struct error *error) MUST_CHECK;

#endif
