#include "text/suffix.h"

#include <stdint.h>
#include <string.h>

#include "text/conflate.h"
#include "text/evidence.h"
#include "text/fold_hash.h"
#include "text/words.h"

enum { ADJECTIVE_RARER_MAX = 16 };

/* The sum of what an ending becomes: two letters, one or none. */
static ALWAYS_INLINE uint64_t sum_of_becomes(const struct ending *ending)
{
    return load_u16(ending->becomes) + FOLD_HASH_BASE * load_u16(ending->becomes + LETTERS(1));
}

bool suffix_leaves_shipped(const struct word *word, struct letters all)
{
    struct ending_range range = endings_of(all);
    for (size_t i = range.first; i < range.end; i++) {
        const struct ending *ending = &endings[i];
        if (!ending_matches(ending, all)) {
            continue;
        }
        char bytes[WORD_BYTES_MAX + BECOMES_MAX];
        size_t kept = all.size - ending->cut;
        memcpy(bytes, all.bytes, WORD_BYTES_MAX);
        memcpy(bytes + kept, ending->becomes, BECOMES_MAX);
        uint64_t sum = word_sum_of_stem(word, 0, kept / LETTERS(1), sum_of_becomes(ending));
        if ((word_flags_of_sum(word, sum, (struct letters){bytes, kept + ending->added}) &
             (WORD_COMMON | WORD_NAME | WORD_PLACE)) != 0) {
            return true;
        }
    }
    return false;
}

bool suffix_is_possible(struct letters all)
{
    struct ending_range range = endings_of(all);
    bool found = letters_end_with(all, LITERAL("تي")) || letters_end_with(all, LITERAL("ا"));
    for (size_t i = range.first; !found && i < range.end; i++) {
        found = endings[i].kind == ENDING_PRONOUN && ending_matches(&endings[i], all);
    }
    return found;
}

/* Whether the word is a function word, with a conjunction before it perhaps. Such a word takes a
 * pronoun, never a plural (`ulyan` is no plural of `ala`). */
static bool is_function(const struct word *word, struct letters stem)
{
    size_t letters = stem.size / LETTERS(1);
    if ((word_flags_of_sum(word, word_sum_of_stem(word, 0, letters, 0), stem) & WORD_FUNCTION) !=
        0) {
        return true;
    }
    struct letters rest = {stem.bytes + LETTERS(1), stem.size - LETTERS(1)};
    return (letters_start_with(stem, "و") || letters_start_with(stem, "ف")) &&
           (word_flags_of_sum(word, word_sum_of_stem(word, 1, letters - 1, 0), rest) &
            WORD_FUNCTION) != 0;
}

/* Shapes in which an ending is none, or is one more surely than its counts say. `stem` is what is
 * left. Returns how many times rarer the stem may be; 0: leave the word alone. */
static unsigned rarer_max(const struct word *word, const struct ending *ending, struct letters all,
                          struct letters stem)
{
    size_t letters = stem.size / LETTERS(1);
    struct letters second = {stem.bytes + LETTERS(1), stem.size - LETTERS(1)};
    switch ((enum ending_kind)ending->kind) {
    case ENDING_PRONOUN:
        return ending->rarer_max;
    case ENDING_PLURAL: /* taf`il of a root that ends in nun: tadkhin, tamrin */
        if (letters == 3 && letters_start_with(all, "ت") && letters_end_with(all, LITERAL("ين"))) {
            return 0;
        }
        break;
    case ENDING_DUAL:
        break;
    case ENDING_FEMININE: /* participles mXXX, fa`il, fa`iil: adjectives */
        if (ending->added == 0 && letters >= 4) {
            struct letters third = {second.bytes + LETTERS(1), second.size - LETTERS(1)};
            bool agent = letters == 4 && letters_start_with(second, "ا");
            bool quality = letters == 4 && letters_start_with(third, "ي");
            if (letters == 5 && letters_start_with(stem, "م") && letters_start_with(third, "ا")) {
                return 0; /* mufa`ala, a verbal noun: muhakama is no feminine of mahakim */
            }
            if (letters_start_with(stem, "م") || agent || quality) {
                return ADJECTIVE_RARER_MAX;
            }
        }
        break;
    case ENDING_ADVERB: /* the alef of -ha is no ending */
        if (letters_end_with(all, LITERAL("ها"))) {
            return 0;
        }
        break;
    }
    return ending->added == 0 && is_function(word, stem) ? 0 : ending->rarer_max;
}

/* The remainder's count against the word's, both with and without the article: tujjar is no
 * remainder of tijara, which is mostly seen as al-tijara. No pronoun stands behind a word with the
 * article (al-dirham). `*rest`: what is seen of the remainder. */
static bool ending_comes_off(struct word *word, const struct ending *ending, uint64_t count,
                             struct seen *rest)
{
    struct letters all = word_letters(word);
    if (!ending_matches(ending, all)) {
        return false;
    }
    struct letters stem = {all.bytes, all.size - ending->cut};
    size_t size = stem.size + ending->added;
    unsigned rarer = size < LETTERS(ending->letters_min) ? 0 : rarer_max(word, ending, all, stem);
    if (rarer == 0 || (ending->kind == ENDING_PRONOUN &&
                       8 * (uint64_t)word_articled_count(word) > word_self_count(word))) {
        return false;
    }
    struct letters article = LITERAL("ال");
    uint64_t bare = word_sum_of_stem(word, 0, stem.size / LETTERS(1), sum_of_becomes(ending));
    uint64_t articled =
        fold_sum(article.bytes, article.size) + FOLD_HASH_BASE * FOLD_HASH_BASE * bare;
    uint64_t hash = fold_hash_of_sum(bare);
    *rest = (struct seen){
        .hash = hash, .slot = evidence_slot_filtered(word->evidence, hash), .counted = true};
    uint64_t seen = (uint64_t)evidence_slot_count(rest->slot) + word_count_of_sum(word, articled);
    return seen > EVIDENCE_COUNT_MIN && seen * rarer >= count;
}

static void replace_end(struct word *word, const struct ending *ending)
{
    word_changed(word);
    word->size -= ending->cut;
    memcpy(word->bytes + word->size, ending->becomes, BECOMES_MAX);
    word->size += ending->added;
    word->sums_known = false;
    word->out->back = (uint8_t)(word->out->back + ending->cut - ending->added);
    word->out->rules |= (uint8_t)CONFLATION_SUFFIX;
}

bool suffix_cut(struct word *word, struct ending_range range)
{
    if (word->evidence->slot_count == 0) {
        return false;
    }
    uint64_t count = (uint64_t)word_self_count(word) + word_articled_count(word);
    for (size_t i = range.first; i < range.end; i++) {
        struct seen rest;
        if (ending_comes_off(word, &endings[i], count, &rest)) {
            replace_end(word, &endings[i]);
            word->self = rest;
            return true;
        }
    }
    return false;
}
