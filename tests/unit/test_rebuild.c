#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fihris.h"
#include "scratch.h"
#include "snapshot/archive.h"
#include "text/analyser.h"

/* fihris_rebuild(): what it makes is what indexing the same articles at once makes, byte for byte;
 * what of an archive it keeps, and what can be chosen anew. */

struct world {
    struct scratch scratch;
    char *first; /* inputs: JSON Lines, JSON Lines, a folder of text files */
    char *second;
    char *texts;
};

static const char *const words[] = {"سوق",    "والسوق", "مدينة",   "المدينة", "وزير",
                                    "للوزير", "مغرب",   "بالمغرب", "كتاب",    "الكتب"};
enum { WORDS = sizeof words / sizeof words[0] };

static void write_words(FILE *file, unsigned seed, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        seed = seed * 1103515245u + 12345u;
        (void)fprintf(file, " %s", words[(seed >> 16) % WORDS]);
    }
}

static void write_lines(const char *path, unsigned first, unsigned count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (unsigned i = first; i < first + count; i++) {
        (void)fprintf(file, "{\"id\":\"n%u\",\"source\":\"paper%u\",\"date\":\"2021-05-%02u\",", i,
                      i % 3, 1 + i % 28);
        (void)fprintf(file, "\"url\":\"http://x/%u\",\"section\":%u,\"title\":\"خبر", i, i);
        write_words(file, i, i % 5);
        (void)fprintf(file, "\",\"body\":\"محمد بنسعيد في الرباط");
        write_words(file, i * 7, 10 + i % 60);
        (void)fprintf(file, "\"}\n%s", i % 19 == 0 ? "{broken\n" : "");
    }
    assert_int_equal(fclose(file), 0);
}

static void write_texts(const char *folder)
{
    assert_int_equal(folder_make(folder, NULL), STATUS_OK);
    for (unsigned i = 0; i < 40; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%02u.txt", i);
        char *path = path_join(folder, name);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        if (i % 13 != 5) { /* else nothing is in it */
            (void)fprintf(file, "عنوان %u\n\n", i);
            write_words(file, i, 30);
            (void)fprintf(file, "%s", i % 11 == 3 ? "\xff\xfe" : "");
        }
        assert_int_equal(fclose(file), 0);
        memory_free(path);
    }
}

static void index_into(const char *path, const char *const *inputs, size_t count,
                       const struct fihris_index_options *options)
{
    struct fihris_error error = {.status = FIHRIS_OK};
    if (fihris_index(path, inputs, count, options, NULL, &error) != FIHRIS_OK) {
        fail_msg("%s", error.message);
    }
}

static struct fihris_index_summary rebuild(const char *path,
                                           const struct fihris_rebuild_options *options)
{
    struct fihris_index_summary summary;
    struct fihris_error error = {.status = FIHRIS_OK};
    if (fihris_rebuild(path, options, &summary, &error) != FIHRIS_OK) {
        fail_msg("%s", error.message);
    }
    return summary;
}

static void read_manifest(const char *path, struct manifest *manifest)
{
    struct archive archive;
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(archive_read_manifest(&archive, 0, manifest, NULL), STATUS_OK);
    archive_close(&archive);
}

/* The same bytes of every segment and of the model. */
static void check_same(const char *path, const char *other)
{
    struct manifest a;
    struct manifest b;
    read_manifest(path, &a);
    read_manifest(other, &b);
    assert_int_equal(digest_compare(&a.model.digest, &b.model.digest), 0);
    assert_int_equal(a.segment_count, b.segment_count);
    for (uint32_t i = 0; i < a.segment_count; i++) {
        assert_int_equal(digest_compare(&a.segments[i].seal.digest, &b.segments[i].seal.digest), 0);
    }
    assert_int_equal(a.deletions.size, 0);
    assert_memory_equal(&a.analyser, &b.analyser, sizeof a.analyser);
    manifest_release(&b);
    manifest_release(&a);
}

static void check_sound(const char *path)
{
    assert_int_equal(fihris_verify(path, NULL, NULL, NULL), FIHRIS_OK);
}

static struct fihris *open_archive(const char *path)
{
    struct fihris *archive = NULL;
    assert_int_equal(fihris_open(path, 0, &archive, NULL), FIHRIS_OK);
    return archive;
}

static bool count_hit(void *context, const struct fihris_hit *hit)
{
    (void)hit;
    *(size_t *)context += 1;
    return true;
}

static size_t hits(struct fihris *archive, const char *query)
{
    size_t count = 0;
    struct fihris_search_options options = {.limit = 0};
    struct fihris_results results;
    assert_int_equal(
        fihris_search(archive, query, strlen(query), &options, count_hit, &count, &results, NULL),
        FIHRIS_OK);
    return count;
}

