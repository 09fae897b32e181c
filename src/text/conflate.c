#include "text/conflate.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/hash.h"
#include "text/words.h"

/* All Arabic letters have two bytes in UTF-8; LETTERS(n) is their size. */
#define LETTERS(n) ((size_t)2 * (n))

enum {
    WORD_BYTES_MAX = LETTERS(24), /* longer words are their own class */
    STEPS_MAX = 12,               /* a word has no more clitics; a guard, not a rule */
    REMAINDER_LETTERS_MIN = 3,
    NOUN_COUNT_MIN = 4, /* seen with the article so often that it is a noun */
    RARE_COUNT = 4,     /* with fewer, that a rest was not seen says nothing */
    ADJECTIVE_RARER_MAX = 16,
    SETTLED_COUNT = 16, /* seen so often that evidence may speak against a cut */
};

/* Letters of a word, or of a changed copy of one: WORD_BYTES_MAX bytes may be read from each letter
 * on, so that copies of one size need no call. */
struct text {
    const char *bytes;
    size_t size;
};

/* What the tables and the evidence say of a text. */
struct seen {
    uint64_t hash;
    const char *target; /* with WORD_JOIN */
    size_t target_size;
    unsigned flags;
    uint32_t count;
    bool counted;
    bool known;
};

/* A word being reduced. What the rules ask more than once is kept until the word changes. */
struct word {
    const struct evidence *evidence;
    const struct exceptions *exceptions; /* NULL: none */
    struct conflation *out;
    char *bytes; /* in a struct room; moves on as letters come off the front */
    size_t size;
    unsigned flags;    /* of the word as it stood last */
    struct seen self;  /* the word as it stands */
    struct seen rest;  /* it without its first letter */
    uint32_t articled; /* the count of al- + word */
    bool articled_known;
};

/* Where a word stands, behind room for an article. What is behind it is of no meaning. */
struct room {
    char front[WORD_BYTES_MAX / 3];
    char bytes[3 * WORD_BYTES_MAX];
};

/* What four letters have that are not Arabic: D8 80 to DB BF. */
static ALWAYS_INLINE uint64_t not_arabic(const char *letters)
{
    return (load_u64(letters) & 0x00FC00FC00FC00FC) ^ 0x00D800D800D800D8;
}

/* Of a word that is no multiple of four letters the last ones overlap. */
bool conflate_takes(const char *fold, size_t size)
{
    if (size > WORD_BYTES_MAX || size == 0 || size % 2 != 0) {
        return false;
    }
    if (size < LETTERS(4)) {
        uint64_t other = 0;
        for (size_t at = 0; at < size; at += LETTERS(1)) {
            other |= (load_u16(fold + at) & 0xFCu) ^ 0xD8u;
        }
        return other == 0;
    }
    uint64_t other = not_arabic(fold) | not_arabic(fold + size - LETTERS(4));
    for (size_t at = LETTERS(4); UNLIKELY(at + LETTERS(4) < size); at += LETTERS(4)) {
        other |= not_arabic(fold + at);
    }
    return other == 0;
}

static ALWAYS_INLINE void room_fill(struct room *room, const char *word, size_t size)
{
    memset(room->front, 0, sizeof room->front);
    if (LIKELY(size >= 8 && size <= 16)) {
        memcpy(room->bytes, word, 8);
        memcpy(room->bytes + size - 8, word + size - 8, 8);
    } else {
        memcpy(room->bytes, word, size);
    }
}

static struct text front_cut(const struct word *word, size_t cut)
{
    return (struct text){word->bytes + cut, word->size - cut};
}

/* The letters first: what they are is guessed well, how long words are is not. */
static ALWAYS_INLINE bool starts_with(struct text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return memcmp(text.bytes, prefix, size) == 0 && text.size >= size;
}

/* What the tables say of a word: the user's exceptions first. */
static ALWAYS_INLINE unsigned find_word(const struct word *word, uint64_t hash, struct text text,
                                        const char **target, size_t *target_size)
{
    if (UNLIKELY(word->exceptions != NULL)) {
        unsigned flags =
            exceptions_find(word->exceptions, text.bytes, text.size, target, target_size);
        if (flags != 0) {
            return flags;
        }
    }
    return LIKELY(!words_may_hold(hash))
               ? 0
               : words_find_hashed(hash, text.bytes, text.size, target, target_size);
}

static unsigned flags_of(const struct word *word, struct text text)
{
    const char *target = NULL;
    size_t target_size = 0;
    return find_word(word, hash64_word(text.bytes, text.size), text, &target, &target_size);
}

static uint32_t count_text(const struct word *word, struct text text)
{
    return evidence_count_hashed(word->evidence, hash64_word(text.bytes, text.size));
}

