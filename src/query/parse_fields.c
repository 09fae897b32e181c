#include "query/parse_fields.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "query/lexer.h"

enum { FIELD_SIZE_MAX = 12 };

static const char *const field_names[] = {
    [FIELD_TITLE] = "title",
    [FIELD_SOURCE] = "source",
    [FIELD_ID] = "id",
    [FIELD_DATE] = "date",
    [FIELD_EVENT_DATE] = "event-date",
    [FIELD_PERSON] = "person",
    [FIELD_PLACE] = "place",
    [FIELD_ORG] = "org",
};
static_assert(sizeof field_names / sizeof field_names[0] == FIELD_COUNT, "a name for each field");

static bool field_named(const char *name, size_t size, enum field *field)
{
    char lower[FIELD_SIZE_MAX];
    if (size >= sizeof lower) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    }
    for (enum field i = FIELD_TITLE; i < FIELD_COUNT; i++) {
        if (bytes_equal(lower, size, field_names[i], strlen(field_names[i]))) {
            *field = i;
            return true;
        }
    }
    return false;
}

enum status parse_field(struct parser *parser, enum field *field, size_t *name_size)
{
    const struct lexer *lexer = &parser->lexer;
    size_t at = lexer->at;
    while (at < lexer->size &&
           ((lexer->text[at] >= 'a' && lexer->text[at] <= 'z') ||
            (lexer->text[at] >= 'A' && lexer->text[at] <= 'Z') || lexer->text[at] == '-')) {
        at++;
    }
    size_t size = at - lexer->at;
    *name_size = 0;
    if (size == 0 || !lexer_is_byte(lexer, at, ':')) {
        return STATUS_OK;
    }
    if (field_named(lexer->text + lexer->at, size, field)) {
        *name_size = size + 1;
        return STATUS_OK;
    }
    bool alone = lexer_run_end(lexer, at + 1) == at + 1 && !lexer_is_quote(lexer, at + 1);
    if (alone || (lexer_is_byte(lexer, at + 1, '/') && lexer_is_byte(lexer, at + 2, '/'))) {
        return STATUS_OK;
    }
    return parser_fail(
        parser, lexer->at,
        "there is no field '%.*s': the fields are title: source: id: date: event-date: "
        "person: place: org: (quote the text to search for it as it stands)",
        (int)(size > 40 ? 40 : size), lexer->text + lexer->at);
}

/* A value that is not words: a quotation or a run up to white space, without outer blanks. */
static enum status value_read(struct parser *parser, const char *field, size_t *from, size_t *to)
{
    struct lexer *lexer = &parser->lexer;
    *from = lexer->at;
    if (lexer_at_quote(lexer)) {
        enum status status = parser_quoted(parser, from, to);
        if (status != STATUS_OK) {
            return status;
        }
    } else if (lexer_at_byte(lexer, '(')) {
        return parser_fail(parser, lexer->at,
                           "parentheses may follow title: only; repeat the field: %s:a OR %s:b",
                           field, field);
    } else {
        *to = lexer_run_end(lexer, lexer->at);
        lexer->at = *to;
    }
    while (*from < *to && lexer->text[*from] == ' ') {
        ++*from;
    }
    while (*to > *from && lexer->text[*to - 1] == ' ') {
        --*to;
    }
    if (*from == *to) {
        return parser_fail(parser, *from, "nothing follows '%s:'; write %s:VALUE without a space",
                           field, field);
    }
    return STATUS_OK;
}

static enum status date_value(struct parser *parser, size_t from, size_t to,
                              struct query_node *node)
{
    const char *text = parser->lexer.text + from;
    if (node->kind == QUERY_EVENT_DATE && to - from > 2 && text[0] == '-' && text[1] == '-') {
        return STATUS_OK; /* a day of any year, looked up as it stands */
    }
    enum status status =
        query_date_range(text, to - from, &node->day_from, &node->day_to, parser->error);
    if (status != STATUS_OK) {
        *parser->error_offset = (int64_t)from;
    }
    return status;
}

enum status parse_field_value(struct parser *parser, enum field field, struct query_node **out)
{
    static const enum query_node_kind kinds[] = {
        [FIELD_TITLE] = QUERY_WORDS,   [FIELD_SOURCE] = QUERY_SOURCE,
        [FIELD_ID] = QUERY_ID,         [FIELD_DATE] = QUERY_DATE,
        [FIELD_PERSON] = QUERY_ENTITY, [FIELD_EVENT_DATE] = QUERY_EVENT_DATE,
        [FIELD_PLACE] = QUERY_ENTITY,  [FIELD_ORG] = QUERY_ENTITY,
    };
    static const char letters[FIELD_COUNT] = {
        [FIELD_PERSON] = 'P', [FIELD_PLACE] = 'L', [FIELD_ORG] = 'O'};
    size_t from = 0;
    size_t to = 0;
    enum status status = value_read(parser, field_names[field], &from, &to);
    if (status == STATUS_OK) {
        status = parser_count_word(parser, from);
    }
    struct query_node *node = NULL;
    if (status == STATUS_OK) {
        status = parser_node(parser, kinds[field], from, &node);
    }
    if (status != STATUS_OK) {
        return status;
    }
    assert(node != NULL);
    status = parser_string(parser, parser->lexer.text + from, to - from, &node->text);
    if (status != STATUS_OK) {
        return status;
    }
    node->entity = letters[field];
    *out = node;
    return field == FIELD_DATE || field == FIELD_EVENT_DATE ? date_value(parser, from, to, node)
                                                            : STATUS_OK;
}
