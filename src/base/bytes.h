#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

/* Numbers in bytes, little-endian on disk whatever the machine, and a bounded reader over bytes
 * from outside. Any thread. */

/* A number that lies in memory little-endian, or is to lie there so. Loops over such an array are
 * ones that compilers turn into a few steps for all. */
static inline uint16_t little_u16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (uint16_t)(value << 8 | value >> 8);
#else
    return value;
#endif
}

static inline uint32_t little_u32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (uint32_t)little_u16((uint16_t)value) << 16 | little_u16((uint16_t)(value >> 16));
#else
    return value;
#endif
}

static inline uint64_t little_u64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (uint64_t)little_u32((uint32_t)value) << 32 | little_u32((uint32_t)(value >> 32));
#else
    return value;
#endif
}

/* Whole, not byte by byte: compilers do not always find out that the bytes are one number. */
static inline uint16_t load_u16(const void *from)
{
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return little_u16(value);
}

static inline uint32_t load_u32(const void *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return little_u32(value);
}

static inline uint64_t load_u64(const void *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return little_u64(value);
}

static inline void store_u16(void *to, uint16_t value)
{
    value = little_u16(value);
    memcpy(to, &value, sizeof value);
}

static inline void store_u32(void *to, uint32_t value)
{
    value = little_u32(value);
    memcpy(to, &value, sizeof value);
}

static inline void store_u64(void *to, uint64_t value)
{
    value = little_u64(value);
    memcpy(to, &value, sizeof value);
}

/* Big-endian, for keys whose byte order must be their number order. */
static inline void store_u32_be(void *to, uint32_t value)
{
    unsigned char *byte = to;
    for (unsigned i = 0; i < 4; i++) {
        byte[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

static inline uint32_t load_u32_be(const void *from)
{
    const unsigned char *byte = from;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 |
           (uint32_t)byte[3];
}

/* How many bits are set. Not the compiler's, which is a call where it may not use the processor's
 * own. */
static inline unsigned count_ones(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (unsigned)(word * 0x0101010101010101u >> 56);
}

/* Variable-length number: 7 bits a byte, low bits first, the high bit says that more follow
 * (LEB128). At most VARINT_SIZE_MAX bytes. Returns the bytes written. */
#define VARINT_SIZE_MAX 10

static inline size_t store_varint(void *to, uint64_t value)
{
    unsigned char *byte = to;
    size_t size = 0;
    while (value >= 0x80) {
        byte[size++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    byte[size++] = (unsigned char)value;
    return size;
}

/* A cursor over bytes that may be damaged: a read past the end or an overlong number sets
 * `failed`, yields 0 and never reads outside. Check `failed` once, at the end. */
struct byte_reader {
    const unsigned char *at;
    const unsigned char *end;
    bool failed;
};

static inline struct byte_reader byte_reader_over(const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    return (struct byte_reader){.at = from, .end = from + size, .failed = false};
}

static inline size_t byte_reader_left(const struct byte_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static inline unsigned char byte_reader_byte(struct byte_reader *reader)
{
    if (reader->at == reader->end) {
        reader->failed = true;
        return 0;
    }
    return *reader->at++;
}

static inline uint64_t byte_reader_varint(struct byte_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        unsigned char byte = *reader->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    reader->failed = true;
    reader->at = reader->end;
    return 0;
}

/* Returns the next `size` bytes in place, or NULL (and fails) when fewer are left. */
static inline const unsigned char *byte_reader_take(struct byte_reader *reader, size_t size)
{
    if (size > byte_reader_left(reader)) {
        reader->failed = true;
        reader->at = reader->end;
        return NULL;
    }
    const unsigned char *from = reader->at;
    reader->at += size;
    return from;
}

/* A varint size, then that many bytes in place; `*size` is 0 and NULL is returned on failure. */
static inline const unsigned char *byte_reader_string(struct byte_reader *reader, size_t *size)
{
    uint64_t length = byte_reader_varint(reader);
    if (reader->failed || length > byte_reader_left(reader)) {
        reader->failed = true;
        reader->at = reader->end;
        *size = 0;
        return NULL;
    }
    *size = (size_t)length;
    return byte_reader_take(reader, *size);
}

/* Byte order of two strings, a prefix first: the order of every key on disk. */
static inline int bytes_compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
    size_t both = a_size < b_size ? a_size : b_size;
    int order = both == 0 ? 0 : memcmp(a, b, both);
    if (order != 0) {
        return order;
    }
    return (a_size > b_size) - (a_size < b_size);
}

static inline bool bytes_equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

#endif
