#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/room.h"

enum { BUFFER_CAPACITY_MIN = 256 };

/* From here on a buffer has room to grow in, so many times what it needs. */
#define LARGE_MIN   ((size_t)4 << 20)
#define ROOM_FACTOR 16

void buffer_init(struct buffer *buffer, size_t size_max)
{
    *buffer = (struct buffer){.size_max = size_max};
}

static void free_bytes(const struct buffer *buffer)
{
    if (buffer->room > 0) {
        room_free(buffer->bytes, buffer->room);
    } else {
        memory_free(buffer->bytes);
    }
}

void buffer_release(struct buffer *buffer)
{
    if (buffer == NULL) {
        return;
    }
    free_bytes(buffer);
    buffer_init(buffer, buffer->size_max);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

/* Moves to address space in which so much and more has room. Returns false where there is none. */
static bool move_to_room(struct buffer *buffer, size_t capacity)
{
    size_t room = capacity > SIZE_MAX / ROOM_FACTOR ? SIZE_MAX : capacity * ROOM_FACTOR;
    unsigned char *bytes = room_new(room);
    if (bytes == NULL) {
        return false;
    }
    if (!room_open(bytes, capacity)) {
        room_free(bytes, room);
        return false;
    }
    if (buffer->size > 0) {
        memcpy(bytes, buffer->bytes, buffer->size);
    }
    free_bytes(buffer);
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

static bool set_capacity(struct buffer *buffer, size_t capacity)
{
    bool grown = buffer->room >= capacity ? room_open(buffer->bytes, capacity)
                                          : capacity >= LARGE_MIN && move_to_room(buffer, capacity);
    if (!grown && buffer->room == 0) {
        unsigned char *bytes = memory_resize(buffer->bytes, capacity);
        buffer->bytes = bytes == NULL ? buffer->bytes : bytes;
        grown = bytes != NULL;
    }
    if (grown) {
        buffer->capacity = capacity;
    }
    return grown;
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
    return set_capacity(buffer, capacity) ? STATUS_OK : error_no_memory(error, capacity);
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
