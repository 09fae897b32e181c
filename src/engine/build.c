#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/thread.h"
#include "engine/fail.h"
#include "engine/handle.h"
#include "engine/known_ledger.h"
#include "engine/learn.h"
#include "engine/repeats.h"
#include "engine/run_progress.h"
#include "engine/spool.h"
#include "engine/timings.h"
#include "engine/worker.h"
#include "entity/tagger.h"
#include "snapshot/building.h"
#include "snapshot/publish.h"

/* fihris_index(): plan, learn, build, publish. Everything that decides the bytes of a shard goes
 * into the plan's digest, which names the working folder: so a run that was cut off goes on, and a
 * run with anything else begins anew. */

enum { COMPRESSION_LEVEL = 3 };
#define MEMORY_DEFAULT    ((uint64_t)1 << 30)
#define SHARD_MEMORY_MAX  ((size_t)4 << 30) /* beyond it a shard fails: no text comes near */
#define MEMORY_FIXED      ((uint64_t)96 << 20)
#define MEMORY_PER_BYTE   4u /* of shard: what building and inverting it takes, measured */
#define MEMORY_PER_WORKER ((uint64_t)48 << 20)

struct build {
    const struct fihris_index_options *options;
    struct fihris_index_summary *summary;
    struct archive archive;
    struct manifest live; /* empty before the first snapshot */
    bool has_live;
    struct archive_current current;
    const char **paths; /* the inputs, "-" replaced by the spool */
    size_t path_count;
    struct spool spool;
    struct plan_options plan_options;
    struct shard_plan plan;
    struct digest plan_digest;
    struct building building;
    struct manifest_file model_file;
    struct model model;
    enum analyser_name analyser_name;
    struct analyser analyser;
    struct buffer exceptions_text; /* as the options ask for, in canonical form */
    struct exceptions *exceptions; /* as the model says */
    size_t threads;
    struct worker_setup setup;
    struct worker **workers;
    struct snapshot *known; /* one a thread: the live snapshot, to know what is unchanged */
    struct known_ledger known_ledger;
    struct building_shard *shards; /* shard_count of them */
    uint32_t shard_count;          /* the plan's, and one for what repeats */
    struct repeats repeats;
    struct run_progress progress;
    struct timings timings;
};

/* ---- Plan ---- */

static enum status open_archive(struct build *build, const char *path, struct error *error)
{
    enum status status = archive_open_writer(path, &build->archive, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = archive_read_current(&build->archive, &build->current, error);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = archive_read_manifest(&build->archive, 0, &build->live, error);
        build->has_live = status == STATUS_OK;
    }
    return status;
}

static enum status choose_analyser(struct build *build, struct error *error)
{
    const char *wanted = build->options->analyzer;
    if (build->has_live && wanted != NULL && strcmp(wanted, build->live.analyser.name) != 0) {
        return error_set(error, STATUS_USAGE,
                         "the archive was made with analyzer '%s' and cannot go on with '%s'",
                         build->live.analyser.name, wanted);
    }
    const char *name = build->has_live ? build->live.analyser.name : wanted;
    return analyser_name_parse(name == NULL ? "default" : name, &build->analyser_name, error);
}

