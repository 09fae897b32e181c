#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "fihris.h"
#include "random.h"
#include "scratch.h"

/* What a program can do with include/fihris.h alone: the way from files to answers, on the seed
 * articles and on dated ones made up here. Runs in the root of the repository. */

enum { TEXT_MAX = 16384, DATED = 12 };

struct world {
    struct scratch scratch;
    char *seeds; /* an archive of fixtures/seeds */
    char *dated; /* an archive of `dated_input` */
    char *dated_input;
};

/* Every article has خبر; every second one سوق as often as its number says. */
static const char *const dates[DATED] = {"2021-05-03", "",        "2019-01-01", "2021-05-03",
                                         "2020",       "2023-11", "2019-12-31", "",
                                         "2018-02-02", "2024",    "2021-05-04", "2017-07-07"};

static void write_dated(const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < DATED; i++) {
        (void)fprintf(file, "{\"id\":\"n%02d\",\"title\":\"خبر\",\"body\":\"نص", (i * 7) % DATED);
        for (int k = 0; i % 2 == 0 && k <= i; k++) {
            (void)fprintf(file, " سوق");
        }
        (void)fprintf(file, "\",\"source\":\"%s\"", i < 6 ? "الصباح" : "Hespress");
        if (dates[i][0] != '\0') {
            (void)fprintf(file, ",\"date\":\"%s\"", dates[i]);
        }
        (void)fprintf(file, "}\n");
    }
    assert_int_equal(fclose(file), 0);
}

static enum fihris_status index_one(const char *archive, const char *input,
                                    const struct fihris_index_options *options,
                                    struct fihris_index_summary *summary)
{
    struct fihris_error error = {.status = FIHRIS_OK};
    enum fihris_status status = fihris_index(archive, &input, 1, options, summary, &error);
    assert_int_equal(error.status, status);
    assert_true((status == FIHRIS_OK) == (error.message[0] == '\0'));
    return status;
}

static struct fihris *open_archive(const char *path)
{
    struct fihris *archive = NULL;
    assert_int_equal(fihris_open(path, 0, &archive, NULL), FIHRIS_OK);
    assert_non_null(archive);
    return archive;
}

/* ---- Searching ---- */

/* Ids of the hits, each with a blank behind. */
struct found {
    char ids[TEXT_MAX];
    size_t size;
    size_t count;
    size_t stop_at; /* the hit that ends it; 0: none */
    double last_score;
};

static bool take_hit(void *context, const struct fihris_hit *hit)
{
    struct found *found = context;
    found->size += (size_t)snprintf(found->ids + found->size, sizeof found->ids - found->size,
                                    "%.*s ", (int)hit->id_size, hit->id);
    found->count++;
    found->last_score = hit->score;
    return found->count != found->stop_at;
}

static struct fihris_results search(struct fihris *archive, const char *query,
                                    const struct fihris_search_options *options,
                                    struct found *found)
{
    struct fihris_results results;
    *found = (struct found){.stop_at = found->stop_at};
    assert_int_equal(
        fihris_search(archive, query, strlen(query), options, take_hit, found, &results, NULL),
        FIHRIS_OK);
    return results;
}

/* The first digits of the seeds' names, in order of ids. */
static void queries_find_the_seeds(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *query;
        const char *digits;
    } cases[] = {
        {"\"مذكرة تفاهم\"", "034"}, {"الأنتربول", "03"},
        {"أنتربول", "03"},          {"=\"أنتربول\"", "3"},
        {"السيبرانية", "013"},      {"الاتجار", "012"},
        {"=\"الاتجار\"", "0"},      {"PARDO", "2"},
        {"place:الدنمارك", "4"},    {"الأنتربول NOT =\"أنتربول\"", "0"},
        {"person:حموشي", "01234"},  {"event-date:2022-08-10", "2"},
        {"date:2022", ""},          {"كلمة_لا_توجد", ""},
    };
    struct fihris *archive = open_archive(world->seeds);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fihris_search_options options = {.order = FIHRIS_BY_ID};
        struct found found = {.stop_at = 0};
        struct fihris_results results = search(archive, cases[i].query, &options, &found);
        char digits[16] = "";
        const char *at = found.ids;
        for (size_t k = 0; k < found.count; k++) {
            digits[k] = at[2]; /* "000_a6..." */
            digits[k + 1] = '\0';
            at = strchr(at, ' ') + 1;
        }
        assert_string_equal(digits, cases[i].digits);
        assert_int_equal(results.total, found.count);
        assert_true(results.total_exact);
    }
    fihris_close(archive);
}

static void orders_are_kept_and_cut(void **state)
{
    const struct world *world = *state;
    static const struct {
        enum fihris_order order;
        const char *query;
        const char *ids;
    } cases[] = {
        {FIHRIS_BY_ID, "خبر", "n00 n01 n02 n03 n04 n05 n06 n07 n08 n09 n10 n11 "},
        /* By day, unknown parts before known ones; within a day and without one, in input order. */
        {FIHRIS_BY_DATE, "خبر", "n05 n08 n02 n06 n04 n00 n09 n10 n11 n03 n07 n01 "},
        {FIHRIS_BY_DATE_DESCENDING, "خبر", "n03 n11 n10 n00 n09 n04 n06 n02 n08 n05 n07 n01 "},
        {FIHRIS_BY_RELEVANCE, "خبر", NULL},
        {FIHRIS_BY_RELEVANCE, "سوق", NULL},
        {FIHRIS_BY_DATE, "سوق source:الصباح", "n02 n04 n00 "},
    };
    struct fihris *archive = open_archive(world->dated);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fihris_search_options options = {.order = cases[i].order, .count = true};
        struct found all = {.stop_at = 0};
        struct fihris_results results = search(archive, cases[i].query, &options, &all);
        assert_int_equal(results.total, all.count);
        assert_true(cases[i].ids == NULL || strcmp(all.ids, cases[i].ids) == 0);
        for (uint64_t offset = 0; offset <= all.count + 1; offset++) {
            for (uint64_t limit = 0; limit <= all.count + 1; limit++) {
                struct found some = {.stop_at = 0};
                options.offset = offset;
                options.limit = limit;
                results = search(archive, cases[i].query, &options, &some);
                size_t left = offset > all.count ? 0 : all.count - (size_t)offset;
                assert_int_equal(some.count, limit == 0 || limit > left ? left : limit);
                assert_memory_equal(some.ids, all.ids + 4 * (all.count - left), some.size);
                assert_int_equal(results.total, all.count);
                assert_true(results.total_exact);
            }
        }
    }
    fihris_close(archive);
}

