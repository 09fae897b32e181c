#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Members are written down as `key=K value;` with the kind's letter. */
static enum status write_down(void *context, const char *key, size_t key_size, enum json_kind kind,
                              const char *value, size_t value_size, struct error *error)
{
    static const char letters[] = "SDTFNX";
    struct buffer *out = context;
    assert_int_equal(buffer_append(out, key, key_size, error), STATUS_OK);
    assert_int_equal(buffer_append_byte(out, '=', error), STATUS_OK);
    assert_int_equal(buffer_append_byte(out, (unsigned char)letters[kind], error), STATUS_OK);
    assert_int_equal(buffer_append(out, value, value_size, error), STATUS_OK);
    return buffer_append_byte(out, ';', error);
}

static const struct sample {
    const char *json;
    const char *members; /* NULL: an error */
} samples[] = {
    {"{}", ""},
    {" \t\r\n{ } \n", ""},
    {"{\"a\":\"b\"}", "a=Sb;"},
    {"{\"a\":\"\",\"\":\"b\"}", "a=S;=Sb;"},
    {"{\"n\":-1.5e3,\"t\":true,\"f\":false,\"z\":null}", "n=D-1.5e3;t=Ttrue;f=Ffalse;z=Nnull;"},
    {"{\"n\":12345678901234567890123}", "n=D12345678901234567890123;"},
    {"{\"o\": {\"x\": [1, {\"y\":\"\\u0041\"}]} ,\"a\":[ ]}",
     "o=X{\"x\": [1, {\"y\":\"\\u0041\"}]};a=X[ ];"},
    {"{\"a\\n\":\"x\\ty\"}", "a\n=Sx\ty;"},
    {"{\"\\u0627\\u0644\":\"\\ud83d\\ude00\\/\\\"\\\\\\b\\f\\r\"}",
     "\xD8\xA7\xD9\x84=S\xF0\x9F\x98\x80/\"\\\b\f\r;"},
    {"{\"lone\":\"\\ud83dx\"}", "lone=S?x;"},
    {"{\"lone\":\"\\udDDDx\\uDC00\"}", "lone=S\xEF\xBF\xBDx\xEF\xBF\xBD;"},
    {"{\"\\udDDD\":\"\\u00ed\\ud7ff\"}", "\xEF\xBF\xBD=S\xC3\xAD\xED\x9F\xBF;"},
    {"{\"a\":1,\"a\":2}", "a=D1;a=D2;"},
    {"{\"bytes\":\"\xFF\xFE\"}", "bytes=S\xFF\xFE;"},
    {"", NULL},
    {"  ", NULL},
    {"{", NULL},
    {"{\"a\"", NULL},
    {"{\"a\":", NULL},
    {"{\"a\":1", NULL},
    {"{\"a\":1,", NULL},
    {"{\"a\":1,}", NULL},
    {"{\"a\" 1}", NULL},
    {"{a:1}", NULL},
    {"{'a':1}", NULL},
    {"{\"a\":01}", NULL},
    {"{\"a\":1.}", NULL},
    {"{\"a\":+1}", NULL},
    {"{\"a\":nul}", NULL},
    {"{\"a\":NaN}", NULL},
    {"{\"a\":\"x\ty\"}", NULL},
    {"{\"a\":\"x\ny\"}", NULL},
    {"{\"a\":\"\\x\"}", NULL},
    {"{\"a\":\"\\u12\"}", NULL},
    {"{\"a\":\"open}", NULL},
    {"{\"a\":\"open\\", NULL},
    {"{}}", NULL},
    {"{} x", NULL},
    {"{} tru", NULL},
    {"{},", NULL},
    {"{} \"open", NULL},
    {"{} 12", NULL},
    {"{}\v", NULL},
    {"{}{}", NULL},
    {"{} []", NULL},
    {"{} 1", NULL},
    {"{} \"x\"", NULL},
    {"{} /* remark */", NULL},
    {"[]", NULL},
    {"[{}]", NULL},
    {"\"a\"", NULL},
    {"1", NULL},
    {"true", NULL},
    {"null", NULL},
    {"}", NULL},
    {"\xEF\xBB\xBF{}", NULL},
};

