#ifndef TEXT_CONFLATE_WORD_H
#define TEXT_CONFLATE_WORD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "text/conflate.h"
#include "text/evidence.h"
#include "text/exceptions.h"
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
    unsigned flags;
    uint32_t count;
    bool counted;
    bool known;
};

/* What is in front of `bytes`, at least an article, is the word's to write over: letters that came
 * off, or room. Whoever changes the word says so: word_changed(). */
struct word {
    const struct evidence *evidence;
    const struct exceptions *exceptions; /* NULL: none */
    struct conflation *out;
    char *bytes; /* in a struct room; moves on as letters come off the front */
    size_t size;
    unsigned flags;    /* of the word as it stood last */
    struct seen self;  /* the word as it stands */
    struct seen rest;  /* it without its first letter */
    uint32_t articled; /* the count of al- + word */
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

/* enum word_flag. */
unsigned word_flags_of(const struct word *word, struct letters letters);

/* How often they were seen. */
uint32_t word_count_of(const struct word *word, struct letters letters);

/* The hash of front + letters. */
static ALWAYS_INLINE uint64_t word_hash_behind(struct letters front, struct letters letters)
{
    char bytes[WORD_BYTES_MAX + 16];
    assert(front.size <= 16 && letters.size <= WORD_BYTES_MAX);
    memcpy(bytes, front.bytes, front.size);
    memcpy(bytes + front.size, letters.bytes, WORD_BYTES_MAX);
    return hash64_word(bytes, front.size + letters.size);
}

/* The count of front + letters. */
static ALWAYS_INLINE uint32_t word_count_behind(const struct word *word, struct letters front,
                                                struct letters letters)
{
    return word->evidence->slot_count == 0 || letters.size == 0
               ? 0
               : evidence_count_hashed(word->evidence, word_hash_behind(front, letters));
}

/* al- + word as it stands. What was in front of it came off. */
void word_find_articled(struct word *word);

static ALWAYS_INLINE uint32_t word_articled_count(struct word *word)
{
    if (!word->articled_known) {
        word_find_articled(word);
    }
    return word->articled;
}

void seen_find_count(struct word *word, struct seen *seen, struct letters letters);

static ALWAYS_INLINE uint32_t seen_count(struct word *word, struct seen *seen,
                                         struct letters letters)
{
    if (!seen->counted) {
        seen_find_count(word, seen, letters);
    }
    return seen->count;
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

static inline void word_changed(struct word *word)
{
    word->articled_known = false;
    seen_forget(&word->self);
    seen_forget(&word->rest);
}

#endif
