#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shipped words: what no amount of counting decides. The lists are src/text/tables/<name>.txt,
 * with source and licence; bench/tables/gen_words.c makes src/text/word_table.inc of them. Words
 * are folds. Any thread. */

enum word_flag {
    WORD_JOIN = 1,     /* stands for another word, see words_target() */
    WORD_FUNCTION = 2, /* closed class: prepositions, pronouns, particles */
    WORD_PLACE = 4,    /* country or city */
    WORD_NAME = 8,     /* first or family name */
    WORD_COMMON = 16,  /* looks like clitic and word and is one word */
};

/* The flags of a fold, 0 when it is not shipped. `*target` and `*target_size`: with WORD_JOIN the
 * word that it stands for, unchanged otherwise. */
unsigned words_find(const char *fold, size_t size, const char **target, size_t *target_size);

/* Few words that are asked for are there: a bit tells nearly all others, by fold_hash() of the
 * fold, from a table that the nearest cache holds. */
enum { WORDS_FILTER_BITS = 1 << 16 };
extern const uint64_t words_filter[WORDS_FILTER_BITS / 64];

static inline bool words_may_hold(uint64_t hash)
{
    size_t bit = hash >> 13 & (WORDS_FILTER_BITS - 1);
    return (words_filter[bit / 64] >> bit % 64 & 1) != 0;
}

/* The same as words_find() with the hash already known. */
unsigned words_find_hashed(uint64_t hash, const char *fold, size_t size, const char **target,
                           size_t *target_size);

/* The words that stand for another, one by one, in no order: `*at` is 0 at first. False behind the
 * last. */
bool words_next_join(size_t *at, const char **word, size_t *size, const char **target,
                     size_t *target_size);

#endif