static void a_visitor_may_end_a_search(void **state)
{
    const struct world *world = *state;
    struct fihris *archive = open_archive(world->dated);
    for (int order = FIHRIS_BY_RELEVANCE; order <= FIHRIS_BY_ID; order++) {
        struct fihris_search_options options = {.order = (enum fihris_order)order};
        struct found found = {.stop_at = 3};
        (void)search(archive, "خبر", &options, &found);
        assert_int_equal(found.count, 3);
    }
    struct found found = {.stop_at = 0};
    (void)search(archive, "خبر", NULL, &found); /* by default ten */
    assert_int_equal(found.count, 10);
    fihris_close(archive);
}

static void bad_queries_say_where(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *query;
        int64_t offset;
    } cases[] = {{"خبر \"سوق", 7}, {"(خبر", 0},     {"خبر )", 7},  {"", 0},
                 {"   ", 0},       {"date:شيء", 5}, {"خبر AND", 7}};
    struct fihris *archive = open_archive(world->dated);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fihris_error error = {.status = FIHRIS_OK};
        struct found found = {.count = 0};
        assert_int_equal(fihris_search(archive, cases[i].query, strlen(cases[i].query), NULL,
                                       take_hit, &found, NULL, &error),
                         FIHRIS_USAGE);
        assert_int_equal(error.status, FIHRIS_USAGE);
        assert_int_equal(error.query_offset, cases[i].offset);
        assert_int_equal(found.count, 0);
    }
    struct fihris_search_options options = {.order = (enum fihris_order)99};
    assert_int_equal(fihris_search(archive, "a", 1, &options, take_hit, NULL, NULL, NULL),
                     FIHRIS_USAGE);
    fihris_close(archive);
}

/* ---- What a hit shows ---- */

struct showing {
    struct fihris *archive;
    size_t count;
};

