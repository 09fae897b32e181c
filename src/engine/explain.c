#include "engine/explain.h"

#include <string.h>

#include "query/score.h"
#include "query/word.h"

enum { LEVEL_NONE, LEVEL_EXACT, LEVEL_FOLD, LEVEL_CLASS };
#define WORDS_BYTES_MAX ((size_t)1 << 30)

/* One occurrence of a word of the query. */
struct place {
    uint32_t position;
    uint16_t word; /* of the node */
    uint8_t level;
};

void explainer_init(struct explainer *explainer, const struct analyser *analyser,
                    const struct plan *plan)
{
    *explainer = (struct explainer){.analyser = analyser, .plan = plan};
    token_list_init(&explainer->tokens);
    buffer_init(&explainer->words, WORDS_BYTES_MAX);
}

void explainer_release(struct explainer *explainer)
{
    token_list_release(&explainer->tokens);
    buffer_release(&explainer->words);
}

static uint8_t level_of(const struct query_word *word, const struct analysis *part)
{
    if (!word_wants(word, part)) {
        return LEVEL_NONE;
    }
    if (bytes_equal(word->form.bytes, word->form.size, part->form, part->form_size)) {
        return LEVEL_EXACT;
    }
    return bytes_equal(word->fold.bytes, word->fold.size, part->fold, part->fold_size)
               ? LEVEL_FOLD
               : LEVEL_CLASS;
}

static enum status add_places(struct explainer *explainer, const struct query_node *node,
                              const struct analysis *part, uint32_t position, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < node->word_count; i++) {
        struct place place = {
            .position = position, .word = (uint16_t)i, .level = level_of(&node->words[i], part)};
        if (place.level != LEVEL_NONE) {
            status = buffer_append(&explainer->words, &place, sizeof place, error);
        }
    }
    return status;
}

/* Finds where the node's words stand; with `title:` in the title alone. */
static enum status find_places(struct explainer *explainer, const struct query_node *node,
                               const struct stored_document *document, struct error *error)
{
    const struct token_list *tokens = &explainer->tokens;
    struct position_counter counter = {0};
    enum status status = STATUS_OK;
    buffer_clear(&explainer->words);
    size_t count = node->title ? tokens->title_count : tokens->count;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct analysis parts[ANALYSIS_PARTS_MAX];
        const struct token *token = &tokens->tokens[i];
        if (i == tokens->title_count) {
            position_body(&counter);
        }
        size_t made = analyser_word(explainer->analyser, document->text + token->start,
                                    token->end - token->start, (enum token_kind)token->kind, parts);
        bool first = true;
        for (size_t k = 0; status == STATUS_OK && k < made; k++) {
            if (parts[k].class_size > 0) {
                uint32_t position = position_take(&counter, first, parts[k].advance);
                first = false;
                status = add_places(explainer, node, &parts[k], position, error);
            }
        }
    }
    return status;
}

static bool stands_at(const struct place *places, size_t count, size_t from, uint32_t position,
                      size_t word)
{
    for (size_t i = from; i < count && places[i].position <= position; i++) {
        if (places[i].position == position && places[i].word == word) {
            return true;
        }
    }
    return false;
}

/* Matches of a phrase: places of its first word behind which the others stand; of one word, its
 * places. Words near each other have no such count here: 0. */
static uint64_t frequency_of(const struct query_node *node, const struct place *places,
                             size_t count)
{
    uint64_t frequency = 0;
    for (size_t i = 0; !node->near && i < count; i++) {
        bool again = i > 0 && places[i - 1].position == places[i].position &&
                     places[i - 1].word == places[i].word;
        if (places[i].word != 0 || again) {
            continue;
        }
        bool all = true;
        for (size_t k = 1; all && k < node->word_count; k++) {
            size_t from = i;
            uint32_t position = places[i].position + node->words[k].position;
            while (from > 0 && places[from - 1].position >= places[i].position) {
                from--;
            }
            all = stands_at(places, count, from, position, k);
        }
        frequency += all;
    }
    return frequency;
}

/* Whether every word of the node stands somewhere. */
static bool all_stand(const struct query_node *node, const struct place *places, size_t count)
{
    bool all = true;
    for (size_t i = 0; all && i < node->word_count; i++) {
        bool one = false;
        for (size_t k = 0; !one && k < count; k++) {
            one = places[k].word == i;
        }
        all = one;
    }
    return all;
}

