#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdbool.h>

#include "acts.h"
#include "archive_fixture.h"
#include "random.h"
#include "scratch.h"

static void check_ok(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        fail_msg("%s", error->message);
    }
}

static struct publish_result index_run(const char *path, struct fixture_run run)
{
    struct publish_result result;
    struct error error = {.code = STATUS_OK};
    check_ok(fixture_index(path, &run, &result, &error), &error);
    return result;
}

static void check_live(const char *path, const char *expected)
{
    char text[FIXTURE_TEXT_MAX];
    struct error error = {.code = STATUS_OK};
    check_ok(fixture_live(path, 0, text, &error), &error);
    assert_string_equal(text, expected);
    assert_int_equal(fixture_problems(path), 0);
}

static void shards_of_a_run_become_one_segment(void **state)
{
    char *path = scratch_path(*state, "one");
    struct publish_result result = index_run(
        path,
        (struct fixture_run){.version = 1, .shards = {"a b c", "d b", "e"}, .merge = MERGE_TIERED});
    assert_true(result.published);
    assert_int_equal(result.number, 1);
    assert_int_equal(result.segments, 1);
    assert_int_equal(result.segments_added, 3);
    assert_int_equal(result.replaced, 0);
    check_live(path, "a1 c1 d1 b1 e1 ");
    memory_free(path);
}

static void later_runs_replace(void **state)
{
    char *path = scratch_path(*state, "later");
    (void)index_run(path, (struct fixture_run){.version = 1,
                                               .shards = {"a b c d e f", "g g h"},
                                               .merge = MERGE_TIERED});
    check_live(path, "a1 b1 c1 d1 e1 f1 g1 h1 ");
    struct publish_result result = index_run(
        path, (struct fixture_run){.version = 2, .shards = {"b x", "h b"}, .merge = MERGE_TIERED});
    assert_int_equal(result.number, 2);
    assert_int_equal(result.segments, 2);
    assert_int_equal(result.replaced, 2);
    check_live(path, "a1 c1 d1 e1 f1 g1 x2 h2 b2 ");
    result =
        index_run(path, (struct fixture_run){.version = 3, .shards = {"b"}, .merge = MERGE_TIERED});
    assert_int_equal(result.replaced, 1);
    check_live(path, "a1 c1 d1 e1 f1 g1 x2 h2 b3 ");

    char text[FIXTURE_TEXT_MAX];
    assert_int_equal(fixture_live(path, 2, text, NULL), STATUS_OK);
    assert_string_equal(text, "a1 c1 d1 e1 f1 g1 x2 h2 b2 ");
    struct error error;
    assert_int_equal(fixture_live(path, 1, text, &error), STATUS_NOT_FOUND); /* cleaned up */
    assert_int_equal(fixture_live(path, 4, text, &error), STATUS_NOT_FOUND);

    check_ok(fixture_merge(path, &result, &error), &error);
    assert_true(result.published);
    assert_int_equal(result.segments, 1);
    check_live(path, "a1 c1 d1 e1 f1 g1 x2 h2 b3 ");
    check_ok(fixture_merge(path, &result, &error), &error);
    assert_false(result.published);
    assert_int_equal(result.number, 4);
    memory_free(path);
}

static void nothing_new_is_no_snapshot(void **state)
{
    char *path = scratch_path(*state, "nothing");
    /* an archive without articles is one */
    struct publish_result result = index_run(path, (struct fixture_run){.shards = {""}});
    assert_true(result.published);
    assert_int_equal(result.number, 1);
    assert_int_equal(result.segments, 0);
    check_live(path, "");
    result = index_run(path, (struct fixture_run){.shards = {"", ""}, .merge = MERGE_TIERED});
    assert_false(result.published);
    assert_int_equal(result.number, 1);
    result = index_run(path, (struct fixture_run){.shards = {"a"}, .merge = MERGE_TIERED});
    assert_int_equal(result.number, 2);
    result = index_run(path, (struct fixture_run){.shards = {NULL}, .merge = MERGE_TIERED});
    assert_false(result.published);
    check_live(path, "a0 ");
    char *building = path_join(path, "building");
    struct error error;
    assert_int_equal(path_remove(building, &error), STATUS_OK); /* may go */
    result = index_run(path, (struct fixture_run){.shards = {"b"}, .merge = MERGE_TIERED});
    assert_int_equal(result.number, 3);
    memory_free(building);
    memory_free(path);
}

