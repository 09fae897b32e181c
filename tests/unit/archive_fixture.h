#ifndef TEST_ARCHIVE_FIXTURE_H
#define TEST_ARCHIVE_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "index/builder.h"
#include "snapshot/archive.h"
#include "snapshot/building.h"
#include "snapshot/model.h"
#include "snapshot/publish.h"
#include "snapshot/snapshot.h"
#include "snapshot/verify.h"

/* What the engine does, with articles of one word: a run is a list of shards, a shard a list of ids
 * ("a b c"); the text of an article is its id and the version of the run. Functions return
 * statuses, so that they can be used where failures are wanted. Include after <cmocka.h>. */

enum { FIXTURE_SHARDS_MAX = 8, FIXTURE_TEXT_MAX = 3072 };

struct fixture_run {
    unsigned version;
    const char *shards[FIXTURE_SHARDS_MAX]; /* NULL: no more */
    bool rejects;                           /* each shard has a ledger record */
    bool replace;                           /* takes the place of all that is live */
    enum merge_mode merge;
    uint64_t segment_bytes_max;
    uint32_t threads; /* of merging; 0: 1 */
    bool (*step)(void *context, enum publish_step step, uint64_t done, uint64_t total);
    void *context;
    uint32_t built; /* out: shards built, not found finished */
};

static const struct manifest_analyser fixture_analyser = {
    .name = "default", .version = 3, .options = "a=1"};
static const struct manifest_options fixture_options = {
    .shard_bytes = 1000, .entities = true, .compression_level = 3};

static inline enum status fixture_add(struct builder *builder, const char *id, size_t id_size,
                                      unsigned version, struct error *error)
{
    char text[64];
    int size = snprintf(text, sizeof text, "%.*s%u", (int)id_size, id, version);
    struct stored_document stored = {.id = id,
                                     .id_size = id_size,
                                     .source = "",
                                     .url = "",
                                     .date = "",
                                     .extras = "",
                                     .text = text,
                                     .text_size = (size_t)size};
    struct occurrence occurrence = {.position = 0};
    struct builder_document document = {.stored = &stored, .terms = &occurrence, .term_count = 1};
    document.columns[COLUMN_LENGTH] = 1;
    uint32_t number = 0;
    enum status status = builder_form(builder, STORE_TERMS, id, id_size, text, (size_t)size, 0,
                                      &occurrence.form, error);
    if (status == STATUS_OK) {
        status = builder_source(builder, "paper", 5, &number, error);
        document.columns[COLUMN_SOURCE] = number;
    }
    if (status == STATUS_OK) {
        status = builder_input(builder, "input.jsonl", 11, &number, error);
        document.columns[COLUMN_INPUT] = number;
    }
    return status == STATUS_OK ? builder_add(builder, &document, error) : status;
}

static inline enum status fixture_fill(struct builder *builder, const char *ids,
                                       const struct fixture_run *run, struct error *error)
{
    enum status status = STATUS_OK;
    while (*ids != '\0' && status == STATUS_OK) {
        size_t size = strcspn(ids, " ");
        status = fixture_add(builder, ids, size, run->version, error);
        ids += size;
        ids += *ids == ' ';
    }
    if (status == STATUS_OK && run->rejects) {
        struct segment_ledger_record record = {.offset = 7, .detail = "", .act = 0};
        status = builder_input(builder, "bad", 3, &record.input, error);
        if (status == STATUS_OK) {
            status = builder_ledger(builder, &record, error);
        }
    }
    return status;
}

static inline enum status fixture_build(const struct building *building, uint32_t shard,
                                        const char *ids, const struct fixture_run *run,
                                        struct error *error)
{
    struct building_shard content = {.unchanged = shard, .replaced = 2};
    struct builder_options options = {.compression_level = 3, .memory_max = (size_t)64 << 20};
    struct builder *builder = NULL;
    char *path = building_shard_path(building, shard);
    if (path == NULL) {
        return error_no_memory(error, 1);
    }
    enum status status = builder_new(&options, &builder, error);
    if (status == STATUS_OK) {
        status = builder_begin(builder, path, error);
    }
    if (status == STATUS_OK) {
        status = fixture_fill(builder, ids, run, error);
    }
    if (status == STATUS_OK) {
        status =
            builder_finish(builder, 100, &content.segment.counts, &content.segment.seal, error);
    }
    builder_free(builder);
    if (status == STATUS_OK) {
        /* the engine's share of the counts */
        status = building_shard_finish(building, shard, &content, error);
    }
    segment_record_release(&content.segment);
    memory_free(path);
    return status;
}

static inline enum status fixture_learn(const struct archive *archive,
                                        const struct building *building,
                                        struct manifest_file *model, struct error *error)
{
    enum status status = building_model_get(building, model, error);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    struct model_content content = {.analyser_version = 3,
                                    .parts = {[MODEL_ANALYSER] = {"default", 7},
                                              [MODEL_OPTIONS] = {"a=1", 3},
                                              [MODEL_EVIDENCE] = {"evidence", 8},
                                              [MODEL_SYMBOLS] = {"", 0}}};
    status = model_write(archive, &content, model, error);
    return status == STATUS_OK ? building_model_set(building, model, error) : status;
}

