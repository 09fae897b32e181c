#include "query/parser.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_SIZE = 400 };

enum status parser_fail(struct parser *parser, size_t offset, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    *parser->error_offset = (int64_t)offset;
    return error_set(parser->error, STATUS_USAGE, "%s", message);
}

enum status parser_limit(struct parser *parser, size_t offset, const char *what, unsigned maximum)
{
    *parser->error_offset = (int64_t)offset;
    return error_set(parser->error, STATUS_LIMIT, "query is too large: at most %u %s", maximum,
                     what);
}

enum status parser_node(struct parser *parser, enum query_node_kind kind, size_t offset,
                        struct query_node **out)
{
    *out = arena_alloc(parser->arena, sizeof **out);
    if (*out == NULL) {
        return error_no_memory(parser->error, sizeof **out);
    }
    (*out)->kind = kind;
    (*out)->offset = offset;
    return STATUS_OK;
}

enum status parser_string(struct parser *parser, const char *bytes, size_t size,
                          struct query_string *out)
{
    out->bytes = arena_copy(parser->arena, bytes, size);
    out->size = size;
    return out->bytes == NULL ? error_no_memory(parser->error, size) : STATUS_OK;
}

enum status parser_count_word(struct parser *parser, size_t offset)
{
    if (parser->word_count == QUERY_WORDS_MAX) {
        return parser_limit(parser, offset, "words", QUERY_WORDS_MAX);
    }
    parser->word_count++;
    return STATUS_OK;
}

enum status parser_quoted(struct parser *parser, size_t *from, size_t *to)
{
    return lexer_quoted(&parser->lexer, from, to)
               ? STATUS_OK
               : parser_fail(parser, parser->lexer.at, "this quotation mark is not closed");
}
