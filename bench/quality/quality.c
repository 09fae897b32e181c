/* How well the analysers find and conflate, in three measurements that run.sh puts together:
 *
 *   quality split NEWS.jsonl BODIES.jsonl QUERIES.tsv COUNT [SKIP]
 *       copies the articles without their titles and writes COUNT titles, evenly spread, as
 *       id, tab, title; SKIP: take the sample so many articles further on
 *   quality known ARCHIVE QUERIES.tsv
 *       asks the archive for each title, its words joined by OR, its own article the only right
 *       answer: MRR@10, success@10, success@1
 *   quality paice GOLDEN.tsv ANALYZER [ARCHIVE]
 *       under- and over-stemming (C. Paice, "An evaluation method for stemming algorithms", SIGIR
 *       1994) of word, tab, stem
 *
 * It uses the library as any program would. Results go to standard output as tab-separated lines.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "fihris.h"

enum { LINE_MAX_BYTES = 64 << 20, TOP = 10, QUERY_MAX = 60000, WORDS_MAX = 64 };

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "quality: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        die(path, "cannot open");
    }
    return file;
}

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        die("memory", "none left");
    }
    return memory;
}

/* The next line without its end; false at the end of the file. */
static bool next_line(FILE *file, char *line, size_t *size)
{
    if (fgets(line, LINE_MAX_BYTES, file) == NULL) {
        return false;
    }
    *size = strlen(line);
    while (*size > 0 && (line[*size - 1] == '\n' || line[*size - 1] == '\r')) {
        line[--*size] = '\0';
    }
    return true;
}

/* ---- split ---- */

struct article {
    char id[1024];
    char title[QUERY_MAX];
};

static enum status take_member(void *context, const char *key, size_t key_size, enum json_kind kind,
                               const char *value, size_t value_size, struct error *error)
{
    struct article *article = context;
    (void)error;
    bool id = key_size == 2 && memcmp(key, "id", 2) == 0;
    bool title = key_size == 5 && memcmp(key, "title", 5) == 0;
    char *to = id ? article->id : article->title;
    size_t most = id ? sizeof article->id : sizeof article->title;
    if (kind == JSON_STRING && (id || title) && value_size < most) {
        memcpy(to, value, value_size);
        to[value_size] = '\0';
    }
    return STATUS_OK;
}

/* Writes the line with an empty title. A quotation mark inside a string has a backslash before it,
 * so the first "title": is the member's name. */
static void write_untitled(const char *line, FILE *out)
{
    static const char name[] = "\"title\":";
    const char *from = strstr(line, name);
    const char *open = from == NULL ? NULL : strchr(from + sizeof name - 1, '"');
    if (open == NULL) {
        (void)fprintf(out, "%s\n", line);
        return;
    }
    const char *close = open + 1;
    while (*close != '"' && *close != '\0') {
        close += *close == '\\' && close[1] != '\0' ? 2 : 1;
    }
    (void)fprintf(out, "%.*s%s\n", (int)(open + 1 - line), line, close);
}

static int split(const char *news, const char *bodies, const char *queries, long wanted, long skip)
{
    static struct article article;
    char *line = room(1, LINE_MAX_BYTES);
    FILE *in = open_file(news, "rb");
    FILE *out = open_file(bodies, "wb");
    FILE *asked = open_file(queries, "wb");
    size_t size = 0;
    long total = 0;
    while (next_line(in, line, &size)) {
        total++;
    }
    rewind(in);
    struct error error;
    for (long i = 0; next_line(in, line, &size); i++) {
        long shifted = (i + total - skip % total) % total;
        bool chosen = (shifted + 1) * wanted / total != shifted * wanted / total;
        write_untitled(line, out);
        article.id[0] = article.title[0] = '\0';
        if (!chosen || json_read_object(line, size, take_member, &article, &error) != STATUS_OK) {
            continue;
        }
        for (char *at = article.title; *at != '\0'; at++) {
            *at = (unsigned char)*at < ' ' ? ' ' : *at;
        }
        (void)fprintf(asked, "%s\t%s\n", article.id, article.title);
    }
    (void)fclose(in);
    if (fclose(out) != 0 || fclose(asked) != 0) {
        die(bodies, "cannot write");
    }
    free(line);
    return EXIT_SUCCESS;
}

