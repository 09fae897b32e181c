#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "random.h"
#include "snapshot/merge_policy.h"

enum { COUNT_MAX = 200 };
static const struct merge_limits no_limits = {.documents_max = UINT64_MAX, .bytes_max = UINT64_MAX};

/* One letter a candidate in `sizes`: its tier, '0' to '9', 'd' for one that is mostly deleted, 'u'
 * for one that is not packed. The result: ranges as "(0 0 0)" when joined, "0" as it is. */
static const char *chosen(const char *sizes, uint32_t first_new, enum merge_mode mode,
                          char text[1000])
{
    struct merge_candidate candidates[COUNT_MAX];
    struct merge_range ranges[COUNT_MAX];
    uint32_t count = (uint32_t)strlen(sizes);
    for (uint32_t i = 0; i < count; i++) {
        bool deleted = sizes[i] == 'd';
        bool unpacked = sizes[i] == 'u';
        unsigned tier = deleted || unpacked ? 5 : (unsigned)(sizes[i] - '0');
        candidates[i] = (struct merge_candidate){
            .bytes = tier == 0 ? 1000 : MERGE_TIER_0_BYTES << (3 * (tier - 1)),
            .documents = 100,
            .deleted = deleted ? 51 : 50,
            .unpacked = unpacked};
    }
    uint32_t left = merge_policy(candidates, count, first_new, mode, &no_limits, ranges);
    size_t size = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < left; i++) {
        size += (size_t)snprintf(text + size, 1000 - size, "%s%.*s%s", ranges[i].rewrite ? "(" : "",
                                 (int)ranges[i].count, sizes + ranges[i].first,
                                 ranges[i].rewrite ? ")" : "");
    }
    return text;
}

static void neighbours_of_a_tier_are_joined(void **state)
{
    (void)state;
    static const struct {
        const char *sizes;
        uint32_t first_new;
        enum merge_mode mode;
        const char *expected;
    } table[] = {
        {"", 0, MERGE_TIERED, ""},
        {"0", 0, MERGE_TIERED, "0"},
        {"3", 1, MERGE_TIERED, "3"},
        {"333", 0, MERGE_TIERED, "(333)"}, /* one run */
        {"333", 3, MERGE_TIERED, "333"},
        {"333", 0, MERGE_NONE, "333"},
        {"3uu", 1, MERGE_TIERED, "3(uu)"},
        {"3u", 1, MERGE_TIERED, "3(u)"},
        {"3d3", 3, MERGE_TIERED, "3(d)3"},
        {"33300", 3, MERGE_TIERED, "333(00)"},
        {"0000000", 7, MERGE_TIERED, "0000000"},
        {"00000000", 8, MERGE_TIERED, "(00000000)"},
        {"00000000", 7, MERGE_TIERED, "(00000000)"},
        {"400000000", 9, MERGE_TIERED, "4(00000000)"},
        {"401010101", 9, MERGE_TIERED, "401010101"}, /* few of each */
        {"000000010000000100000001", 24, MERGE_TIERED, "000000010000000100000001"},
        {"00000001000000010000000100000001", 32, MERGE_TIERED,
         "(00000001000000010000000100000001)"},
        {"0000400000000", 13, MERGE_TIERED, "00004(00000000)"},
        {"111111100000000", 15, MERGE_TIERED, "1111111(00000000)"},
        {"2222222111111111", 16, MERGE_TIERED, "(2222222111111111)"},
        {"512", 3, MERGE_ALL, "(512)"},
        {"5", 1, MERGE_ALL, "(5)"}, /* drops what is deleted */
        {"5d", 2, MERGE_NONE, "5d"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[1000];
        (void)chosen(table[i].sizes, table[i].first_new, table[i].mode, text);
        if (strcmp(text, table[i].expected) != 0) {
            fail_msg("%s: %s, expected %s", table[i].sizes, text, table[i].expected);
        }
    }
}

static void nothing_deleted_is_not_rewritten(void **state)
{
    (void)state;
    struct merge_candidate whole = {.bytes = 5, .documents = 3};
    struct merge_range range;
    assert_int_equal(merge_policy(&whole, 1, 1, MERGE_ALL, &no_limits, &range), 1);
    assert_false(range.rewrite);
}

/* Whatever comes: all candidates in order, limits kept, and few segments are left. */
static void rules_hold_for_anything(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (unsigned round = 0; round < 3000; round++) {
        struct merge_candidate candidates[COUNT_MAX];
        struct merge_range ranges[COUNT_MAX];
        uint32_t count = random_below(&seed, COUNT_MAX);
        uint32_t first_new = random_below(&seed, count + 1);
        enum merge_mode mode = (enum merge_mode)(round % 3);
        struct merge_limits limits = {.documents_max = round % 2 == 0 ? 1000 : UINT64_MAX,
                                      .bytes_max = round % 5 == 0 ? 1 << 20 : UINT64_MAX};
        for (uint32_t i = 0; i < count; i++) {
            candidates[i] = (struct merge_candidate){.bytes = random_sized(&seed, 30),
                                                     .documents = random_below(&seed, 500)};
            candidates[i].deleted = random_below(&seed, 3) == 0
                                        ? random_below(&seed, (uint32_t)candidates[i].documents + 1)
                                        : 0;
        }
        uint32_t left = merge_policy(candidates, count, first_new, mode, &limits, ranges);
        uint32_t next = 0;
        for (uint32_t i = 0; i < left; i++) {
            assert_int_equal(ranges[i].first, next);
            assert_true(ranges[i].count >= 1 && (ranges[i].rewrite || ranges[i].count == 1));
            assert_true(mode != MERGE_NONE || !ranges[i].rewrite);
            uint64_t bytes = 0;
            uint64_t documents = 0;
            for (uint32_t k = 0; k < ranges[i].count; k++) {
                bytes += candidates[next + k].bytes;
                documents += candidates[next + k].documents - candidates[next + k].deleted;
            }
            assert_true(ranges[i].count == 1 ||
                        (bytes <= limits.bytes_max && documents <= limits.documents_max));
            next += ranges[i].count;
        }
        assert_int_equal(next, count);
        if (mode == MERGE_TIERED && round % 2 == 1 && round % 5 != 0) {
            assert_true(left < MERGE_RUN_MAX);
        }
    }
}

/* A year of small additions: few segments, and each document is copied a few times only. */
static void additions_cost_little(void **state)
{
    (void)state;
    struct merge_candidate candidates[COUNT_MAX];
    struct merge_range ranges[COUNT_MAX];
    uint32_t count = 0;
    uint64_t copied = 0;
    uint64_t added = 0;
    for (unsigned day = 0; day < 2000; day++) {
        candidates[count++] = (struct merge_candidate){.bytes = 1 << 19, .documents = 100};
        added += 1 << 19;
        uint32_t left =
            merge_policy(candidates, count, count - 1, MERGE_TIERED, &no_limits, ranges);
        for (uint32_t i = 0; i < left; i++) {
            struct merge_candidate sum = {.bytes = 0};
            for (uint32_t k = 0; k < ranges[i].count; k++) {
                sum.bytes += candidates[ranges[i].first + k].bytes;
                sum.documents += candidates[ranges[i].first + k].documents;
            }
            copied += ranges[i].rewrite ? sum.bytes : 0;
            candidates[i] = sum;
        }
        count = left;
        assert_true(count < MERGE_RUN_MAX);
    }
    assert_true(copied < 5 * added);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_of_a_tier_are_joined),
        cmocka_unit_test(nothing_deleted_is_not_rewritten),
        cmocka_unit_test(rules_hold_for_anything),
        cmocka_unit_test(additions_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