static void check(struct json_reader *reader, const struct sample *sample)
{
    struct buffer got;
    struct error error = {.code = STATUS_OK};
    buffer_init(&got, 1 << 16);
    size_t size = strlen(sample->json);
    char *text = malloc(size + 1); /* exactly as long as it is, for the sanitizer */
    assert_non_null(text);
    text = realloc(text, size == 0 ? 1 : size);
    memcpy(text, sample->json, size);
    enum status status = reader == NULL
                             ? json_read_object(text, size, write_down, &got, &error)
                             : json_reader_object(reader, text, size, write_down, &got, &error);
    if (sample->members == NULL) {
        if (status != STATUS_FORMAT || strstr(error.message, "cannot read JSON: byte ") == NULL) {
            fail_msg("'%s' was read: %d %s", sample->json, status, error.message);
        }
    } else {
        if (status != STATUS_OK) {
            fail_msg("'%s': %s", sample->json, error.message);
        }
        assert_int_equal(got.size, strlen(sample->members));
        assert_memory_equal(got.size == 0 ? "" : (const char *)got.bytes, sample->members,
                            got.size);
    }
    buffer_release(&got);
    free(text);
}

static void samples_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        check(NULL, &samples[i]);
    }
}

/* One reader for all, each after each: nothing of one text may reach the next. */
static void reader_forgets(void **state)
{
    (void)state;
    size_t count = sizeof samples / sizeof samples[0];
    struct json_reader *reader = json_reader_new();
    assert_non_null(reader);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            check(reader, &samples[i]);
            check(reader, &samples[k]);
        }
    }
    json_reader_free(reader);
    json_reader_free(NULL);
}

static void zero_bytes_are_kept(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":\"x\\u0000y\"}";
    struct buffer got;
    struct error error;
    buffer_init(&got, 100);
    assert_int_equal(json_read_object(json, sizeof json - 1, write_down, &got, &error), STATUS_OK);
    assert_int_equal(got.size, 7);
    assert_memory_equal(got.bytes, "a=Sx\0y;", 7);
    buffer_release(&got);
}

static enum status nested(unsigned depth, bool object)
{
    struct buffer json;
    struct buffer got;
    struct error error;
    buffer_init(&json, 1 << 20);
    buffer_init(&got, 1 << 20);
    for (unsigned i = 0; i < depth; i++) {
        assert_int_equal(buffer_append_format(&json, &error, "%s", object ? "{\"a\":" : "["),
                         STATUS_OK);
    }
    assert_int_equal(buffer_append_format(&json, &error, "%s", object ? "1" : ""), STATUS_OK);
    for (unsigned i = 0; i < depth; i++) {
        assert_int_equal(buffer_append_byte(&json, object ? '}' : ']', &error), STATUS_OK);
    }
    const char *text = (const char *)json.bytes;
    enum status status = object ? json_read_object(text, json.size, write_down, &got, &error)
                                : json_read_array(text, json.size, write_down, &got, &error);
    buffer_release(&got);
    buffer_release(&json);
    return status;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    for (int object = 0; object < 2; object++) {
        assert_int_equal(nested(JSON_DEPTH_MAX, object), STATUS_OK);
        assert_int_equal(nested(JSON_DEPTH_MAX + 1, object), STATUS_FORMAT);
        assert_int_equal(nested(20000, object), STATUS_FORMAT);
    }
}

