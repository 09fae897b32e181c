#ifndef QUERY_PARSER_H
#define QUERY_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "query/lexer.h"
#include "query/parse.h"
#include "text/analyser.h"

/* A query being parsed: what the grammar (parse.c), words (parse_words.h) and fields
 * (parse_fields.h) share. Each of them reads on from the lexer's place and leaves it behind what it
 * has read. Nodes live in the arena. One thread at a time. */

struct parser {
    struct arena *arena;
    const struct analyser *analyser;
    struct lexer lexer;
    uint32_t depth;
    uint32_t word_count;
    bool title; /* inside title: */
    int64_t *error_offset;
    struct error *error;
};

/* STATUS_USAGE: the query is wrong at `offset`. */
enum status parser_fail(struct parser *parser, size_t offset, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* STATUS_LIMIT: more than `maximum` of `what`. */
enum status parser_limit(struct parser *parser, size_t offset, const char *what, unsigned maximum);

/* A node with nothing in it; `offset` is where it begins. */
enum status parser_node(struct parser *parser, enum query_node_kind kind, size_t offset,
                        struct query_node **out) MUST_CHECK;

/* Copies bytes into the arena. */
enum status parser_string(struct parser *parser, const char *bytes, size_t size,
                          struct query_string *out) MUST_CHECK;

/* One more word or field value; STATUS_LIMIT above QUERY_WORDS_MAX. */
enum status parser_count_word(struct parser *parser, size_t offset) MUST_CHECK;

/* lexer_quoted(), of which the closing mark must be there. */
enum status parser_quoted(struct parser *parser, size_t *from, size_t *to) MUST_CHECK;

#endif