/* ---- known ---- */

struct query {
    const char *title;
    char text[QUERY_MAX];
    size_t size;
    size_t words;
    uint32_t last_end;
};

/* The title's words one by one, each in quotation marks, so that nothing in them is an operator. */
static bool add_word(void *context, const struct fihris_token *token)
{
    struct query *query = context;
    size_t size = token->range.end - token->range.start;
    const char *word = query->title + token->range.start;
    bool seen = query->words > 0 && token->range.start < query->last_end; /* a hashtag's part */
    if (seen || query->words == WORDS_MAX || query->size + size + 8 > sizeof query->text ||
        memchr(word, '"', size) != NULL) {
        return true;
    }
    query->size += (size_t)snprintf(query->text + query->size, sizeof query->text - query->size,
                                    "%s\"%.*s\"", query->words > 0 ? " OR " : "", (int)size, word);
    query->words++;
    query->last_end = token->range.end;
    return true;
}

struct asked {
    const char *id;
    size_t rank;  /* of the hit seen last */
    size_t found; /* 0: not among them */
};

static bool take_hit(void *context, const struct fihris_hit *hit)
{
    struct asked *asked = context;
    asked->rank++;
    if (strlen(asked->id) == hit->id_size && memcmp(asked->id, hit->id, hit->id_size) == 0) {
        asked->found = asked->rank;
    }
    return asked->found == 0;
}

static size_t rank_of(struct fihris *archive, const char *id, const char *title)
{
    static struct query query;
    struct fihris_error error;
    query.title = title;
    query.size = query.words = query.last_end = 0;
    if (fihris_analyze(NULL, "fold", title, strlen(title), add_word, &query, &error) != FIHRIS_OK) {
        die(id, error.message);
    }
    if (query.words == 0) {
        return 0;
    }
    struct asked asked = {.id = id};
    struct fihris_search_options options = {.limit = TOP};
    struct fihris_results results;
    enum fihris_status status = fihris_search(archive, query.text, query.size, &options, take_hit,
                                              &asked, &results, &error);
    if (status != FIHRIS_OK && status != FIHRIS_USAGE) { /* usage: nothing but stop words */
        die(id, error.message);
    }
    return asked.found;
}

static struct fihris *open_archive(const char *path)
{
    struct fihris *archive = NULL;
    struct fihris_error error;
    if (fihris_open(path, 0, &archive, &error) != FIHRIS_OK) {
        die(path, error.message);
    }
    return archive;
}

static int known(const char *path, const char *queries)
{
    struct fihris *archive = open_archive(path);
    FILE *in = open_file(queries, "rb");
    char *line = room(1, LINE_MAX_BYTES);
    size_t size = 0;
    double reciprocal = 0;
    unsigned asked = 0;
    unsigned ten = 0;
    unsigned one = 0;
    const char *shown = getenv("RANKS"); /* to see which queries an analyser loses */
    while (next_line(in, line, &size)) {
        char *title = strchr(line, '\t');
        if (title == NULL) {
            continue;
        }
        *title++ = '\0';
        size_t rank = rank_of(archive, line, title);
        asked++;
        ten += rank > 0;
        one += rank == 1;
        reciprocal += rank > 0 ? 1.0 / (double)rank : 0;
        if (shown != NULL) {
            (void)fprintf(stderr, "%s\t%zu\t%s\n", line, rank, title);
        }
    }
    struct fihris_stats stats;
    fihris_stats(archive, &stats);
    printf("known\t%s\t%u\t%.4f\t%.4f\t%.4f\n", stats.analyzer, asked, reciprocal / asked,
           (double)ten / asked, (double)one / asked);
    (void)fclose(in);
    free(line);
    fihris_close(archive);
    return EXIT_SUCCESS;
}

/* ---- paice ---- */

