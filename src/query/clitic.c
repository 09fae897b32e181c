#include "query/clitic.h"

#include <string.h>

#include "base/bytes.h"

static bool is(const char *bytes, size_t size, const char *text)
{
    return bytes_equal(bytes, size, text, strlen(text));
}

static bool begins(const struct query_string *text, const char *letter)
{
    return text->size >= strlen(letter) && is(text->bytes, strlen(letter), letter);
}

bool clitic_is_and(const struct query_word *word)
{
    return word->level == QUERY_CLASS && word->match == QUERY_WHOLE &&
           is(word->fold.bytes, word->fold.size, "و");
}

/* A conjunction, a preposition, the article: each or none, in this order. */
static bool all_clitics(const struct query_string *fold)
{
    static const char *const rests[] = {"", "ب", "ك", "ل", "ال", "بال", "كال", "لل"};
    size_t taken = begins(fold, "و") || begins(fold, "ف") ? strlen("و") : 0;
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        if (is(fold->bytes + taken, fold->size - taken, rests[i])) {
            return fold->size > 0;
        }
    }
    return false;
}

bool clitic_stands_apart(const struct lexer *lexer, size_t begin, const struct query_node *node)
{
    static const char tatweel[] = "ـ";
    size_t size = strlen(tatweel);
    if (node->kind != QUERY_WORDS || node->word_count != 1 || node->words[0].offset != begin) {
        return false;
    }
    const struct query_word *word = &node->words[0];
    if (clitic_is_and(word)) {
        return true;
    }
    bool tied = lexer_at_quote(lexer) ||
                (lexer->at - begin > size && is(lexer->text + lexer->at - size, size, tatweel));
    return tied && word->level == QUERY_CLASS && word->match == QUERY_WHOLE &&
           all_clitics(&word->fold);
}
