#ifndef TEXT_EVIDENCE_H
#define TEXT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* The evidence lexicon: how often each fold was seen in the archive's sample. Conflation asks it
 * whether what is left after cutting a clitic is itself a word. Frozen with the archive.
 *
 * In bytes it is a fixed hash table of (fingerprint, count) slots, used in place from a mapped
 * file without any loading: a look-up is one or two cache misses. Folds seen fewer than
 * EVIDENCE_COUNT_MIN times are left out (they are no evidence). Which fold a fingerprint stands
 * for is not kept. Layout: docs/FORMAT.md, "Model". */

#define EVIDENCE_COUNT_MIN 2u

/* Gathers counts; sums are exact, so the order of adding does not matter. One thread at a time. */
struct evidence_builder;
struct evidence_builder *evidence_builder_new(void) MUST_CHECK;
enum status evidence_builder_add(struct evidence_builder *builder, const char *fold, size_t size,
                                 uint64_t count, struct error *error) MUST_CHECK;
/* The same with hash64() of the fold already known. */
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
    const uint64_t *filter; /* a bit for each fold that is there, and for few others */
    uint64_t filter_mask;   /* its words less one */
};
/* STATUS_FORMAT when the bytes are not such a table. Size 0 gives an empty lexicon. */
enum status evidence_open(struct evidence *evidence, const void *bytes, size_t size,
                          struct error *error) MUST_CHECK;
/* Occurrences of the fold in the sample (saturating), 0 when unknown or rare. */
uint32_t evidence_count(const struct evidence *evidence, const char *fold, size_t size);

/* Occurrences of all folds together: about how many words the sample had. Reads the whole table. */
uint64_t evidence_total(const struct evidence *evidence);

/* Makes the filter, for those who ask of many folds: nearly all that are not there are told by one
 * bit from a table a tenth as large. Appends it to the empty buffer, which must outlive the
 * evidence. */
enum status evidence_filter(struct evidence *evidence, struct buffer *filter,
                            struct error *error) MUST_CHECK;

/* The same with hash64() of the fold already known. */
uint32_t evidence_find(const struct evidence *evidence, uint64_t hash); /* not filtered */

static inline uint32_t evidence_count_hashed(const struct evidence *evidence, uint64_t hash)
{
    bool may_hold = evidence->slot_count > 0 &&
                    (evidence->filter[hash >> 6 & evidence->filter_mask] >> (hash & 63) & 1) != 0;
    return may_hold ? evidence_find(evidence, hash) : 0;
}

#endif
