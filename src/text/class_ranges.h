#ifndef TEXT_CLASS_RANGES_H
#define TEXT_CLASS_RANGES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "text/analyser.h"

/* Which class keys a word that begins with given letters may have, in the order of their bytes. A
 * lexicon is sorted by class, and a class's forms need not begin as it does: the forms with المغر
 * at their front stand under المغر..., مغر... and nowhere else.
 *
 * Letters come off the front of a word in few ways (conflate.c, light10.c), so what is left of the
 * prefix is one of few strings, and the class begins with one of them; or the word is an ending
 * longer than the prefix at most, and is then reduced as it stands; or it is one that the tables or
 * the user join to another. What is given may hold too many keys, never too few
 * (test_class_ranges).
 *
 * Where the whole prefix may come off, every key is possible: of و, ال, با (as in بالمغرب), but
 * also of الب. About 10 us, with light10 100. Any thread. */

/* Keys not below `from` and below `to`. */
struct class_range {
    const char *from;
    const char *to;
    size_t from_size;
    size_t to_size; /* 0: no end */
};

struct class_ranges {
    const struct class_range *ranges; /* ascending, apart from each other */
    size_t count;
};

/* `prefix` is the beginning of a fold, cut between letters; of size 0, or when `analyser` is NULL,
 * all keys are given. The ranges hold every key that begins with `prefix`, and the class of every
 * form whose fold does. They live in `arena`, which holds some 20 KiB for them. STATUS_NOMEM. */
enum status class_ranges_find(const struct analyser *analyser, const char *prefix, size_t size,
                              struct arena *arena, struct class_ranges *out,
                              struct error *error) MUST_CHECK;

#endif
