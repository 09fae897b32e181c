#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/handle.h"
#include "fihris.h"
#include "oracle.h"
#include "query/parse.h"
#include "source/plan.h"
#include "source/reader.h"
#include "text/token.h"

/* news_oracle ARCHIVE JSONL [QUERIES] [SEED]
 *
 * Draws queries (words, AND, OR, NOT, phrases of two to four words, all three levels) from the
 * articles of a JSON Lines file that ARCHIVE was made from, asks the archive and a scan of all
 * articles, and compares the documents found and their scores. Prints "N queries, N agree"; exits 1
 * when any differs. */

enum { QUERY_SIZE = 4096, DRAWN_TOKENS = 4000, WORDS_MAX = 4 };

static uint32_t below(uint64_t *seed, uint32_t n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % n;
}

static void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "news_oracle: %s: %s\n", what, why);
    exit(3);
}

/* The one place that looks inside of an archive: the analyser with the archive's evidence. */
static const struct analyser *archive_analyser(const struct fihris *archive)
{
    return &archive->analyser;
}

/* ---- Articles ---- */

static enum status ignore(void *context, const struct ledger_entry *entry, struct error *error)
{
    (void)context;
    (void)entry;
    (void)error;
    return STATUS_OK;
}

typedef void (*visit_article)(void *context, const struct article *article);

static void each_article(const char *path, visit_article visit, void *context)
{
    struct shard_plan plan;
    struct error error = {.message = ""};
    struct plan_options options = {.shard_bytes = 0};
    if (shard_plan_make(&path, 1, &options, &plan, &error) != STATUS_OK) {
        stop(path, error.message);
    }
    for (uint32_t i = 0; i < plan.shard_count; i++) {
        struct reader *reader = NULL;
        struct article article;
        bool found = true;
        if (reader_open(&plan, &plan.shards[i], ignore, NULL, &reader, &error) != STATUS_OK) {
            stop(path, error.message);
        }
        while (reader_next(reader, &article, &found, &error) == STATUS_OK && found) {
            visit(context, &article);
        }
        reader_close(reader);
    }
    shard_plan_release(&plan);
}

/* Documents by id; of several with one id only the last is live. */
struct listed {
    const char *id;
    uint32_t document;
};

struct corpus {
    struct oracle *oracle;
    const struct analyser *analyser;
    struct listed *ids;
    uint32_t id_count;
};

static void load(void *context, const struct article *article)
{
    struct corpus *corpus = context;
    char *id = memory_copy(article->id, article->id_size);
    char *source = memory_copy(article->source, article->source_size);
    struct oracle_article added = {.id = id,
                                   .source = source,
                                   .text = article->text,
                                   .text_size = article->text_size,
                                   .title_end = article->title_end,
                                   .day = article->day};
    (void)oracle_add(corpus->oracle, corpus->analyser, &added);
    memory_free(id);
    memory_free(source);
}

static int by_id(const void *a, const void *b)
{
    const struct listed *left = a;
    const struct listed *right = b;
    int order = strcmp(left->id, right->id);
    return order != 0 ? order
                      : (left->document > right->document) - (left->document < right->document);
}

static void list_ids(struct corpus *corpus)
{
    uint32_t count = oracle_documents(corpus->oracle);
    corpus->ids = calloc(count + 1u, sizeof *corpus->ids);
    for (uint32_t i = 0; i < count; i++) {
        corpus->ids[i] = (struct listed){.id = oracle_id(corpus->oracle, i), .document = i};
    }
    qsort(corpus->ids, count, sizeof *corpus->ids, by_id);
    for (uint32_t i = 0; i < count; i++) {
        bool again = i + 1 < count && strcmp(corpus->ids[i].id, corpus->ids[i + 1].id) == 0;
        if (again) {
            oracle_delete(corpus->oracle, corpus->ids[i].document);
        } else {
            corpus->ids[corpus->id_count++] = corpus->ids[i];
        }
    }
}

