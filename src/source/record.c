#include "source/record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "source/date.h"
#include "source/encoding.h"

/* Decoding may make three bytes of one (windows-1256); escapes of JSON only shrink. */
#define TEXT_SIZE_MAX ((size_t)ARTICLE_BYTES_MAX * 3 + 64)

enum {
    DETAIL_SIZE_MAX = 200,
    BUFFER_KEPT_MAX = 4 * 1024 * 1024 /* a larger one is let go before the next record */
};

enum field { FIELD_ID, FIELD_TITLE, FIELD_DATE, FIELD_SOURCE, FIELD_URL, FIELD_BODY, FIELD_COUNT };

#define NAMED(text) (text), sizeof(text) - 1

static const struct field_name {
    const char *name;
    size_t size;
    enum field field;
    bool number; /* may be a number too */
} field_names[] = {
    /* In each group the best first. */
    {NAMED("id"), FIELD_ID, true},
    {NAMED("_id"), FIELD_ID, true},
    {NAMED("uid"), FIELD_ID, true},
    {NAMED("title"), FIELD_TITLE, false},
    {NAMED("headline"), FIELD_TITLE, false},
    {NAMED("date"), FIELD_DATE, true},
    {NAMED("published"), FIELD_DATE, true},
    {NAMED("published_at"), FIELD_DATE, true},
    {NAMED("datetime"), FIELD_DATE, true},
    {NAMED("source"), FIELD_SOURCE, false},
    {NAMED("publisher"), FIELD_SOURCE, false},
    {NAMED("url"), FIELD_URL, false},
    {NAMED("link"), FIELD_URL, false},
    {NAMED("body"), FIELD_BODY, false},
    {NAMED("text"), FIELD_BODY, false},
    {NAMED("content"), FIELD_BODY, false},
};

/* The value of a field: in place in the line, or decoded into `strings` (which moves). */
struct value {
    const struct field_name *name; /* NULL: not set; a lower address is a better name */
    const char *in_place;          /* or NULL */
    size_t start;                  /* else in `strings` */
    size_t size;
    enum json_kind kind;
};

struct record_parser {
    ledger_report report;
    void *context;
    struct json_reader *json;
    struct buffer clean;   /* the record after repair */
    struct buffer strings; /* decoded values */
    struct buffer text;    /* title, two line ends, body */
    struct buffer extras;
    char made_id[DIGEST_TEXT_SIZE];

    /* The record being read. */
    struct article *article;
    const char *line;
    size_t line_size;
    struct value values[FIELD_COUNT];
    enum status member_status; /* of the last member: a failure of ours, not of the JSON */
    size_t escaped_nuls;
    bool joined; /* `text` holds title and body already */
};

struct record_parser *record_parser_new(ledger_report report, void *context)
{
    struct record_parser *parser = memory_zalloc(1, sizeof *parser);
    if (parser == NULL) {
        return NULL;
    }
    parser->report = report;
    parser->context = context;
    buffer_init(&parser->clean, TEXT_SIZE_MAX);
    buffer_init(&parser->strings, TEXT_SIZE_MAX);
    buffer_init(&parser->text, TEXT_SIZE_MAX);
    buffer_init(&parser->extras, TEXT_SIZE_MAX * 2);
    parser->json = json_reader_new();
    if (parser->json == NULL) {
        record_parser_free(parser);
        return NULL;
    }
    return parser;
}

void record_parser_free(struct record_parser *parser)
{
    if (parser == NULL) {
        return;
    }
    json_reader_free(parser->json);
    buffer_release(&parser->extras);
    buffer_release(&parser->text);
    buffer_release(&parser->strings);
    buffer_release(&parser->clean);
    memory_free(parser);
}

static void clear_buffer(struct buffer *buffer)
{
    if (buffer->capacity > BUFFER_KEPT_MAX) {
        buffer_release(buffer);
    }
    buffer_clear(buffer);
}