/* The hash of front + text. */
static ALWAYS_INLINE uint64_t hash_behind(struct text front, struct text text)
{
    char bytes[WORD_BYTES_MAX + 16];
    assert(front.size <= 16 && text.size <= WORD_BYTES_MAX);
    memcpy(bytes, front.bytes, front.size);
    memcpy(bytes + front.size, text.bytes, WORD_BYTES_MAX);
    return hash64_word(bytes, front.size + text.size);
}

/* The count of front + text. */
static ALWAYS_INLINE uint32_t count_behind(const struct word *word, struct text front,
                                           struct text text)
{
    return word->evidence->slot_count == 0 || text.size == 0
               ? 0
               : evidence_count_hashed(word->evidence, hash_behind(front, text));
}

#define TEXT(literal) ((struct text){literal, sizeof(literal) - 1})

static ALWAYS_INLINE struct text whole(const struct word *word)
{
    return (struct text){word->bytes, word->size};
}

/* al- + word as it stands. What was in front of it came off. */
static void find_articled(struct word *word)
{
    memcpy(word->bytes - LETTERS(2), "ال", LETTERS(2));
    word->articled =
        count_text(word, (struct text){word->bytes - LETTERS(2), word->size + LETTERS(2)});
    word->articled_known = true;
}

static ALWAYS_INLINE uint32_t articled_count(struct word *word)
{
    if (!word->articled_known) {
        find_articled(word);
    }
    return word->articled;
}

static void find_count(const struct word *word, struct seen *seen, struct text text)
{
    seen->hash = hash64_word(text.bytes, text.size);
    seen->count = evidence_count_hashed(word->evidence, seen->hash);
    seen->counted = true;
}

static ALWAYS_INLINE uint32_t count(const struct word *word, struct seen *seen, struct text text)
{
    if (!seen->counted) {
        find_count(word, seen, text);
    }
    return seen->count;
}

static ALWAYS_INLINE const struct seen *know(const struct word *word, struct seen *seen,
                                             struct text text)
{
    if (!seen->known) {
        count(word, seen, text);
        seen->target = NULL;
        seen->target_size = 0;
        seen->flags = find_word(word, seen->hash, text, &seen->target, &seen->target_size);
        seen->known = true;
    }
    return seen;
}

static ALWAYS_INLINE uint32_t self_count(struct word *word)
{
    return count(word, &word->self, whole(word));
}

static ALWAYS_INLINE uint32_t rest_count(struct word *word)
{
    return count(word, &word->rest, front_cut(word, LETTERS(1)));
}

static ALWAYS_INLINE unsigned rest_flags(struct word *word)
{
    return know(word, &word->rest, front_cut(word, LETTERS(1)))->flags;
}

static ALWAYS_INLINE void forget(struct seen *seen)
{
    seen->counted = false;
    seen->known = false;
}

static void changed(struct word *word)
{
    word->articled_known = false;
    forget(&word->self);
    forget(&word->rest);
}

/* --- steps: each changes the word and says true, or leaves it and says false ---------------- */

static void cut_front(struct word *word, size_t cut, enum conflation_rule rule)
{
    word->size -= cut;
    word->bytes += cut;
    changed(word);
    word->out->front = (uint8_t)(word->out->front + cut);
    word->out->rules |= (uint8_t)rule;
}

/* Whether the al- before `rest` belongs to the word (almania, albania): after li-, the article
 * loses its alef (lil-maghrib), a letter of the word does not (li-almania). `whole` is al + rest.
 */
static bool article_is_radical(const struct word *word, struct text whole, struct text rest)
{
    uint32_t after_li = count_behind(word, TEXT("ل"), whole);
    return after_li >= EVIDENCE_COUNT_MIN && after_li > 2 * count_behind(word, TEXT("لل"), rest);
}

/* The same of a word that is itself seen behind the article (al-almani): it begins with al-. */
static bool al_is_radical(struct word *word, struct text rest)
{
    uint64_t articled = articled_count(word);
    return (articled >= EVIDENCE_COUNT_MIN && 4 * articled >= self_count(word)) ||
           article_is_radical(word, whole(word), rest);
}

static bool clitic_comes_off(struct word *word, char clitic, struct text rest);
static char clitic_of(struct text text);

/* Whether `bare`, what stands behind an article, would lose more from its front were it alone: no
 * clitic and no second article stands behind an article, so al- stays (al-wali, where wali alone is
 * wa + ila). */
static bool front_of_bare_comes_off(struct word *bare)
{
    struct text all = whole(bare);
    if (know(bare, &bare->self, all)->flags != 0 || all.size < LETTERS(3)) {
        return false;
    }
    char clitic = clitic_of(all);
    if (clitic != 0) {
        return clitic_comes_off(bare, clitic, front_cut(bare, LETTERS(1)));
    }
    return starts_with(all, "ال") && all.size >= LETTERS(2 + REMAINDER_LETTERS_MIN) &&
           !al_is_radical(bare, front_cut(bare, LETTERS(2)));
}

/* al- + rest. Without evidence it comes off before three letters. Before two only when other
 * articled spellings of the same rest are there. */
