/* The classes of all words that begin with given letters lie in the ranges given for these: for the
 * words of the five articles and of news-dev, for random ones with random evidence, for every
 * analyser, with exceptions and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "learning.h"
#include "random.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "text/class_ranges.h"

enum {
    STRINGS_MAX = 64 << 20,
    ARENA_MAX = 1 << 16,
    ALWAYS_LETTERS = 3, /* prefixes up to this length are tried of every word */
    LONGER_EVERY = 61,  /* all others of every so many, and of the first */
    LONGER_FIRST = 10000,
};

static const char exceptions_text[] = "join كمبيوتر حاسوب\n"
                                      "join covid كوفيد\n"
                                      "join فيسبوك facebook\n"
                                      "join 2022 العام\n"
                                      "join والمدرسه مدرسه\n"
                                      "join مدرسه معهد\n"
                                      "join بهذا عبدالهادي\n"
                                      "join تلفزيون عبدالرف\n" /* as long: cut as a compound */
                                      "never الوزير وزير\n"
                                      "never مغرب المغرب\n";

/* What is known of a prefix: kept, since many words share it. */
struct checker {
    const struct analyser *analyser;
    struct intern *words; /* checked already */
    struct intern *prefixes;
    struct class_ranges *ranges; /* of each prefix */
    size_t capacity;
    struct arena *arena;
    size_t checked;
    size_t words_seen;
};

static bool lies_in(const struct class_ranges *ranges, const char *key, size_t size)
{
    for (size_t i = 0; i < ranges->count; i++) {
        const struct class_range *range = &ranges->ranges[i];
        if (bytes_compare(range->from, range->from_size, key, size) <= 0 &&
            (range->to_size == 0 || bytes_compare(key, size, range->to, range->to_size) < 0)) {
            return true;
        }
    }
    return false;
}

static void check_order(const struct class_ranges *ranges)
{
    assert_true(ranges->count > 0);
    for (size_t i = 0; i < ranges->count; i++) {
        const struct class_range *range = &ranges->ranges[i];
        assert_true(range->to_size == 0 ||
                    bytes_compare(range->from, range->from_size, range->to, range->to_size) < 0);
        assert_true(range->to_size > 0 || ranges->count == 1);
        assert_true(i == 0 || bytes_compare(range[-1].to, range[-1].to_size, range->from,
                                            range->from_size) < 0);
    }
}

static void checker_init(struct checker *checker, const struct analyser *analyser)
{
    *checker = (struct checker){.analyser = analyser,
                                .words = intern_new(STRINGS_MAX),
                                .prefixes = intern_new(STRINGS_MAX),
                                .arena = arena_new((size_t)4 << 30)};
    assert_true(checker->words != NULL && checker->prefixes != NULL && checker->arena != NULL);
}

static void checker_release(struct checker *checker)
{
    intern_free(checker->words);
    intern_free(checker->prefixes);
    free(checker->ranges);
    arena_free(checker->arena);
}

/* A copy of no more than is there. */
static void keep_ranges(struct checker *checker, const struct class_ranges *found, uint32_t number)
{
    if (number >= checker->capacity) {
        checker->capacity = 2 * (size_t)number + 64;
        checker->ranges = realloc(checker->ranges, checker->capacity * sizeof(struct class_ranges));
        assert_non_null(checker->ranges);
    }
    struct class_range *ranges =
        arena_alloc(checker->arena, found->count * sizeof(struct class_range));
    assert_non_null(ranges);
    for (size_t i = 0; i < found->count; i++) {
        ranges[i] = found->ranges[i];
        ranges[i].from = arena_copy(checker->arena, ranges[i].from, ranges[i].from_size);
        ranges[i].to = arena_copy(checker->arena, ranges[i].to, ranges[i].to_size);
        assert_true(ranges[i].from != NULL && ranges[i].to != NULL);
    }
    checker->ranges[number] = (struct class_ranges){ranges, found->count};
}

