#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "base/short_text.h"
#include "random.h"

static void known_texts_are_packed(void **state)
{
    (void)state;
    static const struct {
        char text[SHORT_TEXT_READ_SIZE + 1];
        uint64_t head;
        uint32_t tail;
    } cases[] = {
        {"\xD8\xA7\xD9\x84", 0xC4A7, 0}, /* U+0627 U+0644 */
        {"ab1", 0x316261, 0},
        {"abcdefghijkl", 0x6867666564636261, 0x6C6B6A69},
        {"\xD8\x80\xD9\xBF", 0xFF80, 0}, /* the first and the last */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct short_text packed =
            short_text_pack((const unsigned char *)cases[i].text, strlen(cases[i].text));
        assert_true(packed.head == cases[i].head);
        assert_int_equal(packed.tail, cases[i].tail);
    }
}

static void others_are_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "abcdefghijklm", /* 13 of ASCII */
        "\xDA\x86",      /* U+0686 */
        "\xD8\xA7"
        "1", /* mixed */
        "1\xD8\xA7",
        "\xD8\xA7\xD8", /* cut */
        "\xD8\x41",     /* no UTF-8 */
        "\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7\xD8\xA7"
        "\xD8\xA7\xD8\xA7", /* 13 letters */
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        unsigned char bytes[64] = {0};
        memcpy(bytes, texts[i], strlen(texts[i]));
        assert_true(short_text_pack(bytes, strlen(texts[i])).head == 0);
    }
    unsigned char zero[SHORT_TEXT_READ_SIZE] = {0};
    assert_true(short_text_pack(zero, 1).head == 0); /* NUL */
}

/* Mostly letters, sometimes ASCII, sometimes anything. */
static size_t random_text(uint64_t *random, unsigned char bytes[64])
{
    size_t count = random_below(random, 15);
    unsigned style = random_below(random, 4);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (style == 0) {
            bytes[size++] = (unsigned char)(1 + random_below(random, 127));
        } else {
            bytes[size++] = (unsigned char)(0xD8 + random_below(random, 2));
            bytes[size++] = (unsigned char)(0x80 + random_below(random, 64));
        }
    }
    if (style == 3 && size > 0) {
        bytes[random_below(random, (uint32_t)size)] = (unsigned char)random_below(random, 256);
        size -= random_below(random, 2);
    }
    for (size_t i = size; i < 64; i++) { /* what stands behind must not matter */
        bytes[i] = (unsigned char)random_below(random, 256);
    }
    return size;
}

static void quick_is_plain_and_comes_back(void **state)
{
    (void)state;
    uint64_t random = 11;
    size_t packed_count = 0;
    for (int round = 0; round < 300000; round++) {
        unsigned char bytes[64];
        size_t size = random_text(&random, bytes);
        struct short_text plain = short_text_pack_plain(bytes, size);
        struct short_text quick = short_text_pack(bytes, size);
        assert_true(quick.head == plain.head && quick.tail == plain.tail);
        if (quick.head == 0) {
            continue;
        }
        packed_count++;
        char back[SHORT_TEXT_READ_SIZE];
        assert_int_equal(short_text_unpack(&quick, back), size);
        assert_memory_equal(back, bytes, size);
    }
    assert_true(packed_count > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_are_packed),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(quick_is_plain_and_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
