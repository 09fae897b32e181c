#ifndef INDEX_IMPACT_H
#define INDEX_IMPACT_H

#include <stdint.h>

#include "index/postings_block.h"

/* How much a document may weigh for a term, whatever the average length of the archive: its impact
 *
 *   frequency / (IMPACT_PAD + length)
 *
 * BM25 grows with frequency / (A + length), where A is a third of the average length with b = 0.75.
 * So the greatest impact of a block bounds its scores for every A >= IMPACT_PAD, and for a smaller
 * A when it is multiplied by IMPACT_PAD / A. It is a far better bound than the greatest frequency
 * with the smallest length, which seldom are of one document. The idea: V. N. Anh, A. Moffat,
 * "Pruned query evaluation using pre-computed impacts", SIGIR 2006; a bound for each block: S.
 * Ding, T. Suel, "Faster top-k document retrieval using block-max indexes", SIGIR 2011.
 *
 * Kept as a code of one byte, 16 to a doubling: integers alone, so the same on every machine. */

#define IMPACT_PAD     64u
#define IMPACT_UNKNOWN 255u /* no bound */

/* Logarithms of what impacts are made of, so that one costs two look-ups and a subtraction. */
struct impact_table {
    int16_t frequencies[256]; /* the last: that and more */
    int16_t lengths[256];     /* by length_code() */
};
void impact_table_init(struct impact_table *table);

/* The code of the block's greatest impact, rounded up. Not of an empty block. */
uint8_t impact_of(const struct impact_table *table, const struct postings_block *block);

/* No impact of a block with this code is greater; infinite for IMPACT_UNKNOWN. */
double impact_max(uint8_t code);

#endif
