#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/dense_code.h"
#include "base/memory.h"
#include "random.h"

static void write_table(const struct symbol_count *counts, size_t count, struct buffer *out)
{
    buffer_init(out, (size_t)1 << 26);
    assert_int_equal(symbols_write(counts, count, out, NULL), STATUS_OK);
}

static void the_frequent_come_first(void **state)
{
    (void)state;
    static char longest[SYMBOL_SIZE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    const struct symbol_count counts[] = {
        {"rare", 4, SYMBOL_WORD, 1},    {"of", 2, SYMBOL_WORD, 900},     {", ", 2, SYMBOL_GAP, 700},
        {"", 0, SYMBOL_GAP, 3},         {"misr", 4, SYMBOL_WORD, 2},     {", ", 2, SYMBOL_WORD, 5},
        {longest, 127, SYMBOL_WORD, 4}, {longest, 128, SYMBOL_WORD, 50},
    };
    static const uint32_t order[] = {1, 2, 5, 6, 3, 4};
    struct buffer table;
    struct symbols symbols;
    struct symbol_index *index = NULL;
    write_table(counts, sizeof counts / sizeof counts[0], &table);
    assert_int_equal(symbols_open(&symbols, table.bytes, table.size, NULL), STATUS_OK);
    assert_int_equal(symbol_index_new(&symbols, &index, NULL), STATUS_OK);
    assert_int_equal(symbols.count, sizeof order / sizeof order[0]);
    for (uint32_t rank = 0; rank < symbols.count; rank++) {
        const struct symbol_count *expected = &counts[order[rank]];
        struct symbol symbol;
        uint32_t found = UINT32_MAX;
        assert_true(symbols_get(&symbols, rank, &symbol));
        assert_int_equal(symbol.kind, expected->kind);
        assert_true(bytes_equal(symbol.bytes, symbol.size, expected->bytes, expected->size));
        assert_true(
            symbol_index_find(index, expected->bytes, expected->size, expected->kind, &found));
        assert_int_equal(found, rank);
    }
    struct symbol none;
    uint32_t found = 0;
    assert_false(symbols_get(&symbols, symbols.count, &none));
    assert_false(symbol_index_find(index, "rare", 4, SYMBOL_WORD, &found));
    assert_false(symbol_index_find(index, "of", 2, SYMBOL_GAP, &found));
    assert_false(symbol_index_find(index, longest, 128, SYMBOL_WORD, &found));
    assert_ptr_equal(symbol_index_symbols(index), &symbols);
    symbol_index_free(index);
    symbol_index_free(NULL);
    buffer_release(&table);
}

/* Docs/FORMAT.md has these bytes. */
static void bytes_are_those_of_the_format(void **state)
{
    (void)state;
    static const struct symbol_count counts[] = {{"\xD9\x81\xD9\x8A", 4, SYMBOL_WORD, 5},
                                                 {". ", 2, SYMBOL_GAP, 3}};
    static const unsigned char expected[] = {'F', 'I',  'H',  'R',  'S',  'Y',  'M', 'B', 2, 0,
                                             0,   0,    6,    0,    0,    0,    0,   0,   0, 0,
                                             4,   0x82, 0xD9, 0x81, 0xD9, 0x8A, '.', ' '};
    struct buffer table;
    write_table(counts, 2, &table);
    assert_int_equal(table.size, sizeof expected);
    assert_memory_equal(table.bytes, expected, sizeof expected);
    buffer_release(&table);
}

/* Any order of the counts gives the same table. */
static void order_of_counting_does_not_matter(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static char names[MANY][8];
    static struct symbol_count counts[MANY];
    uint64_t random = 5;
    struct buffer first;
    for (size_t i = 0; i < MANY; i++) {
        int size = sprintf(names[i], "w%zu", i / 2);
        counts[i] = (struct symbol_count){names[i], (uint32_t)size,
                                          i % 2 == 0 ? SYMBOL_WORD : SYMBOL_GAP, 2 + i / 2 % 7};
    }
    write_table(counts, MANY, &first);
    for (int round = 0; round < 20; round++) {
        struct buffer again;
        for (size_t i = MANY - 1; i > 0; i--) {
            size_t other = random_below(&random, (uint32_t)i + 1);
            struct symbol_count moving = counts[i];
            counts[i] = counts[other];
            counts[other] = moving;
        }
        write_table(counts, MANY, &again);
        assert_int_equal(again.size, first.size);
        assert_memory_equal(again.bytes, first.bytes, first.size);
        buffer_release(&again);
    }
    buffer_release(&first);
}

/* No more symbols than there are codes, and every code has its own bytes. */
static void there_are_so_many_codes(void **state)
{
    (void)state;
    const size_t many = DENSE_CODES + 10;
    struct symbol_count *counts = memory_zalloc(many, sizeof *counts);
    char(*names)[8] = memory_zalloc(many, sizeof *names);
    assert_true(counts != NULL && names != NULL);
    for (size_t i = 0; i < many; i++) {
        int size = sprintf(names[i], "%zx", i);
        counts[i] = (struct symbol_count){names[i], (uint32_t)size, SYMBOL_WORD, 2 + many - i};
    }
    struct buffer table;
    struct symbols symbols;
    write_table(counts, many, &table);
    assert_int_equal(symbols_open(&symbols, table.bytes, table.size, NULL), STATUS_OK);
    assert_int_equal(symbols.count, DENSE_CODES);
    for (uint32_t rank = 0; rank < DENSE_CODES; rank += 1 + rank / 300) {
        struct symbol symbol;
        struct dense_word word = {.end = counts[rank].size, .code = dense_code(rank)};
        struct buffer code;
        struct buffer text;
        buffer_init(&code, 100);
        buffer_init(&text, 100);
        assert_true(word.code <= DENSE_CODE_MASK);
        assert_true(symbols_get(&symbols, rank, &symbol));
        assert_true(bytes_equal(symbol.bytes, symbol.size, names[rank], counts[rank].size));
        assert_int_equal(dense_encode(NULL, names[rank], word.end,
                                      &(struct dense_words){&word, 1, 0}, &code, NULL),
                         STATUS_OK);
        assert_int_equal(code.size, word.code >> 24);
        assert_int_equal(dense_decode(&symbols, code.bytes, code.size, &text, NULL), STATUS_OK);
        assert_true(bytes_equal(text.bytes, text.size, names[rank], counts[rank].size));
        buffer_release(&code);
        buffer_release(&text);
    }
    buffer_release(&table);
    memory_free(counts);
    memory_free(names);
}

static void nothing_is_a_table(void **state)
{
    (void)state;
    struct symbols symbols;
    struct symbol none;
    struct symbol_index *index = NULL;
    uint32_t rank = 0;
    assert_int_equal(symbols_open(&symbols, "", 0, NULL), STATUS_OK);
    assert_false(symbols_get(&symbols, 0, &none));
    assert_int_equal(symbol_index_new(&symbols, &index, NULL), STATUS_OK);
    assert_false(symbol_index_find(index, "of", 2, SYMBOL_WORD, &rank));
    symbol_index_free(index);
}

/* Any change and any cut is refused or read without harm. */
static void damage_is_refused_or_harmless(void **state)
{
    (void)state;
    enum { MANY = 40 };
    static char names[MANY][8];
    static struct symbol_count counts[MANY];
    struct buffer table;
    for (size_t i = 0; i < MANY; i++) {
        int size = sprintf(names[i], "w%zu", i);
        counts[i] = (struct symbol_count){names[i], (uint32_t)size, SYMBOL_WORD, 2 + i};
    }
    write_table(counts, MANY, &table);
    for (size_t at = 0; at < table.size; at++) {
        unsigned char *cut = malloc(at + 1);
        struct symbols symbols;
        assert_non_null(cut);
        memcpy(cut, table.bytes, at);
        assert_int_equal(symbols_open(&symbols, cut, at, NULL),
                         at == 0 ? STATUS_OK : STATUS_FORMAT);
        free(cut);
        for (unsigned change = 1; change < 256; change++) {
            table.bytes[at] ^= (unsigned char)change;
            if (symbols_open(&symbols, table.bytes, table.size, NULL) == STATUS_OK) {
                size_t sum = 0;
                struct symbol symbol;
                for (uint32_t rank = 0; rank < symbols.count; rank++) {
                    for (size_t i = 0; symbols_get(&symbols, rank, &symbol) && i < symbol.size;
                         i++) {
                        sum += symbol.bytes[i];
                    }
                }
                assert_true(sum < SIZE_MAX);
                struct symbol_index *index = NULL;
                if (symbol_index_new(&symbols, &index, NULL) == STATUS_OK) {
                    symbol_index_free(index);
                }
            }
            table.bytes[at] ^= (unsigned char)change;
        }
    }
    buffer_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frequent_come_first),
        cmocka_unit_test(bytes_are_those_of_the_format),
        cmocka_unit_test(order_of_counting_does_not_matter),
        cmocka_unit_test(there_are_so_many_codes),
        cmocka_unit_test(nothing_is_a_table),
        cmocka_unit_test(damage_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