static bool article_step(struct word *word)
{
    if (!starts_with(whole(word), "ال") || word->size < LETTERS(4)) {
        return false;
    }
    struct text rest = front_cut(word, LETTERS(2));
    struct word bare = *word;
    bare.bytes += LETTERS(2);
    bare.size -= LETTERS(2);
    changed(&bare);
    bare.articled = self_count(word); /* al- + bare is the word */
    bare.articled_known = true;
    if ((know(&bare, &bare.self, rest)->flags & WORD_FUNCTION) != 0) {
        return false; /* they take no article: al-fay is alfay, "two thousand" */
    }
    if (rest.size < LETTERS(REMAINDER_LETTERS_MIN)) {
        bool articled =
            count_behind(word, TEXT("لل"), rest) > 0 || count_behind(word, TEXT("بال"), rest) > 0;
        if (!articled || count_behind(word, TEXT("وال"), rest) == 0) {
            return false;
        }
    } else if (al_is_radical(word, rest) || front_of_bare_comes_off(&bare)) {
        return false;
    }
    cut_front(word, LETTERS(2), CONFLATION_ARTICLE);
    word->self = bare.self;
    word->rest = bare.rest;
    word->articled = bare.articled;
    word->articled_known = true;
    return true;
}

/* ll- is li + al: it comes off whole, unless the word itself begins with lam (lil-lugha). */
static bool double_lam_step(struct word *word)
{
    struct text all = whole(word);
    if (!starts_with(all, "لل") || all.size < LETTERS(4)) {
        return false;
    }
    struct text rest = front_cut(word, LETTERS(2));
    struct text with_lam = front_cut(word, LETTERS(1));
    uint64_t short_seen = (uint64_t)count_text(word, rest) + count_behind(word, TEXT("ال"), rest);
    uint64_t long_seen =
        (uint64_t)count_text(word, with_lam) + count_behind(word, TEXT("ال"), with_lam);
    bool lam = long_seen > short_seen ||
               (long_seen == short_seen && flags_of(word, with_lam) != 0) ||
               rest.size < LETTERS(REMAINDER_LETTERS_MIN);
    if (lam && with_lam.size < LETTERS(REMAINDER_LETTERS_MIN)) {
        return false;
    }
    cut_front(word, lam ? LETTERS(1) : LETTERS(2), CONFLATION_ARTICLE);
    return true;
}

/* The first letter belongs to the word when the word is seen behind the article: al-wazir is, so
 * wazir is no wa + zir. */
static bool first_letter_is_radical(struct word *word)
{
    uint64_t articled =
        (uint64_t)articled_count(word) + count_behind(word, TEXT("لل"), whole(word));
    return articled >= EVIDENCE_COUNT_MIN && 4 * articled >= self_count(word);
}

/* An article behind the clitic: rest is al- or ll- with at least three letters. Evidence may say
 * that it is none (walidatuhu): the word is common and the rest unknown. */
static bool article_behind(struct word *word, char clitic, struct text rest, uint32_t count)
{
    bool waw_or_feh = clitic == 'w' || clitic == 'f';
    bool article = starts_with(rest, "ال") && clitic != 's' && clitic != 'l';
    bool lam = waw_or_feh && starts_with(rest, "لل");
    if ((!article && !lam) || rest.size < LETTERS(2 + REMAINDER_LETTERS_MIN)) {
        return false;
    }
    if (self_count(word) < SETTLED_COUNT || self_count(word) <= 8 * (uint64_t)count) {
        return true;
    }
    struct text bare = {rest.bytes + LETTERS(2), rest.size - LETTERS(2)};
    return self_count(word) <= 8 * ((uint64_t)count + count_text(word, bare));
}

/* Whether `rest`, seen `count` times, is itself wa + word (lukas is no li + wa + kas): prepositions
 * do not stand before a conjunction. */
static bool begins_with_conjunction(const struct word *word, struct text rest, uint32_t count)
{
    struct text behind = {rest.bytes + LETTERS(1), rest.size - LETTERS(1)};
    return starts_with(rest, "و") && count_text(word, behind) > count;
}

/* Evidence for clitic + rest: the rest is a word of its own, and seen often enough beside the
 * whole: wa- stands before anything (wa-qala is more frequent than qala), fa- and sa- are rare, and
 * b, l, k begin many words. */
