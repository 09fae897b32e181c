#include "text/proclitic.h"

#include <stdint.h>

#include "text/compound.h"
#include "text/conflate.h"
#include "text/conflate_word.h"
#include "text/evidence.h"
#include "text/suffix.h"
#include "text/words.h"

enum {
    REMAINDER_LETTERS_MIN = 3,
    NOUN_COUNT_MIN = 4, /* seen with the article so often that it is a noun */
    RARE_COUNT = 4,     /* with fewer, that a rest was not seen says nothing */
    SETTLED_COUNT = 16, /* seen so often that evidence may speak against a cut */
    LONG_LETTERS = 5,   /* a rest so long is hardly a word by chance */
};

const char proclitic_letters[256] = {
    [0x48] = 'w', [0x41] = 'f', [0x28] = 'b', [0x44] = 'l', [0x43] = 'k', [0x33] = 's'};

/* --- Letters that belong to the word --- */

/* Whether the al- before `rest` belongs to the word (almania, albania): after li-, the article
 * loses its alef (lil-maghrib), a letter of the word does not (li-almania). `whole` is al + rest.
 */
static bool article_is_radical(const struct word *word, struct letters whole, struct letters rest)
{
    uint32_t after_li = word_count_behind(word, LITERAL("ل"), whole);
    return after_li >= EVIDENCE_COUNT_MIN &&
           after_li > 2 * word_count_behind(word, LITERAL("لل"), rest);
}

/* The same of a word that is itself seen behind the article (al-almani): it begins with al-. */
static bool al_is_radical(struct word *word, struct letters rest)
{
    uint64_t articled = word_articled_count(word);
    return (articled >= EVIDENCE_COUNT_MIN && 4 * articled >= word_self_count(word)) ||
           article_is_radical(word, word_letters(word), rest);
}

bool proclitic_first_letter_is_radical(struct word *word)
{
    uint64_t articled = (uint64_t)word_articled_count(word) +
                        word_count_behind(word, LITERAL("لل"), word_letters(word));
    return articled >= EVIDENCE_COUNT_MIN && 4 * articled >= word_self_count(word);
}

/* --- Whether a clitic stands before the rest --- */

/* An article behind the clitic: rest is al- or ll- with at least three letters. Evidence may say
 * that it is none (walidatuhu): the word is common and the rest unknown. */
static bool article_behind(struct word *word, char clitic, struct letters rest, uint32_t count)
{
    bool waw_or_feh = clitic == 'w' || clitic == 'f';
    bool article = letters_start_with(rest, "ال") && clitic != 's' && clitic != 'l';
    bool lam = waw_or_feh && letters_start_with(rest, "لل");
    if ((!article && !lam) || rest.size < LETTERS(2 + REMAINDER_LETTERS_MIN)) {
        return false;
    }
    if (word_self_count(word) < SETTLED_COUNT || word_self_count(word) <= 8 * (uint64_t)count) {
        return true;
    }
    struct letters bare = {rest.bytes + LETTERS(2), rest.size - LETTERS(2)};
    return word_self_count(word) <= 8 * ((uint64_t)count + word_count_of(word, bare));
}

/* Whether `rest`, seen `count` times, is itself wa + word (lukas is no li + wa + kas): prepositions
 * do not stand before a conjunction. */
static bool begins_with_conjunction(const struct word *word, struct letters rest, uint32_t count)
{
    struct letters behind = {rest.bytes + LETTERS(1), rest.size - LETTERS(1)};
    return letters_start_with(rest, "و") && word_count_of(word, behind) > count;
}

/* Whether bi-, li- stand before a word that rarely takes the article, a verbal noun or a town
 * (li-muharaba, bi-nabul): it stands behind wa- and the other preposition too. What may be a word
 * with a pronoun is left to that (bitaqatuhu is no bi + taqatuhu). */
static bool stands_behind_others(struct word *word, char clitic, struct letters rest, uint64_t seen)
{
    bool is_long = rest.size >= LETTERS(LONG_LETTERS);
    uint64_t count = word_self_count(word);
    if (rest.size < LETTERS(LONG_LETTERS - 1) || (is_long ? 4 * seen : seen) < count ||
        (word_flags_of(word, rest) & WORD_FUNCTION) != 0 ||
        suffix_is_possible(word_letters(word))) {
        return false;
    }
    struct letters other = clitic == 'b' ? LITERAL("ل") : LITERAL("ب");
    uint64_t others = (uint64_t)word_count_behind(word, LITERAL("و"), rest) +
                      word_count_behind(word, other, rest);
    return others >= EVIDENCE_COUNT_MIN && (is_long || 8 * others >= count);
}

