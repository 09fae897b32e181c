#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <dirent.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "source/encoding.h"

#define ARABIC "المغرب والبرازيل يوقعان مذكرة تفاهم"

static void decode(enum encoding encoding, const char *bytes, size_t size, struct buffer *out,
                   struct encoding_damage *damage)
{
    struct error error;
    buffer_init(out, 1 << 20);
    assert_int_equal(encoding_decode(encoding, bytes, size, out, damage, &error), STATUS_OK);
    assert_int_equal(utf8_valid_prefix((const char *)out->bytes, out->size), out->size);
}

static void check_text(enum encoding encoding, const char *bytes, size_t size, const char *wanted,
                       size_t damaged)
{
    struct buffer out;
    struct encoding_damage damage;
    decode(encoding, bytes, size, &out, &damage);
    assert_int_equal(out.size, strlen(wanted));
    assert_memory_equal(out.bytes, wanted, out.size);
    assert_int_equal(damage.bytes, damaged);
    buffer_release(&out);
}

/* Converts with the C library; skips where that has no such converter. */
static size_t convert(const char *to, const char *from, const char *text, size_t size, char *out,
                      size_t out_size)
{
    iconv_t converter = iconv_open(to, from);
    if (converter == (iconv_t)-1) {
        print_message("no converter %s to %s here\n", from, to);
        skip();
    }
    char *input = malloc(size + 1);
    assert_non_null(input);
    memcpy(input, text, size);
    char *in = input;
    char *at = out;
    size_t in_left = size;
    size_t left = out_size;
    size_t bad = iconv(converter, &in, &in_left, &at, &left);
    assert_int_equal(bad, 0);
    assert_int_equal(in_left, 0);
    (void)iconv_close(converter);
    free(input);
    return out_size - left;
}

static void windows_1256_is_iconvs(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char one = (char)byte;
        char wanted[8];
        size_t size = convert("UTF-8", "CP1256", &one, 1, wanted, sizeof wanted);
        struct buffer out;
        struct encoding_damage damage;
        decode(ENCODING_WINDOWS_1256, &one, 1, &out, &damage);
        assert_int_equal(out.size, size);
        assert_memory_equal(out.bytes, wanted, size);
        buffer_release(&out);
    }
}

static void encodings_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *encoding;
        enum encoding expected;
    } rows[] = {{"CP1256", ENCODING_WINDOWS_1256},
                {"UTF-16LE", ENCODING_UTF16_LE},
                {"UTF-16BE", ENCODING_UTF16_BE},
                {"UTF-8", ENCODING_UTF8}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[512];
        size_t size =
            convert(rows[i].encoding, "UTF-8", ARABIC, strlen(ARABIC), bytes, sizeof bytes);
        assert_int_equal(encoding_detect(bytes, size), rows[i].expected);
        check_text(rows[i].expected, bytes, size, ARABIC, 0);
    }
}

static void damaged_arabic_is_not_windows_1256(void **state)
{
    (void)state;
    char text[] = ARABIC;
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at++) {
        char kept = text[at];
        text[at] = (char)0xFF;
        assert_int_equal(encoding_detect(text, size), ENCODING_UTF8_DAMAGED);
        text[at] = kept;
    }
    assert_int_equal(encoding_detect(text, size - 1), ENCODING_UTF8_DAMAGED);
    assert_int_equal(encoding_detect("caf\xE9 \xE0 la cr\xE8me", 16), ENCODING_UTF8_DAMAGED);
}