static void arrays_are_read(void **state)
{
    (void)state;
    static const char json[] = " [1, \"a\\nb\", {\"x\":[]}, null] ";
    static const char wanted[] = "=D1;=Sa\nb;=X{\"x\":[]};=Nnull;";
    struct buffer got;
    struct error error;
    buffer_init(&got, 1000);
    assert_int_equal(json_read_array(json, sizeof json - 1, write_down, &got, &error), STATUS_OK);
    assert_int_equal(got.size, sizeof wanted - 1);
    assert_memory_equal(got.bytes, wanted, got.size);
    assert_int_equal(json_read_array("{}", 2, write_down, &got, &error), STATUS_FORMAT);
    assert_int_equal(json_read_array("[] []", 5, write_down, &got, &error), STATUS_FORMAT);
    buffer_release(&got);
}

static enum status stop(void *context, const char *key, size_t key_size, enum json_kind kind,
                        const char *value, size_t value_size, struct error *error)
{
    (void)key;
    (void)key_size;
    (void)kind;
    (void)value;
    (void)value_size;
    ++*(unsigned *)context;
    return error_set(error, STATUS_STOPPED, "enough");
}

static void member_can_end_it(void **state)
{
    (void)state;
    unsigned calls = 0;
    struct error error;
    assert_int_equal(json_read_object("{\"a\":1,\"b\":2}", 13, stop, &calls, &error),
                     STATUS_STOPPED);
    assert_string_equal(error.message, "enough");
    assert_int_equal(calls, 1);
}

/* Values without escapes come from the text itself. */
static enum status in_place(void *context, const char *key, size_t key_size, enum json_kind kind,
                            const char *value, size_t value_size, struct error *error)
{
    (void)key_size;
    (void)kind;
    (void)error;
    const char *const *range = context;
    assert_true(key >= range[0] && key < range[1]);
    assert_true(value >= range[0] && value + value_size < range[1]);
    return STATUS_OK;
}

static void nothing_is_copied(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":\"long enough\",\"b\":12,\"c\":[1]}";
    const char *range[] = {json, json + sizeof json};
    struct error error;
    struct json_reader *reader = json_reader_new();
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(json_reader_object(reader, json, sizeof json - 1, in_place, range, &error),
                         STATUS_OK);
    }
    json_reader_free(reader);
}

static void check_string(const char *text, size_t size, const char *wanted)
{
    struct buffer out;
    struct error error;
    buffer_init(&out, 1 << 20);
    assert_int_equal(json_write_string(&out, text, size, &error), STATUS_OK);
    assert_int_equal(out.size, strlen(wanted));
    assert_memory_equal(out.bytes, wanted, out.size);
    buffer_release(&out);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    check_string("", 0, "\"\"");
    check_string("a\"b\\c/\b\f\n\r\t", 11, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\"");
    check_string("\0\x01\x1F\x7F", 4, "\"\\u0000\\u0001\\u001f\x7F\"");
    check_string("\xD8\xA7\xFF\xD8", 4, "\"\xD8\xA7\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string("\xEF\xBF\xBD\"", 4, "\"\xEF\xBF\xBD\\\"\"");
}

static enum status same(void *context, const char *key, size_t key_size, enum json_kind kind,
                        const char *value, size_t value_size, struct error *error)
{
    (void)key;
    (void)key_size;
    (void)error;
    const struct buffer *wanted = context;
    assert_int_equal(kind, JSON_STRING);
    assert_int_equal(value_size, wanted->size);
    assert_memory_equal(value, wanted->bytes, value_size);
    return STATUS_OK;
}

