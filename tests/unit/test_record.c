#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "source/record.h"

/* The heap of this program: the allocation with number `fail_at` (from 1) fails, and every one
 * after it when `fail_on` is set. It takes the place of base/memory.c. */
static unsigned fail_at;
static bool fail_on;
static unsigned allocations;

static bool fails(void)
{
    allocations++;
    return fail_at > 0 && (allocations == fail_at || (fail_on && allocations > fail_at));
}

void *memory_alloc(size_t size)
{
    return fails() ? NULL : malloc(size + (size == 0));
}

void *memory_zalloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count + (count == 0), size + (size == 0));
}

void *memory_resize(void *block, size_t size)
{
    return fails() ? NULL : realloc(block, size + (size == 0));
}

char *memory_copy(const void *bytes, size_t size)
{
    char *copy = memory_alloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        copy[size] = '\0';
    }
    return copy;
}

void memory_free(void *block)
{
    free(block);
}

void memory_trim(void)
{
}

static enum status count_entry(void *context, const struct ledger_entry *entry, struct error *error)
{
    (void)entry;
    (void)error;
    ++*(unsigned *)context;
    return STATUS_OK;
}

static const char *const lines[] = {
    "{\"id\":\"1\",\"title\":\"a\\n\",\"body\":\"\\u0627 long \\\" body\",\"tags\":[1,[2]]}",
    "{\"body\":\"b\\n\",\"\\u0074itle\":\"T\",\"x\":\"\\u0000\"}",
    "{\"id\":2,\"body\":\"\xFF\"}",
    "{\"id\":3,\"body\":\"open",
    "{\"id\":4,\"body\":{\"x\":[]}}",
    "junk",
    "{\"id\":5,\"title\":\"good\"}",
};

enum { LINE_COUNT = sizeof lines / sizeof lines[0] };

/* Reads every line with every allocation failing in its turn: no crash, no leak (the sanitizer
 * looks), STATUS_NOMEM; and when memory is back the same parser goes on. */
static void every_allocation_fails(void **state)
{
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        bool failed = true;
        for (unsigned n = 1; failed; n++) {
            unsigned entries = 0;
            failed = false;
            fail_at = n;
            fail_on = lasting;
            allocations = 0;
            struct record_parser *parser = record_parser_new(count_entry, &entries);
            if (parser == NULL) {
                failed = true;
                continue;
            }
            for (size_t i = 0; i < LINE_COUNT; i++) {
                struct article article = {.id = ""};
                struct error error;
                bool found = false;
                enum status status =
                    record_parse_line(parser, lines[i], strlen(lines[i]), &article, &found, &error);
                assert_true(status == STATUS_OK || (status == STATUS_NOMEM && !found));
                failed = failed || status != STATUS_OK;
            }
            fail_at = 0;
            struct article article = {.id = ""};
            bool found = false;
            const char *last = lines[LINE_COUNT - 1];
            assert_int_equal(record_parse_line(parser, last, strlen(last), &article, &found, NULL),
                             STATUS_OK);
            assert_true(found);
            assert_int_equal(article.text_size, 4);
            assert_memory_equal(article.text, "good", 4);
            record_parser_free(parser);
        }
        fail_at = 0;
    }
}

/* Once its buffers have grown, a record costs no allocation. */
static void no_allocation_per_record(void **state)
{
    (void)state;
    unsigned entries = 0;
    struct record_parser *parser = record_parser_new(count_entry, &entries);
    assert_non_null(parser);
    unsigned first = 0;
    for (unsigned round = 0; round < 100; round++) {
        allocations = 0;
        struct article article = {.id = ""};
        bool found = false;
        assert_int_equal(
            record_parse_line(parser, lines[0], strlen(lines[0]), &article, &found, NULL),
            STATUS_OK);
        assert_true(found);
        first = round == 0 ? allocations : first;
        assert_int_equal(allocations, round == 0 ? first : 0);
    }
    assert_true(first > 0);
    record_parser_free(parser);
    record_parser_free(NULL);
}

/* A giant's buffers are let go with the next record. */
static void giants_leave_no_memory_behind(void **state)
{
    (void)state;
    unsigned entries = 0;
    size_t size = 30 * 1000 * 1000;
    char *line = malloc(size + 64);
    assert_non_null(line);
    static const char front[] = "{\"id\":\"1\",\"title\":\"T\",\"body\":\"\\n";
    memcpy(line, front, sizeof front - 1);
    memset(line + sizeof front - 1, 'x', size);
    memcpy(line + sizeof front - 1 + size, "\"}", 2);
    struct record_parser *parser = record_parser_new(count_entry, &entries);
    struct article article = {.id = ""};
    bool found = false;
    assert_int_equal(
        record_parse_line(parser, line, sizeof front + 1 + size, &article, &found, NULL),
        STATUS_OK);
    assert_true(found);
    assert_int_equal(article.text_size, size + 4);
    assert_memory_equal(article.text, "T\n\n\nxxx", 7);
    free(line);
    assert_int_equal(record_parse_line(parser, lines[6], strlen(lines[6]), &article, &found, NULL),
                     STATUS_OK);
    assert_true(found);
    record_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails),
        cmocka_unit_test(no_allocation_per_record),
        cmocka_unit_test(giants_leave_no_memory_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
