#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Reads the bytes as an object, writes what was read anew, and reads that: it must be an object
 * with as many members. The reader is used twice, to see that it forgets. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct copy {
    struct buffer *out;
    size_t count;
};

static enum status on_element(void *context, const char *key, size_t key_size, enum json_kind kind,
                              const char *value, size_t value_size, struct error *error)
{
    (void)context;
    (void)error;
    (void)value;
    assert(key_size == 0 && key != NULL);
    return kind == JSON_NESTED && value_size < 2 ? STATUS_FORMAT : STATUS_OK;
}

static enum status on_member(void *context, const char *key, size_t key_size, enum json_kind kind,
                             const char *value, size_t value_size, struct error *error)
{
    struct copy *copy = context;
    copy->count++;
    if (kind == JSON_NESTED) {
        enum status status = value[0] == '['
                                 ? json_read_array(value, value_size, on_element, NULL, error)
                                 : json_read_object(value, value_size, on_member,
                                                    &(struct copy){.out = NULL}, error);
        assert(status == STATUS_OK);
    }
    if (copy->out == NULL) {
        return STATUS_OK;
    }
    enum status status = buffer_append_byte(copy->out, copy->out->size == 0 ? '{' : ',', error);
    assert(status == STATUS_OK);
    status = json_write_string(copy->out, key, key_size, error);
    assert(status == STATUS_OK);
    status = buffer_append_byte(copy->out, ':', error);
    assert(status == STATUS_OK);
    return kind == JSON_STRING ? json_write_string(copy->out, value, value_size, error)
                               : buffer_append(copy->out, value, value_size, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer out;
    buffer_init(&out, size * 8 + 1024);
    struct copy copy = {.out = &out};
    struct copy count = {.out = NULL};
    struct json_reader *reader = json_reader_new();
    assert(reader != NULL);
    char *text = malloc(size + (size == 0));
    assert(text != NULL);
    memcpy(text, data, size);
    if (json_reader_object(reader, text, size, on_member, &copy, NULL) == STATUS_OK &&
        copy.count > 0) {
        enum status status = buffer_append_byte(&out, '}', NULL);
        assert(status == STATUS_OK);
        status =
            json_reader_object(reader, (const char *)out.bytes, out.size, on_member, &count, NULL);
        assert(status == STATUS_OK && count.count == copy.count);
    }
    free(text);
    json_reader_free(reader);
    buffer_release(&out);
    return 0;
}
