#ifndef ENGINE_WORD_TABLE_H
#define ENGINE_WORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/intern.h"
#include "text/token.h"

/* The distinct words of many articles, as printed, each with a number: everything that depends on a
 * word alone is computed once per number and never once per token. Numbers are dense. A word is its
 * bytes and its kind. One thread at a time.
 *
 * Short words, nearly all, are numbers themselves (base/short_text.h): they lie in a table of 16
 * bytes each, at most four fifths full, so that a look-up touches one line of the cache and
 * compares no strings. Longer ones are interned. */

struct word_table {
    struct word_entry *entries; /* open addressing; a free one has no bytes; behind them those of
                                   short words seen lately, which are asked first */
    unsigned bits;              /* so many entries, as a power of two */
    uint32_t entry_count;
    struct intern *strings;   /* of longer words: bytes as printed, then the kind */
    struct buffer long_words; /* uint32_t: number of each of them */
    uint32_t told;            /* words that word_table_told() has passed over */
    struct buffer words;      /* struct word_entry, of the others, by number */
    struct buffer numbers;    /* uint32_t of each token given last */
    size_t bytes_max;
};

enum status word_table_init(struct word_table *table, size_t bytes_max,
                            struct error *error) MUST_CHECK;
void word_table_release(struct word_table *table);
void word_table_clear(struct word_table *table);

/* Finds or adds the words of `tokens`; `*numbers` has one for each, valid until the next call. A
 * short word that was seen lately is found in a small table that the cache holds; the
 * other look-ups go in batches, so that their cache misses overlap. About 10 ns a token on news. */
enum status word_table_find(struct word_table *table, const char *text, const struct token *tokens,
                            size_t count, const uint32_t **numbers, struct error *error) MUST_CHECK;

/* Distinct words so far; those beyond what it was before a call of word_table_find() are new. */
uint32_t word_table_count(const struct word_table *table);

/* The words so far will not be asked for by number any more: what that needs (16 bytes each) is
 * used again for those that come. */
void word_table_told(struct word_table *table);

/* A word by number: copies it and returns its size. */
size_t word_table_word(const struct word_table *table, uint32_t number, char word[TOKEN_BYTES_MAX],
                       enum token_kind *kind);
/* What its words take, less the room that is kept for more. */
size_t word_table_memory(const struct word_table *table);

#endif
