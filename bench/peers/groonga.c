/* Groonga through its C interface:
 *     groonga index CORPUS DATABASE     articles stored with zstd, a static index with positions
 *     groonga search DATABASE QUERIES   scored by term frequency: Groonga has no BM25 */
#include <groonga.h>
#include <string.h>

#include "harness.h"

enum { EXPRESSION_SIZE = 1024, COMMAND_SIZE = 2048, COLUMNS = 6 };

/* Words are runs of letters, marks and digits. Groonga's own default cuts Arabic into pairs of
 * letters. */
#define TOKENIZER "TokenDelimit(\"pattern\", \"[^\\\\\\\\p{L}\\\\\\\\p{M}\\\\\\\\p{N}]+\")"

static const char *const columns[COLUMNS] = {"key_", "source", "title", "date", "url", "body"};

/* The answer is valid until the next command. */
static struct bench_text execute(grn_ctx *groonga, const char *command)
{
    char *result = NULL;
    unsigned size = 0;
    int flags = 0;
    (void)grn_ctx_send(groonga, command, (unsigned)strlen(command), 0);
    (void)grn_ctx_recv(groonga, &result, &size, &flags);
    bench_must(groonga->rc == GRN_SUCCESS, command, groonga->errbuf);
    return (struct bench_text){.bytes = result, .size = size};
}

static void command(grn_ctx *groonga, const char *text)
{
    (void)execute(groonga, text);
}

static void add_article(grn_ctx *groonga, grn_obj *table, grn_obj *const places[COLUMNS],
                        const struct bench_article *article, grn_obj *value)
{
    const struct bench_text fields[COLUMNS] = {article->id,   article->source, article->title,
                                               article->date, article->url,    article->body};
    grn_id id = grn_table_add(groonga, table, NULL, 0, NULL);
    for (size_t i = 0; i < COLUMNS; i++) {
        GRN_TEXT_SET(groonga, value, fields[i].bytes, fields[i].size);
        (void)grn_obj_set_value(groonga, places[i], id, value, GRN_OBJ_SET);
    }
}

static void add_articles(grn_ctx *groonga, const char *corpus)
{
    struct jsonl reader;
    struct bench_article article;
    grn_obj value;
    grn_obj *places[COLUMNS];
    grn_obj *table = grn_ctx_get(groonga, "Docs", -1);
    for (size_t i = 0; i < COLUMNS; i++) {
        places[i] = grn_obj_column(groonga, table, columns[i], (unsigned)strlen(columns[i]));
        bench_must(places[i] != NULL, columns[i], "no such column");
    }
    GRN_TEXT_INIT(&value, 0);
    jsonl_open(&reader, corpus);
    while (jsonl_next(&reader, &article)) {
        add_article(groonga, table, places, &article, &value);
    }
    jsonl_close(&reader);
    GRN_OBJ_FIN(groonga, &value);
}

static void make_index(grn_ctx *groonga, const char *corpus, const char *path)
{
    grn_obj *database = grn_db_create(groonga, path, NULL);
    bench_must(database != NULL, path, "cannot be made");
    command(groonga, "table_create Docs TABLE_NO_KEY");
    command(groonga, "column_create Docs key_ COLUMN_SCALAR ShortText");
    command(groonga, "column_create Docs source COLUMN_SCALAR ShortText");
    command(groonga, "column_create Docs date COLUMN_SCALAR ShortText");
    command(groonga, "column_create Docs url COLUMN_SCALAR ShortText");
    command(groonga, "column_create Docs title COLUMN_SCALAR|COMPRESS_ZSTD ShortText");
    command(groonga, "column_create Docs body COLUMN_SCALAR|COMPRESS_ZSTD LongText");
    command(groonga, "table_create Terms TABLE_PAT_KEY ShortText --default_tokenizer '" TOKENIZER
                     "' --normalizer NormalizerNFKC130");
    add_articles(groonga, corpus);
    /* Made when all articles are there, an index is built offline: its fast way. */
    command(groonga,
            "column_create Terms idx COLUMN_INDEX|WITH_POSITION|WITH_SECTION Docs title,body");
    (void)grn_obj_flush_recursive(groonga, database);
    (void)grn_obj_close(groonga, database);
}

/* The answer is [[[hits],[columns...],["id"],["id"]...]]. */
static size_t count_ids(const char *answer, size_t size)
{
    size_t count = 0;
    const char *end = answer + size;
    const char *at = strstr(answer, "]]");
    while (at != NULL && at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        count++;
        at++;
    }
    return count / 2;
}

static size_t run(void *context, const struct bench_query *query)
{
    char text[COMMAND_SIZE];
    const char *quote = query->kind == QUERY_PHRASE ? "\\\"" : "";
    const char *star = query->kind == QUERY_PREFIX ? "*" : "";
    (void)snprintf(text, sizeof text,
                   "select Docs --match_columns \"title || body\" --query \"%s%s%s%s\""
                   " --query_flags ALLOW_COLUMN|ALLOW_PRAGMA --sort_keys -_score --limit 10"
                   " --output_columns key_ --cache no",
                   quote, query->words, quote, star);
    struct bench_text answer = execute(context, text);
    return count_ids(answer.bytes, answer.size);
}

int main(int argc, char **argv)
{
    grn_ctx groonga;
    bench_must(argc == 4, "usage", "groonga index CORPUS DATABASE | search DATABASE QUERIES");
    bench_must(grn_init() == GRN_SUCCESS && grn_ctx_init(&groonga, 0) == GRN_SUCCESS, "groonga",
               "cannot start");
    if (strcmp(argv[1], "index") == 0) {
        make_index(&groonga, argv[2], argv[3]);
    } else {
        grn_obj *database = grn_db_open(&groonga, argv[2]);
        bench_must(database != NULL, argv[2], "cannot open");
        queries_time(argv[3], run, &groonga);
        (void)grn_obj_close(&groonga, database);
    }
    (void)grn_ctx_fin(&groonga);
    (void)grn_fin();
    return 0;
}
