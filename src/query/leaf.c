#include "query/leaf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { POSITIONS_MIN = 256 };

struct leaf_list {
    const uint64_t *forms; /* NULL: all */
    struct postings_reader reader;
};

enum status leaf_open(const struct plan *plan, const struct plan_term *term, size_t segment,
                      struct arena *arena, struct leaf **all, struct error *error)
{
    const struct plan_lists *lists = &term->segments[segment];
    const struct store *store = segment_store(plan->segments[segment].segment);
    struct leaf *leaf = arena_alloc(arena, sizeof *leaf);
    if (leaf == NULL) {
        return error_no_memory(error, sizeof *leaf);
    }
    leaf->next = *all;
    *all = leaf;
    if (lists->count == 0) {
        leaf->document = DOC_ID_END;
        leaf->started = true;
        return STATUS_OK;
    }
    leaf->lists = arena_alloc(arena, lists->count * sizeof *leaf->lists);
    leaf->heap = arena_alloc(arena, lists->count * sizeof *leaf->heap);
    if (leaf->lists == NULL || leaf->heap == NULL) {
        return error_set(error, STATUS_LIMIT, "query needs more memory than it may take");
    }
    for (uint32_t i = 0; i < lists->count; i++) {
        const struct plan_list *list = &lists->lists[i];
        enum status status =
            postings_reader_open(&leaf->lists[i].reader, store, &list->location, error);
        if (status != STATUS_OK) {
            return status;
        }
        leaf->lists[i].forms = list->forms;
        leaf->heap[i] = i;
        leaf->filtered = leaf->filtered || list->forms != NULL;
        leaf->cost += list->location.document_count;
        leaf->list_count++;
    }
    leaf->single = lists->count == 1 ? &leaf->lists[0].reader : NULL;
    return STATUS_OK;
}

void leaf_close_all(struct leaf *all)
{
    for (struct leaf *leaf = all; leaf != NULL; leaf = leaf->next) {
        for (uint32_t i = 0; i < leaf->list_count; i++) {
            postings_reader_close(&leaf->lists[i].reader);
        }
        memory_free(leaf->positions);
    }
}

/* ---- Moving ---- */

static doc_id heap_document(const struct leaf *leaf, uint32_t at)
{
    return leaf->lists[leaf->heap[at]].reader.document;
}

static void heap_sink(struct leaf *leaf, uint32_t at)
{
    for (uint32_t child = 2 * at + 1; child < leaf->list_count; child = 2 * at + 1) {
        if (child + 1 < leaf->list_count &&
            heap_document(leaf, child + 1) < heap_document(leaf, child)) {
            child++;
        }
        if (heap_document(leaf, at) <= heap_document(leaf, child)) {
            return;
        }
        uint32_t moved = leaf->heap[at];
        leaf->heap[at] = leaf->heap[child];
        leaf->heap[child] = moved;
        at = child;
    }
}

