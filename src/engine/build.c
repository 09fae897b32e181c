#include "engine/build.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/view.h"
#include "engine/build_shards.h"
#include "engine/fail.h"
#include "engine/learn.h"
#include "snapshot/publish.h"

/* ---- Before the run ---- */

static double seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

enum status build_begin(struct build *build, const struct fihris_index_options *options,
                        struct fihris_index_summary *summary, struct error *error)
{
    *build = (struct build){
        .options = *options, .summary = summary, .start = seconds_now(), .archive = {.lock = -1}};
    *summary = (struct fihris_index_summary){0};
    manifest_init(&build->live);
    buffer_init(&build->exceptions_text, 4 * EXCEPTIONS_SIZE_MAX);
    timings_start(&build->timings, options->timings);
    return run_progress_init(&build->progress, options->progress, options->context, error);
}

enum status build_read_live(struct build *build, struct error *error)
{
    enum status status = archive_read_current(&build->archive, &build->current, error);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = archive_read_manifest(&build->archive, 0, &build->live, error);
        build->has_live = status == STATUS_OK;
    }
    return status;
}

bool build_live_is_empty(const struct build *build)
{
    struct segment_counts counts;
    uint64_t deleted = 0;
    manifest_counts(&build->live, &counts, &deleted);
    return counts.documents == 0;
}

enum status build_open_model(const struct build *build, const struct manifest_file *file,
                             struct model *model, struct error *error)
{
    char *path = archive_file_path(&build->archive, ARCHIVE_MODELS, &file->digest);
    enum status status =
        path == NULL ? error_no_memory(error, 0) : model_open(path, &file->digest, model, error);
    memory_free(path);
    return status;
}