static int64_t find_id(const struct corpus *corpus, const char *id, size_t size)
{
    uint32_t low = 0;
    uint32_t high = corpus->id_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *other = corpus->ids[middle].id;
        int order = bytes_compare(id, size, other, strlen(other));
        if (order == 0) {
            return corpus->ids[middle].document;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return -1;
}

/* ---- Drawing queries ---- */

struct drawn {
    uint32_t document;
    uint32_t number;
    char text[QUERY_SIZE];
};

struct draw {
    struct drawn *queries; /* by document */
    size_t count;
    size_t next;
    uint32_t document;
    uint64_t seed;
};

/* Words of one article, taken as they are printed. */
struct page {
    const char *text;
    struct token tokens[DRAWN_TOKENS];
    size_t count;
};

static bool fit_for_query(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (memchr("\"()|:*?~=\n", bytes[i], 10) != NULL) {
            return false;
        }
    }
    bool quote = false; /* “ ” « » */
    for (size_t i = 0; i + 1 < size; i++) {
        quote = quote || memcmp(bytes + i, "\xC2\xAB", 2) == 0 ||
                memcmp(bytes + i, "\xC2\xBB", 2) == 0 || memcmp(bytes + i, "\xE2\x80", 2) == 0;
    }
    return !quote && size < 500;
}

static bool put(struct drawn *query, const char *bytes, size_t size)
{
    size_t used = strlen(query->text);
    if (used + size >= QUERY_SIZE) {
        return false;
    }
    memcpy(query->text + used, bytes, size);
    return true;
}

static bool put_text(struct drawn *query, const char *text)
{
    return put(query, text, strlen(text));
}

/* `words` neighbouring words from a random place; tries a few places. */
static bool put_words(struct drawn *query, const struct page *page, uint32_t words, uint64_t *seed)
{
    static const char *const levels[] = {"", "", "~", "="};
    const char *level = levels[below(seed, 4)];
    for (unsigned tries = 0; tries < 20 && page->count >= words; tries++) {
        uint32_t at = below(seed, (uint32_t)(page->count - words) + 1);
        size_t start = page->tokens[at].start;
        size_t size = page->tokens[at + words - 1].end - start;
        const char *bytes = page->text + start;
        bool reserved = bytes_equal(bytes, size, "AND", 3) || bytes_equal(bytes, size, "OR", 2) ||
                        bytes_equal(bytes, size, "NOT", 3);
        if (reserved || !fit_for_query(bytes, size)) {
            continue;
        }
        const char *quote = words > 1 ? "\"" : "";
        return put_text(query, level) && put_text(query, quote) && put(query, bytes, size) &&
               put_text(query, quote);
    }
    return false;
}

static bool draw_query(struct drawn *query, const struct page *page, uint64_t *seed)
{
    switch (query->number % 6) {
    case 0:
        return put_words(query, page, 1, seed);
    case 1: /* all of them */
        return put_words(query, page, 1, seed) && put_text(query, " ") &&
               put_words(query, page, 1, seed);
    case 2:
        return put_words(query, page, 1, seed) && put_text(query, " OR ") &&
               put_words(query, page, 1, seed);
    case 3:
    case 4:
        return put_words(query, page, 2 + below(seed, 3), seed);
    default:
        return put_text(query, "(") && put_words(query, page, 2, seed) && put_text(query, " OR ") &&
               put_words(query, page, 1, seed) && put_text(query, ") ") &&
               put_words(query, page, 1, seed) && put_text(query, " NOT ") &&
               put_words(query, page, 1, seed);
    }
}

static void draw_from(void *context, const struct article *article)
{
    struct draw *draw = context;
    static struct page page;
    uint32_t document = draw->document++;
    if (draw->next == draw->count || draw->queries[draw->next].document != document) {
        return;
    }
    size_t offset = 0;
    page.text = article->text;
    page.count = token_scan(article->text, article->text_size, &offset, page.tokens, DRAWN_TOKENS);
    for (; draw->next < draw->count && draw->queries[draw->next].document == document;
         draw->next++) {
        struct drawn *query = &draw->queries[draw->next];
        if (!draw_query(query, &page, &draw->seed)) {
            memset(query->text, 0, sizeof query->text);
        }
    }
}

static int by_document(const void *a, const void *b)
{
    const struct drawn *left = a;
    const struct drawn *right = b;
    if (left->document != right->document) {
        return left->document < right->document ? -1 : 1;
    }
    return (left->number > right->number) - (left->number < right->number);
}

/* ---- Comparing ---- */

struct answer {
    const struct corpus *corpus;
    double *scores;
    bool unknown;
};

