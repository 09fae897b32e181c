/* Texts as codes: any bytes are refused or read, any bytes in any words come back, and any table of
 * symbols is refused or read. */
#include <stdlib.h>
#include <string.h>

#include "base/dense_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

/* Words end where the first bytes say. */
static size_t cut_words(const uint8_t *cuts, size_t cut_count, size_t size,
                        const struct symbol_index *index, const char *text,
                        struct dense_word *words)
{
    size_t count = 0;
    size_t at = 0;
    for (size_t i = 0; i < cut_count && at < size; i++) {
        size_t end = at + cuts[i] / 2;
        end = end < size ? end : size;
        if (cuts[i] % 2 == 0) {
            uint32_t rank = 0;
            bool known = symbol_index_find(index, text + at, end - at, SYMBOL_WORD, &rank);
            words[count++] = (struct dense_word){.start = (uint32_t)at,
                                                 .end = (uint32_t)end,
                                                 .code = known ? dense_code(rank) : DENSE_SPELLED};
        }
        at = end;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct symbol_count counts[] = {
        {"\xD9\x81\xD9\x8A", 4, SYMBOL_WORD, 9},
        {"a", 1, SYMBOL_WORD, 7},
        {"b", 1, SYMBOL_GAP, 7},
        {". ", 2, SYMBOL_GAP, 6},
        {"", 0, SYMBOL_GAP, 5},
        {" ", 1, SYMBOL_GAP, 4},
    };
    enum { CUTS = 16 };
    struct buffer table;
    struct buffer packed;
    struct buffer back;
    struct symbols symbols;
    struct symbol_index *index = NULL;
    struct dense_word words[CUTS];
    buffer_init(&table, 1 << 20);
    buffer_init(&packed, (size_t)1 << 24);
    buffer_init(&back, (size_t)1 << 24);
    if (symbols_open(&symbols, data, size, NULL) == STATUS_OK &&
        symbol_index_new(&symbols, &index, NULL) == STATUS_OK) {
        symbol_index_free(index);
    }
    require(symbols_write(counts, sizeof counts / sizeof counts[0], &table, NULL) == STATUS_OK);
    require(symbols_open(&symbols, table.bytes, table.size, NULL) == STATUS_OK);
    require(symbol_index_new(&symbols, &index, NULL) == STATUS_OK);
    require(dense_decode(&symbols, data, size, &back, NULL) != STATUS_LIMIT);
    buffer_clear(&back);
    size_t cut_count = size < CUTS ? size : CUTS;
    const char *text = (const char *)data + cut_count;
    size -= cut_count;
    size_t count = cut_words(data, cut_count, size, index, text, words);
    require(dense_encode(index, text, size, &(struct dense_words){words, count, 0}, &packed,
                         NULL) == STATUS_OK);
    require(dense_decode(&symbols, packed.bytes, packed.size, &back, NULL) == STATUS_OK);
    require(back.size == size && (size == 0 || memcmp(back.bytes, text, size) == 0));
    symbol_index_free(index);
    buffer_release(&table);
    buffer_release(&packed);
    buffer_release(&back);
    return 0;
}