/* Of the inputs it says what was said before. */
static void what_replaces_is_all_there_is(void **state)
{
    char *path = scratch_path(*state, "replace");
    (void)index_run(path, (struct fixture_run){.version = 1, .shards = {"a b c", "d"}});
    (void)index_run(path, (struct fixture_run){.version = 2, .shards = {"b e"}});
    struct archive archive;
    struct manifest before;
    struct manifest after;
    check_ok(archive_open(path, &archive, NULL), NULL);
    check_ok(archive_read_manifest(&archive, 0, &before, NULL), NULL);
    struct fixture_run run = {
        .version = 3, .shards = {"a c", "d b"}, .merge = MERGE_TIERED, .replace = true};
    struct publish_result result = index_run(path, run);
    assert_true(result.published);
    assert_int_equal(result.number, 3);
    assert_int_equal(result.segments, 1);
    assert_int_equal(result.replaced, 0);
    check_live(path, "a3 c3 d3 b3 ");
    check_ok(archive_read_manifest(&archive, 0, &after, NULL), NULL);
    assert_int_equal(after.parent, 2);
    assert_int_equal(after.deletions.size, 0);
    assert_memory_equal(&after.inputs, &before.inputs, sizeof before.inputs);
    manifest_release(&after);
    manifest_release(&before);
    archive_close(&archive);

    result = index_run(path, run); /* the same again */
    assert_false(result.published);
    assert_int_equal(result.number, 3);
    run.merge = MERGE_NONE;
    assert_true(index_run(path, run).published);
    check_live(path, "a3 c3 d3 b3 ");
    run.shards[0] = NULL; /* nothing is something else too */
    result = index_run(path, run);
    assert_true(result.published);
    assert_int_equal(result.segments, 0);
    check_live(path, "");
    assert_false(index_run(path, run).published);
    memory_free(path);
}

static enum status count_entry(void *context, const char *name, struct error *error)
{
    (void)name;
    (void)error;
    *(size_t *)context += 1;
    return STATUS_OK;
}

static size_t entries_in(const char *path, const char *folder)
{
    size_t count = 0;
    char *full = path_join(path, folder);
    assert_int_equal(folder_list(full, count_entry, &count, NULL), STATUS_OK);
    memory_free(full);
    return count;
}

static void only_what_is_named_stays(void **state)
{
    char *path = scratch_path(*state, "clean");
    for (unsigned version = 1; version <= 30; version++) {
        (void)index_run(
            path, (struct fixture_run){.version = version,
                                       .shards = {"a b c d", "x y"},
                                       .merge = version % 3 == 0 ? MERGE_NONE : MERGE_TIERED});
        assert_int_equal(entries_in(path, "building"), 0);
        assert_int_equal(entries_in(path, "models"), 1);
        assert_true(entries_in(path, "manifests") <= ARCHIVE_SNAPSHOTS_KEPT);
        assert_true(entries_in(path, "derived") <= ARCHIVE_SNAPSHOTS_KEPT);
        assert_true(entries_in(path, "segments") <= 2 * 2 * MERGE_FACTOR);
    }
    check_live(path, "a30 b30 c30 d30 x30 y30 ");
    /* what is not ours stays */
    char *note = path_join(path, "segments/README");
    scratch_write(note, "x", 1);
    (void)index_run(path, (struct fixture_run){.version = 31, .shards = {"a"}});
    assert_true(file_exists(note));
    memory_free(note);
    memory_free(path);
}

