#include "index/impact.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* Logarithms have LOG_ONE steps to a doubling, codes CODE_ONE; a code of CODE_ZERO is an impact
 * of 1. Impacts below 2^(-CODE_ZERO / CODE_ONE) = 1/5793 have code 0. */
enum { LOG_BITS = 8, LOG_ONE = 1 << LOG_BITS, CODE_ONE = 16, CODE_ZERO = 200 };
enum { STEPS_A_CODE = LOG_ONE / CODE_ONE, LOG_UNKNOWN = 64 * LOG_ONE };

/* Of a number above 0, rounded down: one bit by each squaring. */
static int log_floor(uint32_t number)
{
    unsigned whole = 31 - (unsigned)__builtin_clz(number);
    uint64_t mantissa = (uint64_t)number << (31 - whole); /* 1 to 2, as 2^31 to 2^32 */
    unsigned log = whole;
    for (int i = 0; i < LOG_BITS; i++) {
        mantissa = mantissa * mantissa >> 31;
        unsigned bit = (unsigned)(mantissa >> 32);
        mantissa >>= bit;
        log = log << 1 | bit;
    }
    return (int)log;
}

void impact_table_init(struct impact_table *table)
{
    table->frequencies[0] = 0;
    for (uint32_t i = 1; i < 255; i++) {
        bool exact = (i & (i - 1)) == 0;
        table->frequencies[i] = (int16_t)(log_floor(i) + !exact);
    }
    table->frequencies[255] = LOG_UNKNOWN;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t length = length_floor((uint8_t)i);
        length = length > UINT32_MAX - IMPACT_PAD ? UINT32_MAX - IMPACT_PAD : length;
        table->lengths[i] = (int16_t)log_floor(IMPACT_PAD + length);
    }
}

uint8_t impact_of(const struct impact_table *table, const struct postings_block *block)
{
    assert(block->size > 0);
    int greatest = INT16_MIN;
    for (uint32_t i = 0; i < block->size; i++) {
        uint32_t frequency = block->frequencies[i] < 255 ? block->frequencies[i] : 255;
        int log = table->frequencies[frequency] - table->lengths[block->length_codes[i]];
        greatest = log > greatest ? log : greatest;
    }
    int above = greatest + CODE_ZERO * STEPS_A_CODE;
    int code = above <= 0 ? 0 : (above + STEPS_A_CODE - 1) / STEPS_A_CODE;
    return (uint8_t)(code < (int)IMPACT_UNKNOWN ? code : (int)IMPACT_UNKNOWN);
}

double impact_max(uint8_t code)
{
    return code == IMPACT_UNKNOWN ? (double)INFINITY
                                  : exp2((double)(code - CODE_ZERO) / CODE_ONE) * (1 + 1e-12);
}