/* Whatever is written is read back. */
static void strings_come_back(void **state)
{
    (void)state;
    struct buffer text;
    struct buffer json;
    struct error error;
    buffer_init(&text, 1 << 20);
    buffer_init(&json, 1 << 20);
    uint32_t seed = 1;
    for (unsigned round = 0; round < 500; round++) {
        buffer_clear(&text);
        buffer_clear(&json);
        for (unsigned i = 0; i < round % 97; i++) {
            static const char *const pieces[] = {"a", "\"", "\\", "\n", "\xD8\xA7", "\x01", "/u"};
            seed = seed * 1664525u + 1013904223u;
            assert_int_equal(buffer_append_format(&text, &error, "%s", pieces[(seed >> 16) % 7]),
                             STATUS_OK);
        }
        struct json_writer writer;
        json_writer_init(&writer, &json, &error);
        json_writer_begin_object(&writer, NULL);
        json_writer_string(&writer, "k", text.size == 0 ? "" : (const char *)text.bytes, text.size);
        json_writer_end_object(&writer);
        assert_int_equal(json_writer_status(&writer), STATUS_OK);
        text.bytes = text.bytes == NULL ? malloc(1) : text.bytes;
        assert_int_equal(json_read_object((const char *)json.bytes, json.size, same, &text, &error),
                         STATUS_OK);
    }
    buffer_release(&json);
    buffer_release(&text);
}

static void write_all(struct json_writer *writer)
{
    json_writer_begin_object(writer, NULL);
    json_writer_text(writer, "text", "x");
    json_writer_u64(writer, "u", UINT64_MAX);
    json_writer_i64(writer, "i", INT64_MIN);
    json_writer_begin_array(writer, "list");
    json_writer_double(writer, NULL, 0.1);
    json_writer_double(writer, NULL, 1e300);
    json_writer_double(writer, NULL, 3);
    json_writer_double(writer, NULL, NAN);
    json_writer_begin_object(writer, NULL);
    json_writer_end_object(writer);
    json_writer_end_array(writer);
    json_writer_bool(writer, "yes", true);
    json_writer_bool(writer, "no", false);
    json_writer_raw(writer, "raw", "[1]", 3);
    json_writer_null(writer, "nothing");
    json_writer_end_object(writer);
}

static void check_writer(bool pretty, const char *wanted)
{
    struct buffer out;
    struct error error;
    struct json_writer writer;
    buffer_init(&out, 1 << 16);
    json_writer_init(&writer, &out, &error);
    writer.pretty = pretty;
    write_all(&writer);
    assert_int_equal(json_writer_status(&writer), STATUS_OK);
    assert_int_equal(out.size, strlen(wanted));
    assert_memory_equal(out.bytes, wanted, out.size);
    buffer_release(&out);
}

static void writer_places_commas(void **state)
{
    (void)state;
    check_writer(false, "{\"text\":\"x\",\"u\":18446744073709551615,\"i\":-9223372036854775808,"
                        "\"list\":[0.1,1e+300,3,null,{}],\"yes\":true,\"no\":false,\"raw\":[1],"
                        "\"nothing\":null}");
    check_writer(true, "{\n  \"text\": \"x\",\n  \"u\": 18446744073709551615,\n"
                       "  \"i\": -9223372036854775808,\n  \"list\": [\n    0.1,\n    1e+300,\n"
                       "    3,\n    null,\n    {}\n  ],\n  \"yes\": true,\n  \"no\": false,\n"
                       "  \"raw\": [1],\n  \"nothing\": null\n}");
}

static void writer_keeps_its_first_failure(void **state)
{
    (void)state;
    for (size_t size_max = 256; size_max < 400; size_max++) {
        struct buffer out;
        struct error error;
        struct json_writer writer;
        buffer_init(&out, size_max);
        json_writer_init(&writer, &out, &error);
        for (unsigned i = 0; i < 10; i++) {
            write_all(&writer);
        }
        assert_int_equal(json_writer_status(&writer), STATUS_LIMIT);
        assert_true(out.size <= size_max);
        buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_read),
        cmocka_unit_test(reader_forgets),
        cmocka_unit_test(zero_bytes_are_kept),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(arrays_are_read),
        cmocka_unit_test(member_can_end_it),
        cmocka_unit_test(nothing_is_copied),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(strings_come_back),
        cmocka_unit_test(writer_places_commas),
        cmocka_unit_test(writer_keeps_its_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