static enum status start(struct leaf *leaf, doc_id target, struct error *error)
{
    leaf->started = true;
    for (uint32_t i = 0; i < leaf->list_count; i++) {
        enum status status = postings_reader_advance(&leaf->lists[i].reader, target, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (uint32_t i = leaf->list_count / 2; i > 0; i--) {
        heap_sink(leaf, i - 1);
    }
    leaf->document = heap_document(leaf, 0);
    return STATUS_OK;
}

enum status leaf_advance_lists(struct leaf *leaf, doc_id target, struct error *error)
{
    if (!leaf->started) {
        return start(leaf, target, error);
    }
    while (leaf->document < target) {
        struct postings_reader *reader = &leaf->lists[leaf->heap[0]].reader;
        enum status status = target == reader->document + 1
                                 ? postings_reader_next(reader, error)
                                 : postings_reader_advance(reader, target, error);
        if (status != STATUS_OK) {
            return status;
        }
        heap_sink(leaf, 0);
        leaf->document = heap_document(leaf, 0);
    }
    return STATUS_OK;
}

/* ---- The current document ---- */

/* Calls `visit` for each list that stands at the current document: the top of the heap. */
static enum status each_list(struct leaf *leaf, uint32_t at,
                             enum status (*visit)(struct leaf *leaf, struct leaf_list *list,
                                                  uint32_t *sum, struct error *error),
                             uint32_t *sum, struct error *error)
{
    if (at >= leaf->list_count || heap_document(leaf, at) != leaf->document) {
        return STATUS_OK;
    }
    enum status status = visit(leaf, &leaf->lists[leaf->heap[at]], sum, error);
    if (status == STATUS_OK) {
        status = each_list(leaf, 2 * at + 1, visit, sum, error);
    }
    return status == STATUS_OK ? each_list(leaf, 2 * at + 2, visit, sum, error) : status;
}

static enum status add_frequency(struct leaf *leaf, struct leaf_list *list, uint32_t *sum,
                                 struct error *error)
{
    (void)leaf;
    uint32_t frequency = 0;
    enum status status = postings_reader_frequency(&list->reader, &frequency, error);
    *sum = frequency > UINT32_MAX - *sum ? UINT32_MAX : *sum + frequency;
    return status;
}

enum status leaf_frequency(struct leaf *leaf, uint32_t *frequency, struct error *error)
{
    assert(leaf->started && leaf->document != DOC_ID_END);
    if (leaf->single != NULL) {
        return postings_reader_frequency(leaf->single, frequency, error);
    }
    *frequency = 0;
    return each_list(leaf, 0, add_frequency, frequency, error);
}

static enum status positions_reserve(struct leaf *leaf, size_t count, struct error *error)
{
    if (count <= leaf->position_capacity) {
        return STATUS_OK;
    }
    size_t capacity =
        leaf->position_capacity * 2 > POSITIONS_MIN ? leaf->position_capacity * 2 : POSITIONS_MIN;
    capacity = capacity < count ? count : capacity;
    uint32_t *positions = memory_resize(leaf->positions, capacity * sizeof *positions);
    if (positions == NULL) {
        return error_no_memory(error, capacity * sizeof *positions);
    }
    leaf->positions = positions;
    leaf->position_capacity = capacity;
    return STATUS_OK;
}

static enum status add_positions(struct leaf *leaf, struct leaf_list *list, uint32_t *sum,
                                 struct error *error)
{
    const uint32_t *positions = NULL;
    const uint32_t *forms = NULL;
    uint32_t count = 0;
    enum status status = postings_reader_positions(
        &list->reader, &positions, list->forms == NULL ? NULL : &forms, &count, error);
    if (status == STATUS_OK) {
        status = positions_reserve(leaf, (size_t)*sum + count, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *to = leaf->positions + *sum;
    if (forms == NULL) {
        memcpy(to, positions, count * sizeof *to);
        *sum += count;
        return STATUS_OK;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t form = forms[i];
        to[kept] = positions[i];
        if (form < list->reader.form_count && (list->forms[form / 64] >> form % 64 & 1) != 0) {
            kept++;
        }
    }
    *sum += kept;
    return STATUS_OK;
}

static int compare_positions(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

enum status leaf_positions(struct leaf *leaf, const uint32_t **positions, uint32_t *count,
                           struct error *error)
{
    assert(leaf->started && leaf->document != DOC_ID_END);
    if (leaf->single != NULL && !leaf->filtered) {
        return postings_reader_positions(leaf->single, positions, NULL, count, error);
    }
    *count = 0;
    enum status status = each_list(leaf, 0, add_positions, count, error);
    if (status == STATUS_OK && leaf->list_count > 1 && *count > 1) {
        qsort(leaf->positions, *count, sizeof *leaf->positions, compare_positions);
    }
    *positions = leaf->positions;
    return status;
}

void leaf_bound(const struct leaf *leaf, doc_id target, struct postings_bound *bound)
{
    if (leaf->single != NULL && leaf->document != DOC_ID_END) {
        bool behind = leaf->started && target < leaf->document;
        postings_reader_bound(leaf->single, behind ? leaf->document : target, bound);
        return;
    }
    *bound = (struct postings_bound){.last_document =
                                         leaf->document == DOC_ID_END ? DOC_ID_END : DOC_ID_END - 1,
                                     .frequency_max = POSTINGS_FREQUENCY_UNKNOWN,
                                     .length_min = 1};
}