static bool rest_is_attested(struct word *word, char clitic, struct text rest, uint32_t rest_seen)
{
    if (rest.size < LETTERS(REMAINDER_LETTERS_MIN)) {
        return false;
    }
    uint64_t seen = rest_seen;
    uint64_t count = self_count(word);
    if (seen <= EVIDENCE_COUNT_MIN) {
        return false;
    }
    switch (clitic) {
    case 'w':
        return 4 * seen >= count;
    case 'f':
        return seen > count;
    case 's': /* before a verb; of the first person (alef) only where it is no short name */
        return seen > count &&
               (starts_with(rest, "ي") || starts_with(rest, "ت") || starts_with(rest, "ن") ||
                (starts_with(rest, "ا") && rest.size >= LETTERS(4) && flags_of(word, rest) == 0));
    default:
        break;
    }
    /* A noun that takes the article may stand behind its preposition oftener than alone; ka- stands
     * before nothing else, and begins many foreign names. */
    bool common = seen > 2 * count;
    if (clitic == 'k' ? common : !common) {
        uint64_t articled = count_behind(word, TEXT("ال"), rest);
        bool noun = articled >= NOUN_COUNT_MIN;
        common = clitic == 'k' ? noun : noun && 2 * (seen + articled) >= count;
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
    return self_count(word) < SETTLED_COUNT || self_count(word) <= 4 * (uint64_t)count;
}

/* abd al-X and abu X written as one word. */
static size_t compound_split(const struct word *word, struct text text)
{
    if (starts_with(text, "عبدال") && text.size >= LETTERS(7)) {
        return LETTERS(3);
    }
    if (starts_with(text, "ابو") && text.size >= LETTERS(6)) {
        struct text rest = {text.bytes + LETTERS(3), text.size - LETTERS(3)};
        bool articled = starts_with(rest, "ال") && rest.size >= LETTERS(5);
        if (articled || (flags_of(word, rest) & (WORD_PLACE | WORD_NAME)) != 0) {
            return LETTERS(3);
        }
    }
    return 0;
}

/* One more clitic below wa- or fa- (wa-bi-misr), where wa + that was never seen alone. */
static bool stacked(struct word *word, char clitic, struct text rest);

static bool clitic_comes_off(struct word *word, char clitic, struct text rest)
{
    if (rest.size < LETTERS(2)) {
        return false;
    }
    if (article_behind(word, clitic, rest, rest_count(word)) ||
        rest_is_shipped(word, clitic, rest_flags(word), rest_count(word)) ||
        (clitic != 's' && compound_split(word, rest) != 0)) {
        return !first_letter_is_radical(word);
    }
    if (clitic == 'l' && starts_with(rest, "ال") && rest.size >= LETTERS(5)) {
        struct text bare = {rest.bytes + LETTERS(2), rest.size - LETTERS(2)};
        return article_is_radical(word, rest, bare);
    }
    return (rest_is_attested(word, clitic, rest, rest_count(word)) ||
            stacked(word, clitic, rest)) &&
           !first_letter_is_radical(word);
}

/* The low byte of the code point of the letter at `at`: U+0600 to U+06FF. */
static ALWAYS_INLINE unsigned letter_at(const char *at)
{
    return ((unsigned)at[0] & 3) << 6 | ((unsigned)at[1] & 0x3F);
}

/* 0: the first letter is no clitic. */
static char clitic_of(struct text text)
{
    static const char clitics[256] = {
        [0x48] = 'w', [0x41] = 'f', [0x28] = 'b', [0x44] = 'l', [0x43] = 'k', [0x33] = 's'};
    if (text.size == 0) {
        return 0;
    }
    return clitics[letter_at(text.bytes)];
}

static bool stacked(struct word *word, char clitic, struct text rest)
{
    char below = clitic_of(rest);
    if ((clitic != 'w' && clitic != 'f') || below == 0 || below == 'w' || below == 'f' ||
        rest.size < LETTERS(1 + REMAINDER_LETTERS_MIN)) {
        return false;
    }
    if (rest_flags(word) != 0) {
        return false;
    }
    struct text inner = {rest.bytes + LETTERS(1), rest.size - LETTERS(1)};
    uint32_t count = count_text(word, inner);
    return article_behind(word, below, inner, count) ||
           rest_is_shipped(word, below, flags_of(word, inner), count) ||
           rest_is_attested(word, below, inner, count);
}

/* An ending: what it may become, and how rare the remainder may be beside the word. Adjectives and
 * agents are seen in the feminine and the plural oftener than alone; a dual is always rarer. */
enum ending_kind { ENDING_PRONOUN, ENDING_PLURAL, ENDING_DUAL, ENDING_FEMININE, ENDING_ADVERB };

enum { BECOMES_MAX = LETTERS(2) };

struct ending {
    char ending[11];
    char becomes[BECOMES_MAX + 1];
    uint8_t cut;         /* bytes of `ending` */
    uint8_t added;       /* bytes of `becomes` */
    uint8_t letters_min; /* of the remainder */
    uint8_t rarer_max;   /* the remainder may be so many times rarer than the word */
    uint8_t kind;
};

#define ENDING(ending, becomes, letters_min, rarer_max, kind)                                      \
    {                                                                                              \
        ending, becomes, sizeof(ending) - 1, sizeof(becomes) - 1, letters_min, rarer_max,          \
            ENDING_##kind                                                                          \
    }

/* By their last two letters, so that most words are told from all of them by one look; those of one
 * letter stand in each list of that letter. Of one list, longest first. In the fold, heh is teh
 * marbuta too, and hamza before a pronoun sits on yeh or waw (abna'ihim). */
static const struct ending endings[] = {
    /* 0: meem, alef */
    ENDING("ايهما", "اء", 4, 8, PRONOUN),
    ENDING("اوهما", "اء", 4, 8, PRONOUN),
    ENDING("تهما", "ه", 3, 2, PRONOUN),
    ENDING("هما", "", 3, 2, PRONOUN),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 5: heh, alef */
    ENDING("ايها", "اء", 4, 8, PRONOUN),
    ENDING("اوها", "اء", 4, 8, PRONOUN),
    ENDING("تها", "ه", 3, 2, PRONOUN),
    ENDING("ها", "", 3, 4, PRONOUN),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 10: noon, alef */
    ENDING("اينا", "اء", 4, 8, PRONOUN),
    ENDING("اونا", "اء", 4, 8, PRONOUN),
    ENDING("تنا", "ه", 3, 2, PRONOUN),
    ENDING("نا", "", 4, 1, PRONOUN),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 15: yeh, alef */
    ENDING("يا", "ي", 4, 2, ADVERB),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 17: any other, alef */
    ENDING("ا", "", 3, 1, ADVERB),
    /* 18: heh, meem */
    ENDING("ايهم", "اء", 4, 8, PRONOUN),
    ENDING("اوهم", "اء", 4, 8, PRONOUN),
    ENDING("تهم", "ه", 3, 2, PRONOUN),
    ENDING("هم", "", 3, 4, PRONOUN),
    /* 22: kaf, meem */
    ENDING("تكم", "ه", 3, 2, PRONOUN),
    ENDING("كم", "", 4, 1, PRONOUN),
    /* 24: yeh, heh */
    ENDING("ايه", "اء", 4, 4, PRONOUN),
    ENDING("يه", "ي", 4, 20, FEMININE),
    ENDING("ه", "", 3, 3, FEMININE),
    /* 27: waw, heh */
    ENDING("اوه", "اء", 4, 4, PRONOUN),
    ENDING("ه", "", 3, 3, FEMININE),
    /* 29: teh, heh */
    ENDING("ته", "ه", 3, 2, PRONOUN),
    ENDING("ه", "", 3, 3, FEMININE),
    /* 31: any other, heh */
    ENDING("ه", "", 3, 3, FEMININE),
    /* 32: yeh, noon */
    ENDING("تين", "ه", 3, 1, DUAL),
    ENDING("يين", "ي", 4, 20, PLURAL),
    ENDING("ين", "", 3, 16, PLURAL),
    /* 35: alef, noon */
    ENDING("تان", "ه", 3, 1, DUAL),
    ENDING("ان", "", 3, 1, DUAL),
    /* 37: heh, noon */
    ENDING("هن", "", 3, 1, PRONOUN),
    /* 38: waw, noon */
    ENDING("يون", "ي", 4, 20, PLURAL),
    ENDING("ون", "", 3, 16, PLURAL),
    /* 40: alef, teh */
    ENDING("يات", "يه", 4, 20, PLURAL),
    ENDING("ات", "ه", 3, 16, PLURAL),
    ENDING("ات", "", 3, 16, PLURAL),
};
enum { ENDING_COUNT = sizeof endings / sizeof endings[0] };

struct ending_range {
    uint8_t first;
    uint8_t end;
};

/* Letters that endings end in. */
enum {
    LETTER_OTHER,
    LETTER_ALEF,
    LETTER_TEH,
    LETTER_KAF,
    LETTER_MEEM,
    LETTER_NOON,
    LETTER_HEH,
    LETTER_WAW,
    LETTER_YEH,
    LETTER_KINDS
};

/* The endings with the text's last two letters. */
static ALWAYS_INLINE struct ending_range endings_of(struct text text)
{
    static const uint8_t kinds[256] = {
        [0x27] = LETTER_ALEF, [0x2A] = LETTER_TEH, [0x43] = LETTER_KAF, [0x45] = LETTER_MEEM,
        [0x46] = LETTER_NOON, [0x47] = LETTER_HEH, [0x48] = LETTER_WAW, [0x4A] = LETTER_YEH};
#define ENDS(last, before, first, end) [LETTER_##last][LETTER_##before] = { first, end }
    static const struct ending_range ranges[LETTER_KINDS][LETTER_KINDS] = {
        ENDS(ALEF, MEEM, 0, 5),   ENDS(ALEF, HEH, 5, 10),    ENDS(ALEF, NOON, 10, 15),
        ENDS(ALEF, YEH, 15, 17),  ENDS(ALEF, OTHER, 17, 18), ENDS(MEEM, HEH, 18, 22),
        ENDS(MEEM, KAF, 22, 24),  ENDS(HEH, YEH, 24, 27),    ENDS(HEH, WAW, 27, 29),
        ENDS(HEH, TEH, 29, 31),   ENDS(HEH, OTHER, 31, 32),  ENDS(NOON, YEH, 32, 35),
        ENDS(NOON, ALEF, 35, 37), ENDS(NOON, HEH, 37, 38),   ENDS(NOON, WAW, 38, 40),
        ENDS(TEH, ALEF, 40, 43),
    };
#undef ENDS
    static_assert(ENDING_COUNT == 43, "the ranges are those of this list");
    const char *end = text.bytes + text.size;
    const struct ending_range *of_last = ranges[kinds[letter_at(end - LETTERS(1))]];
    struct ending_range range = of_last[kinds[letter_at(end - LETTERS(2))]];
    return range.end != 0 ? range : of_last[LETTER_OTHER];
}

static ALWAYS_INLINE bool has_suffix(struct text text, struct text suffix)
{
    return text.size >= suffix.size &&
           memcmp(text.bytes + text.size - suffix.size, suffix.bytes, suffix.size) == 0;
}

/* Eight bytes at once: of an ending's ten, the last two stand behind them. */
static ALWAYS_INLINE bool has_ending(struct text text, const struct ending *ending)
{
    if (text.size <= ending->cut) {
        return false;
    }
    const char *at = text.bytes + text.size - ending->cut;
    uint64_t kept = ending->cut >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * ending->cut) - 1;
    return ((load_u64(at) ^ load_u64(ending->ending)) & kept) == 0 &&
           (ending->cut <= 8 || memcmp(at + 8, ending->ending + 8, LETTERS(1)) == 0);
}

