#ifndef QUERY_LEXER_H
#define QUERY_LEXER_H

#include <stdbool.h>
#include <stddef.h>

/* The characters of a query as the grammar sees them: blanks, quotation marks, operators, and runs
 * of everything else. What a run is (a word, a field, a pattern) is the parser's business. Offsets
 * are bytes; behind the text nothing is read. One thread at a time. */

struct lexer {
    const char *text; /* UTF-8, borrowed */
    size_t size;
    size_t at; /* the place: what is before has been read */
};

enum mark { MARK_NONE, MARK_SPACE, MARK_QUOTE, MARK_CURLY, MARK_GUILLEMET, MARK_SYNTAX };

/* What the code point at `at` is to the grammar, and its size. Controls of text direction come with
 * text copied from elsewhere and mean nothing here; Arabic commas and question marks end a word. */
enum mark lexer_mark_at(const struct lexer *lexer, size_t at, size_t *size);

void lexer_skip_space(struct lexer *lexer);

/* Where the run of code points without a mark that begins at `at` ends. */
size_t lexer_run_end(const struct lexer *lexer, size_t at);

/* Whether this byte stands there; lexer_at_...: at the place. */
bool lexer_is_byte(const struct lexer *lexer, size_t at, char byte);
bool lexer_at_byte(const struct lexer *lexer, char byte);

/* Whether a quotation mark of any kind does. */
bool lexer_is_quote(const struct lexer *lexer, size_t at);
bool lexer_at_quote(const struct lexer *lexer);

/* Whether the run at the place is exactly this operator. */
bool lexer_at_operator(const struct lexer *lexer, const char *name);

/* The '-' of exclusion stands right before what it excludes. */
bool lexer_at_minus(const struct lexer *lexer);

/* From an opening mark: the text between is [*from, *to); the place is then behind the closing.
 * False when there is none, and the place stays. */
bool lexer_quoted(struct lexer *lexer, size_t *from, size_t *to);

#endif
