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
#include "query/parse.h"
#include "query/pattern.h"

static const struct analyser analyser = {.name = ANALYSER_DEFAULT};

/* Parses and prints into `out`; an error becomes "@offset: message". */
static void run(const char *query, size_t size, char *out, size_t out_size)
{
    struct error error = {.message = ""};
    const struct query_node *root = NULL;
    int64_t offset = 0;
    char *exact = malloc(size + 1); /* so that a sanitizer sees any reading past the end */
    assert_non_null(exact);
    exact = realloc(exact, size == 0 ? 1 : size);
    memcpy(exact, query, size);
    struct arena *arena = arena_new(QUERY_ARENA_MAX);
    enum status status =
        query_parse(arena, &analyser, (struct query_string){exact, size}, &root, &offset, &error);
    if (status == STATUS_OK) {
        struct buffer text;
        buffer_init(&text, (size_t)1 << 20);
        assert_int_equal(query_print(root, &text, &error), STATUS_OK);
        (void)snprintf(out, out_size, "%.*s", (int)text.size, (const char *)text.bytes);
        assert_int_equal(offset, -1);
        buffer_release(&text);
    } else {
        assert_true(status == STATUS_USAGE || status == STATUS_LIMIT);
        assert_in_range(offset, 0, size);
        (void)snprintf(out, out_size, "@%d: %s", (int)offset, error.message);
    }
    arena_free(arena);
    free(exact);
}

struct example {
    const char *query;
    const char *tree;
};

static void check(const struct example *examples, size_t count, bool prefix)
{
    for (size_t i = 0; i < count; i++) {
        char got[1000];
        run(examples[i].query, strlen(examples[i].query), got, sizeof got);
        size_t size = prefix ? strlen(examples[i].tree) : sizeof got;
        if (strncmp(got, examples[i].tree, size) != 0) {
            fail_msg("'%s' gives '%s', not '%s'", examples[i].query, got, examples[i].tree);
        }
    }
}

static void words_and_levels(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"المغرب", "مغرب"},
        {"  المغرب  ", "مغرب"},
        {"مذكرة تفاهم", "(and مذكره تفاهم)"},
        {"مذكرة AND تفاهم", "(and مذكره تفاهم)"},
        {"~المغرب", "~المغرب"},
        {"=\"المغرب\"", "=المغرب"},
        {"=المغرب", "=المغرب"},
        {"=\"مذكرة تفاهم\"", "\"=مذكرة =تفاهم\""},
        {"~\"مذكرة تفاهم\"", "\"~مذكره ~تفاهم\""},
        {"\"المغرب\"", "مغرب"},
        {"PARDO", "pardo"},
        {"=PARDO", "=PARDO"},
        {"المَغْــرِب", "مغرب"},
        {"و.م.ع", "و.م.ع"},
        {"12:30", "12:30"},
        {"http://x.y/z?a=1", "http://x.y/z?a=1"},
        {"note: a", "(and note a)"},
        {"وقال:كذا", "\"قال كذا\""},
        {"كتاب-قلم", "\"كتاب قلم\""},
        {"الجزائر،المغرب ؟", "(and جزاير مغرب)"},
        {"a ... b", "(and a b)"},
        {"a - b", "(and a b)"},
        {"a -- b", "(and a b)"},
        {"and or not", "(and and or not)"},
        {"ANDY ORAN NOTE", "(and andy oran note)"},
        {"a\xC2\xA0"
         "b\xE2\x80\x8F",
         "(and a b)"},
        {"#مصر_الجديدة", "\"#مصر_الجديده +0 مصر جديده\""},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

static void operators(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"a OR b", "(or a b)"},
        {"a | b", "(or a b)"},
        {"a|b", "(or a b)"},
        {"a OR b c -d", "(or a (and b c (not d)))"},
        {"(a OR b) c", "(and (or a b) c)"},
        {"a NOT b", "(and a (not b))"},
        {"a AND NOT b", "(and a (not b))"},
        {"-a b", "(and (not a) b)"},
        {"-(a b) c", "(and (not (and a b)) c)"},
        {"-\"a b\" c", "(and (not \"a b\") c)"},
        {"NOT NOT a", "a"},
        {"a -NOT b", "(and a b)"},
        {"((a))", "a"},
        {"(a b)(c)", "(and (and a b) c)"},
        {"a OR \"!\"", "a"},
        {"a NOT \"!\"", "a"},
        {"a (\"!\") b", "(and a b)"},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

