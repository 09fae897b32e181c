#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"

enum { BUFFER_CAPACITY_MIN = 256 };

void buffer_init(struct buffer *buffer, size_t size_max)
{
    *buffer = (struct buffer){.size_max = size_max};
}

void buffer_release(struct buffer *buffer)
{
    if (buffer == NULL) {
        return;
    }
    memory_free(buffer->bytes);
    buffer_init(buffer, buffer->size_max);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

enum status buffer_grow(struct buffer *buffer, size_t more, struct error *error)
{
    assert(buffer->size <= buffer->capacity);
    if (more > buffer->size_max || buffer->size > buffer->size_max - more) {
        return error_set(error, STATUS_LIMIT, "data is larger than the limit of %zu bytes",
                         buffer->size_max);
    }
    size_t needed = buffer->size + more;
    size_t capacity =
        buffer->capacity < BUFFER_CAPACITY_MIN ? BUFFER_CAPACITY_MIN : buffer->capacity;
    while (capacity < needed) {
        capacity = capacity > buffer->size_max / 2 ? buffer->size_max : capacity * 2;
    }
    unsigned char *bytes = memory_resize(buffer->bytes, capacity);
    if (bytes == NULL) {
        return error_no_memory(error, capacity);
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return STATUS_OK;
}

enum status buffer_append(struct buffer *buffer, const void *bytes, size_t size,
                          struct error *error)
{
    enum status status = buffer_reserve(buffer, size, error);
    if (status == STATUS_OK && size > 0) {
        memcpy(buffer->bytes + buffer->size, bytes, size);
        buffer->size += size;
    }
    return status;
}

enum status buffer_append_u32(struct buffer *buffer, uint32_t value, struct error *error)
{
    unsigned char bytes[4];
    store_u32(bytes, value);
    return buffer_append(buffer, bytes, sizeof bytes, error);
}

enum status buffer_append_long(struct buffer *buffer, uint64_t value, struct error *error)
{
    unsigned char bytes[VARINT_SIZE_MAX];
    return buffer_append(buffer, bytes, store_varint(bytes, value), error);
}

enum status buffer_append_string(struct buffer *buffer, const void *bytes, size_t size,
                                 struct error *error)
{
    size_t before = buffer->size;
    enum status status = buffer_append_varint(buffer, size, error);
    if (status == STATUS_OK) {
        status = buffer_append(buffer, bytes, size, error);
    }
    if (status != STATUS_OK) {
        buffer->size = before;
    }
    return status;
}

enum status buffer_append_format(struct buffer *buffer, struct error *error, const char *format,
                                 ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(length >= 0);
    size_t size = (size_t)length;
    enum status status = buffer_reserve(buffer, size + 1, error);
    if (status == STATUS_OK) {
        (void)vsnprintf((char *)buffer->bytes + buffer->size, size + 1, format, again);
        buffer->size += size;
    }
    va_end(again);
    return status;
}