/* Reads the file of exceptions, if any, into build->exceptions_text. */
static enum status read_exceptions(struct build *build, struct error *error)
{
    const char *path = build->options->exceptions;
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

/* The exceptions of the archive's model, which must be those asked for, if any were. */
static enum status take_exceptions(struct build *build, struct error *error)
{
    const struct model_bytes *options = &build->model.content.parts[MODEL_OPTIONS];
    const struct buffer *wanted = &build->exceptions_text;
    if (build->options->exceptions != NULL &&
        !bytes_equal(options->bytes, options->size, wanted->bytes, wanted->size)) {
        return error_set(error, STATUS_USAGE,
                         "the archive was made with other exceptions, or none: they are part of it "
                         "and cannot change");
    }
    enum status status =
        exceptions_read(options->bytes, options->size, "the model", &build->exceptions, error);
    build->analyser.exceptions = build->exceptions;
    return status == STATUS_OK ? analyser_check_exceptions(&build->analyser, error) : status;
}

static enum status take_inputs(struct build *build, const char *const *inputs, size_t count,
                               struct error *error)
{
    build->paths = memory_zalloc(count, sizeof *build->paths);
    if (build->paths == NULL) {
        return error_no_memory(error, count * sizeof *build->paths);
    }
    build->path_count = count;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        build->paths[i] = inputs[i];
        if (strcmp(inputs[i], "-") != 0) {
            continue;
        }
        if (build->spool.descriptor >= 0) {
            return error_set(error, STATUS_USAGE, "standard input ('-') can be given once");
        }
        char *folder = archive_folder_path(&build->archive, ARCHIVE_BUILDING);
        status =
            folder == NULL ? error_no_memory(error, 0) : spool_open(&build->spool, folder, error);
        memory_free(folder);
        build->paths[i] = build->spool.path;
    }
    return status;
}

static void digest_number(struct digest_stream *stream, uint64_t number)
{
    unsigned char bytes[8];
    store_u64(bytes, number);
    digest_stream_add(stream, bytes, sizeof bytes);
}

static void digest_string(struct digest_stream *stream, const char *text)
{
    const char *known = text == NULL ? "" : text;
    digest_stream_add(stream, known, strlen(known) + 1);
}

static bool is_spool(const struct build *build, const struct input *input)
{
    return build->spool.descriptor >= 0 && strcmp(input->path, build->spool.path) == 0;
}

/* `times`: with the files' times, which tell that a file may have changed, but have no place in a
 * manifest. */
static enum status digest_inputs(const struct build *build, bool times, struct digest *digest,
                                 struct error *error)
{
    struct digest_stream *stream = digest_stream_new();
    if (stream == NULL) {
        return error_no_memory(error, 0);
    }
    for (uint32_t i = 0; i < build->plan.input_count; i++) {
        const struct input *input = &build->plan.inputs[i];
        digest_string(stream, is_spool(build, input) ? "-" : input->path);
        digest_string(stream, input->id);
        digest_string(stream, input->source);
        digest_number(stream, input->size);
        digest_number(stream, (uint64_t)input->kind);
        if (is_spool(build, input)) {
            digest_stream_add(stream, build->spool.digest.bytes, DIGEST_SIZE);
        } else if (times) {
            digest_number(stream, (uint64_t)input->modified_ns);
        }
    }
    *digest = digest_stream_value(stream);
    digest_stream_free(stream);
    return STATUS_OK;
}

