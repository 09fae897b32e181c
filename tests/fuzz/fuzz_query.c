#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "query/parse.h"
#include "query/snippet.h"

/* Parses the bytes as a query. What parses is printed and asked of a text: the query itself. What
 * does not must say where. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tree(const struct query_node *node, const struct query_node *above, size_t size)
{
    assert(node->offset <= size);
    assert((node->kind != QUERY_NOT && node->kind != QUERY_APART) ||
           (above != NULL && above->kind == QUERY_AND));
    size_t excluded = 0;
    for (size_t i = 0; i < node->child_count; i++) {
        excluded += node->children[i]->kind == QUERY_NOT || node->children[i]->kind == QUERY_APART;
        check_tree(node->children[i], node, size);
    }
    assert((node->kind == QUERY_AND || node->kind == QUERY_OR) == (node->child_count > 1));
    assert(excluded == 0 || excluded < node->child_count);
    assert((node->kind == QUERY_WORDS) == (node->word_count > 0));
    for (size_t i = 0; i < node->word_count; i++) {
        assert(i == 0 ? node->words[i].position == 0
                      : node->words[i].position >= node->words[i - 1].position);
        assert(node->words[i].class_key.size + node->words[i].pattern.size > 0);
    }
}

static void ask(const struct query_node *root, const struct analyser *analyser, const char *text,
                size_t size)
{
    struct error error;
    struct snippet snippet;
    struct snippet_maker *maker = NULL;
    struct snippet_text source = {.bytes = text, .size = size, .title_end = (uint32_t)(size / 3)};
    enum status status = snippet_maker_new(root, analyser, NULL, &maker, &error);
    assert(status == STATUS_OK);
    status = snippet_make(maker, &source, 100, &snippet, &error);
    assert(status == STATUS_OK);
    for (size_t i = 0; i < snippet.mark_count; i++) {
        assert(snippet.marks[i].start < snippet.marks[i].end);
        assert(snippet.marks[i].end <= snippet.size);
    }
    snippet_maker_free(maker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct analyser analyser = {.name = ANALYSER_DEFAULT};
    struct error error = {.message = ""};
    const struct query_node *root = NULL;
    int64_t offset = 0;
    struct arena *arena = arena_new(QUERY_ARENA_MAX);
    struct query_string text = {(const char *)data, size};
    enum status status = query_parse(arena, &analyser, text, &root, &offset, &error);
    if (status == STATUS_OK) {
        assert(offset == -1);
        check_tree(root, NULL, size);
        struct buffer out;
        buffer_init(&out, (size_t)1 << 24);
        status = query_print(root, &out, &error);
        assert(status == STATUS_OK);
        buffer_release(&out);
        ask(root, &analyser, text.bytes, size);
    } else {
        assert(status == STATUS_USAGE || status == STATUS_LIMIT);
        assert(offset >= 0 && (size_t)offset <= size);
        assert(error.message[0] != '\0');
    }
    arena_free(arena);
    return 0;
}