static size_t found(const char *path, const char *query)
{
    struct fihris *archive = open_archive(path);
    size_t count = hits(archive, query);
    fihris_close(archive);
    return count;
}

/* Runs grow an archive, in whatever shards and segments; rebuilt it is the one of a single run with
 * the same cuts. */
static void grown_is_as_built_at_once(void **state)
{
    const struct world *world = *state;
    const char *const inputs[] = {world->first, world->second, world->texts};
    char *once = scratch_path(&world->scratch, "once");
    char *grown = scratch_path(&world->scratch, "grown");
    for (unsigned i = 0; i < 9; i++) {
        uint64_t size = i < 3 ? 1 << 20 : 4000 * i;
        struct fihris_index_options plain = {.shard_bytes = size};
        struct fihris_index_options how = {
            .threads = 1 + i % 3, .shard_bytes = i < 2 ? 0 : 3000 * i, .no_merge = i % 2 == 1};
        struct fihris_rebuild_options anew = {.threads = 1 + i % 4, .shard_bytes = size};
        index_into(once, inputs, 3, &plain);
        index_into(grown, inputs, 1, &how);
        if (i == 4) {
            index_into(grown, inputs + 1, 2, &how);
        } else {
            index_into(grown, inputs + 1, 1, &how);
            index_into(grown, inputs + 2, 1, &how);
        }
        struct fihris_index_summary summary = rebuild(grown, &anew);
        assert_true(summary.published);
        assert_int_equal(summary.articles, 300 + 200 + 37);
        check_same(grown, once);
        check_sound(grown);
        assert_int_equal(path_remove(grown, NULL), STATUS_OK);
        assert_int_equal(path_remove(once, NULL), STATUS_OK);
    }
    memory_free(grown);
    memory_free(once);
}

static void the_same_again_is_nothing_new(void **state)
{
    const struct world *world = *state;
    const char *const inputs[] = {world->texts, world->first};
    char *path = scratch_path(&world->scratch, "again");
    index_into(path, inputs, 2, NULL);
    for (unsigned i = 0; i < 2; i++) {
        struct fihris_index_summary summary = rebuild(path, NULL);
        assert_false(summary.published);
        assert_int_equal(summary.snapshot, 1);
        assert_int_equal(summary.articles, 337);
        assert_int_equal(summary.rejected, 3 + 16);
    }
    check_sound(path);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(path);
}

struct entries {
    char text[65536];
    size_t size;
};

static bool write_entry(void *context, const struct fihris_ledger_entry *entry)
{
    struct entries *entries = context;
    entries->size +=
        (size_t)snprintf(entries->text + entries->size, sizeof entries->text - entries->size,
                         "%s %s %.*s %llu %llu %.*s\n", entry->act, entry->reason,
                         (int)entry->input_size, entry->input, (unsigned long long)entry->offset,
                         (unsigned long long)entry->bytes, (int)entry->detail_size, entry->detail);
    return true;
}

static void show_one(struct fihris *archive, const char *id, struct entries *shown)
{
    struct fihris_article article;
    assert_int_equal(fihris_show(archive, id, strlen(id), &article, NULL), FIHRIS_OK);
    shown->size += (size_t)snprintf(
        shown->text + shown->size, sizeof shown->text - shown->size,
        "%s|%.*s|%.*s|%.*s|%.*s|%.*s|%u-%u|%u|%.*s|%llu\n", id, (int)article.source_size,
        article.source, (int)article.url_size, article.url, (int)article.date_size, article.date,
        (int)article.extras_size, article.extras, (int)article.text_size, article.text,
        article.title.start, article.title.end, article.day, (int)article.input_size, article.input,
        (unsigned long long)article.offset);
}

/* The ledger and some articles. */
static struct entries *kept_of(const char *path, struct entries *kept)
{
    static const char *const ids[] = {"n0", "n7", "n19", "n299", "00.txt", "39.txt", "03.txt"};
    struct fihris *archive = open_archive(path);
    kept->size = 0;
    assert_int_equal(fihris_ledger(archive, write_entry, kept, NULL), FIHRIS_OK);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        show_one(archive, ids[i], kept);
    }
    fihris_close(archive);
    assert_true(kept->size > 1000 && kept->size < sizeof kept->text - 1);
    return kept;
}

/* Articles that were replaced are gone, the others are what they were, the ledger too; and what the
 * archive has seen it knows again. */
