#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILE_BUFFER = 1 << 20, LINE_SIZE = 1024, HEX = 16 };

void bench_fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

void bench_must(int holds, const char *what, const char *why)
{
    if (!holds) {
        bench_fail(what, why);
    }
}

static void *grown(void *memory, size_t *capacity, size_t needed)
{
    if (needed <= *capacity) {
        return memory;
    }
    *capacity = 2 * needed;
    memory = realloc(memory, *capacity);
    bench_must(memory != NULL, "out of memory", "realloc");
    return memory;
}

/* ---- JSON Lines ---- */

void jsonl_open(struct jsonl *reader, const char *path)
{
    memset(reader, 0, sizeof *reader);
    reader->file = fopen(path, "rb");
    bench_must(reader->file != NULL, path, "cannot open");
    (void)setvbuf(reader->file, NULL, _IOFBF, FILE_BUFFER);
}

void jsonl_close(struct jsonl *reader)
{
    (void)fclose(reader->file);
    free(reader->line);
    free(reader->strings);
}

static char *put_code_point(char *out, unsigned long code)
{
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned long heads[] = {0, 0xc0, 0xe0, 0xf0};
    *out++ = (char)(heads[more] | code >> (6 * more));
    while (more-- > 0) {
        *out++ = (char)(0x80 | (code >> (6 * more) & 0x3f));
    }
    return out;
}

static unsigned long hex4(const char *digits)
{
    char text[5] = {0};
    memcpy(text, digits, 4);
    return strtoul(text, NULL, HEX);
}

/* After a backslash: writes what it stands for; returns where reading goes on. */
static const char *unescape(const char *at, char **out)
{
    static const char letters[] = "ntrbf";
    static const char values[] = "\n\t\r\b\f";
    const char *letter = strchr(letters, *at);
    if (*at == 'u') {
        unsigned long code = hex4(at + 1);
        at += 5;
        if (code >= 0xd800 && code < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
            code = 0x10000 + ((code - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
            at += 6;
        }
        *out = code == 0 ? *out : put_code_point(*out, code);
        return at;
    }
    *(*out)++ = *at != '\0' && letter != NULL ? values[letter - letters] : *at;
    return at + 1;
}

/* `*at` is behind the opening quote; left behind the closing one. */
static struct bench_text take_string(const char **at, const char *end, char **out)
{
    struct bench_text text = {*out, 0};
    const char *from = *at;
    while (from < end && *from != '"') {
        size_t run = strcspn(from, "\"\\");
        memcpy(*out, from, run);
        *out += run;
        from += run;
        if (from < end && *from == '\\') {
            from = unescape(from + 1, out);
        }
    }
    text.size = (size_t)(*out - text.bytes);
    *(*out)++ = '\0';
    *at = from + 1;
    return text;
}

static void set_member(struct bench_article *article, const char *name, struct bench_text value)
{
    const struct {
        const char *name;
        struct bench_text *place;
    } members[] = {{"id", &article->id},       {"source", &article->source},
                   {"title", &article->title}, {"date", &article->date},
                   {"url", &article->url},     {"body", &article->body}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(name, members[i].name) == 0) {
            *members[i].place = value;
        }
    }
}

static size_t next_line(struct jsonl *reader)
{
    ssize_t size = 0;
    do {
        size = getline(&reader->line, &reader->line_capacity, reader->file);
    } while (size >= 0 && size < 3);
    return size < 0 ? 0 : (size_t)size;
}

int jsonl_skip(struct jsonl *reader)
{
    return next_line(reader) > 0;
}

int jsonl_next(struct jsonl *reader, struct bench_article *article)
{
    size_t size = next_line(reader);
    const struct bench_text empty = {"", 0};
    article->id = article->source = article->title = empty;
    article->date = article->url = article->body = empty;
    /* A decoded string is no longer than it was, plus its zero byte. */
    reader->strings = grown(reader->strings, &reader->strings_capacity, 2 * size + 64);
    const char *at = reader->line;
    const char *end = at + size;
    char *out = reader->strings;
    struct bench_text name = empty;
    while (at < end) {
        char letter = *at++;
        if (letter == '"' && name.size == 0) {
            name = take_string(&at, end, &out);
        } else if (letter == '"') {
            set_member(article, name.bytes, take_string(&at, end, &out));
            name = empty;
        } else if (letter == ',' || letter == '}') {
            name = empty; /* its value was no string */
        }
    }
    return size > 0;
}

/* ---- Queries ---- */

const char *const query_kind_names[QUERY_KINDS] = {"term", "and", "phrase", "prefix"};

struct query_list {
    struct bench_query *queries;
    size_t count;
    size_t capacity; /* in bytes */
};

static void add_query(struct query_list *list, const char *kind, const char *words)
{
    list->queries =
        grown(list->queries, &list->capacity, (list->count + 1) * sizeof *list->queries);
    struct bench_query *query = &list->queries[list->count++];
    query->kind = QUERY_TERM;
    while (query->kind < QUERY_KINDS && strcmp(kind, query_kind_names[query->kind]) != 0) {
        query->kind++;
    }
    query->words = strdup(words);
    bench_must(query->kind < QUERY_KINDS && query->words != NULL, kind, "no such kind of query");
}

static void load_queries(const char *path, struct query_list *list)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "rb");
    bench_must(file != NULL, path, "cannot open");
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        char *tab = strchr(line, '\t');
        bench_must(tab != NULL, line, "no query");
        *tab = '\0';
        add_query(list, line, tab + 1);
    }
    (void)fclose(file);
}

static double seconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare_doubles(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

static void time_query(const struct bench_query *query, query_function run, void *context)
{
    double times[QUERY_ASKS];
    double spent = 0;
    size_t asked = 0;
    size_t hits = 0;
    while (asked < QUERY_ASKS && (asked == 0 || spent < QUERY_SECONDS)) {
        double start = seconds();
        hits = run(context, query);
        times[asked] = seconds() - start;
        spent += times[asked++];
    }
    qsort(times, asked, sizeof times[0], compare_doubles);
    (void)printf("%s\t%.1f\t", query_kind_names[query->kind], times[asked / 2] * 1e6);
    if (hits == QUERY_REFUSED) {
        (void)printf("refused\n");
    } else {
        (void)printf("%zu\n", hits);
    }
}

void queries_time(const char *path, query_function run, void *context)
{
    struct query_list list = {NULL, 0, 0};
    load_queries(path, &list);
    for (size_t i = 0; i < list.count; i++) {
        (void)run(context, &list.queries[i]);
    }
    for (size_t i = 0; i < list.count; i++) {
        time_query(&list.queries[i], run, context);
        free((void *)(size_t)list.queries[i].words);
    }
    free(list.queries);
}
