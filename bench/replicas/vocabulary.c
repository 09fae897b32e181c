#include "vocabulary.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* The commonest words of the news and how many of a million tokens each is: counted in the bodies
 * of every fourth article of news-dev. Numbers and most names, which are made elsewhere, are left
 * out. */
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
enum word_class { NOUN, FEMININE, VERB, NAME };
struct pattern {
    const char *shape;
    enum word_class class;
};
static const struct pattern patterns[] = {
    {"123", NOUN},       {"12ي3", NOUN},      {"1ا23", NOUN},  {"12ا3", NOUN},  {"ي123", VERB},
    {"12و3", NOUN},      {"123ي", NOUN},      {"م123", NOUN},  {"ت12ي3", NOUN}, {"123ة", FEMININE},
    {"1ا2ي3", NAME},     {"أ123", VERB},      {"12و3ي", NAME}, {"إ12ا3", NOUN}, {"1و23", NAME},
    {"ت123", VERB},      {"12ا3ة", FEMININE}, {"1ي23", NAME},  {"م1ا23", NOUN}, {"123ى", FEMININE},
    {"م123ة", FEMININE}, {"123ا", NAME},      {"أ12ا3", NOUN}, {"ن123", VERB},  {"ا123", VERB},
    {"123و", NAME},      {"12ئ3", NOUN},      {"ت1ا23", VERB}, {"1ؤ23", NOUN},  {"است12ا3", NOUN},
    {"آ123", NOUN},      {"12ّ3", VERB},
};
enum { PATTERN_COUNT = sizeof patterns / sizeof *patterns };

/* What a lemma wears the first time, the second, ... A lemma has one of its class's rows. */
enum { DRESSES = 12, ROWS = 2 };
struct dress {
    const char *before;
    const char *after;
};
static const struct dress wardrobe[][ROWS][DRESSES] = {
    [NOUN] = {{{"", ""},
               {"ال", ""},
               {"و", ""},
               {"", "ها"},
               {"وال", ""},
               {"ب", ""},
               {"", "ه"},
               {"لل", ""},
               {"ل", ""},
               {"بال", ""},
               {"", "هم"},
               {"", "ات"}},
              {{"ال", ""},
               {"", ""},
               {"بال", ""},
               {"", "ات"},
               {"", "اً"},
               {"لل", ""},
               {"ال", "ات"},
               {"وال", ""},
               {"ال", "ين"},
               {"", "ه"},
               {"ل", ""},
               {"", "ون"}}},
    [FEMININE] = {{{"", ""},
                   {"ال", ""},
                   {"وال", ""},
                   {"ب", ""},
                   {"لل", ""},
                   {"و", ""},
                   {"بال", ""},
                   {"ل", ""},
                   {"وبال", ""},
                   {"ول", ""},
                   {"كال", ""},
                   {"فال", ""}},
                  {{"ال", ""},
                   {"", ""},
                   {"و", ""},
                   {"بال", ""},
                   {"ل", ""},
                   {"وال", ""},
                   {"ب", ""},
                   {"لل", ""},
                   {"ول", ""},
                   {"وبال", ""},
                   {"ولل", ""},
                   {"ك", ""}}},
    [VERB] = {{{"", ""},
               {"و", ""},
               {"", "ت"},
               {"", "وا"},
               {"", "ه"},
               {"ف", ""},
               {"", "ها"},
               {"و", "ت"},
               {"", "هم"},
               {"", "ون"},
               {"", "نا"},
               {"س", ""}},
              {{"", ""},
               {"", "ت"},
               {"و", ""},
               {"", "ه"},
               {"", "ون"},
               {"ل", ""},
               {"", "وا"},
               {"", "ها"},
               {"س", ""},
               {"و", "وا"},
               {"ف", "ت"},
               {"ف", ""}}},
    [NAME] = {{{"", ""},
               {"و", ""},
               {"ل", ""},
               {"ب", ""},
               {"ال", "ي"},
               {"", "ي"},
               {"", "ية"},
               {"ال", "ية"},
               {"ول", ""},
               {"ف", ""},
               {"ك", ""},
               {"وال", "ي"}},
              {{"", ""},
               {"", "ي"},
               {"ال", "ي"},
               {"ال", "ية"},
               {"و", ""},
               {"", "ية"},
               {"ل", ""},
               {"وال", "ي"},
               {"ب", ""},
               {"ال", "يين"},
               {"لل", "ي"},
               {"", "يون"}}},
};

/* Of PERIOD ranks in a row so many are the first, second, ... dress of some lemma. */
enum { PERIOD = 24 };
static const unsigned char count_of[DRESSES] = {5, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1};

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

struct piece vocabulary_make(const struct vocabulary *vocabulary, uint32_t rank)
{
    struct piece piece = {.size = 0};
    if (rank < LAW_HEAD) {
        append(&piece, common[rank].text);
        return piece;
    }
    uint32_t number = rank - LAW_HEAD;
    uint32_t turn = 0;
    uint32_t place = number % PERIOD;
    while (place >= count_of[turn]) {
        place -= count_of[turn++];
    }
    uint32_t lemma = number / PERIOD * count_of[turn] + place;
    const struct pattern *pattern = pattern_of(lemma);
    const struct dress *dress = &wardrobe[pattern->class][random_hash(lemma, 1) % ROWS][turn];
    append(&piece, dress->before);
    append_stem(vocabulary, &piece, lemma);
    append(&piece, dress->after);
    return piece;
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