static void what_was_read_stays_known(void **state)
{
    const struct world *world = *state;
    const char *const inputs[] = {world->first, world->texts};
    char *path = scratch_path(&world->scratch, "known");
    char *changed = scratch_path(&world->scratch, "changed.jsonl");
    const char *const replaced[] = {changed};
    static struct entries before;
    static struct entries after;
    static const char line[] = "{\"id\":\"n3\",\"title\":\"خبر\",\"body\":\"تعديل\"}\n"
                               "{\"id\":\"01.txt\",\"title\":\"خبر\",\"body\":\"تعديل\"}\n";
    scratch_write(changed, line, sizeof line - 1);
    struct fihris_index_options how = {.no_merge = true, .shard_bytes = 5000};
    index_into(path, inputs, 2, &how);
    index_into(path, replaced, 1, &how);
    (void)kept_of(path, &before);
    assert_int_equal(rebuild(path, NULL).articles, 337);
    assert_string_equal(kept_of(path, &after)->text, before.text);
    assert_int_equal(found(path, "تعديل"), 2);
    struct fihris_index_summary summary;
    assert_int_equal(fihris_index(path, replaced, 1, NULL, &summary, NULL), FIHRIS_OK);
    assert_int_equal(summary.unchanged, 2);
    assert_false(summary.published);
    assert_int_equal(fihris_index(path, inputs, 2, NULL, &summary, NULL), FIHRIS_OK);
    assert_int_equal(summary.unchanged, 335);
    assert_int_equal(summary.replaced, 2);
    check_sound(path);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(changed);
    memory_free(path);
}

/* Makes the archive say that another version of the analyser has made it. */
static void age(const char *path)
{
    struct archive archive;
    struct archive_current current;
    struct manifest manifest;
    assert_int_equal(archive_open_writer(path, &archive, NULL), STATUS_OK);
    assert_int_equal(archive_read_manifest(&archive, 0, &manifest, NULL), STATUS_OK);
    manifest.parent = manifest.number++;
    manifest.analyser.version = ANALYSER_VERSION - 1;
    assert_int_equal(archive_write_manifest(&archive, &manifest, &current, NULL), STATUS_OK);
    assert_int_equal(archive_write_current(&archive, &current, NULL), STATUS_OK);
    manifest_release(&manifest);
    archive_close(&archive);
}

static void an_older_archive_is_brought_up_to_date(void **state)
{
    const struct world *world = *state;
    const char *const inputs[] = {world->first, world->second};
    char *path = scratch_path(&world->scratch, "old");
    char *fresh = scratch_path(&world->scratch, "fresh");
    index_into(path, inputs, 1, NULL);
    index_into(fresh, inputs, 1, NULL);
    age(path);
    struct fihris_error error;
    struct fihris *archive = NULL;
    assert_int_equal(fihris_open(path, 0, &archive, &error), FIHRIS_DAMAGED);
    assert_non_null(strstr(error.message, "fihris rebuild"));
    assert_int_equal(fihris_index(path, inputs + 1, 1, NULL, NULL, &error), FIHRIS_DAMAGED);
    assert_non_null(strstr(error.message, "fihris rebuild"));
    struct fihris_index_summary summary = rebuild(path, NULL);
    assert_true(summary.published);
    assert_int_equal(summary.snapshot, 3);
    check_same(path, fresh);
    index_into(path, inputs + 1, 1, NULL);
    assert_int_equal(found(path, "خبر"), 500);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    assert_int_equal(path_remove(fresh, NULL), STATUS_OK);
    memory_free(fresh);
    memory_free(path);
}

static uint64_t mentions_in(const char *path)
{
    struct fihris_stats stats;
    struct fihris *archive = open_archive(path);
    fihris_stats(archive, &stats);
    fihris_close(archive);
    return stats.mentions;
}

