#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "engine/document.h"
#include "engine/explain.h"
#include "engine/fail.h"
#include "engine/handle.h"
#include "engine/names.h"
#include "query/parse.h"
#include "query/plan.h"
#include "query/search.h"
#include "query/snippet.h"

/* fihris_search(): parse, plan, run, and show each hit. */

#define HITS_BYTES_MAX ((size_t)4 << 30)
#define TOP_MAX        100000u /* beyond it all matches are gathered and sorted */

/* A hit on its way to be shown in another order than it was found. */
struct ordered_hit {
    struct query_hit hit;
    uint32_t day;
    size_t id_at; /* in search->ids */
    size_t id_size;
    const unsigned char *id; /* set before sorting */
};

struct search {
    struct fihris *archive;
    const struct fihris_search_options *options;
    struct arena *arena;
    const struct query_node *tree;
    struct query_resolver resolver;
    struct plan *plan;
    struct snippet_maker *snippets;
    struct buffer hits; /* struct query_hit or struct ordered_hit */
    struct buffer ids;
    struct buffer marks; /* struct fihris_range */
    struct explainer explainer;
    struct buffer matches;  /* struct fihris_match */
    struct buffer document; /* the one being shown, apart from that of fihris_show() */
    enum status status;     /* of a visit */
    struct error *error;
    fihris_visit_hit visit;
    void *context;
};

/* ---- Showing a hit ---- */

static enum status fill_snippet(struct search *search, const struct stored_document *document,
                                struct fihris_hit *hit)
{
    if (search->options->snippet_bytes == 0) {
        return STATUS_OK;
    }
    struct snippet snippet;
    struct snippet_text text = {
        .bytes = document->text, .size = document->text_size, .title_end = document->title_end};
    enum status status = snippet_make(search->snippets, &text, search->options->snippet_bytes,
                                      &snippet, search->error);
    if (status != STATUS_OK) {
        return status;
    }
    buffer_clear(&search->marks);
    for (size_t i = 0; status == STATUS_OK && i < snippet.mark_count; i++) {
        struct fihris_range range = {.start = snippet.marks[i].start, .end = snippet.marks[i].end};
        status = buffer_append(&search->marks, &range, sizeof range, search->error);
    }
    hit->snippet = snippet.text;
    hit->snippet_size = snippet.size;
    hit->marks = (const struct fihris_range *)(const void *)search->marks.bytes;
    hit->mark_count = snippet.mark_count;
    return status;
}

static enum status fill_matches(struct search *search, const struct located *where,
                                const struct stored_document *document, struct fihris_hit *hit)
{
    uint64_t length = 0;
    if (!search->options->explain) {
        return STATUS_OK;
    }
    enum status status = segment_column(search->archive->segments[where->segment].segment,
                                        COLUMN_LENGTH, where->document, &length, search->error);
    buffer_clear(&search->matches);
    if (status == STATUS_OK) {
        status = explainer_matches(&search->explainer, document, length, &search->matches,
                                   search->error);
    }
    hit->matches = (const struct fihris_match *)(const void *)search->matches.bytes;
    hit->match_count = search->matches.size / sizeof *hit->matches;
    return status;
}

static enum status read_hit(struct search *search, const struct located *where,
                            struct stored_document *document)
{
    bool whole = search->options->snippet_bytes > 0 || search->options->explain;
    return whole ? handle_read(search->archive, where, &search->document, document, search->error)
                 : handle_read_head(search->archive, where, &search->document, document,
                                    search->error);
}

