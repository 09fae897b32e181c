#include "query/highlight.h"

#include <assert.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "query/word.h"

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

struct highlighter {
    const struct analyser *analyser;
    struct class_cache *cache;       /* borrowed; NULL: none */
    uint64_t *classes;               /* what the cache would say of each word */
    const struct query_node **nodes; /* QUERY_WORDS that are to be marked */
    uint32_t *node_words;            /* number of each node's first word */
    size_t node_count;
    size_t word_count;
    uint32_t steps;       /* left for this text */
    struct buffer tokens; /* struct token */
    struct buffer found;  /* struct found */
    struct buffer marks;  /* struct mark */
};

/* ---- Making ---- */

/* What is excluded, or asks for nothing, is marked nowhere. */
static bool is_marked(const struct query_node *node)
{
    return node->kind != QUERY_NOT && node->kind != QUERY_APART;
}

static void count_nodes(const struct query_node *node, size_t *nodes, size_t *words)
{
    if (node->kind == QUERY_WORDS) {
        *nodes += 1;
        *words += node->word_count;
    }
    for (size_t i = 0; is_marked(node) && i < node->child_count; i++) {
        count_nodes(node->children[i], nodes, words);
    }
}

/* What stands for several classes leaves the cache no use. */
static void gather_classes(struct highlighter *highlighter, const struct query_node *node)
{
    for (size_t i = 0; i < node->word_count; i++) {
        const struct query_word *word = &node->words[i];
        bool one_class = word->match == QUERY_WHOLE && word->other_class.size == 0;
        highlighter->cache = one_class ? highlighter->cache : NULL;
        highlighter->classes[highlighter->word_count + i] =
            class_cache_hash(word->class_key.bytes, word->class_key.size);
    }
}

static void gather_nodes(struct highlighter *highlighter, const struct query_node *node)
{
    if (node->kind == QUERY_WORDS) {
        gather_classes(highlighter, node);
        highlighter->node_words[highlighter->node_count] = (uint32_t)highlighter->word_count;
        highlighter->nodes[highlighter->node_count++] = node;
        highlighter->word_count += node->word_count;
    }
    for (size_t i = 0; is_marked(node) && i < node->child_count; i++) {
        gather_nodes(highlighter, node->children[i]);
    }
}

enum status highlighter_new(const struct query_node *query, const struct analyser *analyser,
                            struct class_cache *cache, struct highlighter **out,
                            struct error *error)
{
    size_t nodes = 0;
    size_t words = 0;
    count_nodes(query, &nodes, &words);
    *out = NULL;
    struct highlighter *highlighter = memory_zalloc(1, sizeof *highlighter);
    if (highlighter == NULL) {
        return error_no_memory(error, sizeof *highlighter);
    }
    highlighter->analyser = analyser;
    highlighter->cache = cache;
    highlighter->classes = memory_zalloc(words + 1, sizeof *highlighter->classes);
    highlighter->nodes = memory_zalloc(nodes + 1, sizeof(const struct query_node *));
    highlighter->node_words = memory_zalloc(nodes + 1, sizeof *highlighter->node_words);
    size_t most = SNIPPET_TEXT_MAX * 64; /* a token has two bytes at least, and few parts */
    buffer_init(&highlighter->tokens, most);
    buffer_init(&highlighter->found, most);
    buffer_init(&highlighter->marks, most);
    if (highlighter->classes == NULL || highlighter->nodes == NULL ||
        highlighter->node_words == NULL) {
        highlighter_free(highlighter);
        return error_no_memory(error, words * sizeof *highlighter->classes);
    }
    gather_nodes(highlighter, query);
    *out = highlighter;
    return STATUS_OK;
}

void highlighter_free(struct highlighter *highlighter)
{
    if (highlighter == NULL) {
        return;
    }
    buffer_release(&highlighter->marks);
    buffer_release(&highlighter->found);
    buffer_release(&highlighter->tokens);
    memory_free(highlighter->classes);
    memory_free(highlighter->node_words);
    memory_free((void *)highlighter->nodes);
    memory_free(highlighter);
}