/* Whether an ending leaves a shipped word, whose first letter then is no clitic (kulfatuhu). */
static bool ending_leaves_shipped(const struct word *word, struct text all)
{
    char bytes[WORD_BYTES_MAX + BECOMES_MAX];
    memcpy(bytes, all.bytes, WORD_BYTES_MAX);
    struct ending_range range = endings_of(all);
    for (size_t i = range.first; i < range.end; i++) {
        const struct ending *ending = &endings[i];
        if (!has_ending(all, ending)) {
            continue;
        }
        size_t kept = all.size - ending->cut;
        memcpy(bytes + kept, ending->becomes, BECOMES_MAX);
        if ((flags_of(word, (struct text){bytes, kept + ending->added}) &
             (WORD_COMMON | WORD_NAME | WORD_PLACE)) != 0) {
            return true;
        }
        memcpy(bytes + kept, all.bytes + kept, BECOMES_MAX);
    }
    return false;
}

static bool proclitic_step(struct word *word)
{
    struct text all = whole(word);
    char clitic = clitic_of(all);
    struct text rest = front_cut(word, LETTERS(1));
    if (clitic == 0 || all.size < LETTERS(3) || !clitic_comes_off(word, clitic, rest)) {
        return false;
    }
    /* walidatuhu is no wa + al-datuhu, kulfatuhu no ka + lafta + hu; but wal-duhun is what it
     * seems. */
    bool articled = starts_with(rest, "ال") && rest_count(word) > self_count(word);
    if (rest_flags(word) == 0 && !articled && ending_leaves_shipped(word, all)) {
        return false;
    }
    struct seen seen = word->rest;
    cut_front(word, LETTERS(1), CONFLATION_PROCLITIC);
    word->self = seen;
    return true;
}

