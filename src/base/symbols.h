#ifndef BASE_SYMBOLS_H
#define BASE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* The table of symbols that an archive's texts are written in (base/dense_code.h): words, and what
 * stands between two of them (a comma and a space, say), each a run of bytes, the most frequent
 * first. A symbol's rank in the table is its code. Made once from counts, then frozen with the
 * model and used in place. Layout: docs/FORMAT.md, "Symbols". */

enum symbol_kind { SYMBOL_WORD, SYMBOL_GAP };

#define SYMBOL_SIZE_MAX  127u /* a longer one is none */
#define SYMBOL_COUNT_MIN 2u   /* seen less often it would cost more than it saves */

struct symbol_count {
    const char *bytes;
    uint32_t size;
    enum symbol_kind kind;
    uint64_t count;
};

/* Appends the table of what was seen often enough, as many as there are codes. `counts` (each
 * symbol once) may come in any order. */
enum status symbols_write(const struct symbol_count *counts, size_t count, struct buffer *out,
                          struct error *error) MUST_CHECK;

/* A view over such bytes, borrowed: valid as long as they are. Any thread after open. */
struct symbols {
    const unsigned char *offsets; /* u32 of each 16th */
    const unsigned char *sizes;   /* a byte each; the high bit: a gap */
    const unsigned char *strings;
    uint32_t strings_size;
    uint32_t count;
};
/* STATUS_FORMAT when the bytes are not such a table. Size 0 gives a table without symbols. */
enum status symbols_open(struct symbols *symbols, const void *bytes, size_t size,
                         struct error *error) MUST_CHECK;

struct symbol {
    const unsigned char *bytes;
    size_t size;
    enum symbol_kind kind;
};
/* By rank; false when there is none or the table is damaged there. */
bool symbols_get(const struct symbols *symbols, uint32_t rank, struct symbol *symbol);

/* Ranks by symbol, for writers. Any thread after it is made; `symbols` is borrowed. */
struct symbol_index;
enum status symbol_index_new(const struct symbols *symbols, struct symbol_index **out,
                             struct error *error) MUST_CHECK;
void symbol_index_free(struct symbol_index *index);
const struct symbols *symbol_index_symbols(const struct symbol_index *index);
/* Ahead of finding words: of each the first, then of each the second, hide cache misses. `hash` is
 * what the first returns. */
uint64_t symbol_index_expect(const struct symbol_index *index, const char *word, size_t size);
void symbol_index_expect_string(const struct symbol_index *index, uint64_t hash);
bool symbol_index_find(const struct symbol_index *index, const char *bytes, size_t size,
                       enum symbol_kind kind, uint32_t *rank);

#endif