static bool contains(const char *bytes, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp(bytes + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool take_any_mention(void *context, const struct fihris_mention *mention)
{
    *(size_t *)context += mention->alias_size;
    return true;
}

/* Shows the article of the hit meanwhile; what the hit says must stay. */
static bool show_hit(void *context, const struct fihris_hit *hit)
{
    struct showing *showing = context;
    char id[256];
    char title[1024];
    char snippet[1024];
    assert_true(hit->id_size < sizeof id && hit->title_size < sizeof title);
    assert_true(hit->snippet_size > 0 && hit->snippet_size < sizeof snippet);
    memcpy(id, hit->id, hit->id_size);
    memcpy(title, hit->title, hit->title_size);
    memcpy(snippet, hit->snippet, hit->snippet_size);
    struct fihris_article article;
    /* First another one, so that memory is written over. */
    assert_int_equal(fihris_show(showing->archive, "004_16a7a9f15d655b5d.txt", 24, &article, NULL),
                     FIHRIS_OK);
    assert_int_equal(fihris_show(showing->archive, hit->id, hit->id_size, &article, NULL),
                     FIHRIS_OK);
    size_t aliases = 0;
    assert_int_equal(
        fihris_mentions(showing->archive, id, hit->id_size, take_any_mention, &aliases, NULL),
        FIHRIS_OK);
    assert_true(aliases > 0);
    assert_memory_equal(hit->id, id, hit->id_size);
    assert_memory_equal(hit->title, title, hit->title_size);
    assert_memory_equal(hit->snippet, snippet, hit->snippet_size);
    assert_int_equal(article.id_size, hit->id_size);
    assert_memory_equal(article.id, id, hit->id_size);
    assert_int_equal(article.title.end - article.title.start, hit->title_size);
    assert_memory_equal(article.text + article.title.start, title, hit->title_size);
    assert_true(hit->mark_count > 0);
    for (size_t i = 0; i < hit->mark_count; i++) {
        const struct fihris_range *mark = &hit->marks[i];
        assert_true(mark->start < mark->end && mark->end <= hit->snippet_size);
        assert_true(contains(hit->snippet + mark->start, mark->end - mark->start, "نتربول"));
    }
    showing->count++;
    return true;
}

static void hits_show_themselves(void **state)
{
    const struct world *world = *state;
    struct fihris *archive = open_archive(world->seeds);
    struct showing showing = {.archive = archive};
    struct fihris_search_options options = {.snippet_bytes = 200};
    assert_int_equal(
        fihris_search(archive, "الأنتربول", 18, &options, show_hit, &showing, NULL, NULL),
        FIHRIS_OK);
    assert_int_equal(showing.count, 2);
    fihris_close(archive);
}

static bool take_source(void *context, const struct fihris_hit *hit)
{
    char *lines = context;
    size_t size = strlen(lines);
    (void)snprintf(lines + size, 256 - size, "%.*s=%.*s ", (int)hit->id_size, hit->id,
                   (int)hit->source_size, hit->source);
    return true;
}

/* What names no source has the one that is given; standard input has a name of its own, and what
 * lies in the archive, which lies among its inputs, is none. */
static void sources_and_names_of_inputs(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *name;
        const char *content;
        const char *source;
        const char *found;
    } cases[] = {
        {"x.txt", "خبر", NULL, "x.txt=inputs "},
        {"x.txt", "خبر", "S", "x.txt=S "},
        {"x.jsonl",
         "{\"id\":\"1\",\"body\":\"خبر\"}\n{\"id\":\"2\",\"body\":\"خبر\",\"source\":\"T\"}", "S",
         "1=S 2=T "},
        {"x.jsonl", "{\"id\":\"1\",\"body\":\"خبر\"}", NULL, "1= "},
        {NULL, "خبر", NULL, "-= "},
        {NULL, "خبر", "S", "-=S "},
        {NULL, "{\"id\":\"1\",\"body\":\"خبر\"}", "S", "1=S "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *folder = scratch_path(&world->scratch, "inputs");
        char *path = path_join(folder, cases[i].name == NULL ? "stdin" : cases[i].name);
        char *archive = path_join(folder, "news.fihris");
        struct fihris_index_options options = {.source = cases[i].source};
        struct fihris_search_options by_id = {.order = FIHRIS_BY_ID};
        char found[256] = "";
        assert_true(path != NULL && archive != NULL);
        assert_int_equal(folder_make(folder, NULL), STATUS_OK);
        scratch_write(path, cases[i].content, strlen(cases[i].content));
        for (int run = 0; run < 2; run++) {
            struct fihris_index_summary summary;
            assert_true(freopen(path, "rb", stdin) == stdin);
            assert_int_equal(
                index_one(archive, cases[i].name == NULL ? "-" : folder, &options, &summary),
                FIHRIS_OK);
            assert_int_equal(summary.rejected, 0);
            assert_true(summary.published == (run == 0));
        }
        struct fihris *opened = open_archive(archive);
        assert_int_equal(fihris_search(opened, "خبر", 6, &by_id, take_source, found, NULL, NULL),
                         FIHRIS_OK);
        assert_string_equal(found, cases[i].found);
        fihris_close(opened);
        assert_int_equal(path_remove(folder, NULL), STATUS_OK);
        memory_free(folder);
        memory_free(path);
        memory_free(archive);
    }
}

static size_t read_file(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, TEXT_MAX, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

/* ---- Articles and what is named in them ---- */

struct walk {
    const struct fihris_article *article;
    struct fihris_range tokens[2048];
    size_t token_count;
    size_t mentions;
    uint32_t end;
    bool denmark;
};

static bool take_token(void *context, const struct fihris_token *token)
{
    struct walk *walk = context;
    assert_true(walk->token_count < 2048);
    assert_true(token->range.start < token->range.end);
    walk->tokens[walk->token_count++] = token->range;
    return true;
}

/* A mention covers whole printed words, and these end as its alias does. */
static bool take_mention(void *context, const struct fihris_mention *mention)
{
    struct walk *walk = context;
    bool starts = false;
    bool ends = false;
    for (size_t i = 0; i < walk->token_count; i++) {
        starts = starts || walk->tokens[i].start == mention->range.start;
        ends = ends || walk->tokens[i].end == mention->range.end;
    }
    assert_true(starts && ends);
    assert_true(mention->range.start >= walk->end);
    assert_true(mention->alias_size > 2 && mention->key_size > 0);
    const char *printed = walk->article->text + mention->range.end - 2;
    assert_memory_equal(printed, mention->alias + mention->alias_size - 2, 2);
    walk->end = mention->range.end;
    walk->mentions++;
    if (strcmp(mention->type, "place") == 0 && mention->name != NULL &&
        strcmp(mention->name, "الدنمارك") == 0) {
        walk->denmark = true;
    }
    return true;
}

static bool take_one_mention(void *context, const struct fihris_mention *mention)
{
    (void)mention;
    *(size_t *)context += 1;
    return false;
}

static void articles_come_back_as_they_were(void **state)
{
    const struct world *world = *state;
    static struct walk walk;
    static char text[TEXT_MAX];
    struct fihris *archive = open_archive(world->seeds);
    struct fihris_stats stats;
    uint64_t mentions = 0;
    DIR *folder = opendir("fixtures/seeds");
    assert_non_null(folder);
    fihris_stats(archive, &stats);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct fihris_article article;
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[512];
        (void)snprintf(path, sizeof path, "fixtures/seeds/%s", entry->d_name);
        size_t size = read_file(path, text);
        assert_int_equal(fihris_show(archive, entry->d_name, strlen(entry->d_name), &article, NULL),
                         FIHRIS_OK);
        assert_int_equal(article.text_size, size);
        assert_memory_equal(article.text, text, size);
        assert_int_equal(article.input_size, strlen(path));
        assert_memory_equal(article.input, path, article.input_size);
        assert_int_equal(article.source_size, 5);
        assert_memory_equal(article.source, "seeds", 5);
        assert_int_equal(article.offset, 0);
        assert_int_equal(article.day, 0);
        walk = (struct walk){.article = &article};
        assert_int_equal(
            fihris_analyze(archive, NULL, article.text, article.text_size, take_token, &walk, NULL),
            FIHRIS_OK);
        assert_int_equal(
            fihris_mentions(archive, article.id, article.id_size, take_mention, &walk, NULL),
            FIHRIS_OK);
        assert_memory_equal(article.text, text, size); /* still there */
        mentions += walk.mentions;
        assert_true(walk.denmark == (strncmp(entry->d_name, "004", 3) == 0));
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(stats.mentions, mentions); /* those that were indexed */
    struct fihris_article none;
    struct fihris_error error;
    assert_int_equal(fihris_show(archive, "005", 3, &none, &error), FIHRIS_NOT_FOUND);
    assert_int_equal(error.query_offset, -1);
    size_t one = 0;
    assert_int_equal(fihris_mentions(archive, "x", 1, take_one_mention, &one, &error),
                     FIHRIS_NOT_FOUND);
    assert_int_equal(
        fihris_mentions(archive, "000_a676f32782278e64.txt", 24, take_one_mention, &one, &error),
        FIHRIS_OK);
    assert_int_equal(one, 1);
    fihris_close(archive);
}

struct entities {
    size_t count;
    size_t stop_at;
    char type[32];
    uint64_t documents;
    uint64_t aliases;
};

static bool take_entity(void *context, const struct fihris_entity *entity)
{
    struct entities *entities = context;
    uint64_t mentions = 0;
    for (size_t i = 0; i < entity->alias_count; i++) {
        assert_true(i == 0 || entity->aliases[i].mentions <= entity->aliases[i - 1].mentions);
        mentions += entity->aliases[i].mentions;
    }
    assert_int_equal(mentions, entity->mentions);
    assert_true(entity->name_size > 0 && entity->key_size > 0);
    if (entities->count++ == 0) {
        (void)snprintf(entities->type, sizeof entities->type, "%s", entity->type);
        entities->documents = entity->documents;
        entities->aliases = entity->alias_count;
    }
    return entities->count != entities->stop_at;
}

static void names_lead_to_entities(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *type;
        const char *name;
        const char *found; /* type of the first; NULL: none */
        uint64_t documents;
    } cases[] = {
        {NULL, "الحموشي", "person", 5},
        {NULL, "حموشي", "person", 5},
        {"person", "عبد اللطيف حموشي", "person", 5},
        {"place", "عبد اللطيف حموشي", NULL, 0},
        {NULL, "Piqueras", "person", 2},
        {NULL, "الدنمارك", "place", 1},
        {"date", "2022-08-10", "date", 1},
        {NULL, "لا أحد بهذا الاسم", NULL, 0},
        {NULL, "", NULL, 0},
    };
    struct fihris *archive = open_archive(world->seeds);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct entities entities = {.stop_at = 0};
        assert_int_equal(fihris_entities(archive, cases[i].type, cases[i].name,
                                         strlen(cases[i].name), take_entity, &entities, NULL),
                         FIHRIS_OK);
        assert_int_equal(entities.count > 0, cases[i].found != NULL);
        if (cases[i].found != NULL) {
            assert_string_equal(entities.type, cases[i].found);
            assert_int_equal(entities.documents, cases[i].documents);
            assert_true(entities.aliases > 0);
        }
    }
    struct fihris_error error;
    struct entities entities = {.stop_at = 1};
    assert_int_equal(fihris_entities(archive, "animal", "x", 1, take_entity, &entities, &error),
                     FIHRIS_USAGE);
    assert_non_null(strstr(error.message, "animal"));
    fihris_close(archive);
}

/* ---- Words ---- */

struct words {
    size_t count;
    char first[64]; /* form/fold/class */
    uint64_t evidence;
};

static bool take_word(void *context, const struct fihris_token *token)
{
    struct words *words = context;
    if (words->count++ == 0) {
        (void)snprintf(words->first, sizeof words->first, "%.*s/%.*s/%.*s", (int)token->form_size,
                       token->form, (int)token->fold_size, token->fold, (int)token->class_size,
                       token->class_key);
        words->evidence = token->evidence_fold;
    }
    return words->count < 3;
}

static void texts_are_analysed(void **state)
{
    const struct world *world = *state;
    struct fihris *archive = open_archive(world->seeds);
    static const char text[] = "إتفاقية ثم ثم ثم";
    struct words words = {.count = 0};
    assert_int_equal(fihris_analyze(NULL, "fold", text, sizeof text - 1, take_word, &words, NULL),
                     FIHRIS_OK);
    assert_string_equal(words.first, "إتفاقية/اتفاقيه/اتفاقيه");
    assert_int_equal(words.count, 3);
    assert_int_equal(words.evidence, 0);
    words = (struct words){.count = 0};
    assert_int_equal(fihris_analyze(NULL, "light10", "والمغرب", 14, take_word, &words, NULL),
                     FIHRIS_OK);
    assert_string_equal(words.first, "والمغرب/والمغرب/مغرب");
    words = (struct words){.count = 0};
    assert_int_equal(fihris_analyze(archive, NULL, "المغرب", 12, take_word, &words, NULL),
                     FIHRIS_OK);
    assert_true(words.evidence > 0);
    struct fihris_error error;
    assert_int_equal(fihris_analyze(archive, "snowball", text, 1, take_word, &words, &error),
                     FIHRIS_USAGE);
    assert_non_null(strstr(error.message, "light10"));
    fihris_close(archive);
}

struct classes {
    size_t count;
    uint64_t forms;
    uint64_t occurrences;
    size_t last_forms;
    bool descending;
};

static bool take_class(void *context, const struct fihris_class *found)
{
    struct classes *classes = context;
    uint64_t occurrences = 0;
    for (size_t i = 0; i < found->form_count; i++) {
        assert_true(i == 0 || found->forms[i].occurrences <= found->forms[i - 1].occurrences);
        occurrences += found->forms[i].occurrences;
    }
    assert_int_equal(occurrences, found->occurrences);
    classes->descending =
        classes->descending && (classes->count == 0 || found->form_count <= classes->last_forms);
    classes->last_forms = found->form_count;
    classes->count++;
    classes->forms += found->form_count;
    classes->occurrences += occurrences;
    return true;
}

static void the_lexicon_is_all_there(void **state)
{
    const struct world *world = *state;
    struct fihris *archive = open_archive(world->seeds);
    struct fihris_stats stats;
    struct classes all = {.count = 0};
    fihris_stats(archive, &stats);
    assert_int_equal(fihris_lexicon(archive, NULL, take_class, &all, NULL), FIHRIS_OK);
    assert_int_equal(all.count, stats.terms);
    assert_int_equal(all.forms, stats.forms);
    struct fihris_lexicon_options options = {.largest = 5};
    struct classes largest = {.descending = true};
    assert_int_equal(fihris_lexicon(archive, &options, take_class, &largest, NULL), FIHRIS_OK);
    assert_int_equal(largest.count, 5);
    assert_true(largest.descending);
    options = (struct fihris_lexicon_options){.pattern = "الأنتربول", .pattern_size = 18};
    struct classes one = {.count = 0};
    assert_int_equal(fihris_lexicon(archive, &options, take_class, &one, NULL), FIHRIS_OK);
    assert_int_equal(one.count, 1);
    fihris_close(archive);
}

/* ---- Runs ---- */

struct watch {
    char phases[128];
    uint64_t calls;
    uint64_t stop_at;
    uint64_t memory;
    uint64_t articles;
};

static bool look(void *context, const struct fihris_progress *progress)
{
    struct watch *watch = context;
    size_t size = strlen(watch->phases);
    size_t phase = strlen(progress->phase);
    bool same =
        size > phase && memcmp(watch->phases + size - phase - 1, progress->phase, phase) == 0;
    if (!same) {
        (void)snprintf(watch->phases + size, sizeof watch->phases - size, "%s ", progress->phase);
    }
    watch->memory = progress->memory;
    watch->articles = progress->articles;
    return ++watch->calls != watch->stop_at;
}

/* Merged or not, the phases of a run are in it, and the parts of building in that. */
static void the_phases_add_up(void **state)
{
    const struct world *world = *state;
    for (int merge = 0; merge < 2; merge++) {
        char *path = scratch_path(&world->scratch, merge ? "phases-merged" : "phases");
        struct fihris_index_options options = {
            .threads = 3, .shard_bytes = 6000, .no_merge = !merge, .timings = true};
        struct fihris_index_summary summary;
        assert_int_equal(index_one(path, "fixtures/seeds", &options, &summary), FIHRIS_OK);
        assert_int_equal(summary.phase_count, FIHRIS_PHASE_COUNT);
        double elapsed = 0;
        double build = 0;
        double parts = 0;
        for (uint32_t i = 0; i < summary.phase_count; i++) {
            const struct fihris_phase *phase = &summary.phases[i];
            assert_true(phase->cpu_seconds >= 0 && phase->elapsed_seconds >= 0);
            bool done = strcmp(phase->name, "merge") != 0 && strcmp(phase->name, "seal") != 0;
            assert_int_equal(phase->elapsed_seconds > 0, done || merge);
            elapsed += phase->part_of_build ? 0 : phase->elapsed_seconds;
            parts += phase->part_of_build ? phase->cpu_seconds : 0;
            build += strcmp(phase->name, "build") == 0 ? phase->cpu_seconds : 0;
        }
        assert_true(elapsed <= summary.seconds);
        assert_true(build - parts < 1e-6);
        options.timings = false;
        assert_int_equal(index_one(path, "fixtures/seeds", &options, &summary), FIHRIS_OK);
        assert_int_equal(summary.phase_count, 0);
        memory_free(path);
    }
}

static void summary_stats_and_progress_agree(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "summed");
    struct watch watch = {.stop_at = 0};
    struct fihris_index_options options = {
        .threads = 2, .shard_bytes = 6000, .no_merge = true, .progress = look, .context = &watch};
    struct fihris_index_summary summary;
    struct fihris_stats stats;
    assert_int_equal(index_one(path, "fixtures/seeds", &options, &summary), FIHRIS_OK);
    assert_string_equal(watch.phases, "plan learn build publish ");
    assert_int_equal(watch.articles, 5);
    assert_true(watch.memory > 0);
    assert_int_equal(summary.articles, 5);
    assert_int_equal(summary.unchanged + summary.replaced + summary.rejected, 0);
    assert_int_equal(summary.threads, 2);
    assert_true(summary.shards > 1);
    assert_true(summary.published);
    assert_int_equal(summary.snapshot, 1);
    assert_true(summary.memory_peak > 0);
    struct fihris *archive = open_archive(path);
    fihris_stats(archive, &stats);
    assert_int_equal(stats.snapshot, 1);
    assert_int_equal(stats.segments, summary.shards);
    assert_int_equal(stats.documents, 5);
    assert_int_equal(stats.deleted, 0);
    assert_int_equal(stats.tokens, summary.tokens);
    assert_int_equal(stats.forms, summary.forms);
    assert_int_equal(stats.entities, summary.entities);
    assert_int_equal(stats.mentions, summary.mentions);
    assert_int_equal(stats.input_bytes, summary.input_bytes);
    assert_int_equal(stats.snapshot_bytes, summary.snapshot_bytes);
    uint64_t parts = 0;
    for (size_t i = 0; i < FIHRIS_PART_COUNT; i++) {
        assert_true(i == 0 || stats.parts[i].bytes <= stats.parts[i - 1].bytes);
        parts += stats.parts[i].bytes;
    }
    assert_int_equal(parts, stats.snapshot_bytes);
    assert_string_equal(stats.analyzer, "default"); /* lives as long as the handle */
    fihris_close(archive);
    memory_free(path);
}

