#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "query/class_cache.h"
#include "query/snippet.h"

static const struct analyser analyser = {.name = ANALYSER_DEFAULT};

/* A snippet with its marks in brackets. */
static void show(const struct snippet *snippet, char *out, size_t out_size)
{
    size_t used = 0;
    size_t mark = 0;
    for (size_t at = 0; at <= snippet->size; at++) {
        if (mark < snippet->mark_count && at == snippet->marks[mark].end) {
            out[used++] = ']';
            mark++;
        }
        if (mark < snippet->mark_count && at == snippet->marks[mark].start) {
            out[used++] = '[';
        }
        assert_true(used + 2 < out_size);
        if (at < snippet->size) {
            out[used++] = snippet->text[at];
        }
    }
    assert_int_equal(mark, snippet->mark_count);
    out[used] = '\0';
}

static struct class_cache *cache; /* filled by one test, used by the next */

static int cache_make(void **state)
{
    (void)state;
    cache = class_cache_new();
    return cache == NULL;
}

static int cache_release(void **state)
{
    (void)state;
    class_cache_free(cache);
    return 0;
}

static void run(const char *query, const struct snippet_text *text, size_t bytes, char *out,
                size_t out_size)
{
    struct error error = {.message = ""};
    const struct query_node *root = NULL;
    struct snippet_maker *maker = NULL;
    struct snippet snippet;
    int64_t offset = 0;
    struct arena *arena = arena_new(QUERY_ARENA_MAX);
    assert_int_equal(query_parse(arena, &analyser, (struct query_string){query, strlen(query)},
                                 &root, &offset, &error),
                     STATUS_OK);
    for (unsigned with_cache = 0; with_cache < 2; with_cache++) {
        char other[4000];
        assert_int_equal(
            snippet_maker_new(root, &analyser, with_cache == 1 ? cache : NULL, &maker, &error),
            STATUS_OK);
        for (unsigned twice = 0; twice < 2; twice++) { /* nothing is left from the text before */
            assert_int_equal(snippet_make(maker, text, bytes, &snippet, &error), STATUS_OK);
        }
        assert_int_equal(utf8_valid_prefix(snippet.text, snippet.size), snippet.size);
        show(&snippet, with_cache == 1 ? other : out, with_cache == 1 ? sizeof other : out_size);
        assert_true(with_cache == 0 || strcmp(out, other) == 0);
        snippet_maker_free(maker);
    }
    arena_free(arena);
}

struct example {
    const char *query;
    const char *title;
    const char *body;
    size_t bytes;
    const char *wanted;
};

static void check(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[2000];
        char got[4000];
        (void)snprintf(text, sizeof text, "%s\n\n%s", examples[i].title, examples[i].body);
        struct snippet_text source = {
            .bytes = text, .size = strlen(text), .title_end = (uint32_t)strlen(examples[i].title)};
        run(examples[i].query, &source, examples[i].bytes, got, sizeof got);
        if (strcmp(got, examples[i].wanted) != 0) {
            fail_msg("'%s' in '%s' gives '%s', not '%s'", examples[i].query, text, got,
                     examples[i].wanted);
        }
    }
}

static void printed_words_are_marked(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"المغرب", "", "زار بالمغرب ثم والمغرب.", 200, "زار [بالمغرب] ثم [والمغرب]."},
        {"=المغرب", "", "زار بالمغرب ثم المغرب.", 200, "زار بالمغرب ثم [المغرب]."},
        {"~ايران", "", "في إيران وايران", 200, "في [إيران] وايران"},
        {"a b", "", "x a y b", 200, "x [a] y [b]"},
        {"a OR nothing", "", "x a", 200, "x [a]"},
        {"a NOT b", "", "x a c", 200, "x [a] c"},
        {"\"a b\"", "", "a x a b b", 200, "a x [a] [b] b"},
        {"\"a b\"~1", "", "a x x x b x a b", 200, "a x x x [b] x [a] [b]"},
        {"\"a a\"", "", "a x a a a", 200, "a x [a] [a] [a]"},
        {"par*", "", "Pardo, par and spar", 200, "[Pardo], [par] and spar"},
        {"مغر*", "", "في المغرب", 200, "في [المغرب]"},
        {"pardo~1", "", "pardon prado", 200, "[pardon] prado"},
        {"title:a", "x a", "a b c", 200, "x [a]"},
        {"a", "a in the title", "b c a d", 200, "b c [a] d"},
        {"a", "an a", "b c", 200, "an [a]"},
        {"\"a b\"", "x a", "b a b", 200, "b [a] [b]"},
        {"date:2022", "title", "Body first. Then more.", 200, "Body first. Then more."},
        {"nothing", "title", "", 200, "title"},
        {"nothing", "", "", 200, ""},
        {"nothing", "", "...", 200, ""},
        {"المغرب", "", "الـمَغْرِب", 200, "[الـمَغْرِب]"},
    };
    check(examples, sizeof examples / sizeof examples[0]);
}

