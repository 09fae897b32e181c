#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/stored.h"
#include "engine/stored_reader.h"
#include "fihris.h"
#include "random.h"
#include "scratch.h"
#include "snapshot/archive.h"

/* Archives of random runs, listed, cut and read in shards of any size, against one plain pass over
 * their segments: every live document once and in order, every record of the ledger too, and all
 * bytes of the inputs. */

enum { TEXT_MAX = 1 << 18, FILES = 4, ROUNDS = 12 };

/* What was read: lines of one document or record each. */
struct told {
    char *documents;
    size_t documents_size;
    char *ledger;
    size_t ledger_size;
    const struct stored *stored;
};

static void told_init(struct told *told)
{
    *told = (struct told){.documents = memory_zalloc(TEXT_MAX, 1),
                          .ledger = memory_zalloc(TEXT_MAX, 1)};
    assert_non_null(told->documents);
    assert_non_null(told->ledger);
}

static void told_clear(struct told *told)
{
    told->documents_size = 0;
    told->ledger_size = 0;
    told->documents[0] = '\0';
    told->ledger[0] = '\0';
}

static void told_release(struct told *told)
{
    memory_free(told->documents);
    memory_free(told->ledger);
}

static void tell_document(struct told *told, const struct stored_document *stored, uint64_t day,
                          const char *path, size_t path_size, uint64_t offset)
{
    told->documents_size +=
        (size_t)snprintf(told->documents + told->documents_size, TEXT_MAX - told->documents_size,
                         "%.*s %.*s %.*s %llu %.*s:%llu %.*s\n", (int)stored->id_size, stored->id,
                         (int)stored->source_size, stored->source, (int)stored->date_size,
                         stored->date, (unsigned long long)day, (int)path_size, path,
                         (unsigned long long)offset, (int)stored->text_size, stored->text);
    assert_true(told->documents_size < TEXT_MAX - 1);
}

static void tell_record(struct told *told, const struct ledger_entry *entry, const char *path,
                        size_t path_size)
{
    told->ledger_size += (size_t)snprintf(
        told->ledger + told->ledger_size, TEXT_MAX - told->ledger_size, "%d %d %.*s:%llu %llu %s\n",
        (int)entry->act, (int)entry->reason, (int)path_size, path,
        (unsigned long long)entry->offset, (unsigned long long)entry->bytes, entry->detail);
    assert_true(told->ledger_size < TEXT_MAX - 1);
}

static enum status take_record(void *context, const struct ledger_entry *entry, struct error *error)
{
    (void)error;
    struct told *told = context;
    const char *path = told->stored->inputs[entry->input].path;
    tell_record(told, entry, path, strlen(path));
    return STATUS_OK;
}

/* ---- The plain pass ---- */

static void pass_documents(const struct snapshot *snapshot, uint32_t number, struct told *told)
{
    struct segment *segment = snapshot->segments[number];
    const struct deletion_list *deleted = &snapshot->deletions.lists[number];
    struct buffer bytes;
    buffer_init(&bytes, TEXT_MAX);
    for (doc_id i = 0, at = 0; i < segment_counts(segment)->documents; i++) {
        struct stored_document stored;
        uint64_t columns[COLUMN_COUNT];
        const char *path = NULL;
        size_t path_size = 0;
        if (at < deleted->count && deleted->documents[at] == i) {
            at++;
            continue;
        }
        assert_int_equal(segment_document(segment, i, &bytes, NULL), STATUS_OK);
        assert_int_equal(stored_document_read(bytes.bytes, bytes.size, &stored, NULL), STATUS_OK);
        for (int k = 0; k < COLUMN_COUNT; k++) {
            assert_int_equal(segment_column(segment, (enum segment_column)k, i, &columns[k], NULL),
                             STATUS_OK);
        }
        assert_int_equal(segment_name(segment, STORE_INPUTS, (uint32_t)columns[COLUMN_INPUT], &path,
                                      &path_size, NULL),
                         STATUS_OK);
        tell_document(told, &stored, columns[COLUMN_DAY], path, path_size, columns[COLUMN_OFFSET]);
    }
    buffer_release(&bytes);
}

