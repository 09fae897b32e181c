#include "entity/form.h"

#include <stdbool.h>
#include <string.h>

#include "entity/name.h"
#include "entity/spelling.h"
#include "entity/tagger.h"
#include "entity/vocabulary.h"
#include "text/fold.h"

/* Describes one form: looks it up as written, then without its article, then without the clitics
 * in front, shortest cut first. The first one that tells something wins: a listed word is never
 * cut (والد, بلال, فرح). */

enum { LETTER = 2, CANDIDATE_BYTES_MAX = 250 };

#define PERSON_FLAGS (WORD_FIRST | WORD_MIXED | WORD_LAST)
/* What a word keeps when only its article-less form is listed. */
#define BARE_FLAGS (PERSON_FLAGS | WORD_COMMON | WORD_RARE)

struct candidate {
    const char *text;
    size_t size;
    bool article; /* ال goes in front of the text */
    uint16_t shape;
    uint8_t cut;
};

static bool begins(const char *text, size_t size, const char *with)
{
    size_t with_size = strlen(with);
    return size >= with_size && memcmp(text, with, with_size) == 0;
}

/* Whether the fold says علي but print says على. */
static bool is_preposition_ala(const char *word, size_t size)
{
    static const char alef_maksura[] = "ى";
    size_t end = sizeof alef_maksura - 1;
    return size >= end && memcmp(word + size - end, alef_maksura, end) == 0;
}

static bool take(struct entity_form *out, const struct candidate *candidate,
                 const struct word *word, uint32_t flags)
{
    bool whole = flags == word->flags && word->begins_phrase;
    uint16_t root = whole ? phrase_child(PHRASE_ROOT, word->id) : 0;
    if (flags == 0 && root == 0) {
        return false;
    }
    out->flags = flags;
    out->root = root;
    out->value = word->value;
    out->shape = candidate->shape;
    out->cut = candidate->cut;
    return true;
}

/* Whether ال is the article of a nationality, and not its first letters: الألماني, not ألماني. */
static bool is_defined(const struct candidate *candidate)
{
    struct word bare;
    return vocabulary_find(candidate->text + LETTERS(2), candidate->size - LETTERS(2), &bare) &&
           (bare.flags & WORD_NISBA) != 0;
}

/* Looks a candidate up, and without its article when it has one. */
static bool try_candidate(struct entity_form *out, struct candidate candidate)
{
    char joined[CANDIDATE_BYTES_MAX];
    static const char article[] = "ال";
    if (candidate.article) {
        if (candidate.size + sizeof article > sizeof joined) {
            return false;
        }
        memcpy(joined, article, sizeof article - 1);
        memcpy(joined + sizeof article - 1, candidate.text, candidate.size);
        candidate.text = joined;
        candidate.size += sizeof article - 1;
    }
    struct word word;
    bool with_article =
        candidate.size >= LETTERS(4) && begins(candidate.text, candidate.size, article);
    if (with_article) {
        candidate.shape |= SHAPE_ARTICLE;
    }
    if (vocabulary_find(candidate.text, candidate.size, &word)) {
        if (candidate.cut == 0) {
            out->word = word.id;
        }
        if (with_article && (word.flags & WORD_NISBA) != 0 && !is_defined(&candidate)) {
            candidate.shape &= (uint16_t) ~(unsigned)SHAPE_ARTICLE;
        }
        if (take(out, &candidate, &word, word.flags)) {
            return true;
        }
    }
    if (with_article &&
        vocabulary_find(candidate.text + LETTERS(2), candidate.size - LETTERS(2), &word)) {
        uint32_t flags = word.flags & BARE_FLAGS;
        if ((flags & PERSON_FLAGS) != 0) {
            flags = WORD_LAST;
        }
        return flags != 0 && take(out, &candidate, &word, flags);
    }
    return false;
}