/* Whether the word is a function word, with a conjunction before it perhaps. Such a word takes a
 * pronoun, never a plural (`ulyan` is no plural of `ala`). */
static bool is_function(const struct word *word, struct text text)
{
    if ((flags_of(word, text) & WORD_FUNCTION) != 0) {
        return true;
    }
    struct text rest = {text.bytes + LETTERS(1), text.size - LETTERS(1)};
    return (starts_with(text, "و") || starts_with(text, "ف")) &&
           (flags_of(word, rest) & WORD_FUNCTION) != 0;
}

/* Shapes in which an ending is none, or is one more surely than its counts say. `stem` is what is
 * left. Returns how many times rarer the stem may be; 0: leave the word alone. */
static unsigned rarer_max(const struct word *word, const struct ending *ending, struct text all,
                          struct text stem)
{
    size_t letters = stem.size / LETTERS(1);
    struct text second = {stem.bytes + LETTERS(1), stem.size - LETTERS(1)};
    switch ((enum ending_kind)ending->kind) {
    case ENDING_PRONOUN:
        return ending->rarer_max;
    case ENDING_PLURAL: /* taf`il of a root that ends in nun: tadkhin, tamrin */
        if (letters == 3 && starts_with(all, "ت") && has_suffix(all, TEXT("ين"))) {
            return 0;
        }
        break;
    case ENDING_DUAL:
        break;
    case ENDING_FEMININE: /* participles mXXX, fa`il, fa`iil: adjectives */
        if (ending->added == 0 && letters >= 4) {
            struct text third = {second.bytes + LETTERS(1), second.size - LETTERS(1)};
            bool agent = letters == 4 && starts_with(second, "ا");
            bool quality = letters == 4 && starts_with(third, "ي");
            if (letters == 5 && starts_with(stem, "م") && starts_with(third, "ا")) {
                return 0; /* mufa`ala, a verbal noun: muhakama is no feminine of mahakim */
            }
            if (starts_with(stem, "م") || agent || quality) {
                return ADJECTIVE_RARER_MAX;
            }
        }
        break;
    case ENDING_ADVERB: /* the alef of -ha is no ending */
        if (has_suffix(all, TEXT("ها"))) {
            return 0;
        }
        break;
    }
    return ending->added == 0 && is_function(word, stem) ? 0 : ending->rarer_max;
}