static void pass_ledger(const struct snapshot *snapshot, uint32_t number, struct told *told)
{
    const struct segment *segment = snapshot->segments[number];
    struct table_cursor cursor;
    bool found = false;
    assert_int_equal(
        table_cursor_seek(&cursor, segment_store(segment), STORE_LEDGER, NULL, 0, &found, NULL),
        STATUS_OK);
    while (found) {
        struct segment_ledger_record record;
        char detail[300];
        const char *path = NULL;
        size_t path_size = 0;
        assert_int_equal(segment_ledger_read(cursor.value, cursor.value_size, &record, NULL),
                         STATUS_OK);
        (void)snprintf(detail, sizeof detail, "%.*s", (int)record.detail_size, record.detail);
        assert_int_equal(segment_name(segment, STORE_INPUTS, record.input, &path, &path_size, NULL),
                         STATUS_OK);
        struct ledger_entry entry = {.act = (enum ledger_act)record.act,
                                     .reason = (enum ledger_reason)record.reason,
                                     .offset = record.offset,
                                     .bytes = record.bytes,
                                     .detail = detail};
        tell_record(told, &entry, path, path_size);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
}

static uint64_t pass(const struct snapshot *snapshot, struct told *told)
{
    uint64_t bytes = 0;
    told_clear(told);
    for (uint32_t i = 0; i < snapshot->manifest.segment_count; i++) {
        pass_documents(snapshot, i, told);
        pass_ledger(snapshot, i, told);
        bytes += segment_counts(snapshot->segments[i])->input_bytes;
    }
    return bytes;
}

/* ---- In shards ---- */

static uint64_t read_shard(const struct snapshot *snapshot, const struct shard *shard,
                           struct told *told)
{
    struct stored_reader *reader = NULL;
    bool found = true;
    uint64_t before = 0;
    assert_int_equal(
        stored_reader_open(told->stored, snapshot, shard, take_record, told, &reader, NULL),
        STATUS_OK);
    while (found) {
        struct article article;
        assert_int_equal(stored_reader_next(reader, &article, &found, NULL), STATUS_OK);
        assert_true(stored_reader_bytes(reader) >= before);
        before = stored_reader_bytes(reader);
        if (found) {
            struct stored_document stored = {.id = article.id,
                                             .id_size = article.id_size,
                                             .source = article.source,
                                             .source_size = article.source_size,
                                             .date = article.date,
                                             .date_size = article.date_size,
                                             .text = article.text,
                                             .text_size = article.text_size};
            const char *path = told->stored->inputs[article.input].path;
            tell_document(told, &stored, article.day, path, strlen(path), article.offset);
        }
    }
    stored_reader_close(reader);
    return before;
}

static void check_shards(const struct snapshot *snapshot, const struct stored *stored,
                         uint64_t shard_bytes, const struct told *wanted)
{
    struct shard_plan plan;
    struct told told;
    uint64_t bytes = 0;
    told_init(&told);
    told.stored = stored;
    assert_int_equal(shard_plan_cut(stored->inputs, stored->count, shard_bytes, &plan, NULL),
                     STATUS_OK);
    for (uint32_t i = 0; i < plan.shard_count; i++) {
        bytes += read_shard(snapshot, &plan.shards[i], &told);
    }
    assert_string_equal(told.documents, wanted->documents);
    assert_string_equal(told.ledger, wanted->ledger);
    assert_int_equal(bytes, stored->bytes);
    shard_plan_release(&plan);
    told_release(&told);
}

static void check_archive(const char *path)
{
    struct archive archive;
    struct snapshot snapshot;
    struct stored stored;
    struct told wanted;
    told_init(&wanted);
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(snapshot_open(&archive, 0, &snapshot, NULL), STATUS_OK);
    assert_int_equal(stored_list(&snapshot, &stored, NULL), STATUS_OK);
    uint64_t bytes = pass(&snapshot, &wanted);
    static const uint64_t sizes[] = {1, 50, 333, 1000, 4096, 20000, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_shards(&snapshot, &stored, sizes[i], &wanted);
    }
    assert_int_equal(stored.bytes, bytes);
    stored_release(&stored);
    snapshot_close(&snapshot);
    archive_close(&archive);
    told_release(&wanted);
}

/* ---- Archives ---- */

/* Lines with ids among a few, so that they repeat; some are broken, some blank. */
static void write_file(uint64_t *random, const char *path, const char *mode, unsigned count)
{
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    for (unsigned i = 0; i < count; i++) {
        unsigned kind = random_below(random, 12);
        unsigned id = random_below(random, 60);
        if (kind == 0) {
            (void)fprintf(file, "broken %u\n", id);
        } else if (kind == 1) {
            (void)fprintf(file, "\n");
        } else {
            (void)fprintf(file, "{\"id\":\"%u\",\"source\":\"s%u\",\"date\":\"%s\",\"body\":\"%u",
                          id, id % 3, kind == 2 ? "nonsense" : "2020-01", random_below(random, 4));
            for (unsigned k = random_below(random, 40); k > 0; k--) {
                (void)fprintf(file, " سوق");
            }
            (void)fprintf(file, "\"}\n");
        }
    }
    assert_int_equal(fclose(file), 0);
}

static void index_some(uint64_t *random, const char *path, char *const files[FILES])
{
    const char *inputs[FILES];
    size_t count = 0;
    for (size_t i = 0; i < FILES; i++) {
        if (random_below(random, 2) == 0) {
            inputs[count++] = files[i];
        }
    }
    struct fihris_index_options options = {.threads = 2,
                                           .shard_bytes = 100 + random_below(random, 8000),
                                           .no_merge = random_below(random, 2) == 0};
    struct fihris_error error = {.status = FIHRIS_OK};
    if (fihris_index(path, inputs, count, &options, NULL, &error) != FIHRIS_OK) {
        fail_msg("%s", error.message);
    }
}

static void random_archives_as_a_plain_pass(void **state)
{
    uint64_t random = 5;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char *path = scratch_path(*state, "random");
        char *files[FILES];
        for (size_t i = 0; i < FILES; i++) {
            char name[16];
            (void)snprintf(name, sizeof name, "%zu.jsonl", i);
            files[i] = scratch_path(*state, name);
            write_file(&random, files[i], "wb", random_below(&random, 40));
        }
        for (unsigned run = random_below(&random, 6) + 1; run > 0; run--) {
            index_some(&random, path, files);
            check_archive(path);
            /* Some grow, some become others. */
            write_file(&random, files[random_below(&random, FILES)], "ab", 10);
            write_file(&random, files[random_below(&random, FILES)], "wb", 20);
        }
        if (random_below(&random, 2) == 0) {
            assert_int_equal(fihris_merge(path, 1, NULL), FIHRIS_OK);
            check_archive(path);
        }
        for (size_t i = 0; i < FILES; i++) {
            memory_free(files[i]);
        }
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
        memory_free(path);
    }
}