static bool take_hit(void *context, const struct fihris_hit *hit)
{
    struct answer *answer = context;
    int64_t document = find_id(answer->corpus, hit->id, hit->id_size);
    if (document < 0 || answer->scores[document] >= 0) {
        answer->unknown = true; /* no such article, or found twice */
    } else {
        answer->scores[document] = hit->score;
    }
    return true;
}

static bool agree(struct fihris *archive, const struct corpus *corpus, const char *text,
                  double *wanted, double *scores)
{
    struct error error = {.message = ""};
    struct fihris_error failure = {.message = ""};
    struct fihris_results results;
    struct fihris_search_options options = {.limit = 0, .count = true};
    struct answer answer = {.corpus = corpus, .scores = scores};
    const struct query_node *tree = NULL;
    int64_t offset = 0;
    uint32_t count = oracle_documents(corpus->oracle);
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        scores[i] = -1;
        wanted[i] = -1;
    }
    enum fihris_status status =
        fihris_search(archive, text, strlen(text), &options, take_hit, &answer, &results, &failure);
    struct arena *arena = arena_new(QUERY_ARENA_MAX);
    enum status parsed = query_parse(
        arena, corpus->analyser, (struct query_string){text, strlen(text)}, &tree, &offset, &error);
    if (parsed == STATUS_OK) {
        oracle_run(corpus->oracle, tree, NULL, wanted);
    }
    arena_free(arena);
    if (status != FIHRIS_OK || parsed != STATUS_OK) {
        bool both = status == FIHRIS_USAGE && parsed == STATUS_USAGE;
        (void)printf("%s: %s: %s\n", both ? "refused" : "FAILS", text, failure.message);
        return both;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool same = (scores[i] >= 0) == (wanted[i] >= 0) &&
                    fabs(scores[i] - wanted[i]) <= 1e-9 * fabs(wanted[i]);
        total += wanted[i] >= 0 ? 1 : 0;
        if (!same) {
            (void)printf("DIFFERS: %s: article %s scores %.17g, not %.17g\n", text,
                         oracle_id(corpus->oracle, i), scores[i], wanted[i]);
            return false;
        }
    }
    if (answer.unknown || results.total != total) {
        (void)printf("DIFFERS: %s: total %llu, not %llu%s\n", text,
                     (unsigned long long)results.total, (unsigned long long)total,
                     answer.unknown ? ", and an article found twice or never read" : "");
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: news_oracle ARCHIVE JSONL [QUERIES] [SEED]\n");
        return 2;
    }
    size_t count = argc > 3 ? strtoul(argv[3], NULL, 10) : 600;
    struct draw draw = {.seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1};
    struct fihris_error failure = {.message = ""};
    struct fihris *archive = NULL;
    if (fihris_open(argv[1], 0, &archive, &failure) != FIHRIS_OK) {
        stop(argv[1], failure.message);
    }
    struct corpus corpus = {.oracle = oracle_new(), .analyser = archive_analyser(archive)};
    each_article(argv[2], load, &corpus);
    list_ids(&corpus);
    uint32_t documents = oracle_documents(corpus.oracle);
    if (documents == 0) {
        stop(argv[2], "no articles");
    }
    draw.queries = calloc(count, sizeof *draw.queries);
    double *wanted = calloc(documents, sizeof *wanted);
    double *scores = calloc(documents, sizeof *scores);
    if (draw.queries == NULL || wanted == NULL || scores == NULL) {
        stop("memory", "out of memory");
    }
    draw.count = count;
    for (uint32_t i = 0; i < count; i++) {
        draw.queries[i] = (struct drawn){.document = below(&draw.seed, documents), .number = i};
    }
    qsort(draw.queries, count, sizeof *draw.queries, by_document);
    each_article(argv[2], draw_from, &draw);
    size_t asked = 0;
    size_t agreed = 0;
    for (size_t i = 0; i < count; i++) {
        if (draw.queries[i].text[0] != '\0') {
            asked++;
            agreed += agree(archive, &corpus, draw.queries[i].text, wanted, scores) ? 1 : 0;
        }
    }
    (void)printf("%zu queries, %zu agree\n", asked, agreed);
    free(draw.queries);
    free(wanted);
    free(scores);
    free(corpus.ids);
    oracle_free(corpus.oracle);
    fihris_close(archive);
    return asked > 0 && asked == agreed ? 0 : 1;
}
