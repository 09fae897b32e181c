#include "query/cursor.h"

#include <assert.h>
#include <string.h>

#include "query/filter.h"

enum {
    LIMIT_BLOCKS_MAX = 4096, /* blocks looked at for a list's greatest score */
};

enum cursor_kind { CURSOR_TERM, CURSOR_PHRASE, CURSOR_AND, CURSOR_OR, CURSOR_FILTER };

/* A word of a phrase and, while one document is looked at, its positions. */
struct phrase_word {
    struct leaf *leaf;
    uint32_t offset;
    uint32_t count;
    uint32_t at;
    const uint32_t *positions;
};

struct cursor {
    enum cursor_kind kind;
    doc_id document;
    const struct plan *plan;
    const struct plan_node *node;
    struct segment *segment;
    const struct column_block *lengths; /* looked at last */
    uint64_t cost;                      /* candidates, about */
    double limit;       /* no match in the segment scores above it; with thresholds only */
    uint32_t frequency; /* TERM, PHRASE: in the candidate; 0: not known yet */

    struct leaf *leaf;         /* TERM */
    struct phrase_word *words; /* PHRASE, in query order */
    struct leaf **leaves;      /* PHRASE: the same, the rarest first */
    size_t word_count;
    struct filter *filter; /* FILTER */

    struct cursor **children; /* AND, OR, in query order; AND: without the excluded ones */
    size_t child_count;
    struct cursor **order;    /* AND: the rarest first. OR: the smallest limit first */
    struct cursor **checks;   /* AND: the cheapest to ask first */
    struct cursor **excluded; /* AND */
    size_t excluded_count;
    bool *here;         /* OR: which children match the candidate */
    size_t essential;   /* OR: children in `order` before it cannot reach the threshold alone */
    double *limit_sums; /* OR: sum of the limits of order[0..i] */
    struct cursor_bound *bounds; /* OR: of order[i], as asked for last; hold up to their end */
    double threshold;
    bool thresholded;     /* there is a threshold (it may be 0) */
    uint32_t least_block; /* block of the leading list for which ... */
    uint32_t least;       /* ... this is the least frequency that may do */
    bool passed_over;     /* candidates were left unasked */
};

doc_id cursor_document(const struct cursor *cursor)
{
    return cursor->document;
}

/* ---- Making ---- */

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

/* A phrase occurs no more often than each of its words; words near each other may: every word may
 * begin a window. */
static double bound_score(const struct cursor *cursor, const struct postings_bound *bound)
{
    double idf = cursor->node->idf;
    if (bound->frequency_max >= POSTINGS_FREQUENCY_UNKNOWN || cursor->node->query->near) {
        return score_limit(idf);
    }
    return score_value(&cursor->plan->scale, idf, bound->frequency_max, bound->length_min);
}

/* The greatest score of a leaf over its blocks. */
static double leaf_limit(const struct cursor *cursor, const struct leaf *leaf)
{
    const struct postings_reader *list = leaf->single;
    double greatest = 0;
    if (leaf->list_count == 0) {
        return greatest;
    }
    if (list == NULL || postings_reader_blocks(list) > LIMIT_BLOCKS_MAX) {
        return score_limit(cursor->node->idf);
    }
    for (uint32_t i = 0; i < postings_reader_blocks(list); i++) {
        struct postings_bound bound;
        postings_reader_block_bound(list, i, &bound);
        double score = bound_score(cursor, &bound);
        greatest = score > greatest ? score : greatest;
    }
    return greatest;
}