static void nothing_new_publishes_nothing(void **state)
{
    const struct world *world = *state;
    struct fihris_index_summary summary;
    assert_int_equal(index_one(world->seeds, "fixtures/seeds", NULL, &summary), FIHRIS_OK);
    assert_false(summary.published);
    assert_int_equal(summary.snapshot, 1);
    assert_int_equal(summary.unchanged, 5);
    assert_int_equal(summary.articles, 0);
    struct fihris_index_options options = {.analyzer = "fold"};
    assert_int_equal(index_one(world->seeds, "fixtures/seeds", &options, NULL), FIHRIS_USAGE);
}

/* Stopped at its first call, its second, and so on; each time the next run completes. */
static void a_run_may_be_stopped_anywhere(void **state)
{
    const struct world *world = *state;
    bool stopped = true;
    uint64_t stops = 0;
    for (uint64_t at = 1; stopped; at++, stops++) {
        char name[32];
        (void)snprintf(name, sizeof name, "stopped%d", (int)at);
        char *path = scratch_path(&world->scratch, name);
        struct watch watch = {.stop_at = at};
        struct fihris_index_options options = {
            .threads = 1, .shard_bytes = 9000, .progress = look, .context = &watch};
        enum fihris_status status = index_one(path, "fixtures/seeds", &options, NULL);
        stopped = watch.calls >= at;
        /* Once the snapshot is live, it is too late. */
        struct fihris *early = NULL;
        bool live = fihris_open(path, 0, &early, NULL) == FIHRIS_OK;
        fihris_close(early);
        assert_true(status == (live ? FIHRIS_OK : FIHRIS_STOPPED));
        assert_true(stopped || live);
        options.progress = NULL;
        assert_int_equal(index_one(path, "fixtures/seeds", &options, NULL), FIHRIS_OK);
        struct fihris *archive = open_archive(path);
        struct fihris_stats stats;
        fihris_stats(archive, &stats);
        assert_int_equal(stats.documents, 5);
        assert_int_equal(stats.snapshot, 1);
        fihris_close(archive);
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
        memory_free(path);
    }
    assert_true(stops > 5);
}

