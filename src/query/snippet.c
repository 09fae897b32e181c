#include "query/snippet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "query/class_cache.h"
#include "query/word.h"
#include "text/token.h"

enum {
    TOKENS_AT_ONCE = 64,
    STEPS_MAX = 20000000, /* comparisons spent on phrases in one text; then they stay unmarked */
};

/* A printed word that a query word asks for. */
struct found {
    uint32_t node; /* number of the query node */
    uint32_t word; /* number of the word in all nodes: what is to be seen in the snippet */
    uint32_t token;
    uint32_t position;
    bool title;
    bool wanted; /* a phrase stands here, or the node is a single word */
};

/* What is to be marked, by token. */
struct mark {
    uint32_t token;
    uint32_t word;
    struct snippet_range range;
};

struct snippet_maker {
    const struct analyser *analyser;
    struct class_cache *cache;       /* borrowed; NULL: none */
    uint64_t *classes;               /* what the cache would say of each word */
    const struct query_node **nodes; /* QUERY_WORDS that are not excluded */
    uint32_t *node_words;            /* number of each node's first word */
    uint32_t *word_counts;           /* in the window: as many as words, and one for mentions */
    size_t node_count;
    size_t word_count;
    uint32_t steps;       /* left for this text */
    struct buffer tokens; /* struct token */
    struct buffer found;  /* struct found */
    struct buffer marks;  /* struct mark */
    struct buffer ranges; /* struct snippet_range */
    struct buffer out;
};

/* ---- Making ---- */

static void count_nodes(const struct query_node *node, size_t *nodes, size_t *words)
{
    if (node->kind == QUERY_WORDS) {
        *nodes += 1;
        *words += node->word_count;
    }
    for (size_t i = 0; node->kind != QUERY_NOT && i < node->child_count; i++) {
        count_nodes(node->children[i], nodes, words);
    }
}

/* What stands for several classes leaves the cache no use. */
static void gather_classes(struct snippet_maker *maker, const struct query_node *node)
{
    for (size_t i = 0; i < node->word_count; i++) {
        const struct query_word *word = &node->words[i];
        maker->cache = word->match == QUERY_WHOLE ? maker->cache : NULL;
        maker->classes[maker->word_count + i] =
            class_cache_hash(word->class_key.bytes, word->class_key.size);
    }
}

static void gather_nodes(struct snippet_maker *maker, const struct query_node *node)
{
    if (node->kind == QUERY_WORDS) {
        gather_classes(maker, node);
        maker->node_words[maker->node_count] = (uint32_t)maker->word_count;
        maker->nodes[maker->node_count++] = node;
        maker->word_count += node->word_count;
    }
    for (size_t i = 0; node->kind != QUERY_NOT && i < node->child_count; i++) {
        gather_nodes(maker, node->children[i]);
    }
}

enum status snippet_maker_new(const struct query_node *query, const struct analyser *analyser,
                              struct class_cache *cache, struct snippet_maker **out,
                              struct error *error)
{
    size_t nodes = 0;
    size_t words = 0;
    count_nodes(query, &nodes, &words);
    *out = NULL;
    struct snippet_maker *maker = memory_zalloc(1, sizeof *maker);
    if (maker == NULL) {
        return error_no_memory(error, sizeof *maker);
    }
    maker->analyser = analyser;
    maker->cache = cache;
    maker->classes = memory_zalloc(words + 1, sizeof *maker->classes);
    maker->nodes = memory_zalloc(nodes + 1, sizeof(const struct query_node *));
    maker->node_words = memory_zalloc(nodes + 1, sizeof *maker->node_words);
    maker->word_counts = memory_zalloc(words + 1, sizeof *maker->word_counts);
    size_t most = SNIPPET_TEXT_MAX * 64; /* a token has two bytes at least, and few parts */
    buffer_init(&maker->tokens, most);
    buffer_init(&maker->found, most);
    buffer_init(&maker->marks, most);
    buffer_init(&maker->ranges, most);
    buffer_init(&maker->out, most);
    if (maker->classes == NULL || maker->nodes == NULL || maker->node_words == NULL ||
        maker->word_counts == NULL) {
        snippet_maker_free(maker);
        return error_no_memory(error, words * sizeof *maker->word_counts);
    }
    gather_nodes(maker, query);
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
    buffer_release(&maker->marks);
    buffer_release(&maker->found);
    buffer_release(&maker->tokens);
    memory_free(maker->classes);
    memory_free(maker->word_counts);
    memory_free(maker->node_words);
    memory_free((void *)maker->nodes);
    memory_free(maker);
}

static struct found *founds(const struct snippet_maker *maker, size_t *count)
{
    *count = maker->found.size / sizeof(struct found);
    return (struct found *)(void *)maker->found.bytes;
}

static const struct token *tokens_of(const struct snippet_maker *maker, size_t *count)
{
    *count = maker->tokens.size / sizeof(struct token);
    return (const struct token *)(const void *)maker->tokens.bytes;
}