static enum status make_term(struct maker *maker, struct cursor *cursor)
{
    cursor->kind = CURSOR_TERM;
    enum status status = leaf_open(maker->plan, &cursor->node->terms[0], maker->segment,
                                   maker->arena, &maker->tree->leaves, maker->error);
    cursor->leaf = maker->tree->leaves;
    if (status != STATUS_OK) {
        return status;
    }
    cursor->cost = cursor->leaf->cost;
    if (maker->thresholds) {
        cursor->limit = leaf_limit(cursor, cursor->leaf);
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
        enum status status = leaf_open(maker->plan, &node->terms[i], maker->segment, maker->arena,
                                       &maker->tree->leaves, maker->error);
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
            double limit = leaf_limit(cursor, leaf);
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

/* Children of AND and OR; those under NOT go to `excluded`. */
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
        break;
    }
    assert(node->query->kind != QUERY_NOT);
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

/* ---- Moving ---- */

static inline enum status length_of(struct cursor *cursor, doc_id document, uint64_t *length,
                                    struct error *error)
{
    enum status status = STATUS_OK;
    if (!column_block_holds(cursor->lengths, document)) {
        status =
            segment_column_block(cursor->segment, COLUMN_LENGTH, document, &cursor->lengths, error);
    }
    *length = status == STATUS_OK ? column_block_value(cursor->lengths, document) : 0;
    return status;
}

static enum status title_length(const struct cursor *cursor, uint64_t *length, struct error *error)
{
    return segment_column(cursor->segment, COLUMN_TITLE_LENGTH, cursor->document, length, error);
}

/* The least frequency at which the shortest document of the list's block may score above the
 * threshold. */
static uint32_t least_frequency(const struct cursor *cursor, const struct postings_bound *bound)
{
    uint32_t least = 1;
    while (least < bound->frequency_max &&
           !score_may_exceed(&cursor->plan->scale, cursor->node->idf, least, bound->length_min,
                             cursor->threshold)) {
        least++;
    }
    return least;
}

/* Whether the list's document alone may score above the threshold. */
static enum status list_promises(struct cursor *cursor, struct postings_reader *list,
                                 bool *promises, struct error *error)
{
    uint32_t frequency = 0;
    uint64_t length = 0;
    *promises = true;
    if (list->document >= segment_counts(cursor->segment)->documents) {
        return STATUS_OK; /* damage, which is found where the candidate is looked at */
    }
    enum status status = postings_reader_frequency(list, &frequency, error);
    if (status == STATUS_OK) {
        status = length_of(cursor, list->document, &length, error);
    }
    *promises = score_may_exceed(&cursor->plan->scale, cursor->node->idf, frequency, (double)length,
                                 cursor->threshold);
    return status;
}

/* Moves the list that leads to a document in which it may score above the threshold. */
static enum status pass_over(struct cursor *cursor, struct leaf *leaf, struct error *error)
{
    struct postings_reader *list = leaf->single;
    bool promises = false;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !promises && list->document != DOC_ID_END) {
        uint32_t frequency = 0;
        status = postings_reader_frequency(list, &frequency, error);
        if (status == STATUS_OK && list->block != cursor->least_block) {
            struct postings_bound bound;
            postings_reader_block_bound(list, list->block, &bound);
            cursor->least_block = list->block;
            cursor->least = least_frequency(cursor, &bound);
        }
        if (status == STATUS_OK && postings_reader_skip_rare(list, cursor->least)) {
            status = list_promises(cursor, list, &promises, error);
        }
        if (status == STATUS_OK && !promises) {
            status = postings_reader_next(list, error);
        }
    }
    cursor->passed_over = cursor->passed_over || list->document != leaf->document;
    leaf->document = list->document;
    return status;
}

