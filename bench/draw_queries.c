/* Draws queries from a corpus, the same for every engine: draw_queries CORPUS COUNT SEED
 *
 * COUNT lines of each kind, KIND <tab> WORDS (peers/harness.h). Words are runs of Arabic letters,
 * as printed; very frequent function words are left out except inside a phrase. term    one word,
 * in turn from more than 4 %, 0.4 to 4 %, and 3 articles to 0.4 % of all and     2 or 3 words that
 * stand in one article phrase  2 or 3 words that stand side by side prefix  the first 2 or 3
 * letters of a word drawn as for term The same arguments give the same lines. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "peers/harness.h"

enum {
    BANDS = 3,
    LETTER_SIZE = 2, /* every Arabic letter takes two bytes */
    WORD_LETTERS_MIN = 3,
    DOCUMENTS_MIN = 3,
    KEPT_OF = 16, /* one article in so many is kept, to draw from */
    KEPT_SIZE_MAX = 64 << 20,
    TRIES = 1000,
    WORDS_MAX = 1 << 30
};

static const char *const function_words[] = {
    "في",   "من",   "على",  "إلى",   "الى",   "أن",   "ان",   "التي",  "الذي",  "عن",   "مع",
    "هذا",  "هذه",  "ما",   "لا",    "كان",   "كانت", "بعد",  "قبل",   "بين",   "كما",  "قد",
    "إن",   "أو",   "او",   "ثم",    "حتى",   "كل",   "غير",  "ذلك",   "تلك",   "لم",   "الذين",
    "هو",   "هي",   "لن",   "عند",   "منذ",   "خلال", "حيث",  "أي",    "اي",    "إذا",  "اذا",
    "وقد",  "وفي",  "ومن",  "وكان",  "أنه",   "انه",  "بأن",  "بان",   "لكن",   "عبر",  "ضد",
    "نحو",  "حول",  "دون",  "فيه",   "فيها",  "منها", "منه",  "عليه",  "عليها", "أكد",  "وقال",
    "قال",  "أضاف", "وهو",  "وهي",   "كانوا", "يكون", "تكون", "له",    "لها",   "لهم",  "به",
    "بها",  "وأن",  "وان",  "ولا",   "وما",   "ولم",  "وعلى", "والتي", "والذي", "فى",   "علي",
    "الي",  "إليه", "أمام", "وذلك",  "بعض",   "مثل",  "سوف",  "هناك",  "أنها",  "ايضا", "أيضا",
    "ولكن", "أما",  "كذلك", "لدى",   "لقد",   "فقد",  "مما",  "إلا",   "الا",   "بسبب", "حين",
    "بشكل", "أكثر", "يوم",  "وأضاف", "اليوم"};

struct word {
    uint32_t documents;
    uint32_t last; /* document that counted it, plus 1 */
    bool common;   /* a function word, or short */
};

/* A word where it stands in a kept article. */
struct place {
    uint32_t word;
    bool joined; /* one space stands before it, and then the word before */
};

struct drawing {
    struct intern *strings;
    struct word *words;
    size_t words_capacity;
    struct place *places; /* of all kept articles */
    size_t place_count;
    size_t places_capacity;
    size_t *ends; /* of each kept article */
    size_t kept;
    size_t ends_capacity;
    uint32_t *bands[BANDS]; /* word numbers */
    size_t band_counts[BANDS];
    uint64_t state;
};

static void *resized(void *memory, size_t *capacity, size_t count, size_t size)
{
    if (count > *capacity) {
        *capacity = 2 * count;
        memory = realloc(memory, *capacity * size);
        bench_must(memory != NULL, "out of memory", "realloc");
    }
    return memory;
}

/* S. Vigna's splitmix64. */
static uint64_t next_random(struct drawing *drawing)
{
    uint64_t value = drawing->state += 0x9e3779b97f4a7c15U;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27) * 0x94d049bb133111ebU;
    return value ^ value >> 31;
}

static size_t below(struct drawing *drawing, size_t limit)
{
    return (size_t)(next_random(drawing) % limit);
}

/* ---- Words ---- */

