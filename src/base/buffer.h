#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* A growing run of bytes with a maximum set at birth. A large one grows where it lies, without
 * being copied, in address space set aside for it. One thread at a time. */

struct buffer {
    unsigned char *bytes; /* NULL while empty; owned, and freed by buffer_release() alone */
    size_t size;
    size_t capacity;
    size_t size_max;
    size_t room; /* of address space; 0: the bytes are on the heap */
};

/* Makes an empty buffer that never holds more than `size_max` bytes; allocates nothing. */
void buffer_init(struct buffer *buffer, size_t size_max);

/* Frees the bytes; the buffer may be used again after buffer_init(). NULL is ignored. */
void buffer_release(struct buffer *buffer);

/* Empties the buffer and keeps its memory. */
void buffer_clear(struct buffer *buffer);

/* What buffer_reserve() does when there is no room yet. */
enum status buffer_grow(struct buffer *buffer, size_t more, struct error *error) MUST_CHECK;

/* Makes room for `more` bytes behind the current ones, so that they may be written directly and
 * `size` raised. STATUS_LIMIT past size_max, STATUS_NOMEM. Pointers into the buffer move. */
static inline MUST_CHECK enum status buffer_reserve(struct buffer *buffer, size_t more,
                                                    struct error *error)
{
    return more <= buffer->capacity - buffer->size ? STATUS_OK : buffer_grow(buffer, more, error);
}

/* Append; same statuses as buffer_reserve(), nothing is appended on failure. */
enum status buffer_append(struct buffer *buffer, const void *bytes, size_t size,
                          struct error *error) MUST_CHECK;
enum status buffer_append_u32(struct buffer *buffer, uint32_t value,
                              struct error *error) MUST_CHECK;

static inline MUST_CHECK enum status buffer_append_byte(struct buffer *buffer, unsigned char byte,
                                                        struct error *error)
{
    if (LIKELY(buffer->size < buffer->capacity)) {
        buffer->bytes[buffer->size++] = byte;
        return STATUS_OK;
    }
    return buffer_append(buffer, &byte, 1, error);
}

/* What buffer_append_varint() does when there is more than a byte. */
enum status buffer_append_long(struct buffer *buffer, uint64_t value,
                               struct error *error) MUST_CHECK;

static inline MUST_CHECK enum status buffer_append_varint(struct buffer *buffer, uint64_t value,
                                                          struct error *error)
{
    return LIKELY(value < 0x80) ? buffer_append_byte(buffer, (unsigned char)value, error)
                                : buffer_append_long(buffer, value, error);
}

/* A varint size and then the bytes: what byte_reader_string() reads. */
enum status buffer_append_string(struct buffer *buffer, const void *bytes, size_t size,
                                 struct error *error) MUST_CHECK;

/* Text as printf() makes it, without the closing zero. */
enum status buffer_append_format(struct buffer *buffer, struct error *error, const char *format,
                                 ...) PRINTF_LIKE(3, 4) MUST_CHECK;

#endif
