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

#include "base/file.h"
#include "base/memory.h"
#include "source/let_go.h"
#include "source/plan.h"

/* Each test works inside a folder of its own and names everything from there. */
static char home[1024];
static char folder[] = "/tmp/fihris-plan-XXXXXX";

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

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make(const char *const *paths, size_t count, const char *source, uint64_t shard_bytes,
                 struct shard_plan *plan)
{
    struct error error;
    struct plan_options options = {.walk = {.source = source}, .shard_bytes = shard_bytes};
    if (shard_plan_make(paths, count, &options, plan, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

static void make_one(const char *path, uint64_t shard_bytes, struct shard_plan *plan)
{
    make(&path, 1, NULL, shard_bytes, plan);
}

/* One line an input: kind, path, id, source, size or reason. */
static void check_plan(const struct shard_plan *plan, const char *wanted)
{
    static const char *const kinds[] = {"text", "jsonl", "rejected"};
    char got[4096] = "";
    size_t size = 0;
    for (uint32_t i = 0; i < plan->input_count; i++) {
        const struct input *input = &plan->inputs[i];
        char detail[32];
        (void)snprintf(detail, sizeof detail, "%llu", (unsigned long long)input->size);
        size += (size_t)snprintf(got + size, sizeof got - size, "%s %s %s %s %s\n",
                                 kinds[input->kind], input->path, input->id, input->source,
                                 input->kind == INPUT_REJECTED ? ledger_reason_text(input->reason)
                                                               : detail);
    }
    assert_string_equal(got, wanted);
}

static void tree_is_walked_in_order(void **state)
{
    (void)state;
    make_folder("news");
    make_folder("news/b");
    make_folder("news/a.txt"); /* a folder whatever its name */
    make_folder("news/.git");
    write_file("news/.git/x.txt", "hidden");
    write_file("news/.x.txt", "hidden");
    write_file("news/z.txt", "12345");
    write_file("news/B.TXT", "123");
    write_file("news/b/1.jsonl", "{}\n");
    write_file("news/b/2.json", "{}");
    write_file("news/b/3.ndjson", "");
    write_file("news/b/4.xml", "<a/>");
    write_file("news/a.txt/in.txt", "1");
    make_folder("news/our.fihris");
    make_folder("news/our.fihris/manifests");
    make_folder("news/our.fihris/segments");
    write_file("news/our.fihris/writer.lock", "");
    write_file("news/our.fihris/manifests/000001.json", "{}");
    make_folder("news/b/segments"); /* a name is not enough */
    write_file("news/\xD8\xA7.txt", "12");
    write_file("news/\xFF.txt", "1");
    struct shard_plan plan;
    make_one("news", 0, &plan);
    check_plan(&plan, "text news/B.TXT B.TXT news 3\n"
                      "text news/a.txt/in.txt a.txt/in.txt a.txt 1\n"
                      "jsonl news/b/1.jsonl b/1.jsonl  3\n"
                      "jsonl news/b/2.json b/2.json  2\n"
                      "jsonl news/b/3.ndjson b/3.ndjson  0\n"
                      "text news/z.txt z.txt news 5\n"
                      "text news/\xD8\xA7.txt \xD8\xA7.txt news 2\n"
                      "text news/\xFF.txt \xEF\xBF\xBD.txt news 1\n");
    assert_int_equal(plan.skipped_files, 1);
    assert_int_equal(plan.bytes, 17);
    assert_int_equal(plan.shard_count, 1);
    shard_plan_release(&plan);
    make_one("news/", 0, &plan);
    assert_string_equal(plan.inputs[0].path, "news/B.TXT");
    assert_string_equal(plan.inputs[0].id, "B.TXT");
    assert_string_equal(plan.inputs[0].source, "news");
    shard_plan_release(&plan);
}

static void source_is_the_folders_name(void **state)
{
    (void)state;
    make_folder("paper");
    make_folder("paper/in");
    write_file("paper/1.txt", "x");
    write_file("paper/in/2.txt", "x");
    static const struct {
        const char *argument;
        const char *source;
    } rows[] = {{"paper", "paper"},         {"paper/", "paper"},       {"paper/.", "paper"},
                {"./paper", "paper"},       {"paper/in/..", "paper"},  {"paper/1.txt", "paper"},
                {"./paper/1.txt", "paper"}, {"paper//1.txt", "paper"}, {"paper/in", "in"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct shard_plan plan;
        make_one(rows[i].argument, 0, &plan);
        assert_string_equal(plan.inputs[0].source, rows[i].source);
        shard_plan_release(&plan);
    }
    assert_int_equal(chdir("paper/in"), 0);
    static const char *const here[] = {".", "2.txt", "../in", "./"};
    for (size_t i = 0; i < 4; i++) {
        struct shard_plan plan;
        make_one(here[i], 0, &plan);
        assert_string_equal(plan.inputs[0].source, "in");
        assert_string_equal(plan.inputs[0].id, "2.txt");
        shard_plan_release(&plan);
    }
    struct shard_plan plan;
    make_one("..", 0, &plan);
    assert_string_equal(plan.inputs[0].source, "paper");
    shard_plan_release(&plan);
    const char *argument = "..";
    make(&argument, 1, "given", 0, &plan);
    assert_string_equal(plan.inputs[0].source, "given");
    assert_string_equal(plan.inputs[1].source, "given");
    shard_plan_release(&plan);
}

static void odd_entries_are_rejected(void **state)
{
    (void)state;
    make_folder("in");
    make_folder("out");
    make_folder("in/deep");
    write_file("out/far.txt", "x");
    assert_int_equal(symlink("nowhere", "in/a-dangling"), 0);
    assert_int_equal(symlink("b-self", "in/b-self"), 0);
    assert_int_equal(symlink("..", "in/deep/up"), 0);
    assert_int_equal(symlink("../out", "in/e-folder"), 0);
    assert_int_equal(symlink("../out/far.txt", "in/f-file.txt"), 0);
    assert_int_equal(mkfifo("in/g-fifo.txt", 0600), 0);
    struct shard_plan plan;
    make_one("in", 0, &plan);
    check_plan(&plan, "rejected in/a-dangling a-dangling in dangling-link\n"
                      "rejected in/b-self b-self in link-loop\n"
                      "rejected in/deep/up deep/up deep link-loop\n"
                      "text in/e-folder/far.txt e-folder/far.txt e-folder 1\n"
                      "text in/f-file.txt f-file.txt in 1\n"
                      "rejected in/g-fifo.txt g-fifo.txt in not-a-file\n");
    shard_plan_release(&plan);
    make_one("in/g-fifo.txt", 0, &plan);
    assert_int_equal(plan.inputs[0].reason, LEDGER_NOT_A_FILE);
    shard_plan_release(&plan);
    make_one("in/a-dangling", 0, &plan);
    assert_int_equal(plan.inputs[0].reason, LEDGER_DANGLING_LINK);
    shard_plan_release(&plan);
}

/* Root reads everything, so it becomes somebody else for the moment. */
static void unreadable_folder(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    make_folder("in");
    make_folder("in/shut");
    write_file("in/z.txt", "x");
    assert_int_equal(chmod(folder, 0755) | chmod("in", 0755) | chmod("in/shut", 0), 0);
    bool root = geteuid() == 0;
    assert_true(!root || seteuid(NOBODY) == 0);
    struct shard_plan plan;
    make_one("in", 0, &plan);
    assert_true(!root || seteuid(0) == 0);
    assert_int_equal(chmod("in/shut", 0700), 0);
    assert_int_equal(plan.input_count, 2);
    assert_int_equal(plan.inputs[0].kind, INPUT_REJECTED);
    assert_int_equal(plan.inputs[0].reason, LEDGER_UNREADABLE);
    shard_plan_release(&plan);
}

static void missing_argument_is_an_error(void **state)
{
    (void)state;
    static const char *const missing[] = {"nothing-here", ""};
    for (size_t i = 0; i < 2; i++) {
        struct shard_plan plan;
        struct error error;
        struct plan_options options = {.shard_bytes = 0};
        assert_int_equal(shard_plan_make(&missing[i], 1, &options, &plan, &error), STATUS_IO);
        assert_null(plan.inputs);
        shard_plan_release(&plan);
    }
    struct shard_plan plan;
    make(NULL, 0, NULL, 0, &plan);
    assert_int_equal(plan.shard_count, 0);
    shard_plan_release(&plan);
}

static void named_files_are_told_by_name_then_content(void **state)
{
    (void)state;
    write_file("brace", "{\"id\":1}");
    write_file("marked", "\xEF\xBB\xBF{}");
    write_file("plain", "text");
    write_file("x.txt", "{");
    write_file("x.JSONL", "text");
    write_file("empty", "");
    static const char *const paths[] = {"x.JSONL", "x.txt", "plain", "marked", "brace", "empty"};
    static const enum input_kind kinds[] = {INPUT_JSONL, INPUT_TEXT,  INPUT_TEXT,
                                            INPUT_JSONL, INPUT_JSONL, INPUT_TEXT};
    struct shard_plan plan;
    make(paths, 6, NULL, 0, &plan);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(plan.inputs[i].kind, kinds[i]);
    }
    shard_plan_release(&plan);
}

/* Shards are contiguous, in order, whole, and a text file is in one only. */
static void check_cover(const struct shard_plan *plan, uint64_t shard_bytes)
{
    uint32_t input = 0;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    for (uint32_t s = 0; s < plan->shard_count; s++) {
        const struct shard *shard = &plan->shards[s];
        assert_int_equal(shard->input_first, input);
        assert_int_equal(shard->offset_first, offset);
        assert_true(shard->input_end > shard->input_first);
        const struct input *last = &plan->inputs[shard->input_end - 1];
        bool whole = shard->offset_end == UINT64_MAX;
        assert_true(whole || (last->kind == INPUT_JSONL && shard->offset_end < last->size));
        input = whole ? shard->input_end : shard->input_end - 1;
        offset = whole ? 0 : shard->offset_end;
        bytes += shard->bytes;
        bool one_text = shard->input_end == shard->input_first + 1 && last->kind == INPUT_TEXT;
        assert_true(shard->bytes <= shard_bytes || one_text);
    }
    assert_int_equal(input, plan->input_count);
    assert_int_equal(offset, 0);
    assert_int_equal(bytes, plan->bytes);
}

static void shards_cover_everything(void **state)
{
    (void)state;
    make_folder("in");
    char text[64];
    for (unsigned i = 0; i < 40; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "in/%02u.%s", i, i % 3 == 0 ? "jsonl" : "txt");
        memset(text, 'x', sizeof text);
        text[(i * 7) % 40] = '\0';
        write_file(path, text);
    }
    assert_int_equal(symlink("nowhere", "in/99"), 0);
    struct shard_plan plan;
    for (uint64_t shard_bytes = 1; shard_bytes < 200; shard_bytes++) {
        make_one("in", shard_bytes, &plan);
        check_cover(&plan, shard_bytes);
        shard_plan_release(&plan);
    }
}

/* A file is cut at the same places whatever lies before it, as long as as much of it fits. */
static void cuts_count_from_the_files_beginning(void **state)
{
    (void)state;
    for (uint64_t before = 1; before <= 40; before++) {
        const struct input inputs[] = {{.path = "a", .size = before, .kind = INPUT_JSONL},
                                       {.path = "b", .size = 101, .kind = INPUT_JSONL},
                                       {.path = "c", .size = 0, .kind = INPUT_REJECTED},
                                       {.path = "d", .size = 3, .kind = INPUT_TEXT}};
        struct shard_plan plan;
        assert_int_equal(shard_plan_cut(inputs, 4, 20, &plan, NULL), STATUS_OK);
        check_cover(&plan, 20);
        assert_int_equal(plan.bytes, before + 101 + 3);
        uint64_t cut = 20;
        for (uint32_t s = 0; s < plan.shard_count; s++) {
            const struct shard *shard = &plan.shards[s];
            if (shard->input_end == 2 && shard->offset_end != UINT64_MAX) {
                assert_int_equal(shard->offset_end, cut);
                cut += 20;
            }
        }
        assert_int_equal(cut, 120);
        const struct shard *last = &plan.shards[plan.shard_count - 1];
        assert_int_equal(last->input_first, 1);
        assert_int_equal(last->offset_first, 100);
        assert_int_equal(last->bytes, 4);
        shard_plan_release(&plan);
    }
}

static void default_shard_size(void **state)
{
    (void)state;
    static const struct {
        long long size;
        uint32_t shards;
    } rows[] = {{1, 1},          {8 << 20, 1},       {(8 << 20) + 1, 2},
                {32 << 20, 4},   {128 << 20, 4},     {200 << 20, 7},
                {1LL << 30, 32}, {1600LL << 20, 32}, {64LL << 30, 1024}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file("big.jsonl", "");
        assert_int_equal(truncate("big.jsonl", (off_t)rows[i].size), 0);
        struct shard_plan plan;
        make_one("big.jsonl", 0, &plan);
        assert_int_equal(plan.shard_count, rows[i].shards);
        assert_int_equal(plan.let_go, rows[i].size >= 1LL << 30);
        check_cover(&plan, 64 << 20);
        struct shard_plan again; /* as learning cuts it, which reads a little of it before */
        assert_int_equal(shard_plan_cut(plan.inputs, plan.input_count, 0, &again, NULL), STATUS_OK);
        assert_int_equal(again.shard_count, plan.shard_count);
        assert_false(again.let_go);
        shard_plan_release(&again);
        shard_plan_release(&plan);
    }
}

/* Two files, one of them small; of 16 MiB and more three eighths are left for the end. */
static void what_was_read_is_let_go_bit_by_bit(void **state)
{
    (void)state;
    static const char *const paths[] = {"big.jsonl", "small.jsonl"};
    write_file(paths[0], "");
    write_file(paths[1], "");
    assert_int_equal(truncate(paths[0], (off_t)1 << 30), 0);
    assert_int_equal(truncate(paths[1], (off_t)1 << 20), 0);
    struct shard_plan plan;
    make(paths, 2, NULL, 64 << 20, &plan);
    assert_true(plan.let_go);
    assert_int_equal(plan.shard_count, 17);
    struct let_go rest = {.plan = &plan};
    uint32_t calls = 0;
    for (; rest.shard < plan.shard_count && calls < 10000; calls++) {
        let_go_rest(&rest, (uint64_t)(calls + 1) << 20);
        assert_true(rest.gone <= (24 << 20));
    }
    /* Of each of 16 shards 24 MiB, 4 for every 3 that are written, and a step that finds the end.
     */
    assert_int_equal(calls, 3 * (16 * 24 / 4 + 1));
    let_go_rest(&rest, UINT64_C(1) << 40); /* there is no more */
    assert_int_equal(rest.shard, plan.shard_count);
    shard_plan_release(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tree_is_walked_in_order, enter, leave),
        cmocka_unit_test_setup_teardown(source_is_the_folders_name, enter, leave),
        cmocka_unit_test_setup_teardown(odd_entries_are_rejected, enter, leave),
        cmocka_unit_test_setup_teardown(unreadable_folder, enter, leave),
        cmocka_unit_test_setup_teardown(missing_argument_is_an_error, enter, leave),
        cmocka_unit_test_setup_teardown(named_files_are_told_by_name_then_content, enter, leave),
        cmocka_unit_test_setup_teardown(shards_cover_everything, enter, leave),
        cmocka_unit_test(cuts_count_from_the_files_beginning),
        cmocka_unit_test_setup_teardown(default_shard_size, enter, leave),
        cmocka_unit_test_setup_teardown(what_was_read_is_let_go_bit_by_bit, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
