#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stddef.h>
#include <stdio.h>

/* What the programs that measure engines have in common: reading the corpus and timing queries. One
 * thread at a time for each reader; no care is taken of bad input beyond refusing it: the corpus is
 * known. Compiles as C and as C++. Failures end the program with a message. */

#ifdef __cplusplus
extern "C" {
#endif

void bench_fail(const char *what, const char *why)
#if defined(__GNUC__)
    __attribute__((noreturn))
#endif
    ;
/* When `holds` is 0. */
void bench_must(int holds, const char *what, const char *why);

/* ---- JSON Lines: flat objects of strings ---- */

/* Ends in a zero byte that `size` does not count. */
struct bench_text {
    const char *bytes;
    size_t size;
};

/* What is not in the line is empty. Lives until the next call. */
struct bench_article {
    struct bench_text id, source, title, date, url, body;
};

struct jsonl {
    FILE *file;
    char *line;
    size_t line_capacity;
    char *strings;
    size_t strings_capacity;
};

void jsonl_open(struct jsonl *reader, const char *path);
void jsonl_close(struct jsonl *reader);
/* 0: the end. */
int jsonl_next(struct jsonl *reader, struct bench_article *article);
/* Passes over one article without looking into it; 0: the end. */
int jsonl_skip(struct jsonl *reader);

/* ---- Queries: lines KIND <tab> WORDS, KIND one of term, and, phrase, prefix ---- */

enum query_kind { QUERY_TERM, QUERY_AND, QUERY_PHRASE, QUERY_PREFIX, QUERY_KINDS };
extern const char *const query_kind_names[QUERY_KINDS];

struct bench_query {
    enum query_kind kind;
    const char *words;
};

/* The engine does not answer such a query. */
#define QUERY_REFUSED ((size_t)-1)
/* Runs a query: the best ten, their ids read into memory. Returns how many were read, or
 * QUERY_REFUSED. */
typedef size_t (*query_function)(void *context, const struct bench_query *query);

/* Asks every query of the file, after all of them once unmeasured, again and again until QUERY_ASKS
 * times or QUERY_SECONDS have gone, and prints a line for each: KIND <tab> microseconds, the median
 * <tab> hits read, or "refused". */
enum { QUERY_ASKS = 9 };
#define QUERY_SECONDS 0.05
void queries_time(const char *path, query_function run, void *context);

#ifdef __cplusplus
}
#endif

#endif
