#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <stdlib.h>

#include "base/radix.h"
#include "random.h"

/* Of equal keys the one that came first, which its value tells. */
static int compare(const void *a, const void *b)
{
    const struct radix_entry *left = a;
    const struct radix_entry *right = b;
    if (left->key != right->key) {
        return left->key < right->key ? -1 : 1;
    }
    return (left->value > right->value) - (left->value < right->value);
}

static void keys_of_any_kind_are_sorted(void **state)
{
    (void)state;
    enum { MANY = 3000, SPARE = 1 };
    static const uint64_t masks[] = {UINT64_MAX,         0xFF, 0xFF00000000000000,
                                     0x00FF00FF0000FF00, 7,    0};
    static struct radix_entry sorted[MANY + SPARE];
    static struct radix_entry expected[MANY];
    uint64_t random = 3;
    for (unsigned round = 0; round < 200; round++) {
        size_t count = round < 5 ? round : random_below(&random, MANY + 1);
        uint64_t mask = masks[round % (sizeof masks / sizeof masks[0])];
        for (size_t i = 0; i < count; i++) {
            expected[i] = (struct radix_entry){.key = random_next(&random) & mask, .value = i};
            sorted[i] = expected[i];
        }
        sorted[count] = (struct radix_entry){.key = 1, .value = 2};
        assert_int_equal(radix_sort(sorted, count, NULL), STATUS_OK);
        assert_int_equal(sorted[count].value, 2);
        if (count > 0) {
            qsort(expected, count, sizeof expected[0], compare);
            assert_memory_equal(sorted, expected, count * sizeof expected[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_any_kind_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