/* U+0621..U+063A, U+0641..U+064A. */
static bool is_letter(const char *at)
{
    unsigned char head = (unsigned char)at[0];
    unsigned char tail = (unsigned char)at[1];
    return (head == 0xd8 && tail >= 0xa1 && tail <= 0xba) ||
           (head == 0xd9 && tail >= 0x81 && tail <= 0x8a);
}

static bool is_common(const char *word, size_t size)
{
    bool common = size < (size_t)WORD_LETTERS_MIN * LETTER_SIZE;
    for (size_t i = 0; !common && i < sizeof function_words / sizeof function_words[0]; i++) {
        common = strlen(function_words[i]) == size && memcmp(function_words[i], word, size) == 0;
    }
    return common;
}

static uint32_t number_of(struct drawing *drawing, const char *word, size_t size)
{
    uint32_t number = 0;
    bool added = false;
    bench_must(intern_add(drawing->strings, word, size, &number, &added, NULL) == STATUS_OK,
               "out of memory", "intern");
    drawing->words = resized(drawing->words, &drawing->words_capacity, (size_t)number + 1,
                             sizeof *drawing->words);
    if (added) {
        drawing->words[number] = (struct word){.common = is_common(word, size)};
    }
    return number;
}

static void keep_place(struct drawing *drawing, uint32_t word, bool joined)
{
    drawing->places = resized(drawing->places, &drawing->places_capacity, drawing->place_count + 1,
                              sizeof *drawing->places);
    drawing->places[drawing->place_count++] = (struct place){.word = word, .joined = joined};
}

static void count_article(struct drawing *drawing, uint32_t document, struct bench_text body,
                          bool keep)
{
    const char *end = body.bytes + body.size;
    const char *last_end = NULL;
    for (const char *at = body.bytes; at < end;) {
        const char *from = at;
        while (at < end && is_letter(at)) {
            at += LETTER_SIZE;
        }
        if (at == from) {
            at++;
            continue;
        }
        uint32_t number = number_of(drawing, from, (size_t)(at - from));
        struct word *word = &drawing->words[number];
        word->documents += word->last != document + 1;
        word->last = document + 1;
        if (keep) {
            bool joined = last_end != NULL && from - last_end == 1 && *last_end == ' ';
            keep_place(drawing, number, joined);
        }
        last_end = at;
    }
}

static void end_article(struct drawing *drawing)
{
    drawing->ends =
        resized(drawing->ends, &drawing->ends_capacity, drawing->kept + 1, sizeof *drawing->ends);
    drawing->ends[drawing->kept++] = drawing->place_count;
}

static uint32_t read_corpus(struct drawing *drawing, const char *path)
{
    struct jsonl reader;
    struct bench_article article;
    uint32_t count = 0;
    jsonl_open(&reader, path);
    for (; jsonl_next(&reader, &article); count++) {
        bool keep =
            count % KEPT_OF == 0 && drawing->place_count < KEPT_SIZE_MAX / sizeof *drawing->places;
        count_article(drawing, count, article.body, keep);
        if (keep) {
            end_article(drawing);
        }
    }
    jsonl_close(&reader);
    return count;
}

