#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "source/plan.h"
#include "source/reader.h"

/* Each test works inside a folder of its own and names everything from there. */
static char home[1024];
static char folder[] = "/tmp/fihris-reader-XXXXXX";

static int enter(void **state)
{
    (void)state;
    (void)memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    return getcwd(home, sizeof home) == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave(void **state)
{
    (void)state;
    struct error error;
    return chdir(home) != 0 || path_remove(folder, &error) != STATUS_OK;
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

static void put(struct buffer *out, const char *text, size_t size)
{
    struct error error;
    assert_int_equal(buffer_append(out, text, size, &error), STATUS_OK);
}

static void put_text(struct buffer *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_number(struct buffer *out, uint64_t number)
{
    char text[32];
    (void)snprintf(text, sizeof text, " %llu", (unsigned long long)number);
    put_text(out, text);
}

/* What is seen goes down as lines: articles and ledger entries, each in its own order. */
struct seen {
    struct buffer articles;
    struct buffer ledger;
};

static void seen_init(struct seen *seen)
{
    buffer_init(&seen->articles, 1 << 28);
    buffer_init(&seen->ledger, 1 << 24);
}

static void seen_release(struct seen *seen)
{
    buffer_release(&seen->articles);
    buffer_release(&seen->ledger);
}

/* act reason input offset bytes */
static enum status write_entry(void *context, const struct ledger_entry *entry, struct error *error)
{
    (void)error;
    struct buffer *out = &((struct seen *)context)->ledger;
    put_text(out, ledger_act_text(entry->act));
    put_text(out, " ");
    put_text(out, ledger_reason_text(entry->reason));
    put_number(out, entry->input);
    put_number(out, entry->offset);
    put_number(out, entry->bytes);
    put_text(out, "\n");
    return STATUS_OK;
}

/* input offset bytes id|source|date|day|url|extras|title|text */
static void write_article(struct buffer *out, const struct article *article)
{
    assert_true(article->title_start <= article->title_end);
    assert_true(article->title_end <= article->text_size);
    assert_true(article->id_size > 0);
    put_number(out, article->input);
    put_number(out, article->offset);
    put_number(out, article->bytes);
    put_text(out, " ");
    put(out, article->id, article->id_size);
    put_text(out, "|");
    put(out, article->source, article->source_size);
    put_text(out, "|");
    put(out, article->date, article->date_size);
    put_text(out, "|");
    put_number(out, article->day);
    put_text(out, "|");
    put(out, article->url, article->url_size);
    put_text(out, "|");
    put(out, article->extras, article->extras_size);
    put_text(out, "|");
    put(out, article->text + article->title_start, article->title_end - article->title_start);
    put_text(out, "|");
    put(out, article->text, article->text_size);
    put_text(out, "\n");
}

static void read_shard(const struct shard_plan *plan, const struct shard *shard, struct seen *seen)
{
    struct error error;
    struct reader *reader = NULL;
    assert_int_equal(reader_open(plan, shard, write_entry, seen, &reader, &error), STATUS_OK);
    bool found = true;
    uint64_t before = 0;
    while (found) {
        struct article article;
        assert_int_equal(reader_next(reader, &article, &found, &error), STATUS_OK);
        assert_true(reader_bytes(reader) >= before);
        before = reader_bytes(reader);
        if (found) {
            write_article(&seen->articles, &article);
        }
    }
    struct article article;
    assert_int_equal(reader_next(reader, &article, &found, &error), STATUS_OK);
    assert_false(found);
    assert_int_equal(reader_bytes(reader), shard->bytes);
    reader_close(reader);
}

static void read_plan(const struct shard_plan *plan, struct seen *seen)
{
    for (uint32_t i = 0; i < plan->shard_count; i++) {
        read_shard(plan, &plan->shards[i], seen);
    }
}

static void read_path(const char *path, uint64_t shard_bytes, struct seen *seen)
{
    struct shard_plan plan;
    struct error error;
    struct plan_options options = {.shard_bytes = shard_bytes};
    assert_int_equal(shard_plan_make(&path, 1, &options, &plan, &error), STATUS_OK);
    plan.let_go = shard_bytes % 2 != 0; /* nobody sees a difference */
    read_plan(&plan, seen);
    shard_plan_release(&plan);
}

static void check_buffer(const struct buffer *got, const char *wanted, size_t size)
{
    if (got->size != size || (size > 0 && memcmp(got->bytes, wanted, size) != 0)) {
        fail_msg("got:\n%.*s\nwanted:\n%.*s", (int)got->size,
                 got->size == 0 ? "" : (const char *)got->bytes, (int)size, wanted);
    }
}

static void check(const char *path, const char *articles, const char *ledger)
{
    struct seen seen;
    seen_init(&seen);
    read_path(path, 0, &seen);
    check_buffer(&seen.articles, articles, strlen(articles));
    check_buffer(&seen.ledger, ledger, strlen(ledger));
    seen_release(&seen);
}

/* ---- JSON Lines ----------------------------------------------------------------------------- */

static void members_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *article; /* behind "0 0 SIZE " */
        const char *ledger;  /* without its numbers; NULL: not looked at here */
    } rows[] = {
        {"{\"id\":\"1\",\"title\":\"T\",\"date\":\"2017-01-20\",\"source\":\"S\",\"url\":\"U\","
         "\"body\":\"B\"}",
         "1|S|2017-01-20| 20170120|U||T|T\n\nB", ""},
        {"{\"body\":\"B\",\"title\":\"T\",\"id\":7}", "7||| 0|||T|T\n\nB", ""},
        {"{\"_id\":\"x\",\"headline\":\"T\",\"published\":1484906400,\"publisher\":\"S\","
         "\"link\":\"U\",\"text\":\"B\"}",
         "x|S|1484906400| 20170120|U||T|T\n\nB", ""},
        {"{\"uid\":\"x\",\"datetime\":\"2017\",\"content\":\"B\"}", "x||2017| 20170000||||B", ""},
        {"{\"id\":\"1\",\"title\":\"T\"}", "1||| 0|||T|T", ""},
        {"{\"id\":\"1\",\"title\":\" \",\"body\":\"B\"}", "1||| 0||||B", ""},
        {"{\"id\":\"1\",\"title\":null,\"body\":\"B\"}", "1||| 0||||B", ""},
        /* the order in the group counts, not the order in the line */
        {"{\"content\":\"C\",\"text\":\"X\",\"body\":\"B\",\"title\":\"T\",\"id\":1}",
         "1||| 0||{\"content\":\"C\",\"text\":\"X\"}|T|T\n\nB", ""},
        {"{\"id\":1,\"title\":\"T\",\"body\":\"B\",\"headline\":\"H\",\"title\":\"T2\"}",
         "1||| 0||{\"headline\":\"H\",\"title\":\"T2\"}|T|T\n\nB", ""},
        {"{\"headline\":\"H\",\"body\":\"B\",\"title\":\"T\",\"id\":1}",
         "1||| 0||{\"headline\":\"H\"}|T|T\n\nB", ""},
        /* extras as they are */
        {"{\"id\":1,\"title\":\"T\",\"tags\":[1, {\"x\":null}],\"n\":1.50,\"s\":\"\\u0627\\n\","
         "\"t\":true,\"z\":null}",
         "1||| 0||{\"tags\":[1, {\"x\":null}],\"n\":1.50,\"s\":\"\xD8\xA7\\n\",\"t\":true,"
         "\"z\":null}|T|T",
         ""},
        /* escapes */
        {"{\"id\":\"\\u0031\",\"title\":\"T\\\"\",\"body\":\"B\\n\\\\\",\"source\":\"\\u0053\"}",
         "1|S|| 0|||T\"|T\"\n\nB\n\\", ""},
        {"{\"body\":\"B\\n\\\\\",\"title\":\"T\\\"\",\"id\":\"\\u0031\"}",
         "1||| 0|||T\"|T\"\n\nB\n\\", ""},
        {"{\"id\":1,\"title\":\"a\\u0000b\",\"body\":\"c\\u0000\"}", "1||| 0|||a b|a b\n\nc ",
         "repaired nul-bytes"},
        /* wrong types */
        {"{\"id\":1,\"title\":{\"x\":1},\"body\":\"B\",\"url\":5,\"date\":true}",
         "1||| 0||{\"title\":{\"x\":1},\"url\":5,\"date\":true}||B", NULL},
        {"{\"id\":1,\"title\":\"T\",\"date\":\"soon\"}", "1||soon| 0|||T|T", "repaired bad-date"},
        /* rejected */
        {"{\"id\":1}", NULL, "rejected no-body"},
        {"{\"id\":1,\"title\":\"\",\"body\":\" \\n\"}", NULL, "rejected no-body"},
        {"{\"id\":1,\"title\":[\"T\"]}", NULL, NULL},
        {"{}", NULL, "rejected no-body"},
        {"not json", NULL, "rejected bad-json"},
        {"[1,2]", NULL, "rejected bad-json"},
        {"{\"id\":1,\"body\":\"B\"", NULL, "rejected bad-json"},
        {"{\"id\":1,\"body\":\"B\"} x", NULL, "rejected bad-json"},
        {"   ", NULL, ""},
        {"", NULL, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[1024];
        char article[1024] = "";
        char ledger[1024] = "";
        size_t size = strlen(rows[i].line);
        (void)snprintf(line, sizeof line, "%s\n", rows[i].line);
        write_file("x.jsonl", line);
        if (rows[i].article != NULL) {
            (void)snprintf(article, sizeof article, " 0 0 %zu %s\n", size, rows[i].article);
        }
        size_t told = 0;
        if (rows[i].article != NULL && strstr(rows[i].line, "body") == NULL &&
            strstr(rows[i].line, "text") == NULL && strstr(rows[i].line, "content") == NULL) {
            told = (size_t)snprintf(ledger, sizeof ledger, "repaired no-body 0 0 %zu\n", size);
        }
        if (rows[i].ledger != NULL && rows[i].ledger[0] != '\0') {
            size_t bytes = strstr(rows[i].ledger, "nul") != NULL ? 2 : size;
            (void)snprintf(ledger + told, sizeof ledger - told, "%s 0 0 %zu\n", rows[i].ledger,
                           bytes);
        }
        struct seen seen;
        seen_init(&seen);
        read_path("x.jsonl", 0, &seen);
        check_buffer(&seen.articles, article, strlen(article));
        if (rows[i].ledger != NULL) {
            check_buffer(&seen.ledger, ledger, strlen(ledger));
        }
        seen_release(&seen);
    }
}

static void wrong_types_are_told(void **state)
{
    (void)state;
    write_file("x.jsonl", "{\"id\":[1],\"title\":{\"x\":1},\"body\":\"B\",\"url\":5}\n");
    struct seen seen;
    seen_init(&seen);
    read_path("x.jsonl", 0, &seen);
    static const char ledger[] = "repaired bad-member 0 0 45\nrepaired bad-member 0 0 45\n"
                                 "repaired bad-member 0 0 45\nrepaired no-id 0 0 45\n";
    check_buffer(&seen.ledger, ledger, sizeof ledger - 1);
    seen_release(&seen);
}

static void made_ids_follow_the_content(void **state)
{
    (void)state;
    write_file("x.jsonl", "{\"body\":\"B\"}\n{\"body\":\"B\"}\n{\"body\":\"C\"}\n");
    struct shard_plan plan;
    struct error error;
    const char *path = "x.jsonl";
    struct plan_options options = {.shard_bytes = 0};
    assert_int_equal(shard_plan_make(&path, 1, &options, &plan, &error), STATUS_OK);
    struct seen seen;
    seen_init(&seen);
    struct reader *reader = NULL;
    assert_int_equal(reader_open(&plan, plan.shards, write_entry, &seen, &reader, &error),
                     STATUS_OK);
    char ids[3][32];
    for (size_t i = 0; i < 3; i++) {
        struct article article;
        bool found = false;
        assert_int_equal(reader_next(reader, &article, &found, &error), STATUS_OK);
        assert_true(found);
        assert_int_equal(article.id_size, 32);
        memcpy(ids[i], article.id, 32);
    }
    assert_memory_equal(ids[0], ids[1], 32);
    assert_memory_not_equal(ids[0], ids[2], 32);
    reader_close(reader);
    shard_plan_release(&plan);
    seen_release(&seen);
}

static void lines_end_in_many_ways(void **state)
{
    (void)state;
    write_file("x.jsonl", "\xEF\xBB\xBF{\"id\":1,\"body\":\"a\"}\r\n"
                          "\r\n\n  \n"
                          " {\"id\":2,\"body\":\"b\"} \n"
                          "{\"id\":3,\"body\":\"c\"}");
    check("x.jsonl",
          " 0 3 19 1||| 0||||a\n"
          " 0 30 21 2||| 0||||b\n"
          " 0 52 19 3||| 0||||c\n",
          "");
}

static void bad_bytes_in_lines(void **state)
{
    (void)state;
    static const char lines[] = "{\"id\":1,\"body\":\"a\xFF\xD8\"}\n"
                                "{\"id\":2,\"body\":\"a\0b\"}\n"
                                "{\"id\":3,\"body\":\"\xC7\xE1\xE3\xDB\xD1\xC8\"}\n"
                                "\0\0\0\0\0\0\n"
                                "{\"id\":4,\"body\":\"d\"}\n";
    write_bytes("x.jsonl", lines, sizeof lines - 1);
    check("x.jsonl",
          " 0 0 21 1||| 0||||a\xEF\xBF\xBD\xEF\xBF\xBD\n"
          " 0 22 21 2||| 0||||a b\n"
          " 0 44 24 3||| 0||||المغرب\n"
          " 0 76 19 4||| 0||||d\n",
          "repaired invalid-utf8 0 17 2\n"
          "repaired nul-bytes 0 39 1\n"
          "repaired windows-1256 0 44 24\n"
          "rejected binary 0 69 6\n");
}

static void utf16_lines_are_refused_once(void **state)
{
    (void)state;
    static const char bytes[] = "\xFF\xFE{\0}\0\n\0{\0}\0\n\0";
    write_bytes("x.jsonl", bytes, sizeof bytes - 1);
    for (uint64_t shard_bytes = 1; shard_bytes < 20; shard_bytes++) {
        struct seen seen;
        seen_init(&seen);
        read_path("x.jsonl", shard_bytes, &seen);
        assert_int_equal(seen.articles.size, 0);
        assert_memory_equal(seen.ledger.bytes, "rejected binary 0 0 ", 20);
        assert_ptr_equal(memchr(seen.ledger.bytes, '\n', seen.ledger.size),
                         seen.ledger.bytes + seen.ledger.size - 1);
        seen_release(&seen);
    }
}

/* ---- Text files ----------------------------------------------------------------------------- */

static void text_files(void **state)
{
    (void)state;
    assert_int_equal(mkdir("in", 0700), 0);
    write_file("in/a.txt", "Title\nBody\n");
    write_file("in/b.txt", "\xEF\xBB\xBF\r\n \xC2\xA0\n\t Title here \xE2\x80\x8F\r\nBody");
    write_file("in/c.txt", "one line");
    write_file("in/d.txt", "");
    write_file("in/e.txt", " \n\t\xC2\xA0\n");
    write_file("in/f.txt", "bad \xFF\nB");
    write_bytes("in/g.txt", "a long enough NUL\0\n", 19);
    write_file("in/h.txt", "\xC7\xE1\xE3\xDB\xD1\xC8\r\n\xE6");
    write_bytes("in/i.txt", "\xFF\xFE\x27\x06\x0A\x00\x28\x06", 8);
    write_bytes("in/j.txt",
                "\x7F"
                "ELF\2\1\1\0\0\0\0\0\0\0",
                14);
    check("in",
          " 0 0 11 a.txt|in|| 0|||Title|Title\nBody\n\n"
          " 1 0 31 b.txt|in|| 0|||Title here|\xEF\xBB\xBF\r\n \xC2\xA0\n\t Title here "
          "\xE2\x80\x8F\r\nBody\n"
          " 2 0 8 c.txt|in|| 0|||one line|one line\n"
          " 5 0 7 f.txt|in|| 0|||bad \xEF\xBF\xBD|bad \xEF\xBF\xBD\nB\n"
          " 6 0 19 g.txt|in|| 0|||a long enough NUL|a long enough NUL \n\n"
          " 7 0 9 h.txt|in|| 0|||المغرب|المغرب\r\nو\n"
          " 8 0 8 i.txt|in|| 0|||ا|ا\nب\n",
          "rejected empty 3 0 0\n"
          "rejected empty 4 0 6\n"
          "repaired invalid-utf8 5 4 1\n"
          "repaired nul-bytes 6 17 1\n"
          "repaired windows-1256 7 0 9\n"
          "repaired utf-16 8 0 8\n"
          "rejected binary 9 0 14\n");
}

/* ---- Things that are no files, or stop being ---------------------------------------------------
 */

static void odd_inputs(void **state)
{
    (void)state;
    assert_int_equal(mkdir("in", 0700), 0);
    assert_int_equal(mkdir("in/a.txt", 0700), 0);
    assert_int_equal(symlink("nowhere", "in/b.txt"), 0);
    assert_int_equal(symlink("..", "in/a.txt/up"), 0);
    assert_int_equal(mkfifo("in/c.txt", 0600), 0);
    write_file("in/d.jsonl", "");
    write_file("in/z.txt", "still here");
    check("in", " 4 0 10 z.txt|in|| 0|||still here|still here\n",
          "rejected link-loop 0 0 0\nrejected dangling-link 1 0 0\n"
          "rejected not-a-file 2 0 0\nrejected empty 3 0 0\n");
}

/* Root reads everything, so it becomes somebody else for the moment. */
static void unreadable_files(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    assert_int_equal(mkdir("in", 0755), 0);
    write_file("in/a.txt", "secret");
    write_file("in/b.jsonl", "{\"id\":1,\"body\":\"b\"}\n");
    write_file("in/c.txt", "open");
    assert_int_equal(chmod(folder, 0755) | chmod("in/a.txt", 0) | chmod("in/b.jsonl", 0), 0);
    bool root = geteuid() == 0;
    assert_true(!root || seteuid(NOBODY) == 0);
    struct seen seen;
    seen_init(&seen);
    read_path("in", 0, &seen);
    assert_true(!root || seteuid(0) == 0);
    static const char ledger[] = "rejected unreadable 0 0 6\nrejected unreadable 1 0 20\n";
    static const char articles[] = " 2 0 4 c.txt|in|| 0|||open|open\n";
    check_buffer(&seen.ledger, ledger, sizeof ledger - 1);
    check_buffer(&seen.articles, articles, sizeof articles - 1);
    seen_release(&seen);
}

static void files_that_change_after_the_plan(void **state)
{
    (void)state;
    assert_int_equal(mkdir("in", 0700), 0);
    static const char *const paths[] = {"in/a.txt", "in/b.txt", "in/c.txt", "in/d.txt"};
    for (size_t i = 0; i < 4; i++) {
        write_file(paths[i], "1234567890");
    }
    static const char line[] = "{\"id\":1,\"body\":\"b\"}\n";
    write_file("in/e.jsonl", "{\"id\":1,\"body\":\"b\"}\n{\"id\":2,\"body\":\"b\"}\n");
    write_file("in/f.jsonl", line);
    write_file("in/g.jsonl", line);
    const char *path = "in";
    struct shard_plan plan;
    struct error error;
    struct plan_options options = {.shard_bytes = 0};
    assert_int_equal(shard_plan_make(&path, 1, &options, &plan, &error), STATUS_OK);
    assert_int_equal(unlink(paths[0]), 0);
    write_file(paths[1], "12345");
    write_file(paths[2], "12345678901");
    assert_int_equal(unlink(paths[3]) | mkfifo(paths[3], 0600), 0);
    write_file("in/e.jsonl", line);                              /* became shorter */
    write_file("in/f.jsonl", "{\"id\":1,\"body\":\"b\"}\n{}\n"); /* has grown: not this run's */
    assert_int_equal(unlink("in/g.jsonl"), 0);
    struct seen seen;
    seen_init(&seen);
    read_plan(&plan, &seen);
    static const char ledger[] = "rejected vanished 0 0 10\nrejected vanished 1 0 10\n"
                                 "rejected vanished 2 0 10\nrejected not-a-file 3 0 10\n"
                                 "rejected vanished 4 20 20\nrejected vanished 6 0 20\n";
    static const char articles[] = " 4 0 19 1||| 0||||b\n 5 0 19 1||| 0||||b\n";
    check_buffer(&seen.ledger, ledger, sizeof ledger - 1);
    check_buffer(&seen.articles, articles, sizeof articles - 1);
    seen_release(&seen);
    shard_plan_release(&plan);
}

/* ---- Sizes ---------------------------------------------------------------------------------- */

/* Any cut gives the same articles in the same order, and the same ledger. */
static void every_shard_size(void **state)
{
    (void)state;
    assert_int_equal(mkdir("in", 0700), 0);
    write_file("in/a.jsonl",
               "\xEF\xBB\xBF{\"id\":1,\"body\":\"a\"}\n\n{\"id\":2,\"title\":\"x\"}\r\n"
               "junk\n{\"id\":3,\"body\":\"\xFF\"}\n{\"id\":4}");
    write_file("in/b.txt", "Title\n\nBody");
    write_file("in/c.jsonl", "{\"id\":5,\"body\":\"e\"}\n");
    write_file("in/d.txt", "");
    write_file("in/e.jsonl", "\n\n\n");
    struct seen whole;
    seen_init(&whole);
    read_path("in", 0, &whole);
    assert_true(whole.articles.size > 0 && whole.ledger.size > 0);
    for (uint64_t shard_bytes = 1; shard_bytes < 160; shard_bytes++) {
        struct seen seen;
        seen_init(&seen);
        read_path("in", shard_bytes, &seen);
        check_buffer(&seen.articles, (const char *)whole.articles.bytes, whole.articles.size);
        check_buffer(&seen.ledger, (const char *)whole.ledger.bytes, whole.ledger.size);
        seen_release(&seen);
    }
    seen_release(&whole);
}

/* Lines around the size of the block, cut in shards of odd sizes. */
static void lines_longer_than_the_block(void **state)
{
    (void)state;
    static const size_t sizes[] = {10,     262100, 262110, 262120, 262144,
                                   262200, 700000, 5,      524288, 2000000};
    FILE *file = fopen("x.jsonl", "wb");
    assert_non_null(file);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_true(fprintf(file, "{\"id\":%zu,\"body\":\"", i) > 0);
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(putc('a' + (int)(k % 26), file), 'a' + (int)(k % 26));
        }
        assert_true(fprintf(file, "\"}\n") > 0);
    }
    assert_int_equal(fclose(file), 0);
    struct seen whole;
    seen_init(&whole);
    read_path("x.jsonl", 1 << 30, &whole);
    assert_int_equal(whole.ledger.size, 0);
    static const uint64_t shard_sizes[] = {100003, 262144, 262145, 999983, 1 << 20};
    for (size_t i = 0; i < sizeof shard_sizes / sizeof shard_sizes[0]; i++) {
        struct seen seen;
        seen_init(&seen);
        read_path("x.jsonl", shard_sizes[i], &seen);
        assert_int_equal(seen.articles.size, whole.articles.size);
        assert_memory_equal(seen.articles.bytes, whole.articles.bytes, whole.articles.size);
        seen_release(&seen);
    }
    seen_release(&whole);
}

