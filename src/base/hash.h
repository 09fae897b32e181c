#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"

/* Content digests and hashes: XXH3 of xxHash (fixed algorithm, same value on every machine). Not
 * cryptographic: they find damage and equal content, they do not stop a forger. This file and
 * its .c own <xxhash.h>. */

#define DIGEST_SIZE      16
#define DIGEST_TEXT_SIZE 33 /* 32 hex digits and a zero byte */

/* XXH3-128 in its canonical (big-endian) byte form. */
struct digest {
    unsigned char bytes[DIGEST_SIZE];
};

/* XXH3-64 of `size` bytes. Any thread. */
uint64_t hash64(const void *bytes, size_t size);

/* The halves of a product of 128 bits, one on the other. */
static inline uint64_t multiply_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low = (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
    uint64_t left = (a >> 32) * (b & 0xFFFFFFFFu);
    uint64_t right = (a & 0xFFFFFFFFu) * (b >> 32);
    uint64_t middle = (low >> 32) + (left & 0xFFFFFFFFu) + right;
    uint64_t high = (a >> 32) * (b >> 32) + (left >> 32) + (middle >> 32);
    return a * b ^ high;
#endif
}

/* A quick hash for tables in memory: a multiplication and a shift for every 8 bytes. Never stored.
 */
static inline uint64_t hash_short(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = 0x9E3779B97F4A7C15u * (size + 1);
    while (size >= 8) {
        hash = (hash ^ load_u64(at)) * 0xFF51AFD7ED558CCDu;
        hash ^= hash >> 32;
        at += 8;
        size -= 8;
    }
    uint64_t rest = 0;
    if (size >= 4) {
        rest = (uint64_t)load_u32(at) << 32 | load_u32(at + size - 4);
    } else if (size > 0) {
        rest = (uint64_t)at[0] << 16 | (uint64_t)at[size / 2] << 8 | at[size - 1];
    }
    hash = (hash ^ rest) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 29;
    hash *= 0xC4CEB9FE1A85EC53u;
    return hash ^ hash >> 32;
}

/* XXH3-128 of `size` bytes. Any thread. */
struct digest digest_of(const void *bytes, size_t size);

/* The same digest over pieces. One thread at a time. */
struct digest_stream;
struct digest_stream *digest_stream_new(void) MUST_CHECK; /* NULL when out of memory */
void digest_stream_add(struct digest_stream *stream, const void *bytes, size_t size);
struct digest digest_stream_value(const struct digest_stream *stream);
void digest_stream_free(struct digest_stream *stream);

/* Writes 32 lower-case hex digits and a zero byte. */
void digest_text(const struct digest *digest, char text[DIGEST_TEXT_SIZE]);

/* Reads 32 hex digits; returns 0 when `text` is not exactly that, else 1. */
int digest_parse(const char *text, size_t size, struct digest *digest);

/* 0 when equal. */
int digest_compare(const struct digest *a, const struct digest *b);

#endif
