#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/scsu.h"
#include "base/utf8.h"

/* Text in heap blocks of their own, so that a read past them is seen by a sanitizer. */
static void check_round(const void *bytes, size_t size)
{
    struct buffer packed;
    struct buffer back;
    buffer_init(&packed, 1 << 24);
    buffer_init(&back, 1 << 24);
    unsigned char *text = malloc(size + (size == 0));
    assert_non_null(text);
    memcpy(text, bytes, size);
    assert_int_equal(scsu_encode(text, size, &packed, NULL), STATUS_OK);
    assert_true(packed.size <= 2 * size);
    unsigned char *exact = malloc(packed.size + 1);
    assert_non_null(exact);
    memcpy(exact, packed.bytes == NULL ? exact : packed.bytes, packed.size);
    unsigned char *shrunk = realloc(exact, packed.size == 0 ? 1 : packed.size);
    assert_int_equal(scsu_decode(shrunk, packed.size, &back, NULL), STATUS_OK);
    assert_int_equal(back.size, size);
    assert_true(size == 0 || memcmp(back.bytes, text, size) == 0);
    free(shrunk);
    free(text);
    buffer_release(&packed);
    buffer_release(&back);
}

/* What UTS #6 says of these, but for the windows' first state (scsu.h). */
static void known_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        const char *packed;
        size_t packed_size;
    } table[] = {
        {"", 0, "", 0},
        {"abc\n\t\r", 6, "abc\n\t\r", 6},
        {"\0", 1, "\0", 1},
        {"\x01\x0C\x1F", 3, "\x01\x01\x01\x0C\x01\x1F", 6},
        {"مصر", 6, "\xC5\xB5\xB1", 3},
        {"في مصر.", 12, "\xC1\xCA \xC5\xB5\xB1.", 7},
        {"«»", 4, "\x01\xAB\x01\xBB", 4},        /* quoted from dynamic window 0 */
        {"é", 2, "\x01\xE9", 2},                 /* the same */
        {"چ", 2, "\x02\x86", 2},                 /* dynamic window 1, at U+0680 */
        {"д", 2, "\x03\xB4", 2},                 /* dynamic window 2 */
        {"…", 3, "\x05\x26", 2},                 /* static window 4 */
        {"中", 3, "\x0E\x4E\x2D", 3},            /* no window */
        {"\xEF\xBF\xBD", 3, "\x0E\xFF\xFD", 3},  /* U+FFFD itself */
        {"😀", 4, "\x0E\xD8\x3D\x0E\xDE\x00", 6}, /* a surrogate pair */
        {"\xD8", 1, "\x0C\xD8", 2},              /* no UTF-8 */
        {"\xD8 ", 2, "\x0C\xD8 ", 3},
        {"\xED\xA0\x80", 3, "\x0C\xED\x0C\xA0\x0C\x80", 6},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buffer packed;
        buffer_init(&packed, 1 << 20);
        assert_int_equal(scsu_encode(table[i].text, table[i].size, &packed, NULL), STATUS_OK);
        assert_int_equal(packed.size, table[i].packed_size);
        assert_true(packed.size == 0 ||
                    memcmp(packed.bytes, table[i].packed, table[i].packed_size) == 0);
        check_round(table[i].text, table[i].size);
        buffer_release(&packed);
    }
}

static void every_code_point(void **state)
{
    (void)state;
    char text[64];
    for (uint32_t code = 0; code < 0x110000; code += code < 0x4000 ? 1 : 7) {
        if (code >= 0xD800 && code < 0xE000) {
            continue;
        }
        size_t size = 0;
        for (uint32_t i = 0; i < code % 11; i++) { /* at every place of a word */
            size += utf8_encode(0x627 + i, text + size);
        }
        size += utf8_encode(code, text + size);
        size += utf8_encode(0x20 + code % 0x700, text + size);
        check_round(text, size);
    }
}

static void random_bytes(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "الوزير",       " ",    "قال",          "\xD8", "\x80", "A1", "«",
        "\xF0\x9F\x98", "\x0C", "\xEF\xBF\xBD", "گ",    "中",   "\n", "news-2017/01/20",
        "\x7F"};
    uint64_t random = 42;
    for (int round = 0; round < 20000; round++) {
        char text[256];
        size_t size = 0;
        while (size < sizeof text - 16 && random % 37 != 0) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            const char *piece = pieces[(random >> 33) % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
            random ^= random >> 29;
        }
        random = random * 6364136223846793005u + 1442695040888963407u;
        check_round(text, size);
        for (size_t i = 0; i < size; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[i] = (char)(random >> 56);
        }
        check_round(text, size);
    }
}

static void refuses_what_is_never_written(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } table[] = {
        {"\x0B", 1},
        {"\x0F", 1},
        {"\x10", 1},
        {"\x18", 1},
        {"\x1F", 1}, /* other tags */
        {"\x01", 1},
        {"\x0C", 1},
        {"\x0E", 1},
        {"\x0E\x4E", 2},     /* cut short */
        {"\x0E\xDC\x00", 3}, /* a low surrogate alone */
        {"\x0E\xD8\x3D", 3}, /* a high one */
        {"\x0E\xD8\x3D\x0E\x00\x41", 6},
        {"\x0E\xD8\x3D\xC5\xB5\xB1", 6},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buffer out;
        buffer_init(&out, 1 << 20);
        assert_int_equal(scsu_decode(table[i].bytes, table[i].size, &out, NULL), STATUS_FORMAT);
        buffer_release(&out);
    }
    struct buffer small;
    buffer_init(&small, 8);
    assert_int_equal(scsu_encode("0123456789", 10, &small, NULL), STATUS_LIMIT);
    assert_int_equal(scsu_decode("0123456789", 10, &small, NULL), STATUS_LIMIT);
    buffer_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts), cmocka_unit_test(every_code_point),
        cmocka_unit_test(random_bytes), cmocka_unit_test(refuses_what_is_never_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
