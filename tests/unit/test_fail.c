#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <assert.h>
#include <string.h>

#include "engine/fail.h"

static const struct {
    enum status inner;
    enum fihris_status outer;
} statuses[] = {
    {STATUS_OK, FIHRIS_OK},           {STATUS_NOMEM, FIHRIS_NO_MEMORY},
    {STATUS_IO, FIHRIS_IO},           {STATUS_FORMAT, FIHRIS_DAMAGED},
    {STATUS_LIMIT, FIHRIS_LIMIT},     {STATUS_USAGE, FIHRIS_USAGE},
    {STATUS_BUSY, FIHRIS_BUSY},       {STATUS_NOT_FOUND, FIHRIS_NOT_FOUND},
    {STATUS_STOPPED, FIHRIS_STOPPED},
};
enum { STATUSES = sizeof statuses / sizeof statuses[0] };

/* A status that nobody mapped would be missing here too. */
#define ONE(name, text) +1
static_assert(STATUSES == 0 STATUS_MAP(ONE), "every status has its public one");

static void every_status_has_its_public_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < STATUSES; i++) {
        struct error inner = {.code = statuses[i].inner, .message = "it is so"};
        struct fihris_error outer = {.query_offset = 5};
        assert_int_equal(fail_with(&outer, statuses[i].inner, &inner), statuses[i].outer);
        assert_int_equal(outer.status, statuses[i].outer);
        assert_int_equal(outer.query_offset, -1);
        assert_string_equal(outer.message, i == 0 ? "" : "it is so");
        assert_int_equal(fail_with(NULL, statuses[i].inner, &inner), statuses[i].outer);
        assert_string_equal(fihris_status_text(statuses[i].outer), status_text(statuses[i].inner));
    }
    assert_string_equal(fihris_status_text((enum fihris_status)99), "unknown status");
}

static void place_in_the_query_is_kept(void **state)
{
    (void)state;
    struct error inner = {.code = STATUS_USAGE, .message = "no such field"};
    struct fihris_error outer = {.status = FIHRIS_OK};
    assert_int_equal(fail_at(&outer, STATUS_USAGE, &inner, 17), FIHRIS_USAGE);
    assert_int_equal(outer.query_offset, 17);
    assert_string_equal(outer.message, "no such field");
}

/* Without a message, or with that of another failure, the status speaks for itself. */
static void there_is_always_a_message(void **state)
{
    (void)state;
    struct fihris_error outer;
    struct error empty = {.code = STATUS_IO};
    struct error stale = {.code = STATUS_FORMAT, .message = "of something else"};
    const struct error *const inner[] = {NULL, &empty, &stale};
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        assert_int_equal(fail_with(&outer, STATUS_IO, inner[i]), FIHRIS_IO);
        assert_string_equal(outer.message, status_text(STATUS_IO));
    }
}

static void a_long_message_fits(void **state)
{
    (void)state;
    struct error inner = {.code = STATUS_IO};
    struct fihris_error outer;
    memset(inner.message, 'x', sizeof inner.message - 1);
    assert_int_equal(fail_with(&outer, STATUS_IO, &inner), FIHRIS_IO);
    assert_string_equal(outer.message, inner.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_public_one),
        cmocka_unit_test(place_in_the_query_is_kept),
        cmocka_unit_test(there_is_always_a_message),
        cmocka_unit_test(a_long_message_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