static void quotations(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"\"مذكرة تفاهم\"", "\"مذكره تفاهم\""},
        {"“مذكرة تفاهم”", "\"مذكره تفاهم\""},
        {"”مذكرة تفاهم“", "\"مذكره تفاهم\""},
        {"«مذكرة تفاهم»", "\"مذكره تفاهم\""},
        {"»مذكرة تفاهم«", "\"مذكره تفاهم\""},
        {"«a \"b\" c»", "\"a b c\""},
        {"\"a b\"~5", "\"a b\"~5"},
        {"\"a b\"~0", "\"a b\"~0"},
        {"\"a\"~5", "a"},
        {"\"a ... b\"", "\"a b\""},
        {"\"a OR (b) -c title:d*\"", "\"a or b c title d\""},
        {"كتاب\"a b\"", "(and كتاب \"a b\")"},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

/* Patterns within quotation marks, any word, and a conjunction that may as well be joined. */
static void patterns_in_quotations(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"\"رئيس حك*\"", "\"رييس حك*\""},
        {"\"رئيس حك* جديد\"", "\"رييس حك* جديد\""},
        {"\"تونس و الجزائر\"", "(or \"تونس و جزاير\" \"تونس جزاير\")"},
        {"=\"تونس و الجزائر\"", "\"=تونس =و =الجزائر\""},
        {"\"تونس و الجزائر\"~3", "\"تونس جزاير\"~3"},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

/* و asks for nothing beside a word; other clitics where tatweel or a quotation ties them to what
 * follows. */
static void clitics_apart(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"تونس و الجزائر", "(and تونس (apart و) جزاير)"},
        {"و الجزائر", "(and (apart و) جزاير)"},
        {"تونس وَ", "(and تونس (apart و))"},
        {"تونس AND و AND الجزائر", "(and تونس (apart و) جزاير)"},
        {"تونس ،و مغر*", "(and تونس (apart و) مغر*)"},
        {"title:(تونس و الجزائر)", "(and title:تونس (apart title:و) title:جزاير)"},
        {"و", "و"},
        {"و و", "(and و و)"},
        {"و -تونس", "(and و (not تونس))"},
        {"و OR تونس", "(or و تونس)"},
        {"تونس -و", "(and تونس (not و))"},
        {"تونس =و ~و", "(and تونس =و ~و)"},
        {"تونس \"و\" title:و", "(and تونس و title:و)"},
        {"تونس و~1", "(and تونس و~1)"},
        {"قناة بـ \"a b\"", "(and قناه (apart ب) \"a b\")"},
        {"ب\"a b\" لل«c» وبال“d”", "(and (apart ب) \"a b\" (apart لل) c (apart بال) d)"},
        {"ب \"a\" ب (b) كل\"c\"", "(and ب a ب b كل c)"},
        {"أ ف ب", "(and ا ف ب)"},
        {"ال", "ال"},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

static void fields(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"title:غسل", "title:غسل"},
        {"TITLE:a", "title:a"},
        {"title:\"a b\" c", "(and title:\"a b\" c)"},
        {"title:=a", "title:=a"},
        {"title:(a OR ~b) c", "(and (or title:a title:~b) c)"},
        {"source:hespress", "source:\"hespress\""},
        {"source:\"a b\"", "source:\"a b\""},
        {"source:ant-*", "source:\"ant-*\""},
        {"id:a/b.txt", "id:\"a/b.txt\""},
        {"person:\"عبد اللطيف حموشي\" place:مراكش org:x",
         "(and person:\"عبد اللطيف حموشي\" place:\"مراكش\" org:\"x\")"},
        {"-person:a b", "(and (not person:\"a\") b)"},
        {"date:2022", "date:20220000..20229999"},
        {"date:2022-08", "date:20220800..20220899"},
        {"date:2022-08-10", "date:20220810..20220810"},
        {"date:٢٠٢٢-٠٨", "date:20220800..20220899"},
        {"date:2022/08/10", "date:20220810..20220810"},
        {"date:2019..2022-06", "date:20190000..20220699"},
        {"date:2019..", "date:20190000..99999999"},
        {"date:..2019", "date:1..20199999"},
        {"date:<2020", "date:1..20199999"},
        {"date:<=2020", "date:1..20209999"},
        {"date:>2019-05", "date:20190600..99999999"},
        {"date:>=2019-05-03", "date:20190503..99999999"},
        {"date:2020-02-29", "date:20200229..20200229"},
        {"event-date:2022-08-10", "event-date:20220810..20220810"},
        {"event-date:--01-27", "event-date:\"--01-27\""},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