static void options_change_or_stay(void **state)
{
    const struct world *world = *state;
    const char *const inputs[] = {world->first};
    char *path = scratch_path(&world->scratch, "options");
    char *exceptions = scratch_path(&world->scratch, "exceptions");
    char *none = scratch_path(&world->scratch, "none");
    struct fihris_error error;
    static const char lines[] = "join سوق كتاب\n";
    scratch_write(exceptions, lines, sizeof lines - 1);
    scratch_write(none, "", 0);
    struct fihris_index_options how = {.exceptions = exceptions, .no_entities = true};
    index_into(path, inputs, 1, &how);
    size_t joined = found(path, "كتاب");
    assert_true(joined > 0);
    assert_int_equal(found(path, "سوق"), joined);
    assert_int_equal(mentions_in(path), 0);

    assert_false(rebuild(path, NULL).published); /* all of it stays */
    struct fihris_rebuild_options with = {.entities = FIHRIS_FIND_ENTITIES};
    assert_true(rebuild(path, &with).published);
    assert_true(mentions_in(path) >= 300);
    assert_int_equal(found(path, "سوق"), joined);
    assert_false(rebuild(path, NULL).published);
    struct fihris_rebuild_options without = {.entities = FIHRIS_NO_ENTITIES};
    assert_true(rebuild(path, &without).published);
    assert_int_equal(mentions_in(path), 0);

    struct fihris_rebuild_options fold = {.analyzer = "fold"};
    assert_int_equal(fihris_rebuild(path, &fold, NULL, &error), FIHRIS_USAGE);
    assert_non_null(strstr(error.message, "exceptions"));
    struct fihris_rebuild_options plain = {.exceptions = none};
    assert_true(rebuild(path, &plain).published);
    assert_true(found(path, "سوق") < joined);
    size_t classes = found(path, "سوق");
    assert_true(rebuild(path, &fold).published);
    assert_true(found(path, "سوق") < classes);
    fold.exceptions = exceptions;
    assert_int_equal(fihris_rebuild(path, &fold, NULL, &error), FIHRIS_USAGE);
    struct fihris_rebuild_options unknown = {.analyzer = "nonesuch"};
    assert_int_equal(fihris_rebuild(path, &unknown, NULL, &error), FIHRIS_USAGE);
    struct fihris_rebuild_options back = {.analyzer = "default", .exceptions = exceptions};
    assert_true(rebuild(path, &back).published);
    assert_int_equal(found(path, "سوق"), joined);
    check_sound(path);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(none);
    memory_free(exceptions);
    memory_free(path);
}

static void no_archive_is_made(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "absent");
    struct fihris_error error;
    assert_int_equal(fihris_rebuild(path, NULL, NULL, &error), FIHRIS_NOT_FOUND);
    assert_true(error.message[0] != '\0');
    assert_false(file_exists(path));
    memory_free(path);
}

/* An archive of nothing stays one. */
static void nothing_is_rebuilt_too(void **state)
{
    const struct world *world = *state;
    char *path = scratch_path(&world->scratch, "nothing");
    char *empty = scratch_path(&world->scratch, "empty");
    const char *const inputs[] = {empty};
    assert_int_equal(folder_make(empty, NULL), STATUS_OK);
    index_into(path, inputs, 1, NULL);
    assert_false(rebuild(path, NULL).published);
    age(path);
    struct fihris_index_summary summary = rebuild(path, NULL);
    assert_true(summary.published);
    assert_int_equal(summary.articles, 0);
    assert_int_equal(found(path, "سوق"), 0);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(empty);
    memory_free(path);
}

static bool stop_at(void *context, const struct fihris_progress *progress)
{
    return strcmp(progress->phase, context) != 0;
}

/* Whoever reads goes on; what is stopped leaves all as it was. */
static void readers_and_stops(void **state)
{
    const struct world *world = *state;
    const char *const inputs[] = {world->first, world->second};
    static char phases[][8] = {"learn", "build", "merge", "publish"};
    char *path = scratch_path(&world->scratch, "stopped");
    struct fihris_index_options how = {.analyzer = "fold", .no_merge = true, .shard_bytes = 9000};
    index_into(path, inputs, 1, &how);
    index_into(path, inputs + 1, 1, &how);
    struct fihris *reader = open_archive(path);
    size_t before = hits(reader, "سوق");
    struct fihris_rebuild_options options = {
        .analyzer = "default", .progress = stop_at, .threads = 2};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        struct fihris_error error;
        options.context = phases[i];
        assert_int_equal(fihris_rebuild(path, &options, NULL, &error), FIHRIS_STOPPED);
        assert_int_equal(found(path, "سوق"), before);
        check_sound(path);
    }
    options.progress = NULL;
    struct fihris_index_summary summary = rebuild(path, &options);
    assert_true(summary.published);
    assert_int_equal(summary.shards_resumed, summary.shards);
    assert_true(found(path, "سوق") > before);
    assert_int_equal(hits(reader, "سوق"), before);
    fihris_close(reader);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(path);
}

static int setup(void **state)
{
    static struct world world;
    scratch_make(&world.scratch);
    world.first = scratch_path(&world.scratch, "first.jsonl");
    world.second = scratch_path(&world.scratch, "second.jsonl");
    world.texts = scratch_path(&world.scratch, "texts");
    write_lines(world.first, 0, 300);
    write_lines(world.second, 300, 200);
    write_texts(world.texts);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    memory_free(world->first);
    memory_free(world->second);
    memory_free(world->texts);
    scratch_remove(&world->scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grown_is_as_built_at_once),
        cmocka_unit_test(the_same_again_is_nothing_new),
        cmocka_unit_test(what_was_read_stays_known),
        cmocka_unit_test(an_older_archive_is_brought_up_to_date),
        cmocka_unit_test(options_change_or_stay),
        cmocka_unit_test(no_archive_is_made),
        cmocka_unit_test(nothing_is_rebuilt_too),
        cmocka_unit_test(readers_and_stops),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
