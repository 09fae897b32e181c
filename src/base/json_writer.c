#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* The writing half of json.h. */

/* The escape of a byte that may not stand in a string as it is. */
static enum status append_escape(struct buffer *out, unsigned char byte, struct error *error)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the byte, its letter */
    for (size_t i = 0; i + 1 < sizeof named; i += 2) {
        if ((unsigned char)named[i] == byte) {
            return buffer_append(out, (const char[]){'\\', named[i + 1]}, 2, error);
        }
    }
    static const char digits[] = "0123456789abcdef";
    return buffer_append(
        out, (const char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 6, error);
}

/* Appends valid UTF-8, escaping what must be. */
static enum status append_valid(struct buffer *out, const char *text, size_t size,
                                struct error *error)
{
    enum status status = STATUS_OK;
    size_t start = 0;
    for (size_t at = 0; status == STATUS_OK && at < size; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        status = buffer_append(out, text + start, at - start, error);
        if (status == STATUS_OK) {
            status = append_escape(out, byte, error);
        }
        start = at + 1;
    }
    return status == STATUS_OK ? buffer_append(out, text + start, size - start, error) : status;
}

enum status json_write_string(struct buffer *out, const char *text, size_t size,
                              struct error *error)
{
    size_t before = out->size;
    enum status status = buffer_append_byte(out, '"', error);
    while (status == STATUS_OK && size > 0) {
        size_t valid = utf8_valid_prefix(text, size);
        status = append_valid(out, text, valid, error);
        text += valid;
        size -= valid;
        /* After damage go by single code points for a while, so that garbage costs linear time. */
        for (size_t left = 4096; status == STATUS_OK && left > 0 && size > 0; left--) {
            uint32_t code = 0;
            char bytes[4];
            size_t length = utf8_decode(text, size, &code);
            status = append_valid(out, bytes, utf8_encode(code, bytes), error);
            text += length;
            size -= length;
        }
    }
    if (status == STATUS_OK) {
        status = buffer_append_byte(out, '"', error);
    }
    if (status != STATUS_OK) {
        out->size = before;
    }
    return status;
}

void json_writer_init(struct json_writer *writer, struct buffer *out, struct error *error)
{
    *writer = (struct json_writer){.out = out, .error = error, .status = STATUS_OK};
}

static void put(struct json_writer *writer, const char *text, size_t size)
{
    if (writer->status == STATUS_OK) {
        writer->status = buffer_append(writer->out, text, size, writer->error);
    }
}

static void new_line(struct json_writer *writer)
{
    put(writer, "\n", 1);
    for (unsigned level = 0; level < writer->depth; level++) {
        put(writer, "  ", 2);
    }
}

/* Everything that stands before a value: comma, new line, key. */
static void before_value(struct json_writer *writer, const char *key)
{
    if (writer->comma) {
        put(writer, ",", 1);
    }
    if (writer->pretty && writer->depth > 0) {
        new_line(writer);
    }
    writer->comma = true;
    if (key == NULL) {
        return;
    }
    if (writer->status == STATUS_OK) {
        writer->status = json_write_string(writer->out, key, strlen(key), writer->error);
    }
    put(writer, ": ", writer->pretty ? 2 : 1);
}

static void begin_nested(struct json_writer *writer, const char *key, const char *opener)
{
    before_value(writer, key);
    put(writer, opener, 1);
    writer->comma = false;
    writer->depth++;
}

static void end_nested(struct json_writer *writer, const char *closer)
{
    assert(writer->depth > 0);
    writer->depth--;
    if (writer->pretty && writer->comma) {
        new_line(writer);
    }
    put(writer, closer, 1);
    writer->comma = true;
}

void json_writer_begin_object(struct json_writer *writer, const char *key)
{
    begin_nested(writer, key, "{");
}

void json_writer_end_object(struct json_writer *writer)
{
    end_nested(writer, "}");
}

void json_writer_begin_array(struct json_writer *writer, const char *key)
{
    begin_nested(writer, key, "[");
}

void json_writer_end_array(struct json_writer *writer)
{
    end_nested(writer, "]");
}

void json_writer_string(struct json_writer *writer, const char *key, const char *text, size_t size)
{
    before_value(writer, key);
    if (writer->status == STATUS_OK) {
        writer->status = json_write_string(writer->out, text, size, writer->error);
    }
}

void json_writer_text(struct json_writer *writer, const char *key, const char *text)
{
    json_writer_string(writer, key, text, strlen(text));
}

void json_writer_raw(struct json_writer *writer, const char *key, const char *json, size_t size)
{
    before_value(writer, key);
    put(writer, json, size);
}

static void raw_text(struct json_writer *writer, const char *key, const char *json)
{
    json_writer_raw(writer, key, json, strlen(json));
}

void json_writer_u64(struct json_writer *writer, const char *key, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    raw_text(writer, key, text);
}

void json_writer_i64(struct json_writer *writer, const char *key, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    raw_text(writer, key, text);
}

/* The fewest digits that read back as the same number; null for what JSON cannot say. */
void json_writer_double(struct json_writer *writer, const char *key, double value)
{
    if (!isfinite(value)) {
        json_writer_null(writer, key);
        return;
    }
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (back <= value && back >= value) {
            break;
        }
    }
    char *comma = strchr(text, ','); /* of the locale */
    if (comma != NULL) {
        *comma = '.';
    }
    raw_text(writer, key, text);
}

void json_writer_bool(struct json_writer *writer, const char *key, bool value)
{
    raw_text(writer, key, value ? "true" : "false");
}

void json_writer_null(struct json_writer *writer, const char *key)
{
    raw_text(writer, key, "null");
}

enum status json_writer_status(const struct json_writer *writer)
{
    return writer->status;
}