static void patterns(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"مغر*", "مغر*"},      {"المغر*", "المغر*"},
        {"إي*ن", "اي*ن"},      {"w?LD*card", "w?ld*card"},
        {"what?", "what"},     {"~مغر*", "~مغر*"},
        {"fuzzy~", "fuzzy~1"}, {"fuzzy~2", "fuzzy~2"},
        {"fuzzy~0", "fuzzy"},  {"title:مغر*", "title:مغر*"},
    };
    check(examples, sizeof examples / sizeof examples[0], false);
}

/* The place and the beginning of each message. */
static void mistakes(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", "@0: query is empty"},
        {"  ", "@0: query is empty"},
        {"! ...", "@0: query holds no word"},
        {"NOT a", "@0: this part only excludes; say also what to find"},
        {"-a -b", "@0: this part only excludes"},
        {"a OR -b", "@5: this part only excludes"},
        {"a (NOT b)", "@3: this part only excludes"},
        {"a AND", "@2: a word is missing after 'AND'"},
        {"a OR", "@2: a word is missing after 'OR'"},
        {"a |", "@2: a word is missing after '|'"},
        {"a NOT", "@2: a word is missing after 'NOT'"},
        {"a NOT OR b", "@2: a word is missing after 'NOT'"},
        {"OR a", "@0: a word is missing before this"},
        {"a AND OR b", "@2: a word is missing after 'AND'"},
        {"a OR OR b", "@2: a word is missing after 'OR'"},
        {"()", "@0: there is nothing between"},
        {"a (b", "@2: this parenthesis is not closed"},
        {"a b)", "@3: there is no '(' for this"},
        {"a \"b", "@2: this quotation mark is not closed"},
        {"a «b\"", "@2: this quotation mark is not closed"},
        {"~", "@0: '~' needs a word"},
        {"a = b", "@2: '=' needs a word"},
        {"foo:bar", "@0: there is no field 'foo': the fields are title:"},
        {"title:", "@6: nothing follows 'title:'"},
        {"title: a", "@6: nothing follows 'title:'"},
        {"title:(a person:b)", "@9: only words may stand inside"},
        {"title:title:a", "@6: only words may follow title:"},
        {"person:(a b)", "@7: parentheses may follow title: only"},
        {"person:\"\"", "@8: nothing follows 'person:'"},
        {"source:", "@7: nothing follows 'source:'"},
        {"date:", "@5: nothing follows 'date:'"},
        {"date:tomorrow", "@5: cannot read the date 'tomorrow': write 2022"},
        {"date:2022-13", "@5: cannot read the date"},
        {"date:2021-02-29", "@5: cannot read the date"},
        {"date:10-08-2022", "@5: cannot read the date"},
        {"date:2022..2019", "@5: the range '2022..2019' ends before it begins"},
        {"date:<", "@5: cannot read the date"},
        {"date:..", "@5: cannot read the date"},
        {"*", "@0: a pattern needs a letter"},
        {"=a*", "@1: a pattern has no printed form"},
        {"fuzzy~9", "@6: the number after '~' is at most 2"},
        {"\"a b\"~", "@5: '~' behind a quotation needs a number"},
        {"\"a b\"~1001", "@6: the number after '~' is at most 1000"},
        {"a \xFF b", "@2: query is not UTF-8"},
    };
    check(examples, sizeof examples / sizeof examples[0], true);
}

