#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/memory.h"
#include "random.h"

enum { STRINGS = 30000 };

/* The i-th string: distinct, from 0 to 300 bytes, zero bytes among them. */
static size_t string_at(uint32_t i, unsigned char bytes[300])
{
    uint64_t random = i;
    size_t size = i == 0 ? 0 : 4 + random_below(&random, i % 100 == 0 ? 296 : 12);
    memset(bytes, 0, 300);
    if (size > 0) {
        store_u32(bytes, i);
    }
    return size;
}

static void strings_get_dense_numbers(void **state)
{
    (void)state;
    struct intern *intern = intern_new((size_t)64 << 20);
    assert_non_null(intern);
    unsigned char bytes[300];
    uint64_t random = 1;
    for (int round = 0; round < 2; round++) {
        uint32_t number = 0;
        bool added = false;
        assert_false(intern_find(intern, "", 0, &number));
        for (uint32_t i = 0; i < STRINGS; i++) {
            size_t size = string_at(i, bytes);
            uint64_t hash = hash_short(bytes, size);
            intern_prefetch(intern, hash);
            intern_prefetch_string(intern, hash);
            assert_int_equal(intern_add_hashed(intern, hash, bytes, size, &number, &added, NULL),
                             STATUS_OK);
            assert_true(added);
            assert_int_equal(number, i);
            uint32_t old = random_below(&random, i + 1);
            size = string_at(old, bytes);
            assert_int_equal(intern_add(intern, bytes, size, &number, &added, NULL), STATUS_OK);
            assert_false(added);
            assert_int_equal(number, old);
        }
        assert_int_equal(intern_count(intern), STRINGS);
        for (uint32_t i = 0; i < STRINGS; i++) {
            size_t size = string_at(i, bytes);
            size_t found_size = 0;
            assert_true(intern_find(intern, bytes, size, &number));
            assert_int_equal(number, i);
            const void *found = intern_string(intern, i, &found_size);
            assert_true(bytes_equal(found, found_size, bytes, size));
        }
        (void)string_at(STRINGS, bytes);
        assert_false(intern_find(intern, bytes, 4, &number));
        intern_clear(intern);
        assert_int_equal(intern_count(intern), 0);
    }
    intern_free(intern);
    intern_free(NULL);
}

/* Same hash, different strings. */
static void collisions_are_told_apart(void **state)
{
    (void)state;
    struct intern *intern = intern_new((size_t)64 << 20);
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t number = 0;
        bool added = false;
        assert_int_equal(intern_add_hashed(intern, 42, &i, sizeof i, &number, &added, NULL),
                         STATUS_OK);
        assert_true(added);
        assert_int_equal(intern_add_hashed(intern, 42, &i, sizeof i, &number, NULL, NULL),
                         STATUS_OK);
        assert_int_equal(number, i);
    }
    intern_free(intern);
}

static void the_maximum_holds(void **state)
{
    (void)state;
    enum { BYTES_MAX = 1 << 20 };
    struct intern *intern = intern_new(BYTES_MAX);
    enum status status = STATUS_OK;
    struct error error = {0};
    uint32_t number = 0;
    uint64_t i = 0;
    for (; status == STATUS_OK; i++) {
        status = intern_add(intern, &i, sizeof i, &number, NULL, &error);
        assert_true(intern_memory(intern) <= BYTES_MAX);
    }
    assert_int_equal(status, STATUS_LIMIT);
    assert_true(i > 10000);
    for (uint64_t k = 0; k + 1 < i; k++) { /* what is there is still there */
        assert_true(intern_find(intern, &k, sizeof k, &number));
        assert_int_equal(number, k);
    }
    intern_free(intern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_get_dense_numbers),
        cmocka_unit_test(collisions_are_told_apart),
        cmocka_unit_test(the_maximum_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
