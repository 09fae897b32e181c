#include "query/parse_words.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "query/lexer.h"
#include "text/analyser.h"
#include "text/token.h"

/* ---- Words ---- */

/* Words of one node while its tokens are read. */
struct words {
    struct query_word *words;
    size_t count;
    size_t capacity;
};

static enum status words_add(struct parser *parser, struct words *list,
                             const struct query_word *word)
{
    enum status status = parser_count_word(parser, word->offset);
    if (status != STATUS_OK) {
        return status;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
        struct query_word *words = arena_alloc(parser->arena, capacity * sizeof *words);
        if (words == NULL) {
            return error_no_memory(parser->error, capacity * sizeof *words);
        }
        if (list->count > 0) {
            memcpy(words, list->words, list->count * sizeof *words);
        }
        list->words = words;
        list->capacity = capacity;
    }
    list->words[list->count++] = *word;
    return STATUS_OK;
}

static enum status part_add(struct parser *parser, struct words *list, const struct analysis *part,
                            struct query_word word)
{
    enum status status = parser_string(parser, part->class_key, part->class_size, &word.class_key);
    char other[ANALYSIS_BYTES_MAX];
    size_t other_size =
        word.level == QUERY_FOLD ? analyser_other_class(parser->analyser, part, other) : 0;
    if (status == STATUS_OK && other_size > 0) {
        status = parser_string(parser, other, other_size, &word.other_class);
    }
    if (status == STATUS_OK) {
        status = parser_string(parser, part->fold, part->fold_size, &word.fold);
    }
    if (status == STATUS_OK) {
        status = parser_string(parser, part->form, part->form_size, &word.form);
    }
    return status == STATUS_OK ? words_add(parser, list, &word) : status;
}

/* The first indexed part of a token stands at the next position, the others as their `advance`
 * says; a token with nothing to index takes no position. `*next` counts those taken. */
static enum status parts_add(struct parser *parser, struct words *list,
                             const struct analysis *parts, size_t part_count,
                             struct query_word word, uint32_t *next)
{
    bool first = true;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].class_size == 0) {
            continue;
        }
        *next += first || parts[i].advance > 0 ? 1 : 0;
        first = false;
        word.position = *next - 1;
        enum status status = part_add(parser, list, &parts[i], word);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Analyses [from, to) as an article's text is analysed: the same tokens, parts and positions. */
static enum status words_read(struct parser *parser, size_t from, size_t to, enum query_level level,
                              struct words *list)
{
    struct token token;
    struct analysis parts[ANALYSIS_PARTS_MAX];
    size_t offset = 0;
    uint32_t next = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK &&
           token_scan(parser->lexer.text + from, to - from, &offset, &token, 1) == 1) {
        size_t start = from + token.start;
        size_t count = analyser_word(parser->analyser, parser->lexer.text + start,
                                     token.end - token.start, token.kind, parts);
        struct query_word word = {.level = level, .offset = start};
        status = parts_add(parser, list, parts, count, word, &next);
    }
    return status;
}

/* A node of words, or NULL in `*out` when there are none. */
static enum status words_node(struct parser *parser, const struct words *list, size_t offset,
                              struct query_node **out)
{
    *out = NULL;
    if (list->count == 0) {
        return STATUS_OK;
    }
    enum status status = parser_node(parser, QUERY_WORDS, offset, out);
    if (status != STATUS_OK) {
        return status;
    }
    assert(*out != NULL);
    uint32_t first = list->words[0].position;
    for (size_t i = 0; i < list->count; i++) {
        list->words[i].position -= first;
    }
    (*out)->words = list->words;
    (*out)->word_count = list->count;
    (*out)->title = parser->title;
    return STATUS_OK;
}

/* ---- Patterns ---- */

/* * and ? are wildcards, but a ? that ends the run is a question mark. */
static bool wildcard_at(const struct parser *parser, size_t at, size_t end)
{
    return parser->lexer.text[at] == '*' || (parser->lexer.text[at] == '?' && at + 1 < end);
}

static bool has_wildcard(const struct parser *parser, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++) {
        if (wildcard_at(parser, at, to)) {
            return true;
        }
    }
    return false;
}

/* Folds the pieces between the wildcards. */
static enum status pattern_node(struct parser *parser, size_t from, size_t to,
                                enum query_level level, struct query_node **out)
{
    char pattern[2 * ANALYSIS_BYTES_MAX];
    size_t used = 0;
    size_t literal = 0;
    if (level == QUERY_EXACT) {
        return parser_fail(parser, from,
                           "a pattern has no printed form: leave out the '=' before it");
    }
    if (to - from > ANALYSIS_BYTES_MAX) {
        return parser_fail(parser, from, "pattern is too long: at most %d bytes",
                           ANALYSIS_BYTES_MAX);
    }
    for (size_t at = from; at < to;) {
        size_t end = at;
        while (end < to && !wildcard_at(parser, end, to)) {
            end++;
        }
        size_t added = end == at ? 0
                                 : analyser_fold(parser->lexer.text + at, end - at, pattern + used,
                                                 sizeof pattern - used - 1);
        used += added;
        literal += added;
        if (end < to) {
            pattern[used++] = parser->lexer.text[end++];
        }
        if (used + 1 >= sizeof pattern) {
            return parser_fail(parser, from, "pattern is too long: at most %d bytes",
                               ANALYSIS_BYTES_MAX);
        }
        at = end;
    }
    if (literal == 0) {
        return parser_fail(parser, from, "a pattern needs a letter beside its '*', as in مغر*");
    }
    struct words list = {0};
    struct query_word word = {.level = level, .match = QUERY_PATTERN, .offset = from};
    enum status status = parser_string(parser, pattern, used, &word.pattern);
    if (status == STATUS_OK) {
        status = words_add(parser, &list, &word);
    }
    return status == STATUS_OK ? words_node(parser, &list, from, out) : status;
}

