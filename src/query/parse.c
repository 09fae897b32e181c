#include "query/parse.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "text/token.h"

enum { FIELD_SIZE_MAX = 12, MESSAGE_SIZE = 400 };

struct parser {
    struct arena *arena;
    const struct analyser *analyser;
    const char *text;
    size_t size;
    size_t at;
    uint32_t depth;
    uint32_t word_count;
    bool title; /* inside title: */
    int64_t *error_offset;
    struct error *error;
};

/* Children while a list is being read. */
struct item {
    struct item *next;
    const struct query_node *node;
};
struct items {
    struct item *first;
    struct item **last;
    size_t count;
};

/* ---- Errors ---- */

static enum status fail(struct parser *parser, size_t offset, const char *format, ...)
    PRINTF_LIKE(3, 4);

static enum status fail(struct parser *parser, size_t offset, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    *parser->error_offset = (int64_t)offset;
    return error_set(parser->error, STATUS_USAGE, "%s", message);
}

static enum status limit(struct parser *parser, size_t offset, const char *what, unsigned maximum)
{
    *parser->error_offset = (int64_t)offset;
    return error_set(parser->error, STATUS_LIMIT, "query is too large: at most %u %s", maximum,
                     what);
}

/* ---- Characters ---- */

enum mark { MARK_NONE, MARK_SPACE, MARK_QUOTE, MARK_CURLY, MARK_GUILLEMET, MARK_SYNTAX };

/* What the code point at `at` is to the grammar, and its size. Controls of text direction come with
 * text copied from elsewhere and mean nothing here; Arabic commas and question marks end a word. */