size_t highlighter_words(const struct highlighter *highlighter)
{
    return highlighter->word_count;
}

static struct found *founds(const struct highlighter *highlighter, size_t *count)
{
    *count = highlighter->found.size / sizeof(struct found);
    return (struct found *)(void *)highlighter->found.bytes;
}

static const struct token *tokens_of(const struct highlighter *highlighter, size_t *count)
{
    *count = highlighter->tokens.size / sizeof(struct token);
    return (const struct token *)(const void *)highlighter->tokens.bytes;
}

/* ---- Reading the text ---- */

/* Compares a word of the text with every word of the query. */
static enum status match_part(struct highlighter *highlighter, const struct analysis *part,
                              struct found found, struct error *error)
{
    for (uint32_t i = 0; i < highlighter->node_count; i++) {
        const struct query_node *node = highlighter->nodes[i];
        for (uint32_t w = 0; w < node->word_count; w++) {
            if ((node->title && !found.title) || !word_wants(&node->words[w], part)) {
                continue;
            }
            found.node = i;
            found.word = highlighter->node_words[i] + w;
            found.wanted = node->word_count == 1;
            enum status status = buffer_append(&highlighter->found, &found, sizeof found, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

/* Whether it is known that no word of the query asks for this one, which takes one position. */
static bool known_other(const struct highlighter *highlighter, const char *word, size_t size,
                        enum token_kind kind)
{
    uint64_t class_hash = 0;
    bool other = highlighter->cache != NULL &&
                 class_cache_find(highlighter->cache, word, size, kind, &class_hash);
    for (size_t i = 0; other && i < highlighter->word_count; i++) {
        other = highlighter->classes[i] != class_hash;
    }
    return other;
}

/* Positions count as when the article was indexed. */
static enum status match_word(struct highlighter *highlighter, const char *word, size_t size,
                              enum token_kind kind, struct found *found, struct error *error)
{
    if (known_other(highlighter, word, size, kind)) {
        found->position++;
        return STATUS_OK;
    }
    struct analysis parts[ANALYSIS_PARTS_MAX];
    size_t count = analyser_word(highlighter->analyser, word, size, kind, parts);
    if (highlighter->cache != NULL && count == 1 && parts[0].class_size > 0) {
        class_cache_add(highlighter->cache, word, size, kind,
                        class_cache_hash(parts[0].class_key, parts[0].class_size));
    }
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].class_size == 0) {
            continue;
        }
        found->position += first || parts[i].advance > 0 ? 1 : 0;
        first = false;
        enum status status = match_part(highlighter, &parts[i], *found, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The gap before the body is as wide as any window of words near each other, so that none reaches
 * across. */
static enum status match_token(struct highlighter *highlighter, const struct snippet_text *text,
                               const struct token *token, struct found *found, struct error *error)
{
    bool title = token->start < text->title_end;
    found->position += found->title && !title ? QUERY_NEAR_MAX + QUERY_WORDS_MAX : 0;
    found->title = title;
    enum status status = match_word(highlighter, text->bytes + token->start,
                                    token->end - token->start, token->kind, found, error);
    found->token++;
    return status;
}

static enum status read_text(struct highlighter *highlighter, const struct snippet_text *text,
                             struct error *error)
{
    struct token tokens[TOKENS_AT_ONCE];
    struct found found = {.title = true};
    size_t size = text->size < SNIPPET_TEXT_MAX ? text->size : SNIPPET_TEXT_MAX;
    size_t offset = 0;
    size_t count = 0;
    buffer_clear(&highlighter->tokens);
    buffer_clear(&highlighter->found);
    while ((count = token_scan(text->bytes, size, &offset, tokens, TOKENS_AT_ONCE)) != 0) {
        enum status status =
            buffer_append(&highlighter->tokens, tokens, count * sizeof tokens[0], error);
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
            status = match_token(highlighter, text, &tokens[i], &found, error);
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
static size_t find_word(struct highlighter *highlighter, size_t from, uint32_t word, uint64_t low,
                        uint64_t high)
{
    size_t count = 0;
    const struct found *found = founds(highlighter, &count);
    for (size_t i = from; i < count && found[i].position <= high && highlighter->steps > 0; i++) {
        highlighter->steps--;
        if (found[i].word == word && found[i].position >= low) {
            return i;
        }
    }
    return count;
}

/* Whether a match of the node begins at place `at`; `apply`: says so in its words. */
static bool match_begins(struct highlighter *highlighter, size_t at, bool apply)
{
    size_t count = 0;
    struct found *found = founds(highlighter, &count);
    const struct query_node *node = highlighter->nodes[found[at].node];
    uint32_t first_word = highlighter->node_words[found[at].node];
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
        size_t place = find_word(highlighter, from, word, low, high);
        if (place == count) {
            return false;
        }
        for (; apply && place < count; place = find_word(highlighter, place + 1, word, low, high)) {
            found[place].wanted = true;
        }
    }
    return true;
}

static void mark_phrases(struct highlighter *highlighter)
{
    size_t count = 0;
    const struct found *found = founds(highlighter, &count);
    highlighter->steps = STEPS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct query_node *node = highlighter->nodes[found[i].node];
        bool may_begin = node->near || found[i].word == highlighter->node_words[found[i].node];
        if (node->word_count > 1 && may_begin && match_begins(highlighter, i, false)) {
            (void)match_begins(highlighter, i, true);
        }
    }
}

/* ---- Marks ---- */

static enum status add_mark(struct highlighter *highlighter, uint32_t token, uint32_t word,
                            struct snippet_range range, struct error *error)
{
    struct mark mark = {.token = token, .word = word, .range = range};
    return buffer_append(&highlighter->marks, &mark, sizeof mark, error);
}

/* Merges what was found with the mentions, in text order. */
static enum status gather_marks(struct highlighter *highlighter, const struct snippet_text *text,
                                struct error *error)
{
    size_t count = 0;
    size_t token_count = 0;
    size_t mention = 0;
    const struct found *found = founds(highlighter, &count);
    const struct token *tokens = tokens_of(highlighter, &token_count);
    enum status status = STATUS_OK;
    uint32_t token = 0;
    buffer_clear(&highlighter->marks);
    for (size_t i = 0; status == STATUS_OK && (i < count || mention < text->mention_count);) {
        uint32_t start = i < count ? tokens[found[i].token].start : UINT32_MAX;
        if (mention < text->mention_count && text->mentions[mention].start < start) {
            struct snippet_range range = text->mentions[mention++];
            while (token < token_count && tokens[token].end <= range.start) {
                token++;
            }
            bool sound = token < token_count && range.end > range.start && range.end <= text->size;
            if (sound) {
                status =
                    add_mark(highlighter, token, (uint32_t)highlighter->word_count, range, error);
            }
            continue;
        }
        if (found[i].wanted) {
            struct snippet_range range = {start, tokens[found[i].token].end};
            status = add_mark(highlighter, found[i].token, found[i].word, range, error);
        }
        i++;
    }
    return status;
}

enum status highlighter_read(struct highlighter *highlighter, const struct snippet_text *text,
                             struct highlights *highlights, struct error *error)
{
    assert(text->size <= UINT32_MAX);
    *highlights = (struct highlights){.token_count = 0};
    enum status status = read_text(highlighter, text, error);
    if (status == STATUS_OK) {
        mark_phrases(highlighter);
        status = gather_marks(highlighter, text, error);
    }
    if (status == STATUS_OK) {
        highlights->tokens = tokens_of(highlighter, &highlights->token_count);
        highlights->marks = (const struct mark *)(const void *)highlighter->marks.bytes;
        highlights->mark_count = highlighter->marks.size / sizeof(struct mark);
    }
    return status;
}
