#include "text/conflate_word.h"

#include "text/fold_hash.h"

unsigned word_flags_of_sum(const struct word *word, uint64_t sum, struct letters letters)
{
    const char *target = NULL;
    size_t target_size = 0;
    return word_look_up(word, fold_hash_of_sum(sum), letters, &target, &target_size);
}
