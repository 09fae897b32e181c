#ifndef TEXT_FOLD_HASH_H
#define TEXT_FOLD_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/hash.h"

/* The hash of a fold, by which the evidence and the shipped words are found. Of many words that
 * differ at their ends it is had for a multiplication each: the fold is taken for a polynomial
 * whose coefficients are its letters, two bytes each, little-endian (the last byte alone where the
 * size is odd), the first the constant one:
 *
 *   sum(u0 u1 ... un) = u0 + u1 * B + ... + un * B^n          modulo 2^64
 *   sum(front + rest) = sum(front) + B^(letters of front) * sum(rest)
 *
 * and the hash is the sum mixed. It is part of the model: docs/FORMAT.md. Pure functions. */

#define FOLD_HASH_BASE UINT64_C(0xD1342543DE82EF95)

enum { FOLD_HASH_POWERS = 26 };
extern const uint64_t fold_hash_powers[FOLD_HASH_POWERS]; /* B^0, B^1 ... */

static ALWAYS_INLINE uint64_t fold_sum(const char *fold, size_t size)
{
    uint64_t sum = size % 2 != 0 ? (unsigned char)fold[size - 1] : 0;
    for (size_t at = size - size % 2; at > 0; at -= 2) {
        sum = sum * FOLD_HASH_BASE + load_u16(fold + at - 2);
    }
    return sum;
}

/* fold_sum() of a fold of whole letters from each letter on, and 0 behind the last. Eight letters
 * at a time, so that hardly a branch depends on how many there are: zeros must stand behind them up
 * to a multiple of 16 bytes, and `sums` has room for as many letters and one more. */
static ALWAYS_INLINE void fold_sums(const char *fold, size_t size, uint64_t *sums)
{
    size_t end = (size + 15) / 16 * 8;
    uint64_t sum = 0;
    sums[end] = 0;
    while (end > 0) {
        end -= 8;
        for (size_t i = 8; i-- > 0;) {
            sum = sum * FOLD_HASH_BASE + load_u16(fold + 2 * (end + i));
            sums[end + i] = sum;
        }
    }
}

static ALWAYS_INLINE uint64_t fold_hash_of_sum(uint64_t sum)
{
    return multiply_fold(sum ^ 0xA0761D6478BD642F, 0xE7037ED1A0B428DB);
}

static ALWAYS_INLINE uint64_t fold_hash(const char *fold, size_t size)
{
    return fold_hash_of_sum(fold_sum(fold, size));
}

#endif