/* Without ب, ك, ل; لل may be ل and ال, or ل and a word with ل. `before`: what was cut before. */
static bool try_without_preposition(struct entity_form *out, const char *text, size_t size,
                                    uint16_t shape, size_t before)
{
    bool preposition =
        begins(text, size, "ب") || begins(text, size, "ك") || begins(text, size, "ل");
    if (!preposition || size < LETTERS(4)) {
        return false;
    }
    struct candidate candidate = {
        .text = text + LETTER,
        .size = size - LETTER,
        .shape = (uint16_t)(shape | SHAPE_CUT_TO),
        .cut = (uint8_t)(before + LETTER),
    };
    if (begins(text, size, "لل")) {
        struct candidate defined = candidate;
        defined.text += LETTER;
        defined.size -= LETTER;
        defined.article = true;
        defined.shape |= SHAPE_LL;
        return try_candidate(out, defined) || try_candidate(out, candidate);
    }
    return try_candidate(out, candidate);
}

static void find_word(struct entity_form *out, const char *fold, size_t size)
{
    struct candidate whole = {.text = fold, .size = size};
    if (try_candidate(out, whole)) {
        return;
    }
    bool conjunction = (begins(fold, size, "و") || begins(fold, size, "ف")) && size >= LETTERS(3);
    struct candidate rest = {
        .text = fold + LETTER, .size = size - LETTER, .shape = SHAPE_CUT_AND, .cut = LETTER};
    if (conjunction && try_candidate(out, rest)) {
        return;
    }
    if (try_without_preposition(out, fold, size, 0, 0)) {
        return;
    }
    if (conjunction && try_without_preposition(out, rest.text, rest.size, SHAPE_CUT_AND, LETTER)) {
        return;
    }
    out->shape = size >= LETTERS(2) ? SHAPE_UNKNOWN : 0;
    if (size >= LETTERS(4) && begins(fold, size, "ال")) {
        out->shape |= SHAPE_ARTICLE;
    }
}

/* Whether an unknown word is a plain word with an ending: تصريحاتها is, سولانا is not. */
static bool has_suffix(const char *fold, size_t size)
{
    static const struct {
        char text[7];
        uint8_t size;
    } endings[] = {{"هما", 6}, {"ها", 4}, {"هم", 4}, {"هن", 4},  {"نا", 4},
                   {"كم", 4},  {"ات", 4}, {"وا", 4}, {"تين", 6}, {"يه", 4},
                   {"ته", 4},  {"ون", 4}, {"ين", 4}, {"ه", 2},   {"ا", 2}};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = endings[i].size;
        if (size < ending + LETTERS(3) ||
            memcmp(fold + size - LETTER, endings[i].text + ending - LETTER, LETTER) != 0 ||
            memcmp(fold + size - ending, endings[i].text, ending) != 0) {
            continue;
        }
        struct entity_form stem = {.word = WORD_NONE};
        find_word(&stem, fold, size - ending);
        if ((stem.flags & WORD_COMMON) != 0) {
            return true;
        }
    }
    return false;
}

static uint32_t stem_hash(const char *text, size_t size)
{
    size = name_bare(&text, size);
    return spelling_hash(text, size);
}

static uint32_t stem_without_preposition(const char *text, size_t size, uint32_t stem)
{
    if (begins(text, size, "لل")) {
        return stem_hash(text + LETTERS(2), size - LETTERS(2));
    }
    bool preposition =
        begins(text, size, "ب") || begins(text, size, "ك") || begins(text, size, "ل");
    return preposition && size > LETTERS(2) ? stem_hash(text + LETTER, size - LETTER) : stem;
}

static void find_stems(struct entity_form *out, const char *fold, size_t size)
{
    bool conjunction = (begins(fold, size, "و") || begins(fold, size, "ف")) && size > LETTERS(2);
    const char *rest = conjunction ? fold + LETTER : fold;
    size_t rest_size = conjunction ? size - LETTER : size;
    out->stems[0] = stem_hash(fold, size);
    out->stems[1] = conjunction ? stem_hash(rest, rest_size) : out->stems[0];
    out->stems[2] = stem_without_preposition(rest, rest_size, out->stems[1]);
}

/* The value of plain digits, NUMBER_NONE for anything else. */
static uint16_t number_value(const char *text, size_t size)
{
    uint32_t value = 0;
    if (size == 0 || size > 4) {
        return NUMBER_NONE;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return NUMBER_NONE;
        }
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    return (uint16_t)value;
}

