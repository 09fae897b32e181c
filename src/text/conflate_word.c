#include "text/conflate_word.h"

#include <string.h>

#include "base/hash.h"
#include "text/evidence.h"

unsigned word_flags_of(const struct word *word, struct letters letters)
{
    const char *target = NULL;
    size_t target_size = 0;
    return word_look_up(word, hash64_word(letters.bytes, letters.size), letters, &target,
                        &target_size);
}

uint32_t word_count_of(const struct word *word, struct letters letters)
{
    return evidence_count_hashed(word->evidence, hash64_word(letters.bytes, letters.size));
}

void word_find_articled(struct word *word)
{
    memcpy(word->bytes - LETTERS(2), "ال", LETTERS(2));
    word->articled =
        word_count_of(word, (struct letters){word->bytes - LETTERS(2), word->size + LETTERS(2)});
    word->articled_known = true;
}

void seen_find_count(struct word *word, struct seen *seen, struct letters letters)
{
    seen->hash = hash64_word(letters.bytes, letters.size);
    seen->count = evidence_count_hashed(word->evidence, seen->hash);
    seen->counted = true;
}