static enum status digest_plan(struct build *build, struct error *error)
{
    struct digest inputs;
    enum status status = digest_inputs(build, true, &inputs, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct digest_stream *stream = digest_stream_new();
    if (stream == NULL) {
        return error_no_memory(error, 0);
    }
    digest_stream_add(stream, inputs.bytes, DIGEST_SIZE);
    digest_string(stream, fihris_version());
    digest_string(stream, analyser_name_text(build->analyser_name));
    digest_number(stream, ANALYSER_VERSION);
    digest_number(stream, COMPRESSION_LEVEL);
    digest_number(stream, build->options->no_entities);
    if (build->exceptions_text.size > 0) {
        digest_stream_add(stream, build->exceptions_text.bytes, build->exceptions_text.size);
    }
    digest_number(stream, build->plan.shard_count);
    for (uint32_t i = 0; i < build->plan.shard_count; i++) {
        digest_number(stream, build->plan.shards[i].input_first);
        digest_number(stream, build->plan.shards[i].offset_first);
    }
    if (build->has_live) {
        digest_stream_add(stream, build->current.digest.bytes, DIGEST_SIZE);
    }
    build->plan_digest = digest_stream_value(stream);
    digest_stream_free(stream);
    return STATUS_OK;
}

static enum status make_plan(struct build *build, const char *const *inputs, size_t count,
                             struct error *error)
{
    enum status status = choose_analyser(build, error);
    if (status == STATUS_OK) {
        status = read_exceptions(build, error);
    }
    if (status == STATUS_OK) {
        status = take_inputs(build, inputs, count, error);
    }
    build->plan_options = (struct plan_options){
        .source = build->options->source,
        .shard_bytes = build->options->shard_bytes,
        .standard_input = build->spool.descriptor >= 0 ? build->spool.path : NULL};
    if (status == STATUS_OK) {
        status = shard_plan_make(build->paths, build->path_count, &build->plan_options,
                                 &build->plan, error);
    }
    if (status == STATUS_OK && build->plan.shard_count >= BUILDING_SHARDS_MAX) {
        status = error_set(error, STATUS_LIMIT,
                           "the inputs make %u shards, at most %u are possible: give a greater "
                           "shard size or index them in several runs",
                           build->plan.shard_count, BUILDING_SHARDS_MAX - 1);
    }
    if (status == STATUS_OK) {
        status = digest_plan(build, error);
    }
    return status;
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
    struct buffer dictionary;
    buffer_init(&evidence, MODEL_SIZE_MAX / 2);
    buffer_init(&dictionary, MODEL_SIZE_MAX / 2);
    uint64_t bytes = build->plan.bytes < LEARN_BYTES ? build->plan.bytes : LEARN_BYTES;
    (void)run_progress_phase(&build->progress, "learn", bytes);
    struct learn_options how = {.threads = build->threads,
                                .clock = build->timings.run,
                                .progress = learn_progress,
                                .context = &build->progress};
    enum status status = learn(build->paths, build->path_count, &build->plan_options, &how,
                               &evidence, &dictionary, error);
    if (status == STATUS_OK) {
        const char *name = analyser_name_text(build->analyser_name);
        struct model_content content = {
            .analyser_version = ANALYSER_VERSION,
            .parts = {[MODEL_ANALYSER] = {name, strlen(name)},
                      [MODEL_OPTIONS] = {build->exceptions_text.bytes, build->exceptions_text.size},
                      [MODEL_EVIDENCE] = {evidence.bytes, evidence.size},
                      [MODEL_DICTIONARY] = {dictionary.bytes, dictionary.size}}};
        status = model_write(&build->archive, &content, &build->model_file, error);
    }
    if (status == STATUS_OK) {
        status = building_model_set(&build->building, &build->model_file, error);
    }
    buffer_release(&evidence);
    buffer_release(&dictionary);
    return status;
}

/* The archive's own model, or that of the unfinished run, or a new one. */
static enum status get_model(struct build *build, struct error *error)
{
    enum status status = STATUS_OK;
    if (build->has_live) {
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
    char *path = archive_file_path(&build->archive, ARCHIVE_MODELS, &build->model_file.digest);
    status = path == NULL ? error_no_memory(error, 0)
                          : model_open(path, &build->model_file.digest, &build->model, error);
    memory_free(path);
    if (status == STATUS_OK) {
        const struct model_bytes *evidence = &build->model.content.parts[MODEL_EVIDENCE];
        build->analyser.name = build->analyser_name;
        status = evidence_open(&build->analyser.evidence, evidence->bytes, evidence->size, error);
    }
    if (status == STATUS_OK) {
        status = take_exceptions(build, error);
    }
    return status;
}

/* ---- Build ---- */

static uint64_t largest_shard(const struct shard_plan *plan)
{
    uint64_t largest = 0;
    for (uint32_t i = 0; i < plan->shard_count; i++) {
        largest = plan->shards[i].bytes > largest ? plan->shards[i].bytes : largest;
    }
    return largest;
}

/* Each thread opens every segment of the live snapshot, an input, and what it makes. */
static uint64_t threads_by_descriptors(const struct build *build)
{
    enum { OWN = 32, OF_THREAD = 4 };
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= OWN) {
        return 1;
    }
    return (limit.rlim_cur - OWN) / (build->live.segment_count + OF_THREAD);
}

/* As many threads as asked for, as there are shards, and as fit into the memory and into the number
 * of files that may be open. */
static void choose_threads(struct build *build)
{
    uint64_t memory = build->options->memory == 0 ? MEMORY_DEFAULT : build->options->memory;
    uint64_t wanted = build->options->threads == 0 ? thread_processors() : build->options->threads;
    uint64_t each = largest_shard(&build->plan) * MEMORY_PER_BYTE + MEMORY_PER_WORKER;
    uint64_t fitting = memory > MEMORY_FIXED ? (memory - MEMORY_FIXED) / each : 0;
    uint64_t threads = wanted < fitting ? wanted : fitting;
    uint64_t opening = threads_by_descriptors(build);
    threads = threads < opening ? threads : opening;
    threads = threads > build->plan.shard_count ? build->plan.shard_count : threads;
    build->threads = threads == 0 ? 1 : (size_t)threads;
    (void)run_progress_plan(&build->progress, MEMORY_FIXED + build->threads * each,
                            (uint32_t)build->threads);
}

static enum status find_known(void *context, size_t worker, const char *id, size_t id_size,
                              struct known_document *known, struct error *error)
{
    struct build *build = context;
    const struct snapshot *snapshot = &build->known[worker];
    for (uint32_t i = snapshot->manifest.segment_count; i-- > 0;) {
        doc_id document = 0;
        enum status status = segment_find_id(snapshot->segments[i], id, id_size, &document, error);
        if (status == STATUS_NOT_FOUND) {
            continue;
        }
        if (status == STATUS_OK) {
            /* The last segment that has the id holds the live one; what is deleted lies before it.
             */
            known->found = true;
            status = segment_column(snapshot->segments[i], COLUMN_DIGEST, document, &known->digest,
                                    error);
        }
        return status;
    }
    return STATUS_OK;
}

static bool build_progress(void *context, uint64_t bytes, uint64_t articles, uint64_t rejected)
{
    struct build *build = context;
    return run_progress_add(&build->progress, bytes, articles, rejected);
}

static enum status make_shard(struct build *build, size_t worker, uint32_t shard,
                              const struct repeat_drops *drops, struct error *error)
{
    struct worker_result result = {0};
    char *path = building_shard_path(&build->building, shard);
    if (path == NULL) {
        return error_no_memory(error, 0);
    }
    enum status status = STATUS_OK;
    if (build->workers[worker] == NULL) {
        status = worker_new(&build->setup, worker, &build->workers[worker], error);
    }
    if (status == STATUS_OK) {
        status = worker_run(build->workers[worker], shard, drops, path, &result, error);
    }
    memory_free(path);
    if (status != STATUS_OK) {
        return status;
    }
    build->shards[shard] =
        (struct building_shard){.segment = {.seal = result.seal, .counts = result.counts},
                                .unchanged = result.unchanged,
                                .replaced = result.replaced,
                                .rejected_before = result.rejected_before};
    status = repeat_notes_write(result.notes, &build->building, shard, error);
    return status != STATUS_OK
               ? status
               : building_shard_finish(&build->building, shard, &build->shards[shard], error);
}

static enum status run_shard(struct build *build, size_t worker, uint32_t shard,
                             const struct repeat_drops *drops, struct error *error)
{
    struct phase_clock *clock = timings_worker(&build->timings, worker);
    phase_clock_start(clock, PHASE_REST, false);
    enum status status = make_shard(build, worker, shard, drops, error);
    phase_clock_stop(clock);
    return status;
}

static enum status build_shard(void *context, size_t worker, size_t job, struct error *error)
{
    struct build *build = context;
    uint32_t shard = (uint32_t)job;
    bool finished = false;
    enum status status =
        building_shard_check(&build->building, shard, &finished, &build->shards[shard], error);
    struct building_shard *found = &build->shards[shard];
    if (finished && repeat_notes_check(&build->building, shard, found, NULL) != STATUS_OK) {
        finished = false;
        segment_record_release(&found->segment);
    }
    if (status != STATUS_OK || !finished) {
        static const struct repeat_drops none = {0};
        return status == STATUS_OK ? run_shard(build, worker, shard, &none, error) : status;
    }
    bool go_on = run_progress_add(&build->progress, build->plan.shards[shard].bytes,
                                  found->segment.counts.documents + found->unchanged,
                                  found->segment.counts.rejected + found->rejected_before);
    mutex_lock(&build->progress.mutex);
    build->summary->shards_resumed++;
    mutex_unlock(&build->progress.mutex);
    return go_on ? STATUS_OK : error_set(error, STATUS_STOPPED, "stopped on request");
}

/* Builds a shard once more, without what a later shard has as it is live. */
static enum status rebuild_shard(void *context, size_t worker, size_t job, struct error *error)
{
    struct build *build = context;
    struct repeat_drops drops;
    uint32_t shard = repeats_shard(&build->repeats, job, &drops);
    segment_record_release(&build->shards[shard].segment);
    build->shards[shard] = (struct building_shard){0};
    return run_shard(build, worker, shard, &drops, error);
}

static enum status settle_repeats(struct build *build, struct error *error)
{
    enum status status = repeats_find(&build->building, build->shards, build->plan.shard_count,
                                      &build->repeats, error);
    size_t count = repeats_shard_count(&build->repeats);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        struct repeat_drops drops;
        bytes += build->plan.shards[repeats_shard(&build->repeats, i, &drops)].bytes;
    }
    if (status == STATUS_OK && count > 0) {
        (void)run_progress_phase(&build->progress, "build", bytes);
        status = thread_run(build->threads, count, rebuild_shard, build, error);
    }
    bool recorded = false;
    if (status == STATUS_OK) {
        status = repeats_record(&build->building, build->shards, build->plan.shard_count,
                                &build->setup.builder, &recorded,
                                &build->shards[build->plan.shard_count], error);
    }
    build->shard_count = build->plan.shard_count + recorded;
    return status;
}

