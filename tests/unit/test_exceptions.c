/* A user's exceptions: the file, what it does to classes, and what it may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "text/analyser.h"

static struct analysis parts[ANALYSIS_PARTS_MAX];

static void class_of(const struct analyser *analyser, const char *word, char out[512])
{
    size_t made = analyser_word(analyser, word, strlen(word), TOKEN_WORD, parts);
    out[0] = '\0';
    for (size_t i = 0; i < made; i++) {
        size_t used = strlen(out);
        (void)snprintf(out + used, 512 - used, "%.*s ", (int)parts[i].class_size,
                       parts[i].class_key);
    }
}

static int same(const struct analyser *analyser, const char *a, const char *b)
{
    char left[512];
    char right[512];
    class_of(analyser, a, left);
    class_of(analyser, b, right);
    return strcmp(left, right) == 0;
}

static struct exceptions *read_all(const char *text)
{
    struct exceptions *exceptions = NULL;
    struct error error = {0};
    if (exceptions_read(text, strlen(text), "x", &exceptions, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return exceptions;
}

/* Words, one class before, and after: 1 joined, 0 apart. */
static void what_they_do(void **state)
{
    (void)state;
    static const char text[] = "# our archive\n\n"
                               "join كمبيوتر حاسوب\n"
                               "  join\tCOVID كوفيد \r\n"
                               "join فيسبوك facebook\n"
                               "never الوزير وزير # no: a comment has a line of its own\n";
    struct error error = {0};
    struct exceptions *exceptions = NULL;
    assert_int_equal(exceptions_read(text, strlen(text), "x", &exceptions, &error), STATUS_USAGE);
    assert_non_null(strstr(error.message, "line 6"));
    assert_null(exceptions);
    exceptions = read_all("# our archive\n\njoin كمبيوتر حاسوب\n  join\tCOVID كوفيد \r\n"
                          "join فيسبوك facebook\nnever الوزير وزير");
    static const struct {
        const char *a;
        const char *b;
        int before;
        int after;
    } cases[] = {
        {"كمبيوتر", "حاسوب", 0, 1}, {"الكمبيوتر", "والحاسوب", 0, 1}, {"وكمبيوتر", "حاسوب", 0, 1},
        {"Covid", "كوفيد", 0, 1},   {"فيسبوك", "Facebook", 0, 1},    {"وفيسبوك", "FACEBOOK", 0, 1},
        {"الوزير", "وزير", 1, 0},   {"والوزير", "الوزير", 1, 1},     {"ووزير", "وزير", 1, 1},
        {"والوزير", "ووزير", 1, 0}, {"الكتاب", "كتاب", 1, 1},        {"كتاب", "حاسوب", 0, 0},
    };
    struct analyser plain = {.name = ANALYSER_DEFAULT};
    struct analyser mine = {.name = ANALYSER_DEFAULT, .exceptions = exceptions};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (same(&plain, cases[i].a, cases[i].b) != cases[i].before ||
            same(&mine, cases[i].a, cases[i].b) != cases[i].after) {
            fail_msg("%s %s", cases[i].a, cases[i].b);
        }
    }
    assert_int_equal(analyser_check_exceptions(&mine, &error), STATUS_OK);
    exceptions_free(exceptions);
}

static void one_text_for_equal_exceptions(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "never أب أم\njoin إذاعة راديو\n",
        "# order and spelling do not matter\njoin اذاعه  راديو\nnever اب ام\nnever أَب أم\n"};
    struct buffer out[2];
    for (size_t i = 0; i < 2; i++) {
        struct error error;
        struct exceptions *exceptions = read_all(texts[i]);
        buffer_init(&out[i], 1 << 20);
        assert_int_equal(exceptions_write(exceptions, &out[i], &error), STATUS_OK);
        exceptions_free(exceptions);
    }
    assert_int_equal(out[0].size, out[1].size);
    assert_memory_equal(out[0].bytes, out[1].bytes, out[0].size);
    buffer_release(&out[0]);
    buffer_release(&out[1]);
    assert_null(read_all(""));
    assert_null(read_all("# nothing\n\n"));
}

static void what_they_may_not_say(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "join one",           "keep a b",
        "join one two three", "join ab ba\njoin ba ab",
        "never أحمد احمد",    "join ـــ كلمة",
        "join a bc",          "join aa bb\njoin bb cc\njoin cc dd\njoin dd ee\njoin ee ff\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct exceptions *exceptions = NULL;
        struct error error = {0};
        if (exceptions_read(bad[i], strlen(bad[i]), "x", &exceptions, &error) != STATUS_USAGE) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_null(exceptions);
    }
    /* Lines that speak against each other. */
    struct error error = {0};
    struct exceptions *exceptions = read_all("join قلم كتاب\nnever قلم كتاب\n");
    struct analyser analyser = {.name = ANALYSER_DEFAULT, .exceptions = exceptions};
    assert_int_equal(analyser_check_exceptions(&analyser, &error), STATUS_USAGE);
    exceptions_free(exceptions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_they_do),
                                       cmocka_unit_test(one_text_for_equal_exceptions),
                                       cmocka_unit_test(what_they_may_not_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
