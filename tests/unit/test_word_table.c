#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "engine/word_table.h"
#include "random.h"

/* The naive table: every distinct (bytes, kind), in order of first sight. */
enum { WORDS_MAX = 8192, TOKENS_MAX = 300 };

struct naive {
    struct {
        char bytes[TOKEN_BYTES_MAX];
        size_t size;
        uint8_t kind;
    } words[WORDS_MAX];
    uint32_t count;
};

static uint32_t naive_find(struct naive *naive, const char *bytes, size_t size, uint8_t kind)
{
    for (uint32_t i = 0; i < naive->count; i++) {
        if (naive->words[i].size == size && naive->words[i].kind == kind &&
            memcmp(naive->words[i].bytes, bytes, size) == 0) {
            return i;
        }
    }
    assert_true(naive->count < WORDS_MAX);
    memcpy(naive->words[naive->count].bytes, bytes, size);
    naive->words[naive->count].size = size;
    naive->words[naive->count].kind = kind;
    return naive->count++;
}

/* A word of few letters, so that it comes again: Latin, Arabic (some of them longer than what is
 * packed), mixed, or as long as words may be. Returns its size. */
static uint32_t random_word(uint64_t *random, char *word)
{
    static const char *const letters[] = {"\xD8\xA7", "\xD9\x84", "\xDA\xAF", "b"};
    unsigned style = random_below(random, 100);
    uint32_t size = style == 0 ? TOKEN_BYTES_MAX - random_below(random, 2)
                               : 1 + random_below(random, style < 4 ? 14 : 5);
    if (style == 0 || style > 50) {
        memset(word, 'x', size);
        for (uint32_t k = 0; style != 0 && k < size; k++) {
            word[k] = (char)('a' + random_below(random, 4));
        }
        return size;
    }
    uint32_t bytes = 0;
    for (uint32_t k = 0; k < size; k++) {
        const char *letter = letters[random_below(random, style > 40 ? 4 : 2)];
        memcpy(word + bytes, letter, strlen(letter));
        bytes += (uint32_t)strlen(letter);
    }
    return bytes;
}

static size_t random_tokens(uint64_t *random, char *text, struct token *tokens)
{
    size_t count = random_below(random, TOKENS_MAX + 1);
    uint32_t at = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t size = random_word(random, text + at);
        tokens[i] =
            (struct token){.start = at,
                           .end = at + size,
                           .kind = random_below(random, 8) == 0 ? TOKEN_HASHTAG : TOKEN_WORD};
        at += size;
    }
    return count;
}

/* Those from number `first` on. */
static void check_words(const struct word_table *table, const struct naive *naive, uint32_t first)
{
    assert_int_equal(word_table_count(table), naive->count);
    for (uint32_t i = first; i < naive->count; i++) {
        char word[TOKEN_BYTES_MAX];
        enum token_kind kind = TOKEN_WORD;
        size_t size = word_table_word(table, i, word, &kind);
        assert_int_equal(size, naive->words[i].size);
        assert_int_equal(kind, naive->words[i].kind);
        assert_memory_equal(word, naive->words[i].bytes, size);
    }
}

static void numbers_are_the_naive_ones(void **state)
{
    (void)state;
    static struct naive naive;
    static char text[TOKENS_MAX * TOKEN_BYTES_MAX];
    static struct token tokens[TOKENS_MAX];
    uint64_t random = 7;
    struct word_table table;
    assert_int_equal(word_table_init(&table, (size_t)16 << 20, NULL), STATUS_OK);
    for (int round = 0; round < 3; round++) {
        uint32_t told = 0;
        naive.count = 0;
        for (int article = 0; article < 40; article++) {
            const uint32_t *numbers = NULL;
            size_t count = random_tokens(&random, text, tokens);
            assert_int_equal(word_table_find(&table, text, tokens, count, &numbers, NULL),
                             STATUS_OK);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(numbers[i],
                                 naive_find(&naive, text + tokens[i].start,
                                            tokens[i].end - tokens[i].start, tokens[i].kind));
            }
            if (round == 1 && article % 3 == 0) {
                check_words(&table, &naive, told);
                word_table_told(&table);
                told = naive.count;
            }
        }
        check_words(&table, &naive, told);
        assert_true(word_table_memory(&table) > 0);
        word_table_clear(&table); /* numbers begin at 0 again */
        assert_int_equal(word_table_count(&table), 0);
    }
    word_table_release(&table);
    word_table_release(&table);
}

static void a_full_table_says_so(void **state)
{
    (void)state;
    struct word_table table;
    struct error error = {0};
    enum status status = STATUS_OK;
    assert_int_equal(word_table_init(&table, (size_t)64 << 10, NULL), STATUS_OK);
    for (uint32_t i = 0; status == STATUS_OK && i < 100000; i++) {
        char text[8];
        memcpy(text, &i, sizeof i);
        struct token token = {.start = 0, .end = sizeof i, .kind = TOKEN_WORD};
        const uint32_t *numbers = NULL;
        status = word_table_find(&table, text, &token, 1, &numbers, &error);
        assert_true(status != STATUS_OK || numbers[0] == i);
    }
    assert_int_equal(status, STATUS_LIMIT);
    assert_int_equal(error.code, STATUS_LIMIT);
    word_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_the_naive_ones),
        cmocka_unit_test(a_full_table_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
