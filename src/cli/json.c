#include "cli/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/text.h"

void json_begin(struct output *output)
{
    output_format(output, "{\"v\":%d", JSON_VERSION);
}

void json_end(struct output *output)
{
    output_text(output, "}\n");
}

void json_member(struct output *output, const char *name)
{
    output_format(output, ",\"%s\":", name);
}

static void write_escape(struct output *output, uint32_t code_point)
{
    static const char letters[] = "btn?fr"; /* U+0008 .. U+000D */
    if (code_point == '"' || code_point == '\\') {
        output_format(output, "\\%c", (int)code_point);
    } else if (code_point == TEXT_INVALID) {
        output_text(output, "\xEF\xBF\xBD");
    } else if (code_point >= 0x08 && code_point <= 0x0D && code_point != 0x0B) {
        output_format(output, "\\%c", letters[code_point - 0x08]);
    } else {
        output_format(output, "\\u%04x", (unsigned)code_point);
    }
}

void json_string(struct output *output, const char *text, size_t size)
{
    output_text(output, "\"");
    size_t start = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code_point;
        size_t length = text_decode(text + i, size - i, &code_point);
        if (code_point < 0x20 || code_point == '"' || code_point == '\\' ||
            code_point == TEXT_INVALID) {
            output_bytes(output, text + start, i - start);
            write_escape(output, code_point);
            start = i + length;
        }
        i += length;
    }
    output_bytes(output, text + start, size - start);
    output_text(output, "\"");
}

void json_text(struct output *output, const char *name, const char *text, size_t size)
{
    json_member(output, name);
    json_string(output, text, size);
}

void json_number(struct output *output, const char *name, uint64_t value)
{
    output_format(output, ",\"%s\":%" PRIu64, name, value);
}

void json_real(struct output *output, const char *name, double value)
{
    json_member(output, name);
    if (isfinite(value)) {
        output_format(output, "%.9g", value);
    } else {
        output_text(output, "null");
    }
}

void json_boolean(struct output *output, const char *name, bool value)
{
    json_member(output, name);
    output_text(output, value ? "true" : "false");
}

void json_day(struct output *output, const char *name, uint32_t day)
{
    char text[OUTPUT_DAY_SIZE];
    json_member(output, name);
    if (day == 0) {
        output_text(output, "null");
    } else {
        output_format(output, "\"%s\"", output_day_text(day, text));
    }
}

void json_object(struct output *output, const char *name, const char *json, size_t size)
{
    json_member(output, name);
    if (size == 0) {
        output_text(output, "{}");
        return;
    }
    /* One object a line: a line break between its members is only white space. */
    for (size_t i = 0; i < size;) {
        size_t run = 0;
        while (i + run < size && json[i + run] != '\n' && json[i + run] != '\r') {
            run++;
        }
        output_bytes(output, json + i, run);
        i += run;
        if (i < size) {
            output_text(output, " ");
            i++;
        }
    }
}
