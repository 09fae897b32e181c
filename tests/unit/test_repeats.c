#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "fihris.h"
#include "random.h"
#include "scratch.h"

/* Many runs over few ids, in which articles repeat, change, change back and stay: after each the
 * archive must hold, of every id, the last article in input order, as a plain list of what was
 * written last knows. Shards are cut at random. */

enum { IDS = 6, CONTENTS = 3, LINES_MAX = 24, RUNS = 6, ARCHIVES = 12 };

struct model {
    int content[IDS]; /* -1: never seen */
};

static void write_run(const char *path, uint64_t *random, struct model *model)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    size_t lines = 1 + random_below(random, LINES_MAX);
    for (size_t i = 0; i < lines; i++) {
        int id = (int)random_below(random, IDS);
        int content = (int)random_below(random, CONTENTS);
        assert_true(fprintf(file, "{\"id\":\"id%d\",\"body\":\"content%d %0*d\"}\n", id, content,
                            content * 50 + 1, 0) > 0);
        model->content[id] = content;
    }
    assert_int_equal(fclose(file), 0);
}

static void ignore_problem(void *context, const char *message)
{
    (void)context;
    print_error("%s\n", message);
}

static void check_archive(const char *path, const struct model *model)
{
    struct fihris *archive = NULL;
    struct fihris_error error;
    struct fihris_stats stats;
    uint64_t count = 0;
    assert_int_equal(fihris_open(path, 0, &archive, &error), FIHRIS_OK);
    for (int id = 0; id < IDS; id++) {
        char name[16];
        char text[32];
        struct fihris_article article;
        (void)snprintf(name, sizeof name, "id%d", id);
        enum fihris_status status = fihris_show(archive, name, strlen(name), &article, &error);
        if (model->content[id] < 0) {
            assert_int_equal(status, FIHRIS_NOT_FOUND);
            continue;
        }
        count++;
        assert_int_equal(status, FIHRIS_OK);
        int size = snprintf(text, sizeof text, "content%d ", model->content[id]);
        assert_true(article.text_size > (size_t)size);
        assert_memory_equal(article.text, text, (size_t)size);
    }
    fihris_stats(archive, &stats);
    assert_int_equal(stats.documents, count);
    fihris_close(archive);
    assert_int_equal(fihris_verify(path, ignore_problem, NULL, &error), FIHRIS_OK);
}

static void run_thrice(const char *archive, const char *input, uint64_t *random,
                       const struct model *model)
{
    struct fihris_index_options options = {.threads = 1 + (uint32_t)random_below(random, 3),
                                           .shard_bytes = 40 + random_below(random, 600),
                                           .no_merge = random_below(random, 2) == 0,
                                           .no_entities = true};
    struct fihris_index_summary summary;
    struct fihris_error error;
    for (int again = 0; again < 3; again++) {
        assert_int_equal(fihris_index(archive, &input, 1, &options, &summary, &error), FIHRIS_OK);
        check_archive(archive, model);
        /* The second may still have something for the ledger. */
        assert_true(again == 0 || summary.articles == 0);
        assert_true(again < 2 || !summary.published);
    }
}

static void the_last_counts(void **state)
{
    (void)state;
    struct scratch scratch;
    scratch_make(&scratch);
    for (uint64_t seed = 0; seed < ARCHIVES; seed++) {
        uint64_t random = seed;
        struct model model;
        memset(model.content, -1, sizeof model.content);
        char name[32];
        (void)snprintf(name, sizeof name, "%d.fihris", (int)seed);
        char *archive = scratch_path(&scratch, name);
        for (int run = 0; run < RUNS; run++) {
            (void)snprintf(name, sizeof name, "%d-%d.jsonl", (int)seed, run);
            char *input = scratch_path(&scratch, name);
            write_run(input, &random, &model);
            run_thrice(archive, input, &random, &model);
            memory_free(input);
        }
        memory_free(archive);
    }
    scratch_remove(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