/* A line of 200 MB (sparse: all NUL) and a text file as large, between good ones. */
static void giants_are_passed_over(void **state)
{
    (void)state;
    static const char line[] = "{\"id\":1,\"body\":\"a\"}\n";
    static const char behind[] = "\n{\"id\":2,\"body\":\"b\"}\n";
    off_t giant = 200 * 1000 * 1000;
    assert_int_equal(mkdir("in", 0700), 0);
    int file = open("in/a.jsonl", O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, line, sizeof line - 1), (ssize_t)sizeof line - 1);
    assert_true(lseek(file, giant, SEEK_CUR) > 0);
    assert_int_equal(write(file, behind, sizeof behind - 1), (ssize_t)sizeof behind - 1);
    assert_int_equal(close(file), 0);
    write_file("in/b.txt", "");
    assert_int_equal(truncate("in/b.txt", giant), 0);
    write_file("in/c.txt", "small");
    static const char articles[] = " 0 0 19 1||| 0||||a\n 0 200000021 19 2||| 0||||b\n"
                                   " 2 0 5 c.txt|in|| 0|||small|small\n";
    static const char ledger[] = "rejected too-large 0 20 200000000\n"
                                 "rejected too-large 1 0 200000000\n";
    static const uint64_t shard_sizes[] = {0, 64 << 20, 1 << 30};
    for (size_t i = 0; i < 3; i++) {
        struct seen seen;
        seen_init(&seen);
        read_path("in", shard_sizes[i], &seen);
        check_buffer(&seen.articles, articles, sizeof articles - 1);
        check_buffer(&seen.ledger, ledger, sizeof ledger - 1);
        seen_release(&seen);
    }
}