static void start_record(struct record_parser *parser, struct article *article)
{
    clear_buffer(&parser->clean);
    clear_buffer(&parser->strings);
    clear_buffer(&parser->text);
    clear_buffer(&parser->extras);
    memset(parser->values, 0, sizeof parser->values);
    parser->joined = false;
    parser->escaped_nuls = 0;
    parser->member_status = STATUS_OK;
    parser->article = article;
    *article = (struct article){.id = "",
                                .source = "",
                                .url = "",
                                .date = "",
                                .extras = "",
                                .text = "",
                                .input = article->input,
                                .offset = article->offset,
                                .bytes = article->bytes};
}

/* ---- Ledger --------------------------------------------------------------------------------- */

static enum status tell(struct record_parser *parser, enum ledger_act act,
                        enum ledger_reason reason, const char *detail, struct error *error)
{
    const struct article *article = parser->article;
    struct ledger_entry entry = {.act = act,
                                 .reason = reason,
                                 .input = article->input,
                                 .offset = article->offset,
                                 .bytes = article->bytes,
                                 .detail = detail};
    return parser->report(parser->context, &entry, error);
}

/* A repair of `bytes` bytes from `at` of the record. */
static enum status tell_repair(struct record_parser *parser, enum ledger_reason reason, size_t at,
                               size_t bytes, struct error *error)
{
    struct ledger_entry entry = {.act = LEDGER_REPAIRED,
                                 .reason = reason,
                                 .input = parser->article->input,
                                 .offset = parser->article->offset + at,
                                 .bytes = bytes};
    return parser->report(parser->context, &entry, error);
}

/* As much of `text` as a detail holds, cut between code points. */
static const char *cut_detail(char detail[DETAIL_SIZE_MAX], const char *text, size_t size)
{
    size_t room = size < DETAIL_SIZE_MAX - 1 ? size : DETAIL_SIZE_MAX - 1;
    room = utf8_valid_prefix(text, room);
    memcpy(detail, text, room);
    detail[room] = '\0';
    return detail;
}

/* ---- Encoding ------------------------------------------------------------------------------- */

/* Turns NUL bytes into spaces; returns how many and where the first was. */
static size_t blank_nuls(char *text, size_t size, size_t *first)
{
    size_t count = 0;
    *first = 0;
    char *at = size == 0 ? NULL : memchr(text, '\0', size);
    while (at != NULL) {
        *first = count == 0 ? (size_t)(at - text) : *first;
        count++;
        *at++ = ' ';
        at = memchr(at, '\0', size - (size_t)(at - text));
    }
    return count;
}

static enum status repair(struct record_parser *parser, enum encoding encoding, const char **bytes,
                          size_t *size, struct error *error)
{
    struct encoding_damage damage = {0};
    struct buffer *clean = &parser->clean;
    enum status status = encoding_decode(encoding, *bytes, *size, clean, &damage, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (encoding == ENCODING_WINDOWS_1256) {
        status = tell_repair(parser, LEDGER_WINDOWS_1256, 0, *size, error);
    } else if (encoding == ENCODING_UTF16_LE || encoding == ENCODING_UTF16_BE) {
        status = tell_repair(parser, LEDGER_UTF16, 0, *size, error);
    }
    if (status == STATUS_OK && damage.bytes > 0) {
        status = tell_repair(parser, LEDGER_INVALID_UTF8, damage.first, damage.bytes, error);
    }
    size_t first = 0;
    size_t nuls = clean->size == 0 ? 0 : blank_nuls((char *)clean->bytes, clean->size, &first);
    if (status == STATUS_OK && nuls > 0) {
        const char *in_input = memchr(*bytes, '\0', *size);
        first = in_input == NULL ? 0 : (size_t)(in_input - *bytes);
        status = tell_repair(parser, LEDGER_NUL_BYTES, first, nuls, error);
    }
    *bytes = clean->size == 0 ? "" : (const char *)clean->bytes;
    *size = clean->size;
    return status;
}

/* Makes valid UTF-8 without NUL of the record, in place when it is that already. `*usable` is false
 * when it is no text (reported). */
static enum status make_clean(struct record_parser *parser, bool whole_file, const char **bytes,
                              size_t *size, bool *usable, struct error *error)
{
    *usable = true;
    bool plain = memchr(*bytes, '\0', *size) == NULL && utf8_valid_prefix(*bytes, *size) == *size;
    if (plain && !whole_file) {
        return STATUS_OK; /* JSON has no control bytes: they are errors of its syntax */
    }
    enum encoding encoding = encoding_detect(*bytes, *size);
    bool utf16 = encoding == ENCODING_UTF16_LE || encoding == ENCODING_UTF16_BE;
    if (encoding == ENCODING_BINARY || (utf16 && !whole_file)) {
        *usable = false;
        return tell(parser, LEDGER_REJECTED, LEDGER_BINARY, NULL, error);
    }
    return plain && encoding == ENCODING_UTF8 ? STATUS_OK
                                              : repair(parser, encoding, bytes, size, error);
}

/* ---- White space ---------------------------------------------------------------------------- */

/* Unicode white space, and what is as invisible: byte order mark, marks of direction and width. */
static bool is_blank(uint32_t code)
{
    return code <= ' ' || code == 0x85 || code == 0xA0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200F) || (code >= 0x2028 && code <= 0x202F) ||
           (code >= 0x205F && code <= 0x2069) || code == 0x3000 || code == 0xFEFF;
}

