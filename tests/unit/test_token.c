#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/token.h"

/* `expected`: the tokens, each with a letter for its kind and one for the gap before it, split by
 * "|". Kinds: w n u e h t (hashtag). Gaps: 0 none, _ space, - dash, q quote, c comma, : colon,
 * . stop, / line. */
struct example {
    const char *text;
    const char *expected;
};

static const struct example EXAMPLES[] = {
    {"", ""},
    {" \n", ""},
    {"المغرب", "w/المغرب"},
    {"وقع المدير العام", "w/وقع|w_المدير|w_العام"},
    {"المَغْــرِب.", "w/المَغْــرِب"},
    {"و.م.ع في", "w/و.م.ع|w_في"},
    {"و.م.ع. في", "w/و.م.ع|w.في"},
    {"الـ93 دولة", "w/الـ93|w_دولة"},
    {"والـ١٥٠", "w/والـ١٥٠"},
    {"لل20", "w/لل20"},
    {"عام2022م", "w/عام|n02022|w0م"},
    {"93مليون", "n/93|w0مليون"},
    {"1,234.5", "n/1,234.5"},
    {"١٢٣", "n/١٢٣"},
    {"١٬٢٣٤٫٥", "n/١٬٢٣٤٫٥"},
    {"1.500.000 درهم", "n/1.500.000|w_درهم"},
    {"12:30، 24/11/2025.", "n/12:30|nc24/11/2025"},
    {"2022-08-10", "n/2022|n-08|n-10"},
    {"93%", "n/93"},
    {"5G و F16 Covid-19", "w/5G|w_و|w_F16|w_Covid|n-19"},
    {"x² m³", "w/x²|w_m³"},
    {"الجزائر .واعتبر", "w/الجزائر|w.واعتبر"},
    {"الوطنية.عبد", "w/الوطنية|w.عبد"},
    {"قال أ.محمد د.أحمد", "w/قال|w_أ|w.محمد|w_د|w.أحمد"},
    {"أ.د.محمد", "w/أ.د|w.محمد"},
    {"the U.S. and U.S.A", "w/the|w_U.S|w.and|w_U.S.A"},
    {"ب.ب.سي", "w/ب.ب|w.سي"},
    {"l'eau l’eau d'Or 'x'", "w/l'eau|w_l’eau|w_d'Or|wqx"},
    {"ما'ذا", "w/ما|wqذا"},
    {"شركةGoogle", "w/شركة|w0Google"},
    {"«النهار» \"اليوم\" (أمس)", "w/النهار|wqاليوم|wqأمس"},
    {"نعم؟ لا! ثم؛ كذا: هنا…", "w/نعم|w.لا|w.ثم|w:كذا|w:هنا"},
    {"سطر\nآخر - ثالث", "w/سطر|w/آخر|w-ثالث"},
    {"http://www.example.com/a_(b)?x=1. ثم", "u/http://www.example.com/a_(b)?x=1|w.ثم"},
    {"(https://hespress.com)، www.le360.ma", "u/https://hespress.com|ucwww.le360.ma"},
    {"hespress.com وnode.js", "u/hespress.com|w_و|w0node|w.js"},
    {"راسل info@example.co.uk.", "w/راسل|e_info@example.co.uk"},
    {"first.last+x@mail.org", "e/first.last+x@mail.org"},
    {"foo@bar @bar_1 a@b", "w/foo|wqbar|h_@bar_1|w_a|wqb"},
    {"#المغرب_الجديد #1 #", "t/#المغرب_الجديد|nq1"},
    {"foo_bar", "w/foo|wqbar"},
    {"a\xFF"
     "b",
     "w/a|wqb"},
    {"ـ َ ـ", ""},
    {"مصر😀تونس", "w/مصر|wqتونس"},
    {"\xE2\x80\x8Fمصر\xE2\x80\x8F،", "w/مصر"},
    {"مص\xE2\x80\x8Cر", "w/مص\xE2\x80\x8Cر"},
    {"日本語 Москва Αθήνα", "w/日本語|w_Москва|w_Αθήνα"},
    {"a--b", "w/a|w-b"},
    {"قال، \"نعم", "w/قال|wcنعم"},
};