static enum status show_hit(struct search *search, const struct query_hit *found, bool *go_on)
{
    struct located where = {.segment = found->segment, .document = found->document};
    struct stored_document document;
    uint64_t day = 0;
    enum status status = read_hit(search, &where, &document);
    if (status == STATUS_OK) {
        status = segment_column(search->archive->segments[where.segment].segment, COLUMN_DAY,
                                where.document, &day, search->error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct fihris_hit hit = {.id = document.id,
                             .id_size = document.id_size,
                             .score = found->score,
                             .day = (uint32_t)day,
                             .source = document.source,
                             .source_size = document.source_size,
                             .title = document.text + document.title_start,
                             .title_size = document.title_end - document.title_start,
                             .snippet = ""};
    status = fill_snippet(search, &document, &hit);
    if (status == STATUS_OK) {
        status = fill_matches(search, &where, &document, &hit);
    }
    if (status == STATUS_OK) {
        *go_on = search->visit(search->context, &hit);
    }
    return status;
}

/* ---- Orders ---- */

static uint64_t wanted_hits(const struct fihris_search_options *options)
{
    bool all = options->limit == 0 || options->limit > UINT64_MAX - options->offset;
    return all ? UINT64_MAX : options->offset + options->limit;
}

static enum status run_top(struct search *search, struct fihris_results *results)
{
    size_t wanted = (size_t)wanted_hits(search->options);
    struct query_hit *hits = memory_zalloc(wanted, sizeof *hits);
    if (hits == NULL) {
        return error_no_memory(search->error, wanted * sizeof *hits);
    }
    struct query_result result;
    enum status status =
        query_top(search->plan, wanted, search->options->count, hits, &result, search->error);
    if (status == STATUS_OK) {
        results->total = result.total;
        results->total_exact = result.total_exact;
    }
    bool go_on = true;
    for (size_t i = (size_t)search->options->offset;
         status == STATUS_OK && go_on && i < result.hit_count; i++) {
        status = show_hit(search, &hits[i], &go_on);
    }
    memory_free(hits);
    return status;
}

static enum status read_id(struct search *search, struct ordered_hit *hit)
{
    struct located where = {.segment = hit->hit.segment, .document = hit->hit.document};
    struct stored_document document;
    enum status status =
        handle_read_head(search->archive, &where, &search->document, &document, search->error);
    if (status == STATUS_OK) {
        hit->id_at = search->ids.size;
        hit->id_size = document.id_size;
        status = buffer_append(&search->ids, document.id, document.id_size, search->error);
    }
    return status;
}

static bool take_hit(void *context, const struct query_hit *found)
{
    struct search *search = context;
    struct ordered_hit hit = {.hit = *found};
    enum fihris_order order = search->options->order;
    search->status = STATUS_OK;
    if (order == FIHRIS_BY_DATE || order == FIHRIS_BY_DATE_DESCENDING) {
        uint64_t day = 0;
        search->status = segment_column(search->archive->segments[found->segment].segment,
                                        COLUMN_DAY, found->document, &day, search->error);
        hit.day = (uint32_t)day;
    } else if (order == FIHRIS_BY_ID) {
        search->status = read_id(search, &hit);
    }
    if (search->status == STATUS_OK) {
        search->status = buffer_append(&search->hits, &hit, sizeof hit, search->error);
    }
    return search->status == STATUS_OK;
}

static int compare_place(const struct ordered_hit *a, const struct ordered_hit *b)
{
    if (a->hit.segment != b->hit.segment) {
        return a->hit.segment < b->hit.segment ? -1 : 1;
    }
    return (a->hit.document > b->hit.document) - (a->hit.document < b->hit.document);
}

static int compare_score(const void *a, const void *b)
{
    const struct ordered_hit *left = a;
    const struct ordered_hit *right = b;
    if (left->hit.score > right->hit.score || left->hit.score < right->hit.score) {
        return left->hit.score > right->hit.score ? -1 : 1;
    }
    return compare_place(left, right);
}

/* Articles without a date come last either way. */
static int compare_day(const void *a, const void *b)
{
    const struct ordered_hit *left = a;
    const struct ordered_hit *right = b;
    if (left->day != right->day) {
        if (left->day == 0 || right->day == 0) {
            return left->day == 0 ? 1 : -1;
        }
        return left->day < right->day ? -1 : 1;
    }
    return compare_place(left, right);
}

static int compare_day_descending(const void *a, const void *b)
{
    const struct ordered_hit *left = a;
    const struct ordered_hit *right = b;
    if (left->day != right->day && left->day != 0 && right->day != 0) {
        return left->day > right->day ? -1 : 1;
    }
    return compare_day(a, b);
}

static int compare_id(const void *a, const void *b)
{
    const struct ordered_hit *left = a;
    const struct ordered_hit *right = b;
    return bytes_compare(left->id, left->id_size, right->id, right->id_size);
}

static void sort_hits(struct search *search, struct ordered_hit *hits, size_t count)
{
    int (*const compare[])(const void *, const void *) = {
        [FIHRIS_BY_RELEVANCE] = compare_score,
        [FIHRIS_BY_DATE] = compare_day,
        [FIHRIS_BY_DATE_DESCENDING] = compare_day_descending,
        [FIHRIS_BY_ID] = compare_id,
    };
    for (size_t i = 0; i < count; i++) {
        hits[i].id = search->ids.bytes == NULL ? NULL : search->ids.bytes + hits[i].id_at;
    }
    if (count > 0) {
        qsort(hits, count, sizeof *hits, compare[search->options->order]);
    }
}

static enum status run_all(struct search *search, struct fihris_results *results)
{
    enum status status = query_all(search->plan, true, take_hit, search, search->error);
    if (status == STATUS_OK) {
        status = search->status;
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct ordered_hit *hits = (struct ordered_hit *)(void *)search->hits.bytes;
    size_t count = search->hits.size / sizeof *hits;
    results->total = count;
    results->total_exact = true;
    sort_hits(search, hits, count);
    uint64_t end = wanted_hits(search->options);
    bool go_on = true;
    for (size_t i = (size_t)search->options->offset;
         status == STATUS_OK && go_on && i < count && i < end; i++) {
        status = show_hit(search, &hits[i].hit, &go_on);
    }
    return status;
}

/* ---- The whole ---- */

static enum status open_snippets(struct search *search)
{
    struct fihris *archive = search->archive;
    if (archive->classes == NULL) {
        archive->classes = class_cache_new();
    }
    return archive->classes == NULL
               ? error_no_memory(search->error, 1)
               : snippet_maker_new(search->tree, &archive->analyser, archive->classes,
                                   &search->snippets, search->error);
}

static enum status search_run(struct search *search, const char *query, size_t query_size,
                              struct fihris_results *results, int64_t *offset)
{
    struct fihris *archive = search->archive;
    if (search->options->order > FIHRIS_BY_ID) {
        return error_set(search->error, STATUS_USAGE, "no such order of hits");
    }
    search->arena = arena_new(QUERY_ARENA_MAX);
    if (search->arena == NULL) {
        return error_no_memory(search->error, QUERY_ARENA_MAX);
    }
    enum status status =
        query_parse(search->arena, &archive->analyser, (struct query_string){query, query_size},
                    &search->tree, offset, search->error);
    if (status == STATUS_OK) {
        search->resolver = names_resolver(archive);
        struct plan_input input = {.segments = archive->segments,
                                   .segment_count = archive->snapshot.manifest.segment_count,
                                   .resolver = &search->resolver,
                                   .analyser = &archive->analyser};
        status = plan_make(search->tree, &input, &search->plan, offset, search->error);
    }
    if (status == STATUS_OK && search->options->snippet_bytes > 0) {
        status = open_snippets(search);
    }
    if (status != STATUS_OK) {
        return status;
    }
    explainer_init(&search->explainer, &archive->analyser, search->plan);
    bool top =
        search->options->order == FIHRIS_BY_RELEVANCE && wanted_hits(search->options) <= TOP_MAX;
    return top ? run_top(search, results) : run_all(search, results);
}

/* NOLINTNEXTLINE(readability-function-size): what is asked, how, and where the answer goes */
enum fihris_status fihris_search(struct fihris *archive, const char *query, size_t query_size,
                                 const struct fihris_search_options *options,
                                 fihris_visit_hit visit, void *context,
                                 struct fihris_results *results, struct fihris_error *error)
{
    static const struct fihris_search_options defaults = {.limit = 10};
    struct error inner = {0};
    struct fihris_results ignored;
    struct search search = {.archive = archive,
                            .options = options == NULL ? &defaults : options,
                            .error = &inner,
                            .visit = visit,
                            .context = context};
    struct fihris_results *counted = results == NULL ? &ignored : results;
    int64_t offset = -1;
    *counted = (struct fihris_results){0};
    buffer_init(&search.hits, HITS_BYTES_MAX);
    buffer_init(&search.ids, HITS_BYTES_MAX);
    buffer_init(&search.marks, HITS_BYTES_MAX);
    buffer_init(&search.matches, HITS_BYTES_MAX);
    buffer_init(&search.document, DOCUMENT_SIZE_MAX);
    enum status status = search_run(&search, query, query_size, counted, &offset);
    explainer_release(&search.explainer);
    snippet_maker_free(search.snippets);
    plan_free(search.plan);
    arena_free(search.arena);
    buffer_release(&search.hits);
    buffer_release(&search.ids);
    buffer_release(&search.marks);
    buffer_release(&search.matches);
    buffer_release(&search.document);
    return status == STATUS_OK ? FIHRIS_OK : fail_at(error, status, &inner, offset);
}
