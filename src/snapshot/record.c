#include "snapshot/record.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"

static const char seal_before[] = ",\n  \"digest\": \"";
static const char seal_after[] = "\"\n}\n";
static const char object_end[] = "\n}";

enum {
    SEAL_BEFORE_SIZE = sizeof seal_before - 1,
    SEAL_AFTER_SIZE = sizeof seal_after - 1,
    SEAL_SIZE = SEAL_BEFORE_SIZE + DIGEST_TEXT_SIZE - 1 + SEAL_AFTER_SIZE,
    OBJECT_END_SIZE = sizeof object_end - 1,
};

static uint32_t number_u32(const unsigned char *member)
{
    uint32_t number;
    memcpy(&number, member, sizeof number);
    return number;
}

static uint64_t number_u64(const unsigned char *member)
{
    uint64_t number;
    memcpy(&number, member, sizeof number);
    return number;
}

static void write_digest(struct json_writer *writer, const char *key, const unsigned char *member)
{
    struct digest digest;
    memcpy(&digest, member, sizeof digest);
    char text[DIGEST_TEXT_SIZE];
    digest_text(&digest, text);
    json_writer_text(writer, key, text);
}

/* What reading would refuse must not be written either. */
static void write_number(struct json_writer *writer, const struct record_field *field,
                         uint64_t number)
{
    if (number > field->limit && writer->status == STATUS_OK) {
        writer->status = error_set(writer->error, STATUS_LIMIT,
                                   "cannot write '%s': %" PRIu64 " is above the limit of %" PRIu64,
                                   field->name, number, field->limit);
    }
    json_writer_u64(writer, field->name, number);
}

static void write_field(struct json_writer *writer, const struct record_field *field,
                        const unsigned char *member)
{
    switch (field->kind) {
    case RECORD_U64:
        write_number(writer, field, number_u64(member));
        break;
    case RECORD_U32:
        write_number(writer, field, number_u32(member));
        break;
    case RECORD_BOOL:
        json_writer_bool(writer, field->name, *(const bool *)member);
        break;
    case RECORD_DIGEST:
        write_digest(writer, field->name, member);
        break;
    case RECORD_TEXT:
        assert(memchr(member, 0, (size_t)field->limit) != NULL);
        json_writer_text(writer, field->name, (const char *)member);
        break;
    case RECORD_OBJECT:
        record_write(writer, field->name, field->shape, member);
        break;
    case RECORD_CUSTOM:
        field->write(writer, field->name, member);
        break;
    }
}

void record_write(struct json_writer *writer, const char *key, const struct record_shape *shape,
                  const void *source)
{
    json_writer_begin_object(writer, key);
    for (size_t i = 0; i < shape->count; i++) {
        const struct record_field *field = &shape->fields[i];
        write_field(writer, field, (const unsigned char *)source + field->offset);
    }
    json_writer_end_object(writer);
}

