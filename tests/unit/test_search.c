#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#include "base/arena.h"
#include "index/builder.h"
#include "oracle/oracle.h"
#include "query/parse.h"
#include "query/plan.h"
#include "query/search.h"

/* Small random archives, cut into segments in several ways; random queries; every answer compared
 * with the oracle's. The seed is fixed and printed with each failure. */

enum { SEGMENTS_MAX = 12, QUERY_SIZE = 2000, HITS_MAX = 10000 };

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return next_random(seed) % n;
}

/* Small numbers far more often than large ones, as words are. */
static uint32_t skewed(uint64_t *seed, uint32_t n)
{
    uint32_t a = below(seed, n);
    uint32_t b = below(seed, n);
    uint32_t c = below(seed, n);
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

static const char *const vocabulary[] = {
    "المغرب",  "والمغرب", "بالمغرب", "مغرب",       "للمغرب",   "وزير",      "الوزير",     "للوزير",
    "مصر",     "بمصر",    "إيران",   "ايران",      "أنتربول",  "الأنتربول", "السيبرانية", "غسل",
    "الأموال", "أموال",   "الاتجار", "الإتجار",    "والاتجار", "مذكرة",     "تفاهم",      "2022",
    "PARDO",   "pardo",   "Pardo",   "#مصر_اليوم", "عبدالله",  "عبد",       "الله",       "و.م.ع",
    "كتب",     "كتاب",    "الكتاب",  "مدينة",      "المدينة",  "مراكش",     "بمراكش",     "...",
};
enum { VOCABULARY_COUNT = sizeof vocabulary / sizeof vocabulary[0] };

static const char *const entity_keys[] = {"Pحموشي",   "Pباردو",      "Lمراكش",
                                          "Lمغرب",    "Oانتربول",    "D2022",
                                          "D2022-08", "D2022-08-10", "D2021-12-30..2022-01-02",
                                          "D--01-27"};
enum { KEY_COUNT = sizeof entity_keys / sizeof entity_keys[0] };

/* A name means every key of its type in which its letters stand. */
static enum status resolve(void *context, char type, const char *name, size_t name_size,
                           query_add_key add, void *sink, struct error *error)
{
    (void)context;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%.*s", (int)name_size, name);
        if (entity_keys[i][0] != type || strstr(entity_keys[i], text) == NULL) {
            continue;
        }
        for (unsigned twice = 0; twice < 2; twice++) {
            enum status status = add(sink, entity_keys[i], strlen(entity_keys[i]), error);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

static const struct query_resolver resolver = {.entities = resolve};

/* ---- Archives ---- */

static const char *const sources[] = {"ant-news", "Hespress", "وكالة"};
static const uint32_t days[] = {0, 20220810, 20220000, 20220800, 20190511, 20221231, 20200229};

struct mentions {
    uint32_t keys[8];
    size_t count;
};

struct corpus {
    struct oracle *oracle;
    struct analyser analyser;
    uint32_t document_count;
    uint32_t *sources;
    uint32_t *days;
    struct mentions *mentions;
    doc_id *deleted; /* of the whole corpus */
    uint32_t deleted_count;
};

static size_t add_text(char *text, size_t used, uint64_t *seed, uint32_t words, uint32_t variety)
{
    static const char *const gaps[] = {" ", " ", " ", "، ", ". ", "\n"};
    for (uint32_t i = 0; i < words; i++) {
        const char *word = vocabulary[skewed(seed, variety)];
        used += (size_t)sprintf(text + used, "%s%s", word, gaps[below(seed, 6)]);
    }
    return used;
}

/* One document in `deleted_of` is deleted; 0: none. */
static void corpus_make(struct corpus *corpus, uint32_t documents, uint32_t words_max,
                        uint32_t deleted_of, uint64_t *seed)
{
    static char text[1 << 16];
    *corpus = (struct corpus){.oracle = oracle_new(), .document_count = documents};
    corpus->sources = calloc(documents, sizeof *corpus->sources);
    corpus->days = calloc(documents, sizeof *corpus->days);
    corpus->mentions = calloc(documents, sizeof *corpus->mentions);
    corpus->deleted = calloc(documents, sizeof *corpus->deleted);
    for (uint32_t d = 0; d < documents; d++) {
        char id[32];
        (void)snprintf(id, sizeof id, "id-%u", d);
        corpus->sources[d] = below(seed, 3);
        corpus->days[d] = days[below(seed, sizeof days / sizeof days[0])];
        size_t title = add_text(text, 0, seed, below(seed, 6), VOCABULARY_COUNT);
        size_t size = add_text(text, title, seed, below(seed, words_max + 1), VOCABULARY_COUNT);
        struct oracle_article article = {.id = id,
                                         .source = sources[corpus->sources[d]],
                                         .text = text,
                                         .text_size = size,
                                         .title_end = title,
                                         .day = corpus->days[d]};
        (void)oracle_add(corpus->oracle, &corpus->analyser, &article);
        struct mentions *mentions = &corpus->mentions[d];
        for (uint32_t m = below(seed, 4); m > 0; m--) {
            uint32_t key = below(seed, KEY_COUNT);
            mentions->keys[mentions->count++] = key;
            oracle_mention(corpus->oracle, d, entity_keys[key], strlen(entity_keys[key]));
        }
        if (deleted_of > 0 && below(seed, deleted_of) == 0) {
            corpus->deleted[corpus->deleted_count++] = d;
            oracle_delete(corpus->oracle, d);
        }
    }
}

static void corpus_release(struct corpus *corpus)
{
    oracle_free(corpus->oracle);
    free(corpus->sources);
    free(corpus->days);
    free(corpus->mentions);
    free(corpus->deleted);
}

static void add_document(struct builder *builder, const struct corpus *corpus, uint32_t d)
{
    static struct occurrence terms[PLAN_EXPANSION_MAX];
    struct occurrence entities[8];
    struct error error;
    size_t count = 0;
    uint32_t length = 0;
    uint32_t title_length = 0;
    const struct oracle_word *words =
        oracle_words(corpus->oracle, d, &count, &length, &title_length);
    assert_true(count < sizeof terms / sizeof terms[0]);
    for (size_t i = 0; i < count; i++) {
        const struct oracle_entry *entry = oracle_entry(corpus->oracle, words[i].entry);
        terms[i].position = words[i].position;
        assert_int_equal(builder_form(builder, STORE_TERMS, entry->class_key, entry->class_size,
                                      entry->form, entry->form_size, 0, &terms[i].form, &error),
                         STATUS_OK);
    }
    const struct mentions *mentions = &corpus->mentions[d];
    for (size_t i = 0; i < mentions->count; i++) {
        const char *key = entity_keys[mentions->keys[i]];
        entities[i].position = (uint32_t)i;
        assert_int_equal(builder_form(builder, STORE_ENTITIES, key, strlen(key), key + 1,
                                      strlen(key) - 1, 1, &entities[i].form, &error),
                         STATUS_OK);
    }
    const char *id = oracle_id(corpus->oracle, d);
    struct stored_document stored = {.id = id,
                                     .id_size = strlen(id),
                                     .source = "",
                                     .url = "",
                                     .date = "",
                                     .extras = "",
                                     .text = ""};
    struct builder_document document = {.stored = &stored,
                                        .terms = terms,
                                        .term_count = count,
                                        .entities = entities,
                                        .entity_count = mentions->count};
    uint32_t source = 0;
    uint32_t input = 0;
    const char *name = sources[corpus->sources[d]];
    assert_int_equal(builder_source(builder, name, strlen(name), &source, &error), STATUS_OK);
    assert_int_equal(builder_input(builder, "input", 5, &input, &error), STATUS_OK);
    document.columns[COLUMN_LENGTH] = length;
    document.columns[COLUMN_TITLE_LENGTH] = title_length;
    document.columns[COLUMN_DAY] = corpus->days[d];
    document.columns[COLUMN_SOURCE] = source;
    document.columns[COLUMN_INPUT] = input;
    enum status status = builder_add(builder, &document, &error);
    assert_int_equal(status, STATUS_OK);
}

/* An archive: the corpus cut into segments. */
struct archive {
    struct query_segment segments[SEGMENTS_MAX];
    uint32_t firsts[SEGMENTS_MAX]; /* document number in the corpus of each segment's first */
    size_t count;
};

static void segment_make(struct query_segment *out, const struct corpus *corpus, const char *path,
                         uint32_t first, uint32_t end)
{
    struct error error;
    struct builder *builder = NULL;
    struct builder_options options = {.compression_level = 1, .memory_max = (size_t)1 << 28};
    assert_int_equal(builder_new(&options, &builder, &error), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, &error), STATUS_OK);
    for (uint32_t d = first; d < end; d++) {
        add_document(builder, corpus, d);
    }
    struct segment_counts counts;
    struct store_seal seal;
    assert_int_equal(builder_finish(builder, 1, &counts, &seal, &error), STATUS_OK);
    builder_free(builder);
    enum status status = segment_open(path, &seal, NULL, &out->segment, &error);
    if (status != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    store_seal_release(&seal);
    doc_id *deleted = calloc(corpus->deleted_count + 1, sizeof *deleted);
    for (uint32_t i = 0; i < corpus->deleted_count; i++) {
        if (corpus->deleted[i] >= first && corpus->deleted[i] < end) {
            deleted[out->deleted_count++] = corpus->deleted[i] - first;
        }
    }
    out->deleted = deleted;
}

static void archive_make(struct archive *archive, const struct corpus *corpus,
                         const struct scratch *scratch, size_t count)
{
    *archive = (struct archive){.count = count};
    for (size_t i = 0; i < count; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%zu-of-%zu.mdb", i, count);
        char *path = scratch_path(scratch, name);
        uint32_t first = (uint32_t)(corpus->document_count * i / count);
        uint32_t end = (uint32_t)(corpus->document_count * (i + 1) / count);
        archive->firsts[i] = first;
        segment_make(&archive->segments[i], corpus, path, first, end);
        memory_free(path);
    }
}

static void archive_release(struct archive *archive)
{
    for (size_t i = 0; i < archive->count; i++) {
        segment_close(archive->segments[i].segment);
        free((void *)(uintptr_t)archive->segments[i].deleted);
    }
}

/* ---- Queries ---- */

static void add_query(char *out, uint64_t *seed, unsigned depth, bool title);

static void add(char *out, const char *text)
{
    assert_true(strlen(out) + strlen(text) < QUERY_SIZE);
    memcpy(out + strlen(out), text, strlen(text) + 1);
}

static void add_word(char *out, uint64_t *seed)
{
    uint32_t word = below(seed, VOCABULARY_COUNT - 1);
    add(out, vocabulary[below(seed, 2) == 0 ? word : skewed(seed, VOCABULARY_COUNT - 1)]);
}

static void add_phrase(char *out, uint64_t *seed)
{
    add(out, "\"");
    for (uint32_t i = below(seed, 3) + 2; i > 0; i--) {
        add_word(out, seed);
        add(out, i > 1 ? " " : "\"");
    }
    if (below(seed, 3) == 0) {
        char slop[8];
        (void)snprintf(slop, sizeof slop, "~%u", below(seed, 25));
        add(out, slop);
    }
}

static void add_leaf(char *out, uint64_t *seed, bool title)
{
    static const char *const others[] = {
        "date:2022",
        "date:2022-08",
        "date:<2022",
        "date:2019..2022-06",
        "source:ant*",
        "source:hespress",
        "source:وكالة",
        "source:nothing",
        "id:id-3",
        "id:none",
        "person:حموشي",
        "person:و",
        "place:م",
        "org:انتربول",
        "event-date:2022-08",
        "event-date:2022",
        "event-date:2021",
        "event-date:--01-27",
        "person:nobody",
        "event-date:>=2022",
    };
    static const char *const patterns[] = {"مغر*",  "ال*",   "*ار",    "par*",     "كت?ب", "م*ر*",
                                           "كتب~1", "مصر~1", "وزير~2", "nothing*", "~ال*"};
    static const char *const levels[] = {"", "", "", "~", "~", "=", "="};
    uint32_t kind = below(seed, 20);
    if (!title && kind < 5) {
        add(out, others[below(seed, sizeof others / sizeof others[0])]);
        return;
    }
    if (!title && below(seed, 8) == 0) {
        add(out, "title:");
    }
    if (kind < 7) {
        add(out, patterns[below(seed, sizeof patterns / sizeof patterns[0])]);
        return;
    }
    add(out, levels[below(seed, sizeof levels / sizeof levels[0])]);
    if (kind < 12) {
        add_phrase(out, seed);
    } else {
        add_word(out, seed);
    }
}

static void add_operand(char *out, uint64_t *seed, unsigned depth, bool title)
{
    if (depth == 0 || below(seed, 3) > 0) {
        add_leaf(out, seed, title);
        return;
    }
    bool into = !title && below(seed, 6) == 0;
    add(out, into ? "title:(" : "(");
    add_query(out, seed, depth - 1, title || into);
    add(out, ")");
}

static void add_query(char *out, uint64_t *seed, unsigned depth, bool title)
{
    static const char *const joins[] = {" ", " OR ", " OR ", " AND ", " -", " NOT "};
    add_operand(out, seed, depth, title);
    for (uint32_t i = below(seed, 4); i > 0; i--) {
        const char *join = joins[below(seed, 6)];
        add(out, join);
        add_operand(out, seed, depth, title);
    }
}

/* ---- Comparing ---- */

struct gathered {
    struct query_hit hits[HITS_MAX];
    size_t count;
};

static bool gather(void *context, const struct query_hit *hit)
{
    struct gathered *gathered = context;
    assert_true(gathered->count < HITS_MAX);
    gathered->hits[gathered->count++] = *hit;
    return true;
}

static int best_first(const void *a, const void *b)
{
    const struct query_hit *left = a;
    const struct query_hit *right = b;
    if (left->score < right->score || left->score > right->score) {
        return left->score < right->score ? 1 : -1;
    }
    if (left->segment != right->segment) {
        return left->segment < right->segment ? -1 : 1;
    }
    return (left->document > right->document) - (left->document < right->document);
}

static bool same_hit(const struct query_hit *a, const struct query_hit *b)
{
    return a->segment == b->segment && a->document == b->document &&
           memcmp(&a->score, &b->score, sizeof a->score) == 0;
}

/* The best k with and without skipping must be the first k of all, to the last bit. */
static void check_top(const struct plan *plan, struct gathered *all, const char *query)
{
    static struct query_hit hits[HITS_MAX];
    static const size_t counts[] = {1, 2, 5, 10, 100, HITS_MAX};
    struct error error;
    qsort(all->hits, all->count, sizeof all->hits[0], best_first);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (unsigned exact = 0; exact < 2; exact++) {
            struct query_result result;
            size_t wanted = counts[i] < all->count ? counts[i] : all->count;
            assert_int_equal(query_top(plan, counts[i], exact == 1, hits, &result, &error),
                             STATUS_OK);
            if (result.hit_count != wanted || result.total > all->count ||
                (result.total_exact && result.total != all->count) ||
                (exact == 1 && !result.total_exact)) {
                fail_msg("top %zu of '%s': %zu hits, total %zu of %zu, exact %d", counts[i], query,
                         result.hit_count, (size_t)result.total, all->count, result.total_exact);
            }
            for (size_t h = 0; h < wanted; h++) {
                if (!same_hit(&hits[h], &all->hits[h])) {
                    fail_msg("top %zu of '%s': hit %zu is %u/%u %.17g, not %u/%u %.17g", counts[i],
                             query, h, hits[h].segment, hits[h].document, hits[h].score,
                             all->hits[h].segment, all->hits[h].document, all->hits[h].score);
                }
            }
        }
    }
}

/* `scores` are the oracle's; `first_scores` those of the first way of cutting. `lists_max`: of more
 * lists the documents are added up. */
static void check_archive(const struct archive *archive, uint32_t lists_max,
                          const struct query_node *tree, const struct corpus *corpus,
                          const double *scores, double *first_scores, const char *query)
{
    static struct gathered all;
    struct error error = {.message = ""};
    struct plan *plan = NULL;
    int64_t offset = 0;
    const struct plan_input input = {archive->segments, archive->count, &resolver,
                                     &corpus->analyser, lists_max};
    if (plan_make(tree, &input, &plan, &offset, &error) != STATUS_OK) {
        fail_msg("plan of '%s': %s", query, error.message);
    }
    all.count = 0;
    enum status status = query_all(plan, true, gather, &all, &error);
    if (status != STATUS_OK) {
        fail_msg("'%s': %s", query, error.message);
    }
    size_t at = 0;
    for (uint32_t d = 0; d < corpus->document_count; d++) {
        const struct query_hit *hit = at < all.count ? &all.hits[at] : NULL;
        bool found = hit != NULL && archive->firsts[hit->segment] + hit->document == d;
        if (found != (scores[d] >= 0)) {
            fail_msg("'%s': document %u %s, in %zu segments", query, d,
                     found ? "found wrongly" : "not found", archive->count);
        }
        if (!found) {
            continue;
        }
        at++;
        if (fabs(hit->score - scores[d]) > 1e-9 * scores[d]) {
            fail_msg("'%s': document %u scores %.17g, not %.17g", query, d, hit->score, scores[d]);
        }
        if (archive->count == 1 && lists_max == PLAN_LISTS_MAX) {
            first_scores[d] = hit->score;
        }
        assert_memory_equal(&first_scores[d], &hit->score, sizeof hit->score);
    }
    assert_int_equal(at, all.count);
    check_top(plan, &all, query);
    plan_free(plan);
}

static void compare(uint32_t documents, uint32_t words_max, uint32_t deleted_of, unsigned queries,
                    uint64_t seed)
{
    static const size_t ways[] = {1, 2, 7, SEGMENTS_MAX};
    enum { WAYS = sizeof ways / sizeof ways[0] };
    struct corpus corpus;
    struct archive archives[WAYS];
    struct scratch scratch;
    unsigned with_hits = 0;
    scratch_make(&scratch);
    corpus_make(&corpus, documents, words_max, deleted_of, &seed);
    for (size_t i = 0; i < WAYS; i++) {
        archive_make(&archives[i], &corpus, &scratch, ways[i]);
    }
    double *scores = calloc(documents, sizeof *scores);
    double *first_scores = calloc(documents, sizeof *first_scores);
    for (unsigned i = 0; i < queries; i++) {
        char query[QUERY_SIZE] = "";
        struct error error = {.message = ""};
        const struct query_node *tree = NULL;
        int64_t offset = 0;
        add_query(query, &seed, 2, false);
        struct arena *arena = arena_new(QUERY_ARENA_MAX);
        if (query_parse(arena, &corpus.analyser, (struct query_string){query, strlen(query)}, &tree,
                        &offset, &error) != STATUS_OK) {
            fail_msg("'%s' at %d: %s", query, (int)offset, error.message);
        }
        oracle_run(corpus.oracle, tree, &resolver, scores);
        bool any = false;
        for (uint32_t d = 0; d < documents; d++) {
            any = any || scores[d] >= 0;
        }
        with_hits += any;
        for (size_t way = 0; way < WAYS; way++) {
            check_archive(&archives[way], PLAN_LISTS_MAX, tree, &corpus, scores, first_scores,
                          query);
        }
        check_archive(&archives[i % WAYS], 1, tree, &corpus, scores, first_scores, query);
        arena_free(arena);
    }
    assert_true(with_hits > queries / 4);
    for (size_t i = 0; i < WAYS; i++) {
        archive_release(&archives[i]);
    }
    free(scores);
    free(first_scores);
    corpus_release(&corpus);
    scratch_remove(&scratch);
}

static void short_documents(void **state)
{
    (void)state;
    compare(40, 30, 10, 400, 1);
    compare(40, 30, 0, 100, 5);
}

static void long_documents(void **state)
{
    (void)state;
    compare(60, 400, 10, 80, 2);
}

/* Lists of many blocks, so that skipping has something to skip. */
static void many_documents(void **state)
{
    (void)state;
    compare(3000, 25, 10, 80, 3);
    compare(3000, 25, 0, 40, 6);
    compare(9000, 20, 1000, 40, 4); /* lists so long that their best blocks come first */
}

/* Makes a plan of a pattern that is too much or not, and of which the place is known. */
static void check_limit(const struct plan_input *input, const char *text, bool refused)
{
    struct arena *arena = arena_new(QUERY_ARENA_MAX);
    const struct query_node *tree = NULL;
    struct plan *plan = NULL;
    int64_t offset = 0;
    struct error error = {.message = ""};
    struct query_string query = {text, strlen(text)};
    assert_int_equal(query_parse(arena, input->analyser, query, &tree, &offset, &error), STATUS_OK);
    enum status status = plan_make(tree, input, &plan, &offset, &error);
    assert_int_equal(status, refused ? STATUS_LIMIT : STATUS_OK);
    assert_int_equal(offset, refused ? strchr(text, 'a') - text : -1);
    struct query_hit hits[2];
    struct query_result result = {.total = 0};
    if (!refused) {
        assert_int_equal(query_top(plan, 2, true, hits, &result, &error), STATUS_OK);
        assert_int_equal(result.total, 2);
    }
    plan_free(plan);
    arena_free(arena);
}

/* A pattern for more classes than may be: refused, at its place, however they are cut. Where
 * positions are asked for that is sooner. */
static void check_limits(uint32_t words, bool refused, bool refused_with_positions)
{
    size_t room = 16 * ((size_t)words + 1);
    char *text = malloc(room);
    assert_non_null(text);
    struct corpus corpus = {.oracle = oracle_new(), .document_count = 2};
    uint32_t zeros[2] = {0};
    struct mentions mentions[2] = {{.count = 0}};
    corpus.sources = zeros;
    corpus.days = zeros;
    corpus.mentions = mentions;
    for (uint32_t d = 0; d < 2; d++) { /* each holds half of them, and one word more */
        size_t size = (size_t)sprintf(text, "bee ");
        for (uint32_t i = d; i < words; i += 2) {
            size += (size_t)sprintf(text + size, "a%ux ", i);
        }
        struct oracle_article article = {
            .id = d == 0 ? "0" : "1", .source = "", .text = text, .text_size = size};
        (void)oracle_add(corpus.oracle, &corpus.analyser, &article);
    }
    struct scratch scratch;
    scratch_make(&scratch);
    for (size_t count = 1; count <= 2; count++) {
        struct archive archive;
        archive_make(&archive, &corpus, &scratch, count);
        const struct plan_input input = {archive.segments, count, NULL, &corpus.analyser, 0};
        check_limit(&input, "bee a*", refused);
        check_limit(&input, "\"bee a*\" | bee", refused_with_positions);
        check_limit(&input, "bee (a*1x | a*0x)", false);
        archive_release(&archive);
    }
    oracle_free(corpus.oracle);
    scratch_remove(&scratch);
    free(text);
}

static void patterns_have_limits(void **state)
{
    (void)state;
    check_limits(PLAN_POSITIONED_MAX, false, false);
    check_limits(PLAN_POSITIONED_MAX + 1, false, true);
    check_limits(PLAN_EXPANSION_MAX + 1, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_have_limits),
        cmocka_unit_test(short_documents),
        cmocka_unit_test(long_documents),
        cmocka_unit_test(many_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