static void check_prefix(struct checker *checker, const struct analysis *part, size_t size)
{
    uint32_t number = 0;
    bool added = false;
    struct error error;
    assert_int_equal(intern_add(checker->prefixes, part->fold, size, &number, &added, &error),
                     STATUS_OK);
    if (added) {
        struct arena *arena = arena_new(ARENA_MAX);
        struct class_ranges found;
        assert_non_null(arena);
        assert_int_equal(
            class_ranges_find(checker->analyser, part->fold, size, arena, &found, &error),
            STATUS_OK);
        check_order(&found);
        keep_ranges(checker, &found, number);
        arena_free(arena);
    }
    checker->checked++;
    if (!lies_in(&checker->ranges[number], part->class_key, part->class_size) ||
        !lies_in(&checker->ranges[number], part->fold, part->fold_size)) {
        fail_msg("%s: %.*s* does not hold %.*s, class %.*s",
                 analyser_name_text(checker->analyser->name), (int)size, part->fold,
                 (int)part->fold_size, part->fold, (int)part->class_size, part->class_key);
    }
}

/* All prefixes of the fold of a form, or the short ones. */
static void check_part(void *context, const struct analysis *part)
{
    struct checker *checker = context;
    char word[3 * ANALYSIS_BYTES_MAX];
    uint32_t number = 0;
    bool added = false;
    struct error error;
    if (part->class_size == 0 || part->fold_size == 0) {
        return;
    }
    int size = snprintf(word, sizeof word, "%.*s %.*s", (int)part->fold_size, part->fold,
                        (int)part->class_size, part->class_key);
    assert_int_equal(intern_add(checker->words, word, (size_t)size, &number, &added, &error),
                     STATUS_OK);
    if (!added) {
        return;
    }
    bool all = number % LONGER_EVERY == 0 || checker->words_seen < LONGER_FIRST;
    checker->words_seen++;
    size_t letters = 0;
    for (size_t at = 0; at < part->fold_size && (all || letters < ALWAYS_LETTERS); letters++) {
        uint32_t code = 0;
        at += utf8_decode(part->fold + at, part->fold_size - at, &code);
        check_prefix(checker, part, at);
    }
}

static void check_forms(const struct analyser *analyser, const struct intern *forms)
{
    struct checker checker;
    checker_init(&checker, analyser);
    for (uint32_t i = 0; i < intern_count(forms); i++) {
        static struct analysis parts[ANALYSIS_PARTS_MAX];
        size_t size = 0;
        const char *form = intern_string(forms, i, &size);
        enum token_kind kind = form[0] == '#' ? TOKEN_HASHTAG : TOKEN_WORD;
        size_t made = analyser_word(analyser, form, size, kind, parts);
        for (size_t k = 0; k < made; k++) {
            check_part(&checker, &parts[k]);
        }
    }
    assert_true(checker.checked > 0);
    checker_release(&checker);
}

static void add_form(void *context, const struct analysis *part)
{
    uint32_t number = 0;
    struct error error;
    assert_true(part->form_size == 0 || intern_add(context, part->form, part->form_size, &number,
                                                   NULL, &error) == STATUS_OK);
}

static struct exceptions *read_exceptions(void)
{
    struct exceptions *exceptions = NULL;
    struct error error;
    if (exceptions_read(exceptions_text, sizeof exceptions_text - 1, "x", &exceptions, &error) !=
        STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return exceptions;
}

/* `forms` are checked by every analyser. */
static void check_analysers(const struct evidence *evidence, const struct intern *forms)
{
    struct exceptions *exceptions = read_exceptions();
    struct analyser analyser = {.name = ANALYSER_DEFAULT, .evidence = *evidence};
    check_forms(&analyser, forms);
    analyser.exceptions = exceptions;
    check_forms(&analyser, forms);
    analyser = (struct analyser){.name = ANALYSER_LIGHT10};
    check_forms(&analyser, forms);
    analyser = (struct analyser){.name = ANALYSER_FOLD};
    check_forms(&analyser, forms);
    exceptions_free(exceptions);
}

/* The words of a text, with its evidence and perhaps without. */
static void check_text(const struct buffer *text, bool without)
{
    struct analyser plain = {.name = ANALYSER_FOLD};
    struct evidence evidence = {.slots = NULL};
    struct intern *forms = intern_new(STRINGS_MAX);
    struct buffer table;
    assert_non_null(forms);
    buffer_init(&table, LEARNING_TEXT_MAX);
    learning_words(&plain, text, add_form, forms);
    if (without) {
        check_analysers(&evidence, forms);
    }
    learning_count(text, &table, &evidence);
    check_analysers(&evidence, forms);
    buffer_release(&table);
    intern_free(forms);
}

static void words_of_the_articles(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, LEARNING_TEXT_MAX);
    assert_true(learning_read_folder("fixtures/seeds", &text));
    check_text(&text, true);
    buffer_release(&text);
}

