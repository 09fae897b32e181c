#include "base/block.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The letters are D8 A0 to D8 BF and D9 81 to D9 8A. */

static struct block_bits read_plain(const unsigned char *bytes)
{
    struct block_bits bits = {0, 0};
    for (unsigned i = 0; i < BLOCK_SIZE; i++) {
        unsigned second = bytes[i + 1];
        bool letter = (bytes[i] == 0xD8 && (second & 0xE0) == 0xA0) ||
                      (bytes[i] == 0xD9 && second >= 0x81 && second <= 0x8A);
        bits.letters |= (uint64_t)letter << i;
        bits.blanks |= (uint64_t)(bytes[i] == ' ') << i;
    }
    return bits;
}

#if defined(__x86_64__)

static ALWAYS_INLINE __m128i load_16(const unsigned char *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

static struct block_bits read_sse2(const unsigned char *bytes)
{
    struct block_bits bits = {0, 0};
    for (unsigned i = 0; i < BLOCK_SIZE; i += 16) {
        __m128i first = load_16(bytes + i);
        __m128i second = load_16(bytes + i + 1);
        __m128i after_d8 = _mm_cmpeq_epi8(_mm_and_si128(second, _mm_set1_epi8((char)0xE0)),
                                          _mm_set1_epi8((char)0xA0));
        __m128i above = _mm_sub_epi8(second, _mm_set1_epi8((char)0x81));
        __m128i after_d9 = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(9)), above);
        __m128i letters =
            _mm_or_si128(_mm_and_si128(_mm_cmpeq_epi8(first, _mm_set1_epi8((char)0xD8)), after_d8),
                         _mm_and_si128(_mm_cmpeq_epi8(first, _mm_set1_epi8((char)0xD9)), after_d9));
        __m128i blanks = _mm_cmpeq_epi8(first, _mm_set1_epi8(' '));
        bits.letters |= (uint64_t)(uint32_t)_mm_movemask_epi8(letters) << i;
        bits.blanks |= (uint64_t)(uint32_t)_mm_movemask_epi8(blanks) << i;
    }
    return bits;
}

#define WITH_AVX2 __attribute__((target("avx2")))

WITH_AVX2 static struct block_bits read_avx2(const unsigned char *bytes)
{
    struct block_bits bits = {0, 0};
    for (unsigned i = 0; i < BLOCK_SIZE; i += 32) {
        __m256i first = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + i));
        __m256i second = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + i + 1));
        __m256i after_d8 = _mm256_cmpeq_epi8(_mm256_and_si256(second, _mm256_set1_epi8((char)0xE0)),
                                             _mm256_set1_epi8((char)0xA0));
        __m256i above = _mm256_sub_epi8(second, _mm256_set1_epi8((char)0x81));
        __m256i after_d9 = _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8(9)), above);
        __m256i letters = _mm256_or_si256(
            _mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8((char)0xD8)), after_d8),
            _mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8((char)0xD9)), after_d9));
        __m256i blanks = _mm256_cmpeq_epi8(first, _mm256_set1_epi8(' '));
        bits.letters |= (uint64_t)(uint32_t)_mm256_movemask_epi8(letters) << i;
        bits.blanks |= (uint64_t)(uint32_t)_mm256_movemask_epi8(blanks) << i;
    }
    return bits;
}

block_reader *block_reader_of(enum block_way way)
{
    switch (way) {
    case BLOCK_SSE2: /* every processor of this kind has it */
        return read_sse2;
    case BLOCK_AVX2:
        return __builtin_cpu_supports("avx2") ? read_avx2 : NULL;
    case BLOCK_PLAIN:
    case BLOCK_WAYS:
        break;
    }
    return read_plain;
}

block_reader *block_reader_best(void)
{
    return __builtin_cpu_supports("avx2") ? read_avx2 : read_sse2;
}

#else

block_reader *block_reader_of(enum block_way way)
{
    return way == BLOCK_PLAIN ? read_plain : NULL;
}

block_reader *block_reader_best(void)
{
    return NULL;
}

#endif
