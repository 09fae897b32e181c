#ifndef TEXT_CONFLATE_H
#define TEXT_CONFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/evidence.h"
#include "text/exceptions.h"

/* Conflation: from a fold to the key of its class. The word is reduced one step at a time, and a
 * step is a function of the word as it stands, the shipped tables, the user's exceptions and the
 * evidence alone:
 *
 *   class(w) = w when no step applies, else class(step(w))
 *
 * So the class of a class is itself, and two words that meet on the way share their class. A step
 * is a list of candidates, in a fixed order; the first whose test holds is taken (conflate.c). The
 * rules and what each is for: docs/ANALYSIS.md. Any thread, no memory. */

#define CONFLATE_BYTES_MAX 256
#define CONFLATE_READ_SIZE 64

/* Why a class is what it is: a sum of what was done. */
enum conflation_rule {
    CONFLATION_NONE = 0,
    CONFLATION_SHIPPED = 1,   /* the tables say that the word stays as it is */
    CONFLATION_JOIN = 2,      /* the tables name another word */
    CONFLATION_ARTICLE = 4,   /* al-, ll- came off */
    CONFLATION_PROCLITIC = 8, /* w f b l k s came off */
    CONFLATION_SUFFIX = 16,   /* a pronoun, plural, dual or feminine ending came off */
    CONFLATION_SPELLING = 32, /* another spelling of the hamza */
    CONFLATION_COMPOUND = 64, /* two words written as one; `split` */
    CONFLATION_OTHER = 128,   /* set by the analyser: number, Latin possessive, hashtag part */
};

struct conflation {
    size_t size;
    size_t split;  /* 0, or the bytes of `key` that are the first of two words */
    uint8_t rules; /* sum of enum conflation_rule */
    uint8_t front; /* bytes off the front of the fold */
    uint8_t back;  /* bytes off its end */
    char *key;     /* the caller's, of CONFLATE_BYTES_MAX bytes, set before */
};

/* What the rules ask, all borrowed. */
struct conflater {
    const struct evidence *evidence;
    const struct exceptions *exceptions; /* NULL: none */
};

/* Whether a fold is one that conflate() reduces: of Arabic letters alone, and no longer than words
 * are. */
bool conflate_takes(const char *fold, size_t size);

/* Reduces a fold of Arabic letters (any other is its own class). `size` is at most
 * CONFLATE_BYTES_MAX. */
void conflate(const struct conflater *conflater, const char *fold, size_t size,
              struct conflation *out);

/* What the evidence was asked for a fold that conflate_takes() takes. */
enum { CONFLATE_SUMS = 32 };
struct conflate_asked {
    uint64_t sums[CONFLATE_SUMS]; /* fold_sums() */
    uint64_t hash;                /* fold_hash(); in the analyser 0: not asked */
    evidence_slot slot;
};

/* As conflate(), where the evidence does not tell what becomes of the word (reduction.h); it is not
 * empty, or is evidence_none. Of fold and key CONFLATE_READ_SIZE bytes may be read and written, and
 * what was asked is of no meaning afterwards. */
void conflate_untold(const struct conflater *conflater, const char *fold, size_t size,
                     struct conflate_asked *asked, struct conflation *out);

/* Why a word is not reduced further. */
enum conflation_stay {
    CONFLATION_GOES_ON,        /* it is: this is no last step */
    CONFLATION_STAYS_PLAIN,    /* nothing in front of it looks like a clitic */
    CONFLATION_STAYS_SHIPPED,  /* the tables or the user say so */
    CONFLATION_STAYS_COMPOUND, /* two words, each reduced by itself */
    CONFLATION_STAYS_ARTICLE,  /* al- belongs to it, or a clitic would stand behind al- */
    CONFLATION_STAYS_RADICAL,  /* seen behind the article: its first letter is its own */
    CONFLATION_STAYS_UNKNOWN,  /* what would be left is not seen */
    CONFLATION_STAYS_RARE,     /* what would be left is too rare beside the word */
};

/* One step, for people: `rules` is what came off (enum conflation_rule), `seen` the evidence. */
struct conflation_step {
    const char *from;
    size_t from_size;
    const char *to; /* in the last step the same word */
    size_t to_size;
    uint8_t rules;
    enum conflation_stay stay;
    uint32_t from_seen;
    uint32_t to_seen;       /* in the last step: of what would be left without the first letter */
    uint32_t articled_seen; /* `from` behind the article */
};
typedef void (*conflation_visit)(void *context, const struct conflation_step *step);

/* The way of a fold to its class, step by step, as conflate() goes it. Nothing for a fold that
 * conflate_takes() refuses. */
void conflate_explain(const struct conflater *conflater, const char *fold, size_t size,
                      conflation_visit visit, void *context);

/* The endings that may come off, one by one, some more than once: false when there is none with
 * this index. */
bool conflate_ending(size_t index, const char **ending, size_t *size);

#endif