/* word~, word~1, word~2: where the ~ stands, or `to` when the run is not of that shape. */
static size_t fuzzy_mark(const struct parser *parser, size_t from, size_t to)
{
    const struct lexer *lexer = &parser->lexer;
    size_t at = to;
    while (at > from && lexer->text[at - 1] >= '0' && lexer->text[at - 1] <= '9') {
        at--;
    }
    return at > from + 1 && lexer->text[at - 1] == '~' ? at - 1 : to;
}

static enum status number_read(struct parser *parser, size_t from, size_t to, uint32_t maximum,
                               uint32_t *number)
{
    uint64_t value = 0;
    for (size_t at = from; at < to && value <= maximum; at++) {
        value = value * 10 + (uint64_t)(parser->lexer.text[at] - '0');
    }
    if (value > maximum) {
        return parser_fail(parser, from, "the number after '~' is at most %u", maximum);
    }
    *number = (uint32_t)value;
    return STATUS_OK;
}

static enum status fuzzy_node(struct parser *parser, size_t from, size_t mark, size_t to,
                              enum query_level level, struct query_node **out)
{
    struct words list = {0};
    uint32_t distance = 1;
    enum status status = STATUS_OK;
    if (mark + 1 < to) {
        status = number_read(parser, mark + 1, to, QUERY_FUZZY_MAX, &distance);
    }
    if (status == STATUS_OK) {
        status = words_read(parser, from, mark, level, &list);
    }
    if (status == STATUS_OK && (level == QUERY_EXACT || list.count > 1)) {
        return parser_fail(parser, from, "'~' and a number behind it goes with one plain word");
    }
    if (status != STATUS_OK || list.count == 0) {
        return status;
    }
    if (distance > 0) {
        list.words[0].match = QUERY_FUZZY;
        list.words[0].pattern = list.words[0].fold;
        list.words[0].distance = distance;
    }
    return words_node(parser, &list, from, out);
}

static enum status word_node(struct parser *parser, enum query_level level, struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    size_t from = lexer->at;
    size_t to = lexer_run_end(lexer, from);
    size_t mark = fuzzy_mark(parser, from, to);
    lexer->at = to;
    if (mark < to) {
        return fuzzy_node(parser, from, mark, to, level, out);
    }
    if (has_wildcard(parser, from, to) && memchr(lexer->text + from, '/', to - from) == NULL) {
        struct words list = {0};
        enum status status = words_read(parser, from, to, level, &list);
        if (status == STATUS_OK && (list.count > 0 || to - from == 1)) {
            return pattern_node(parser, from, to, level, out);
        }
        return status;
    }
    struct words list = {0};
    enum status status = words_read(parser, from, to, level, &list);
    return status == STATUS_OK ? words_node(parser, &list, from, out) : status;
}

/* ---- Quotations ---- */

static enum status quoted_node(struct parser *parser, enum query_level level,
                               struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    size_t offset = lexer->at;
    size_t from = 0;
    size_t to = 0;
    struct words list = {0};
    enum status status = parser_quoted(parser, &from, &to);
    if (status == STATUS_OK) {
        status = words_read(parser, from, to, level, &list);
    }
    if (status == STATUS_OK) {
        status = words_node(parser, &list, offset, out);
    }
    if (status != STATUS_OK || !lexer_at_byte(lexer, '~')) {
        return status;
    }
    size_t number = lexer->at + 1;
    size_t end = number;
    while (end < lexer->size && lexer->text[end] >= '0' && lexer->text[end] <= '9') {
        end++;
    }
    if (end == number) {
        return parser_fail(parser, lexer->at,
                           "'~' behind a quotation needs a number of words, as in \"...\"~5");
    }
    lexer->at = end;
    uint32_t slop = 0;
    status = number_read(parser, number, end, QUERY_NEAR_MAX, &slop);
    if (status == STATUS_OK && *out != NULL && (*out)->word_count > 1) {
        (*out)->near = true;
        (*out)->slop = slop;
    }
    return status;
}

enum status parse_words(struct parser *parser, const struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    enum query_level level = QUERY_CLASS;
    size_t offset = lexer->at;
    if (lexer_is_byte(lexer, offset, '~') || lexer_is_byte(lexer, offset, '=')) {
        level = lexer->text[offset] == '~' ? QUERY_FOLD : QUERY_EXACT;
        lexer->at++;
        if (!lexer_at_quote(lexer) && lexer_run_end(lexer, lexer->at) == lexer->at) {
            return parser_fail(parser, offset, "'%c' needs a word or a quotation right behind it",
                               lexer->text[offset]);
        }
    }
    struct query_node *node = NULL;
    enum status status =
        lexer_at_quote(lexer) ? quoted_node(parser, level, &node) : word_node(parser, level, &node);
    *out = node;
    return status;
}