/* What a node is explained with. */
struct explaining {
    struct explainer *explainer;
    const struct stored_document *document;
    uint64_t length;
    struct buffer *matches;
    struct error *error;
};

static enum status add_match(const struct explaining *of, const struct plan_node *node, size_t word,
                             uint64_t frequency)
{
    const struct query_word *asked = &node->query->words[word];
    const struct buffer *words = &of->explainer->words;
    const struct place *places = (const struct place *)(const void *)words->bytes;
    const struct query_string *shown = asked->form.size > 0 ? &asked->form : &asked->pattern;
    struct fihris_match match = {.word = shown->bytes,
                                 .word_size = shown->size,
                                 .query_offset = (uint32_t)asked->offset,
                                 .group = (uint32_t)node->query->offset,
                                 .documents = node->terms[word].document_frequency,
                                 .idf = node->terms[word].idf,
                                 .frequency = frequency,
                                 .length = of->length};
    if (word == 0 && frequency > 0) {
        match.score = score_value(&of->explainer->plan->scale, node->idf, (double)frequency,
                                  (double)of->length);
    }
    for (size_t i = 0; i < words->size / sizeof *places; i++) {
        if (places[i].word == word) {
            match.exact += places[i].level == LEVEL_EXACT;
            match.fold += places[i].level == LEVEL_FOLD;
            match.other += places[i].level == LEVEL_CLASS;
        }
    }
    match.level = match.exact > 0   ? "exact"
                  : match.fold > 0  ? "fold"
                  : match.other > 0 ? "class"
                                    : "none";
    return buffer_append(of->matches, &match, sizeof match, of->error);
}

static enum status explain_words(const struct explaining *of, const struct plan_node *node,
                                 bool *matched)
{
    const struct query_node *query = node->query;
    enum status status = find_places(of->explainer, query, of->document, of->error);
    const struct place *places = (const struct place *)(const void *)of->explainer->words.bytes;
    size_t count = of->explainer->words.size / sizeof *places;
    uint64_t frequency = status == STATUS_OK ? frequency_of(query, places, count) : 0;
    *matched = query->near ? all_stand(query, places, count) : frequency > 0;
    for (size_t i = 0; status == STATUS_OK && i < query->word_count; i++) {
        status = add_match(of, node, i, frequency);
    }
    return status;
}

static void no_score(const struct explaining *of, size_t from)
{
    for (size_t at = from; at < of->matches->size; at += sizeof(struct fihris_match)) {
        struct fihris_match *match = (struct fihris_match *)(void *)(of->matches->bytes + at);
        match->score = 0;
    }
}

/* A word that asks for nothing is told of, so that nobody looks for its part of the score. */
static enum status explain_apart(const struct explaining *of, const struct plan_node *node)
{
    size_t before = of->matches->size;
    bool stands = false;
    enum status status = explain_words(of, node, &stands);
    no_score(of, before);
    if (status == STATUS_OK) {
        ((struct fihris_match *)(void *)(of->matches->bytes + before))->level = "apart";
    }
    return status;
}

/* Words of an AND that does not hold add nothing. Depth is bounded by QUERY_DEPTH_MAX. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static enum status explain_node(const struct explaining *of, const struct plan_node *node,
                                bool *matched)
{
    *matched = true; /* of names and dates it is not asked here */
    if (node->query->kind == QUERY_WORDS) {
        return explain_words(of, node, matched);
    }
    if (node->query->kind == QUERY_APART) {
        return explain_apart(of, node->children[0]);
    }
    if (node->query->kind != QUERY_AND && node->query->kind != QUERY_OR) {
        return STATUS_OK;
    }
    bool all = node->query->kind == QUERY_AND;
    size_t before = of->matches->size;
    enum status status = STATUS_OK;
    *matched = all;
    for (size_t i = 0; status == STATUS_OK && i < node->child_count; i++) {
        bool one = false;
        status = explain_node(of, node->children[i], &one);
        *matched = all ? *matched && one : *matched || one;
    }
    if (!*matched) {
        no_score(of, before);
    }
    return status;
}

enum status explainer_matches(struct explainer *explainer, const struct stored_document *document,
                              uint64_t length, struct buffer *matches, struct error *error)
{
    const struct explaining of = {explainer, document, length, matches, error};
    bool matched = false;
    enum status status = token_list_scan(&explainer->tokens, document->text, document->text_size,
                                         document->title_end, error);
    return status == STATUS_OK ? explain_node(&of, explainer->plan->root, &matched) : status;
}