static enum mark mark_at(const struct parser *parser, size_t at, size_t *size)
{
    uint32_t code = 0;
    *size = utf8_decode(parser->text + at, parser->size - at, &code);
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

static void skip_space(struct parser *parser)
{
    size_t size = 0;
    while (parser->at < parser->size && mark_at(parser, parser->at, &size) == MARK_SPACE) {
        parser->at += size;
    }
}

static size_t run_end(const struct parser *parser, size_t at)
{
    size_t size = 0;
    while (at < parser->size && mark_at(parser, at, &size) == MARK_NONE) {
        at += size;
    }
    return at;
}

static bool byte_is(const struct parser *parser, size_t at, char byte)
{
    return at < parser->size && parser->text[at] == byte;
}

static bool quote_at(const struct parser *parser, size_t at)
{
    size_t size = 0;
    enum mark mark = at < parser->size ? mark_at(parser, at, &size) : MARK_NONE;
    return mark == MARK_QUOTE || mark == MARK_CURLY || mark == MARK_GUILLEMET;
}

/* Whether the run at the parser's place is exactly this operator. */
static bool operator_at(const struct parser *parser, const char *name)
{
    size_t size = strlen(name);
    return bytes_equal(parser->text + parser->at, run_end(parser, parser->at) - parser->at, name,
                       size);
}

/* ---- Nodes ---- */

static enum status node_new(struct parser *parser, enum query_node_kind kind, size_t offset,
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

static enum status string_copy(struct parser *parser, const char *bytes, size_t size,
                               struct query_string *out)
{
    out->bytes = arena_copy(parser->arena, bytes, size);
    out->size = size;
    return out->bytes == NULL ? error_no_memory(parser->error, size) : STATUS_OK;
}

static enum status count_word(struct parser *parser, size_t offset)
{
    if (parser->word_count == QUERY_WORDS_MAX) {
        return limit(parser, offset, "words", QUERY_WORDS_MAX);
    }
    parser->word_count++;
    return STATUS_OK;
}

static void items_init(struct items *items)
{
    *items = (struct items){.last = &items->first};
}

static enum status items_add(struct parser *parser, struct items *items,
                             const struct query_node *node)
{
    struct item *item = arena_alloc(parser->arena, sizeof *item);
    if (item == NULL) {
        return error_no_memory(parser->error, sizeof *item);
    }
    item->node = node;
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
    enum status status = node_new(parser, kind, offset, &node);
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
    enum status status = count_word(parser, word->offset);
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
    enum status status = string_copy(parser, part->class_key, part->class_size, &word.class_key);
    if (status == STATUS_OK) {
        status = string_copy(parser, part->fold, part->fold_size, &word.fold);
    }
    if (status == STATUS_OK) {
        status = string_copy(parser, part->form, part->form_size, &word.form);
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
           token_scan(parser->text + from, to - from, &offset, &token, 1) == 1) {
        size_t start = from + token.start;
        size_t count = analyser_word(parser->analyser, parser->text + start,
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
    enum status status = node_new(parser, QUERY_WORDS, offset, out);
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
    return parser->text[at] == '*' || (parser->text[at] == '?' && at + 1 < end);
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
        return fail(parser, from, "a pattern has no printed form: leave out the '=' before it");
    }
    if (to - from > ANALYSIS_BYTES_MAX) {
        return fail(parser, from, "pattern is too long: at most %d bytes", ANALYSIS_BYTES_MAX);
    }
    for (size_t at = from; at < to;) {
        size_t end = at;
        while (end < to && !wildcard_at(parser, end, to)) {
            end++;
        }
        size_t added = end == at ? 0
                                 : analyser_fold(parser->text + at, end - at, pattern + used,
                                                 sizeof pattern - used - 1);
        used += added;
        literal += added;
        if (end < to) {
            pattern[used++] = parser->text[end++];
        }
        if (used + 1 >= sizeof pattern) {
            return fail(parser, from, "pattern is too long: at most %d bytes", ANALYSIS_BYTES_MAX);
        }
        at = end;
    }
    if (literal == 0) {
        return fail(parser, from, "a pattern needs a letter beside its '*', as in مغر*");
    }
    struct words list = {0};
    struct query_word word = {.level = level, .match = QUERY_PATTERN, .offset = from};
    enum status status = string_copy(parser, pattern, used, &word.pattern);
    if (status == STATUS_OK) {
        status = words_add(parser, &list, &word);
    }
    return status == STATUS_OK ? words_node(parser, &list, from, out) : status;
}

/* word~, word~1, word~2: where the ~ stands, or `to` when the run is not of that shape. */
static size_t fuzzy_mark(const struct parser *parser, size_t from, size_t to)
{
    size_t at = to;
    while (at > from && parser->text[at - 1] >= '0' && parser->text[at - 1] <= '9') {
        at--;
    }
    return at > from + 1 && parser->text[at - 1] == '~' ? at - 1 : to;
}

static enum status number_read(struct parser *parser, size_t from, size_t to, uint32_t maximum,
                               uint32_t *number)
{
    uint64_t value = 0;
    for (size_t at = from; at < to && value <= maximum; at++) {
        value = value * 10 + (uint64_t)(parser->text[at] - '0');
    }
    if (value > maximum) {
        return fail(parser, from, "the number after '~' is at most %u", maximum);
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
        return fail(parser, from, "'~' and a number behind it goes with one plain word");
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
    size_t from = parser->at;
    size_t to = run_end(parser, from);
    size_t mark = fuzzy_mark(parser, from, to);
    parser->at = to;
    if (mark < to) {
        return fuzzy_node(parser, from, mark, to, level, out);
    }
    if (has_wildcard(parser, from, to) && memchr(parser->text + from, '/', to - from) == NULL) {
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

/* From an opening mark: the text between is [from, to); the parser stands behind the closing. */
static enum status quoted(struct parser *parser, size_t *from, size_t *to)
{
    size_t size = 0;
    size_t open = parser->at;
    enum mark mark = mark_at(parser, open, &size);
    *from = open + size;
    for (size_t at = *from; at < parser->size; at += size) {
        if (mark_at(parser, at, &size) == mark) {
            *to = at;
            parser->at = at + size;
            return STATUS_OK;
        }
    }
    return fail(parser, open, "this quotation mark is not closed");
}

static enum status quoted_node(struct parser *parser, enum query_level level,
                               struct query_node **out)
{
    size_t offset = parser->at;
    size_t from = 0;
    size_t to = 0;
    struct words list = {0};
    enum status status = quoted(parser, &from, &to);
    if (status == STATUS_OK) {
        status = words_read(parser, from, to, level, &list);
    }
    if (status == STATUS_OK) {
        status = words_node(parser, &list, offset, out);
    }
    if (status != STATUS_OK || !byte_is(parser, parser->at, '~')) {
        return status;
    }
    size_t number = parser->at + 1;
    size_t end = number;
    while (end < parser->size && parser->text[end] >= '0' && parser->text[end] <= '9') {
        end++;
    }
    if (end == number) {
        return fail(parser, parser->at,
                    "'~' behind a quotation needs a number of words, as in \"...\"~5");
    }
    parser->at = end;
    uint32_t slop = 0;
    status = number_read(parser, number, end, QUERY_NEAR_MAX, &slop);
    if (status == STATUS_OK && *out != NULL && (*out)->word_count > 1) {
        (*out)->near = true;
        (*out)->slop = slop;
    }
    return status;
}

/* ---- Fields ---- */

enum field {
    FIELD_TITLE,
    FIELD_SOURCE,
    FIELD_ID,
    FIELD_DATE,
    FIELD_EVENT_DATE,
    FIELD_PERSON,
    FIELD_PLACE,
    FIELD_ORG,
    FIELD_COUNT
};

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

/* Looks for "name:" at the parser's place. An address (http://...) and a word before a colon and a
 * space are words; any other unknown name is an error, because a misspelt field would silently
 * search for something else. */
static enum status field_find(struct parser *parser, enum field *field, size_t *name_size)
{
    size_t at = parser->at;
    while (at < parser->size &&
           ((parser->text[at] >= 'a' && parser->text[at] <= 'z') ||
            (parser->text[at] >= 'A' && parser->text[at] <= 'Z') || parser->text[at] == '-')) {
        at++;
    }
    size_t size = at - parser->at;
    *name_size = 0;
    if (size == 0 || !byte_is(parser, at, ':')) {
        return STATUS_OK;
    }
    if (field_named(parser->text + parser->at, size, field)) {
        *name_size = size + 1;
        return STATUS_OK;
    }
    bool alone = run_end(parser, at + 1) == at + 1 && !quote_at(parser, at + 1);
    if (alone || (byte_is(parser, at + 1, '/') && byte_is(parser, at + 2, '/'))) {
        return STATUS_OK;
    }
    return fail(parser, parser->at,
                "there is no field '%.*s': the fields are title: source: id: date: event-date: "
                "person: place: org: (quote the text to search for it as it stands)",
                (int)(size > 40 ? 40 : size), parser->text + parser->at);
}

/* A value that is not words: a quotation or a run up to white space, without outer blanks. */
static enum status value_read(struct parser *parser, const char *field, size_t *from, size_t *to)
{
    *from = parser->at;
    if (quote_at(parser, parser->at)) {
        enum status status = quoted(parser, from, to);
        if (status != STATUS_OK) {
            return status;
        }
    } else if (byte_is(parser, parser->at, '(')) {
        return fail(parser, parser->at,
                    "parentheses may follow title: only; repeat the field: %s:a OR %s:b", field,
                    field);
    } else {
        *to = run_end(parser, parser->at);
        parser->at = *to;
    }
    while (*from < *to && parser->text[*from] == ' ') {
        ++*from;
    }
    while (*to > *from && parser->text[*to - 1] == ' ') {
        --*to;
    }
    if (*from == *to) {
        return fail(parser, *from, "nothing follows '%s:'; write %s:VALUE without a space", field,
                    field);
    }
    return STATUS_OK;
}

static enum status date_value(struct parser *parser, size_t from, size_t to,
                              struct query_node *node)
{
    const char *text = parser->text + from;
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

static enum status value_node(struct parser *parser, enum field field, struct query_node **out)
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
        status = count_word(parser, from);
    }
    struct query_node *node = NULL;
    if (status == STATUS_OK) {
        status = node_new(parser, kinds[field], from, &node);
    }
    if (status != STATUS_OK) {
        return status;
    }
    assert(node != NULL);
    status = string_copy(parser, parser->text + from, to - from, &node->text);
    if (status != STATUS_OK) {
        return status;
    }
    node->entity = letters[field];
    *out = node;
    return field == FIELD_DATE || field == FIELD_EVENT_DATE ? date_value(parser, from, to, node)
                                                            : STATUS_OK;
}

/* ---- Grammar ---- */

static enum status parse_or(struct parser *parser, const struct query_node **out);

static enum status parse_group(struct parser *parser, const struct query_node **out)
{
    size_t open = parser->at++;
    skip_space(parser);
    if (byte_is(parser, parser->at, ')')) {
        return fail(parser, open, "there is nothing between these parentheses");
    }
    enum status status = parse_or(parser, out);
    if (status != STATUS_OK) {
        return status;
    }
    if (!byte_is(parser, parser->at, ')')) {
        return fail(parser, open, "this parenthesis is not closed");
    }
    parser->at++;
    return STATUS_OK;
}

static enum status parse_words(struct parser *parser, const struct query_node **out)
{
    enum query_level level = QUERY_CLASS;
    size_t offset = parser->at;
    if (byte_is(parser, offset, '~') || byte_is(parser, offset, '=')) {
        level = parser->text[offset] == '~' ? QUERY_FOLD : QUERY_EXACT;
        parser->at++;
        if (!quote_at(parser, parser->at) && run_end(parser, parser->at) == parser->at) {
            return fail(parser, offset, "'%c' needs a word or a quotation right behind it",
                        parser->text[offset]);
        }
    }
    struct query_node *node = NULL;
    enum status status = quote_at(parser, parser->at) ? quoted_node(parser, level, &node)
                                                      : word_node(parser, level, &node);
    *out = node;
    return status;
}

static enum status parse_title(struct parser *parser, const struct query_node **out)
{
    if (parser->title) {
        return fail(parser, parser->at, "title: stands inside of title:");
    }
    enum field field = FIELD_COUNT;
    size_t name_size = 0;
    enum status status = field_find(parser, &field, &name_size);
    if (status == STATUS_OK && name_size > 0) {
        status = fail(parser, parser->at, "only words may follow title:");
    }
    if (status != STATUS_OK) {
        return status;
    }
    parser->title = true;
    if (byte_is(parser, parser->at, '(')) {
        status = parse_group(parser, out);
    } else if (quote_at(parser, parser->at) || run_end(parser, parser->at) > parser->at) {
        status = parse_words(parser, out);
    } else {
        status =
            fail(parser, parser->at, "nothing follows 'title:'; write title:WORD without a space");
    }
    parser->title = false;
    return status;
}

static enum status parse_primary(struct parser *parser, const struct query_node **out)
{
    if (byte_is(parser, parser->at, '(')) {
        return parse_group(parser, out);
    }
    enum field field = FIELD_COUNT;
    size_t name_size = 0;
    enum status status = field_find(parser, &field, &name_size);
    if (status != STATUS_OK || name_size == 0) {
        return status == STATUS_OK ? parse_words(parser, out) : status;
    }
    if (parser->title && field != FIELD_TITLE) {
        return fail(parser, parser->at, "only words may stand inside of title:( )");
    }
    parser->at += name_size;
    if (field == FIELD_TITLE) {
        return parse_title(parser, out);
    }
    struct query_node *node = NULL;
    status = value_node(parser, field, &node);
    *out = node;
    return status;
}

/* The '-' of exclusion stands right before what it excludes. */
static bool minus_at(const struct parser *parser)
{
    size_t size = 0;
    size_t next = parser->at + 1;
    if (!byte_is(parser, parser->at, '-') || next >= parser->size) {
        return false;
    }
    enum mark mark = mark_at(parser, next, &size);
    return mark != MARK_SPACE && parser->text[next] != ')' && parser->text[next] != '|' &&
           parser->text[next] != '-';
}

static enum status parse_unary(struct parser *parser, const struct query_node **out)
{
    size_t offset = parser->at;
    bool minus = minus_at(parser);
    *out = NULL;
    if (!minus && !operator_at(parser, "NOT")) {
        return parse_primary(parser, out);
    }
    parser->at += minus ? 1 : strlen("NOT");
    skip_space(parser);
    if (parser->at >= parser->size || byte_is(parser, parser->at, ')') ||
        byte_is(parser, parser->at, '|') || operator_at(parser, "OR") ||
        operator_at(parser, "AND")) {
        return fail(parser, offset, "a word is missing after 'NOT'");
    }
    if (++parser->depth > QUERY_DEPTH_MAX) {
        return limit(parser, offset, "levels", QUERY_DEPTH_MAX);
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
    struct query_node *node = NULL;
    status = node_new(parser, QUERY_NOT, offset, &node);
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

static enum status only_excludes(struct parser *parser, size_t offset)
{
    return fail(parser, offset,
                "this part only excludes; say also what to find, as in: word NOT other");
}

/* Where an operand must begin: its absence is an error that names the operator before. */
static enum status operand(struct parser *parser, const char *before, size_t offset)
{
    skip_space(parser);
    bool none = parser->at >= parser->size || byte_is(parser, parser->at, ')') ||
                byte_is(parser, parser->at, '|') || operator_at(parser, "OR") ||
                operator_at(parser, "AND");
    if (!none) {
        return STATUS_OK;
    }
    if (before != NULL) {
        return fail(parser, offset, "a word is missing after '%s'", before);
    }
    return fail(parser, parser->at, "a word is missing before this");
}

static enum status parse_and(struct parser *parser, const struct query_node **out)
{
    struct items items;
    items_init(&items);
    size_t begin = parser->at;
    size_t excluded = 0;
    enum status status = operand(parser, NULL, begin);
    while (status == STATUS_OK) {
        const struct query_node *node = NULL;
        status = parse_unary(parser, &node);
        if (status == STATUS_OK && node != NULL) {
            excluded += node->kind == QUERY_NOT ? 1 : 0;
            status = items_add(parser, &items, node);
        }
        skip_space(parser);
        if (status != STATUS_OK || parser->at >= parser->size || byte_is(parser, parser->at, ')') ||
            byte_is(parser, parser->at, '|') || operator_at(parser, "OR")) {
            break;
        }
        if (operator_at(parser, "AND")) {
            size_t offset = parser->at;
            parser->at += strlen("AND");
            status = operand(parser, "AND", offset);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (items.count > 0 && excluded == items.count) {
        return only_excludes(parser, items.first->node->offset);
    }
    return items_node(parser, &items, QUERY_AND, begin, out);
}

static enum status parse_or(struct parser *parser, const struct query_node **out)
{
    struct items items;
    items_init(&items);
    size_t begin = parser->at;
    if (++parser->depth > QUERY_DEPTH_MAX) {
        return limit(parser, begin, "levels", QUERY_DEPTH_MAX);
    }
    for (;;) {
        const struct query_node *node = NULL;
        enum status status = parse_and(parser, &node);
        if (status == STATUS_OK && node != NULL) {
            status = items_add(parser, &items, node);
        }
        if (status != STATUS_OK) {
            return status;
        }
        bool bar = byte_is(parser, parser->at, '|');
        if (!bar && !operator_at(parser, "OR")) {
            break;
        }
        size_t offset = parser->at;
        parser->at += bar ? 1 : strlen("OR");
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
                            .text = query.bytes,
                            .size = size,
                            .error_offset = error_offset,
                            .error = error};
    *root = NULL;
    *error_offset = -1;
    if (size > QUERY_BYTES_MAX) {
        return limit(&parser, QUERY_BYTES_MAX, "bytes", QUERY_BYTES_MAX);
    }
    size_t valid = utf8_valid_prefix(query.bytes, size);
    if (valid < size) {
        return fail(&parser, valid, "query is not UTF-8 from here on");
    }
    skip_space(&parser);
    if (parser.at == size) {
        return fail(&parser, 0, "query is empty");
    }
    enum status status = parse_or(&parser, root);
    if (status != STATUS_OK) {
        return status;
    }
    if (parser.at < size) {
        return fail(&parser, parser.at, "there is no '(' for this ')'");
    }
    if (*root == NULL) {
        return fail(&parser, 0, "query holds no word to search for");
    }
    return STATUS_OK;
}
