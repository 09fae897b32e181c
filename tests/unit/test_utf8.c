#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* The model: table 3-7 of the Unicode standard, written out. Returns the length of the well-formed
 * sequence at `s`, or 0 and the length of the maximal subpart. */
static size_t model(const unsigned char *s, size_t size, uint32_t *code, size_t *subpart)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
        unsigned char bits;
    } table[] = {{0x00, 0x7F, 0, 0, 1, 0x7F},       {0xC2, 0xDF, 0x80, 0xBF, 2, 0x1F},
                 {0xE0, 0xE0, 0xA0, 0xBF, 3, 0x0F}, {0xE1, 0xEC, 0x80, 0xBF, 3, 0x0F},
                 {0xED, 0xED, 0x80, 0x9F, 3, 0x0F}, {0xEE, 0xEF, 0x80, 0xBF, 3, 0x0F},
                 {0xF0, 0xF0, 0x90, 0xBF, 4, 0x07}, {0xF1, 0xF3, 0x80, 0xBF, 4, 0x07},
                 {0xF4, 0xF4, 0x80, 0x8F, 4, 0x07}};
    *subpart = 1;
    for (size_t row = 0; row < sizeof table / sizeof table[0]; row++) {
        if (s[0] < table[row].first_low || s[0] > table[row].first_high) {
            continue;
        }
        *code = s[0] & table[row].bits;
        for (size_t i = 1; i < table[row].length; i++) {
            unsigned char low = i == 1 ? table[row].second_low : 0x80;
            unsigned char high = i == 1 ? table[row].second_high : 0xBF;
            if (i >= size || s[i] < low || s[i] > high) {
                *subpart = i;
                return 0;
            }
            *code = *code << 6 | (s[i] & 0x3Fu);
        }
        return table[row].length;
    }
    return 0;
}

static size_t model_prefix(const unsigned char *s, size_t size)
{
    size_t at = 0;
    while (at < size) {
        uint32_t code = 0;
        size_t subpart = 0;
        size_t length = model(s + at, size - at, &code, &subpart);
        if (length == 0) {
            break;
        }
        at += length;
    }
    return at;
}

/* The text is put in a heap block of its own, so that a read past it is seen by a sanitizer. */
static void check(const unsigned char *text, size_t size)
{
    unsigned char *s = malloc(size + (size == 0));
    assert_non_null(s);
    memcpy(s, text, size);
    assert_int_equal(utf8_valid_prefix((const char *)s, size), model_prefix(s, size));
    for (int way = 0; way < UTF8_WAYS; way++) {
        size_t prefix = 0;
        if (utf8_valid_prefix_by((enum utf8_way)way, (const char *)s, size, &prefix)) {
            assert_int_equal(prefix, model_prefix(s, size));
        }
    }
    for (size_t at = 0; at < size && at < 8; at++) {
        uint32_t wanted = UTF8_REPLACEMENT;
        uint32_t code = 0;
        size_t subpart = 0;
        size_t length = model(s + at, size - at, &wanted, &subpart);
        size_t got = utf8_decode((const char *)s + at, size - at, &code);
        assert_int_equal(got, length == 0 ? subpart : length);
        assert_int_equal(code, length == 0 ? UTF8_REPLACEMENT : wanted);
    }
    free(s);
}

/* The same with text around it, across the ends of blocks. */
static void check_between(const unsigned char *bytes, size_t size)
{
    unsigned char text[64];
    size_t at = 12 + bytes[0] % 5;
    memset(text, 'a', sizeof text);
    memcpy(text + at, bytes, size);
    assert_int_equal(utf8_valid_prefix((const char *)text, sizeof text),
                     model_prefix(text, sizeof text));
    assert_int_equal(utf8_valid_prefix((const char *)text, at + size),
                     model_prefix(text, at + size));
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) {
            continue;
        }
        char bytes[4];
        uint32_t back = 0;
        size_t size = utf8_encode(code, bytes);
        assert_int_equal(utf8_decode(bytes, size, &back), size);
        assert_int_equal(back, code);
        assert_int_equal(utf8_valid_prefix(bytes, size), size);
        assert_int_equal(utf8_count(bytes, size), 1);
        assert_int_equal(model_prefix((const unsigned char *)bytes, size), size);
    }
}

static void every_short_sequence(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        check((const unsigned char[]){(unsigned char)a}, 1);
        for (unsigned b = 0; b < 256; b++) {
            check((const unsigned char[]){(unsigned char)a, (unsigned char)b}, 2);
        }
    }
}

/* Around each border of the table, for three and four bytes. */
static void sequences_at_the_borders(void **state)
{
    (void)state;
    static const unsigned char edge[] = {0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                         0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                         0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    size_t n = sizeof edge;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            for (size_t c = 0; c < n; c++) {
                check((const unsigned char[]){edge[a], edge[b], edge[c]}, 3);
                for (size_t d = 0; d < n; d++) {
                    const unsigned char four[] = {edge[a], edge[b], edge[c], edge[d]};
                    check(four, sizeof four);
                    check_between(four, sizeof four);
                }
            }
        }
    }
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Long texts of random code points, whole and with one byte damaged anywhere: the blocks
 * of the fast path must agree with the model. */
static void long_random_texts(void **state)
{
    (void)state;
    static const uint32_t top[] = {0x7F, 0x7FF, 0x7FF, 0x7FF, 0xD7FF, 0x10FFFF};
    enum { SIZE_TESTED_MAX = 20000 };
    static char text[SIZE_TESTED_MAX + 4];
    uint64_t seed = 42;
    for (unsigned round = 0; round < 3000; round++) {
        size_t wanted = next_random(&seed) % (round % 10 == 0 ? SIZE_TESTED_MAX : 400);
        size_t size = 0;
        size_t count = 0;
        while (size < wanted) {
            uint32_t code = next_random(&seed) % (top[next_random(&seed) % 6] + 1);
            if (code < 0xD800 || code > 0xDFFF) {
                size += utf8_encode(code, text + size);
                count++;
            }
        }
        check((const unsigned char *)text, size);
        assert_int_equal(utf8_count(text, size), count);
        if (size > 0) {
            text[next_random(&seed) % size] = (char)next_random(&seed);
            check((const unsigned char *)text, size);
            check((const unsigned char *)text, next_random(&seed) % size + 1);
        }
    }
}

static void nothing_is_valid(void **state)
{
    (void)state;
    assert_int_equal(utf8_valid_prefix("", 0), 0);
    assert_int_equal(utf8_count("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),         cmocka_unit_test(every_short_sequence),
        cmocka_unit_test(sequences_at_the_borders), cmocka_unit_test(long_random_texts),
        cmocka_unit_test(nothing_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