/* The remainder's count against the word's, both with and without the article: tujjar is no
 * remainder of tijara, which is mostly seen as al-tijara. No pronoun stands behind a word with the
 * article (al-dirham). */
static bool ending_comes_off(struct word *word, const struct ending *ending, uint64_t count)
{
    struct text all = whole(word);
    if (!has_ending(all, ending)) {
        return false;
    }
    struct text stem = {all.bytes, all.size - ending->cut};
    struct text article = TEXT("ال");
    size_t size = stem.size + ending->added;
    unsigned rarer = size < LETTERS(ending->letters_min) ? 0 : rarer_max(word, ending, all, stem);
    if (rarer == 0 ||
        (ending->kind == ENDING_PRONOUN && 8 * (uint64_t)articled_count(word) > self_count(word))) {
        return false;
    }
    char bytes[WORD_BYTES_MAX + BECOMES_MAX + LETTERS(2)];
    memcpy(bytes, article.bytes, LETTERS(2));
    memcpy(bytes + LETTERS(2), stem.bytes, WORD_BYTES_MAX);
    memcpy(bytes + LETTERS(2) + stem.size, ending->becomes, BECOMES_MAX);
    uint64_t bare = hash64_word(bytes + LETTERS(2), size);
    uint64_t articled = hash64_word(bytes, LETTERS(2) + size);
    uint64_t seen = (uint64_t)evidence_count_hashed(word->evidence, bare) +
                    evidence_count_hashed(word->evidence, articled);
    return seen > EVIDENCE_COUNT_MIN && seen * rarer >= count;
}

static void replace_end(struct word *word, const struct ending *ending)
{
    changed(word);
    word->size -= ending->cut;
    memcpy(word->bytes + word->size, ending->becomes, BECOMES_MAX);
    word->size += ending->added;
    word->out->back = (uint8_t)(word->out->back + ending->cut - ending->added);
    word->out->rules |= (uint8_t)CONFLATION_SUFFIX;
}

static bool suffix_step(struct word *word)
{
    struct ending_range range = endings_of(whole(word));
    if (word->evidence->slot_count == 0 || range.first == range.end) {
        return false;
    }
    uint64_t count = (uint64_t)self_count(word) + articled_count(word);
    for (size_t i = range.first; i < range.end; i++) {
        if (ending_comes_off(word, &endings[i], count)) {
            replace_end(word, &endings[i]);
            return true;
        }
    }
    return false;
}

/* wa- before at least three letters when nothing else is known: words that begin with waw are few,
 * the common ones are shipped, and evidence keeps those that are often seen. */
static bool waw_step(struct word *word)
{
    struct text all = whole(word);
    if (!starts_with(all, "و") || all.size < LETTERS(1 + REMAINDER_LETTERS_MIN) ||
        self_count(word) >= SETTLED_COUNT || first_letter_is_radical(word) ||
        ending_leaves_shipped(word, all)) {
        return false;
    }
    if (self_count(word) >= RARE_COUNT && rest_count(word) == 0) {
        return false;
    }
    cut_front(word, LETTERS(1), CONFLATION_PROCLITIC);
    return true;
}

/* Whether a yeh stands before a waw behind the first letter, four letters at a time; perhaps it
 * stands only in what is behind the word. */
static bool may_have_yeh_waw(struct text text)
{
    const uint64_t each = 0x0001000100010001;
    uint64_t found = 0;
    for (size_t at = LETTERS(1); at < text.size; at += LETTERS(4)) {
        uint64_t both = (load_u64(text.bytes + at) ^ each * 0x8AD9) |
                        (load_u64(text.bytes + at + LETTERS(1)) ^ each * 0x88D9);
        found |= (both - each) & ~both & each << 15;
    }
    return found != 0;
}

/* mas'ul and shu'un are printed with hamza on waw or on yeh, which the fold turns into waw waw and
 * yeh waw: the first is the class where both are seen. */
static bool spelling_step(struct word *word)
{
    if (LIKELY(!may_have_yeh_waw(whole(word)))) {
        return false;
    }
    for (size_t at = LETTERS(1); at + LETTERS(2) < word->size; at += LETTERS(1)) {
        if (memcmp(word->bytes + at, "يو", LETTERS(2)) != 0) {
            continue;
        }
        struct text all = whole(word);
        memcpy(word->bytes + at, "و", LETTERS(1));
        if (count_text(word, all) > 0) {
            changed(word);
            word->out->rules |= CONFLATION_SPELLING;
            return true;
        }
        memcpy(word->bytes + at, "ي", LETTERS(1));
    }
    return false;
}

