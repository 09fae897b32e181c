#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_aside.h"
#include "random.h"

enum { TEXT_MAX = 6000, TEXTS = 4000 };

/* What texts are made of: all that JSON knows, whole and broken, and what it does not. */
static const char *const pieces[] = {
    "\"",
    "\\",
    "\\\"",
    "\\n",
    "\\u0000",
    "\\u0627",
    "\\ud83d\\ude00",
    "\\udc00",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"a\":",
    "\"\xD8\xA7\":",
    "1",
    "-2.5e3",
    "true",
    "null",
    " ",
    "\t",
    "\n",
    "plain words",
    "\xFF",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xD8\xA7",
    "\x1F",
    "\",\"b\":\"",
    "\xD8\xA8\xD8\xAA \xD8\xAB, [1] {2}: ",
    "\xD9\x81\xD9\x8A \xD8\xA7\xD9\x84\xD9\x85\xD8\xAF\xD9\x8A\xD9\x86\xD8\xA9 \xE2\x80\x9C x"};

static size_t add(char *text, size_t size, const char *piece)
{
    size_t more = strlen(piece);
    if (size + more <= TEXT_MAX) {
        memcpy(text + size, piece, more);
        size += more;
    }
    return size;
}

static size_t make_pieces(uint64_t *random, char *text, size_t size, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        size = add(text, size, pieces[random_below(random, sizeof pieces / sizeof pieces[0])]);
    }
    return size;
}

/* The bytes in a block of their own, so that a sanitizer sees a read past them. */
static char *alone(const char *text, size_t size)
{
    char *copy = malloc(size + (size == 0));
    assert_non_null(copy);
    memcpy(copy, text, size);
    return copy;
}

/* ---- Alone ---- */

static void check_aside(const char *made_of, size_t size)
{
    char *text = alone(made_of, size);
    struct buffer left;
    struct buffer whole;
    buffer_init(&left, 1 << 20);
    buffer_init(&whole, 1 << 20);
    bool made = false;
    assert_int_equal(json_set_aside(text, size, &left, &made, NULL), STATUS_OK);
    if (!made) {
        assert_int_equal(left.size, 0);
    } else {
        const char *bytes = (const char *)left.bytes;
        assert_true(left.size <= size / 2);
        assert_int_equal(json_put_back(text, size, bytes, left.size, &whole, NULL), STATUS_OK);
        assert_int_equal(whole.size, size);
        assert_memory_equal(size == 0 ? text : (const char *)whole.bytes, text, size);
        assert_int_equal(json_aside_offset(bytes, left.size), size);
        for (size_t i = 0; i < left.size; i++) { /* what JSON knows stands where it stood */
            if ((unsigned char)bytes[i] < 0x80) {
                assert_int_equal(bytes[i], text[json_aside_offset(bytes, i)]);
            }
        }
    }
    buffer_release(&whole);
    buffer_release(&left);
    free(text);
}

static void all_comes_back(void **state)
{
    (void)state;
    uint64_t random = 1;
    char text[TEXT_MAX];
    for (int i = 0; i < TEXTS; i++) {
        size_t size = make_pieces(&random, text, 0, random_below(&random, 30));
        for (uint32_t runs = random_below(&random, 60); runs > 0; runs--) {
            size = add(text, size, pieces[sizeof pieces / sizeof pieces[0] - 1]);
        }
        size = make_pieces(&random, text, size, random_below(&random, 8));
        check_aside(text, size);
    }
    check_aside("", 0);
}

static void little_is_left(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":\"\xD8\xA7\xD9\x84 [1], {2}: nothing of it means anything "
                               "to JSON, whatever it looks like\"}";
    struct buffer left;
    buffer_init(&left, 1000);
    bool made = false;
    assert_int_equal(json_set_aside(text, sizeof text - 1, &left, &made, NULL), STATUS_OK);
    assert_true(made);
    assert_int_equal(left.size, 6 + 11 + 2);
    assert_memory_equal(left.bytes, "{\"a\":\"\xFF", 7);
    assert_memory_equal(left.bytes + 17, "\"}", 2);
    assert_true(json_is_aside((const char *)left.bytes, left.size));
    assert_false(json_is_aside("plain", 5));
    assert_int_equal(json_set_aside("{\"a\":1}", 7, &left, &made, NULL), STATUS_OK);
    assert_false(made);
    buffer_release(&left);
}

/* ---- Under the reader ---- */

static enum status write_down(void *context, const char *key, size_t key_size, enum json_kind kind,
                              const char *value, size_t value_size, struct error *error)
{
    struct buffer *out = context;
    if (key_size == 1 && key[0] == 'p') {
        return STATUS_OK; /* the pad */
    }
    unsigned char letter = (unsigned char)('0' + kind);
    assert_int_equal(buffer_append_string(out, key, key_size, error), STATUS_OK);
    assert_int_equal(buffer_append_byte(out, letter, error), STATUS_OK);
    return buffer_append_string(out, value, value_size, error);
}

/* Reads an object that begins with as many bytes of one of two kinds: `pad` decides whether most of
 * it is set aside. */
static enum status read_padded(struct json_reader *reader, const char *pad, const char *rest,
                               size_t size, struct buffer *got, struct error *error)
{
    enum { PADS = TEXT_MAX };
    char *text = malloc(PADS * 2 + size + 16);
    assert_non_null(text);
    size_t at = (size_t)sprintf(text, "{\"p\":\"");
    for (int i = 0; i < PADS; i++) {
        memcpy(text + at, pad, 2);
        at += 2;
    }
    memcpy(text + at, rest, size);
    text = realloc(text, at + size);
    buffer_clear(got);
    enum status status = json_reader_object(reader, text, at + size, write_down, got, error);
    free(text);
    return status;
}

/* Whether runs are set aside or not makes no difference, not even to where an error is. */
static void readers_agree(void **state)
{
    (void)state;
    uint64_t random = 2;
    struct json_reader *reader = json_reader_new();
    struct buffer plain;
    struct buffer aside;
    buffer_init(&plain, 1 << 20);
    buffer_init(&aside, 1 << 20);
    unsigned read = 0;
    for (int i = 0; i < TEXTS; i++) {
        char rest[TEXT_MAX];
        struct error plain_error = {.message = ""};
        struct error aside_error = {.message = ""};
        size_t size = add(rest, 0, "\",\"b\":\"");
        size = make_pieces(&random, rest, size, random_below(&random, 1 + (uint32_t)i % 8));
        size = random_below(&random, 8) == 0 ? size : add(rest, size, "\"}");
        enum status status = read_padded(reader, "ab", rest, size, &plain, &plain_error);
        assert_int_equal(read_padded(reader, "\xD8\xA7", rest, size, &aside, &aside_error), status);
        assert_string_equal(aside_error.message, plain_error.message);
        assert_int_equal(aside.size, plain.size);
        assert_memory_equal(plain.size == 0 ? "" : (const char *)aside.bytes,
                            plain.size == 0 ? "" : (const char *)plain.bytes, plain.size);
        read += status == STATUS_OK;
    }
    assert_in_range(read, TEXTS / 8, TEXTS - TEXTS / 8); /* both are tried */
    buffer_release(&aside);
    buffer_release(&plain);
    json_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_back),
        cmocka_unit_test(little_is_left),
        cmocka_unit_test(readers_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
