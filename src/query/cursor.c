#include "query/cursor.h"

#include "query/cursor_node.h"
#include "query/score.h"

doc_id cursor_document(const struct cursor *cursor)
{
    return cursor->document;
}

struct leaf *cursor_word(const struct cursor *cursor, double *idf)
{
    *idf = cursor->node->idf;
    return cursor->kind == CURSOR_TERM && !cursor->node->query->title ? cursor->leaf : NULL;
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
    cursor->frequency = phrase_count(cursor->node->query, cursor->words, cursor->word_count, title);
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
