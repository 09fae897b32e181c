#include "engine/build_shards.h"

#include <sys/resource.h>

#include "base/machine.h"
#include "base/memory.h"
#include "base/thread.h"
#include "entity/tagger.h"

#define MEMORY_DEFAULT   ((uint64_t)1 << 30) /* at least; else an eighth of the machine's */
#define SHARD_MEMORY_MAX ((size_t)4 << 30)   /* beyond it a shard fails: no text comes near */
#define MEMORY_FIXED     ((uint64_t)96 << 20)
#define MEMORY_PER_BYTE  2u /* of shard: what building and inverting it takes, measured */

/* What a worker knows of words and names. With more it learns fewer of them again, with much more
 * its tables fit no cache; a little more would double the largest just before it is cleared. */
#define KNOWN_LEAST ((uint64_t)64 << 20)
#define KNOWN_MOST  ((uint64_t)160 << 20)
#define KNOWN_STEP  ((uint64_t)8 << 20)

enum { KNOWN_PER_BYTE = 16 };

/* What the tables of so much knowledge take, measured: they have room for more. */
static uint64_t known_takes(uint64_t known)
{
    return known + known / 2;
}

/* Merging so much input looks at segments that take, beside what building has freed, more than
 * building did; less is merged in memory that is at hand. */
#define TRIM_BYTES ((uint64_t)1 << 30)

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

static uint64_t memory_default(void)
{
    uint64_t some = machine_memory() / 8;
    return some > MEMORY_DEFAULT ? some : MEMORY_DEFAULT;
}

/* So little text has not more to be known: a word and its ending are a few bytes of it. */
static uint64_t known_at_most(uint64_t bytes)
{
    uint64_t all = KNOWN_STEP + KNOWN_PER_BYTE * bytes;
    return bytes < KNOWN_MOST && all < KNOWN_MOST ? all : KNOWN_MOST;
}

/* As many threads as fit when each knows little; then each may know what is left to it. */
void build_choose_threads(struct build *build)
{
    uint64_t memory = build->options.memory == 0 ? memory_default() : build->options.memory;
    uint64_t wanted = build->options.threads == 0 ? thread_processors() : build->options.threads;
    uint64_t shard = largest_shard(&build->plan) * MEMORY_PER_BYTE;
    uint64_t shared = memory > MEMORY_FIXED ? memory - MEMORY_FIXED : 0;
    uint64_t fitting = shared / (shard + known_takes(KNOWN_LEAST));
    uint64_t threads = wanted < fitting ? wanted : fitting;
    uint64_t opening = threads_by_descriptors(build);
    threads = threads < opening ? threads : opening;
    threads = threads > build->plan.shard_count ? build->plan.shard_count : threads;
    build->threads = threads == 0 ? 1 : (size_t)threads;
    uint64_t known = known_at_most(build->plan.bytes);
    while (known > KNOWN_LEAST && (shard + known_takes(known)) * build->threads > shared) {
        known -= KNOWN_STEP;
    }
    build->known_memory_max = (size_t)known;
    (void)run_progress_plan(&build->progress,
                            MEMORY_FIXED + build->threads * (shard + known_takes(known)),
                            (uint32_t)build->threads);
}

enum status build_open_snapshots(struct build *build, struct error *error)
{
    build->snapshots = memory_zalloc(build->threads, sizeof *build->snapshots);
    if (build->snapshots == NULL) {
        return error_no_memory(error, build->threads * sizeof *build->snapshots);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; build->has_live && status == STATUS_OK && i < build->threads; i++) {
        status = snapshot_open(&build->archive, 0, &build->snapshots[i], error);
    }
    build->feed.snapshots = build->snapshots;
    return status;
}

void build_close_snapshots(struct build *build)
{
    for (size_t i = 0; build->snapshots != NULL && i < build->threads; i++) {
        snapshot_close(&build->snapshots[i]);
    }
    memory_free(build->snapshots);
    build->snapshots = NULL;
}

static enum status find_known(void *context, size_t worker, const char *id, size_t id_size,
                              struct known_document *known, struct error *error)
{
    struct build *build = context;
    const struct snapshot *snapshot = &build->snapshots[worker];
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
    build->setup = (struct worker_setup){
        .feed = &build->feed,
        .analyser = &build->analyser,
        .tagger = build->options.no_entities ? NULL : tagger_shipped(),
        .builder = {.symbols = build->symbols,
                    .compression_level = BUILD_COMPRESSION_LEVEL,
                    .memory_max = SHARD_MEMORY_MAX,
                    .fate = build_merges_shards(build) ? STORE_MERGED : STORE_KEPT},
        .known_memory_max = build->known_memory_max,
        .clocks = build->timings.workers,
        .known = build_extends(build) ? find_known : NULL,
        .ledger = build_extends(build) ? &build->known_ledger : NULL,
        .progress = build_progress,
        .spool_path = build->spool_path,
        .context = build,
    };
    build->workers = memory_zalloc(build->threads, sizeof *build->workers);
    build->shard_count = build->plan.shard_count;
    build->shards = memory_zalloc((size_t)build->plan.shard_count + 1, sizeof *build->shards);
    if (build->workers == NULL || build->shards == NULL) {
        return error_no_memory(error, build->plan.shard_count * sizeof *build->shards);
    }
    return build_extends(build)
               ? known_ledger_read(&build->snapshots[0], &build->known_ledger, error)
               : STATUS_OK;
}

enum status build_shards(struct build *build, struct error *error)
{
    phase_enter(build->timings.run, PHASE_BUILD);
    enum status status = prepare_workers(build, error);
    if (status == STATUS_OK && !run_progress_phase(&build->progress, "build", build->input_bytes)) {
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
    if (build->input_bytes >= TRIM_BYTES) {
        memory_trim();
    }
    return status;
}