static void binary_is_seen(void **state)
{
    (void)state;
    char bytes[2000];
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof bytes; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (char)(seed >> 24);
    }
    /* Random bytes hold 11 % of control bytes on average; make sure of them. */
    memset(bytes, 1, 64);
    assert_int_equal(encoding_detect(bytes, sizeof bytes), ENCODING_BINARY);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(encoding_detect(bytes, sizeof bytes), ENCODING_BINARY);
    assert_int_equal(encoding_detect("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16), ENCODING_BINARY);
    assert_int_equal(encoding_detect("one NUL \0 in a longer text", 26), ENCODING_UTF8);
}

static void damage_is_replaced_and_counted(void **state)
{
    (void)state;
    check_text(ENCODING_UTF8_DAMAGED,
               "a\xFF"
               "b\xD8",
               4,
               "a\xEF\xBF\xBD"
               "b\xEF\xBF\xBD",
               2);
    check_text(ENCODING_UTF8_DAMAGED, "\xF0\x9F\x98z", 4, "\xEF\xBF\xBDz", 3);
    check_text(ENCODING_UTF8_DAMAGED, "\xEF\xBF\xBD", 3, "\xEF\xBF\xBD", 0);
    check_text(ENCODING_UTF8, "", 0, "", 0);
}

static void utf16_surrogates(void **state)
{
    (void)state;
    check_text(ENCODING_UTF16_LE, "\xFF\xFE\x3D\xD8\x00\xDE", 6, "\xF0\x9F\x98\x80", 0);
    check_text(ENCODING_UTF16_BE, "\xFE\xFF\xD8\x3D\xDE\x00", 6, "\xF0\x9F\x98\x80", 0);
    check_text(ENCODING_UTF16_BE, "\xD8\x3D", 2, "\xEF\xBF\xBD", 2);
    check_text(ENCODING_UTF16_BE, "\xDE\x00\x00\x41", 4,
               "\xEF\xBF\xBD"
               "A",
               2);
    check_text(ENCODING_UTF16_BE, "\xD8\x3D\x00\x41", 4,
               "\xEF\xBF\xBD"
               "A",
               2);
    check_text(ENCODING_UTF16_LE, "A\0B", 3, "A\xEF\xBF\xBD", 1);
}

/* Real files, where they are: all windows-1256, and nearly all of the letters Arabic. */
static enum status check_file(void *context, const char *name, struct error *error)
{
    const char *folder = context;
    char *path = path_join(folder, name);
    struct buffer bytes;
    buffer_init(&bytes, 1 << 24);
    assert_int_equal(file_read(path, &bytes, error), STATUS_OK);
    enum encoding encoding = encoding_detect((const char *)bytes.bytes, bytes.size);
    assert_int_equal(encoding, ENCODING_WINDOWS_1256);
    struct buffer out;
    struct encoding_damage damage;
    decode(encoding, (const char *)bytes.bytes, bytes.size, &out, &damage);
    size_t arabic = 0;
    size_t latin = 0;
    for (size_t at = 0; at < out.size;) {
        uint32_t code = 0;
        at += utf8_decode((const char *)out.bytes + at, out.size - at, &code);
        arabic += code >= 0x620 && code <= 0x652;
        latin += code >= 0xC0 && code < 0x600;
    }
    assert_true(arabic * 10 > bytes.size * 7);
    assert_true(latin * 100 < arabic);
    buffer_release(&out);
    buffer_release(&bytes);
    free(path);
    return STATUS_OK;
}

static void real_files(void **state)
{
    (void)state;
    const char *data = getenv("FIHRIS_DATA");
    char folder[512];
    (void)snprintf(folder, sizeof folder, "%s/data/encoding", data == NULL ? "../shared" : data);
    struct error error;
    if (!file_exists(folder)) {
        print_message("skipped: no %s (FIHRIS_DATA)\n", folder);
        skip();
    }
    assert_int_equal(folder_list(folder, check_file, folder, &error), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_1256_is_iconvs),
        cmocka_unit_test(encodings_are_told_apart),
        cmocka_unit_test(damaged_arabic_is_not_windows_1256),
        cmocka_unit_test(binary_is_seen),
        cmocka_unit_test(damage_is_replaced_and_counted),
        cmocka_unit_test(utf16_surrogates),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
