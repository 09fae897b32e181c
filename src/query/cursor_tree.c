#include "query/cursor_node.h"

#include <assert.h>

/* Making the cursors of a plan, and what is known of them before they move: what they cost, in
 * which order they are asked, and what they can score at most. */

struct maker {
    const struct plan *plan;
    size_t segment;
    bool thresholds;
    struct arena *arena;
    struct cursor_tree *tree;
    struct error *error;
};

static enum status cursor_make(struct maker *maker, const struct plan_node *node,
                               struct cursor **out);

static void *take(struct maker *maker, size_t count, size_t size)
{
    void *bytes = arena_alloc(maker->arena, count * size);
    if (bytes == NULL) {
        (void)error_set(maker->error, STATUS_LIMIT, "query needs more memory than it may take");
    }
    return bytes;
}

/* Stable insertion sort of few things by a number. */
static void sort_cursors(struct cursor **cursors, size_t count,
                         double (*key)(const struct cursor *cursor))
{
    for (size_t i = 1; i < count; i++) {
        struct cursor *moved = cursors[i];
        size_t at = i;
        for (; at > 0 && key(cursors[at - 1]) > key(moved); at--) {
            cursors[at] = cursors[at - 1];
        }
        cursors[at] = moved;
    }
}

static double by_cost(const struct cursor *cursor)
{
    return (double)cursor->cost;
}

static double by_limit(const struct cursor *cursor)
{
    return cursor->limit;
}

static double by_effort(const struct cursor *cursor)
{
    switch (cursor->kind) {
    case CURSOR_FILTER:
        return 0;
    case CURSOR_TERM:
        return cursor->leaf->filtered || cursor->node->query->title ? 2 : 1;
    case CURSOR_PHRASE:
        return 3;
    case CURSOR_AND:
    case CURSOR_OR:
        return 4;
    }
    return 4;
}

/* The leaf is then the first of the tree's. */
static enum status open_leaf(struct maker *maker, const struct plan_term *term, bool positions)
{
    const struct leaf_place place = {.plan = maker->plan,
                                     .segment = maker->segment,
                                     .arena = maker->arena,
                                     .all = &maker->tree->leaves};
    return leaf_open(&place, term, positions, maker->error);
}

static enum status make_term(struct maker *maker, struct cursor *cursor)
{
    cursor->kind = CURSOR_TERM;
    enum status status = open_leaf(maker, &cursor->node->terms[0], cursor->node->query->title);
    cursor->leaf = maker->tree->leaves;
    if (status != STATUS_OK) {
        return status;
    }
    cursor->cost = cursor->leaf->cost;
    if (maker->thresholds) {
        cursor->limit = cursor_leaf_limit(cursor, cursor->leaf);
    }
    return STATUS_OK;
}

static enum status make_phrase(struct maker *maker, struct cursor *cursor)
{
    const struct plan_node *node = cursor->node;
    size_t count = node->term_count;
    cursor->kind = CURSOR_PHRASE;
    cursor->words = take(maker, count, sizeof *cursor->words);
    cursor->leaves = take(maker, count, sizeof(struct leaf *));
    if (cursor->words == NULL || cursor->leaves == NULL) {
        return STATUS_LIMIT;
    }
    cursor->word_count = count;
    cursor->cost = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        enum status status = open_leaf(maker, &node->terms[i], true);
        struct leaf *leaf = maker->tree->leaves;
        if (status != STATUS_OK) {
            return status;
        }
        cursor->words[i] =
            (struct phrase_word){.leaf = leaf, .offset = node->query->words[i].position};
        size_t at = i;
        for (; at > 0 && cursor->leaves[at - 1]->cost > leaf->cost; at--) {
            cursor->leaves[at] = cursor->leaves[at - 1];
        }
        cursor->leaves[at] = leaf;
        cursor->cost = leaf->cost < cursor->cost ? leaf->cost : cursor->cost;
        if (maker->thresholds) {
            double limit = cursor_leaf_limit(cursor, leaf);
            cursor->limit = i == 0 || limit < cursor->limit ? limit : cursor->limit;
        }
    }
    return STATUS_OK;
}

static enum status make_filter(struct maker *maker, struct cursor *cursor)
{
    cursor->kind = CURSOR_FILTER;
    cursor->filter = take(maker, 1, sizeof *cursor->filter);
    if (cursor->filter == NULL) {
        return STATUS_LIMIT;
    }
    enum status status = filter_init(cursor->filter, cursor->node->query, cursor->segment,
                                     maker->arena, maker->error);
    const struct filter *filter = cursor->filter;
    cursor->cost = filter->first > filter->last ? 0 : (uint64_t)filter->last - filter->first + 1;
    return status;
}

