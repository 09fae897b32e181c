#include "query/snippet.h"

#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "query/highlight.h"

struct snippet_maker {
    struct highlighter *highlighter;
    uint32_t *word_counts; /* in the window: as many as words, and one for mentions */
    struct buffer ranges;  /* struct snippet_range */
    struct buffer out;
};

enum status snippet_maker_new(const struct query_node *query, const struct analyser *analyser,
                              struct class_cache *cache, struct snippet_maker **out,
                              struct error *error)
{
    *out = NULL;
    struct snippet_maker *maker = memory_zalloc(1, sizeof *maker);
    if (maker == NULL) {
        return error_no_memory(error, sizeof *maker);
    }
    size_t most = SNIPPET_TEXT_MAX * 64; /* a token has two bytes at least, and few marks */
    buffer_init(&maker->ranges, most);
    buffer_init(&maker->out, most);
    enum status status = highlighter_new(query, analyser, cache, &maker->highlighter, error);
    if (status == STATUS_OK) {
        size_t words = highlighter_words(maker->highlighter);
        maker->word_counts = memory_zalloc(words + 1, sizeof *maker->word_counts);
        status = maker->word_counts == NULL
                     ? error_no_memory(error, words * sizeof *maker->word_counts)
                     : STATUS_OK;
    }
    if (status != STATUS_OK) {
        snippet_maker_free(maker);
        return status;
    }
    *out = maker;
    return STATUS_OK;
}

void snippet_maker_free(struct snippet_maker *maker)
{
    if (maker == NULL) {
        return;
    }
    buffer_release(&maker->out);
    buffer_release(&maker->ranges);
    memory_free(maker->word_counts);
    highlighter_free(maker->highlighter);
    memory_free(maker);
}

/* Adds a range to `ranges`, joined with the last one when they touch or overlap. */
static enum status add_range(struct buffer *ranges, struct snippet_range range, struct error *error)
{
    if (ranges->size > 0) {
        struct snippet_range *last =
            (struct snippet_range *)(void *)(ranges->bytes + ranges->size - sizeof range);
        if (range.start < last->end) {
            last->end = range.end > last->end ? range.end : last->end;
            return STATUS_OK;
        }
    }
    return buffer_append(ranges, &range, sizeof range, error);
}

enum status snippet_marks(struct snippet_maker *maker, const struct snippet_text *text,
                          const struct snippet_range **marks, size_t *mark_count,
                          struct error *error)
{
    struct highlights found;
    enum status status = highlighter_read(maker->highlighter, text, &found, error);
    buffer_clear(&maker->ranges);
    for (size_t i = 0; status == STATUS_OK && i < found.mark_count; i++) {
        status = add_range(&maker->ranges, found.marks[i].range, error);
    }
    *marks = (const struct snippet_range *)(const void *)maker->ranges.bytes;
    *mark_count = maker->ranges.size / sizeof **marks;
    return status;
}

/* ---- The window ---- */

struct window {
    uint32_t first; /* marks first..last; none when first > last */
    uint32_t last;
    uint32_t words;     /* different query words seen */
    size_t token_first; /* tokens token_first <= i < token_end may be shown */
    size_t token_end;
    size_t bytes;
};

/* The marks [from, to) that, seen together in `width` bytes, show most of the query. */
static struct window choose(struct snippet_maker *maker, const struct mark *marks, size_t from,
                            size_t to, size_t width)
{
    struct window best = {.first = 1, .last = 0, .bytes = width};
    uint32_t words = 0;
    size_t end = from; /* behind the last mark in the window */
    memset(maker->word_counts, 0,
           (highlighter_words(maker->highlighter) + 1) * sizeof *maker->word_counts);
    for (size_t i = from; i < to; i++) {
        while (end < to && (end == i || marks[end].range.end - marks[i].range.start <= width)) {
            words += maker->word_counts[marks[end++].word]++ == 0 ? 1 : 0;
        }
        bool better = words > best.words ||
                      (words == best.words && end - i > (size_t)best.last - best.first + 1);
        if (best.first > best.last || better) {
            best.first = (uint32_t)i;
            best.last = (uint32_t)end - 1;
            best.words = words;
        }
        words -= --maker->word_counts[marks[i].word] == 0 ? 1 : 0;
    }
    return best;
}

/* The token where the snippet begins: a sentence's first when it is near before the first mark,
 * else some words of context. Not before token `least`. */
static size_t choose_start(const struct token *tokens, size_t least, size_t token, size_t room)
{
    size_t context = token;
    size_t at = token;
    for (;; at--) {
        size_t before = tokens[token].start - tokens[at].start;
        if (before > room) {
            return context;
        }
        if (before <= room / 2) {
            context = at;
        }
        if (at == least || tokens[at].gap >= TOKEN_GAP_STOP) {
            return at;
        }
    }
}

/* White space and controls, which become one space; direction controls vanish, because an unpaired
 * one would turn what is printed behind the snippet. */
enum letter { LETTER_PLAIN, LETTER_SPACE, LETTER_NOTHING };

static enum letter letter_of(uint32_t code)
{
    if (code <= ' ' || (code >= 0x7F && code <= 0xA0) || code == 0x2028 || code == 0x2029) {
        return LETTER_SPACE;
    }
    bool direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
                     code == 0x200E || code == 0x200F || code == 0x061C || code == 0xFEFF;
    return direction ? LETTER_NOTHING : LETTER_PLAIN;
}

