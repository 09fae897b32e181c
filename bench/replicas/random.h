#ifndef REPLICAS_RANDOM_H
#define REPLICAS_RANDOM_H

#include <stdint.h>

/* Random numbers that are a function of their seed alone, on every machine: SplitMix64 (Steele, Lea
 * and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). */

#define RANDOM_STEP UINT64_C(0x9e3779b97f4a7c15)

struct random {
    uint64_t state;
};

/* Spreads what little differs between two numbers over all 64 bits; one to one. */
static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* A hash of two numbers. */
static inline uint64_t random_hash(uint64_t a, uint64_t b)
{
    return random_mix(random_mix(a + RANDOM_STEP) ^ (b * RANDOM_STEP));
}

static inline uint64_t random_next(struct random *random)
{
    random->state += RANDOM_STEP;
    return random_mix(random->state);
}

/* 0..count-1 from the upper half of a random number. */
static inline uint32_t random_scale(uint64_t bits, uint32_t count)
{
    return (uint32_t)(((bits >> 32) * count) >> 32);
}

static inline uint32_t random_below(struct random *random, uint32_t count)
{
    return random_scale(random_next(random), count);
}

/* 1..2^octaves-1, the number n about as often as 1/n: a Zipf law without a table. */
static inline uint32_t random_zipf(struct random *random, uint32_t octaves)
{
    uint64_t bits = random_next(random);
    uint32_t octave = random_scale(bits, octaves);
    return (UINT32_C(1) << octave) | ((uint32_t)bits & ((UINT32_C(1) << octave) - 1));
}

/* The same with the small numbers much more often: few are well known, and there are always more.
 */
static inline uint32_t random_steep(struct random *random, uint32_t octaves)
{
    uint64_t bits = random_next(random);
    uint32_t octave = random_scale(random_next(random), 1 + random_scale(bits, octaves));
    return (UINT32_C(1) << octave) | ((uint32_t)bits & ((UINT32_C(1) << octave) - 1));
}

#endif
