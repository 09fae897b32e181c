#ifndef BASE_SHORT_TEXT_H
#define BASE_SHORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/bytes.h"
#include "base/compiler.h"

/* Short texts as numbers that are compared and hashed in a few steps: up to 12 characters of
 * U+0600 to U+067F, or up to 12 of ASCII but NUL, a byte each; nearly all words of Arabic news.
 * Other texts cannot be packed. Equal texts, equal numbers. Any thread. */

#define SHORT_TEXT_LENGTH_MAX 12
/* So many bytes from the start of a text are read, whatever its size. */
#define SHORT_TEXT_READ_SIZE ((size_t)2 * SHORT_TEXT_LENGTH_MAX)

/* A byte a character, the first one lowest: of ASCII itself, else 0x80 and the low 7 bits of the
 * code point. Zeros behind; all zeros: a text that cannot be packed. */
struct short_text {
    uint64_t head;
    uint32_t tail;
};

/* Packs `size` bytes, of which SHORT_TEXT_READ_SIZE are readable. The plain way of it. */
struct short_text short_text_pack_plain(const unsigned char *bytes, size_t size);

/* Back to bytes; returns how many. */
size_t short_text_unpack(const struct short_text *text, char bytes[SHORT_TEXT_READ_SIZE]);

#if defined(__SSE2__)

/* Read at SHORT_TEXT_READ_SIZE - size, it keeps so many bytes. */
extern const unsigned char short_text_kept[2 * SHORT_TEXT_READ_SIZE];

static inline __m128i short_text_load(const void *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

static inline __m128i short_text_load_half(const void *bytes)
{
    return _mm_loadl_epi64((const __m128i *)bytes);
}

/* Lanes of two bytes: not 0 where it is no character of U+0600 to U+067F. */
static inline __m128i short_text_strange(__m128i lanes, __m128i kept)
{
    __m128i fixed = _mm_and_si128(kept, _mm_set1_epi16((short)0xC0FE));
    return _mm_and_si128(_mm_xor_si128(lanes, _mm_set1_epi16((short)0x80D8)), fixed);
}

/* Of what is not strange the second byte has the highest bit and not the next one. */
static inline __m128i short_text_letters(__m128i lanes, __m128i kept)
{
    __m128i high = _mm_slli_epi16(_mm_and_si128(lanes, _mm_set1_epi16(1)), 6);
    return _mm_and_si128(_mm_or_si128(high, _mm_srli_epi16(lanes, 8)), kept);
}

/* The same as short_text_pack_plain(). */
static ALWAYS_INLINE struct short_text short_text_pack(const unsigned char *bytes, size_t size)
{
    if (UNLIKELY(((size & 1) | (size - 1 >= SHORT_TEXT_READ_SIZE)) != 0)) {
        return short_text_pack_plain(bytes, size);
    }
    const unsigned char *kept = short_text_kept + SHORT_TEXT_READ_SIZE - size;
    __m128i first = short_text_load(bytes);
    __m128i second = short_text_load_half(bytes + 16);
    __m128i kept_first = short_text_load(kept);
    __m128i kept_second = short_text_load_half(kept + 16);
    __m128i strange = _mm_or_si128(short_text_strange(first, kept_first),
                                   short_text_strange(second, kept_second));
    if (UNLIKELY(_mm_movemask_epi8(_mm_cmpeq_epi8(strange, _mm_setzero_si128())) != 0xFFFF)) {
        return short_text_pack_plain(bytes, size);
    }
    __m128i packed = _mm_packus_epi16(short_text_letters(first, kept_first),
                                      short_text_letters(second, kept_second));
    return (struct short_text){.head = (uint64_t)_mm_cvtsi128_si64(packed),
                               .tail = (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(packed, 8))};
}

#else

static inline struct short_text short_text_pack(const unsigned char *bytes, size_t size)
{
    return short_text_pack_plain(bytes, size);
}

#endif

/* For tables in memory; its high bits are the good ones. Never stored. */
static inline uint64_t short_text_hash(const struct short_text *text)
{
    uint64_t hash = (text->head ^ text->tail * 0x9E3779B97F4A7C15u) * 0xFF51AFD7ED558CCDu;
    return (hash ^ hash >> 32) * 0xC4CEB9FE1A85EC53u;
}

#endif