static void describe(const char *text, const struct token *tokens, size_t count, char *out,
                     size_t out_size)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        int wrote = snprintf(out + used, out_size - used, "%s%c%c%.*s", i > 0 ? "|" : "",
                             "wnueht"[tokens[i].kind], "0_-qc:./"[tokens[i].gap],
                             (int)(tokens[i].end - tokens[i].start), text + tokens[i].start);
        used += (size_t)wrote;
        assert_true(used < out_size);
    }
}

static void examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++) {
        const char *text = EXAMPLES[i].text;
        size_t size = strlen(text);
        for (size_t at_once = 1; at_once <= 64; at_once = at_once == 1 ? 64 : 65) {
            struct token tokens[64];
            char got[1024];
            size_t offset = 0;
            size_t count = 0;
            size_t found = 0;
            while ((found = token_scan(text, size, &offset, tokens + count, at_once)) > 0) {
                count += found;
                assert_true(count <= 64 - at_once || at_once == 64);
                if (at_once == 64) {
                    break;
                }
            }
            describe(text, tokens, count, got, sizeof got);
            assert_string_equal(got, EXAMPLES[i].expected);
        }
    }
}

static void long_runs(void **state)
{
    (void)state;
    static char text[4001];
    for (size_t i = 0; i < 4000; i += 2) {
        memcpy(text + i, "\xD9\x85", 2);
    }
    struct token tokens[64];
    size_t offset = 0;
    size_t count = token_scan(text, 4000, &offset, tokens, 64);
    assert_int_equal(count, 16);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tokens[i].start, i * 254);
        assert_int_equal(tokens[i].gap, i == 0 ? TOKEN_GAP_LINE : TOKEN_GAP_NONE);
    }
    assert_int_equal(tokens[15].end, 4000);
}

/* Any bytes: tokens ascend, stand inside the text, never pass the maximum, and reading one by one
 * gives what reading many gives. */
static void random_bytes(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "م",
        "و",
        "ال",
        "1",
        "٣",
        ".",
        ",",
        "'",
        "@",
        "#",
        "_",
        " ",
        "\n",
        "http://",
        "www.",
        "com",
        "a",
        "B",
        "\xE2\x80\x8F",
        "َ",
        "ـ",
        "\xFF",
        "\xD8",
        "\xE2\x80",
        "😀",
        "日",
        "’",
        "/",
        ":",
        "-",
        "«",
        "é",
        "²",
    };
    uint64_t seed = 88172645463325252u;
    for (size_t round = 0; round < 20000; round++) {
        char text[600];
        size_t size = 0;
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        size_t wanted = seed % 500;
        while (size < wanted) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            const char *piece = pieces[(seed >> 8) % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
        }
        char *exact = malloc(size + 1); /* so that the sanitizer sees a read past the end */
        memcpy(exact, text, size);
        exact = realloc(exact, size > 0 ? size : 1);
        struct token many[600];
        size_t offset = 0;
        size_t count = token_scan(exact, size, &offset, many, 600);
        assert_int_equal(offset, size);
        size_t from = 0;
        offset = 0;
        for (size_t i = 0; i < count; i++) {
            struct token one;
            assert_int_equal(token_scan(exact, size, &offset, &one, 1), 1);
            assert_true(one.start == many[i].start && one.end == many[i].end &&
                        one.kind == many[i].kind && one.gap == many[i].gap);
            assert_true(one.start >= from && one.end > one.start && one.end <= size);
            assert_true(one.end - one.start <= TOKEN_BYTES_MAX);
            from = one.end;
        }
        free(exact);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed >> 8;
}

