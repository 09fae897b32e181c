#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "acts.h"
#include "archive_fixture.h"
#include "scratch.h"

/* A run is killed, or its disk is full, at every single call that changes the disk, one after the
 * other. Each time the snapshot before must be whole, and the same run, started again, must end
 * with the same bytes as one that nothing disturbed. */

static const struct fixture_run first_run = {
    .version = 1, .shards = {"a b c d", "b e f", "g h"}, .merge = MERGE_TIERED};
static const struct fixture_run second_run = {
    .version = 2, .shards = {"c x", "y a", "x z"}, .merge = MERGE_TIERED};
static const struct fixture_run second_run_unmerged = {
    .version = 2, .shards = {"c x", "y a", "x z"}, .merge = MERGE_NONE};

static const struct fixture_run replacing_run = {
    .version = 2, .shards = {"c x", "y a", "z"}, .merge = MERGE_TIERED, .replace = true};

static const char before[] = "a1 c1 d1 b1 e1 f1 g1 h1 ";
static const char after[] = "d1 b1 e1 f1 g1 h1 c2 y2 a2 x2 z2 ";
static const char replaced[] = "c2 x2 y2 a2 z2 ";

static void quiet_index(const char *path, struct fixture_run run)
{
    struct publish_result result;
    struct error error;
    if (fixture_index(path, &run, &result, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(result.published);
}

/* Runs in a child process. Returns its exit status: 0 done, 1 failed as it should, ACTS_KILLED. */
static int disturbed(const char *path, struct fixture_run run, enum acts_end end, unsigned long at)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct publish_result result;
        struct error error = {.code = STATUS_OK};
        acts = (struct acts){.end = end, .at = at};
        enum status status = fixture_index(path, &run, &result, &error);
        bool told = status == STATUS_OK || (error.code == status && error.message[0] != '\0');
        bool reached = acts.done > at;
        _exit(!told ? 2 : status != STATUS_OK ? 1 : reached ? 3 : 0);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static struct buffer manifest_bytes_of(const char *path, const char *name)
{
    struct buffer bytes;
    buffer_init(&bytes, MANIFEST_SIZE_MAX);
    char *full = path_join(path, name);
    assert_int_equal(file_read(full, &bytes, NULL), STATUS_OK);
    memory_free(full);
    return bytes;
}

static void check_same_manifest(const char *path, const char *reference, const char *name)
{
    struct buffer a = manifest_bytes_of(path, name);
    struct buffer b = manifest_bytes_of(reference, name);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    buffer_release(&b);
    buffer_release(&a);
}

/* What stands after a disturbed second run: the old snapshot or the new one, whole. */
static bool check_whole(const char *path)
{
    char text[FIXTURE_TEXT_MAX];
    struct error error;
    if (fixture_live(path, 0, text, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(fixture_problems(path), 0);
    bool is_new = strcmp(text, after) == 0 || strcmp(text, replaced) == 0;
    assert_true(is_new || strcmp(text, before) == 0);
    return is_new;
}

static enum status no_entry(void *context, const char *name, struct error *error)
{
    (void)context;
    return error_set(error, STATUS_FORMAT, "left over: %s", name);
}

static void check_no_leftovers(const char *path)
{
    struct error error;
    char *building = path_join(path, "building");
    if (folder_list(building, no_entry, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    memory_free(building);
    char *segments = path_join(path, "segments");
    size_t count = 0;
    struct archive archive;
    struct manifest manifest;
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(archive_read_manifest(&archive, 0, &manifest, NULL), STATUS_OK);
    count = manifest.segment_count;
    assert_true(count > 0);
    manifest_release(&manifest);
    archive_close(&archive);
    memory_free(segments);
}

static void disturb_second_run(const struct scratch *scratch, struct fixture_run run,
                               enum acts_end end)
{
    char *reference = scratch_path(scratch, "reference");
    char *path = scratch_path(scratch, "disturbed");
    quiet_index(reference, first_run);
    quiet_index(reference, run);
    bool committed = false;
    int result = -1;
    unsigned long at = 0;
    for (; result != 0; at++) {
        quiet_index(path, first_run);
        result = disturbed(path, run, end, at);
        assert_true(result == 0 || result == 1 || result == 3 || result == ACTS_KILLED);
        bool is_new = check_whole(path);
        /* 3: a clean-up that failed after the commit is no failure */
        assert_true((result != 0 && result != 3) || is_new);
        committed = committed || is_new;
        if (!is_new) {
            quiet_index(path, run);
            assert_true(check_whole(path));
            check_no_leftovers(path);
        }
        check_same_manifest(path, reference, "manifests/000002.json");
        check_same_manifest(path, reference, "CURRENT");
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
    }
    assert_true(committed && at > 20);
    assert_int_equal(path_remove(reference, NULL), STATUS_OK);
    memory_free(path);
    memory_free(reference);
}

static void killed_at_every_act(void **state)
{
    disturb_second_run(*state, second_run, ACTS_KILL);
}

static void killed_at_every_act_unmerged(void **state)
{
    disturb_second_run(*state, second_run_unmerged, ACTS_KILL);
}

static void replacing_killed_at_every_act(void **state)
{
    disturb_second_run(*state, replacing_run, ACTS_KILL);
}

static void replacing_with_every_act_failing(void **state)
{
    disturb_second_run(*state, replacing_run, ACTS_FAIL_ONCE);
    disturb_second_run(*state, replacing_run, ACTS_FAIL_FROM_THEN);
}

static void every_act_fails_once(void **state)
{
    disturb_second_run(*state, second_run, ACTS_FAIL_ONCE);
}

static void disk_full_from_every_act(void **state)
{
    disturb_second_run(*state, second_run_unmerged, ACTS_FAIL_FROM_THEN);
}

/* The first run of all: there is no archive before, and the same archive after. */
static void first_run_killed_at_every_act(void **state)
{
    char *reference = scratch_path(*state, "reference");
    char *path = scratch_path(*state, "disturbed");
    quiet_index(reference, first_run);
    int result = -1;
    for (unsigned long at = 0; result != 0; at++) {
        result = disturbed(path, first_run, ACTS_KILL, at);
        assert_true(result == 0 || result == ACTS_KILLED);
        char text[FIXTURE_TEXT_MAX];
        struct error error;
        enum status status = fixture_live(path, 0, text, &error);
        assert_true(status == STATUS_OK || status == STATUS_NOT_FOUND || status == STATUS_FORMAT);
        if (status != STATUS_OK) {
            quiet_index(path, first_run);
            assert_int_equal(fixture_live(path, 0, text, &error), STATUS_OK);
            check_no_leftovers(path);
        }
        assert_string_equal(text, before);
        assert_int_equal(fixture_problems(path), 0);
        check_same_manifest(path, reference, "manifests/000001.json");
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
    }
    memory_free(path);
    memory_free(reference);
}

/* Killed when all shards are finished: the next try builds none of them. */
static bool kill_at_step(void *context, enum publish_step step, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    if (step == *(const enum publish_step *)context) {
        _exit(ACTS_KILLED);
    }
    return true;
}

static void finished_shards_are_not_built_again(void **state)
{
    static const enum publish_step steps[] = {PUBLISH_SUPERSEDE, PUBLISH_MERGE,    PUBLISH_MOVE,
                                              PUBLISH_DERIVED,   PUBLISH_MANIFEST, PUBLISH_COMMIT};
    char *path = scratch_path(*state, "resumed");
    for (size_t i = 0; i < 2 * sizeof steps / sizeof steps[0]; i++) {
        enum publish_step step = steps[i / 2];
        struct fixture_run run = i % 2 == 0 ? second_run : second_run_unmerged;
        if (step == PUBLISH_MERGE && i % 2 == 1) {
            continue;
        }
        quiet_index(path, first_run);
        run.step = kill_at_step;
        run.context = &step;
        assert_int_equal(disturbed(path, run, ACTS_NEVER, 0), ACTS_KILLED);
        assert_false(check_whole(path));
        run.step = NULL;
        struct publish_result result;
        assert_int_equal(fixture_index(path, &run, &result, NULL), STATUS_OK);
        assert_int_equal(run.built, 0);
        assert_true(check_whole(path));
        check_no_leftovers(path);
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
    }
    memory_free(path);
}

/* A run that is given up for another one leaves nothing behind. */
static void another_plan_takes_over(void **state)
{
    char *path = scratch_path(*state, "given-up");
    static enum publish_step step = PUBLISH_COMMIT;
    struct fixture_run run = first_run;
    run.step = kill_at_step;
    run.context = &step;
    assert_int_equal(disturbed(path, run, ACTS_NEVER, 0), ACTS_KILLED);
    quiet_index(path, (struct fixture_run){.version = 5, .shards = {"q"}});
    char text[FIXTURE_TEXT_MAX];
    assert_int_equal(fixture_live(path, 0, text, NULL), STATUS_OK);
    assert_string_equal(text, "q5 ");
    check_no_leftovers(path);
    memory_free(path);
}

/* Memory runs out at one allocation after the other, in steps that grow. Nothing leaks (the
 * sanitizer looks), and the same process can go on. */
static void every_allocation_fails(void **state)
{
    char *path = scratch_path(*state, "no-memory");
    enum status status = STATUS_NOMEM;
    quiet_index(path, first_run);
    for (unsigned long at = 0; status != STATUS_OK; at += 1 + at / 100) {
        struct fixture_run run = at % 2 == 0 ? second_run : second_run_unmerged;
        struct publish_result result;
        struct error error = {.code = STATUS_OK};
        allocations.at = at;
        allocations.done = 0;
        allocations.fail = true;
        status = fixture_index(path, &run, &result, &error);
        bool reached = allocations.done > at;
        allocations.fail = false;
        if (!reached) {
            break;
        }
        if (status == STATUS_OK) { /* failed after the commit, or where it does no harm */
            assert_true(check_whole(path));
            assert_int_equal(path_remove(path, NULL), STATUS_OK);
            quiet_index(path, first_run);
            status = STATUS_NOMEM;
            continue;
        }
        if (status != STATUS_NOMEM || error.message[0] == '\0') {
            fail_msg("allocation %lu: %s: %s", at, status_text(status), error.message);
        }
        assert_false(check_whole(path));
    }
    assert_true(check_whole(path));
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(path);
}

/* The same for opening and verifying. */
static void opening_without_memory(void **state)
{
    char *path = scratch_path(*state, "no-memory-to-read");
    quiet_index(path, first_run);
    quiet_index(path, second_run_unmerged);
    bool reached = true;
    for (unsigned long at = 0; reached; at++) {
        char text[FIXTURE_TEXT_MAX];
        struct error error = {.code = STATUS_OK};
        allocations.at = at;
        allocations.done = 0;
        allocations.fail = true;
        enum status status = fixture_live(path, 0, text, &error);
        reached = allocations.done > at;
        allocations.fail = false;
        assert_int_equal(status, reached ? STATUS_NOMEM : STATUS_OK);
    }
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(path);
}

static bool stop_at_step(void *context, enum publish_step step, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return step != *(const enum publish_step *)context;
}

static void stopping_is_no_damage(void **state)
{
    char *path = scratch_path(*state, "stopped");
    for (int step = PUBLISH_SUPERSEDE; step <= PUBLISH_COMMIT; step++) {
        enum publish_step at = (enum publish_step)step;
        struct fixture_run run = second_run_unmerged;
        if (at == PUBLISH_MERGE) {
            run = second_run;
        }
        run.step = stop_at_step;
        run.context = &at;
        struct publish_result result;
        struct error error;
        quiet_index(path, first_run);
        assert_int_equal(fixture_index(path, &run, &result, &error), STATUS_STOPPED);
        assert_false(check_whole(path));
        run.step = NULL;
        assert_int_equal(fixture_index(path, &run, &result, &error), STATUS_OK);
        assert_true(check_whole(path));
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
    }
    memory_free(path);
}

static int set_up(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_every_act),
        cmocka_unit_test(killed_at_every_act_unmerged),
        cmocka_unit_test(replacing_killed_at_every_act),
        cmocka_unit_test(replacing_with_every_act_failing),
        cmocka_unit_test(every_act_fails_once),
        cmocka_unit_test(disk_full_from_every_act),
        cmocka_unit_test(first_run_killed_at_every_act),
        cmocka_unit_test(finished_shards_are_not_built_again),
        cmocka_unit_test(another_plan_takes_over),
        cmocka_unit_test(stopping_is_no_damage),
        cmocka_unit_test(every_allocation_fails),
        cmocka_unit_test(opening_without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
