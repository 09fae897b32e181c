#include "base/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/dense_code.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/memory.h"

/* Layout, numbers little-endian:
 *
 *   0    8   "FIHRSYMB"
 *   8    4   n, number of symbols
 *   12   4   bytes of all of them
 *   16   4   for each 16th symbol, ceil(n / 16) of them: where it begins
 *        n   for each its size, 1 to 127 (a gap may have 0), and 128 for a gap
 *            the symbols, one behind another */

enum { HEADER_SIZE = 16, TOGETHER = 16, GAP = 0x80 };

#define INDEX_BYTES_MAX ((size_t)1 << 30)

static const char magic[8] = {'F', 'I', 'H', 'R', 'S', 'Y', 'M', 'B'};

/* ---- Writing ---- */

struct ranked {
    uint64_t count;
    uint64_t hash; /* any order will do among equals, if it is always the same */
    const struct symbol_count *symbol;
};

static int compare(const void *a, const void *b)
{
    const struct ranked *left = a;
    const struct ranked *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    if (left->hash != right->hash) {
        return left->hash < right->hash ? -1 : 1;
    }
    int order = bytes_compare(left->symbol->bytes, left->symbol->size, right->symbol->bytes,
                              right->symbol->size);
    return order != 0 ? order : (int)left->symbol->kind - (int)right->symbol->kind;
}

static bool is_symbol(const struct symbol_count *symbol)
{
    return symbol->count >= SYMBOL_COUNT_MIN && symbol->size <= SYMBOL_SIZE_MAX;
}

static size_t rank_all(const struct symbol_count *counts, size_t count, struct ranked *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_symbol(&counts[i])) {
            out[kept++] = (struct ranked){.count = counts[i].count,
                                          .hash = hash64(counts[i].bytes, counts[i].size),
                                          .symbol = &counts[i]};
        }
    }
    if (kept > 0) {
        qsort(out, kept, sizeof *out, compare);
    }
    return kept < DENSE_CODES ? kept : DENSE_CODES;
}