/* ---- One id, several articles ---- */

enum { LINES = 60, IDS = 12, CONTENTS = 3 };

struct line {
    unsigned id;
    unsigned content;
};

static void write_repeats(const char *path, struct line *lines, uint64_t *random)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < LINES; i++) {
        lines[i] = (struct line){.id = random_below(random, IDS),
                                 .content = random_below(random, CONTENTS)};
        (void)fprintf(file, "{\"id\":\"r%u\",\"title\":\"t\",\"body\":\"word%u of many\"}\n",
                      lines[i].id, lines[i].content);
    }
    assert_int_equal(fclose(file), 0);
}

/* The live article of each id is the last one given; `expected` by id, CONTENTS: never given. */
static void check_last(const char *path, const unsigned expected[IDS])
{
    struct fihris *archive = open_archive(path);
    struct fihris_stats stats;
    uint64_t count = 0;
    fihris_stats(archive, &stats);
    for (unsigned id = 0; id < IDS; id++) {
        struct fihris_article article;
        char name[16];
        char text[64];
        size_t size = (size_t)snprintf(name, sizeof name, "r%u", id);
        enum fihris_status status = fihris_show(archive, name, size, &article, NULL);
        assert_true(status == (expected[id] == CONTENTS ? FIHRIS_NOT_FOUND : FIHRIS_OK));
        if (status == FIHRIS_OK) {
            size = (size_t)snprintf(text, sizeof text, "t\n\nword%u of many", expected[id]);
            assert_int_equal(article.text_size, size);
            assert_memory_equal(article.text, text, size);
            count++;
        }
    }
    assert_int_equal(stats.documents, count);
    fihris_close(archive);
}

