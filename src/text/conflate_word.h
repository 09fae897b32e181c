#ifndef TEXT_CONFLATE_WORD_H
#define TEXT_CONFLATE_WORD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "text/conflate.h"
#include "text/evidence.h"
#include "text/exceptions.h"
#include "text/fold_hash.h"
#include "text/letters.h"
#include "text/words.h"

/* A word on its way to its class, and what the tables and the evidence say of it: all that the
 * steps of conflation ask (proclitic.h, suffix.h, conflate.c). Each answer is a look-up or two;
 * what the rules ask more than once is kept until the word changes. One thread at a time. */

/* What the tables and the evidence say of letters. */
struct seen {
    uint64_t hash;
    const char *target; /* with WORD_JOIN */
    size_t target_size;
    evidence_slot slot;
    unsigned flags;
    bool counted;
    bool known;
};

/* A word, and a letter that is put to it, and what fold_sums() writes behind them. */
static_assert(WORD_BYTES_MAX / LETTERS(1) + 8 <= CONFLATE_SUMS, "sums fit");

/* Whoever changes the word says so: word_changed(), and word_cut() or word_find_sums() before, or
 * `sums_known` false. */
struct word {
    const struct evidence *evidence;     /* not an empty one: evidence_none */
    const struct exceptions *exceptions; /* NULL: none */
    struct conflation *out;
    char *bytes; /* in a struct room; moves on as letters come off the front */
    size_t size;
    uint64_t *sums_room; /* of CONFLATE_SUMS */
    uint64_t *sums;      /* fold_sum() from each letter on; moves on with `bytes` */
    bool sums_known;     /* they are those of the word as it stands */
    unsigned flags;      /* of the word as it stood last */
    struct seen self;    /* the word as it stands */
    struct seen rest;    /* it without its first letter */
    uint32_t articled;   /* the count of al- + word */
    bool articled_known;
};

static ALWAYS_INLINE struct letters word_letters(const struct word *word)
{
    return (struct letters){word->bytes, word->size};
}

/* The word without its first `cut` bytes. */
static inline struct letters word_from(const struct word *word, size_t cut)
{
    return (struct letters){word->bytes + cut, word->size - cut};
}

/* What the tables say of letters: the user's exceptions first. */
static ALWAYS_INLINE unsigned word_look_up(const struct word *word, uint64_t hash,
                                           struct letters letters, const char **target,
                                           size_t *target_size)
{
    if (UNLIKELY(word->exceptions != NULL)) {
        unsigned flags =
            exceptions_find(word->exceptions, letters.bytes, letters.size, target, target_size);
        if (flags != 0) {
            return flags;
        }
    }
    return LIKELY(!words_may_hold(hash))
               ? 0
               : words_find_hashed(hash, letters.bytes, letters.size, target, target_size);
}

/* Finds the sums of the word as it stands, of at most WORD_BYTES_MAX bytes and one letter more:
 * fold_sums() wants zeros behind it, where there is now what came off. */
static ALWAYS_INLINE void word_find_sums(struct word *word)
{
    size_t count = word->size / LETTERS(1);
    assert(count < CONFLATE_SUMS);
    uint64_t sum = 0;
    word->sums[count] = 0;
    for (size_t i = count; i-- > 0;) {
        sum = sum * FOLD_HASH_BASE + load_u16(word->bytes + LETTERS(i));
        word->sums[i] = sum;
    }
    word->sums_known = true;
}

static ALWAYS_INLINE void word_need_sums(struct word *word)
{
    if (UNLIKELY(!word->sums_known)) {
        word_find_sums(word);
    }
}

/* The sum of letters that the word ends in. */
static ALWAYS_INLINE uint64_t word_sum(const struct word *word, struct letters end)
{
    assert(end.bytes + end.size == word->bytes + word->size);
    return word->sums[(size_t)(end.bytes - word->bytes) / LETTERS(1)];
}

/* The sum of the word's first letters, but for the first of all `from`, with `becomes` behind them.
 */