enum { PAICE_MAX = 1 << 16, KEY_MAX = 512 };

struct pair {
    char word[KEY_MAX];
    char stem[KEY_MAX];
    char class_key[KEY_MAX];
};

static bool add_class(void *context, const struct fihris_token *token)
{
    char *key = context;
    size_t used = strlen(key);
    (void)snprintf(key + used, KEY_MAX - used, "%s%.*s", used > 0 ? "+" : "",
                   (int)token->class_size, token->class_key);
    return true;
}

static int by_word(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->word, ((const struct pair *)b)->word);
}

static size_t read_pairs(const char *path, struct pair *pairs)
{
    FILE *in = open_file(path, "rb");
    char *line = room(1, LINE_MAX_BYTES);
    size_t size = 0;
    size_t count = 0;
    while (count < PAICE_MAX && next_line(in, line, &size)) {
        char *stem = strchr(line, '\t');
        if (stem == NULL) {
            continue;
        }
        *stem++ = '\0';
        stem[strcspn(stem, "\t")] = '\0';
        (void)snprintf(pairs[count].word, KEY_MAX, "%s", line);
        (void)snprintf(pairs[count].stem, KEY_MAX, "%s", stem);
        count++;
    }
    (void)fclose(in);
    free(line);
    qsort(pairs, count, sizeof *pairs, by_word);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(pairs[kept - 1].word, pairs[i].word) != 0) {
            pairs[kept++] = pairs[i];
        }
    }
    return kept;
}

static int paice(const char *golden, const char *analyzer, const char *path)
{
    struct pair *pairs = room(PAICE_MAX, sizeof *pairs);
    struct fihris *archive = path == NULL ? NULL : open_archive(path);
    size_t count = read_pairs(golden, pairs);
    for (size_t i = 0; i < count; i++) {
        struct fihris_error error;
        if (fihris_analyze(archive, analyzer, pairs[i].word, strlen(pairs[i].word), add_class,
                           pairs[i].class_key, &error) != FIHRIS_OK) {
            die(pairs[i].word, error.message);
        }
    }
    uint64_t together = 0; /* pairs of one stem */
    uint64_t missed = 0;   /* of these, in two classes */
    uint64_t apart = 0;    /* pairs of two stems */
    uint64_t wrong = 0;    /* of these, in one class */
    bool shown = getenv("PAIRS") != NULL;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            bool stem = strcmp(pairs[i].stem, pairs[k].stem) == 0;
            bool joined = strcmp(pairs[i].class_key, pairs[k].class_key) == 0;
            together += stem;
            missed += stem && !joined;
            apart += !stem;
            wrong += !stem && joined;
            if (shown && !stem && joined) {
                (void)fprintf(stderr, "%s %s: %s %s: %s\n", pairs[i].word, pairs[k].word,
                              pairs[i].stem, pairs[k].stem, pairs[i].class_key);
            }
        }
        if (shown) {
            (void)fprintf(stderr, "%s\t%s\t%s\n", pairs[i].stem, pairs[i].class_key, pairs[i].word);
        }
    }
    printf("paice\t%s%s\t%zu\t%.4f\t%.7f\t%" PRIu64 "\t%" PRIu64 "\n", analyzer,
           archive == NULL ? "" : "+archive", count, (double)missed / (double)together,
           (double)wrong / (double)apart, missed, wrong);
    free(pairs);
    fihris_close(archive);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *what = argc < 2 ? "" : argv[1];
    if (strcmp(what, "split") == 0 && (argc == 6 || argc == 7)) {
        return split(argv[2], argv[3], argv[4], strtol(argv[5], NULL, 10),
                     argc == 7 ? strtol(argv[6], NULL, 10) : 0);
    }
    if (strcmp(what, "known") == 0 && argc == 4) {
        return known(argv[2], argv[3]);
    }
    if (strcmp(what, "paice") == 0 && (argc == 4 || argc == 5)) {
        return paice(argv[2], argv[3], argc == 5 ? argv[4] : NULL);
    }
    die("usage", "quality split|known|paice ...; see quality.c");
}