/* Sizes are those of the files where the archive tells them. */
static void sizes_are_those_of_the_files(void **state)
{
    static const struct {
        bool no_merge;
        uint64_t shard_bytes;
    } rows[] = {{false, 0}, {true, 0}, {true, 900}, {true, 5000}, {false, 900}};
    uint64_t random = 3;
    char *path = scratch_path(*state, "sizes");
    char *file = scratch_path(*state, "sizes.jsonl");
    const char *const inputs[] = {file};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct archive archive;
        struct snapshot snapshot;
        struct stored stored;
        struct fihris_index_options options = {.no_merge = rows[i].no_merge,
                                               .shard_bytes = rows[i].shard_bytes};
        FILE *out = fopen(file, "wb");
        assert_non_null(out);
        for (unsigned k = 0; k < 50; k++) {
            (void)fprintf(out, "{\"id\":\"%u\",\"body\":\"%0*u نص\"}\n", k,
                          (int)random_below(&random, 200) + 1, k);
        }
        uint64_t size = (uint64_t)ftell(out);
        assert_int_equal(fclose(out), 0);
        assert_int_equal(fihris_index(path, inputs, 1, &options, NULL, NULL), FIHRIS_OK);
        assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
        assert_int_equal(snapshot_open(&archive, 0, &snapshot, NULL), STATUS_OK);
        assert_int_equal(stored_list(&snapshot, &stored, NULL), STATUS_OK);
        assert_int_equal(stored.count, 1);
        assert_string_equal(stored.inputs[0].path, file);
        /* A last shard without the beginning of a line is left out, its bytes too. */
        uint64_t told = 0;
        for (uint32_t k = 0; k < snapshot.manifest.segment_count; k++) {
            told += segment_counts(snapshot.segments[k])->input_bytes;
        }
        assert_true(told == size || rows[i].shard_bytes == 900);
        assert_int_equal(stored.inputs[0].size, told);
        assert_int_equal(stored.parts[0].document_bytes, 0);
        assert_int_equal(stored.parts[0].stretch_end, snapshot.manifest.segment_count);
        stored_release(&stored);
        snapshot_close(&snapshot);
        archive_close(&archive);
        assert_int_equal(path_remove(path, NULL), STATUS_OK);
    }
    memory_free(file);
    memory_free(path);
}

/* A few articles of a large file stand side by side. */
static void sparse_inputs_are_not_large(void **state)
{
    char *path = scratch_path(*state, "sparse");
    char *file = scratch_path(*state, "sparse.jsonl");
    const char *const inputs[] = {file};
    for (unsigned run = 0; run < 2; run++) {
        FILE *out = fopen(file, "wb");
        assert_non_null(out);
        for (unsigned i = 0; i < 2000; i++) {
            bool changed = run == 1 && i % 400 == 7;
            (void)fprintf(out, "{\"id\":\"%u\",\"body\":\"%s %060u\"}\n", i,
                          changed ? "جديد" : "قديم", i);
        }
        assert_int_equal(fclose(out), 0);
        assert_int_equal(fihris_index(path, inputs, 1, NULL, NULL, NULL), FIHRIS_OK);
    }
    struct archive archive;
    struct snapshot snapshot;
    struct stored stored;
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(snapshot_open(&archive, 0, &snapshot, NULL), STATUS_OK);
    assert_int_equal(stored_list(&snapshot, &stored, NULL), STATUS_OK);
    assert_int_equal(snapshot.manifest.segment_count, 2);
    assert_int_equal(stored.count, 2);
    assert_true(stored.inputs[0].size > 2000 * 80);
    assert_true(stored.parts[1].document_bytes > 60 && stored.parts[1].document_bytes < 120);
    assert_int_equal(stored.inputs[1].size, 5 * stored.parts[1].document_bytes);
    assert_true(stored.parts[1].more_bytes > stored.inputs[0].size / 2);
    stored_release(&stored);
    snapshot_close(&snapshot);
    archive_close(&archive);
    check_archive(path);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(file);
    memory_free(path);
}

static int setup(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_archives_as_a_plain_pass),
        cmocka_unit_test(sizes_are_those_of_the_files),
        cmocka_unit_test(sparse_inputs_are_not_large),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