static enum status prepare_workers(struct build *build, struct error *error)
{
    const struct model_bytes *dictionary = &build->model.content.parts[MODEL_DICTIONARY];
    build->setup = (struct worker_setup){
        .plan = &build->plan,
        .analyser = &build->analyser,
        .tagger = build->options->no_entities ? NULL : tagger_shipped(),
        .builder = {.dictionary = dictionary->bytes,
                    .dictionary_size = dictionary->size,
                    .compression_level = COMPRESSION_LEVEL,
                    .memory_max = SHARD_MEMORY_MAX},
        .clocks = build->timings.workers,
        .known = build->has_live ? find_known : NULL,
        .ledger = build->has_live ? &build->known_ledger : NULL,
        .progress = build_progress,
        .spool_path = build->spool.descriptor >= 0 ? build->spool.path : NULL,
        .context = build,
    };
    build->workers = memory_zalloc(build->threads, sizeof *build->workers);
    build->shard_count = build->plan.shard_count;
    build->shards = memory_zalloc((size_t)build->plan.shard_count + 1, sizeof *build->shards);
    build->known = memory_zalloc(build->threads, sizeof *build->known);
    if (build->workers == NULL || build->shards == NULL || build->known == NULL) {
        return error_no_memory(error, build->plan.shard_count * sizeof *build->shards);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; build->has_live && status == STATUS_OK && i < build->threads; i++) {
        status = snapshot_open(&build->archive, 0, &build->known[i], error);
    }
    if (build->has_live && status == STATUS_OK) {
        status = known_ledger_read(&build->known[0], &build->known_ledger, error);
    }
    return status;
}