static void words_of_the_news(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, LEARNING_TEXT_MAX);
#if defined(__SANITIZE_ADDRESS__)
    if (getenv("FIHRIS_LONG") == NULL) {
        print_message("skipped: under a sanitizer (FIHRIS_LONG=1 runs it)\n");
        skip();
    }
#endif
    if (!learning_read_news(&text)) {
        print_message("skipped: no %s/data/news-dev.jsonl.zst (FIHRIS_DATA)\n", learning_folder());
        skip();
    }
    check_text(&text, getenv("FIHRIS_LONG") != NULL);
    buffer_release(&text);
}

/* ---- Random words ---- */

static const char *const letters[] = {
    "و", "و", "ف", "ب",  "ل",  "ك",  "س",   "ا",   "ال",    "لل",  "ي",   "يو", "ئ", "ه", "ت", "ن",
    "م", "ر", "ة", "ين", "ات", "ها", "تهم", "يها", "عبدال", "ابو", "مصر", "أ",  "پ", "s", "1", "'s",
};

static size_t random_word(uint64_t *seed, char word[TOKEN_BYTES_MAX], size_t count, size_t kinds)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        const char *letter = letters[random_below(seed, (uint32_t)kinds)];
        memcpy(word + size, letter, strlen(letter));
        size += strlen(letter);
    }
    return size;
}

/* Few letters and many words: each is what is left of others, so that every rule holds of some. */
static void random_evidence(uint64_t *seed, struct buffer *table, struct evidence *evidence)
{
    struct evidence_builder *builder = evidence_builder_new();
    struct error error;
    assert_non_null(builder);
    for (size_t i = 0; i < 20000; i++) {
        char word[TOKEN_BYTES_MAX];
        char fold[ANALYSIS_BYTES_MAX];
        size_t size = random_word(seed, word, 1 + random_below(seed, 6), 27);
        size = analyser_fold(word, size, fold, sizeof fold);
        assert_int_equal(evidence_builder_add(builder, fold, size,
                                              1 + random_below(seed, 1U << random_below(seed, 8)),
                                              &error),
                         STATUS_OK);
    }
    assert_int_equal(evidence_builder_finish(builder, table, &error), STATUS_OK);
    evidence_builder_free(builder);
    assert_int_equal(evidence_open(evidence, table->bytes, table->size, &error), STATUS_OK);
}

static void random_words(void **state)
{
    (void)state;
    struct exceptions *exceptions = read_exceptions();
    for (uint64_t round = 1; round <= 4; round++) {
        uint64_t seed = round;
        struct buffer table;
        struct analyser analyser = {.exceptions = round % 2 == 0 ? exceptions : NULL};
        struct checker checker;
        buffer_init(&table, LEARNING_TEXT_MAX);
        random_evidence(&seed, &table, &analyser.evidence);
        for (int name = 0; name <= (int)ANALYSER_FOLD; name++) {
            analyser.name = (enum analyser_name)name;
            checker_init(&checker, &analyser);
            for (size_t i = 0; i < 3000; i++) {
                static struct analysis parts[ANALYSIS_PARTS_MAX];
                char word[TOKEN_BYTES_MAX];
                size_t count = 1 + random_below(&seed, i % 100 == 0 ? 22 : 8);
                size_t kinds = sizeof letters / sizeof letters[0] - (i % 4 == 0 ? 0 : 3);
                size_t size = random_word(&seed, word, count, kinds);
                size_t made = analyser_word(&analyser, word, size, TOKEN_WORD, parts);
                for (size_t k = 0; k < made; k++) {
                    check_part(&checker, &parts[k]);
                }
            }
            checker_release(&checker);
        }
        buffer_release(&table);
    }
    exceptions_free(exceptions);
}

/* Every code point but ideographs and syllables of Hangul, before a letter: what light10 leaves of
 * a form is told from its fold. */
static void letters_of_light10(void **state)
{
    (void)state;
    struct analyser analyser = {.name = ANALYSER_LIGHT10};
    struct checker checker;
    checker_init(&checker, &analyser);
    for (uint32_t code = 1; code <= 0xFFFF; code++) {
        static struct analysis parts[ANALYSIS_PARTS_MAX];
        char word[8];
        if (code >= 0x3400 && code < 0xF900) {
            continue; /* surrogates too */
        }
        size_t size = utf8_encode(code, word);
        memcpy(word + size, "م", 2);
        size_t made = analyser_word(&analyser, word, size + 2, TOKEN_WORD, parts);
        for (size_t k = 0; k < made; k++) {
            check_part(&checker, &parts[k]);
        }
    }
    checker_release(&checker);
}

