#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "index/impact.h"
#include "query/score.h"
#include "random.h"

enum { ROUNDS = 3000, FREQUENCY_BITS = 9, LENGTH_BITS = 13 };

/* What a skip entry says of the block. */
static struct postings_bound bound_of(const struct impact_table *table,
                                      const struct postings_block *block)
{
    struct postings_bound bound = {.length_min = UINT32_MAX, .impact = impact_of(table, block)};
    for (uint32_t i = 0; i < block->size; i++) {
        uint32_t length = length_floor(block->length_codes[i]);
        uint32_t frequency = block->frequencies[i];
        bound.length_min = length < bound.length_min ? length : bound.length_min;
        bound.frequency_max = frequency > bound.frequency_max ? frequency : bound.frequency_max;
    }
    bound.frequency_max = bound.frequency_max < 255 ? bound.frequency_max : 255;
    return bound;
}

/* Whatever the average length, no document scores above its block's bound, and none of a block
 * whose impact is below the least above the threshold. */
static void bounds_hold_for_any_average(void **state)
{
    (void)state;
    uint64_t random = 11;
    struct impact_table table;
    impact_table_init(&table);
    uint32_t passed_over = 0;
    uint32_t better = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct postings_block block = {.size = 1 + random_below(&random, POSTINGS_BLOCK)};
        uint32_t lengths[POSTINGS_BLOCK];
        struct score_scale scale = score_scale_of(1000, 1000 * (1 + random_sized(&random, 12)));
        double idf = 0.01 + random_below(&random, 1000) / 100.0;
        unsigned bits = 1 + random_below(&random, FREQUENCY_BITS);
        for (uint32_t i = 0; i < block.size; i++) {
            lengths[i] = random_sized(&random, LENGTH_BITS);
            block.length_codes[i] = length_code(lengths[i]);
            block.frequencies[i] = 1 + random_sized(&random, bits);
        }
        struct postings_bound bound = bound_of(&table, &block);
        double greatest = score_bound(&scale, idf, &bound);
        double threshold = greatest * (0.5 + random_below(&random, 1000) / 1000.0);
        bool skipped = bound.impact < score_least_impact(&scale, idf, threshold);
        for (uint32_t i = 0; i < block.size; i++) {
            double score = score_value(&scale, idf, block.frequencies[i], lengths[i]);
            assert_true(score <= greatest);
            assert_true(!skipped || score <= threshold);
        }
        passed_over += skipped;
        struct postings_bound parts = bound;
        parts.impact = IMPACT_UNKNOWN;
        better += greatest < 0.999 * score_bound(&scale, idf, &parts);
    }
    assert_in_range(passed_over, ROUNDS / 8, ROUNDS); /* else it says little */
    assert_in_range(better, ROUNDS / 8, ROUNDS);
}

static void what_is_unknown_has_no_bound(void **state)
{
    (void)state;
    struct score_scale scale = score_scale_of(1000, 200000);
    struct postings_bound bound = {
        .frequency_max = POSTINGS_FREQUENCY_UNKNOWN, .length_min = 1, .impact = IMPACT_UNKNOWN};
    assert_true(score_bound(&scale, 2, &bound) >= score_value(&scale, 2, 1e9, 0));
    assert_int_equal(score_least_impact(&scale, 2, -1), 0);
    assert_int_equal(score_least_impact(&scale, 2, 1e9), IMPACT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_hold_for_any_average),
        cmocka_unit_test(what_is_unknown_has_no_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
