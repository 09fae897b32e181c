#ifndef TEXT_SUFFIX_H
#define TEXT_SUFFIX_H

#include <stdbool.h>

#include "base/compiler.h"
#include "text/conflate_word.h"
#include "text/endings.h"
#include "text/letters.h"

/* What stands at the end of a word: pronouns, and the endings of plural, dual, feminine and adverb
 * (endings.h). Nothing comes off without evidence. One thread at a time for one word. */

/* Takes off, or exchanges for another, the first ending of the range whose remainder is seen often
 * enough beside the word; false: none. */
bool suffix_cut(struct word *word, struct ending_range range);

/* The same of all endings: most words have none, and are told without a call. */
static ALWAYS_INLINE bool suffix_step(struct word *word)
{
    struct ending_range range = endings_of(word_letters(word));
    return range.first != range.end && suffix_cut(word, range);
}

/* Whether the word may end in a pronoun, in the dual before one, or in an adverb's alef. */
bool suffix_is_possible(struct letters all);

/* Whether an ending leaves a shipped word, whose first letter then is no clitic (kulfatuhu). */
bool suffix_leaves_shipped(const struct word *word, struct letters all);

#endif
