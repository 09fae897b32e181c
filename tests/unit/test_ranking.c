#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "index/ranking.h"
#include "random.h"

enum { STRINGS = 4000, SIZE_MOST = 60 };

static struct {
    char bytes[SIZE_MOST];
    size_t size;
} strings[STRINGS];

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return bytes_compare(strings[left].bytes, strings[left].size, strings[right].bytes,
                         strings[right].size);
}

/* Letters, spaces, zeros, other scripts, and bytes that are no UTF-8, so that all borders are met.
 */
static void make_string(size_t i, uint64_t *random)
{
    static const char *const pieces[] = {
        "ا",    "ب",        "ي",    "ف",    " ",        "a",        "~",
        "\x7F", "\xD7\xBF", "\xD8", "\xD9", "\xDA\x80", "\xD8\xC0", "\xE2\x80\xA6",
        "\x01", "\x1F",     "و",    "ٿ",    "\x80"};
    strings[i].size = 0;
    size_t wanted = random_below(random, SIZE_MOST - 4);
    while (strings[i].size < wanted) {
        uint64_t choice = random_below(random, 40);
        if (choice == 0) {
            strings[i].bytes[strings[i].size++] = '\0';
            continue;
        }
        const char *piece = pieces[choice < 19 ? choice : choice % 5];
        memcpy(strings[i].bytes + strings[i].size, piece, strlen(piece));
        strings[i].size += strlen(piece);
    }
    if (i > 0 && random_below(random, 4) == 0) { /* a long common beginning */
        size_t size = strings[i - 1].size;
        memcpy(strings[i].bytes, strings[i - 1].bytes, size);
        strings[i].bytes[size] = (char)random_next(random);
        strings[i].size = size + 1 < SIZE_MOST ? size + random_below(random, 2) : size;
    }
}

/* However the table grows between the updates, the order is that of the bytes. */
static void the_order_is_that_of_the_bytes(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 6; round++) {
        struct intern *intern = intern_new((size_t)1 << 26);
        struct ranking ranking;
        assert_non_null(intern);
        ranking_init(&ranking);
        assert_int_equal(ranking_update(&ranking, intern, NULL), STATUS_OK);
        static uint32_t sorted[STRINGS];
        uint32_t count = 0;
        for (size_t i = 0; i < STRINGS; i++) {
            uint32_t number = 0;
            bool added = false;
            make_string(count, &random);
            assert_int_equal(intern_add(intern, strings[count].bytes, strings[count].size, &number,
                                        &added, NULL),
                             STATUS_OK);
            count += added;
            if (random_below(&random, 300) == 0 || i + 1 == STRINGS) {
                assert_int_equal(ranking_update(&ranking, intern, NULL), STATUS_OK);
            }
        }
        for (uint32_t i = 0; i < count; i++) {
            sorted[i] = i;
        }
        qsort(sorted, count, sizeof sorted[0], compare);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(ranking_order(&ranking)[i].number, sorted[i]);
            assert_int_equal(ranking_ranks(&ranking)[sorted[i]], i);
        }
        ranking_release(&ranking);
        intern_free(intern);
    }
}

static void members_are_numbered_by_rank(void **state)
{
    (void)state;
    uint64_t random = 3;
    struct intern *intern = intern_new((size_t)1 << 26);
    struct ranking ranking;
    assert_non_null(intern);
    ranking_init(&ranking);
    for (uint32_t i = 0; i < 1000; i++) {
        unsigned char key[4];
        uint32_t number = 0;
        store_u32(key, i * 2654435761u);
        assert_int_equal(intern_add(intern, key, sizeof key, &number, NULL, NULL), STATUS_OK);
    }
    assert_int_equal(ranking_update(&ranking, intern, NULL), STATUS_OK);
    for (uint32_t one_in = 1; one_in < 400; one_in = one_in * 3 + 1) {
        struct rank_set set;
        bool is_marked[1000] = {false};
        const void *places[1000];
        assert_int_equal(rank_set_init(&set, 1000, NULL), STATUS_OK);
        for (uint32_t i = 0; i < 1000; i++) {
            if (random_below(&random, one_in) == 0) {
                rank_set_add(&set, ranking_ranks(&ranking)[i]);
                rank_set_add(&set, ranking_ranks(&ranking)[i]); /* repeats are fine */
                is_marked[i] = true;
            }
        }
        uint32_t count = rank_set_close(&set);
        rank_set_locate(&set, &ranking, intern, places);
        uint32_t at = 0;
        for (uint32_t rank = 0; rank < 1000; rank++) {
            uint32_t number = ranking_order(&ranking)[rank].number;
            if (is_marked[number]) {
                assert_int_equal(rank_set_place(&set, rank), at);
                size_t size = 0;
                const void *string = intern_string(intern, number, &size);
                assert_ptr_equal(intern_at(places[at], &size), string);
                assert_int_equal(size, 4);
                at++;
            }
        }
        assert_int_equal(count, at);
        rank_set_release(&set);
    }
    ranking_release(&ranking);
    intern_free(intern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_order_is_that_of_the_bytes),
                                       cmocka_unit_test(members_are_numbered_by_rank)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
