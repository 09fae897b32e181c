/* The best hits kept are the first of all hits in order, however they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"

#include "query/best.h"

enum { HITS = 200, KEPT_MAX = 40, ROUNDS = 500 };

static int in_order(const void *a, const void *b)
{
    const struct query_hit *left = a;
    const struct query_hit *right = b;
    if (left->score < right->score || left->score > right->score) {
        return left->score > right->score ? -1 : 1;
    }
    if (left->segment != right->segment) {
        return left->segment < right->segment ? -1 : 1;
    }
    return (left->document > right->document) - (left->document < right->document);
}

static void keeps_the_first(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < ROUNDS; round++) {
        struct query_hit all[HITS];
        struct query_hit kept[KEPT_MAX];
        struct best best = {.hits = kept, .max = random_below(&random, KEPT_MAX + 1)};
        for (uint32_t i = 0; i < HITS; i++) { /* few scores, so that many are equal */
            all[i] = (struct query_hit){.score = random_below(&random, 20),
                                        .segment = random_below(&random, 3),
                                        .document = i};
            bool full = best_full(&best);
            double threshold = best_threshold(&best);
            bool taken = best_keep(&best, &all[i]);
            if (!full) {
                assert_true(taken || best.max == 0);
            } else if (all[i].score < threshold || all[i].score > threshold) {
                assert_int_equal(taken, all[i].score > threshold);
            }
            assert_int_equal(best_full(&best), best.max > 0 && best.count == best.max);
        }
        best_sort(&best);
        qsort(all, HITS, sizeof *all, in_order);
        assert_int_equal(best.count, best.max);
        for (size_t i = 0; i < best.count; i++) {
            assert_int_equal(in_order(&kept[i], &all[i]), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_the_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
