#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/tokens.h"
#include "index/segment.h"

/* A list is what one call of token_scan() with room for everything finds. */
static void check_scan(struct token_list *list, const char *text, uint32_t title_end)
{
    size_t size = strlen(text);
    struct token *all = calloc(size + 1, sizeof *all);
    assert_non_null(all);
    size_t offset = 0;
    size_t count = 0;
    for (size_t found = 1; found > 0; count += found) {
        found = token_scan(text, size, &offset, all + count, size + 1 - count);
    }
    size_t title_count = 0;
    for (size_t i = 0; i < count; i++) {
        title_count += all[i].start < title_end;
    }
    assert_int_equal(token_list_scan(list, text, size, title_end, NULL), STATUS_OK);
    assert_int_equal(list->count, count);
    assert_int_equal(list->title_count, title_count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list->tokens[i].start, all[i].start);
        assert_int_equal(list->tokens[i].end, all[i].end);
        assert_int_equal(list->tokens[i].kind, all[i].kind);
        assert_int_equal(list->tokens[i].gap, all[i].gap);
    }
    free(all);
}

/* Lengths around every multiple of a batch, and a list used again for a shorter text. */
static void long_texts_are_scanned_whole(void **state)
{
    (void)state;
    static const char word[] = "كلمة a1 12.5 ";
    enum { WORDS_MAX = 900, WORD_SIZE = sizeof word - 1 };
    char *text = malloc((size_t)WORDS_MAX * WORD_SIZE + 1);
    assert_non_null(text);
    struct token_list list;
    token_list_init(&list);
    static const size_t words[] = {900, 0, 1, 85, 86, 170, 171, 172, 256, 257, 341, 342, 512, 7};
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        for (size_t i = 0; i < words[w]; i++) {
            memcpy(text + i * WORD_SIZE, word, WORD_SIZE);
        }
        text[words[w] * WORD_SIZE] = '\0';
        uint32_t ends[] = {0, 1, (uint32_t)(words[w] * WORD_SIZE / 2),
                           (uint32_t)(words[w] * WORD_SIZE)};
        for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
            check_scan(&list, text, ends[e]);
        }
    }
    token_list_release(&list);
    assert_null(list.tokens);
    free(text);
}

/* A word belongs to the title when it begins there. */
static void title_ends_at_a_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t title_end;
        size_t title_count;
        size_t count;
    } cases[] = {
        {"", 0, 0, 0},
        {" \n ", 3, 0, 0},
        {"one two\n\nthree", 7, 2, 3},
        {"one two\n\nthree", 8, 2, 3},
        {"one two\n\nthree", 9, 2, 3},
        {"one two\n\nthree", 10, 3, 3},
        {"one two\n\nthree", 4, 1, 3},
        {"one two\n\nthree", 5, 2, 3},
        {"one two\n\nthree", 0, 0, 3},
    };
    struct token_list list;
    token_list_init(&list);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            token_list_scan(&list, cases[i].text, strlen(cases[i].text), cases[i].title_end, NULL),
            STATUS_OK);
        assert_int_equal(list.title_count, cases[i].title_count);
        assert_int_equal(list.count, cases[i].count);
    }
    token_list_release(&list);
}

static void positions_follow_the_rule(void **state)
{
    (void)state;
    struct position_counter counter = {0};
    assert_int_equal(position_length(&counter), 0);
    assert_int_equal(position_take(&counter, true, 1), 0);
    assert_int_equal(position_take(&counter, true, 0), 1); /* the first part always moves on */
    assert_int_equal(position_take(&counter, false, 0), 1);
    assert_int_equal(position_take(&counter, false, 1), 2);
    assert_int_equal(position_length(&counter), 3);
    position_body(&counter);
    assert_int_equal(counter.title_length, 3);
    assert_int_equal(position_length(&counter), 3);
    assert_int_equal(position_take(&counter, true, 1), 3 + SEGMENT_BODY_GAP);
    assert_int_equal(position_length(&counter), 4);

    struct position_counter untitled = {0};
    position_body(&untitled);
    assert_int_equal(untitled.title_length, 0);
    assert_int_equal(position_take(&untitled, true, 1), SEGMENT_BODY_GAP);
    assert_int_equal(position_length(&untitled), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_texts_are_scanned_whole),
        cmocka_unit_test(title_ends_at_a_byte),
        cmocka_unit_test(positions_follow_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
