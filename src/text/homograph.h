#ifndef TEXT_HOMOGRAPH_H
#define TEXT_HOMOGRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "text/evidence.h"
#include "text/letters.h"

/* Words that the fold makes one with a function word, and that print keeps apart: the name Ali and
 * `ala`, imam and `amama`, wali and wa + `ila`. Their class is told by the form, not by the fold.
 * Pure functions of the arguments. Any thread. */

/* A word on its way from form or fold to class. */
struct homograph_word {
    struct letters text; /* its form or its fold */
    size_t front;        /* bytes of clitics that came off the fold, no more than `text` has */
};

/* The first two letters of all forms but one, and of few other words, make one number so. */
static ALWAYS_INLINE bool homograph_begins(const char *form)
{
    return (uint32_t)(load_u32(form) * 1701067729u) >> 26 == 28;
}

/* Whether the form may be one, from `front` on perhaps; false of nearly all others. Of the form 8
 * bytes more than `front` may be read. */
static ALWAYS_INLINE bool homograph_may_be(const char *form, size_t size, size_t front)
{
    return homograph_begins(form) | homograph_begins(form + front) |
           homograph_begins(form + front + LETTERS(2)) |
           ((size == LETTERS(4)) & (load_u32(form) == load_u32("وا"))) |
           ((size - front == LETTERS(4)) & (load_u32(form + front) == load_u32("وا")));
}

/* The class that the form stands for instead, or nothing of size 0. Where dots under a final yeh
 * are not printed (the evidence says), words that nothing else keeps apart are one. */
struct letters homograph_of_form(const struct evidence *evidence,
                                 const struct homograph_word *word);

/* What the class of a fold is called beside these: itself but for one. */
struct letters homograph_rest_of(const struct evidence *evidence, struct letters class_key);

static ALWAYS_INLINE struct letters homograph_rest(const struct evidence *evidence,
                                                   struct letters class_key)
{
    bool may_be = (class_key.size == LETTERS(3)) & (load_u32(class_key.bytes) == load_u32("عل"));
    return UNLIKELY(may_be) ? homograph_rest_of(evidence, class_key) : class_key;
}

/* The class that some form with this fold stands for, or nothing. */
struct letters homograph_of_fold(const struct evidence *evidence,
                                 const struct homograph_word *word);

/* Whether no form with this fold, whose class is `class_key` as far as the fold tells, stands for
 * another class, whatever the evidence says. */
bool homograph_is_none(const struct homograph_word *fold, struct letters class_key);

/* All of them, one by one: the fold that they begin with and their class. False behind the last. */
bool homograph_at(size_t index, struct letters *fold, struct letters *class_key);

/* What the evidence counts besides folds: this form, which is no fold ("fi" without dots). */
bool homograph_is_evidence(struct letters form);

#endif