static void fill_bands(struct drawing *drawing, uint32_t articles)
{
    uint32_t count = intern_count(drawing->strings);
    if (count == 0 || drawing->words == NULL) {
        bench_must(false, "corpus", "no words in it");
        return;
    }
    for (size_t i = 0; i < BANDS; i++) {
        drawing->bands[i] = calloc(count, sizeof(uint32_t));
        if (drawing->bands[i] == NULL) {
            bench_must(false, "out of memory", "calloc");
            return;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct word *word = &drawing->words[i];
        double share = (double)word->documents / articles;
        size_t band = share > 0.04 ? 0 : share > 0.004 ? 1 : 2;
        if (!word->common && word->documents >= DOCUMENTS_MIN && drawing->bands[band] != NULL) {
            drawing->bands[band][drawing->band_counts[band]++] = i;
        }
    }
    bench_must(drawing->band_counts[0] + drawing->band_counts[1] + drawing->band_counts[2] > 0,
               "corpus", "too small to draw queries from");
}

/* ---- Drawing ---- */

static void print_word(const struct drawing *drawing, uint32_t number, const char *before)
{
    size_t size = 0;
    const char *word = intern_string(drawing->strings, number, &size);
    (void)printf("%s%.*s", before, (int)size, word);
}

static uint32_t draw_word(struct drawing *drawing, size_t turn)
{
    size_t band = turn % BANDS;
    while (drawing->band_counts[band] == 0) { /* a small corpus has no rare words */
        band = (band + 1) % BANDS;
    }
    return drawing->bands[band][below(drawing, drawing->band_counts[band])];
}

static void draw_term(struct drawing *drawing, size_t turn)
{
    print_word(drawing, draw_word(drawing, turn), "term\t");
    (void)printf("\n");
}

static void draw_prefix(struct drawing *drawing, size_t turn)
{
    size_t letters = 3 + turn % 2;
    size_t prefix = letters * LETTER_SIZE;
    size_t size = 0;
    const char *word = NULL;
    do {
        uint32_t number = draw_word(drawing, turn);
        word = intern_string(drawing->strings, number, &size);
    } while (size < prefix || memcmp(word, "ال", sizeof "ال" - 1) == 0);
    (void)printf("prefix\t%.*s\n", (int)prefix, word);
}

/* The places of a kept article. */
static size_t draw_article(struct drawing *drawing, size_t *from)
{
    size_t article = below(drawing, drawing->kept);
    *from = article == 0 ? 0 : drawing->ends[article - 1];
    return drawing->ends[article] - *from;
}

static bool try_and(struct drawing *drawing, size_t wanted, uint32_t chosen[3])
{
    size_t from = 0;
    size_t count = draw_article(drawing, &from);
    for (size_t i = 0; i < wanted; i++) {
        chosen[i] = count == 0 ? 0 : drawing->places[from + below(drawing, count)].word;
        const struct word *word = &drawing->words[chosen[i]];
        bool again = i > 0 && (chosen[i] == chosen[0] || chosen[i] == chosen[i - 1]);
        if (count == 0 || again || word->common || word->documents < DOCUMENTS_MIN) {
            return false;
        }
    }
    return true;
}

static bool try_phrase(struct drawing *drawing, size_t wanted, uint32_t chosen[3])
{
    size_t from = 0;
    size_t count = draw_article(drawing, &from);
    if (count < wanted) {
        return false;
    }
    size_t at = from + below(drawing, count - wanted + 1);
    for (size_t i = 0; i < wanted; i++) {
        chosen[i] = drawing->places[at + i].word;
        if (i > 0 && !drawing->places[at + i].joined) {
            return false;
        }
    }
    return !drawing->words[chosen[0]].common && !drawing->words[chosen[wanted - 1]].common;
}

static void draw_words(struct drawing *drawing, size_t turn, const char *kind,
                       bool (*draw)(struct drawing *, size_t, uint32_t[3]))
{
    size_t wanted = 2 + turn % 2;
    uint32_t chosen[3];
    size_t tries = 0;
    while (tries++ < TRIES && !draw(drawing, wanted, chosen)) {
    }
    bench_must(tries <= TRIES, kind, "the corpus is too small to draw queries from");
    (void)printf("%s", kind);
    for (size_t i = 0; i < wanted; i++) {
        print_word(drawing, chosen[i], i == 0 ? "\t" : " ");
    }
    (void)printf("\n");
}

int main(int argc, char **argv)
{
    bench_must(argc == 4, "usage", "draw_queries CORPUS COUNT SEED");
    size_t count = strtoul(argv[2], NULL, 10);
    struct drawing drawing = {.strings = intern_new(WORDS_MAX),
                              .state = strtoull(argv[3], NULL, 10)};
    bench_must(drawing.strings != NULL, "out of memory", "intern");
    fill_bands(&drawing, read_corpus(&drawing, argv[1]));
    for (size_t i = 0; i < count; i++) {
        draw_term(&drawing, i);
        draw_words(&drawing, i, "and", try_and);
        draw_words(&drawing, i, "phrase", try_phrase);
        draw_prefix(&drawing, i);
    }
    for (size_t i = 0; i < BANDS; i++) {
        free(drawing.bands[i]);
    }
    intern_free(drawing.strings);
    free(drawing.words);
    free(drawing.places);
    free(drawing.ends);
    return 0;
}