static void limits(void **state)
{
    (void)state;
    static char query[QUERY_BYTES_MAX + 10];
    char got[1000];
    memset(query, '(', sizeof query);
    run(query, 1000, got, sizeof got);
    assert_non_null(strstr(got, "query is too large: at most 64 levels"));
    run(query, sizeof query, got, sizeof got);
    assert_string_equal(got, "@65536: query is too large: at most 65536 bytes");
    for (size_t i = 0; i + 4 <= sizeof query; i += 4) {
        memcpy(query + i, "NOT ", 4);
    }
    run(query, 4000, got, sizeof got);
    assert_non_null(strstr(got, "query is too large: at most 64 levels"));
    memset(query, '-', 4000);
    run(query, 4000, got, sizeof got);
    for (size_t i = 0; i + 2 <= sizeof query; i += 2) {
        memcpy(query + i, "a ", 2);
    }
    run(query, 2 * QUERY_WORDS_MAX, got, sizeof got);
    assert_memory_equal(got, "(and a a a", 10);
    run(query, 2 * QUERY_WORDS_MAX + 2, got, sizeof got);
    assert_string_equal(got, "@2048: query is too large: at most 1024 words");
}

/* Any cut and any changed byte of a query parses or is refused at a place inside of it. */
static void damaged_queries(void **state)
{
    (void)state;
    static const char query[] =
        "(~المغرب OR =\"مذكرة تفاهم\"~5) -title:(غس* | w?ld) date:2019..2022-06 «a b» x~1";
    char text[sizeof query];
    char got[1000];
    for (size_t size = 0; size < sizeof query; size++) {
        run(query, size, got, sizeof got);
    }
    uint64_t seed = 7;
    for (unsigned i = 0; i < 20000; i++) {
        memcpy(text, query, sizeof query);
        for (unsigned change = 0; change < 1 + i % 4; change++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            static const char bytes[] = "()\"~=-|*? :a\xD9\xAB\xFF";
            text[(seed >> 33) % (sizeof query - 1)] = bytes[(seed >> 50) % (sizeof bytes - 1)];
        }
        run(text, sizeof query - 1, got, sizeof got);
    }
}

static void wildcards(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } cases[] = {
        {"*", "", true},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "ba", true},
        {"a?c", "abc", true},
        {"a?c", "aبc", true},
        {"?", "ب", true},
        {"??", "ب", false},
        {"a*b*c", "axxbyyc", true},
        {"a*b*c", "axxbyy", false},
        {"*مغر*", "والمغرب", true},
        {"مغر?", "مغرب", true},
        {"مغر?", "مغر", false},
        {"a**b", "ab", true},
        {"", "", true},
        {"", "a", false},
        {"*ab", "aab", true},
        {"*aab", "aaab", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool got = pattern_matches(cases[i].pattern, strlen(cases[i].pattern), cases[i].text,
                                   strlen(cases[i].text));
        if (got != cases[i].matches) {
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
        }
    }
}

/* The textbook recursion. */
static uint32_t edits(const char *a, size_t m, const char *b, size_t n)
{
    if (m == 0 || n == 0) {
        return (uint32_t)(m + n);
    }
    uint32_t best = edits(a + 1, m - 1, b + 1, n - 1) + (a[0] == b[0] ? 0 : 1);
    uint32_t cut = edits(a + 1, m - 1, b, n) + 1;
    uint32_t added = edits(a, m, b + 1, n - 1) + 1;
    best = cut < best ? cut : best;
    return added < best ? added : best;
}

static void distances(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (unsigned i = 0; i < 2000; i++) {
        char a[8];
        char b[8];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t m = (seed >> 33) % 6;
        size_t n = (seed >> 40) % 6;
        for (size_t k = 0; k < 8; k++) {
            a[k] = "ab"[(seed >> (20 + k)) & 1];
            b[k] = "ab"[(seed >> (44 + k)) & 1];
        }
        for (uint32_t distance = 0; distance < 4; distance++) {
            assert_int_equal(pattern_near(a, m, b, n, distance), edits(a, m, b, n) <= distance);
        }
    }
    assert_true(pattern_near("مصر", 6, "مصور", 8, 1));
    assert_true(pattern_near("مصر", 6, "مكر", 6, 1));
    assert_false(pattern_near("مصر", 6, "مكل", 6, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_levels),
        cmocka_unit_test(operators),
        cmocka_unit_test(quotations),
        cmocka_unit_test(clitics_apart),
        cmocka_unit_test(patterns_in_quotations),
        cmocka_unit_test(fields),
        cmocka_unit_test(patterns),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(limits),
        cmocka_unit_test(damaged_queries),
        cmocka_unit_test(wildcards),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
