#include "query/search.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "query/cursor.h"

/* ---- The best so far: a heap with the worst on top ---- */

static bool worse(const struct query_hit *a, const struct query_hit *b)
{
    if (a->score < b->score || a->score > b->score) {
        return a->score < b->score;
    }
    return a->segment > b->segment || (a->segment == b->segment && a->document > b->document);
}

static void sink(struct query_hit *hits, size_t count, size_t at)
{
    struct query_hit moved = hits[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && worse(&hits[child + 1], &hits[child])) {
            child++;
        }
        if (!worse(&hits[child], &moved)) {
            break;
        }
        hits[at] = hits[child];
        at = child;
    }
    hits[at] = moved;
}

static void rise(struct query_hit *hits, size_t at)
{
    struct query_hit moved = hits[at];
    while (at > 0 && worse(&moved, &hits[(at - 1) / 2])) {
        hits[at] = hits[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    hits[at] = moved;
}

/* Heap sort: the worst goes to the end each time. */
static void sort_hits(struct query_hit *hits, size_t count)
{
    while (count > 1) {
        struct query_hit last = hits[--count];
        hits[count] = hits[0];
        hits[0] = last;
        sink(hits, count, 0);
    }
}

/* ---- One segment ---- */

struct collector {
    struct query_hit *hits; /* top k */
    size_t hits_max;
    bool skip; /* documents that cannot be among the best need not be looked at */
    struct query_result *result;
    query_visit visit; /* or every match */
    void *context;
    bool scores;
    bool stopped;
};

static bool full(const struct collector *collector)
{
    return collector->hits_max > 0 && collector->result->hit_count == collector->hits_max;
}

/* Takes the hit if it is among the best so far. */
static bool keep(struct collector *collector, const struct query_hit *hit)
{
    struct query_result *result = collector->result;
    if (collector->hits_max == 0 || (full(collector) && !worse(&collector->hits[0], hit))) {
        return false;
    }
    if (full(collector)) {
        collector->hits[0] = *hit;
        sink(collector->hits, collector->hits_max, 0);
    } else {
        collector->hits[result->hit_count++] = *hit;
        rise(collector->hits, result->hit_count - 1);
    }
    return true;
}

static void collect(struct collector *collector, struct cursor *root, const struct query_hit *hit)
{
    if (collector->visit != NULL) {
        collector->stopped = !collector->visit(collector->context, hit);
        return;
    }
    collector->result->total++;
    if (keep(collector, hit) && full(collector) && collector->skip) {
        cursor_threshold(root, collector->hits[0].score);
    }
}

static enum status no_such_document(const struct query_segment *segment, struct error *error)
{
    return error_set(error, STATUS_FORMAT,
                     "'%s' is damaged: a posting list names a document that does not exist",
                     store_path(segment_store(segment->segment)));
}

/* Passes over blocks in which nothing can be among the best. Returns the first document worth
 * looking at, DOC_ID_END when there is none. `*bound` holds from there on. */
static doc_id skip_blocks(const struct collector *collector, const struct cursor *root,
                          doc_id target, struct cursor_bound *bound)
{
    double threshold = collector->hits[0].score;
    for (;;) {
        if (bound->last < target || bound->last == 0) {
            cursor_bound(root, target, bound);
        }
        if (bound->greatest >= 0 && bound->greatest * CURSOR_SLACK > threshold) {
            return target;
        }
        collector->result->total_exact = collector->result->total_exact && bound->greatest < 0;
        if (bound->greatest < 0 || bound->last >= DOC_ID_END - 1) {
            return DOC_ID_END;
        }
        target = bound->last + 1;
    }
}

static enum status visit_candidate(struct collector *collector, struct cursor *root,
                                   uint32_t segment, struct error *error)
{
    bool matches = false;
    struct query_hit hit = {.segment = segment, .document = cursor_document(root)};
    enum status status = cursor_matches(root, &matches, error);
    if (status == STATUS_OK && matches && collector->scores) {
        status = cursor_score(root, &hit.score, error);
    }
    if (status == STATUS_OK && matches) {
        collect(collector, root, &hit);
    }
    return status;
}

static enum status run_cursor(struct collector *collector, const struct plan *plan,
                              uint32_t segment, struct cursor *root, struct error *error)
{
    const struct query_segment *bounds = &plan->segments[segment];
    uint64_t documents = segment_counts(bounds->segment)->documents;
    uint32_t deleted = 0;
    struct cursor_bound bound = {.last = 0};
    enum status status = STATUS_OK;
    for (doc_id target = 0; status == STATUS_OK && !collector->stopped;) {
        bool skip = collector->skip && full(collector);
        target = skip ? skip_blocks(collector, root, target, &bound) : target;
        if (target == DOC_ID_END) {
            return STATUS_OK;
        }
        status = cursor_advance(root, target, error);
        doc_id document = cursor_document(root);
        if (status != STATUS_OK || document == DOC_ID_END) {
            return status;
        }
        if (document >= documents) {
            return no_such_document(bounds, error);
        }
        if (skip && document > bound.last) {
            target = document;
            continue;
        }
        target = document + 1;
        while (deleted < bounds->deleted_count && bounds->deleted[deleted] < document) {
            deleted++;
        }
        if (deleted == bounds->deleted_count || bounds->deleted[deleted] != document) {
            status = visit_candidate(collector, root, segment, error);
        }
    }
    return status;
}

/* ---- A single list: block by block, which takes a fraction of the time ---- */

/* Blocks looked at first, those with the highest bounds: they raise the threshold for the rest. */
enum { FIRST_BLOCKS = 8, FIRST_FROM = 2 * FIRST_BLOCKS };

struct list_scan {
    struct collector *collector;
    struct postings_reader *reader;
    const struct query_segment *segment;
    uint32_t number; /* of the segment */
    const struct score_scale *scale;
    double idf;
    uint64_t found;                     /* in the blocks looked at */
    bool passed_over;                   /* some were not */
    const struct column_block *lengths; /* looked at last */
    uint32_t first_count;
    uint32_t first[FIRST_BLOCKS];         /* the highest bound first */
    uint32_t frequencies[POSTINGS_BLOCK]; /* of a block with deleted documents: theirs are 0 */
};

/* The first deleted document not below `target`, by its number in the list. */
static uint32_t deleted_from(const struct query_segment *segment, doc_id target)
{
    uint32_t low = 0;
    uint32_t high = segment->deleted_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (segment->deleted[middle] < target) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Leaves deleted documents out of the block; returns how many are left. */
static uint32_t drop_deleted(struct list_scan *scan, struct postings_ranking *block)
{
    const struct query_segment *segment = scan->segment;
    uint32_t left = block->count;
    uint32_t i = 0;
    for (uint32_t at = deleted_from(segment, block->documents[0]); at < segment->deleted_count;
         at++) {
        while (i < block->count && block->documents[i] < segment->deleted[at]) {
            i++;
        }
        if (i == block->count) {
            break;
        }
        if (block->documents[i] != segment->deleted[at]) {
            continue;
        }
        if (left == block->count) {
            memcpy(scan->frequencies, block->frequencies, left * sizeof *block->frequencies);
        }
        scan->frequencies[i] = 0;
        left--;
    }
    block->frequencies = left < block->count ? scan->frequencies : block->frequencies;
    return left;
}

/* What must be passed; below every score while there is room. */
static double threshold_of(const struct collector *collector)
{
    return full(collector) ? collector->hits[0].score : -1;
}

/* The documents of a block that may be among the best: a frequency that would not do in the
 * shortest of them spares a look at the length, and most are of that kind. */
static enum status rank_block(struct list_scan *scan, const struct postings_ranking *block,
                              uint32_t length_min, struct error *error)
{
    const struct score_scale scale = *scan->scale;
    double idf = scan->idf;
    double threshold = threshold_of(scan->collector);
    uint32_t least = 1;
    for (uint32_t i = 0; i < block->count; i++) {
        uint32_t frequency = block->frequencies[i];
        if (LIKELY(frequency < least)) {
            continue;
        }
        if (!score_may_exceed(&scale, idf, frequency, length_min, threshold)) {
            least = frequency + 1;
            continue;
        }
        doc_id document = block->documents[i];
        if (UNLIKELY(!column_block_holds(scan->lengths, document))) {
            enum status status = segment_column_block(scan->segment->segment, COLUMN_LENGTH,
                                                      document, &scan->lengths, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
        uint64_t length = column_block_value(scan->lengths, document);
        if (score_may_exceed(&scale, idf, frequency, (double)length, threshold)) {
            struct query_hit hit = {.score = score_value(&scale, idf, frequency, (double)length),
                                    .segment = scan->number,
                                    .document = document};
            (void)keep(scan->collector, &hit);
            threshold = threshold_of(scan->collector);
        }
    }
    return STATUS_OK;
}

static enum status visit_block(struct list_scan *scan, uint32_t number, struct error *error)
{
    struct postings_ranking block;
    struct postings_bound bound;
    postings_reader_block_bound(scan->reader, number, &bound);
    bool known = bound.frequency_max < POSTINGS_FREQUENCY_UNKNOWN;
    if (known && !score_may_exceed(scan->scale, scan->idf, bound.frequency_max, bound.length_min,
                                   threshold_of(scan->collector))) {
        scan->passed_over = true;
        return STATUS_OK;
    }
    enum status status = postings_reader_rank(scan->reader, number, &block, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (block.documents[block.count - 1] >= segment_counts(scan->segment->segment)->documents) {
        return no_such_document(scan->segment, error);
    }
    if (scan->segment->deleted_count > 0) {
        scan->found += drop_deleted(scan, &block);
    }
    return rank_block(scan, &block, bound.length_min, error);
}

static bool is_first(const struct list_scan *scan, uint32_t block)
{
    bool found = false;
    for (uint32_t i = 0; i < scan->first_count; i++) {
        found = found || scan->first[i] == block;
    }
    return found;
}

static void choose_first(struct list_scan *scan)
{
    double bounds[FIRST_BLOCKS] = {0};
    uint32_t blocks = postings_reader_blocks(scan->reader);
    for (uint32_t block = 0; blocks > FIRST_FROM && block < blocks; block++) {
        struct postings_bound bound;
        postings_reader_block_bound(scan->reader, block, &bound);
        double score = score_value(scan->scale, scan->idf, bound.frequency_max, bound.length_min);
        bool room = scan->first_count < FIRST_BLOCKS;
        if (!room && score <= bounds[FIRST_BLOCKS - 1]) {
            continue;
        }
        uint32_t at = room ? scan->first_count++ : FIRST_BLOCKS - 1;
        for (; at > 0 && bounds[at - 1] < score; at--) {
            bounds[at] = bounds[at - 1];
            scan->first[at] = scan->first[at - 1];
        }
        bounds[at] = score;
        scan->first[at] = block;
    }
}

static enum status run_list(struct list_scan *scan, struct error *error)
{
    struct query_result *result = scan->collector->result;
    enum status status = STATUS_OK;
    choose_first(scan);
    for (uint32_t i = 0; status == STATUS_OK && i < scan->first_count; i++) {
        status = visit_block(scan, scan->first[i], error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < postings_reader_blocks(scan->reader); i++) {
        if (!is_first(scan, i)) {
            status = visit_block(scan, i, error);
        }
    }
    if (scan->segment->deleted_count == 0) { /* whatever is in the list is found */
        result->total += scan->reader->document_count;
    } else {
        result->total += scan->found;
        result->total_exact = result->total_exact && !scan->passed_over;
    }
    return status;
}

static enum status run_segment(struct collector *collector, const struct plan *plan,
                               uint32_t number, struct cursor *root, struct error *error)
{
    struct list_scan scan = {.collector = collector,
                             .segment = &plan->segments[number],
                             .number = number,
                             .scale = &plan->scale};
    scan.reader = cursor_list(root, &scan.idf);
    bool ranks = collector->visit == NULL && collector->hits_max > 0;
    bool counts = collector->skip || scan.segment->deleted_count == 0;
    return ranks && counts && scan.reader != NULL
               ? run_list(&scan, error)
               : run_cursor(collector, plan, number, root, error);
}

static enum status run(struct collector *collector, const struct plan *plan, struct error *error)
{
    struct arena *arena = arena_new(CURSOR_ARENA_MAX);
    if (arena == NULL) {
        return error_no_memory(error, 1);
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < plan->segment_count && !collector->stopped;
         i++) {
        struct cursor_tree tree;
        status = cursor_tree_open(plan, i, collector->skip, arena, &tree, error);
        if (status == STATUS_OK && collector->skip && full(collector)) {
            cursor_threshold(tree.root, collector->hits[0].score);
        }
        if (status == STATUS_OK) {
            status = run_segment(collector, plan, i, tree.root, error);
        }
        if (status == STATUS_OK && cursor_passed_over(tree.root)) {
            collector->result->total_exact = false;
        }
        cursor_tree_close(&tree);
        arena_clear(arena);
    }
    arena_free(arena);
    return status;
}

enum status query_top(const struct plan *plan, size_t hits_max, bool count_all,
                      struct query_hit *hits, struct query_result *result, struct error *error)
{
    *result = (struct query_result){.total_exact = true};
    struct collector collector = {.hits = hits,
                                  .hits_max = hits_max,
                                  .skip = !count_all && hits_max > 0,
                                  .result = result,
                                  .scores = hits_max > 0};
    enum status status = run(&collector, plan, error);
    sort_hits(hits, result->hit_count);
    return status;
}

enum status query_all(const struct plan *plan, bool scores, query_visit visit, void *context,
                      struct error *error)
{
    struct query_result result = {.total_exact = true};
    struct collector collector = {
        .result = &result, .visit = visit, .context = context, .scores = scores};
    return run(&collector, plan, error);
}