/* Publishing opens all segments once more: these are files too many by then. */
static void close_known(struct build *build)
{
    for (size_t i = 0; build->known != NULL && i < build->threads; i++) {
        snapshot_close(&build->known[i]);
    }
    memory_free(build->known);
    build->known = NULL;
}

static enum status build_shards(struct build *build, struct error *error)
{
    phase_enter(build->timings.run, PHASE_BUILD);
    enum status status = prepare_workers(build, error);
    if (status == STATUS_OK && !run_progress_phase(&build->progress, "build", build->plan.bytes)) {
        status = error_set(error, STATUS_STOPPED, "stopped on request");
    }
    if (status == STATUS_OK) {
        status = thread_run(build->threads, build->plan.shard_count, build_shard, build, error);
    }
    if (status == STATUS_OK) {
        status = settle_repeats(build, error);
    }
    for (size_t i = 0; build->workers != NULL && i < build->threads; i++) {
        worker_free(build->workers[i]);
    }
    memory_free(build->workers);
    build->workers = NULL;
    close_known(build);
    return status;
}

/* ---- Publish ---- */

static bool publish_step_told(void *context, enum publish_step step, uint64_t done, uint64_t total)
{
    struct build *build = context;
    if (step == PUBLISH_MERGE) {
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
    struct manifest_options options = {.shard_bytes = build->options->shard_bytes,
                                       .entities = !build->options->no_entities,
                                       .compression_level = COMPRESSION_LEVEL};
    struct publish_options how = {
        .archive = &build->archive,
        .building = &build->building,
        .shard_count = build->shard_count,
        .inputs = {.count = build->plan.input_count, .bytes = build->plan.bytes},
        .analyser = &analyser,
        .options = &options,
        .model = build->model_file,
        .merge = build->options->no_merge ? MERGE_NONE : MERGE_TIERED,
        .threads = (uint32_t)build->threads,
        .clock = build->timings.run,
        .step = publish_step_told,
        .context = build,
    };
    phase_enter(build->timings.run, PHASE_PLAN);
    enum status status = digest_inputs(build, false, &how.inputs.digest, error);
    if (status == STATUS_OK) {
        status = publish(&how, result, error);
    }
    return status;
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
    summary->input_bytes = build->plan.bytes;
    summary->shards = build->plan.shard_count;
    summary->threads = (uint32_t)build->threads;
}

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
    manifest_release(&manifest);
    return STATUS_OK;
}