static enum status write_table(const struct ranked *ranked, size_t count, struct buffer *out,
                               struct error *error)
{
    size_t offsets = (count + TOGETHER - 1) / TOGETHER;
    size_t strings = 0;
    for (size_t i = 0; i < count; i++) {
        strings += ranked[i].symbol->size;
    }
    size_t size = HEADER_SIZE + 4 * offsets + count + strings;
    enum status status = buffer_reserve(out, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *bytes = out->bytes + out->size;
    memcpy(bytes, magic, sizeof magic);
    store_u32(bytes + 8, (uint32_t)count);
    store_u32(bytes + 12, (uint32_t)strings);
    unsigned char *sizes = bytes + HEADER_SIZE + 4 * offsets;
    unsigned char *string = sizes + count;
    uint32_t from = 0;
    for (size_t i = 0; i < count; i++) {
        const struct symbol_count *symbol = ranked[i].symbol;
        if (i % TOGETHER == 0) {
            store_u32(bytes + HEADER_SIZE + 4 * (i / TOGETHER), from);
        }
        sizes[i] = (unsigned char)(symbol->size | (symbol->kind == SYMBOL_GAP ? GAP : 0));
        memcpy(string + from, symbol->bytes, symbol->size);
        from += symbol->size;
    }
    out->size += size;
    return STATUS_OK;
}

enum status symbols_write(const struct symbol_count *counts, size_t count, struct buffer *out,
                          struct error *error)
{
    struct ranked *ranked = memory_alloc((count + 1) * sizeof *ranked);
    if (ranked == NULL) {
        return error_no_memory(error, (count + 1) * sizeof *ranked);
    }
    enum status status = write_table(ranked, rank_all(counts, count, ranked), out, error);
    memory_free(ranked);
    return status;
}

/* ---- Reading ---- */

enum status symbols_open(struct symbols *symbols, const void *bytes, size_t size,
                         struct error *error)
{
    *symbols = (struct symbols){.count = 0};
    if (size == 0) {
        return STATUS_OK;
    }
    const unsigned char *from = bytes;
    bool headed = size >= HEADER_SIZE && memcmp(from, magic, sizeof magic) == 0;
    uint64_t count = headed ? load_u32(from + 8) : 0;
    uint64_t strings = headed ? load_u32(from + 12) : 0;
    uint64_t offsets = (count + TOGETHER - 1) / TOGETHER;
    if (!headed || count > DENSE_CODES || HEADER_SIZE + 4 * offsets + count + strings != size) {
        return error_set(error, STATUS_FORMAT, "the table of symbols is damaged: %s",
                         headed ? "its sizes do not fit" : "no such table");
    }
    symbols->offsets = from + HEADER_SIZE;
    symbols->sizes = symbols->offsets + 4 * offsets;
    symbols->strings = symbols->sizes + count;
    symbols->strings_size = (uint32_t)strings;
    symbols->count = (uint32_t)count;
    return STATUS_OK;
}

bool symbols_get(const struct symbols *symbols, uint32_t rank, struct symbol *symbol)
{
    if (rank >= symbols->count) {
        return false;
    }
    uint64_t from = load_u32(symbols->offsets + 4 * (size_t)(rank / TOGETHER));
    for (uint32_t i = rank - rank % TOGETHER; i < rank; i++) {
        from += symbols->sizes[i] & ~(unsigned)GAP;
    }
    symbol->size = symbols->sizes[rank] & ~(unsigned)GAP;
    symbol->kind = (symbols->sizes[rank] & GAP) != 0 ? SYMBOL_GAP : SYMBOL_WORD;
    symbol->bytes = symbols->strings + from;
    return from + symbol->size <= symbols->strings_size;
}

/* ---- Ranks by symbol ---- */

/* Strings are the symbols' bytes and their kind, numbered by rank. */
struct symbol_index {
    const struct symbols *symbols;
    struct intern *strings;
};

static size_t index_string(const void *bytes, size_t size, enum symbol_kind kind,
                           unsigned char string[SYMBOL_SIZE_MAX + 1])
{
    if (size > 0) {
        memcpy(string, bytes, size);
    }
    string[size] = (unsigned char)kind;
    return size + 1;
}

static enum status fill(struct symbol_index *index, const struct symbols *symbols,
                        struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < symbols->count; i++) {
        unsigned char string[SYMBOL_SIZE_MAX + 1];
        struct symbol symbol;
        uint32_t number = 0;
        if (!symbols_get(symbols, i, &symbol)) {
            return error_set(error, STATUS_FORMAT, "the table of symbols is damaged at %u", i);
        }
        size_t size = index_string(symbol.bytes, symbol.size, symbol.kind, string);
        status = intern_add(index->strings, string, size, &number, NULL, error);
        if (status == STATUS_OK && number != i) {
            return error_set(error, STATUS_FORMAT, "the table of symbols is damaged: %u is %u", i,
                             number);
        }
    }
    return status;
}

enum status symbol_index_new(const struct symbols *symbols, struct symbol_index **out,
                             struct error *error)
{
    struct symbol_index *index = memory_zalloc(1, sizeof *index);
    if (index == NULL) {
        return error_no_memory(error, sizeof *index);
    }
    index->symbols = symbols;
    index->strings = intern_new(INDEX_BYTES_MAX);
    enum status status = index->strings == NULL ? error_no_memory(error, sizeof *index)
                                                : fill(index, symbols, error);
    if (status != STATUS_OK) {
        symbol_index_free(index);
        return status;
    }
    *out = index;
    return STATUS_OK;
}

void symbol_index_free(struct symbol_index *index)
{
    if (index != NULL) {
        intern_free(index->strings);
        memory_free(index);
    }
}

const struct symbols *symbol_index_symbols(const struct symbol_index *index)
{
    return index->symbols;
}

bool symbol_index_find(const struct symbol_index *index, const char *bytes, size_t size,
                       enum symbol_kind kind, uint32_t *rank)
{
    unsigned char string[SYMBOL_SIZE_MAX + 1];
    return size <= SYMBOL_SIZE_MAX &&
           intern_find(index->strings, string, index_string(bytes, size, kind, string), rank);
}
