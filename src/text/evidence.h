#ifndef TEXT_EVIDENCE_H
#define TEXT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* The evidence lexicon: how often each fold was seen in the archive's sample, and what conflation
 * makes of it. Conflation asks it whether what is left after cutting a clitic is itself a word.
 * Frozen with the archive.
 *
 * In bytes it is a fixed hash table of (fingerprint, reduction, count) slots, used in place from a
 * mapped file without any loading: a look-up is one or two cache misses. Folds seen fewer than
 * EVIDENCE_COUNT_MIN times are left out (they are no evidence). Which fold a fingerprint stands
 * for is not kept. Layout: docs/FORMAT.md, "Model". */

#define EVIDENCE_COUNT_MIN 2u

/* Gathers counts; sums are exact, so the order of adding does not matter. One thread at a time. */
struct evidence_builder;
struct evidence_builder *evidence_builder_new(void) MUST_CHECK;
enum status evidence_builder_add(struct evidence_builder *builder, const char *fold, size_t size,
                                 uint64_t count, struct error *error) MUST_CHECK;
/* The same with fold_hash() of the fold already known. */
enum status evidence_builder_add_hashed(struct evidence_builder *builder, uint64_t hash,
                                        uint64_t count, struct error *error) MUST_CHECK;
/* Appends the table's bytes; the same counts give the same bytes, whatever the order of adding. */
enum status evidence_builder_finish(struct evidence_builder *builder, struct buffer *out,
                                    struct error *error) MUST_CHECK;
void evidence_builder_free(struct evidence_builder *builder);

/* A view over such bytes, borrowed: valid as long as they are. Any thread after open. */
struct evidence {
    const unsigned char *slots;
    uint64_t slot_count;    /* homes; 0: no evidence */
    uint64_t slots_end;     /* and what is pushed past the last home */
    const uint64_t *filter; /* two bits of one word for each fold that is there */
    uint64_t filter_mask;   /* its words less one */
};
/* STATUS_FORMAT when the bytes are not such a table. Size 0 gives an empty lexicon. */
enum status evidence_open(struct evidence *evidence, const void *bytes, size_t size,
                          struct error *error) MUST_CHECK;
/* Occurrences of the fold in the sample (saturating), 0 when unknown or rare. */
uint32_t evidence_count(const struct evidence *evidence, const char *fold, size_t size);

/* Occurrences of all folds together: about how many words the sample had. Reads the whole table. */
uint64_t evidence_total(const struct evidence *evidence);

/* Makes the filter, for those who ask of many folds: nearly all that are not there are told by two
 * bits of one word (a Bloom filter of blocks: F. Putze, P. Sanders, J. Singler, "Cache-, hash- and
 * space-efficient Bloom filters", JEA 2009), from a table a tenth as large. Appends it to the empty
 * buffer, which must outlive the evidence. */
enum status evidence_filter(struct evidence *evidence, struct buffer *filter,
                            struct error *error) MUST_CHECK;

/* What is known of a fold: how often it was seen, and what conflation makes of it (reduction.h). 0:
 * nothing. */
typedef uint64_t evidence_slot;

static inline uint32_t evidence_slot_count(evidence_slot slot)
{
    return (uint32_t)(slot >> 44);
}

static inline unsigned evidence_slot_reduction(evidence_slot slot)
{
    return (unsigned)(slot >> 32) & 0xFFF;
}

/* High 64 bits of hash * homes for homes up to 2^32, without a 128-bit type. */
static inline uint64_t evidence_home(const struct evidence *evidence, uint64_t hash)
{
    uint64_t homes = evidence->slot_count;
    return ((hash >> 32) * homes + ((hash & 0xFFFFFFFFu) * homes >> 32)) >> 32;
}

/* With fold_hash() of the fold. */
evidence_slot evidence_find(const struct evidence *evidence, uint64_t hash); /* not filtered */

/* Asks for the memory of what evidence_find() will read. */
static inline void evidence_expect(const struct evidence *evidence, uint64_t hash)
{
    const unsigned char *slot = evidence->slots + 8 * evidence_home(evidence, hash);
    PREFETCH(slot);
    PREFETCH(slot + 31);
    PREFETCH(&evidence->filter[hash >> 6 & evidence->filter_mask]);
}

/* An empty one that has a filter. */
extern const struct evidence evidence_none;

/* Of evidence that is not empty, or of evidence_none. */
static ALWAYS_INLINE evidence_slot evidence_slot_filtered(const struct evidence *evidence,
                                                          uint64_t hash)
{
    uint64_t bits = evidence->filter[hash >> 6 & evidence->filter_mask];
    bool may_hold = (bits >> (hash & 63) & bits >> (hash >> 26 & 63) & 1) != 0;
    return may_hold ? evidence_find(evidence, hash) : 0;
}

static inline evidence_slot evidence_slot_hashed(const struct evidence *evidence, uint64_t hash)
{
    return evidence->slot_count > 0 ? evidence_slot_filtered(evidence, hash) : 0;
}

static inline uint32_t evidence_count_hashed(const struct evidence *evidence, uint64_t hash)
{
    return evidence_slot_count(evidence_slot_hashed(evidence, hash));
}

/* Writes the fold's reduction beside its count, into `bytes`, which the evidence is a view of;
 * nothing when the fold is not there. Of folds that the evidence takes for one the greatest given
 * counts. */
void evidence_reduce(const struct evidence *evidence, unsigned char *bytes, uint64_t hash,
                     unsigned reduction);

#endif
