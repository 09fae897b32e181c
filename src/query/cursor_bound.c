#include "query/cursor_node.h"

#include "query/score.h"

/* What cursors can score at most, in a segment and in a range of documents, and what a threshold
 * means for the children of a cursor. */

enum {
    LIMIT_BLOCKS_MAX = 65536, /* blocks looked at for a list's greatest score */
};

/* A phrase occurs no more often than each of its words; words near each other may: every word may
 * begin a window. */
static double bound_score(const struct cursor *cursor, const struct postings_bound *bound)
{
    double idf = cursor->node->idf;
    return cursor->node->query->near ? score_limit(idf)
                                     : score_bound(&cursor->plan->scale, idf, bound);
}

double cursor_leaf_limit(const struct cursor *cursor, const struct leaf *leaf)
{
    const struct postings_reader *list = leaf->single;
    if (leaf->cost == 0) {
        return 0;
    }
    if (list == NULL || postings_reader_blocks(list) > LIMIT_BLOCKS_MAX) {
        return score_limit(cursor->node->idf);
    }
    struct postings_bound all;
    postings_reader_block_bound(list, 0, &all);
    for (uint32_t i = 1; i < postings_reader_blocks(list); i++) {
        struct postings_bound bound;
        postings_reader_block_bound(list, i, &bound);
        all.impact = bound.impact > all.impact ? bound.impact : all.impact;
        all.length_min = bound.length_min < all.length_min ? bound.length_min : all.length_min;
        all.frequency_max =
            bound.frequency_max > all.frequency_max ? bound.frequency_max : all.frequency_max;
    }
    return bound_score(cursor, &all);
}

/* Narrows `bound` to a leaf's: a phrase is no better than its worst word. */
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