/* Whatever the cuts, the last in input order counts; and the same again is nothing new. */
static void the_last_of_an_id_counts(void **state)
{
    const struct world *world = *state;
    uint64_t random = 5;
    static const uint64_t cuts[] = {120, 600, 1000000};
    for (size_t c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
        struct line lines[LINES];
        unsigned expected[IDS];
        char *path = scratch_path(&world->scratch, "repeats");
        char *input = scratch_path(&world->scratch, "repeats.jsonl");
        struct fihris_index_options options = {
            .threads = 2, .shard_bytes = cuts[c], .no_merge = c == 1};
        for (size_t i = 0; i < IDS; i++) {
            expected[i] = CONTENTS;
        }
        for (int run = 0; run < 4; run++) {
            struct fihris_index_summary summary;
            write_repeats(input, lines, &random);
            for (size_t i = 0; i < LINES; i++) {
                expected[lines[i].id] = lines[i].content;
            }
            assert_int_equal(index_one(path, input, &options, NULL), FIHRIS_OK);
            check_last(path, expected);
            assert_int_equal(index_one(path, input, &options, &summary), FIHRIS_OK);
            check_last(path, expected);
            assert_int_equal(index_one(path, input, &options, &summary), FIHRIS_OK);
            assert_false(summary.published);
        }
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
        memory_free(input);
        memory_free(path);
    }
}