static void one_clean_line(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"a", "", "x\n\n\ty\x01 a\r\nz  ", 200, "x y [a] z"},
        {"a", "", "x \xE2\x80\xAE a \xE2\x80\xAC y", 200, "x [a] y"},
        {"a", "",
         "x\xE2\x80\xA8"
         "a\xC2\x85y",
         200, "x [a] y"},
        {"a", "", "«x» (a)!  y", 200, "«x» ([a])! y"},
    };
    check(examples, sizeof examples / sizeof examples[0]);
}

static void best_window(void **state)
{
    (void)state;
    static const struct example examples[] = {
        /* both words are better than one word twice */
        {"aa bb", "", "aa aa one two three four five six seven aa x bb eight nine ten", 24,
         "[aa] x [bb] eight nine ten"},
        /* a sentence begins near before */
        {"aa", "", "one two three four five. Six aa seven eight nine ten", 30,
         "Six [aa] seven eight nine ten"},
        {"aa", "", "one two three four five six aa seven eight nine ten eleven", 20,
         "six [aa] seven eight"},
        {"aa", "", "one two three four five six aa seven eight nine ten eleven", 1, "[aa]"},
    };
    check(examples, sizeof examples / sizeof examples[0]);
}

static void mentions(void **state)
{
    (void)state;
    static const char text[] = "قال عبد اللطيف حموشي في الرباط";
    struct snippet_range range = {7, 38};
    struct snippet_range outside = {500, 600};
    char got[400];
    struct snippet_text source = {
        .bytes = text, .size = strlen(text), .mentions = &range, .mention_count = 1};
    run("person:x OR الرباط", &source, 200, got, sizeof got);
    assert_string_equal(got, "قال [عبد اللطيف حموشي] في [الرباط]");
    run("حموشي", &source, 200, got, sizeof got);
    assert_string_equal(got, "قال [عبد اللطيف حموشي] في الرباط");
    source.mentions = &outside;
    run("x", &source, 200, got, sizeof got);
    assert_string_equal(got, text);
}

/* Marks lie in the snippet, ascend, do not touch code points' insides, whatever the text. */
static void any_text(void **state)
{
    (void)state;
    static const char *const pieces[] = {"المغرب",  " ",    "a",    "b",      ".",
                                         "\n",      "\xFF", "«",    "#مصر_a", "\xE2\x80\xAE",
                                         "عبدالله", " b ",  "\xD8", "👍",      "12:30"};
    static const char *const queries[] = {"a b", "\"a b\"~3", "\"عبد الله\"", "المغرب OR #مصر_a",
                                          "title:a b*"};
    uint64_t seed = 5;
    for (unsigned i = 0; i < 3000; i++) {
        char *text = malloc(1000);
        size_t size = 0;
        char got[4000];
        assert_non_null(text);
        while (size < 600) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char *piece = pieces[(seed >> 33) % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
        }
        text = realloc(text, size);
        struct snippet_text source = {
            .bytes = text, .size = size, .title_end = (uint32_t)((seed >> 40) % 100)};
        struct error error;
        const struct query_node *root = NULL;
        struct snippet_maker *maker = NULL;
        struct snippet snippet;
        int64_t offset = 0;
        struct arena *arena = arena_new(QUERY_ARENA_MAX);
        const char *query = queries[i % 5];
        assert_int_equal(query_parse(arena, &analyser, (struct query_string){query, strlen(query)},
                                     &root, &offset, &error),
                         STATUS_OK);
        assert_int_equal(snippet_maker_new(root, &analyser, NULL, &maker, &error), STATUS_OK);
        assert_int_equal(snippet_make(maker, &source, (seed >> 50) % 300, &snippet, &error),
                         STATUS_OK);
        for (size_t m = 0; m < snippet.mark_count; m++) {
            assert_true(snippet.marks[m].start < snippet.marks[m].end);
            assert_true(m == 0 || snippet.marks[m - 1].end <= snippet.marks[m].start);
            assert_true(snippet.marks[m].end <= snippet.size);
        }
        show(&snippet, got, sizeof got);
        const struct snippet_range *marks = NULL;
        size_t mark_count = 0;
        assert_int_equal(snippet_marks(maker, &source, &marks, &mark_count, &error), STATUS_OK);
        assert_true(mark_count >= snippet.mark_count);
        for (size_t m = 0; m < mark_count; m++) {
            assert_true(marks[m].end <= size && marks[m].start < marks[m].end);
        }
        struct snippet_maker *cached = NULL;
        const struct snippet_range *same = NULL;
        size_t same_count = 0;
        assert_int_equal(snippet_maker_new(root, &analyser, cache, &cached, &error), STATUS_OK);
        assert_int_equal(snippet_marks(cached, &source, &same, &same_count, &error), STATUS_OK);
        assert_int_equal(same_count, mark_count);
        assert_true(mark_count == 0 || memcmp(same, marks, mark_count * sizeof *marks) == 0);
        snippet_maker_free(cached);
        snippet_maker_free(maker);
        arena_free(arena);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_words_are_marked),
        cmocka_unit_test(one_clean_line),
        cmocka_unit_test(best_window),
        cmocka_unit_test(mentions),
        cmocka_unit_test(any_text),
    };
    return cmocka_run_group_tests(tests, cache_make, cache_release);
}
