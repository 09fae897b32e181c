#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "random.h"
#include "text/fold_hash.h"

enum { SIZE_MAX_TESTED = 64, ROUNDS = 20000 };

/* The definition, term by term. */
static uint64_t naive_sum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = 0;
    uint64_t power = 1;
    for (size_t at = 0; at < size; at += 2) {
        uint64_t letter = bytes[at] + (at + 1 < size ? (uint64_t)bytes[at + 1] << 8 : 0);
        sum += letter * power;
        power *= FOLD_HASH_BASE;
    }
    return sum;
}

/* From every letter on; the text goes on behind the fold, but for zeros. */
static void assert_sums(const char *fold, size_t size)
{
    char padded[SIZE_MAX_TESTED + 16];
    uint64_t all[SIZE_MAX_TESTED / 2 + 16];
    memset(padded, 0xFF, sizeof padded);
    memcpy(padded, fold, size);
    memset(padded + size, 0, (16 - size % 16) % 16);
    fold_sums(padded, size, all);
    for (size_t at = 0; at <= size; at += 2) {
        assert_int_equal(all[at / 2], naive_sum((const unsigned char *)fold + at, size - at));
    }
}

static void sums(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (size_t round = 0; round < ROUNDS; round++) {
        unsigned char bytes[SIZE_MAX_TESTED];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (unsigned char)random_below(&random, 256);
        }
        const char *fold = (const char *)bytes;
        size_t size = random_below(&random, sizeof bytes + 1);
        size_t front = random_below(&random, (uint32_t)size / 2 + 1) * 2;
        uint64_t sum = naive_sum(bytes, size);
        assert_int_equal(fold_sum(fold, size), sum);
        if (front / 2 < FOLD_HASH_POWERS) {
            assert_int_equal(fold_sum(fold, front) +
                                 fold_hash_powers[front / 2] * fold_sum(fold + front, size - front),
                             sum);
        }
        assert_sums(fold, size - size % 2);
        assert_int_equal(fold_hash(fold, size), fold_hash_of_sum(sum));
    }
}

/* It is part of the format: the same value on every machine (docs/FORMAT.md). */
static void values(void **state)
{
    (void)state;
    assert_int_equal(fold_hash("", 0), fold_hash_of_sum(0));
    assert_int_equal(fold_hash("مصر", 6), UINT64_C(0xEF8FF2E37E7C0CE8));
    assert_int_equal(fold_hash("a", 1), UINT64_C(0x1869A63FA0487F8F));
    assert_int_equal(FOLD_HASH_BASE, fold_hash_powers[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums), cmocka_unit_test(values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
