#ifndef TEXT_COMPOUND_H
#define TEXT_COMPOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "text/conflate_word.h"
#include "text/letters.h"
#include "text/words.h"

/* Two words written as one. Any thread. */

/* abd al-X and abu X: the bytes of the first word; 0: the letters are no such compound. */
static inline size_t compound_split(const struct word *word, struct letters letters)
{
    if (letters_start_with(letters, "عبدال") && letters.size >= LETTERS(7)) {
        return LETTERS(3);
    }
    if (letters_start_with(letters, "ابو") && letters.size >= LETTERS(6)) {
        struct letters rest = {letters.bytes + LETTERS(3), letters.size - LETTERS(3)};
        bool articled = letters_start_with(rest, "ال") && rest.size >= LETTERS(5);
        if (articled || (word_flags_of(word, rest) & (WORD_PLACE | WORD_NAME)) != 0) {
            return LETTERS(3);
        }
    }
    return 0;
}

#endif
