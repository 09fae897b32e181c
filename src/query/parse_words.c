#include "query/parse_words.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "query/clitic.h"
#include "query/lexer.h"
#include "text/analyser.h"
#include "text/token.h"

/* ---- Words ---- */

/* Words of one node while its tokens are read. */
struct words {
    struct query_word *words;
    size_t count;
    size_t capacity;
    uint32_t next; /* position of the next token */
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
 * says; a token with nothing to index takes no position. */
static enum status parts_add(struct parser *parser, struct words *list,
                             const struct analysis *parts, size_t part_count,
                             struct query_word word)
{
    bool first = true;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].class_size == 0) {
            continue;
        }
        list->next += first || parts[i].advance > 0 ? 1 : 0;
        first = false;
        word.position = list->next - 1;
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
    enum status status = STATUS_OK;
    while (status == STATUS_OK &&
           token_scan(parser->lexer.text + from, to - from, &offset, &token, 1) == 1) {
        size_t start = from + token.start;
        size_t count = analyser_word(parser->analyser, parser->lexer.text + start,
                                     token.end - token.start, token.kind, parts);
        struct query_word word = {.level = level, .offset = start};
        status = parts_add(parser, list, parts, count, word);
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

/* Adds a pattern: folds the pieces between the wildcards. */
static enum status pattern_read(struct parser *parser, size_t from, size_t to,
                                enum query_level level, struct words *list)
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
    struct query_word word = {
        .level = level, .match = QUERY_PATTERN, .offset = from, .position = list->next++};
    enum status status = parser_string(parser, pattern, used, &word.pattern);
    return status == STATUS_OK ? words_add(parser, list, &word) : status;
}

/* An address holds wildcards as letters; a run of punctuation is no pattern, but for '*' alone. */
static enum status is_pattern(struct parser *parser, size_t from, size_t to, bool *pattern)
{
    struct words list = {0};
    *pattern = false;
    if (!has_wildcard(parser, from, to) ||
        memchr(parser->lexer.text + from, '/', to - from) != NULL) {
        return STATUS_OK;
    }
    uint32_t counted = parser->word_count;
    enum status status = words_read(parser, from, to, QUERY_CLASS, &list);
    parser->word_count = counted;
    *pattern = list.count > 0 || to - from == 1;
    return status;
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
    struct words list = {0};
    size_t from = lexer->at;
    size_t to = lexer_run_end(lexer, from);
    size_t mark = fuzzy_mark(parser, from, to);
    lexer->at = to;
    if (mark < to) {
        return fuzzy_node(parser, from, mark, to, level, out);
    }
    bool pattern = false;
    enum status status = is_pattern(parser, from, to, &pattern);
    if (status == STATUS_OK) {
        status = pattern ? pattern_read(parser, from, to, level, &list)
                         : words_read(parser, from, to, level, &list);
    }
    return status == STATUS_OK ? words_node(parser, &list, from, out) : status;
}

/* ---- Quotations ---- */

/* A pattern, or '*' alone: any one word. */
static enum status quoted_pattern(struct parser *parser, size_t from, size_t to,
                                  enum query_level level, struct words *list)
{
    if (to - from == 1) {
        list->next++;
        return STATUS_OK;
    }
    return pattern_read(parser, from, to, level, list);
}

/* Whether wildcards are all that stands beside the tokens, as in title:d* they are not. */
static bool only_wildcards_between(const struct parser *parser, size_t from, size_t to)
{
    const char *text = parser->lexer.text + from;
    struct token token = {0};
    size_t offset = 0;
    size_t done = 0;
    bool more = true;
    while (more) {
        more = token_scan(text, to - from, &offset, &token, 1) == 1;
        for (size_t end = more ? token.start : to - from; done < end; done++) {
            if (text[done] != '*' && text[done] != '?') {
                return false;
            }
        }
        done = more ? token.end : done;
    }
    return true;
}