/* Children of AND and OR; those under NOT go to `excluded`, what asks for nothing goes nowhere. */
static enum status make_children(struct maker *maker, struct cursor *cursor)
{
    const struct plan_node *node = cursor->node;
    size_t size = sizeof(struct cursor *);
    cursor->children = take(maker, node->child_count, size);
    cursor->order = take(maker, node->child_count, size);
    cursor->checks = take(maker, node->child_count, size);
    cursor->excluded = take(maker, node->child_count, size);
    if (cursor->children == NULL || cursor->order == NULL || cursor->checks == NULL ||
        cursor->excluded == NULL) {
        return STATUS_LIMIT;
    }
    for (size_t i = 0; i < node->child_count; i++) {
        const struct plan_node *child = node->children[i];
        bool excluded = child->query->kind == QUERY_NOT;
        struct cursor *made = NULL;
        if (child->query->kind == QUERY_APART) {
            continue;
        }
        enum status status = cursor_make(maker, excluded ? child->children[0] : child, &made);
        if (status != STATUS_OK) {
            return status;
        }
        if (excluded) {
            cursor->excluded[cursor->excluded_count++] = made;
        } else {
            cursor->order[cursor->child_count] = made;
            cursor->checks[cursor->child_count] = made;
            cursor->children[cursor->child_count++] = made;
            cursor->limit += made->limit;
        }
    }
    return STATUS_OK;
}

static enum status make_and(struct maker *maker, struct cursor *cursor)
{
    cursor->kind = CURSOR_AND;
    enum status status = make_children(maker, cursor);
    if (status != STATUS_OK) {
        return status;
    }
    assert(cursor->child_count > 0);
    sort_cursors(cursor->order, cursor->child_count, by_cost);
    sort_cursors(cursor->checks, cursor->child_count, by_effort);
    cursor->cost = cursor->order[0]->cost;
    return STATUS_OK;
}

static enum status make_or(struct maker *maker, struct cursor *cursor)
{
    cursor->kind = CURSOR_OR;
    enum status status = make_children(maker, cursor);
    if (status != STATUS_OK) {
        return status;
    }
    assert(cursor->excluded_count == 0);
    cursor->here = take(maker, cursor->child_count, sizeof *cursor->here);
    cursor->limit_sums = take(maker, cursor->child_count, sizeof *cursor->limit_sums);
    cursor->bounds = take(maker, cursor->child_count, sizeof *cursor->bounds);
    if (cursor->here == NULL || cursor->limit_sums == NULL || cursor->bounds == NULL) {
        return STATUS_LIMIT;
    }
    sort_cursors(cursor->order, cursor->child_count, by_limit);
    double sum = 0;
    for (size_t i = 0; i < cursor->child_count; i++) {
        sum += cursor->order[i]->limit;
        cursor->limit_sums[i] = sum;
        cursor->cost += cursor->order[i]->cost;
    }
    return STATUS_OK;
}

static enum status cursor_make(struct maker *maker, const struct plan_node *node,
                               struct cursor **out)
{
    struct cursor *cursor = take(maker, 1, sizeof *cursor);
    if (cursor == NULL) {
        return STATUS_LIMIT;
    }
    cursor->plan = maker->plan;
    cursor->node = node;
    cursor->segment = maker->plan->segments[maker->segment].segment;
    *out = cursor;
    switch (node->query->kind) {
    case QUERY_WORDS:
    case QUERY_ENTITY:
    case QUERY_EVENT_DATE:
        return node->term_count == 1 ? make_term(maker, cursor) : make_phrase(maker, cursor);
    case QUERY_AND:
        return make_and(maker, cursor);
    case QUERY_OR:
        return make_or(maker, cursor);
    case QUERY_DATE:
    case QUERY_SOURCE:
    case QUERY_ID:
        return make_filter(maker, cursor);
    case QUERY_NOT:
    case QUERY_APART:
        break;
    }
    assert(node->query->kind != QUERY_NOT && node->query->kind != QUERY_APART);
    return STATUS_USAGE;
}

enum status cursor_tree_open(const struct plan *plan, size_t segment, bool thresholds,
                             struct arena *arena, struct cursor_tree *tree, struct error *error)
{
    *tree = (struct cursor_tree){.root = NULL};
    enum query_node_kind kind = plan->root->query->kind;
    struct maker maker = {.plan = plan,
                          .segment = segment,
                          .thresholds = thresholds && (kind == QUERY_AND || kind == QUERY_OR),
                          .arena = arena,
                          .tree = tree,
                          .error = error};
    return cursor_make(&maker, plan->root, &tree->root);
}

void cursor_tree_close(struct cursor_tree *tree)
{
    leaf_close_all(tree->leaves);
    *tree = (struct cursor_tree){.root = NULL};
}