static enum status refuse(void *context, const struct ledger_entry *entry, struct error *error)
{
    (void)context;
    (void)entry;
    return error_set(error, STATUS_FORMAT, "no more");
}

/* What the ledger says goes to the caller, whatever it is. */
static void report_can_fail(void **state)
{
    (void)state;
    static const char *const lines[] = {"junk\n", "{\"id\":1}\n", "{\"id\":[1],\"body\":\"b\"}\n",
                                        "{\"id\":1,\"body\":\"\xFF\"}\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        write_file("x.jsonl", lines[i]);
        const char *path = "x.jsonl";
        struct shard_plan plan;
        struct error error;
        struct plan_options options = {.shard_bytes = 0};
        assert_int_equal(shard_plan_make(&path, 1, &options, &plan, &error), STATUS_OK);
        struct reader *reader = NULL;
        assert_int_equal(reader_open(&plan, plan.shards, refuse, NULL, &reader, &error), STATUS_OK);
        struct article article;
        bool found = true;
        assert_int_equal(reader_next(reader, &article, &found, &error), STATUS_FORMAT);
        assert_string_equal(error.message, "no more");
        assert_false(found);
        reader_close(reader);
        shard_plan_release(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_are_understood, enter, leave),
        cmocka_unit_test_setup_teardown(wrong_types_are_told, enter, leave),
        cmocka_unit_test_setup_teardown(made_ids_follow_the_content, enter, leave),
        cmocka_unit_test_setup_teardown(lines_end_in_many_ways, enter, leave),
        cmocka_unit_test_setup_teardown(bad_bytes_in_lines, enter, leave),
        cmocka_unit_test_setup_teardown(utf16_lines_are_refused_once, enter, leave),
        cmocka_unit_test_setup_teardown(text_files, enter, leave),
        cmocka_unit_test_setup_teardown(odd_inputs, enter, leave),
        cmocka_unit_test_setup_teardown(unreadable_files, enter, leave),
        cmocka_unit_test_setup_teardown(files_that_change_after_the_plan, enter, leave),
        cmocka_unit_test_setup_teardown(every_shard_size, enter, leave),
        cmocka_unit_test_setup_teardown(lines_longer_than_the_block, enter, leave),
        cmocka_unit_test_setup_teardown(giants_are_passed_over, enter, leave),
        cmocka_unit_test_setup_teardown(report_can_fail, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