/* Offset of the first code point that is not blank. */
static size_t skip_blank(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        uint32_t code = 0;
        size_t length = utf8_decode(text + at, size - at, &code);
        if (!is_blank(code)) {
            break;
        }
        at += length;
    }
    return at;
}

/* ---- Text files ----------------------------------------------------------------------------- */

/* The first line that is not blank, without the white space around it; `start` is its first code
 * point. */
static size_t title_end(const char *text, size_t size, size_t start)
{
    size_t end = start;
    for (size_t at = start; at < size && text[at] != '\n' && text[at] != '\r';) {
        uint32_t code = 0;
        at += utf8_decode(text + at, size - at, &code);
        end = is_blank(code) ? end : at;
    }
    return end;
}

enum status record_parse_text(struct record_parser *parser, const char *bytes, size_t size,
                              struct article *article, bool *found, struct error *error)
{
    *found = false;
    start_record(parser, article);
    bool usable = true;
    enum status status =
        size == 0 ? STATUS_OK : make_clean(parser, true, &bytes, &size, &usable, error);
    if (status != STATUS_OK || !usable) {
        return status;
    }
    size_t start = skip_blank(bytes, size);
    if (start == size) {
        return tell(parser, LEDGER_REJECTED, LEDGER_EMPTY, NULL, error);
    }
    article->text = bytes;
    article->text_size = size;
    article->title_start = (uint32_t)start;
    article->title_end = (uint32_t)title_end(bytes, size, start);
    *found = true;
    return STATUS_OK;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static const char *value_text(const struct record_parser *parser, const struct value *value)
{
    if (value->size == 0) {
        return "";
    }
    return value->in_place != NULL ? value->in_place
                                   : (const char *)parser->strings.bytes + value->start;
}

/* A member as the JSON reader reports it. */
struct member {
    const char *key;
    size_t key_size;
    enum json_kind kind;
    const char *bytes;
    size_t size;
};

static enum status append_extra(struct record_parser *parser, const struct member *member,
                                struct error *error)
{
    struct buffer *out = &parser->extras;
    enum status status = buffer_append_byte(out, out->size == 0 ? '{' : ',', error);
    if (status == STATUS_OK) {
        status = json_write_string(out, member->key, member->key_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_byte(out, ':', error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    return member->kind == JSON_STRING ? json_write_string(out, member->bytes, member->size, error)
                                       : buffer_append(out, member->bytes, member->size, error);
}

static const struct field_name *find_field(const char *key, size_t size)
{
    for (size_t i = 0; i < sizeof field_names / sizeof field_names[0]; i++) {
        if (field_names[i].size == size && memcmp(field_names[i].name, key, size) == 0) {
            return &field_names[i];
        }
    }
    return NULL;
}

/* First of its group. */
static bool is_best(const struct field_name *name)
{
    return name == field_names || name[-1].field != name->field;
}

static enum status join_text(struct record_parser *parser, const char *title, size_t title_size,
                             const char *body, size_t body_size, struct error *error)
{
    struct buffer *text = &parser->text;
    enum status status = buffer_reserve(text, title_size + body_size + 2, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = buffer_append(text, title, title_size, error);
    if (status == STATUS_OK && title_size > 0 && body_size > 0) {
        status = buffer_append(text, "\n\n", 2, error);
    }
    return status == STATUS_OK ? buffer_append(text, body, body_size, error) : status;
}

/* \u0000 in a string that was just appended: to a space. */
static void blank_last(struct record_parser *parser, struct buffer *buffer, size_t size)
{
    size_t first = 0;
    if (!json_reader_has_zeros(parser->json)) {
        return;
    }
    size = size < buffer->size ? size : buffer->size; /* the append may have failed */
    char *text = (char *)buffer->bytes + buffer->size - size;
    parser->escaped_nuls += size == 0 ? 0 : blank_nuls(text, size, &first);
}

/* Remembers a value. The usual case, a body behind its title, goes straight to `text`: best names,
 * so that nothing can displace them. */
static enum status keep_value(struct record_parser *parser, const struct field_name *name,
                              const struct member *member, struct error *error)
{
    struct value *value = &parser->values[name->field];
    *value = (struct value){.name = name, .size = member->size, .kind = member->kind};
    const struct value *title = &parser->values[FIELD_TITLE];
    if (name->field == FIELD_BODY && is_best(name) && title->name != NULL && is_best(title->name)) {
        parser->joined = true;
        enum status status = join_text(parser, value_text(parser, title), title->size,
                                       member->bytes, member->size, error);
        blank_last(parser, &parser->text, member->size);
        return status;
    }
    uintptr_t start = (uintptr_t)parser->line;
    uintptr_t at = (uintptr_t)member->bytes;
    if (at >= start && at < start + parser->line_size) {
        value->in_place = member->bytes;
        return STATUS_OK;
    }
    value->start = parser->strings.size;
    enum status status = buffer_append(&parser->strings, member->bytes, member->size, error);
    blank_last(parser, &parser->strings, member->size);
    return status;
}

/* The loser of a group, already remembered. */
static enum status displace(struct record_parser *parser, const struct value *value,
                            struct error *error)
{
    struct member member = {.key = value->name->name,
                            .key_size = value->name->size,
                            .kind = value->kind,
                            .bytes = value_text(parser, value),
                            .size = value->size};
    return append_extra(parser, &member, error);
}

static enum status take_member(struct record_parser *parser, const struct member *member,
                               struct error *error)
{
    bool string = member->kind == JSON_STRING;
    const struct field_name *name = find_field(member->key, member->key_size);
    if (name == NULL) {
        return append_extra(parser, member, error);
    }
    if (member->kind == JSON_NULL ||
        (string && skip_blank(member->bytes, member->size) == member->size)) {
        return STATUS_OK;
    }
    if (!string && !(member->kind == JSON_NUMBER && name->number)) {
        enum status status = tell(parser, LEDGER_REPAIRED, LEDGER_BAD_MEMBER, name->name, error);
        return status != STATUS_OK ? status : append_extra(parser, member, error);
    }
    const struct value *held = &parser->values[name->field];
    if (held->name != NULL && held->name <= name) {
        return append_extra(parser, member, error);
    }
    enum status status = held->name == NULL ? STATUS_OK : displace(parser, held, error);
    return status == STATUS_OK ? keep_value(parser, name, member, error) : status;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters of json_member */
static enum status on_member(void *context, const char *key, size_t key_size, enum json_kind kind,
                             const char *bytes, size_t size, struct error *error)
{
    struct record_parser *parser = context;
    struct member member = {
        .key = key, .key_size = key_size, .kind = kind, .bytes = bytes, .size = size};
    parser->member_status = take_member(parser, &member, error);
    return parser->member_status;
}

static void field_of(const struct record_parser *parser, enum field field, const char **text,
                     size_t *size)
{
    *text = value_text(parser, &parser->values[field]);
    *size = parser->values[field].size;
}

static enum status finish_text(struct record_parser *parser, struct error *error)
{
    const struct value *title = &parser->values[FIELD_TITLE];
    const struct value *body = &parser->values[FIELD_BODY];
    enum status status = STATUS_OK;
    if (!parser->joined) {
        status = join_text(parser, value_text(parser, title), title->size, value_text(parser, body),
                           body->size, error);
    }
    if (status == STATUS_OK && parser->escaped_nuls > 0) {
        status = tell_repair(parser, LEDGER_NUL_BYTES, 0, parser->escaped_nuls, error);
    }
    parser->article->text = (const char *)parser->text.bytes;
    parser->article->text_size = parser->text.size;
    parser->article->title_end = (uint32_t)title->size;
    return status;
}

static enum status finish_id(struct record_parser *parser, struct error *error)
{
    struct article *article = parser->article;
    field_of(parser, FIELD_ID, &article->id, &article->id_size);
    if (article->id_size > 0) {
        return STATUS_OK;
    }
    struct digest digest = digest_of(article->text, article->text_size);
    digest_text(&digest, parser->made_id);
    article->id = parser->made_id;
    article->id_size = DIGEST_TEXT_SIZE - 1;
    return tell(parser, LEDGER_REPAIRED, LEDGER_NO_ID, NULL, error);
}

static enum status finish_date(struct record_parser *parser, struct error *error)
{
    struct article *article = parser->article;
    field_of(parser, FIELD_DATE, &article->date, &article->date_size);
    article->day = article_date_parse(article->date, article->date_size);
    if (article->date_size == 0 || article->day != 0) {
        return STATUS_OK;
    }
    char detail[DETAIL_SIZE_MAX];
    return tell(parser, LEDGER_REPAIRED, LEDGER_BAD_DATE,
                cut_detail(detail, article->date, article->date_size), error);
}

static enum status finish_extras(struct record_parser *parser, struct error *error)
{
    struct buffer *extras = &parser->extras;
    if (extras->size == 0) {
        return STATUS_OK;
    }
    enum status status = buffer_append_byte(extras, '}', error);
    parser->article->extras = (const char *)extras->bytes;
    parser->article->extras_size = extras->size;
    return status;
}

static enum status finish_article(struct record_parser *parser, bool *found, struct error *error)
{
    struct article *article = parser->article;
    enum status status = STATUS_OK;
    if (parser->values[FIELD_BODY].size == 0) {
        bool title = parser->values[FIELD_TITLE].size > 0;
        status = tell(parser, title ? LEDGER_REPAIRED : LEDGER_REJECTED, LEDGER_NO_BODY,
                      title ? "its title alone was indexed" : "nor a title", error);
        if (!title) {
            return status;
        }
    }
    if (status == STATUS_OK) {
        status = finish_text(parser, error);
    }
    if (status == STATUS_OK) {
        status = finish_id(parser, error);
    }
    if (status == STATUS_OK) {
        status = finish_date(parser, error);
    }
    if (status == STATUS_OK) {
        status = finish_extras(parser, error);
    }
    field_of(parser, FIELD_SOURCE, &article->source, &article->source_size);
    field_of(parser, FIELD_URL, &article->url, &article->url_size);
    *found = status == STATUS_OK;
    return status;
}

enum status record_parse_line(struct record_parser *parser, const char *line, size_t size,
                              struct article *article, bool *found, struct error *error)
{
    *found = false;
    start_record(parser, article);
    bool usable = true;
    enum status status =
        size == 0 ? STATUS_OK : make_clean(parser, false, &line, &size, &usable, error);
    if (status != STATUS_OK || !usable || skip_blank(line, size) == size) {
        return status;
    }
    parser->line = line;
    parser->line_size = size;
    struct error reason = {.code = STATUS_OK};
    status = json_reader_object(parser->json, line, size, on_member, parser, &reason);
    if (status == STATUS_OK) {
        return finish_article(parser, found, error);
    }
    if (parser->member_status != STATUS_OK || status == STATUS_NOMEM) {
        return error_set(error, status, "%s", reason.message);
    }
    /* STATUS_LIMIT: a member's name of a megabyte. */
    return tell(parser, LEDGER_REJECTED,
                status == STATUS_LIMIT ? LEDGER_TOO_LARGE : LEDGER_BAD_JSON, reason.message, error);
}