/* ---- What is given ---- */

static void find(const struct analyser *analyser, const char *prefix, char out[1024])
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct class_ranges found;
    struct error error;
    assert_non_null(arena);
    assert_int_equal(class_ranges_find(analyser, prefix, strlen(prefix), arena, &found, &error),
                     STATUS_OK);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < found.count; i++) {
        const struct class_range *range = &found.ranges[i];
        used += (size_t)snprintf(out + used, 1024 - used, "%s%.*s", i > 0 ? " " : "",
                                 (int)range->from_size, range->from);
    }
    arena_free(arena);
}

/* Where the ranges begin; "" is all. */
static void examples(void **state)
{
    (void)state;
    static const struct {
        enum analyser_name name;
        const char *prefix;
        const char *ranges;
    } rows[] = {
        {ANALYSER_DEFAULT, "مغر", "مغر"},
        {ANALYSER_DEFAULT, "المغر", "المغر مغر"},
        {ANALYSER_DEFAULT, "والمغر", "المغر مغر والمغر"},
        {ANALYSER_DEFAULT, "للمغر", "للمغر لمغر مغر"},
        {ANALYSER_DEFAULT, "وبم", "بم م وبم"},
        {ANALYSER_DEFAULT, "سبق", "سبق"}, /* sa- stands before verbs */
        {ANALYSER_DEFAULT, "سيق", "سيق يق"},
        {ANALYSER_DEFAULT, "شيو", "شوو شيو"},
        {ANALYSER_DEFAULT, "اميرك", "امريكا امريكي امريكيه امريكيون امريكيين اميرك"}, /* joined */
        {ANALYSER_DEFAULT, "1,2", "1"},
        {ANALYSER_DEFAULT, "ال93", "93 ال93"},
        {ANALYSER_DEFAULT, "obama'", "obama obama'"},
        {ANALYSER_DEFAULT, "و", ""},
        {ANALYSER_DEFAULT, "ال", ""},
        {ANALYSER_DEFAULT, "با", ""}, /* bi + al */
        {ANALYSER_DEFAULT, "الب", ""},
        {ANALYSER_DEFAULT, "", ""},
        {ANALYSER_FOLD, "المغر", "المغر"},
        {ANALYSER_FOLD, "و", "و"},
        {ANALYSER_LIGHT10, "و", ""},
        {ANALYSER_LIGHT10, "a", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct analyser analyser = {.name = rows[i].name};
        char got[1024];
        find(&analyser, rows[i].prefix, got);
        if (strcmp(got, rows[i].ranges) != 0) {
            fail_msg("%s: '%s', not '%s'", rows[i].prefix, got, rows[i].ranges);
        }
    }
    char got[1024];
    struct exceptions *exceptions = read_exceptions();
    struct analyser analyser = {.name = ANALYSER_DEFAULT, .exceptions = exceptions};
    find(&analyser, "تلف", got);
    assert_string_equal(got, "تلف عبد عبدالرف");
    exceptions_free(exceptions);
    find(NULL, "مغر", got);
    assert_string_equal(got, "");
}

/* More ways than are kept: all keys. */
static void limits(void **state)
{
    (void)state;
    struct analyser analyser = {.name = ANALYSER_DEFAULT};
    char got[1024];
    find(&analyser, "ميوميوميوميوميوميوميوميوميو", got);
    assert_string_equal(got, "");
    find(&analyser, "\xFF\xFF", got);
    assert_string_equal(got, "");
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct analyser analyser = {.name = ANALYSER_DEFAULT};
    enum status status = STATUS_NOMEM;
    size_t bytes = 0;
    for (; status == STATUS_NOMEM && bytes < ARENA_MAX; bytes += 64) {
        struct error error;
        struct class_ranges found;
        struct arena *arena = arena_new(bytes);
        assert_non_null(arena);
        status = class_ranges_find(&analyser, "والمغر", 12, arena, &found, &error);
        arena_free(arena);
    }
    assert_int_equal(status, STATUS_OK);
    assert_true(bytes > 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),           cmocka_unit_test(limits),
        cmocka_unit_test(memory_may_run_out), cmocka_unit_test(random_words),
        cmocka_unit_test(letters_of_light10), cmocka_unit_test(words_of_the_articles),
        cmocka_unit_test(words_of_the_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
