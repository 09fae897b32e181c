/* SQLite FTS5:
 *     sqlite index CORPUS DATABASE     articles stored, an index of title and body, optimized,
 * synced sqlite search DATABASE QUERIES   BM25 by FTS5's rank */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

enum { EXPRESSION_SIZE = 1024, IDS_SIZE = 4096 };

static void check(sqlite3 *database, int code)
{
    bench_must(code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW, "sqlite",
               sqlite3_errmsg(database));
}

static void execute(sqlite3 *database, const char *sql)
{
    check(database, sqlite3_exec(database, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    check(database, sqlite3_prepare_v2(database, sql, -1, &statement, NULL));
    return statement;
}

static void bind(sqlite3_stmt *statement, int number, struct bench_text text)
{
    check(sqlite3_db_handle(statement),
          sqlite3_bind_text(statement, number, text.bytes, (int)text.size, SQLITE_STATIC));
}

static void step(sqlite3_stmt *statement)
{
    check(sqlite3_db_handle(statement), sqlite3_step(statement));
    check(sqlite3_db_handle(statement), sqlite3_reset(statement));
}

static sqlite3 *open_database(const char *path)
{
    sqlite3 *database = NULL;
    bench_must(sqlite3_open(path, &database) == SQLITE_OK, path, "cannot open");
    execute(database, "pragma cache_size=-262144; pragma mmap_size=17179869184;"
                      "pragma temp_store=memory; pragma page_size=8192;"
                      "pragma journal_mode=off; pragma synchronous=off");
    return database;
}

static void add_articles(sqlite3 *database, const char *corpus)
{
    struct jsonl reader;
    struct bench_article article;
    sqlite3_stmt *text = prepare(database, "insert into docs(rowid,title,body) values(?,?,?)");
    sqlite3_stmt *meta = prepare(database, "insert into meta values(?,?,?,?,?)");
    jsonl_open(&reader, corpus);
    for (sqlite3_int64 row = 1; jsonl_next(&reader, &article); row++) {
        check(database, sqlite3_bind_int64(text, 1, row));
        bind(text, 2, article.title);
        bind(text, 3, article.body);
        step(text);
        check(database, sqlite3_bind_int64(meta, 1, row));
        bind(meta, 2, article.id);
        bind(meta, 3, article.source);
        bind(meta, 4, article.date);
        bind(meta, 5, article.url);
        step(meta);
    }
    jsonl_close(&reader);
    (void)sqlite3_finalize(text);
    (void)sqlite3_finalize(meta);
}

static void make_index(const char *corpus, const char *path)
{
    sqlite3 *database = open_database(path);
    execute(database, "create table meta(rowid integer primary key, id text, source text,"
                      " date text, url text);"
                      "create virtual table docs using fts5(title, body, detail=full,"
                      " tokenize=\"unicode61 remove_diacritics 2\");"
                      "insert into docs(docs, rank) values('hashsize', 268435456); begin");
    add_articles(database, corpus);
    execute(database, "commit; insert into docs(docs) values('optimize')");
    (void)sqlite3_close(database);
    int file = open(path, O_RDONLY);
    bench_must(file >= 0 && fsync(file) == 0 && close(file) == 0, path, "cannot sync");
}

/* Each word in quotes of its own; a phrase in one pair. */
static void write_expression(const struct bench_query *query, char *out, size_t size)
{
    const char *star = query->kind == QUERY_PREFIX ? " *" : "";
    if (query->kind != QUERY_AND) {
        (void)snprintf(out, size, "\"%s\"%s", query->words, star);
        return;
    }
    size_t at = 0;
    for (const char *word = query->words; *word != '\0' && at < size;) {
        size_t length = strcspn(word, " ");
        at += (size_t)snprintf(out + at, size - at, "%s\"%.*s\"", at == 0 ? "" : " AND ",
                               (int)length, word);
        word += length + strspn(word + length, " ");
    }
}

static size_t run(void *context, const struct bench_query *query)
{
    sqlite3_stmt *statement = context;
    char expression[EXPRESSION_SIZE];
    char ids[IDS_SIZE] = "";
    size_t size = 0;
    size_t hits = 0;
    write_expression(query, expression, sizeof expression);
    check(sqlite3_db_handle(statement),
          sqlite3_bind_text(statement, 1, expression, -1, SQLITE_STATIC));
    while (sqlite3_step(statement) == SQLITE_ROW && size < sizeof ids) {
        size += (size_t)snprintf(ids + size, sizeof ids - size, "%s ",
                                 (const char *)sqlite3_column_text(statement, 0));
        hits++;
    }
    check(sqlite3_db_handle(statement), sqlite3_reset(statement));
    return hits;
}

static void search(const char *path, const char *queries)
{
    sqlite3 *database = open_database(path);
    sqlite3_stmt *statement =
        prepare(database, "select (select id from meta where meta.rowid = docs.rowid) from docs"
                          " where docs match ? order by rank limit 10");
    queries_time(queries, run, statement);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(database);
}

int main(int argc, char **argv)
{
    bench_must(argc == 4, "usage", "sqlite index CORPUS DATABASE | search DATABASE QUERIES");
    if (strcmp(argv[1], "index") == 0) {
        make_index(argv[2], argv[3]);
    } else {
        search(argv[2], argv[3]);
    }
    return 0;
}
