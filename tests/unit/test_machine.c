#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "base/machine.h"
#include "scratch.h"

static void memory_is_that_of_the_machine_or_the_limit(void **state)
{
    uint64_t all = machine_memory_within("/no/such/file");
    char *path = scratch_path(*state, "memory.max");
    static const struct {
        const char *text;
        uint64_t limit; /* 0: none */
    } cases[] = {{"max\n", 0},
                 {"", 0},
                 {"1048576\n", 1048576},
                 {"4096", 4096},
                 {"99999999999999999999\n", 0},
                 {"18446744073709551615\n", 0},
                 {"0\n", 0}};
    assert_true(all > 0);
    assert_in_range(machine_memory(), 1, all);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_write(path, cases[i].text, strlen(cases[i].text));
        assert_int_equal(machine_memory_within(path), cases[i].limit == 0 ? all : cases[i].limit);
    }
    memory_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_that_of_the_machine_or_the_limit),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