/* Evidence for clitic + rest: the rest is a word of its own, and seen often enough beside the
 * whole: wa- stands before anything (wa-qala is more frequent than qala), fa- and sa- are rare, and
 * b, l, k begin many words. */
static bool rest_is_attested(struct word *word, char clitic, struct letters rest,
                             uint32_t rest_seen)
{
    if (rest.size < LETTERS(REMAINDER_LETTERS_MIN)) {
        return false;
    }
    uint64_t seen = rest_seen;
    uint64_t count = word_self_count(word);
    if (seen <= EVIDENCE_COUNT_MIN) {
        return false;
    }
    switch (clitic) {
    case 'w':
        return 4 * seen >= count;
    case 'f':
        return seen > count;
    case 's': /* before a verb; of the first person (alef) only where it is no short name */
        return seen > count && (letters_start_with(rest, "ي") || letters_start_with(rest, "ت") ||
                                letters_start_with(rest, "ن") ||
                                (letters_start_with(rest, "ا") && rest.size >= LETTERS(4) &&
                                 word_flags_of(word, rest) == 0));
    default:
        break;
    }
    /* A noun that takes the article may stand behind its preposition oftener than alone; ka- stands
     * before nothing else, and begins many foreign names. */
    bool common = seen > 2 * count;
    if (clitic == 'k' ? common : !common) {
        uint64_t articled = word_count_behind(word, LITERAL("ال"), rest);
        bool noun = articled >= NOUN_COUNT_MIN;
        common = clitic == 'k' ? noun
                               : (noun && 2 * (seen + articled) >= count) ||
                                     stands_behind_others(word, clitic, rest, seen);
    }
    return common && !begins_with_conjunction(word, rest, rest_seen);
}

/* Shipped words behind a clitic need no evidence, but must not be far rarer than the whole. */
static bool rest_is_shipped(struct word *word, char clitic, unsigned flags, uint32_t count)
{
    if (flags == 0 || clitic == 's') {
        return false;
    }
    if ((flags & WORD_FUNCTION) != 0) {
        return clitic == 'w' || clitic == 'f';
    }
    return word_self_count(word) < SETTLED_COUNT || word_self_count(word) <= 4 * (uint64_t)count;
}

/* One more clitic below wa- or fa- (wa-bi-misr), where wa + that was never seen alone. */
static bool stacked(struct word *word, char clitic, struct letters rest)
{
    char below = proclitic_of(rest);
    if ((clitic != 'w' && clitic != 'f') || below == 0 || below == 'w' || below == 'f' ||
        rest.size < LETTERS(1 + REMAINDER_LETTERS_MIN)) {
        return false;
    }
    if (word_rest_flags(word) != 0) {
        return false;
    }
    struct letters inner = {rest.bytes + LETTERS(1), rest.size - LETTERS(1)};
    uint32_t count = word_count_of(word, inner);
    return article_behind(word, below, inner, count) ||
           rest_is_shipped(word, below, word_flags_of(word, inner), count) ||
           rest_is_attested(word, below, inner, count);
}

static bool clitic_comes_off(struct word *word, char clitic, struct letters rest)
{
    if (rest.size < LETTERS(2)) {
        return false;
    }
    if (article_behind(word, clitic, rest, word_rest_count(word)) ||
        rest_is_shipped(word, clitic, word_rest_flags(word), word_rest_count(word)) ||
        (clitic != 's' && compound_split(word, rest) != 0)) {
        return !proclitic_first_letter_is_radical(word);
    }
    if (clitic == 'l' && letters_start_with(rest, "ال") && rest.size >= LETTERS(5)) {
        struct letters bare = {rest.bytes + LETTERS(2), rest.size - LETTERS(2)};
        return article_is_radical(word, rest, bare);
    }
    return (rest_is_attested(word, clitic, rest, word_rest_count(word)) ||
            stacked(word, clitic, rest)) &&
           !proclitic_first_letter_is_radical(word);
}

/* --- Steps --- */

static void came_off_front(const struct word *word, size_t cut, enum conflation_rule rule)
{
    word->out->front = (uint8_t)(word->out->front + cut);
    word->out->rules |= (uint8_t)rule;
}

static void cut_front(struct word *word, size_t cut, enum conflation_rule rule)
{
    word_cut(word, cut);
    word_changed(word);
    came_off_front(word, cut, rule);
}

/* Whether `bare`, what stands behind an article, would lose more from its front were it alone: no
 * clitic and no second article stands behind an article, so al- stays (al-wali, where wali alone is
 * wa + ila). */