static void readers_keep_what_they_opened(void **state)
{
    char *path = scratch_path(*state, "readers");
    (void)index_run(path, (struct fixture_run){.version = 1, .shards = {"a b"}});
    struct archive archive;
    struct snapshot snapshot;
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(snapshot_open(&archive, 0, &snapshot, NULL), STATUS_OK);
    for (unsigned version = 2; version < 6; version++) {
        (void)index_run(
            path, (struct fixture_run){.version = version, .shards = {"a b"}, .merge = MERGE_ALL});
    }
    char text[FIXTURE_TEXT_MAX];
    assert_int_equal(fixture_texts(&snapshot, text, NULL), STATUS_OK);
    assert_string_equal(text, "a1 b1 ");
    snapshot_close(&snapshot);
    archive_close(&archive);
    check_live(path, "a5 b5 ");
    memory_free(path);
}

static void rollback_is_a_new_snapshot(void **state)
{
    char *path = scratch_path(*state, "rollback");
    (void)index_run(path, (struct fixture_run){.version = 1, .shards = {"a b"}});
    (void)index_run(path, (struct fixture_run){.version = 2, .shards = {"a c"}});
    check_live(path, "b1 a2 c2 ");
    struct archive archive;
    struct error error;
    uint32_t number = 0;
    check_ok(archive_open_writer(path, &archive, &error), &error);
    assert_int_equal(publish_rollback(&archive, 9, &number, &error), STATUS_NOT_FOUND);
    check_ok(publish_rollback(&archive, 2, &number, &error), &error);
    assert_int_equal(number, 2); /* live already */
    check_ok(publish_rollback(&archive, 1, &number, &error), &error);
    assert_int_equal(number, 3);
    archive_close(&archive);
    check_live(path, "a1 b1 ");
    char text[FIXTURE_TEXT_MAX];
    check_ok(fixture_live(path, 2, text, &error), &error);
    assert_string_equal(text, "b1 a2 c2 ");
    (void)index_run(path, (struct fixture_run){.version = 4, .shards = {"b"}});
    check_live(path, "a1 b4 ");
    memory_free(path);
}

static void another_analyser_is_refused(void **state)
{
    char *path = scratch_path(*state, "identity");
    (void)index_run(path, (struct fixture_run){.version = 1, .shards = {"a"}});
    struct archive archive;
    struct building building;
    struct error error;
    struct digest plan = digest_of("p", 1);
    struct publish_result result;
    check_ok(archive_open_writer(path, &archive, &error), &error);
    check_ok(building_open(&archive, &plan, &building, &error), &error);
    struct manifest_analyser other = fixture_analyser;
    struct publish_options options = {.archive = &archive,
                                      .building = &building,
                                      .analyser = &other,
                                      .options = &fixture_options,
                                      .threads = 1};
    check_ok(fixture_learn(&archive, &building, &options.model, &error), &error);
    check_ok(publish(&options, &result, &error), &error);
    building_close(&building);
    check_ok(building_open(&archive, &plan, &building, &error), &error);
    other.version++;
    assert_int_equal(publish(&options, &result, &error), STATUS_USAGE);
    assert_non_null(strstr(error.message, "version 4"));
    other = fixture_analyser;
    options.model.digest.bytes[3] ^= 1;
    assert_int_equal(publish(&options, &result, &error), STATUS_USAGE);
    options.model.digest.bytes[3] ^= 1;
    other.version++;
    options.replace = true;
    check_ok(publish(&options, &result, &error), &error);
    assert_true(result.published);
    building_close(&building);
    check_ok(building_open(&archive, &plan, &building, &error), &error);
    options.shard_count = 1;
    assert_int_equal(publish(&options, &result, &error), STATUS_USAGE); /* not finished */
    building_close(&building);
    archive_close(&archive);
    memory_free(path);
}

static void check_same_current(const char *path, const char *other)
{
    struct archive_current current[2];
    const char *const paths[2] = {path, other};
    for (size_t i = 0; i < 2; i++) {
        struct archive archive;
        assert_int_equal(archive_open(paths[i], &archive, NULL), STATUS_OK);
        assert_int_equal(archive_read_current(&archive, &current[i], NULL), STATUS_OK);
        archive_close(&archive);
    }
    assert_int_equal(current[0].number, current[1].number);
    assert_int_equal(digest_compare(&current[0].digest, &current[1].digest), 0);
}

/* The model: live documents in order. A run takes the ids it has out and puts them at the end. */
struct naive {
    struct {
        char id;
        unsigned version;
    } documents[64];
    size_t count;
};

