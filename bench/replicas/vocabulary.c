#include "vocabulary.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* The commonest words of the news and how many of a million tokens each is: counted in the bodies
 * of every fourth article of news-dev. Numbers and most names, which are made elsewhere, are left
 * out, and titles and heads of names (a president, a company): whatever made-up word followed one
 * would be taken for a name. */
struct common_word {
    const char *text;
    uint32_t share;
};
static const struct common_word common[LAW_HEAD] = {
#include "common_words.inc"
};

/* Letters of roots, the common first, and what each adds to the cost of a root: a guess. Cheap
 * roots come first, so that common words have common letters. */
static const char *const letters[] = {"ر", "ل", "م", "ن", "ب", "د", "ع", "س", "ق", "ف",
                                      "ح", "ج", "ك", "ه", "ت", "ش", "ص", "ط", "و", "ي",
                                      "خ", "ز", "ض", "ث", "غ", "ذ", "ظ", "ء"};
static const unsigned char costs[] = {29, 30, 31, 31, 32, 33, 34, 35, 36, 36, 37, 38, 38, 40,
                                      40, 41, 42, 43, 43, 44, 45, 46, 48, 49, 49, 52, 58, 60};
enum { LETTER_COUNT = sizeof letters / sizeof *letters, ROOTS = 28 * 28 * 28, ROOTS_APART = 37 };
static_assert(LETTER_COUNT == 28 && sizeof costs == 28, "one cost a letter");

/* Digits stand for the radicals. */
enum word_class { NOUN, FEMININE, VERB };
struct pattern {
    const char *shape;
    enum word_class class;
};
static const struct pattern patterns[] = {
    {"123", NOUN},      {"12ي3", NOUN},     {"1ا23", NOUN},  {"12ا3", NOUN},  {"ي123", VERB},
    {"12و3", NOUN},     {"123ي", NOUN},     {"م123", NOUN},  {"ت12ي3", NOUN}, {"123", FEMININE},
    {"1ا2ي3", NOUN},    {"أ123", NOUN},     {"12و3ي", NOUN}, {"إ12ا3", NOUN}, {"1و23", NOUN},
    {"ت123", VERB},     {"12ا3", FEMININE}, {"1ي23", NOUN},  {"م1ا23", NOUN}, {"ت123", FEMININE},
    {"م123", FEMININE}, {"123ا", NOUN},     {"أ12ا3", NOUN}, {"ن123", VERB},  {"ا123", VERB},
    {"123و", NOUN},     {"12ئ3", NOUN},     {"ت1ا23", NOUN}, {"1ؤ23", NOUN},  {"است12ا3", NOUN},
    {"آ123", NOUN},     {"12ّ3", NOUN},
};
enum { PATTERN_COUNT = sizeof patterns / sizeof *patterns };

/* What a lemma wears, by its class. Every third dress is a plain one: bare or with "and", and with
 * one of the ends. The others have one of the fronts, which is the article for nouns, and one of
 * the rears. That makes 78 dresses, or a few less; then the first come again. Of nouns this is what
 * conflation takes off; of verbs it leaves some, as real words are not all joined either. */
enum { ENDS = 13, FRONTS = 8, REARS = 6 };
static const char *const articles[FRONTS] = {"ال", "وال", "بال", "لل", "فال", "كال", "وبال", "ولل"};
static const char *const before_verbs[FRONTS] = {"س", "ف", "ل", "وس", "ول", "فس", "ب", "وب"};
static const struct wardrobe {
    const char *ends[ENDS];
    const char *const *fronts;
    const char *rears[REARS];
} wardrobes[] = {
    [NOUN] = {{"", "ها", "ه", "ات", "هم", "ين", "ا", "ون", "نا", "ان", "كم", "هما", "هن"},
              articles,
              {"", "ات", "ين", "ون", "ان", "ية"}},
    [FEMININE] = {{"ة", "ات", "تها", "ته", "تهم", "تين", "تنا", "تان", "تكم", "تهما", "تهن", "تي",
                   "ية"},
                  articles,
                  {"ة", "ات", "تين", "تان", "ية", "يات"}},
    [VERB] = {{"", "ها", "ه", "ون", "ت", "هم", "وا", "نا", "ا", "ان", "كم", "هما", "هن"},
              before_verbs,
              {"", "ه", "ها", "ون", "هم", "وا"}},
};

/* One rank of PERIOD is a new lemma, the others are forms of older ones. A block of lemmas gets a
 * dress together; which block gets which dress next is pair_of(): with four times as many forms
 * there are twice as many lemmas with twice as many dresses each. So frequent lemmas go on getting
 * new forms, and rare words are mostly forms of lemmas that are not rare, as in news. Both numbers
 * were moved until there were as many classes of words (terms) as in news. */
enum { PERIOD = 4, BLOCK = 320 };

/* All pairs of numbers by growing squares: the first n * n are those of numbers below n. */
struct pair {
    uint32_t block;
    uint32_t dress;
};
static struct pair pair_of(uint32_t number)
{
    uint32_t root = 0;
    for (uint32_t bit = 1U << 15; bit > 0; bit /= 2) {
        root += (root + bit) * (root + bit) <= number ? bit : 0;
    }
    uint32_t left = number - root * root;
    return left < root ? (struct pair){left, root} : (struct pair){root, left - root};
}

static void append(struct piece *piece, const char *text)
{
    size_t size = strlen(text);
    assert(piece->size + size <= PIECE_BYTES_MAX);
    memcpy(piece->bytes + piece->size, text, size);
    piece->size = (uint8_t)(piece->size + size);
}

