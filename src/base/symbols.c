#include "base/symbols.h"

#include <string.h>

#include "base/bytes.h"
#include "base/dense_code.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/memory.h"
#include "base/radix.h"

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

/* Whether `left` comes first among symbols that were counted alike and share the first bits of
 * their hash, which hardly ever happens. */
static bool comes_first(const struct symbol_count *left, const struct symbol_count *right)
{
    uint64_t left_hash = hash64(left->bytes, left->size);
    uint64_t right_hash = hash64(right->bytes, right->size);
    if (left->count != right->count) {
        return left->count > right->count;
    }
    if (left_hash != right_hash) {
        return left_hash < right_hash;
    }
    int order = bytes_compare(left->bytes, left->size, right->bytes, right->size);
    return order != 0 ? order < 0 : left->kind < right->kind;
}

/* The most frequent first: what is left of 24 bits; then by 40 bits of the hash. */
static uint64_t sort_key(const struct symbol_count *symbol)
{
    uint64_t most = 0xFFFFFF;
    uint64_t count = symbol->count < most ? symbol->count : most;
    return (most - count) << 40 | hash64(symbol->bytes, symbol->size) >> 24;
}

/* The symbols in order; the value of each is its place in `counts`. */
static enum status rank_all(const struct symbol_count *counts, size_t count,
                            struct radix_entry *ranked, size_t *ranked_count, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (counts[i].count >= SYMBOL_COUNT_MIN && counts[i].size <= SYMBOL_SIZE_MAX) {
            ranked[kept++] = (struct radix_entry){.key = sort_key(&counts[i]), .value = i};
        }
    }
    enum status status = radix_sort(ranked, kept, error);
    for (size_t i = 1; status == STATUS_OK && i < kept; i++) {
        struct radix_entry moving = ranked[i];
        size_t at = i;
        for (; at > 0 && ranked[at - 1].key == moving.key &&
               comes_first(&counts[moving.value], &counts[ranked[at - 1].value]);
             at--) {
            ranked[at] = ranked[at - 1];
        }
        ranked[at] = moving;
    }
    *ranked_count = kept < DENSE_CODES ? kept : DENSE_CODES;
    return status;
}

static enum status write_table(const struct symbol_count *counts, const struct radix_entry *ranked,
                               size_t count, struct buffer *out, struct error *error)
{
    size_t offsets = (count + TOGETHER - 1) / TOGETHER;
    size_t strings = 0;
    for (size_t i = 0; i < count; i++) {
        strings += counts[ranked[i].value].size;
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
        const struct symbol_count *symbol = &counts[ranked[i].value];
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
    size_t ranked_count = 0;
    struct radix_entry *ranked = memory_alloc((count + 1) * sizeof *ranked);
    if (ranked == NULL) {
        return error_no_memory(error, (count + 1) * sizeof *ranked);
    }
    enum status status = rank_all(counts, count, ranked, &ranked_count, error);
    if (status == STATUS_OK) {
        status = write_table(counts, ranked, ranked_count, out, error);
    }
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

/* Every second or third word is asked for what stands before it, nearly always a few bytes out of a
 * few hundred: these have a table of their own, open addressing. */
enum { SHORT_GAP_SIZE_MAX = 8 };

struct short_gap {
    uint64_t bytes; /* short_bytes() */
    uint32_t size;  /* plus 1; 0: free */
    uint32_t rank;
};

struct symbol_index {
    const struct symbols *symbols;
    struct intern *strings; /* the symbols' bytes and their kind, numbered by rank */
    struct short_gap *gaps;
    unsigned gap_bits; /* log2 of their places */
};

/* Bytes that differ give numbers that differ, when there are as many of them. */
static ALWAYS_INLINE uint64_t short_bytes(const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    if (size >= 4) {
        return (uint64_t)load_u32(from) | (uint64_t)load_u32(from + size - 4) << 32;
    }
    if (size >= 2) {
        return (uint64_t)load_u16(from) | (uint64_t)load_u16(from + size - 2) << 32;
    }
    return size == 0 ? 0 : *from;
}

/* Where a gap is, or would be. */
static ALWAYS_INLINE struct short_gap *gap_place(const struct symbol_index *index, uint64_t bytes,
                                                 size_t size)
{
    uint64_t hash = (bytes ^ size << 56) * 0x9E3779B97F4A7C15u;
    size_t mask = ((size_t)1 << index->gap_bits) - 1;
    size_t at = (size_t)(hash >> (64 - index->gap_bits));
    while (index->gaps[at].size != 0 &&
           (index->gaps[at].bytes != bytes || index->gaps[at].size != size + 1)) {
        at = (at + 1) & mask;
    }
    return &index->gaps[at];
}

static enum status fill_gaps(struct symbol_index *index, struct error *error)
{
    struct symbol symbol;
    size_t count = 0;
    for (uint32_t i = 0; symbols_get(index->symbols, i, &symbol); i++) {
        count += symbol.kind == SYMBOL_GAP && symbol.size <= SHORT_GAP_SIZE_MAX;
    }
    index->gap_bits = 4;
    while ((size_t)1 << index->gap_bits < 2 * count) {
        index->gap_bits++;
    }
    index->gaps = memory_zalloc((size_t)1 << index->gap_bits, sizeof *index->gaps);
    if (index->gaps == NULL) {
        return error_no_memory(error, sizeof *index->gaps << index->gap_bits);
    }
    for (uint32_t i = 0; symbols_get(index->symbols, i, &symbol); i++) {
        if (symbol.kind == SYMBOL_GAP && symbol.size <= SHORT_GAP_SIZE_MAX) {
            uint64_t bytes = short_bytes(symbol.bytes, symbol.size);
            *gap_place(index, bytes, symbol.size) =
                (struct short_gap){.bytes = bytes, .size = (uint32_t)symbol.size + 1, .rank = i};
        }
    }
    return STATUS_OK;
}

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
    if (status == STATUS_OK) {
        status = fill_gaps(index, error);
    }
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
        memory_free(index->gaps);
        memory_free(index);
    }
}

const struct symbols *symbol_index_symbols(const struct symbol_index *index)
{
    return index->symbols;
}

uint64_t symbol_index_expect(const struct symbol_index *index, const char *word, size_t size)
{
    unsigned char string[SYMBOL_SIZE_MAX + 1];
    size = size <= SYMBOL_SIZE_MAX ? size : 0;
    uint64_t hash = hash_short(string, index_string(word, size, SYMBOL_WORD, string));
    intern_prefetch(index->strings, hash);
    return hash;
}

void symbol_index_expect_string(const struct symbol_index *index, uint64_t hash)
{
    intern_prefetch_string(index->strings, hash);
}

bool symbol_index_find(const struct symbol_index *index, const char *bytes, size_t size,
                       enum symbol_kind kind, uint32_t *rank)
{
    if (kind == SYMBOL_GAP && size <= SHORT_GAP_SIZE_MAX) {
        const struct short_gap *gap = gap_place(index, short_bytes(bytes, size), size);
        *rank = gap->rank;
        return gap->size != 0;
    }
    unsigned char string[SYMBOL_SIZE_MAX + 1];
    return size <= SYMBOL_SIZE_MAX &&
           intern_find(index->strings, string, index_string(bytes, size, kind, string), rank);
}