/* Text as news has it, with all that may stand around an Arabic word: mostly words and blanks. */
static size_t random_news(uint64_t *seed, char *text, size_t size_max)
{
    static const char *const words[] = {
        "المغرب", "في",     "من",  "والاقتصادية", "على",  "ؠؿ",   "وزير", "أن",
        "إلى",    "ي",      "ـم",  "مَدْرَسة",       "٣",    "12.5", "BBC",  "و.م.ع",
        "ال",     "e-mail", "گاز", "www.a.b",     "#و_م", "@me",  "é",    "a@b.com"};
    static const char *const signs[] = {"،",
                                        "؛",
                                        "؟",
                                        ".",
                                        ". ",
                                        ":",
                                        "\"",
                                        "«",
                                        "»",
                                        "-",
                                        "\n",
                                        "\r\n",
                                        "/",
                                        "'",
                                        "’",
                                        "_",
                                        "%",
                                        "\t",
                                        "\xD8",
                                        "\xD9",
                                        "\xD9\x80",
                                        "\xFF",
                                        "  ",
                                        "٬",
                                        ",",
                                        "@",
                                        "\xEF\xBB\xBF",
                                        "\xE2\x80\x8F",
                                        "\x7F",
                                        "#",
                                        "١",
                                        "5"};
    size_t size = 0;
    size_t wanted = next_random(seed) % (size_max - 40);
    while (size < wanted) {
        uint64_t number = next_random(seed);
        const char *piece = words[number / 64 % (sizeof words / sizeof words[0])];
        if (number % 64 >= 32) {
            piece = number % 64 < 58 ? " " : signs[number / 64 % (sizeof signs / sizeof signs[0])];
        }
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    return size;
}

static void assert_same_tokens(const char *text, size_t size, enum block_way way, size_t at_once)
{
    enum { MANY = 4096 };
    static struct token plain[MANY];
    static struct token quick[MANY];
    block_reader *read = block_reader_of(way);
    size_t offset = 0;
    size_t count = token_scan_by(NULL, text, size, &offset, plain, MANY);
    assert_true(read != NULL && count < MANY && offset == size);
    size_t found = 0;
    size_t more = 0;
    offset = 0;
    while ((more = token_scan_by(read, text, size, &offset, quick + found, at_once)) > 0) {
        found += more;
        assert_true(more <= at_once && found <= count);
    }
    assert_true(offset == size && found == count);
    for (size_t i = 0; i < count; i++) {
        assert_true(quick[i].start == plain[i].start && quick[i].end == plain[i].end &&
                    quick[i].kind == plain[i].kind && quick[i].gap == plain[i].gap);
    }
}

/* Every way of reading blocks gives the tokens that the rules alone give. */
static void ways_agree(void **state)
{
    (void)state;
    static char text[2000];
    uint64_t seed = 88172645463325252u;
    size_t rounds = getenv("FIHRIS_LONG") != NULL ? 1000000 : 20000;
    for (size_t round = 0; round < rounds; round++) {
        size_t size = random_news(&seed, text, sizeof text);
        char *exact = malloc(size > 0 ? size : 1);
        assert_non_null(exact);
        memcpy(exact, text, size);
        for (int way = 0; way < (int)BLOCK_WAYS; way++) {
            if (block_reader_of((enum block_way)way) != NULL) {
                assert_same_tokens(exact, size, (enum block_way)way,
                                   round % 8 == 0 ? 1 + round % 7 : 2048);
            }
        }
        free(exact);
    }
    for (size_t i = 0; i + 2 <= sizeof text; i += 2) { /* one word, longer than any block */
        memcpy(text + i, "م", 2);
    }
    for (size_t size = 0; size < sizeof text; size++) {
        for (int way = 0; way < (int)BLOCK_WAYS; way++) {
            if (block_reader_of((enum block_way)way) != NULL) {
                assert_same_tokens(text, size, (enum block_way)way, 5);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(long_runs),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(ways_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
