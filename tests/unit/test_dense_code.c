#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/dense_code.h"
#include "random.h"

#define MISR "\xD9\x85\xD8\xB5\xD8\xB1"
#define FI   "\xD9\x81\xD9\x8A"
#define SUQ  "\xD8\xB3\xD9\x88\xD9\x82"

/* In order of rank. */
static const struct symbol_count counts[] = {
    {FI, 4, SYMBOL_WORD, 9},  {MISR, 6, SYMBOL_WORD, 8}, {"a", 1, SYMBOL_WORD, 7},
    {". ", 2, SYMBOL_GAP, 6}, {"", 0, SYMBOL_GAP, 5},    {" ", 1, SYMBOL_GAP, 4},
};

struct world {
    struct buffer table;
    struct symbols symbols;
    struct symbol_index *index;
};

static int setup(void **state)
{
    static struct world world;
    buffer_init(&world.table, 10000);
    assert_int_equal(symbols_write(counts, sizeof counts / sizeof counts[0], &world.table, NULL),
                     STATUS_OK);
    assert_int_equal(symbols_open(&world.symbols, world.table.bytes, world.table.size, NULL),
                     STATUS_OK);
    assert_int_equal(symbol_index_new(&world.symbols, &world.index, NULL), STATUS_OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    symbol_index_free(world->index);
    buffer_release(&world->table);
    return 0;
}

static uint32_t code_of(const struct world *world, const char *word, size_t size)
{
    uint32_t rank = 0;
    return symbol_index_find(world->index, word, size, SYMBOL_WORD, &rank) ? dense_code(rank)
                                                                           : DENSE_SPELLED;
}

/* Words are runs without blanks and full stops. */
static size_t find_words(const struct world *world, const char *text, size_t size,
                         struct dense_word *words)
{
    size_t count = 0;
    for (size_t at = 0; at < size;) {
        size_t from = at;
        while (at < size && text[at] != ' ' && text[at] != '.') {
            at++;
        }
        if (at > from) {
            words[count++] = (struct dense_word){.start = (uint32_t)from,
                                                 .end = (uint32_t)at,
                                                 .code = code_of(world, text + from, at - from)};
        }
        at += at == from;
    }
    return count;
}

static void check_back(const struct symbols *symbols, const struct buffer *packed, const void *text,
                       size_t size)
{
    struct buffer back;
    buffer_init(&back, (size_t)1 << 24);
    assert_int_equal(dense_decode(symbols, packed->bytes, packed->size, &back, NULL), STATUS_OK);
    assert_true(bytes_equal(back.bytes, back.size, text, size));
    buffer_release(&back);
}

/* Docs/FORMAT.md has the first. */
static void texts_are_codes(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *text;
        const char *codes;
        size_t size;
    } cases[] = {
        {FI " " MISR ". " SUQ, "\x02\x03\x05\x00\x03\xB3\xC8\xC2", 8},
        {"", "", 0},
        {FI, "\x02", 1},
        {FI " " FI "  " FI, "\x02\x02\x01\x02  \x02", 7},
        {" " FI " ", "\x07\x02\x07", 3},
        {FI "." MISR, "\x02\x01\x01.\x03", 5},
        {"a b",
         "\x04\x00\x01"
         "b",
         4},
        {"..", "\x01\x02..", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dense_word words[8];
        struct buffer packed;
        size_t size = strlen(cases[i].text);
        size_t count = find_words(world, cases[i].text, size, words);
        buffer_init(&packed, 1000);
        assert_int_equal(dense_encode(world->index, cases[i].text, size,
                                      &(struct dense_words){words, count, 0}, &packed, NULL),
                         STATUS_OK);
        assert_int_equal(packed.size, cases[i].size);
        assert_memory_equal(packed.bytes, cases[i].codes, cases[i].size);
        check_back(&world->symbols, &packed, cases[i].text, size);
        buffer_release(&packed);
    }
}

/* However a text is cut into words, and whatever its bytes are, it comes back. */
static void any_text_in_any_words_comes_back(void **state)
{
    const struct world *world = *state;
    static const char *const pieces[] = {FI,
                                         MISR,
                                         "a",
                                         " ",
                                         "  ",
                                         ". ",
                                         "",
                                         SUQ,
                                         "\xFF",
                                         "\xD9",
                                         "0123456789012345678901234567890123456789012345678901234"
                                         "5678901234567890123456789012345678901234567890"};
    uint64_t random = 23;
    for (int round = 0; round < 20000; round++) {
        char text[2048];
        struct dense_word words[64];
        size_t size = 0;
        size_t count = 0;
        uint32_t number = random_below(&random, 16);
        for (uint32_t i = 0; i < number; i++) {
            const char *piece = pieces[random_below(&random, sizeof pieces / sizeof pieces[0])];
            size_t from = size;
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
            if (random_below(&random, 2) == 0) {
                words[count++] =
                    (struct dense_word){.start = (uint32_t)from,
                                        .end = (uint32_t)size,
                                        .code = code_of(world, text + from, size - from)};
            }
        }
        const struct symbol_index *index = random_below(&random, 8) == 0 ? NULL : world->index;
        struct buffer packed;
        buffer_init(&packed, (size_t)1 << 20);
        assert_int_equal(
            dense_encode(index, text, size, &(struct dense_words){words, count, 0}, &packed, NULL),
            STATUS_OK);
        check_back(&world->symbols, &packed, text, size);
        buffer_release(&packed);
    }
}

static void what_is_never_written_is_refused(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x08", 1},         /* no such symbol */
        {"\x9C", 1},         /* half a code */
        {"\x9C\x00", 2},     /* no such symbol */
        {"\xFC\x00", 2},     /* half a code */
        {"\xFF\xFF\xFF", 3}, /* no such symbol */
        {"\x00", 1},         /* no size */
        {"\x00\x02"
         "b",
         3},                 /* half a word */
        {"\x01\x80", 2},     /* half a size */
        {"\x00\x01\x0F", 3}, /* no such SCSU */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out;
        struct error error = {0};
        buffer_init(&out, 1000);
        assert_int_equal(dense_decode(&world->symbols, cases[i].bytes, cases[i].size, &out, &error),
                         STATUS_FORMAT);
        assert_string_equal(error.message, "compressed text is damaged");
        buffer_release(&out);
    }
    struct buffer out;
    buffer_init(&out, 1000);
    assert_int_equal(dense_decode(NULL, "\x02", 1, &out, NULL), STATUS_FORMAT);
    buffer_release(&out);
    buffer_init(&out, 3);
    assert_int_equal(dense_decode(&world->symbols, "\x02", 1, &out, NULL), STATUS_LIMIT);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_codes),
        cmocka_unit_test(any_text_in_any_words_comes_back),
        cmocka_unit_test(what_is_never_written_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