/* Takes the word that the tables name in its place; false when it is of another script, which a
 * user may name. */
static bool join(struct word *word, struct room *room, const struct seen *seen)
{
    word->out->rules |= CONFLATION_JOIN;
    word->bytes = room->bytes;
    word->size = seen->target_size;
    assert(seen->target_size <= sizeof room->bytes);
    memcpy(room->bytes, seen->target, seen->target_size);
    changed(word);
    return conflate_takes(word->bytes, word->size);
}

static bool step(struct word *word, struct room *room)
{
    struct text all = whole(word);
    const struct seen *self = know(word, &word->self, all);
    word->flags = self->flags;
    if (self->target != NULL) {
        return join(word, room, self);
    }
    if (word->flags != 0) {
        word->out->rules |= CONFLATION_SHIPPED;
        return false;
    }
    word->out->split = compound_split(word, all);
    if (word->out->split != 0) {
        word->out->rules |= CONFLATION_COMPOUND;
        return false;
    }
    return article_step(word) || double_lam_step(word) || proclitic_step(word) ||
           suffix_step(word) || spelling_step(word) || waw_step(word);
}

bool conflate_ending(size_t index, const char **ending, size_t *size)
{
    if (index >= ENDING_COUNT) {
        return false;
    }
    *ending = endings[index].ending;
    *size = endings[index].cut;
    return true;
}

/* Begins to reduce the word in the room. */
static void begin(struct word *word, struct room *room, const struct conflater *conflater,
                  size_t size, struct conflation *out)
{
    out->size = size;
    out->split = 0;
    out->rules = CONFLATION_NONE;
    out->front = 0;
    out->back = 0;
    word->evidence = conflater->evidence;
    word->exceptions = conflater->exceptions;
    word->out = out;
    word->bytes = room->bytes;
    word->size = size;
    word->flags = 0;
    changed(word);
}

void conflate(const struct conflater *conflater, const char *fold, size_t size,
              struct conflation *out)
{
    assert(size <= CONFLATE_BYTES_MAX);
    if (!conflate_takes(fold, size)) {
        *out = (struct conflation){.size = size, .key = out->key};
        memcpy(out->key, fold, size);
        return;
    }
    struct room room;
    struct word word;
    room_fill(&room, fold, size);
    begin(&word, &room, conflater, size, out);
    for (unsigned steps = 0; steps < STEPS_MAX && step(&word, &room); steps++) {
    }
    out->size = word.size;
    if (LIKELY(word.size <= WORD_BYTES_MAX)) {
        memcpy(out->key, word.bytes, WORD_BYTES_MAX);
    } else { /* what a user named */
        memcpy(out->key, word.bytes, word.size);
    }
}

/* Of a word that no step changed. */
static enum conflation_stay stay_of(struct word *word)
{
    struct text all = whole(word);
    if (word->flags != 0) {
        return CONFLATION_STAYS_SHIPPED;
    }
    if (word->out->split != 0) {
        return CONFLATION_STAYS_COMPOUND;
    }
    if (starts_with(all, "ال")) {
        return CONFLATION_STAYS_ARTICLE;
    }
    if (clitic_of(all) == 0 || all.size < LETTERS(3)) {
        return CONFLATION_STAYS_PLAIN;
    }
    if (first_letter_is_radical(word)) {
        return CONFLATION_STAYS_RADICAL;
    }
    return rest_count(word) <= EVIDENCE_COUNT_MIN ? CONFLATION_STAYS_UNKNOWN
                                                  : CONFLATION_STAYS_RARE;
}

void conflate_explain(const struct conflater *conflater, const char *fold, size_t size,
                      conflation_visit visit, void *context)
{
    struct conflation out;
    struct room room;
    struct word word;
    bool changes = conflate_takes(fold, size);
    if (!changes) {
        return;
    }
    room_fill(&room, fold, size);
    begin(&word, &room, conflater, size, &out);
    for (unsigned steps = 0; changes && steps <= STEPS_MAX; steps++) {
        char from[sizeof room.bytes];
        size_t from_size = word.size;
        memcpy(from, word.bytes, from_size);
        struct conflation_step shown = {.from = from,
                                        .from_size = from_size,
                                        .from_seen = count_text(&word, whole(&word)),
                                        .articled_seen = articled_count(&word)};
        out.rules = CONFLATION_NONE;
        changes = steps < STEPS_MAX && step(&word, &room);
        shown.rules = out.rules;
        if (changes) {
            shown.to_seen = count_text(&word, whole(&word));
        } else {
            shown.stay = stay_of(&word);
            shown.to_seen = word.size > LETTERS(1) ? rest_count(&word) : 0;
        }
        shown.to = word.bytes;
        shown.to_size = word.size;
        visit(context, &shown);
    }
}