bool record_number(const char *text, size_t size, uint64_t limit, uint64_t *number)
{
    if (size == 0 || (size > 1 && text[0] == '0')) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || digit > limit || value > (limit - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

struct reading {
    const struct record_shape *shape;
    size_t next;
    unsigned char *target;
    void *context;
};

static enum status wrong(const struct record_field *field, struct error *error)
{
    static const char *const expected[] = {[RECORD_U64] = "a number within its limit",
                                           [RECORD_U32] = "a number within its limit",
                                           [RECORD_BOOL] = "true or false",
                                           [RECORD_DIGEST] = "32 hex digits",
                                           [RECORD_TEXT] = "a text within its limit",
                                           [RECORD_OBJECT] = "an object",
                                           [RECORD_CUSTOM] = "valid"};
    return error_set(error, STATUS_FORMAT, "member '%s' is not %s", field->name,
                     expected[field->kind]);
}

static bool read_number(const struct record_field *field, enum json_kind kind, const char *value,
                        size_t size, unsigned char *member)
{
    uint64_t number = 0;
    if (kind != JSON_NUMBER || !record_number(value, size, field->limit, &number)) {
        return false;
    }
    if (field->kind == RECORD_U64) {
        memcpy(member, &number, sizeof number);
    } else {
        assert(field->limit <= UINT32_MAX);
        uint32_t narrow = (uint32_t)number;
        memcpy(member, &narrow, sizeof narrow);
    }
    return true;
}

static bool read_text(const struct record_field *field, enum json_kind kind, const char *value,
                      size_t size, unsigned char *member)
{
    if (kind != JSON_STRING || size >= field->limit || memchr(value, 0, size) != NULL ||
        utf8_valid_prefix(value, size) != size) {
        return false;
    }
    memset(member, 0, (size_t)field->limit);
    memcpy(member, value, size);
    return true;
}

static bool read_digest(enum json_kind kind, const char *value, size_t size, unsigned char *member)
{
    struct digest digest;
    if (kind != JSON_STRING || !digest_parse(value, size, &digest)) {
        return false;
    }
    memcpy(member, &digest, sizeof digest);
    return true;
}

static enum status read_member(void *context, const char *key, size_t key_size, enum json_kind kind,
                               const char *value, size_t size, struct error *error)
{
    struct reading *reading = context;
    if (reading->next == reading->shape->count) {
        return error_set(error, STATUS_FORMAT, "more members than expected");
    }
    const struct record_field *field = &reading->shape->fields[reading->next++];
    if (key_size != strlen(field->name) || memcmp(key, field->name, key_size) != 0) {
        return error_set(error, STATUS_FORMAT, "member '%s' is missing or out of order",
                         field->name);
    }
    unsigned char *member = reading->target + field->offset;
    bool right = false;
    switch (field->kind) {
    case RECORD_U64:
    case RECORD_U32:
        right = read_number(field, kind, value, size, member);
        break;
    case RECORD_BOOL:
        right = kind == JSON_TRUE || kind == JSON_FALSE;
        *(bool *)member = kind == JSON_TRUE;
        break;
    case RECORD_DIGEST:
        right = read_digest(kind, value, size, member);
        break;
    case RECORD_TEXT:
        right = read_text(field, kind, value, size, member);
        break;
    case RECORD_OBJECT:
        if (kind == JSON_NESTED && size > 0 && value[0] == '{') {
            return record_read(value, size, field->shape, member, reading->context, error);
        }
        break;
    case RECORD_CUSTOM:
        return field->read(reading->context, member, kind, value, size, error);
    }
    return right ? STATUS_OK : wrong(field, error);
}

enum status record_read(const char *text, size_t size, const struct record_shape *shape,
                        void *target, void *context, struct error *error)
{
    struct reading reading = {.shape = shape, .target = target, .context = context};
    enum status status = json_read_object(text, size, read_member, &reading, error);
    if (status == STATUS_OK && reading.next < shape->count) {
        status = error_set(error, STATUS_FORMAT, "member '%s' is missing",
                           shape->fields[reading.next].name);
    }
    return status;
}

enum status record_seal(struct buffer *out, struct error *error)
{
    assert(out->size >= OBJECT_END_SIZE &&
           memcmp(out->bytes + out->size - OBJECT_END_SIZE, object_end, OBJECT_END_SIZE) == 0);
    out->size -= OBJECT_END_SIZE;
    struct digest digest = digest_of(out->bytes, out->size);
    char text[DIGEST_TEXT_SIZE];
    digest_text(&digest, text);
    return buffer_append_format(out, error, "%s%s%s", seal_before, text, seal_after);
}

enum status record_unseal(const void *bytes, size_t size, struct buffer *body, struct error *error)
{
    if (size < SEAL_SIZE) {
        return error_set(error, STATUS_FORMAT, "cut short: only %zu bytes", size);
    }
    const char *text = bytes;
    size_t body_size = size - SEAL_SIZE;
    const char *seal = text + body_size;
    struct digest told;
    if (memcmp(seal, seal_before, SEAL_BEFORE_SIZE) != 0 ||
        memcmp(text + size - SEAL_AFTER_SIZE, seal_after, SEAL_AFTER_SIZE) != 0 ||
        !digest_parse(seal + SEAL_BEFORE_SIZE, DIGEST_TEXT_SIZE - 1, &told)) {
        return error_set(error, STATUS_FORMAT, "cut short, or no digest at its end");
    }
    struct digest actual = digest_of(bytes, body_size);
    if (digest_compare(&told, &actual) != 0) {
        return error_set(error, STATUS_FORMAT, "its bytes do not fit its digest");
    }
    buffer_clear(body);
    enum status status = buffer_append(body, bytes, body_size, error);
    return status == STATUS_OK ? buffer_append(body, object_end, OBJECT_END_SIZE, error) : status;
}