static inline enum status fixture_shards(const struct building *building, struct fixture_run *run,
                                         uint32_t *count, struct error *error)
{
    enum status status = STATUS_OK;
    run->built = 0;
    *count = 0;
    while (*count < FIXTURE_SHARDS_MAX && run->shards[*count] != NULL && status == STATUS_OK) {
        bool finished = false;
        struct building_shard content;
        status = building_shard_check(building, *count, &finished, &content, error);
        if (status == STATUS_OK && finished) {
            segment_record_release(&content.segment);
        } else if (status == STATUS_OK) {
            run->built++;
            status = fixture_build(building, *count, run->shards[*count], run, error);
        }
        *count += 1;
    }
    return status;
}

/* The digest of the plan covers the run and what is live. */
static inline struct digest fixture_plan(const struct archive *archive,
                                         const struct fixture_run *run)
{
    char text[FIXTURE_TEXT_MAX];
    struct archive_current current = {.number = 0};
    (void)(archive_read_current(archive, &current, NULL) == STATUS_OK);
    int size = snprintf(text, sizeof text, "%u %u %d %d", current.number, run->version,
                        run->rejects, run->replace);
    for (size_t i = 0; i < FIXTURE_SHARDS_MAX && run->shards[i] != NULL; i++) {
        size += snprintf(text + size, sizeof text - (size_t)size, "|%s", run->shards[i]);
    }
    return digest_of(text, (size_t)size);
}

/* One whole run, as the command does it. */
static inline enum status fixture_index(const char *path, struct fixture_run *run,
                                        struct publish_result *result, struct error *error)
{
    struct archive archive;
    struct building building = {.path = NULL};
    struct manifest_file model = {.size = 0};
    uint32_t count = 0;
    enum status status = archive_open_writer(path, &archive, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct digest plan = fixture_plan(&archive, run);
    status = building_open(&archive, &plan, &building, error);
    if (status == STATUS_OK) {
        status = fixture_learn(&archive, &building, &model, error);
    }
    if (status == STATUS_OK) {
        status = fixture_shards(&building, run, &count, error);
    }
    if (status == STATUS_OK) {
        struct publish_options options = {.archive = &archive,
                                          .building = &building,
                                          .shard_count = count,
                                          .replace = run->replace,
                                          .inputs = {.count = 1, .bytes = 10},
                                          .analyser = &fixture_analyser,
                                          .options = &fixture_options,
                                          .model = model,
                                          .merge = run->merge,
                                          .segment_bytes_max = run->segment_bytes_max,
                                          .threads = run->threads == 0 ? 1 : run->threads,
                                          .step = run->step,
                                          .context = run->context};
        status = publish(&options, result, error);
    }
    building_close(&building);
    archive_close(&archive);
    return status;
}

static inline enum status fixture_merge(const char *path, struct publish_result *result,
                                        struct error *error)
{
    struct archive archive;
    enum status status = archive_open_writer(path, &archive, error);
    if (status == STATUS_OK) {
        struct publish_options options = {.archive = &archive, .merge = MERGE_ALL, .threads = 2};
        status = publish(&options, result, error);
    }
    archive_close(&archive);
    return status;
}

/* Writes the texts of all live documents of a snapshot, in order, each with a blank behind. */
static inline enum status fixture_texts(const struct snapshot *snapshot,
                                        char text[FIXTURE_TEXT_MAX], struct error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, 1 << 20);
    enum status status = STATUS_OK;
    size_t size = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < snapshot->manifest.segment_count; i++) {
        struct segment *segment = snapshot->segments[i];
        const struct deletion_list *deleted = &snapshot->deletions.lists[i];
        uint32_t at = 0;
        for (doc_id k = 0; k < segment_counts(segment)->documents && status == STATUS_OK; k++) {
            if (at < deleted->count && deleted->documents[at] == k) {
                at++;
                continue;
            }
            struct stored_document document;
            status = segment_document(segment, k, &bytes, error);
            if (status == STATUS_OK) {
                status = stored_document_read(bytes.bytes, bytes.size, &document, error);
            }
            if (status == STATUS_OK) {
                size += (size_t)snprintf(text + size, FIXTURE_TEXT_MAX - size, "%.*s ",
                                         (int)document.text_size, document.text);
            }
        }
    }
    buffer_release(&bytes);
    return status;
}

/* The same of a snapshot of an archive; 0: the live one. */
static inline enum status fixture_live(const char *path, uint32_t number,
                                       char text[FIXTURE_TEXT_MAX], struct error *error)
{
    struct archive archive;
    struct snapshot snapshot;
    enum status status = archive_open(path, &archive, error);
    if (status == STATUS_OK) {
        status = snapshot_open(&archive, number, &snapshot, error);
        if (status == STATUS_OK) {
            status = fixture_texts(&snapshot, text, error);
            snapshot_close(&snapshot);
        }
    }
    archive_close(&archive);
    return status;
}

static inline void fixture_problem(void *context, const char *message)
{
    (void)message;
    *(unsigned *)context += 1;
}

/* Problems that verify finds in the live snapshot. */
static inline unsigned fixture_problems(const char *path)
{
    unsigned problems = 0;
    struct archive archive;
    struct verify_options options = {.problem = fixture_problem, .context = &problems};
    if (archive_open(path, &archive, NULL) != STATUS_OK) {
        return 1;
    }
    enum status status = verify_snapshot(&archive, &options, NULL);
    assert_true((status == STATUS_OK) == (problems == 0));
    archive_close(&archive);
    return problems;
}

#endif
