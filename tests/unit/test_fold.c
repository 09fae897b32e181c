#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "text/fold.h"
#include "text/normalise.h"

enum { TEXT_MAX = NORMALISE_BYTES_MAX, OUT_MAX = 4096 };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fail_on(const char *what, const char *text, size_t size)
{
    fprintf(stderr, "%s differs for", what);
    for (size_t i = 0; i < size; i++) {
        fprintf(stderr, " %02x", (unsigned char)text[i]);
    }
    fprintf(stderr, "\n");
    fail();
}

/* The text has no space and at most NORMALISE_BYTES_MAX bytes: one piece. */
static void check(const char *text, size_t size, size_t out_size)
{
    char reference[OUT_MAX];
    char fast[OUT_MAX];
    char form[OUT_MAX];
    char own[OUT_MAX];
    size_t used = 0;
    size_t reference_size = normalise_form(text, size, reference, out_size);
    size_t fast_size = fold_form(text, size, fast, out_size);
    if (reference_size != fast_size || memcmp(reference, fast, fast_size) != 0) {
        fail_on("form", text, size);
    }
    size_t form_size = normalise_form(text, size, form, sizeof form);
    reference_size = normalise_fold(form, form_size, reference, out_size);
    fast_size = fold_text(text, size, fast, out_size);
    if (reference_size != fast_size || memcmp(reference, fast, fast_size) != 0) {
        fail_on("fold", text, size);
    }
    enum folded folded = size <= OUT_MAX ? fold_word(text, size, own, fast, &used) : FOLDED_NOT;
    for (size_t at = used; folded == FOLDED_LETTERS && at % 16 != 0; at++) {
        assert_int_equal(fast[at], 0);
    }
    if (folded != FOLDED_NOT &&
        (form_size != used || memcmp(form, own, used) != 0 ||
         fold_text(text, size, reference, OUT_MAX) != used || memcmp(fast, reference, used) != 0)) {
        fail_on("both", text, size);
    }
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        if (code == ' ' || (code >= 0xD800 && code <= 0xDFFF)) {
            continue;
        }
        char text[4];
        size_t size = utf8_encode(code, text);
        check(text, size, OUT_MAX);
        char once[OUT_MAX];
        char twice[OUT_MAX];
        size_t once_size = fold_form(text, size, once, sizeof once);
        size_t twice_size = fold_form(once, once_size, twice, sizeof twice);
        if (once_size != twice_size || memcmp(once, twice, once_size) != 0) {
            fail_on("form of form", text, size);
        }
        once_size = fold_text(text, size, once, sizeof once);
        twice_size = fold_text(once, once_size, twice, sizeof twice);
        if (once_size != twice_size || memcmp(once, twice, once_size) != 0) {
            fail_on("fold of fold", text, size);
        }
    }
}

/* Ranges that a random string is drawn from: letters, marks, jamo, invisible, presentation. */
static const uint32_t RANGES[][2] = {
    {0x0621, 0x064A}, {0x0621, 0x064A},   {0x0600, 0x06FF},   {0x0610, 0x0670}, {0x0653, 0x0655},
    {0x06C0, 0x06EF}, {0x0750, 0x077F},   {0xFB50, 0xFDFF},   {0xFE70, 0xFEFF}, {0x200B, 0x202E},
    {0x0061, 0x007A}, {0x0041, 0x005A},   {0x00A0, 0x017F},   {0x0300, 0x036F}, {0x0300, 0x030A},
    {0x0370, 0x04FF}, {0x1E00, 0x1FFF},   {0x0900, 0x0DFF},   {0x1100, 0x11FF}, {0xAC00, 0xAC40},
    {0x3040, 0x30FF}, {0x0001, 0x10FFFF}, {0x1D100, 0x1D1FF}, {0x08A0, 0x08FF}, {0x11080, 0x11140},
};
enum { RANGE_COUNT = sizeof RANGES / sizeof RANGES[0] };

static size_t random_text(uint64_t *seed, char *text)
{
    size_t size = 0;
    size_t wanted = next_random(seed) % (next_random(seed) % 16 == 0 ? TEXT_MAX : 24);
    while (size < wanted && size + 4 <= TEXT_MAX) {
        uint64_t draw = next_random(seed);
        if (draw % 97 == 0) {
            text[size++] = (char)(draw >> 40 | 0x80);
            continue;
        }
        const uint32_t *range = RANGES[(draw >> 8) % RANGE_COUNT];
        uint32_t code = range[0] + (uint32_t)((draw >> 16) % (range[1] - range[0] + 1));
        if (code != ' ' && !(code >= 0xD800 && code <= 0xDFFF)) {
            size += utf8_encode(code, text + size);
        }
    }
    return size;
}

/* Long words of letters and ASCII, as addresses are, with now and then another letter. */
static void mixed_strings(void **state)
{
    (void)state;
    uint64_t seed = 17;
    for (size_t round = 0; round < 200000; round++) {
        char text[TEXT_MAX];
        size_t size = 0;
        size_t wanted = next_random(&seed) % NORMALISE_BYTES_MAX;
        bool letters = false;
        while (size < wanted && size + 4 <= NORMALISE_BYTES_MAX) {
            uint64_t draw = next_random(&seed);
            letters = draw % 8 == 0 ? !letters : letters;
            uint32_t code = letters ? 0x0621 + (uint32_t)(draw >> 8) % 42
                                    : '!' + (uint32_t)(draw >> 8) % ('~' - '!' + 1);
            code = code >= 0x063B && code <= 0x0640 && draw % 64 != 0 ? 0x0641 : code;
            code = (draw >> 32) % 512 == 0 ? RANGES[(draw >> 48) % RANGE_COUNT][0] : code;
            size += utf8_encode(code, text + size);
        }
        check(text, size, OUT_MAX);
    }
}