/* Writes bytes [from, to) of the text; `ranges` are moved to where they stand in the output. */
static enum status write_text(struct snippet_maker *maker, const char *text, size_t from, size_t to,
                              struct error *error)
{
    size_t count = maker->ranges.size / sizeof(struct snippet_range);
    struct snippet_range *ranges = (struct snippet_range *)(void *)maker->ranges.bytes;
    size_t range = 0;
    bool inside = false;
    bool space = false;
    buffer_clear(&maker->out);
    enum status status = buffer_reserve(&maker->out, to - from + 1, error);
    for (size_t at = from; status == STATUS_OK && at < to;) {
        uint32_t code = 0;
        size_t size = utf8_decode(text + at, to - at, &code);
        if (inside && at >= ranges[range].end) {
            ranges[range++].end = (uint32_t)maker->out.size;
            inside = false;
        }
        enum letter letter = letter_of(code);
        if (letter == LETTER_PLAIN) {
            if (space && maker->out.size > 0) {
                status = buffer_append_byte(&maker->out, ' ', error);
            }
            space = false;
            if (!inside && range < count && at >= ranges[range].start) {
                ranges[range].start = (uint32_t)maker->out.size;
                inside = true;
            }
            if (status == STATUS_OK) {
                status = buffer_append(&maker->out, text + at, size, error);
            }
        }
        space = space || letter == LETTER_SPACE;
        at += size;
    }
    if (inside) {
        ranges[range++].end = (uint32_t)maker->out.size;
    }
    maker->ranges.size = range * sizeof *ranges;
    return status;
}

/* Behind the last token: its closing punctuation, up to white space. */
static size_t with_punctuation(const char *text, size_t at, size_t end)
{
    while (at < end) {
        uint32_t code = 0;
        size_t size = utf8_decode(text + at, end - at, &code);
        if (letter_of(code) != LETTER_PLAIN || at + size > end) {
            break;
        }
        at += size;
    }
    return at;
}

/* Before the first token: its opening punctuation, when a space or nothing stands before that. Not
 * before byte `least`. */
static size_t with_opening(const char *text, size_t at, size_t least)
{
    size_t from = at;
    while (from > least && (unsigned char)text[from - 1] > ' ') {
        from--;
    }
    return from == 0 || (unsigned char)text[from - 1] <= ' ' ? from : at;
}

static enum status write_window(struct snippet_maker *maker, const struct snippet_text *text,
                                const struct highlights *found, const struct window *window,
                                struct snippet *snippet, struct error *error)
{
    const struct token *tokens = found->tokens;
    const struct mark *marks = found->marks;
    size_t start = window->token_first;
    buffer_clear(&maker->ranges);
    bool all = tokens[window->token_end - 1].end - tokens[start].start <= window->bytes;
    if (window->first <= window->last && !all) {
        size_t first = marks[window->first].token;
        size_t span = marks[window->last].range.end - marks[window->first].range.start;
        start = choose_start(tokens, window->token_first, first,
                             span < window->bytes ? (window->bytes - span) / 2 : 0);
    }
    size_t end = start;
    while (end + 1 < window->token_end &&
           tokens[end + 1].end - tokens[start].start <= window->bytes) {
        end++;
    }
    size_t least = start > 0 ? tokens[start - 1].end : 0;
    size_t from = with_opening(text->bytes, tokens[start].start, least);
    size_t side =
        window->token_end < found->token_count ? tokens[window->token_end].start : text->size;
    size_t next = end + 1 < window->token_end ? tokens[end + 1].start : side;
    size_t to = with_punctuation(text->bytes, tokens[end].end, next);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < found->mark_count; i++) {
        if (marks[i].range.start >= from && marks[i].range.end <= to) {
            status = add_range(&maker->ranges, marks[i].range, error);
        }
    }
    if (status == STATUS_OK) {
        status = write_text(maker, text->bytes, from, to, error);
    }
    snippet->cut_before = start > window->token_first;
    snippet->cut_after = end + 1 < window->token_end;
    return status;
}

enum status snippet_make(struct snippet_maker *maker, const struct snippet_text *text, size_t bytes,
                         struct snippet *snippet, struct error *error)
{
    bytes = bytes > SNIPPET_BYTES_MAX ? SNIPPET_BYTES_MAX : bytes;
    *snippet = (struct snippet){.text = ""};
    struct highlights found;
    enum status status = highlighter_read(maker->highlighter, text, &found, error);
    if (status != STATUS_OK || found.token_count == 0) {
        return status;
    }
    size_t body = 0; /* the body's first token, and its first mark */
    while (body < found.token_count && found.tokens[body].start < text->title_end) {
        body++;
    }
    size_t body_mark = 0;
    while (body_mark < found.mark_count && found.marks[body_mark].token < body) {
        body_mark++;
    }
    bool title =
        body == found.token_count || (body_mark == found.mark_count && found.mark_count > 0);
    struct window window = title ? choose(maker, found.marks, 0, body_mark, bytes)
                                 : choose(maker, found.marks, body_mark, found.mark_count, bytes);
    window.token_first = title ? 0 : body;
    window.token_end = title ? body : found.token_count;
    status = write_window(maker, text, &found, &window, snippet, error);
    snippet->text = maker->out.size == 0 ? "" : (const char *)maker->out.bytes;
    snippet->size = maker->out.size;
    snippet->marks = (const struct snippet_range *)(const void *)maker->ranges.bytes;
    snippet->mark_count = maker->ranges.size / sizeof *snippet->marks;
    return status;
}