enum status build_read_exceptions(struct build *build, struct error *error)
{
    const char *path = build->options.exceptions;
    struct exceptions *exceptions = NULL;
    struct file_view view;
    if (path == NULL) {
        return STATUS_OK;
    }
    enum status status = file_view_open(path, &view, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = exceptions_read((const char *)view.bytes, view.size, path, &exceptions, error);
    if (status == STATUS_OK && exceptions != NULL && build->analyser_name != ANALYSER_DEFAULT) {
        status = error_set(error, STATUS_USAGE, "exceptions go with analyzer 'default' only");
    }
    if (status == STATUS_OK) {
        status = exceptions_write(exceptions, &build->exceptions_text, error);
    }
    exceptions_free(exceptions);
    file_view_close(&view);
    return status;
}

enum status build_keep_exceptions(struct build *build, const struct model *model,
                                  struct error *error)
{
    const struct model_bytes *options = &model->content.parts[MODEL_OPTIONS];
    if (options->size > 0 && build->analyser_name != ANALYSER_DEFAULT) {
        return error_set(error, STATUS_USAGE,
                         "the archive has exceptions, which go with analyzer 'default' only: name "
                         "an empty file of exceptions to leave them out");
    }
    struct exceptions *exceptions = NULL;
    enum status status =
        exceptions_read(options->bytes, options->size, "the model", &exceptions, error);
    if (status == STATUS_OK) {
        status = exceptions_write(exceptions, &build->exceptions_text, error);
    }
    exceptions_free(exceptions);
    return status;
}

void build_digest_number(struct digest_stream *stream, uint64_t number)
{
    unsigned char bytes[8];
    store_u64(bytes, number);
    digest_stream_add(stream, bytes, sizeof bytes);
}

void build_digest_string(struct digest_stream *stream, const char *text)
{
    const char *known = text == NULL ? "" : text;
    digest_stream_add(stream, known, strlen(known) + 1);
}

enum status build_digest_plan(struct build *build, const struct digest *inputs, struct error *error)
{
    struct digest_stream *stream = digest_stream_new();
    if (stream == NULL) {
        return error_no_memory(error, 0);
    }
    digest_stream_add(stream, inputs->bytes, DIGEST_SIZE);
    build_digest_string(stream, fihris_version());
    build_digest_string(stream, analyser_name_text(build->analyser_name));
    build_digest_number(stream, ANALYSER_VERSION);
    build_digest_number(stream, BUILD_COMPRESSION_LEVEL);
    build_digest_number(stream, build->options.no_entities);
    build_digest_number(stream, build_merges_shards(build));
    if (build->exceptions_text.size > 0) {
        digest_stream_add(stream, build->exceptions_text.bytes, build->exceptions_text.size);
    }
    build_digest_number(stream, build->plan.shard_count);
    for (uint32_t i = 0; i < build->plan.shard_count; i++) {
        build_digest_number(stream, build->plan.shards[i].input_first);
        build_digest_number(stream, build->plan.shards[i].offset_first);
    }
    if (build->has_live) {
        digest_stream_add(stream, build->current.digest.bytes, DIGEST_SIZE);
    }
    build->plan_digest = digest_stream_value(stream);
    digest_stream_free(stream);
    return STATUS_OK;
}

/* ---- Learn ---- */

static bool learn_progress(void *context, uint64_t bytes, uint64_t total)
{
    (void)total;
    return run_progress_add(context, bytes, 0, 0);
}

static enum status learn_model(struct build *build, struct error *error)
{
    struct buffer evidence;
    struct buffer symbols;
    buffer_init(&evidence, MODEL_SIZE_MAX / 2);
    buffer_init(&symbols, MODEL_SIZE_MAX / 2);
    struct exceptions *exceptions = NULL;
    const struct buffer *text = &build->exceptions_text;
    uint64_t bytes = build->plan.bytes < LEARN_BYTES ? build->plan.bytes : LEARN_BYTES;
    (void)run_progress_phase(&build->progress, "learn", bytes);
    enum status status = exceptions_read((const char *)text->bytes, text->size, "the exceptions",
                                         &exceptions, error);
    struct analyser analyser = {.name = build->analyser_name, .exceptions = exceptions};
    struct learn_options how = {.threads = build->threads,
                                .analyser = &analyser,
                                .clock = build->timings.run,
                                .progress = learn_progress,
                                .context = &build->progress};
    if (status == STATUS_OK) {
        status = learn(&build->feed, &how, &evidence, &symbols, error);
    }
    if (status == STATUS_OK) {
        const char *name = analyser_name_text(build->analyser_name);
        struct model_content content = {
            .analyser_version = ANALYSER_VERSION,
            .parts = {[MODEL_ANALYSER] = {name, strlen(name)},
                      [MODEL_OPTIONS] = {build->exceptions_text.bytes, build->exceptions_text.size},
                      [MODEL_EVIDENCE] = {evidence.bytes, evidence.size},
                      [MODEL_SYMBOLS] = {symbols.bytes, symbols.size}}};
        status = model_write(&build->archive, &content, &build->model_file, error);
    }
    if (status == STATUS_OK) {
        status = building_model_set(&build->building, &build->model_file, error);
    }
    exceptions_free(exceptions);
    buffer_release(&evidence);
    buffer_release(&symbols);
    return status;
}

/* The exceptions of the archive's model, which must be those asked for, if any were. */
static enum status take_exceptions(struct build *build, struct error *error)
{
    const struct model_bytes *options = &build->model.content.parts[MODEL_OPTIONS];
    const struct buffer *wanted = &build->exceptions_text;
    if (build->options.exceptions != NULL &&
        !bytes_equal(options->bytes, options->size, wanted->bytes, wanted->size)) {
        return error_set(
            error, STATUS_USAGE,
            "the archive was made with other exceptions, or none: they are part of it; "
            "'fihris rebuild' makes it anew with these");
    }
    enum status status =
        exceptions_read(options->bytes, options->size, "the model", &build->exceptions, error);
    build->analyser.exceptions = build->exceptions;
    return status == STATUS_OK ? analyser_check_exceptions(&build->analyser, error) : status;
}

/* The archive's own model, or that of the unfinished run, or a new one. */
static enum status get_model(struct build *build, struct error *error)
{
    enum status status = STATUS_OK;
    if (build_extends(build)) {
        build->model_file = build->live.model;
    } else {
        status = building_model_get(&build->building, &build->model_file, error);
        if (status == STATUS_NOT_FOUND) {
            status = learn_model(build, error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = build_open_model(build, &build->model_file, &build->model, error);
    if (status == STATUS_OK) {
        const struct model_bytes *evidence = &build->model.content.parts[MODEL_EVIDENCE];
        build->analyser.name = build->analyser_name;
        status = evidence_open(&build->analyser.evidence, evidence->bytes, evidence->size, error);
    }
    if (status == STATUS_OK) {
        buffer_init(&build->filter, MODEL_SIZE_MAX);
        status = evidence_filter(&build->analyser.evidence, &build->filter, error);
    }
    if (status == STATUS_OK) {
        status = symbol_index_new(&build->model.symbols, &build->symbols, error);
    }
    if (status == STATUS_OK) {
        status = take_exceptions(build, error);
    }
    return status;
}

/* ---- Publish ---- */

static bool publish_step_told(void *context, enum publish_step step, uint64_t done, uint64_t total)
{
    struct build *build = context;
    if (step == PUBLISH_MERGE) {
        let_go_rest(&build->let_go, done);
        return done == 0 ? run_progress_phase(&build->progress, "merge", total)
                         : run_progress_set(&build->progress, done, total);
    }
    return step == PUBLISH_COMMIT ? run_progress_phase(&build->progress, "publish", 0)
                                  : run_progress_add(&build->progress, 0, 0, 0);
}

static enum status publish_run(struct build *build, struct publish_result *result,
                               struct error *error)
{
    struct manifest_analyser analyser = {.version = ANALYSER_VERSION};
    (void)snprintf(analyser.name, sizeof analyser.name, "%s",
                   analyser_name_text(build->analyser_name));
    struct manifest_options options = {.shard_bytes = build->options.shard_bytes,
                                       .entities = !build->options.no_entities,
                                       .compression_level = BUILD_COMPRESSION_LEVEL};
    struct publish_options how = {
        .archive = &build->archive,
        .building = &build->building,
        .shard_count = build->shard_count,
        .unpacked = build_merges_shards(build),
        .distinct = build->shard_count == build->plan.shard_count, /* see repeats_record() */
        .replace = build->replace,
        .inputs = build->inputs,
        .analyser = &analyser,
        .options = &options,
        .model = build->model_file,
        .merge = build->options.no_merge ? MERGE_NONE : MERGE_TIERED,
        .threads = (uint32_t)build->threads,
        .clock = build->timings.run,
        .step = publish_step_told,
        .context = build,
    };
    build->let_go = (struct let_go){.plan = &build->plan};
    phase_enter(build->timings.run, PHASE_PLAN);
    return publish(&how, result, error);
}

/* ---- The whole ---- */

static void sum_shards(const struct build *build)
{
    struct fihris_index_summary *summary = build->summary;
    for (uint32_t i = 0; i < build->shard_count; i++) {
        const struct building_shard *shard = &build->shards[i];
        summary->articles += shard->segment.counts.documents;
        summary->unchanged += shard->unchanged;
        summary->replaced += shard->replaced;
        summary->rejected += shard->segment.counts.rejected + shard->rejected_before;
        summary->repaired += shard->segment.counts.repaired;
        summary->tokens += shard->segment.counts.tokens;
    }
    if (build->shard_count > build->plan.shard_count) {
        /* Read, and then an article with the same id came. */
        summary->articles -= build->shards[build->plan.shard_count].segment.counts.rejected;
    }
    summary->input_bytes = build->input_bytes;
    summary->skipped_files = build->plan.skipped_files;
    summary->shards = build->plan.shard_count;
    summary->threads = (uint32_t)build->threads;
}

/* A full sample has some three million words. */
enum { MODEL_WORDS_ENOUGH = 1000000, OUTGROWN_TIMES = 16 };

static enum status sum_snapshot(const struct build *build, const struct publish_result *result,
                                struct error *error)
{
    struct fihris_index_summary *summary = build->summary;
    summary->snapshot = result->number;
    summary->published = result->published;
    if (result->number == 0) {
        return STATUS_OK;
    }
    struct manifest manifest;
    enum status status = archive_read_manifest(&build->archive, 0, &manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct segment_counts counts;
    uint64_t deleted = 0;
    manifest_counts(&manifest, &counts, &deleted);
    summary->forms = counts.forms;
    summary->entities = counts.entities;
    summary->mentions = counts.mentions;
    summary->snapshot_bytes = manifest_bytes(&manifest);
    summary->model_words = evidence_total(&build->analyser.evidence);
    summary->outgrown = summary->model_words < MODEL_WORDS_ENOUGH &&
                        counts.tokens / OUTGROWN_TIMES > summary->model_words;
    manifest_release(&manifest);
    return STATUS_OK;
}

static enum status check_plan(const struct build *build, struct error *error)
{
    return build->plan.shard_count < BUILDING_SHARDS_MAX
               ? STATUS_OK
               : error_set(
                     error, STATUS_LIMIT,
                     "there are %u shards, at most %u are possible: give a greater shard size",
                     build->plan.shard_count, BUILDING_SHARDS_MAX - 1);
}

enum status build_run(struct build *build, struct error *error)
{
    struct publish_result result = {0};
    enum status status = check_plan(build, error);
    if (status == STATUS_OK) {
        build_choose_threads(build);
        status = building_open(&build->archive, &build->plan_digest, &build->building, error);
    }
    if (status == STATUS_OK) {
        status = build_open_snapshots(build, error);
    }
    if (status == STATUS_OK) {
        status = timings_workers(&build->timings, build->threads, error);
    }
    if (status == STATUS_OK) {
        status = get_model(build, error);
    }
    if (status == STATUS_OK) {
        status = build_shards(build, error);
    }
    build_close_snapshots(build);
    if (status == STATUS_OK) {
        status = publish_run(build, &result, error);
    }
    if (status == STATUS_OK) {
        sum_shards(build);
        status = sum_snapshot(build, &result, error);
    }
    return status;
}

static void build_release(struct build *build)
{
    for (uint32_t i = 0; build->shards != NULL && i < build->shard_count; i++) {
        segment_record_release(&build->shards[i].segment);
    }
    known_ledger_release(&build->known_ledger);
    repeats_release(&build->repeats);
    timings_release(&build->timings);
    memory_free(build->shards);
    exceptions_free(build->exceptions);
    buffer_release(&build->exceptions_text);
    symbol_index_free(build->symbols);
    buffer_release(&build->filter);
    model_close(&build->model);
    building_close(&build->building);
    shard_plan_release(&build->plan);
    manifest_release(&build->live);
    archive_close(&build->archive);
    run_progress_release(&build->progress);
}

static uint64_t peak_memory(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

enum fihris_status build_end(struct build *build, enum status status, const struct error *inner,
                             struct fihris_error *out)
{
    timings_finish(&build->timings, build->summary);
    build->summary->seconds = seconds_now() - build->start;
    build->summary->memory_peak = peak_memory();
    build_release(build);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(out, status, inner);
}