/* و27, ال93, ب24: a number behind clitics. */
static bool describe_number(struct entity_form *out, const char *fold, size_t size)
{
    static const char *const fronts[] = {"و", "ب", "ل", "ال", "وال"};
    if (size < 1 || fold[size - 1] < '0' || fold[size - 1] > '9') {
        return false;
    }
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        size_t front = strlen(fronts[i]);
        if (begins(fold, size, fronts[i])) {
            uint16_t value = number_value(fold + front, size - front);
            if (value != NUMBER_NONE) {
                out->number = value;
                out->cut = (uint8_t)front;
                out->shape = i == 0 ? SHAPE_CUT_AND : SHAPE_CUT_TO;
                out->start = START_DATE;
                return true;
            }
        }
    }
    return false;
}

static uint16_t latin_shape(const char *word, size_t size)
{
    unsigned char first = (unsigned char)word[0];
    unsigned char second = size > 1 ? (unsigned char)word[1] : 0;
    if ((first >= 'A' && first <= 'Z') || (first == 0xc3 && second >= 0x80 && second <= 0x9e)) {
        return SHAPE_LATIN;
    }
    return first >= 'a' && first <= 'z' ? SHAPE_LATIN_LOW : 0;
}

static uint8_t start_of(const struct entity_form *form)
{
    uint32_t flags = form->flags;
    uint8_t start = 0;
    if (form->root != 0) {
        start |= START_KNOWN;
    }
    if ((flags & (PERSON_FLAGS | WORD_ABD)) != 0 ||
        ((flags & WORD_PARTICLE) != 0 && form->value == 1)) {
        start |= START_PERSON;
    }
    if ((flags & (WORD_TITLE | WORD_ROLE)) != 0) {
        start |= START_TITLE;
    }
    if ((flags & (WORD_ORG | WORD_ORGNAME | WORD_ORGNISBA)) != 0) {
        start |= START_ORG;
    }
    if ((flags & WORD_PLACETRIGGER) != 0) {
        start |= START_PLACE;
    }
    if ((flags & (WORD_MONTH | WORD_WORDMONTH | WORD_WEEKDAY | WORD_TISHRIN | WORD_KANUN)) != 0) {
        start |= START_DATE;
    }
    return start;
}

/* `word` is what `fold` was made of, as printed or as its form. */
static void describe(const char *word, size_t word_size, const char *fold, size_t size,
                     struct entity_form *out)
{
    if (size == 0 || size > CANDIDATE_BYTES_MAX ||
        (out->kind != TOKEN_WORD && out->kind != TOKEN_NUMBER)) {
        return;
    }
    if (out->kind == TOKEN_NUMBER) {
        struct word listed;
        out->number = number_value(fold, size);
        out->start = START_DATE;
        out->word = vocabulary_find(fold, size, &listed) ? listed.id : WORD_NONE;
        return;
    }
    if ((unsigned char)fold[0] < 0xd8 || (unsigned char)fold[0] > 0xdb) {
        out->shape = latin_shape(word, word_size);
        return;
    }
    if (describe_number(out, fold, size)) {
        return;
    }
    find_word(out, fold, size);
    if ((out->flags & WORD_MIXED) != 0 && size - out->cut == LETTERS(3) &&
        begins(fold + out->cut, size - out->cut, "علي") && is_preposition_ala(word, word_size)) {
        out->flags = WORD_COMMON;
    }
    if ((out->shape & SHAPE_UNKNOWN) != 0) {
        out->shape |= has_suffix(fold, size) ? SHAPE_SUFFIX : 0;
        out->shape |= begins(fold, size, "و") ? SHAPE_AND : 0;
    }
    if (begins(fold, size, "ي")) { /* mostly a verb, and no rare surname */
        out->flags &= ~(uint32_t)WORD_RARE;
    }
    if (memcmp(fold + size - LETTER, "ي", LETTER) == 0) {
        out->shape |= SHAPE_NISBA;
    }
    find_stems(out, fold, size);
    out->start = start_of(out);
}

void entity_word_describe(const struct tagger *tagger, const char *word, size_t size,
                          enum token_kind kind, struct entity_form *out)
{
    (void)tagger;
    *out = (struct entity_form){.word = WORD_NONE, .number = NUMBER_NONE, .kind = (uint8_t)kind};
    char fold[ANALYSIS_BYTES_MAX];
    size_t fold_size = analyser_fold(word, size, fold, sizeof fold);
    describe(word, size, fold, fold_size, out);
}