static ALWAYS_INLINE uint64_t word_sum_of_stem(const struct word *word, size_t from, size_t letters,
                                               uint64_t becomes)
{
    return word->sums[from] + fold_hash_powers[letters] * (becomes - word->sums[from + letters]);
}

/* enum word_flag, of letters with this sum. */
unsigned word_flags_of_sum(const struct word *word, uint64_t sum, struct letters letters);

/* enum word_flag, of letters that the word ends in. */
static ALWAYS_INLINE unsigned word_flags_of(const struct word *word, struct letters end)
{
    return word_flags_of_sum(word, word_sum(word, end), end);
}

static ALWAYS_INLINE uint32_t word_count_of_sum(const struct word *word, uint64_t sum)
{
    return evidence_slot_count(evidence_slot_filtered(word->evidence, fold_hash_of_sum(sum)));
}

/* How often the letters that the word ends in were seen. */
static ALWAYS_INLINE uint32_t word_count_of(const struct word *word, struct letters end)
{
    return word_count_of_sum(word, word_sum(word, end));
}

/* The count of front + letters that the word ends in. */
static ALWAYS_INLINE uint32_t word_count_behind(const struct word *word, struct letters front,
                                                struct letters end)
{
    uint64_t sum = fold_sum(front.bytes, front.size) +
                   fold_hash_powers[front.size / LETTERS(1)] * word_sum(word, end);
    return end.size == 0 ? 0 : word_count_of_sum(word, sum);
}

/* al- + word as it stands. */
static ALWAYS_INLINE uint32_t word_articled_count(struct word *word)
{
    if (!word->articled_known) {
        word->articled = word_count_behind(word, LITERAL("ال"), word_letters(word));
        word->articled_known = true;
    }
    return word->articled;
}

static ALWAYS_INLINE void seen_find_count(const struct word *word, struct seen *seen,
                                          struct letters letters)
{
    seen->hash = fold_hash_of_sum(word_sum(word, letters));
    seen->slot = evidence_slot_filtered(word->evidence, seen->hash);
    seen->counted = true;
}

static ALWAYS_INLINE uint32_t seen_count(struct word *word, struct seen *seen,
                                         struct letters letters)
{
    if (!seen->counted) {
        seen_find_count(word, seen, letters);
    }
    return evidence_slot_count(seen->slot);
}

static ALWAYS_INLINE const struct seen *seen_know(struct word *word, struct seen *seen,
                                                  struct letters letters)
{
    if (!seen->known) {
        seen_count(word, seen, letters);
        seen->target = NULL;
        seen->target_size = 0;
        seen->flags = word_look_up(word, seen->hash, letters, &seen->target, &seen->target_size);
        seen->known = true;
    }
    return seen;
}

/* Of the word as it stands. */
static ALWAYS_INLINE const struct seen *word_self(struct word *word)
{
    return seen_know(word, &word->self, word_letters(word));
}

/* What conflation makes of it, where the evidence tells. */
static ALWAYS_INLINE unsigned word_reduction(struct word *word)
{
    (void)seen_count(word, &word->self, word_letters(word));
    return evidence_slot_reduction(word->self.slot);
}

static ALWAYS_INLINE uint32_t word_self_count(struct word *word)
{
    return seen_count(word, &word->self, word_letters(word));
}

/* Of the word without its first letter. */
static ALWAYS_INLINE uint32_t word_rest_count(struct word *word)
{
    return seen_count(word, &word->rest, word_from(word, LETTERS(1)));
}

static ALWAYS_INLINE unsigned word_rest_flags(struct word *word)
{
    return seen_know(word, &word->rest, word_from(word, LETTERS(1)))->flags;
}

static ALWAYS_INLINE void seen_forget(struct seen *seen)
{
    seen->counted = false;
    seen->known = false;
}

/* Moves on as letters come off the front. */
static ALWAYS_INLINE void word_cut(struct word *word, size_t cut)
{
    word->bytes += cut;
    word->size -= cut;
    word->sums += cut / LETTERS(1);
}

static inline void word_changed(struct word *word)
{
    word->articled_known = false;
    seen_forget(&word->self);
    seen_forget(&word->rest);
}

#endif
