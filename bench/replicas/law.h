#ifndef REPLICAS_LAW_H
#define REPLICAS_LAW_H

#include <stddef.h>
#include <stdint.h>

#include "random.h"

/* How often the word of a rank is used: the curve of a large body of news, as a table of shares by
 * octave of ranks that goes on for ever by a constant factor (Zipf's law, steeper towards the rare
 * words; Heaps' curve follows from it). Immutable after law_init(): any thread.
 *
 * Ranks are drawn in two steps. The alias method (M. D. Vose, 1991) gives a cell of neighbouring
 * ranks: the commonest words have one each, above that 32 share an octave. Inside the cell every
 * rank is equally likely over the whole corpus, but not in one article: an article and its topic
 * have favourites there, chosen by hash. So words come in bursts and topics differ, and yet the
 * curve of the corpus is the one of the table. */

enum {
    LAW_HEAD_BITS = 7,
    LAW_HEAD = 1 << LAW_HEAD_BITS, /* ranks with a share of their own */
    LAW_CELLS = 1024,
    LAW_OCTAVES = 31, /* ranks are below 2^31 */
};

struct law_cell {
    uint32_t first; /* rank */
    uint32_t width;
};

struct law_slot {
    uint32_t keep; /* of 2^32: stay here, else take the alias */
    uint32_t alias;
};

struct law {
    struct law_slot slots[LAW_CELLS];
    struct law_cell cells[LAW_CELLS];
};

/* Whose favourites are taken. */
struct law_taste {
    uint64_t article;
    uint64_t topic;
};

/* `head`: how often the ranks 0..LAW_HEAD-1 are, in parts per million. Integers alone, so the law
 * is the same on every machine. */
void law_init(struct law *law, const uint32_t *head);

enum {
    LAW_OF_ARTICLE = 20, /* of 256 draws: the article's favourite in the cell */
    LAW_OF_TOPIC = 60,   /* of 256 draws: one of the topic's */
    LAW_TOPIC_WORDS = 4, /* favourites of a topic in a cell */
};

/* A rank, 0 the most frequent. */
static inline uint32_t law_draw(const struct law *law, struct random *random,
                                const struct law_taste *taste)
{
    uint64_t bits = random_next(random);
    uint32_t at = (uint32_t)(bits >> 32) % LAW_CELLS;
    at = (uint32_t)bits < law->slots[at].keep ? at : law->slots[at].alias;
    const struct law_cell *cell = &law->cells[at];
    if (cell->width == 1) {
        return cell->first;
    }
    uint64_t inside = random_next(random);
    uint32_t whose = (uint32_t)inside & 255;
    if (whose < LAW_OF_ARTICLE) {
        inside = random_hash(taste->article, at);
    } else if (whose < LAW_OF_ARTICLE + LAW_OF_TOPIC) {
        uint32_t which = (uint32_t)(inside >> 8) % LAW_TOPIC_WORDS;
        inside = random_hash(taste->topic, at + LAW_CELLS * which);
    }
    return cell->first + random_scale(inside, cell->width);
}

#endif
