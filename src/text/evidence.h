#ifndef TEXT_EVIDENCE_H
#define TEXT_EVIDENCE_H

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
    uint64_t slot_count;  /* homes; 0: no evidence */
    uint64_t quick_count; /* slots with enough behind them for several to be read at once */
};
/* STATUS_FORMAT when the bytes are not such a table. Size 0 gives an empty lexicon. */
enum status evidence_open(struct evidence *evidence, const void *bytes, size_t size,
                          struct error *error) MUST_CHECK;
/* Occurrences of the fold in the sample (saturating), 0 when unknown or rare. */
uint32_t evidence_count(const struct evidence *evidence, const char *fold, size_t size);

/* The same with hash64() of the fold already known, and what hides its cache miss. */
uint32_t evidence_count_hashed(const struct evidence *evidence, uint64_t hash);
void evidence_prefetch(const struct evidence *evidence, uint64_t hash);

#endif