static enum status advance_phrase(struct cursor *cursor, doc_id target, struct error *error)
{
    bool passes_over = cursor->thresholded && !cursor->node->query->near;
    for (size_t i = 0; i < cursor->word_count;) {
        struct leaf *leaf = cursor->leaves[i];
        enum status status = leaf_advance(leaf, target, error);
        if (status == STATUS_OK && i == 0 && passes_over && leaf->single != NULL) {
            status = pass_over(cursor, leaf, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        doc_id document = leaf->document;
        i = document == target || i == 0 ? i + 1 : 0;
        target = document;
        if (document == DOC_ID_END) {
            break;
        }
    }
    cursor->document = target;
    return STATUS_OK;
}

static enum status advance_and(struct cursor *cursor, doc_id target, struct error *error)
{
    for (size_t i = 0; i < cursor->child_count;) {
        enum status status = cursor_advance(cursor->order[i], target, error);
        if (status != STATUS_OK) {
            return status;
        }
        doc_id document = cursor->order[i]->document;
        i = document == target || i == 0 ? i + 1 : 0;
        target = document;
        if (document == DOC_ID_END) {
            break;
        }
    }
    cursor->document = target;
    return STATUS_OK;
}

static enum status advance_or(struct cursor *cursor, doc_id target, struct error *error)
{
    doc_id least = DOC_ID_END;
    for (size_t i = cursor->essential; i < cursor->child_count; i++) {
        enum status status = cursor_advance(cursor->order[i], target, error);
        if (status != STATUS_OK) {
            return status;
        }
        least = cursor->order[i]->document < least ? cursor->order[i]->document : least;
    }
    cursor->document = least;
    return STATUS_OK;
}

static void advance_filter(struct cursor *cursor, doc_id target)
{
    const struct filter *filter = cursor->filter;
    doc_id document = target < filter->first ? filter->first : target;
    cursor->document = document > filter->last ? DOC_ID_END : document;
}

enum status cursor_advance(struct cursor *cursor, doc_id target, struct error *error)
{
    enum status status = STATUS_OK;
    switch (cursor->kind) {
    case CURSOR_TERM:
        status = leaf_advance(cursor->leaf, target, error);
        if (status == STATUS_OK && cursor->thresholded && cursor->leaf->single != NULL) {
            status = pass_over(cursor, cursor->leaf, error);
        }
        cursor->document = cursor->leaf->document;
        break;
    case CURSOR_PHRASE:
        return advance_phrase(cursor, target, error);
    case CURSOR_AND:
        return advance_and(cursor, target, error);
    case CURSOR_OR:
        return advance_or(cursor, target, error);
    case CURSOR_FILTER:
        advance_filter(cursor, target);
        break;
    }
    return status;
}

/* ---- Matching ---- */

static enum status matches_term(struct cursor *cursor, bool *matches, struct error *error)
{
    const uint32_t *positions = NULL;
    uint32_t count = 0;
    cursor->frequency = 0;
    *matches = true;
    if (!cursor->leaf->filtered && !cursor->node->query->title) {
        return STATUS_OK;
    }
    enum status status = leaf_positions(cursor->leaf, &positions, &count, error);
    if (status == STATUS_OK && count > 0 && cursor->node->query->title) {
        uint64_t title = 0;
        status = title_length(cursor, &title, error);
        while (count > 0 && positions[count - 1] >= title) {
            count--;
        }
    }
    cursor->frequency = count;
    *matches = count > 0;
    return status;
}

/* The words of a phrase at their places: the word with the fewest positions leads. */
static uint32_t count_phrase(struct cursor *cursor, uint64_t title)
{
    const struct query_node *query = cursor->node->query;
    struct phrase_word *words = cursor->words;
    size_t lead = 0;
    for (size_t i = 1; i < cursor->word_count; i++) {
        lead = words[i].count < words[lead].count ? i : lead;
    }
    uint32_t span = words[cursor->word_count - 1].offset;
    uint32_t found = 0;
    for (uint32_t at = 0; at < words[lead].count; at++) {
        uint32_t position = words[lead].positions[at];
        bool again = at > 0 && words[lead].positions[at - 1] == position;
        if (again || position < words[lead].offset) {
            continue;
        }
        uint64_t first = position - words[lead].offset;
        bool all = query->title ? first + span < title : first >= title || first + span < title;
        for (size_t i = 0; all && i < cursor->word_count; i++) {
            struct phrase_word *word = &words[i];
            uint64_t wanted = first + word->offset;
            while (word->at < word->count && word->positions[word->at] < wanted) {
                word->at++;
            }
            all = word->at < word->count && word->positions[word->at] == wanted;
        }
        found += all ? 1 : 0;
    }
    return found;
}

/* The words in any order within a window: a match for each position that begins one. */
static uint32_t count_near(struct cursor *cursor, uint64_t title)
{
    const struct query_node *query = cursor->node->query;
    uint64_t width = (uint64_t)query->word_count + query->slop;
    uint32_t found = 0;
    for (;;) {
        uint32_t first = UINT32_MAX;
        uint32_t last = 0;
        for (size_t i = 0; i < cursor->word_count; i++) {
            const struct phrase_word *word = &cursor->words[i];
            if (word->at == word->count) {
                return found;
            }
            uint32_t position = word->positions[word->at];
            first = position < first ? position : first;
            last = position > last ? position : last;
        }
        bool one_side = query->title ? last < title : first >= title || last < title;
        found += one_side && last - first < width ? 1 : 0;
        for (size_t i = 0; i < cursor->word_count; i++) {
            struct phrase_word *word = &cursor->words[i];
            while (word->at < word->count && word->positions[word->at] == first) {
                word->at++;
            }
        }
    }
}

/* Whether the words stand in the candidate often enough for a score above the threshold, if they
 * stood together each time: positions cost more than that. */
static enum status phrase_promises(struct cursor *cursor, bool *promises, struct error *error)
{
    uint64_t length = 0;
    enum status status = length_of(cursor, cursor->document, &length, error);
    uint64_t most = cursor->node->query->near ? 0 : UINT32_MAX;
    *promises = true;
    for (size_t i = 0; status == STATUS_OK && *promises && i < cursor->word_count; i++) {
        uint32_t frequency = 0;
        status = leaf_frequency(cursor->leaves[i], &frequency, error);
        if (cursor->node->query->near) { /* each position may begin a match */
            most += frequency;
            *promises = i + 1 < cursor->word_count;
        } else {
            most = frequency < most ? frequency : most;
            *promises = false;
        }
        *promises = *promises || score_may_exceed(&cursor->plan->scale, cursor->node->idf,
                                                  (double)most, (double)length, cursor->threshold);
    }
    return status;
}

static enum status matches_phrase(struct cursor *cursor, bool *matches, struct error *error)
{
    *matches = false;
    if (cursor->thresholded) {
        bool promises = true;
        enum status status = phrase_promises(cursor, &promises, error);
        if (status != STATUS_OK || !promises) {
            cursor->passed_over = true;
            return status;
        }
    }
    for (size_t i = 0; i < cursor->word_count; i++) {
        struct phrase_word *word = &cursor->words[i];
        word->at = 0;
        enum status status = leaf_positions(word->leaf, &word->positions, &word->count, error);
        if (status != STATUS_OK || word->count == 0) {
            return status;
        }
    }
    uint64_t title = 0;
    enum status status = title_length(cursor, &title, error);
    if (status != STATUS_OK) {
        return status;
    }
    cursor->frequency =
        cursor->node->query->near ? count_near(cursor, title) : count_phrase(cursor, title);
    *matches = cursor->frequency > 0;
    return STATUS_OK;
}

static enum status matches_and(struct cursor *cursor, bool *matches, struct error *error)
{
    enum status status = STATUS_OK;
    *matches = true;
    for (size_t i = 0; status == STATUS_OK && *matches && i < cursor->child_count; i++) {
        status = cursor_matches(cursor->checks[i], matches, error);
    }
    for (size_t i = 0; status == STATUS_OK && *matches && i < cursor->excluded_count; i++) {
        struct cursor *excluded = cursor->excluded[i];
        bool there = false;
        status = cursor_advance(excluded, cursor->document, error);
        if (status == STATUS_OK && excluded->document == cursor->document) {
            status = cursor_matches(excluded, &there, error);
        }
        *matches = !there;
    }
    return status;
}

/* Whether the blocks in which the candidate lies leave it a score above the threshold. */
static bool promising(const struct cursor *cursor)
{
    double sum = 0;
    for (size_t i = 0; i < cursor->child_count; i++) {
        const struct cursor *child = cursor->order[i];
        if (i >= cursor->essential && child->document != cursor->document) {
            continue;
        }
        struct cursor_bound *bound = &cursor->bounds[i];
        if (bound->last < cursor->document || bound->last == 0) {
            cursor_bound(child, cursor->document, bound);
        }
        sum += bound->greatest > 0 ? bound->greatest : 0;
    }
    return sum * CURSOR_SLACK > cursor->threshold;
}

static enum status matches_or(struct cursor *cursor, bool *matches, struct error *error)
{
    *matches = false;
    if (cursor->thresholded && !promising(cursor)) {
        cursor->passed_over = true;
        return STATUS_OK;
    }
    for (size_t i = 0; i < cursor->child_count; i++) {
        struct cursor *child = cursor->children[i];
        enum status status = STATUS_OK;
        cursor->here[i] = false;
        if (child->document < cursor->document || cursor->thresholded) {
            status = cursor_advance(child, cursor->document, error);
        }
        if (status == STATUS_OK && child->document == cursor->document) {
            status = cursor_matches(child, &cursor->here[i], error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        *matches = *matches || cursor->here[i];
    }
    return STATUS_OK;
}

enum status cursor_matches(struct cursor *cursor, bool *matches, struct error *error)
{
    switch (cursor->kind) {
    case CURSOR_TERM:
        return matches_term(cursor, matches, error);
    case CURSOR_PHRASE:
        return matches_phrase(cursor, matches, error);
    case CURSOR_AND:
        return matches_and(cursor, matches, error);
    case CURSOR_OR:
        return matches_or(cursor, matches, error);
    case CURSOR_FILTER:
        break;
    }
    return filter_passes(cursor->filter, cursor->document, matches, error);
}

/* ---- Scoring ---- */

static enum status score_leaf(struct cursor *cursor, double *score, struct error *error)
{
    uint64_t length = 0;
    enum status status = length_of(cursor, cursor->document, &length, error);
    if (status == STATUS_OK && cursor->frequency == 0) {
        status = leaf_frequency(cursor->leaf, &cursor->frequency, error);
    }
    *score =
        score_value(&cursor->plan->scale, cursor->node->idf, cursor->frequency, (double)length);
    return status;
}

enum status cursor_score(struct cursor *cursor, double *score, struct error *error)
{
    *score = 0;
    if (cursor->kind == CURSOR_TERM || cursor->kind == CURSOR_PHRASE) {
        return score_leaf(cursor, score, error);
    }
    for (size_t i = 0; i < cursor->child_count; i++) {
        if (cursor->kind == CURSOR_OR && !cursor->here[i]) {
            continue;
        }
        double part = 0;
        enum status status = cursor_score(cursor->children[i], &part, error);
        if (status != STATUS_OK) {
            return status;
        }
        *score += part;
    }
    return STATUS_OK;
}

/* ---- Bounds ---- */

/* Raises `bound` by a leaf's: a phrase is no better than its worst word. */
static void narrow_by_leaf(const struct cursor *cursor, const struct leaf *leaf, doc_id target,
                           struct cursor_bound *bound)
{
    struct postings_bound block;
    leaf_bound(leaf, target, &block);
    if (block.last_document == DOC_ID_END) {
        *bound = (struct cursor_bound){.last = DOC_ID_END, .greatest = -1};
        return;
    }
    double score = bound_score(cursor, &block);
    bound->last = block.last_document < bound->last ? block.last_document : bound->last;
    bound->greatest = score < bound->greatest ? score : bound->greatest;
}

static void bound_sum(const struct cursor *cursor, doc_id target, struct cursor_bound *bound)
{
    bool any = false;
    *bound = (struct cursor_bound){.last = DOC_ID_END, .greatest = 0};
    for (size_t i = 0; i < cursor->child_count; i++) {
        struct cursor_bound part;
        cursor_bound(cursor->children[i], target, &part);
        if (part.greatest < 0 && cursor->kind == CURSOR_AND) {
            *bound = part;
            return;
        }
        any = any || part.greatest >= 0;
        bound->greatest += part.greatest < 0 ? 0 : part.greatest;
        bound->last = part.last < bound->last ? part.last : bound->last;
    }
    bound->greatest = any ? bound->greatest : -1;
}

void cursor_bound(const struct cursor *cursor, doc_id target, struct cursor_bound *bound)
{
    *bound = (struct cursor_bound){.last = DOC_ID_END, .greatest = 0};
    switch (cursor->kind) {
    case CURSOR_TERM:
        bound->greatest = score_limit(cursor->node->idf);
        narrow_by_leaf(cursor, cursor->leaf, target, bound);
        break;
    case CURSOR_PHRASE:
        bound->greatest = score_limit(cursor->node->idf);
        for (size_t i = 0; i < cursor->word_count && bound->greatest >= 0; i++) {
            narrow_by_leaf(cursor, cursor->words[i].leaf, target, bound);
        }
        break;
    case CURSOR_AND:
    case CURSOR_OR:
        bound_sum(cursor, target, bound);
        break;
    case CURSOR_FILTER:
        break;
    }
}

struct leaf *cursor_word(const struct cursor *cursor, double *idf)
{
    *idf = cursor->node->idf;
    return cursor->kind == CURSOR_TERM && !cursor->node->query->title ? cursor->leaf : NULL;
}

/* What a child must reach is the threshold without what its siblings can give at most. */
static void threshold_and(struct cursor *cursor, double threshold)
{
    for (size_t i = 0; i < cursor->child_count; i++) {
        struct cursor *child = cursor->children[i];
        double others = (cursor->limit - child->limit) * CURSOR_SLACK;
        double left = threshold - others - (threshold + cursor->limit) * 1e-12;
        bool leads = child == cursor->order[0]; /* other words are not asked before they match */
        if (left > 0 && (leads || child->kind != CURSOR_TERM)) {
            cursor_threshold(child, left);
        }
    }
}

void cursor_threshold(struct cursor *cursor, double threshold)
{
    if (cursor->kind == CURSOR_AND) {
        threshold_and(cursor, threshold);
    }
    cursor->threshold = threshold;
    cursor->thresholded = true;
    cursor->least_block = UINT32_MAX;
    while (cursor->kind == CURSOR_OR && cursor->essential < cursor->child_count &&
           cursor->limit_sums[cursor->essential] * CURSOR_SLACK <= threshold) {
        cursor->essential++;
    }
}

bool cursor_passed_over(const struct cursor *cursor)
{
    bool passed_over = cursor->passed_over || cursor->essential > 0;
    for (size_t i = 0; i < cursor->child_count; i++) {
        passed_over = passed_over || cursor_passed_over(cursor->children[i]);
    }
    return passed_over;
}
