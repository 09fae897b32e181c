#include "query/parse.h"

#include <string.h>

#include "base/utf8.h"
#include "query/clitic.h"
#include "query/lexer.h"
#include "query/parse_fields.h"
#include "query/parse_words.h"
#include "query/parser.h"

/* ---- Lists of nodes ---- */

/* Children while a list is being read. */
struct item {
    struct item *next;
    const struct query_node *node;
    bool apart; /* a clitic that stands apart */
};
struct items {
    struct item *first;
    struct item **last;
    size_t count;
    size_t excluded; /* QUERY_NOT */
    size_t apart;
};

static void items_init(struct items *items)
{
    *items = (struct items){.last = &items->first};
}

static enum status items_add(struct parser *parser, struct items *items,
                             const struct query_node *node, bool apart)
{
    struct item *item = arena_alloc(parser->arena, sizeof *item);
    if (item == NULL) {
        return error_no_memory(parser->error, sizeof *item);
    }
    item->node = node;
    item->apart = apart;
    items->excluded += node->kind == QUERY_NOT ? 1 : 0;
    items->apart += apart ? 1 : 0;
    *items->last = item;
    items->last = &item->next;
    items->count++;
    return STATUS_OK;
}

static enum status children_new(struct parser *parser, struct query_node *node, size_t count)
{
    size_t size = count * sizeof(const struct query_node *);
    node->children = arena_alloc(parser->arena, size);
    return node->children == NULL ? error_no_memory(parser->error, size) : STATUS_OK;
}

/* A node over one child. */
static enum status node_over(struct parser *parser, enum query_node_kind kind, size_t offset,
                             const struct query_node *child, const struct query_node **out)
{
    struct query_node *node = NULL;
    enum status status = parser_node(parser, kind, offset, &node);
    if (status == STATUS_OK) {
        status = children_new(parser, node, 1);
    }
    if (status != STATUS_OK) {
        return status;
    }
    node->children[0] = child;
    node->child_count = 1;
    *out = node;
    return STATUS_OK;
}

