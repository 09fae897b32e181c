#ifndef REPLICAS_VOCABULARY_H
#define REPLICAS_VOCABULARY_H

#include <stdint.h>

#include "law.h"
#include "piece.h"

/* The words, by rank: 128 common ones, then lemmas (root x pattern, as Arabic makes them) in the
 * dress of their class (clitics and endings). One rank in four is a new lemma, the others are older
 * ones in another dress, the more dresses the older, so that forms and lemmas grow as in news. Any
 * rank below 2^31 has a word; up to about rank 2^21 one of its own, as far as two roots or patterns
 * do not make the same. The first 2^17 are kept as pieces, the others, less than two in a hundred,
 * are made each time. Immutable after vocabulary_new(): any thread. */

struct vocabulary {
    struct law law;
    struct piece *pieces; /* of the ranks below VOCABULARY_KEPT */
    uint16_t *roots;      /* all roots of three letters, common letters first */
};

enum { VOCABULARY_KEPT = 1 << 17 };

/* NULL when out of memory. */
struct vocabulary *vocabulary_new(void);
void vocabulary_free(struct vocabulary *vocabulary);

/* The word of any rank, made anew. */
struct piece vocabulary_make(const struct vocabulary *vocabulary, uint32_t rank);

/* The stem of a lemma, without clitics: for names that no list has. */
struct piece vocabulary_stem(const struct vocabulary *vocabulary, uint32_t lemma);

static inline char *vocabulary_write(const struct vocabulary *vocabulary, uint32_t rank, char *to)
{
    if (rank < VOCABULARY_KEPT) {
        return piece_write(to, &vocabulary->pieces[rank]);
    }
    struct piece piece = vocabulary_make(vocabulary, rank);
    return piece_write(to, &piece);
}

#endif