static bool front_of_bare_comes_off(struct word *bare)
{
    struct letters all = word_letters(bare);
    if (word_self(bare)->flags != 0 || all.size < LETTERS(3)) {
        return false;
    }
    char clitic = proclitic_of(all);
    if (clitic != 0) {
        return clitic_comes_off(bare, clitic, word_from(bare, LETTERS(1)));
    }
    return letters_start_with(all, "ال") && all.size >= LETTERS(2 + REMAINDER_LETTERS_MIN) &&
           !al_is_radical(bare, word_from(bare, LETTERS(2)));
}

/* al- + rest. Without evidence it comes off before three letters. Before two only when other
 * articled spellings of the same rest are there. */
static bool article_step(struct word *word)
{
    if (!letters_start_with(word_letters(word), "ال") || word->size < LETTERS(4)) {
        return false;
    }
    struct letters rest = word_from(word, LETTERS(2));
    bool is_short = rest.size < LETTERS(REMAINDER_LETTERS_MIN);
    if (is_short) {
        bool articled = word_count_behind(word, LITERAL("لل"), rest) > 0 ||
                        word_count_behind(word, LITERAL("بال"), rest) > 0;
        if (!articled || word_count_behind(word, LITERAL("وال"), rest) == 0) {
            return false;
        }
    } else if (al_is_radical(word, rest)) {
        return false;
    }
    const struct word whole = *word;
    uint32_t articled = word_self_count(word); /* al- + rest is the word */
    word_cut(word, LETTERS(2));
    word_changed(word);
    word->articled = articled;
    word->articled_known = true;
    /* Function words take no article: al-fay is alfay, "two thousand". */
    if ((word_self(word)->flags & WORD_FUNCTION) != 0 ||
        (!is_short && front_of_bare_comes_off(word))) {
        *word = whole;
        return false;
    }
    came_off_front(word, LETTERS(2), CONFLATION_ARTICLE);
    return true;
}

/* ll- is li + al: it comes off whole, unless the word itself begins with lam (lil-lugha). */
static bool double_lam_step(struct word *word)
{
    struct letters all = word_letters(word);
    if (!letters_start_with(all, "لل") || all.size < LETTERS(4)) {
        return false;
    }
    struct letters rest = word_from(word, LETTERS(2));
    struct letters with_lam = word_from(word, LETTERS(1));
    uint64_t short_seen =
        (uint64_t)word_count_of(word, rest) + word_count_behind(word, LITERAL("ال"), rest);
    uint64_t long_seen =
        (uint64_t)word_count_of(word, with_lam) + word_count_behind(word, LITERAL("ال"), with_lam);
    bool lam = long_seen > short_seen ||
               (long_seen == short_seen && word_flags_of(word, with_lam) != 0) ||
               rest.size < LETTERS(REMAINDER_LETTERS_MIN);
    if (lam && with_lam.size < LETTERS(REMAINDER_LETTERS_MIN)) {
        return false;
    }
    cut_front(word, lam ? LETTERS(1) : LETTERS(2), CONFLATION_ARTICLE);
    return true;
}

static bool clitic_step(struct word *word)
{
    struct letters all = word_letters(word);
    char clitic = proclitic_of(all);
    struct letters rest = word_from(word, LETTERS(1));
    if (clitic == 0 || all.size < LETTERS(3) || !clitic_comes_off(word, clitic, rest)) {
        return false;
    }
    /* walidatuhu is no wa + al-datuhu, kulfatuhu no ka + lafta + hu; but wal-duhun is what it
     * seems. */
    bool articled = letters_start_with(rest, "ال") && word_rest_count(word) > word_self_count(word);
    if (word_rest_flags(word) == 0 && !articled && suffix_leaves_shipped(word, all)) {
        return false;
    }
    struct seen seen = word->rest;
    cut_front(word, LETTERS(1), CONFLATION_PROCLITIC);
    word->self = seen;
    return true;
}

bool proclitic_cut(struct word *word)
{
    return article_step(word) || double_lam_step(word) || clitic_step(word);
}

bool proclitic_cut_waw(struct word *word)
{
    struct letters all = word_letters(word);
    if (all.size < LETTERS(1 + REMAINDER_LETTERS_MIN) || word_self_count(word) >= SETTLED_COUNT ||
        proclitic_first_letter_is_radical(word) || suffix_leaves_shipped(word, all)) {
        return false;
    }
    if (word_self_count(word) >= RARE_COUNT && word_rest_count(word) == 0) {
        return false;
    }
    cut_front(word, LETTERS(1), CONFLATION_PROCLITIC);
    return true;
}