/* A node over the items; one item stands for itself, none gives NULL. */
static enum status items_node(struct parser *parser, const struct items *items,
                              enum query_node_kind kind, size_t offset,
                              const struct query_node **out)
{
    *out = NULL;
    if (items->count <= 1) {
        *out = items->first == NULL ? NULL : items->first->node;
        return STATUS_OK;
    }
    struct query_node *node = NULL;
    enum status status = parser_node(parser, kind, offset, &node);
    if (status == STATUS_OK) {
        status = children_new(parser, node, items->count);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (const struct item *item = items->first; item != NULL; item = item->next) {
        node->children[node->child_count++] = item->node;
    }
    *out = node;
    return STATUS_OK;
}

/* ---- Grammar ---- */

static enum status parse_or(struct parser *parser, const struct query_node **out);

static enum status parse_group(struct parser *parser, const struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    size_t open = lexer->at++;
    lexer_skip_space(lexer);
    if (lexer_at_byte(lexer, ')')) {
        return parser_fail(parser, open, "there is nothing between these parentheses");
    }
    enum status status = parse_or(parser, out);
    if (status != STATUS_OK) {
        return status;
    }
    if (!lexer_at_byte(lexer, ')')) {
        return parser_fail(parser, open, "this parenthesis is not closed");
    }
    lexer->at++;
    return STATUS_OK;
}

static enum status parse_title(struct parser *parser, const struct query_node **out)
{
    const struct lexer *lexer = &parser->lexer;
    if (parser->title) {
        return parser_fail(parser, lexer->at, "title: stands inside of title:");
    }
    enum field field = FIELD_COUNT;
    size_t name_size = 0;
    enum status status = parse_field(parser, &field, &name_size);
    if (status == STATUS_OK && name_size > 0) {
        status = parser_fail(parser, lexer->at, "only words may follow title:");
    }
    if (status != STATUS_OK) {
        return status;
    }
    parser->title = true;
    if (lexer_at_byte(lexer, '(')) {
        status = parse_group(parser, out);
    } else if (lexer_at_quote(lexer) || lexer_run_end(lexer, lexer->at) > lexer->at) {
        status = parse_words(parser, out);
    } else {
        status = parser_fail(parser, lexer->at,
                             "nothing follows 'title:'; write title:WORD without a space");
    }
    parser->title = false;
    return status;
}

static enum status parse_primary(struct parser *parser, const struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    if (lexer_at_byte(lexer, '(')) {
        return parse_group(parser, out);
    }
    enum field field = FIELD_COUNT;
    size_t name_size = 0;
    enum status status = parse_field(parser, &field, &name_size);
    if (status != STATUS_OK || name_size == 0) {
        return status == STATUS_OK ? parse_words(parser, out) : status;
    }
    if (parser->title && field != FIELD_TITLE) {
        return parser_fail(parser, lexer->at, "only words may stand inside of title:( )");
    }
    lexer->at += name_size;
    if (field == FIELD_TITLE) {
        return parse_title(parser, out);
    }
    struct query_node *node = NULL;
    status = parse_field_value(parser, field, &node);
    *out = node;
    return status;
}

/* Whether there is nothing that an operator could stand before. */
static bool operand_missing(const struct parser *parser)
{
    const struct lexer *lexer = &parser->lexer;
    return lexer->at >= lexer->size || lexer_at_byte(lexer, ')') || lexer_at_byte(lexer, '|') ||
           lexer_at_operator(lexer, "OR") || lexer_at_operator(lexer, "AND");
}

static enum status parse_unary(struct parser *parser, const struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    size_t offset = lexer->at;
    bool minus = lexer_at_minus(lexer);
    *out = NULL;
    if (!minus && !lexer_at_operator(lexer, "NOT")) {
        return parse_primary(parser, out);
    }
    lexer->at += minus ? 1 : strlen("NOT");
    lexer_skip_space(lexer);
    if (operand_missing(parser)) {
        return parser_fail(parser, offset, "a word is missing after 'NOT'");
    }
    if (++parser->depth > QUERY_DEPTH_MAX) {
        return parser_limit(parser, offset, "levels", QUERY_DEPTH_MAX);
    }
    const struct query_node *child = NULL;
    enum status status = parse_unary(parser, &child);
    parser->depth--;
    if (status != STATUS_OK || child == NULL) {
        return status;
    }
    if (child->kind == QUERY_NOT) {
        *out = child->children[0];
        return STATUS_OK;
    }
    return node_over(parser, QUERY_NOT, offset, child, out);
}

static enum status only_excludes(struct parser *parser, size_t offset)
{
    return parser_fail(parser, offset,
                       "this part only excludes; say also what to find, as in: word NOT other");
}

/* Where an operand must begin: its absence is an error that names the operator before. */
static enum status operand(struct parser *parser, const char *before, size_t offset)
{
    lexer_skip_space(&parser->lexer);
    if (!operand_missing(parser)) {
        return STATUS_OK;
    }
    if (before != NULL) {
        return parser_fail(parser, offset, "a word is missing after '%s'", before);
    }
    return parser_fail(parser, parser->lexer.at, "a word is missing before this");
}

static enum status parse_item(struct parser *parser, struct items *items)
{
    const struct query_node *node = NULL;
    size_t begin = parser->lexer.at;
    enum status status = parse_unary(parser, &node);
    return status != STATUS_OK || node == NULL
               ? status
               : items_add(parser, items, node, clitic_stands_apart(&parser->lexer, begin, node));
}

/* Clitics that stand apart ask for nothing, but where nothing else says what to find. */
static enum status items_set_apart(struct parser *parser, struct items *items)
{
    enum status status = STATUS_OK;
    if (items->excluded + items->apart == items->count) {
        return STATUS_OK;
    }
    for (struct item *item = items->first; status == STATUS_OK && item != NULL; item = item->next) {
        if (item->apart) {
            status = node_over(parser, QUERY_APART, item->node->offset, item->node, &item->node);
        }
    }
    return status;
}

static enum status parse_and(struct parser *parser, const struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    struct items items;
    items_init(&items);
    size_t begin = lexer->at;
    enum status status = operand(parser, NULL, begin);
    while (status == STATUS_OK) {
        status = parse_item(parser, &items);
        lexer_skip_space(lexer);
        if (status != STATUS_OK || lexer->at >= lexer->size || lexer_at_byte(lexer, ')') ||
            lexer_at_byte(lexer, '|') || lexer_at_operator(lexer, "OR")) {
            break;
        }
        if (lexer_at_operator(lexer, "AND")) {
            size_t offset = lexer->at;
            lexer->at += strlen("AND");
            status = operand(parser, "AND", offset);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (items.count > 0 && items.excluded == items.count) {
        return only_excludes(parser, items.first->node->offset);
    }
    status = items_set_apart(parser, &items);
    return status == STATUS_OK ? items_node(parser, &items, QUERY_AND, begin, out) : status;
}

static enum status parse_or(struct parser *parser, const struct query_node **out)
{
    struct lexer *lexer = &parser->lexer;
    struct items items;
    items_init(&items);
    size_t begin = lexer->at;
    if (++parser->depth > QUERY_DEPTH_MAX) {
        return parser_limit(parser, begin, "levels", QUERY_DEPTH_MAX);
    }
    for (;;) {
        const struct query_node *node = NULL;
        enum status status = parse_and(parser, &node);
        if (status == STATUS_OK && node != NULL) {
            status = items_add(parser, &items, node, false);
        }
        if (status != STATUS_OK) {
            return status;
        }
        bool bar = lexer_at_byte(lexer, '|');
        if (!bar && !lexer_at_operator(lexer, "OR")) {
            break;
        }
        size_t offset = lexer->at;
        lexer->at += bar ? 1 : strlen("OR");
        status = operand(parser, bar ? "|" : "OR", offset);
        if (status != STATUS_OK) {
            return status;
        }
    }
    parser->depth--;
    return items_node(parser, &items, QUERY_OR, begin, out);
}

enum status query_parse(struct arena *arena, const struct analyser *analyser,
                        struct query_string query, const struct query_node **root,
                        int64_t *error_offset, struct error *error)
{
    size_t size = query.size;
    struct parser parser = {.arena = arena,
                            .analyser = analyser,
                            .lexer = {.text = query.bytes, .size = size},
                            .error_offset = error_offset,
                            .error = error};
    *root = NULL;
    *error_offset = -1;
    if (size > QUERY_BYTES_MAX) {
        return parser_limit(&parser, QUERY_BYTES_MAX, "bytes", QUERY_BYTES_MAX);
    }
    size_t valid = utf8_valid_prefix(query.bytes, size);
    if (valid < size) {
        return parser_fail(&parser, valid, "query is not UTF-8 from here on");
    }
    lexer_skip_space(&parser.lexer);
    if (parser.lexer.at == size) {
        return parser_fail(&parser, 0, "query is empty");
    }
    enum status status = parse_or(&parser, root);
    if (status != STATUS_OK) {
        return status;
    }
    if (parser.lexer.at < size) {
        return parser_fail(&parser, parser.lexer.at, "there is no '(' for this ')'");
    }
    if (*root == NULL) {
        return parser_fail(&parser, 0, "query holds no word to search for");
    }
    return STATUS_OK;
}