/* Reads what stands between quotation marks: patterns, and the stretches between them. */
static enum status quoted_read(struct parser *parser, size_t from, size_t to,
                               enum query_level level, struct words *list)
{
    const struct lexer within = {.text = parser->lexer.text, .size = to};
    enum status status = STATUS_OK;
    size_t read = from;
    for (size_t at = from; status == STATUS_OK && at < to;) {
        size_t size = 0;
        bool pattern = false;
        size_t end = lexer_run_end(&within, at);
        if (end == at) {
            (void)lexer_mark_at(&within, at, &size);
            at += size;
            continue;
        }
        status = is_pattern(parser, at, end, &pattern);
        pattern = pattern && only_wildcards_between(parser, at, end);
        if (status == STATUS_OK && pattern) {
            status = words_read(parser, read, at, level, list);
            read = end;
        }
        if (status == STATUS_OK && pattern) {
            status = quoted_pattern(parser, at, end, level, list);
        }
        at = end;
    }
    return status == STATUS_OK ? words_read(parser, read, to, level, list) : status;
}

/* Whether a word is a conjunction that a text may as well join to the word behind it. */
static bool is_joint(const struct words *list, size_t at)
{
    const struct query_word *words = list->words;
    return clitic_is_and(&words[at]) && at > 0 && at + 1 < list->count &&
           words[at].position == words[at - 1].position + 1 &&
           words[at + 1].position == words[at].position + 1;
}

/* The words without conjunctions, and how many these were; of words near each other without any. */
static enum status joined_words(struct parser *parser, const struct words *list, bool near,
                                struct words *joined, uint32_t *left_out)
{
    enum status status = STATUS_OK;
    *left_out = 0;
    for (size_t i = 0; status == STATUS_OK && i < list->count; i++) {
        struct query_word word = list->words[i];
        if (near ? clitic_is_and(&word) : is_joint(list, i)) {
            *left_out += 1;
            continue;
        }
        word.position -= *left_out;
        status = words_add(parser, joined, &word);
    }
    return status;
}

/* The words as they stand, or with their conjunctions joined to what follows. */
static enum status either_node(struct parser *parser, const struct words *apart,
                               const struct words *joined, size_t offset, struct query_node **out)
{
    struct query_node *first = NULL;
    struct query_node *second = NULL;
    enum status status = words_node(parser, apart, offset, &first);
    if (status == STATUS_OK) {
        status = words_node(parser, joined, offset, &second);
    }
    if (status == STATUS_OK) {
        status = parser_node(parser, QUERY_OR, offset, out);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const struct query_node **children = arena_alloc(parser->arena, 2 * sizeof *children);
    if (children == NULL) {
        return error_no_memory(parser->error, 2 * sizeof *children);
    }
    children[0] = first;
    children[1] = second;
    (*out)->children = children;
    (*out)->child_count = 2;
    return STATUS_OK;
}

/* ~n behind a quotation; `*near` is false when there is none. */
static enum status near_read(struct parser *parser, bool *near, uint32_t *slop)
{
    struct lexer *lexer = &parser->lexer;
    *near = lexer_at_byte(lexer, '~');
    if (!*near) {
        return STATUS_OK;
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
    return number_read(parser, number, end, QUERY_NEAR_MAX, slop);
}

static enum status quoted_node(struct parser *parser, enum query_level level,
                               struct query_node **out)
{
    size_t offset = parser->lexer.at;
    size_t from = 0;
    size_t to = 0;
    bool near = false;
    uint32_t slop = 0;
    uint32_t left_out = 0;
    struct words list = {0};
    struct words joined = {0};
    enum status status = parser_quoted(parser, &from, &to);
    if (status == STATUS_OK) {
        status = quoted_read(parser, from, to, level, &list);
    }
    if (status == STATUS_OK) {
        status = near_read(parser, &near, &slop);
    }
    if (status == STATUS_OK) {
        status = joined_words(parser, &list, near, &joined, &left_out);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (left_out > 0 && !near) {
        return either_node(parser, &list, &joined, offset, out);
    }
    status = words_node(parser, joined.count > 0 ? &joined : &list, offset, out);
    if (status == STATUS_OK && near && *out != NULL && (*out)->word_count > 1) {
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