static enum status build_all(struct build *build, const char *path, const char *const *inputs,
                             size_t input_count, struct error *error)
{
    struct publish_result result = {0};
    enum status status = open_archive(build, path, error);
    if (status == STATUS_OK) {
        status = make_plan(build, inputs, input_count, error);
    }
    if (status == STATUS_OK) {
        choose_threads(build);
        status = building_open(&build->archive, &build->plan_digest, &build->building, error);
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
    memory_free(build->paths);
    exceptions_free(build->exceptions);
    buffer_release(&build->exceptions_text);
    model_close(&build->model);
    building_close(&build->building);
    shard_plan_release(&build->plan);
    manifest_release(&build->live);
    spool_close(&build->spool);
    archive_close(&build->archive);
    run_progress_release(&build->progress);
}

static double seconds_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t peak_memory(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

enum fihris_status fihris_index(const char *archive, const char *const *inputs, size_t input_count,
                                const struct fihris_index_options *options,
                                struct fihris_index_summary *summary, struct fihris_error *error)
{
    static const struct fihris_index_options defaults = {0};
    struct fihris_index_summary ignored;
    struct error inner = {0};
    double start = seconds_now();
    struct build build = {.options = options == NULL ? &defaults : options,
                          .summary = summary == NULL ? &ignored : summary,
                          .archive = {.lock = -1},
                          .spool = {.descriptor = -1}};
    *build.summary = (struct fihris_index_summary){0};
    manifest_init(&build.live);
    buffer_init(&build.exceptions_text, 4 * EXCEPTIONS_SIZE_MAX);
    enum status status =
        run_progress_init(&build.progress, build.options->progress, build.options->context, &inner);
    if (status != STATUS_OK) {
        return fail_with(error, status, &inner);
    }
    timings_start(&build.timings, build.options->timings);
    status = build_all(&build, archive, inputs, input_count, &inner);
    timings_finish(&build.timings, build.summary);
    build.summary->seconds = seconds_now() - start;
    build.summary->memory_peak = peak_memory();
    build_release(&build);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}
