#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stdint.h>

/* Repeatable random numbers for tests (splitmix64, public domain, S. Vigna). */

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t value = *state += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

/* 0..bound-1; the tiny bias does not matter here. */
static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)((random_next(state) >> 32) * bound >> 32);
}

/* A number of 0..bits bits, every length alike, so that small and huge ones both come up. */
static inline uint32_t random_sized(uint64_t *state, unsigned bits)
{
    unsigned length = random_below(state, bits + 1);
    return length == 0 ? 0 : (uint32_t)(random_next(state) >> (64 - length));
}

#endif