static void naive_add(struct naive *naive, char id, unsigned version)
{
    size_t kept = 0;
    for (size_t i = 0; i < naive->count; i++) {
        if (naive->documents[i].id != id) {
            naive->documents[kept++] = naive->documents[i];
        }
    }
    naive->documents[kept].id = id;
    naive->documents[kept].version = version;
    naive->count = kept + 1;
}

static void random_runs_as_the_model_says(void **state)
{
    uint64_t seed = 7;
    char *path = scratch_path(*state, "random");
    char *threaded = scratch_path(*state, "random-threaded");
    struct naive naive = {.count = 0};
    for (unsigned version = 1; version <= 60; version++) {
        struct fixture_run run = {.version = version,
                                  .merge = (enum merge_mode)(random_next(&seed) % 3),
                                  .segment_bytes_max =
                                      random_next(&seed) % 2 == 0 ? 0 : (uint64_t)200 << 10};
        char ids[FIXTURE_SHARDS_MAX][64];
        size_t shards = random_next(&seed) % FIXTURE_SHARDS_MAX;
        for (size_t i = 0; i < shards; i++) {
            size_t size = 0;
            for (size_t n = random_next(&seed) % 12; n > 0; n--) {
                char id = (char)('a' + random_next(&seed) % (version % 4 == 0 ? 4 : 26));
                naive_add(&naive, id, version);
                ids[i][size++] = id;
                ids[i][size++] = ' ';
            }
            ids[i][size == 0 ? 0 : size - 1] = '\0';
            run.shards[i] = ids[i];
        }
        (void)index_run(path, run);
        run.threads = 3;
        (void)index_run(threaded, run);
        check_same_current(path, threaded);
        char expected[FIXTURE_TEXT_MAX];
        size_t size = 0;
        expected[0] = '\0';
        for (size_t i = 0; i < naive.count; i++) {
            size += (size_t)snprintf(expected + size, sizeof expected - size, "%c%u ",
                                     naive.documents[i].id, naive.documents[i].version);
        }
        check_live(path, expected);
    }
    memory_free(threaded);
    memory_free(path);
}

static enum status note_snapshot(void *context, const struct archive_snapshot *snapshot,
                                 struct error *error)
{
    (void)error;
    char *text = context;
    size_t size = strlen(text);
    (void)snprintf(text + size, 100 - size, "%u%s ", snapshot->manifest->number,
                   snapshot->live ? "*" : "");
    assert_true(snapshot->bytes > 1000 && snapshot->published_s > 1000000000);
    return STATUS_OK;
}

static void snapshots_are_listed(void **state)
{
    char *path = scratch_path(*state, "listed");
    (void)index_run(path, (struct fixture_run){.version = 1, .shards = {"a"}});
    (void)index_run(path, (struct fixture_run){.version = 2, .shards = {"b"}});
    char *orphan = path_join(path, "manifests/000003.json"); /* written, never live */
    scratch_write(orphan, "{}", 2);
    struct archive archive;
    char text[100] = "";
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(archive_list(&archive, note_snapshot, text, NULL), STATUS_OK);
    assert_string_equal(text, "1 2* ");
    archive_close(&archive);
    char found[FIXTURE_TEXT_MAX];
    assert_int_equal(fixture_live(path, 3, found, NULL), STATUS_NOT_FOUND);
    (void)index_run(path, (struct fixture_run){.version = 3, .shards = {"c"}});
    check_live(path, "a1 b2 c3 ");
    memory_free(orphan);
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
        cmocka_unit_test(shards_of_a_run_become_one_segment),
        cmocka_unit_test(later_runs_replace),
        cmocka_unit_test(nothing_new_is_no_snapshot),
        cmocka_unit_test(what_replaces_is_all_there_is),
        cmocka_unit_test(only_what_is_named_stays),
        cmocka_unit_test(readers_keep_what_they_opened),
        cmocka_unit_test(rollback_is_a_new_snapshot),
        cmocka_unit_test(another_analyser_is_refused),
        cmocka_unit_test(random_runs_as_the_model_says),
        cmocka_unit_test(snapshots_are_listed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
