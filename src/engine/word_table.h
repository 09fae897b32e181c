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
 * word alone is computed once per number and never once per token. Numbers are dense and ascend in
 * order of first sight. A word is its bytes and its kind. One thread at a time. */

struct word_table {
    struct intern *strings;      /* bytes as printed, then the kind */
    struct buffer numbers;       /* uint32_t of each token given last */
    struct recent_word *recents; /* words seen lately, in front of `strings` */
};

enum status word_table_init(struct word_table *table, size_t bytes_max,
                            struct error *error) MUST_CHECK;
void word_table_release(struct word_table *table);
void word_table_clear(struct word_table *table);

/* Finds or adds the words of `tokens`; `*numbers` has one for each, valid until the next call. A
 * word of a few bytes that was seen lately is found in a small table that the cache holds; the
 * other look-ups go in batches, so that their cache misses overlap. About 10 ns a token on news. */
enum status word_table_find(struct word_table *table, const char *text, const struct token *tokens,
                            size_t count, const uint32_t **numbers, struct error *error) MUST_CHECK;

/* Distinct words so far; those beyond what it was before a call of word_table_find() are new. */
uint32_t word_table_count(const struct word_table *table);

/* A word by number; valid until the next finding. */
const char *word_table_word(const struct word_table *table, uint32_t number, size_t *size,
                            enum token_kind *kind);
size_t word_table_memory(const struct word_table *table);

#endif
