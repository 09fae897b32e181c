#include "query/search.h"

#include <assert.h>

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

static void collect(struct collector *collector, struct cursor *root, const struct query_hit *hit)
{
    if (collector->visit != NULL) {
        collector->stopped = !collector->visit(collector->context, hit);
        return;
    }
    struct query_result *result = collector->result;
    result->total++;
    if (collector->hits_max == 0 || (full(collector) && !worse(&collector->hits[0], hit))) {
        return;
    }
    if (full(collector)) {
        collector->hits[0] = *hit;
        sink(collector->hits, collector->hits_max, 0);
    } else {
        collector->hits[result->hit_count++] = *hit;
        rise(collector->hits, result->hit_count - 1);
    }
    if (full(collector) && collector->skip) {
        cursor_threshold(root, collector->hits[0].score);
    }
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
            return error_set(error, STATUS_FORMAT,
                             "'%s' is damaged: a posting list names a "
                             "document that does not exist",
                             store_path(segment_store(bounds->segment)));
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
            status = run_cursor(collector, plan, i, tree.root, error);
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