/* Many segments, many threads, few files that may be open: fewer threads do it. */
static void few_open_files_are_enough(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "files");
    struct fihris_index_options options = {.threads = 8, .shard_bytes = 100, .no_merge = true};
    struct fihris_index_summary summary;
    struct rlimit before;
    assert_int_equal(index_one(path, world->dated_input, &options, &summary), FIHRIS_OK);
    assert_true(summary.shards >= 8);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = 64, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    options.shard_bytes = 6000;
    enum fihris_status status = index_one(path, "fixtures/seeds", &options, &summary);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, FIHRIS_OK);
    assert_true(summary.threads < 8);
    assert_int_equal(summary.articles, 5);
    memory_free(path);
}

static void readers_keep_their_snapshot(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "grows");
    struct found found = {.stop_at = 0};
    struct fihris_search_options all = {.count = true};
    assert_int_equal(index_one(path, world->dated_input, NULL, NULL), FIHRIS_OK);
    struct fihris *one = open_archive(path);
    struct fihris *two = open_archive(path);
    assert_int_equal(index_one(path, "fixtures/seeds", NULL, NULL), FIHRIS_OK);
    assert_int_equal(search(one, "حموشي", &all, &found).total, 0);
    assert_int_equal(search(two, "source:الصباح", &all, &found).total, DATED / 2);
    struct fihris *three = open_archive(path);
    assert_int_equal(search(three, "حموشي", &all, &found).total, 5);
    assert_int_equal(search(three, "source:الصباح", &all, &found).total, DATED / 2);
    fihris_close(one);
    fihris_close(three);
    /* The snapshot before can still be asked for by its number. */
    assert_int_equal(fihris_open(path, 1, &one, NULL), FIHRIS_OK);
    assert_int_equal(search(one, "حموشي", &all, &found).total, 0);
    fihris_close(one);
    fihris_close(two);
    assert_int_equal(fihris_open(path, 9, &one, NULL), FIHRIS_NOT_FOUND);
    memory_free(path);
}

/* ---- Care ---- */

struct snapshots {
    uint32_t count;
    uint32_t last;
    uint32_t live;
    uint32_t segments; /* of the live one */
};

static bool take_snapshot(void *context, const struct fihris_snapshot *snapshot)
{
    struct snapshots *snapshots = context;
    assert_true(snapshot->number > snapshots->last);
    assert_true(snapshot->bytes > 0 && snapshot->published > 0);
    snapshots->last = snapshot->number;
    snapshots->count++;
    if (snapshot->live) {
        assert_int_equal(snapshots->live, 0);
        snapshots->live = snapshot->number;
        snapshots->segments = snapshot->segments;
    }
    return true;
}

static void count_problem(void *context, const char *message)
{
    assert_true(message[0] != '\0');
    *(size_t *)context += 1;
}

static size_t problems(const char *path)
{
    size_t count = 0;
    struct fihris_error error = {.status = FIHRIS_OK};
    enum fihris_status status = fihris_verify(path, count_problem, &count, &error);
    assert_true(status == (count == 0 ? FIHRIS_OK : FIHRIS_DAMAGED));
    return count;
}

static void merging_changes_no_answer(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "merged");
    struct fihris_index_options options = {.shard_bytes = 400, .no_merge = true};
    struct fihris_search_options by_score = {.limit = 20, .count = true};
    struct found before = {.stop_at = 0};
    struct found after = {.stop_at = 0};
    assert_int_equal(index_one(path, world->dated_input, &options, NULL), FIHRIS_OK);
    struct fihris *archive = open_archive(path);
    struct fihris_stats stats;
    fihris_stats(archive, &stats);
    assert_true(stats.segments > 1);
    (void)search(archive, "سوق خبر", &by_score, &before);
    fihris_close(archive);
    assert_int_equal(fihris_merge(path, 2, NULL), FIHRIS_OK);
    archive = open_archive(path);
    (void)search(archive, "سوق خبر", &by_score, &after);
    assert_string_equal(after.ids, before.ids);
    assert_true(after.last_score <= before.last_score && after.last_score >= before.last_score);
    fihris_close(archive);
    struct snapshots snapshots = {.count = 0};
    assert_int_equal(fihris_snapshots(path, take_snapshot, &snapshots, NULL), FIHRIS_OK);
    assert_int_equal(snapshots.count, 2);
    assert_int_equal(snapshots.live, 2);
    assert_int_equal(snapshots.segments, 1);
    assert_int_equal(problems(path), 0);
    memory_free(path);
}

/* Changes a byte in the middle of the only segment. */
static void damage(const char *archive)
{
    char *folder = path_join(archive, "segments");
    assert_non_null(folder);
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char *path = path_join(folder, entry->d_name);
        assert_non_null(path);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        long middle = ftell(file) / 2;
        assert_int_equal(fseek(file, middle, SEEK_SET), 0);
        int byte = fgetc(file);
        assert_int_equal(fseek(file, middle, SEEK_SET), 0);
        assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
        assert_int_equal(fclose(file), 0);
        memory_free(path);
    }
    assert_int_equal(closedir(entries), 0);
    memory_free(folder);
}

static void damage_is_found(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "damaged");
    assert_int_equal(index_one(path, world->dated_input, NULL, NULL), FIHRIS_OK);
    assert_int_equal(problems(path), 0);
    damage(path);
    assert_true(problems(path) > 0);
    memory_free(path);
}

struct ledger {
    char lines[1024];
};

