#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "random.h"
#include "tagging.h"

/* A scratch that has seen thousands of articles, and knows their names by the numbers of their
 * words, tells of each what one tells that has seen nothing. Articles are made of few words, so
 * that names come again, in other company, with other things between their words. */

static const char *const words[] = {
    "محمد",    "بن",      "سلمان",      "عبد",    "الله",     "اللطيف",    "الحموشي", "حموشي",
    "وحموشي",  "للحموشي", "السيد",      "وزير",   "الداخلية", "المغربي",   "المغرب",  "بالمغرب",
    "المَغرب",  "وفرنسا",  "فرنسا",      "النيجر", "مدينة",    "الرباط",    "ترامب",   "دونالد",
    "ميلانيا", "الأمم",   "المتحدة",    "مكتب",   "لمكتب",    "وزارة",     "الشرطة",  "الدولية",
    "للتنمية", "10",      "24",         "27",     "نونبر",    "يناير",     "2025",    "2024",
    "الماضي",  "الجمعة",  "24/11/2025", "أبو",    "مازن",     "علي",       "الحوثي",  "Donald",
    "TRUMP",   "قال",     "في",         "إلى",    "تصعيدا",   "كوندوليزا", "رايس",    "زكرياء",
    "نصرالله", "القيادي", "عام",        "و27",
};
static const char *const gaps[] = {" ",  " ", " ",  " ",  " ",  " ", " ",
                                   "  ", "-", "، ", ". ", "\n", "/", ""};

enum {
    WORDS = sizeof words / sizeof words[0],
    GAPS = sizeof gaps / sizeof gaps[0],
    ARTICLES = 4000
};
enum { ARTICLE_WORDS_MAX = 60, ARTICLE_BYTES_MAX = 2048, DISTINCT_MAX = 1 << 14 };

/* Words by number, for the scratch that lasts. */
struct dictionary {
    size_t count;
    struct entity_form forms[DISTINCT_MAX];
    struct {
        char bytes[TOKEN_BYTES_MAX];
        size_t size;
        uint8_t kind;
    } words[DISTINCT_MAX];
};

static uint32_t dictionary_number(struct dictionary *dictionary, const char *word, size_t size,
                                  uint8_t kind)
{
    for (size_t i = 0; i < dictionary->count; i++) {
        if (dictionary->words[i].kind == kind && dictionary->words[i].size == size &&
            memcmp(dictionary->words[i].bytes, word, size) == 0) {
            return (uint32_t)i;
        }
    }
    size_t number = dictionary->count++;
    assert_true(number < DISTINCT_MAX);
    memcpy(dictionary->words[number].bytes, word, size);
    dictionary->words[number].size = size;
    dictionary->words[number].kind = kind;
    entity_word_describe(tagger_shipped(), word, size, (enum token_kind)kind,
                         &dictionary->forms[number]);
    return (uint32_t)number;
}

static size_t draw_article(uint64_t *random, char *text)
{
    size_t size = 0;
    uint32_t count = 1 + random_below(random, ARTICLE_WORDS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        size +=
            (size_t)snprintf(text + size, ARTICLE_BYTES_MAX - size, "%s%s",
                             words[random_below(random, WORDS)], gaps[random_below(random, GAPS)]);
    }
    return size;
}

static void check_same(const struct tagging *fresh, const struct tagger_scratch *scratch,
                       const struct mention *mentions, size_t count, const char *text)
{
    bool same = count == fresh->mention_count;
    for (size_t i = 0; same && i < count; i++) {
        const struct mention *one = &fresh->mentions[i];
        struct entity_name expected = tagging_name(fresh, one);
        struct entity_name found = tagger_name(scratch, mentions[i].name);
        same = one->type == mentions[i].type && one->token_first == mentions[i].token_first &&
               one->token_count == mentions[i].token_count && expected.key_size == found.key_size &&
               expected.alias_size == found.alias_size &&
               memcmp(expected.key, found.key, found.key_size) == 0 &&
               found.key[-1] == entity_type_letter(one->type) &&
               memcmp(expected.alias, found.alias, found.alias_size) == 0;
    }
    if (!same) {
        fail_msg("another answer where names are known: %s", text);
    }
}

static void check_article(struct tagger_scratch *scratch, struct dictionary *dictionary,
                          const char *text, size_t size, uint32_t date)
{
    struct tagging fresh;
    tagging_make(&fresh, text, size, date);
    uint32_t *numbers = calloc(fresh.token_count + 1, sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < fresh.token_count; i++) {
        const struct token *token = &fresh.tokens[i];
        numbers[i] = dictionary_number(dictionary, text + token->start, token->end - token->start,
                                       token->kind);
    }
    struct tagger_article article = {.text = text,
                                     .text_size = size,
                                     .tokens = fresh.tokens,
                                     .words = numbers,
                                     .forms = dictionary->forms,
                                     .token_count = fresh.token_count,
                                     .date = date};
    const struct mention *mentions = NULL;
    size_t count = 0;
    struct error error;
    assert_int_equal(tagger_find(scratch, &article, &mentions, &count, &error), STATUS_OK);
    check_same(&fresh, scratch, mentions, count, text);
    free(numbers);
    tagging_release(&fresh);
}

static void test_known_names(void **state)
{
    (void)state;
    static struct dictionary dictionary;
    struct tagger_scratch *scratch = tagger_scratch_new(tagger_shipped(), NAMES_MAX);
    assert_non_null(scratch);
    uint64_t random = 1;
    for (int i = 0; i < ARTICLES; i++) {
        char text[ARTICLE_BYTES_MAX];
        size_t size = draw_article(&random, text);
        check_article(scratch, &dictionary, text, size, 20250100 + 1 + random_below(&random, 28));
        if (i == ARTICLES / 2) {
            assert_true(tagger_scratch_memory(scratch) > 0);
            tagger_scratch_clear(scratch);
            dictionary.count = 0;
        }
    }
    tagger_scratch_free(scratch);
}

/* A table that may hold nothing more says so. */
static void test_limit(void **state)
{
    (void)state;
    static struct dictionary dictionary;
    struct tagger_scratch *scratch = tagger_scratch_new(tagger_shipped(), 20000);
    assert_non_null(scratch);
    enum status status = STATUS_OK;
    struct error error;
    for (int day = 1; status == STATUS_OK && day < 10000; day++) {
        char text[64];
        size_t size = (size_t)snprintf(text, sizeof text, "%d/%d/%d", 1 + day % 28,
                                       1 + day / 28 % 12, 1600 + day / 336);
        struct tagging fresh;
        tagging_make(&fresh, text, size, 0);
        assert_int_equal(fresh.token_count, 1);
        uint32_t number = dictionary_number(&dictionary, text, size, fresh.tokens[0].kind);
        struct tagger_article article = {.text = text,
                                         .text_size = size,
                                         .tokens = fresh.tokens,
                                         .words = &number,
                                         .forms = dictionary.forms,
                                         .token_count = 1};
        const struct mention *mentions = NULL;
        size_t count = 0;
        status = tagger_find(scratch, &article, &mentions, &count, &error);
        tagging_release(&fresh);
    }
    assert_int_equal(status, STATUS_LIMIT);
    tagger_scratch_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_names),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