static void random_strings(void **state)
{
    (void)state;
    const char *longer = getenv("FIHRIS_LONG");
    size_t rounds = longer != NULL && longer[0] == '1' ? 10000000 : 100000;
    uint64_t seed = 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < rounds; i++) {
        char text[TEXT_MAX];
        size_t size = random_text(&seed, text);
        size_t out_size = next_random(&seed) % 8 == 0 ? next_random(&seed) % 32 : OUT_MAX;
        check(text, size, out_size);
    }
}

/* Words of nothing but letters of one alphabet, of every length, which are taken at once, and the
 * same with one other letter. */
static void words_of_letters(void **state)
{
    (void)state;
    static const uint32_t alphabets[][2] = {{0x0620, 0x0640}, {0x0641, 0x064B}, {0x0621, 0x063A},
                                            {0x0641, 0x064A}, {0x21, 0x7F},     {0x671, 0x6D3}};
    uint64_t seed = 0x2545F4914F6CDD1Du;
    for (size_t i = 0; i < 60000; i++) {
        char text[128];
        size_t size = 0;
        const uint32_t *range = alphabets[i % (sizeof alphabets / sizeof alphabets[0])];
        size_t letters = 1 + i / 600 % 40;
        size_t other = next_random(&seed) % 80;
        for (size_t k = 0; k < letters; k++) {
            uint64_t draw = next_random(&seed) >> 8;
            const uint32_t *from =
                k == other ? RANGES[draw % RANGE_COUNT] : range; /* a space is not one */
            uint32_t code = from[0] + (uint32_t)((draw >> 16) % (from[1] - from[0] + 1));
            if (code != ' ' && !(code >= 0xD800 && code <= 0xDFFF)) {
                size += utf8_encode(code, text + size);
            }
        }
        check(text, size, OUT_MAX);
    }
}

struct example {
    const char *text;
    const char *form;
    const char *fold;
};

static const struct example EXAMPLES[] = {
    {"المَغْــرِب", "المغرب", "المغرب"},
    {"الأُنتربول", "الأنتربول", "الانتربول"},
    {"مدرسة", "مدرسة", "مدرسه"},
    {"على", "على", "علي"},
    {"مسؤول", "مسؤول", "مسوول"},
    {"شئون", "شئون", "شيون"},
    {"آسيا", "آسيا", "اسيا"},
    {"ا\xD9\x93سيا", "آسيا", "اسيا"}, /* alef, combining madda */
    {"١٢٣٤", "١٢٣٤", "1234"},
    {"۱۲٬۵٫۶", "۱۲٬۵٫۶", "12,5.6"},
    {"کتابی", "کتابی", "كتابي"},
    {"ﻣﺼﺮ", "مصر", "مصر"},
    {"ﻻ", "لا", "لا"},
    {"ﷲ", "الله", "الله"},
    {"ﷺ", "صلى الله عليه وسلم", "صلي الله عليه وسلم"},
    {"أڭادير", "أڭادير", "اكادير"},
    {"ڤيروس", "ڤيروس", "فيروس"},
    {"PARDO", "PARDO", "pardo"},
    {"Español", "Español", "espanol"},
    {"Espan\xCC\x83ol", "Español", "espanol"},
    {"Łódź", "Łódź", "lodz"},
    {"Straße", "Straße", "strasse"},
    {"ΑΘΉΝΑ", "ΑΘΉΝΑ", "αθηνα"},
    {"Йошкар", "Йошкар", "иошкар"},
    {"x²", "x²", "x²"},
    {"\xEF\xBB\xBFمصر\xE2\x80\x8F", "مصر", "مصر"},
    {"co\xC2\xADop", "coop", "coop"},
    {"l’eau", "l’eau", "l'eau"},
    {"a\xFF"
     "b",
     "a\xEF\xBF\xBD"
     "b",
     "a\xEF\xBF\xBD"
     "b"},
    {"", "", ""},
};

static void examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++) {
        const struct example *example = &EXAMPLES[i];
        char out[OUT_MAX];
        size_t size = fold_form(example->text, strlen(example->text), out, sizeof out - 1);
        out[size] = 0;
        assert_string_equal(out, example->form);
        size = fold_text(example->text, strlen(example->text), out, sizeof out - 1);
        out[size] = 0;
        assert_string_equal(out, example->fold);
    }
}

static void long_texts(void **state)
{
    (void)state;
    char text[2000];
    char out[OUT_MAX];
    for (size_t i = 0; i < sizeof text; i += 2) {
        memcpy(text + i, i % 64 == 62 ? "a " : i % 64 == 0 ? "\xCC\x81" : "\xD8\xA3", 2);
    }
    size_t size = fold_text(text, sizeof text, out, sizeof out);
    assert_true(size > 1800 && size <= sizeof text);
    memset(text, 'A', sizeof text);
    assert_int_equal(fold_text(text, sizeof text, out, sizeof out), sizeof text);
    assert_int_equal(fold_text(text, sizeof text, out, 100), 100);
    check("\xEA\xB0\x9C\xE1\x86\xA7", 6, OUT_MAX); /* a syllable and U+11A7: utf8proc joins them */
    assert_int_equal(fold_text("\xD8\xA3\xD8\xA3", 4, out, 3), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),         cmocka_unit_test(long_texts),
        cmocka_unit_test(every_code_point), cmocka_unit_test(words_of_letters),
        cmocka_unit_test(mixed_strings),    cmocka_unit_test(random_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