static bool take_entry(void *context, const struct fihris_ledger_entry *entry)
{
    struct ledger *ledger = context;
    size_t size = strlen(ledger->lines);
    assert_true(entry->input_size > 0 && entry->explanation[0] != '\0');
    (void)snprintf(ledger->lines + size, sizeof ledger->lines - size, "%s %s %d %d\n", entry->act,
                   entry->reason, (int)entry->offset, (int)entry->bytes);
    return true;
}

static void what_cannot_be_used_is_in_the_ledger(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "ledger");
    char *input = scratch_path(&world->scratch, "bad.jsonl");
    static const char lines[] = "{\"id\":1}\nnot json\n";
    struct fihris_index_summary summary;
    struct ledger ledger = {.lines = ""};
    struct found found = {.stop_at = 0};
    scratch_write(input, lines, sizeof lines - 1);
    assert_int_equal(index_one(path, input, NULL, &summary), FIHRIS_OK);
    assert_int_equal(summary.articles, 0);
    assert_int_equal(summary.rejected, 2);
    assert_true(summary.published);
    struct fihris *archive = open_archive(path);
    assert_int_equal(fihris_ledger(archive, take_entry, &ledger, NULL), FIHRIS_OK);
    assert_string_equal(ledger.lines, "rejected no-body 0 8\nrejected bad-json 9 8\n");
    /* An archive without an article answers, with nothing. */
    assert_int_equal(search(archive, "خبر", NULL, &found).total, 0);
    assert_int_equal(search(archive, "person:خبر OR \"a b\"", NULL, &found).total, 0);
    struct classes classes = {.count = 0};
    assert_int_equal(fihris_lexicon(archive, NULL, take_class, &classes, NULL), FIHRIS_OK);
    assert_int_equal(classes.count, 0);
    fihris_close(archive);
    assert_int_equal(problems(path), 0);
    memory_free(input);
    memory_free(path);
}

static void nothing_at_all_is_an_archive_too(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "nothing");
    struct found found = {.stop_at = 0};
    assert_int_equal(fihris_index(path, NULL, 0, NULL, NULL, NULL), FIHRIS_OK);
    struct fihris *archive = open_archive(path);
    assert_int_equal(search(archive, "خبر", NULL, &found).total, 0);
    fihris_close(archive);
    assert_int_equal(problems(path), 0);
    assert_int_equal(fihris_merge(path, 0, NULL), FIHRIS_OK);
    memory_free(path);
}

static void what_is_no_archive_is_refused(void **state)
{
    const struct world *world = *state;
    char *absent = scratch_path(&world->scratch, "absent");
    struct fihris *archive = NULL;
    struct fihris_error error;
    struct snapshots snapshots = {.count = 0};
    assert_int_equal(fihris_open(absent, 0, &archive, &error), FIHRIS_NOT_FOUND);
    assert_null(archive);
    assert_non_null(strstr(error.message, absent));
    assert_int_equal(fihris_open("fixtures", 0, &archive, &error), FIHRIS_DAMAGED);
    assert_int_equal(fihris_merge(absent, 1, &error), FIHRIS_NOT_FOUND);
    assert_int_equal(fihris_snapshots(absent, take_snapshot, &snapshots, &error), FIHRIS_NOT_FOUND);
    assert_int_equal(fihris_verify(absent, NULL, NULL, &error), FIHRIS_NOT_FOUND);
    assert_int_equal(index_one("fixtures", "fixtures/seeds", NULL, NULL), FIHRIS_USAGE);
    assert_int_equal(index_one(absent, "no/such/input", NULL, NULL), FIHRIS_IO);
    fihris_close(NULL);
    assert_true(strchr(fihris_version(), '.') != NULL);
    memory_free(absent);
}

static int setup(void **state)
{
    static struct world world;
    struct fihris_index_options options = {.threads = 1};
    scratch_make(&world.scratch);
    world.seeds = scratch_path(&world.scratch, "seeds");
    world.dated = scratch_path(&world.scratch, "dated");
    world.dated_input = scratch_path(&world.scratch, "dated.jsonl");
    write_dated(world.dated_input);
    assert_int_equal(index_one(world.seeds, "fixtures/seeds", &options, NULL), FIHRIS_OK);
    assert_int_equal(index_one(world.dated, world.dated_input, &options, NULL), FIHRIS_OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    memory_free(world->seeds);
    memory_free(world->dated);
    memory_free(world->dated_input);
    scratch_remove(&world->scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_find_the_seeds),
        cmocka_unit_test(orders_are_kept_and_cut),
        cmocka_unit_test(a_visitor_may_end_a_search),
        cmocka_unit_test(bad_queries_say_where),
        cmocka_unit_test(hits_show_themselves),
        cmocka_unit_test(articles_come_back_as_they_were),
        cmocka_unit_test(sources_and_names_of_inputs),
        cmocka_unit_test(names_lead_to_entities),
        cmocka_unit_test(texts_are_analysed),
        cmocka_unit_test(the_lexicon_is_all_there),
        cmocka_unit_test(the_phases_add_up),
        cmocka_unit_test(summary_stats_and_progress_agree),
        cmocka_unit_test(nothing_new_publishes_nothing),
        cmocka_unit_test(a_run_may_be_stopped_anywhere),
        cmocka_unit_test(the_last_of_an_id_counts),
        cmocka_unit_test(few_open_files_are_enough),
        cmocka_unit_test(readers_keep_their_snapshot),
        cmocka_unit_test(merging_changes_no_answer),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(what_cannot_be_used_is_in_the_ledger),
        cmocka_unit_test(nothing_at_all_is_an_archive_too),
        cmocka_unit_test(what_is_no_archive_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
