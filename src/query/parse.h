#ifndef QUERY_PARSE_H
#define QUERY_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "text/analyser.h"

/* The query language (docs/QUERY.md): from the text a person typed to a syntax tree whose words are
 * analysed. Looks at no archive; any bytes are accepted. The tree lives in the caller's arena and
 * is immutable: any thread.
 *
 *   or      = and { ("OR" | "|") and }
 *   and     = unary { ["AND"] unary }
 *   unary   = ("NOT" | "-") unary | primary
 *   primary = "(" or ")" | ["~" | "="] (word | quoted ["~" number]) | field ":" value
 *
 * What analyses to no word at all (punctuation alone) is left out; a query in which nothing is
 * left, or which only excludes, is an error. A clitic that stands apart (query/clitic.h) asks for
 * nothing beside a word that does. */

#define QUERY_BYTES_MAX 65536u
#define QUERY_DEPTH_MAX 64u
#define QUERY_WORDS_MAX 1024u /* words and field values in one query */
#define QUERY_NEAR_MAX  1000u
#define QUERY_FUZZY_MAX 2u

enum query_level {
    QUERY_CLASS, /* word: every form of its class */
    QUERY_FOLD,  /* ~word: forms of the class with the same fold */
    QUERY_EXACT, /* =word: this form of the class */
};

enum query_match {
    QUERY_WHOLE,   /* as the level says */
    QUERY_PATTERN, /* `pattern` with * (any run) and ? (one code point), over folds and classes */
    QUERY_FUZZY,   /* at most `distance` edits from `pattern`, over folds and classes */
};

/* In a tree a zero byte follows the bytes. */
struct query_string {
    const char *bytes;
    size_t size;
};

struct query_word {
    enum query_level level;
    enum query_match match;
    uint32_t position; /* relative to the node's first word */
    uint32_t distance;
    size_t offset; /* byte of the query where it begins */
    struct query_string class_key;
    struct query_string other_class; /* of ~word: see analyser_other_class(); size 0: none */
    struct query_string fold;
    struct query_string form;
    struct query_string pattern;
};

enum query_node_kind {
    QUERY_AND,    /* children; some may be QUERY_NOT or QUERY_APART, not all */
    QUERY_OR,     /* children, none a QUERY_NOT or QUERY_APART */
    QUERY_NOT,    /* one child; only directly below QUERY_AND */
    QUERY_APART,  /* one child, a clitic printed apart: asks for nothing; only below QUERY_AND */
    QUERY_WORDS,  /* words: one, or several at their positions (or near each other) */
    QUERY_ENTITY, /* text: a name, of the type `entity` */
    QUERY_EVENT_DATE, /* a date entity within day_from..day_to, or text "--mm-dd" */
    QUERY_DATE,       /* article's day within day_from..day_to */
    QUERY_SOURCE,     /* text: name of the source, may hold * */
    QUERY_ID,         /* text: article id */
};

struct query_node {
    enum query_node_kind kind;
    bool title;  /* QUERY_WORDS: in the title only */
    bool near;   /* QUERY_WORDS: any order, within word_count + slop positions */
    char entity; /* 'P' person, 'O' organisation, 'L' place: as entity_type_letter() */
    uint32_t slop;
    size_t offset; /* byte of the query where it begins */
    const struct query_node **children;
    size_t child_count;
    const struct query_word *words; /* positions ascend, may repeat */
    size_t word_count;
    struct query_string text;
    uint32_t day_from; /* yyyymmdd, inclusive; mm and dd may be 0 or 99: only for comparing */
    uint32_t day_to;
};

/* Parses a query. STATUS_USAGE and STATUS_LIMIT set `*error_offset` to the byte of the query where
 * the error stands (else -1). `arena` holds at most a few hundred bytes a word; an arena of
 * QUERY_ARENA_MAX never fills. */
#define QUERY_ARENA_MAX ((size_t)4 << 20)
enum status query_parse(struct arena *arena, const struct analyser *analyser,
                        struct query_string query, const struct query_node **root,
                        int64_t *error_offset, struct error *error) MUST_CHECK;

/* Appends the tree in a fixed notation for tests and explanations: (and a ~b ="c" (not d)). */
enum status query_print(const struct query_node *node, struct buffer *out,
                        struct error *error) MUST_CHECK;

/* Parses the value of date: (2022, 2022-08, 2022-08-10, a..b, <a, <=a, >a, >=a; Arabic digits
 * too). STATUS_USAGE says what is wrong with it. */
enum status query_date_range(const char *text, size_t size, uint32_t *day_from, uint32_t *day_to,
                             struct error *error) MUST_CHECK;

#endif
