#include "query/lexer.h"

#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"

enum mark lexer_mark_at(const struct lexer *lexer, size_t at, size_t *size)
{
    uint32_t code = 0;
    *size = utf8_decode(lexer->text + at, lexer->size - at, &code);
    if (code <= ' ' || code == 0x7F || code == 0xA0 || (code >= 0x2000 && code <= 0x200B) ||
        code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202F) ||
        (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF || code == 0x3000 || code == 0x060C ||
        code == 0x061B || code == 0x061F) {
        return MARK_SPACE;
    }
    if (code == '"') {
        return MARK_QUOTE;
    }
    if (code >= 0x201C && code <= 0x201F) {
        return MARK_CURLY;
    }
    if (code == 0xAB || code == 0xBB) {
        return MARK_GUILLEMET;
    }
    return code == '(' || code == ')' || code == '|' ? MARK_SYNTAX : MARK_NONE;
}

void lexer_skip_space(struct lexer *lexer)
{
    size_t size = 0;
    while (lexer->at < lexer->size && lexer_mark_at(lexer, lexer->at, &size) == MARK_SPACE) {
        lexer->at += size;
    }
}

size_t lexer_run_end(const struct lexer *lexer, size_t at)
{
    size_t size = 0;
    while (at < lexer->size && lexer_mark_at(lexer, at, &size) == MARK_NONE) {
        at += size;
    }
    return at;
}

bool lexer_is_byte(const struct lexer *lexer, size_t at, char byte)
{
    return at < lexer->size && lexer->text[at] == byte;
}

bool lexer_at_byte(const struct lexer *lexer, char byte)
{
    return lexer_is_byte(lexer, lexer->at, byte);
}

bool lexer_is_quote(const struct lexer *lexer, size_t at)
{
    size_t size = 0;
    enum mark mark = at < lexer->size ? lexer_mark_at(lexer, at, &size) : MARK_NONE;
    return mark == MARK_QUOTE || mark == MARK_CURLY || mark == MARK_GUILLEMET;
}

bool lexer_at_quote(const struct lexer *lexer)
{
    return lexer_is_quote(lexer, lexer->at);
}

bool lexer_at_operator(const struct lexer *lexer, const char *name)
{
    size_t size = strlen(name);
    return bytes_equal(lexer->text + lexer->at, lexer_run_end(lexer, lexer->at) - lexer->at, name,
                       size);
}

bool lexer_at_minus(const struct lexer *lexer)
{
    size_t size = 0;
    size_t next = lexer->at + 1;
    if (!lexer_at_byte(lexer, '-') || next >= lexer->size) {
        return false;
    }
    enum mark mark = lexer_mark_at(lexer, next, &size);
    return mark != MARK_SPACE && lexer->text[next] != ')' && lexer->text[next] != '|' &&
           lexer->text[next] != '-';
}

bool lexer_quoted(struct lexer *lexer, size_t *from, size_t *to)
{
    size_t size = 0;
    enum mark mark = lexer_mark_at(lexer, lexer->at, &size);
    *from = lexer->at + size;
    for (size_t at = *from; at < lexer->size; at += size) {
        if (lexer_mark_at(lexer, at, &size) == mark) {
            *to = at;
            lexer->at = at + size;
            return true;
        }
    }
    return false;
}
