#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "text/conflate.h"
#include "text/fold.h"
#include "text/words.h"

/* The generated table holds what the lists say; run from the root of the source tree. */

enum { LINE_BYTES = 256 };

struct list {
    const char *path;
    unsigned flag;
};

static const struct list lists[] = {
    {"src/text/tables/joins.txt", WORD_JOIN},    {"src/text/tables/function.txt", WORD_FUNCTION},
    {"src/text/tables/places.txt", WORD_PLACE},  {"src/text/tables/names.txt", WORD_NAME},
    {"src/text/tables/common.txt", WORD_COMMON},
};

static void check_line(char *line, unsigned flag)
{
    char fold[LINE_BYTES];
    char to[LINE_BYTES];
    char *second = strchr(line, ' ');
    if (second != NULL) {
        *second++ = 0;
    }
    assert_int_equal(second != NULL, flag == WORD_JOIN);
    size_t size = fold_text(line, strlen(line), fold, sizeof fold);
    const char *target = NULL;
    size_t target_size = 0;
    unsigned flags = words_find(fold, size, &target, &target_size);
    if (flag != WORD_JOIN) {
        if ((flags & flag) == 0) {
            fail_msg("%s is not in the table: run bench/tables/gen_words.c", line);
        }
        return;
    }
    size_t to_size = fold_text(second, strlen(second), to, sizeof to);
    if (to_size == size && memcmp(to, fold, size) == 0) {
        return; /* one fold: nothing to join */
    }
    assert_non_null(target);
    assert_int_equal(target_size, to_size);
    assert_memory_equal(target, to, to_size);
    /* The class of both is one, without any evidence. */
    struct evidence none = {.slots = NULL};
    struct conflater conflater = {.evidence = &none};
    char keys[2][CONFLATE_BYTES_MAX];
    struct conflation a = {.key = keys[0]};
    struct conflation b = {.key = keys[1]};
    conflate(&conflater, fold, size, &a);
    conflate(&conflater, to, to_size, &b);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.key, b.key, a.size);
}

static void table_is_current(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        FILE *file = fopen(lists[i].path, "r");
        if (file == NULL) {
            print_error("skipped: no %s (run from the root)\n", lists[i].path);
            skip();
        }
        char line[LINE_BYTES];
        size_t count = 0;
        while (fgets(line, sizeof line, file) != NULL) {
            line[strcspn(line, "\n")] = 0;
            if (line[0] != '#' && line[0] != 0) {
                check_line(line, lists[i].flag);
                count++;
            }
        }
        (void)fclose(file);
        assert_true(count > 50);
    }
}

static void unknown_words(void **state)
{
    (void)state;
    const char *target = NULL;
    size_t target_size = 0;
    assert_int_equal(words_find("", 0, &target, &target_size), 0);
    assert_int_equal(words_find("xyz", 3, &target, &target_size), 0);
    assert_int_equal(words_find("\xD9\x85", 2, &target, &target_size), 0);
    assert_null(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_current),
        cmocka_unit_test(unknown_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