/* ---- Reading the text ---- */

/* Compares a word of the text with every word of the query. */
static enum status match_part(struct snippet_maker *maker, const struct analysis *part,
                              struct found found, struct error *error)
{
    for (uint32_t i = 0; i < maker->node_count; i++) {
        const struct query_node *node = maker->nodes[i];
        for (uint32_t w = 0; w < node->word_count; w++) {
            if ((node->title && !found.title) || !word_wants(&node->words[w], part)) {
                continue;
            }
            found.node = i;
            found.word = maker->node_words[i] + w;
            found.wanted = node->word_count == 1;
            enum status status = buffer_append(&maker->found, &found, sizeof found, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

/* Whether it is known that no word of the query asks for this one, which takes one position. */
static bool known_other(const struct snippet_maker *maker, const char *word, size_t size,
                        enum token_kind kind)
{
    uint64_t class_hash = 0;
    bool other =
        maker->cache != NULL && class_cache_find(maker->cache, word, size, kind, &class_hash);
    for (size_t i = 0; other && i < maker->word_count; i++) {
        other = maker->classes[i] != class_hash;
    }
    return other;
}

/* Positions count as when the article was indexed. */
static enum status match_word(struct snippet_maker *maker, const char *word, size_t size,
                              enum token_kind kind, struct found *found, struct error *error)
{
    if (known_other(maker, word, size, kind)) {
        found->position++;
        return STATUS_OK;
    }
    struct analysis parts[ANALYSIS_PARTS_MAX];
    size_t count = analyser_word(maker->analyser, word, size, kind, parts);
    if (maker->cache != NULL && count == 1 && parts[0].class_size > 0) {
        class_cache_add(maker->cache, word, size, kind,
                        class_cache_hash(parts[0].class_key, parts[0].class_size));
    }
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].class_size == 0) {
            continue;
        }
        found->position += first || parts[i].advance > 0 ? 1 : 0;
        first = false;
        enum status status = match_part(maker, &parts[i], *found, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The gap before the body is as wide as any window of words near each other, so that none reaches
 * across. */
static enum status match_token(struct snippet_maker *maker, const struct snippet_text *text,
                               const struct token *token, struct found *found, struct error *error)
{
    bool title = token->start < text->title_end;
    found->position += found->title && !title ? QUERY_NEAR_MAX + QUERY_WORDS_MAX : 0;
    found->title = title;
    enum status status = match_word(maker, text->bytes + token->start, token->end - token->start,
                                    token->kind, found, error);
    found->token++;
    return status;
}

static enum status read_text(struct snippet_maker *maker, const struct snippet_text *text,
                             struct error *error)
{
    struct token tokens[TOKENS_AT_ONCE];
    struct found found = {.title = true};
    size_t size = text->size < SNIPPET_TEXT_MAX ? text->size : SNIPPET_TEXT_MAX;
    size_t offset = 0;
    size_t count = 0;
    buffer_clear(&maker->tokens);
    buffer_clear(&maker->found);
    while ((count = token_scan(text->bytes, size, &offset, tokens, TOKENS_AT_ONCE)) != 0) {
        enum status status = buffer_append(&maker->tokens, tokens, count * sizeof tokens[0], error);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            status = match_token(maker, text, &tokens[i], &found, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- Phrases ---- */

/* The first place from `from` on where query word `word` stands at a position in [low, high]; the
 * number of all places when there is none. Positions ascend. */
static size_t find_word(struct snippet_maker *maker, size_t from, uint32_t word, uint64_t low,
                        uint64_t high)
{
    size_t count = 0;
    const struct found *found = founds(maker, &count);
    for (size_t i = from; i < count && found[i].position <= high && maker->steps > 0; i++) {
        maker->steps--;
        if (found[i].word == word && found[i].position >= low) {
            return i;
        }
    }
    return count;
}

/* Whether a match of the node begins at place `at`; `apply`: says so in its words. */
static bool match_begins(struct snippet_maker *maker, size_t at, bool apply)
{
    size_t count = 0;
    struct found *found = founds(maker, &count);
    const struct query_node *node = maker->nodes[found[at].node];
    uint32_t first_word = maker->node_words[found[at].node];
    uint64_t start = found[at].position;
    uint64_t width = (uint64_t)node->word_count + node->slop;
    size_t from = at; /* words may share the position and stand before in the list */
    while (from > 0 && found[from - 1].position == found[at].position) {
        from--;
    }
    for (uint32_t w = 0; w < node->word_count; w++) {
        uint32_t word = first_word + w;
        uint64_t low = node->near ? start : start + node->words[w].position;
        uint64_t high = node->near ? start + width - 1 : low;
        size_t place = find_word(maker, from, word, low, high);
        if (place == count) {
            return false;
        }
        for (; apply && place < count; place = find_word(maker, place + 1, word, low, high)) {
            found[place].wanted = true;
        }
    }
    return true;
}

static void mark_phrases(struct snippet_maker *maker)
{
    size_t count = 0;
    const struct found *found = founds(maker, &count);
    maker->steps = STEPS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct query_node *node = maker->nodes[found[i].node];
        bool may_begin = node->near || found[i].word == maker->node_words[found[i].node];
        if (node->word_count > 1 && may_begin && match_begins(maker, i, false)) {
            (void)match_begins(maker, i, true);
        }
    }
}

/* ---- Marks ---- */

static enum status add_mark(struct snippet_maker *maker, uint32_t token, uint32_t word,
                            struct snippet_range range, struct error *error)
{
    struct mark mark = {.token = token, .word = word, .range = range};
    return buffer_append(&maker->marks, &mark, sizeof mark, error);
}

/* Merges what was found with the mentions, in text order. */
static enum status gather_marks(struct snippet_maker *maker, const struct snippet_text *text,
                                struct error *error)
{
    size_t count = 0;
    size_t token_count = 0;
    size_t mention = 0;
    const struct found *found = founds(maker, &count);
    const struct token *tokens = tokens_of(maker, &token_count);
    enum status status = STATUS_OK;
    uint32_t token = 0;
    buffer_clear(&maker->marks);
    for (size_t i = 0; status == STATUS_OK && (i < count || mention < text->mention_count);) {
        uint32_t start = i < count ? tokens[found[i].token].start : UINT32_MAX;
        if (mention < text->mention_count && text->mentions[mention].start < start) {
            struct snippet_range range = text->mentions[mention++];
            while (token < token_count && tokens[token].end <= range.start) {
                token++;
            }
            bool sound = token < token_count && range.end > range.start && range.end <= text->size;
            if (sound) {
                status = add_mark(maker, token, (uint32_t)maker->word_count, range, error);
            }
            continue;
        }
        if (found[i].wanted) {
            struct snippet_range range = {start, tokens[found[i].token].end};
            status = add_mark(maker, found[i].token, found[i].word, range, error);
        }
        i++;
    }
    return status;
}

static const struct mark *marks_of(const struct snippet_maker *maker, size_t *count)
{
    *count = maker->marks.size / sizeof(struct mark);
    return (const struct mark *)(const void *)maker->marks.bytes;
}

static enum status prepare(struct snippet_maker *maker, const struct snippet_text *text,
                           struct error *error)
{
    assert(text->size <= UINT32_MAX);
    enum status status = read_text(maker, text, error);
    if (status != STATUS_OK) {
        return status;
    }
    mark_phrases(maker);
    return gather_marks(maker, text, error);
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
    enum status status = prepare(maker, text, error);
    size_t count = 0;
    const struct mark *all = marks_of(maker, &count);
    buffer_clear(&maker->ranges);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = add_range(&maker->ranges, all[i].range, error);
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
static struct window choose(struct snippet_maker *maker, size_t from, size_t to, size_t width)
{
    size_t count = 0;
    const struct mark *marks = marks_of(maker, &count);
    struct window best = {.first = 1, .last = 0, .bytes = width};
    uint32_t words = 0;
    size_t end = from; /* behind the last mark in the window */
    memset(maker->word_counts, 0, (maker->word_count + 1) * sizeof *maker->word_counts);
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
                                const struct window *window, struct snippet *snippet,
                                struct error *error)
{
    size_t token_count = 0;
    size_t mark_count = 0;
    const struct token *tokens = tokens_of(maker, &token_count);
    const struct mark *marks = marks_of(maker, &mark_count);
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
    size_t side = window->token_end < token_count ? tokens[window->token_end].start : text->size;
    size_t next = end + 1 < window->token_end ? tokens[end + 1].start : side;
    size_t to = with_punctuation(text->bytes, tokens[end].end, next);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < mark_count; i++) {
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
    enum status status = prepare(maker, text, error);
    size_t token_count = 0;
    size_t mark_count = 0;
    const struct token *tokens = tokens_of(maker, &token_count);
    const struct mark *marks = marks_of(maker, &mark_count);
    if (status != STATUS_OK || token_count == 0) {
        return status;
    }
    size_t body = 0; /* the body's first token, and its first mark */
    while (body < token_count && tokens[body].start < text->title_end) {
        body++;
    }
    size_t body_mark = 0;
    while (body_mark < mark_count && marks[body_mark].token < body) {
        body_mark++;
    }
    bool title = body == token_count || (body_mark == mark_count && mark_count > 0);
    struct window window =
        title ? choose(maker, 0, body_mark, bytes) : choose(maker, body_mark, mark_count, bytes);
    window.token_first = title ? 0 : body;
    window.token_end = title ? body : token_count;
    status = write_window(maker, text, &window, snippet, error);
    snippet->text = maker->out.size == 0 ? "" : (const char *)maker->out.bytes;
    snippet->size = maker->out.size;
    snippet->marks = (const struct snippet_range *)(const void *)maker->ranges.bytes;
    snippet->mark_count = maker->ranges.size / sizeof *snippet->marks;
    return status;
}