static const struct pattern *pattern_of(uint32_t lemma)
{
    return &patterns[lemma % PATTERN_COUNT];
}

/* Every pattern takes one root after the other, each beginning at another, so that neighbours do
 * not share their root. Roots beyond those of three letters have a fourth behind the third, and so
 * on. */
static void append_stem(const struct vocabulary *vocabulary, struct piece *piece, uint32_t lemma)
{
    const char *shape = pattern_of(lemma)->shape;
    uint32_t root = lemma / PATTERN_COUNT + lemma % PATTERN_COUNT * ROOTS_APART;
    uint32_t three = vocabulary->roots[root % ROOTS];
    uint32_t more = root / ROOTS;
    const uint32_t radical[] = {three / (28 * 28), three / 28 % 28, three % 28};
    for (const char *at = shape; *at != '\0'; at++) {
        if (*at >= '1' && *at <= '3') {
            append(piece, letters[radical[*at - '1']]);
        } else {
            append(piece, (char[]){*at, '\0'});
        }
    }
    for (; more > 0; more = (more - 1) / LETTER_COUNT) {
        append(piece, letters[(more - 1) % LETTER_COUNT]);
    }
}

struct piece vocabulary_stem(const struct vocabulary *vocabulary, uint32_t lemma)
{
    struct piece piece = {.size = 0};
    append_stem(vocabulary, &piece, lemma);
    return piece;
}

static struct piece make_dressed(const struct vocabulary *vocabulary, uint32_t lemma,
                                 uint32_t dress)
{
    enum word_class class = pattern_of(lemma)->class;
    const struct wardrobe *wardrobe = &wardrobes[class];
    if (dress < 2 && class != VERB) {
        dress ^= random_hash(lemma, 1) % 2; /* of half the nouns the article comes first */
    }
    struct piece piece = {.size = 0};
    uint32_t turn = dress / 3;
    if (dress % 3 == 0) {
        append(&piece, turn % 2 == 0 ? "" : "و");
        append_stem(vocabulary, &piece, lemma);
        append(&piece, wardrobe->ends[turn / 2 % ENDS]);
    } else {
        turn = 2 * turn + dress % 3 - 1;
        append(&piece, wardrobe->fronts[turn % FRONTS]);
        append_stem(vocabulary, &piece, lemma);
        append(&piece, wardrobe->rears[turn / FRONTS % REARS]);
    }
    return piece;
}

struct piece vocabulary_make(const struct vocabulary *vocabulary, uint32_t rank)
{
    if (rank < LAW_HEAD) {
        struct piece piece = {.size = 0};
        append(&piece, common[rank].text);
        return piece;
    }
    uint32_t period = (rank - LAW_HEAD) / PERIOD;
    uint32_t place = (rank - LAW_HEAD) % PERIOD;
    if (place == 0) {
        return make_dressed(vocabulary, period, 0);
    }
    uint32_t number = period * (PERIOD - 1) + place - 1;
    struct pair pair = pair_of(number / BLOCK);
    return make_dressed(vocabulary, pair.block * BLOCK + number % BLOCK, 1 + pair.dress);
}

struct root_cost {
    uint32_t cost;
    uint16_t root;
};

static int compare_costs(const void *a, const void *b)
{
    const struct root_cost *left = a;
    const struct root_cost *right = b;
    if (left->cost != right->cost) {
        return left->cost < right->cost ? -1 : 1;
    }
    return (left->root > right->root) - (left->root < right->root);
}

/* By the letters' costs and chance: neighbours shall not look alike. */
enum { ALIKE_COST = 60, CHANCE_COST = 48 };
static bool sort_roots(uint16_t *roots)
{
    struct root_cost *order = malloc(ROOTS * sizeof *order);
    if (order == NULL) {
        return false;
    }
    struct random chance = {3};
    for (uint32_t i = 0; i < ROOTS; i++) {
        uint32_t first = i / (28 * 28);
        uint32_t second = i / 28 % 28;
        uint32_t third = i % 28;
        uint32_t cost = 0U + costs[first] + costs[second] + costs[third];
        cost += first == second || second == third ? ALIKE_COST : 0U;
        order[i] = (struct root_cost){cost + random_below(&chance, CHANCE_COST), (uint16_t)i};
    }
    qsort(order, ROOTS, sizeof *order, compare_costs);
    for (uint32_t i = 0; i < ROOTS; i++) {
        roots[i] = order[i].root;
    }
    free(order);
    return true;
}

struct vocabulary *vocabulary_new(void)
{
    struct vocabulary *vocabulary = calloc(1, sizeof *vocabulary);
    if (vocabulary == NULL) {
        return NULL;
    }
    vocabulary->pieces = calloc(VOCABULARY_KEPT, sizeof *vocabulary->pieces);
    vocabulary->roots = calloc(ROOTS, sizeof *vocabulary->roots);
    if (vocabulary->pieces == NULL || vocabulary->roots == NULL || !sort_roots(vocabulary->roots)) {
        vocabulary_free(vocabulary);
        return NULL;
    }
    uint32_t head[LAW_HEAD];
    for (uint32_t i = 0; i < LAW_HEAD; i++) {
        head[i] = common[i].share;
    }
    law_init(&vocabulary->law, head);
    for (uint32_t i = 0; i < VOCABULARY_KEPT; i++) {
        vocabulary->pieces[i] = vocabulary_make(vocabulary, i);
    }
    return vocabulary;
}

void vocabulary_free(struct vocabulary *vocabulary)
{
    if (vocabulary != NULL) {
        free(vocabulary->pieces);
        free(vocabulary->roots);
        free(vocabulary);
    }
}
