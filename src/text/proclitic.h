#ifndef TEXT_PROCLITIC_H
#define TEXT_PROCLITIC_H

#include <stdbool.h>

#include "base/compiler.h"
#include "text/conflate_word.h"
#include "text/letters.h"

/* What stands before a word, written together with it: the article (al-, and ll- of li + al-) and
 * the clitics w f b l k s. Each step takes one off and says true, or leaves the word alone and says
 * false (docs/ANALYSIS.md, "Classes"). One thread at a time for one word. */

extern const char proclitic_letters[256]; /* by letter_at(); 0: no clitic */

/* w f b l k s: which clitic the first letter may be. 0: none. */
static ALWAYS_INLINE char proclitic_of(struct letters word)
{
    if (word.size == 0) {
        return 0;
    }
    return proclitic_letters[letter_at(word.bytes)];
}

/* The first letter belongs to the word when the word is seen behind the article: al-wazir is, so
 * wazir is no wa + zir. */
bool proclitic_first_letter_is_radical(struct word *word);

/* The article, or one clitic when what is left is itself a word or an article stands behind it. */
bool proclitic_cut(struct word *word);

/* The same; words that begin with neither are told without a call. */
static ALWAYS_INLINE bool proclitic_step(struct word *word)
{
    struct letters all = word_letters(word);
    return (letters_start_with(all, "ال") || proclitic_of(all) != 0) && proclitic_cut(word);
}

/* wa- before at least three letters when nothing else is known: words that begin with waw are few,
 * the common ones are shipped, and evidence keeps those that are often seen. */
bool proclitic_cut_waw(struct word *word);

static ALWAYS_INLINE bool proclitic_waw_step(struct word *word)
{
    return letters_start_with(word_letters(word), "و") && proclitic_cut_waw(word);
}

#endif
