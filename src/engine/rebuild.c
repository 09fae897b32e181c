#include <string.h>

#include "base/memory.h"
#include "engine/build.h"
#include "engine/stored.h"
#include "snapshot/archive.h"

/* fihris_rebuild(): a run over the archive's own documents. What is not asked to be otherwise stays
 * as the archive was made. */

static enum status open_archive(struct build *build, const char *path, struct error *error)
{
    /* The writer would make it. */
    enum status status = archive_open(path, &build->archive, error);
    archive_close(&build->archive);
    build->archive.lock = -1;
    if (status == STATUS_OK) {
        status = archive_open_writer(path, &build->archive, error);
    }
    return status == STATUS_OK ? build_read_live(build, error) : status;
}

static enum status choose_options(struct build *build, const struct model *model,
                                  enum fihris_find_entities entities, struct error *error)
{
    struct fihris_index_options *options = &build->options;
    const char *name = options->analyzer == NULL ? build->live.analyser.name : options->analyzer;
    enum status status = analyser_name_parse(name, &build->analyser_name, error);
    if (entities == FIHRIS_AS_BEFORE) {
        options->no_entities = !build->live.options.entities;
    }
    if (options->shard_bytes == 0) {
        options->shard_bytes = build->live.options.shard_bytes;
    }
    if (status == STATUS_OK) {
        status = options->exceptions == NULL ? build_keep_exceptions(build, model, error)
                                             : build_read_exceptions(build, error);
    }
    return status;
}

static enum status cut_plan(struct build *build, const struct stored *stored, struct error *error)
{
    static const char name[] = "rebuild";
    struct digest inputs = digest_of(name, sizeof name - 1);
    enum status status = shard_plan_cut(stored->inputs, stored->count, build->options.shard_bytes,
                                        &build->plan, error);
    build->replace = true;
    build->input_bytes = stored->bytes;
    build->feed = (struct feed){.plan = &build->plan, .stored = stored};
    return status == STATUS_OK ? build_digest_plan(build, &inputs, error) : status;
}

static enum status rebuild_all(struct build *build, struct stored *stored, const char *path,
                               enum fihris_find_entities entities, struct error *error)
{
    struct snapshot live = {.segments = NULL};
    enum status status = open_archive(build, path, error);
    if (status == STATUS_OK) {
        status = snapshot_open(&build->archive, 0, &live, error);
    }
    if (status == STATUS_OK) {
        status = choose_options(build, &live.model, entities, error);
    }
    if (status == STATUS_OK) {
        status = stored_list(&live, stored, error);
    }
    snapshot_close(&live);
    if (status == STATUS_OK) {
        status = cut_plan(build, stored, error);
    }
    return status == STATUS_OK ? build_run(build, error) : status;
}

enum fihris_status fihris_rebuild(const char *archive, const struct fihris_rebuild_options *options,
                                  struct fihris_index_summary *summary, struct fihris_error *error)
{
    static const struct fihris_rebuild_options defaults = {0};
    struct fihris_index_summary ignored;
    struct error inner = {0};
    struct stored stored = {.arena = NULL};
    struct build build;
    options = options == NULL ? &defaults : options;
    struct fihris_index_options how = {.analyzer = options->analyzer,
                                       .threads = options->threads,
                                       .memory = options->memory,
                                       .shard_bytes = options->shard_bytes,
                                       .no_entities = options->entities == FIHRIS_NO_ENTITIES,
                                       .no_merge = options->no_merge,
                                       .timings = options->timings,
                                       .exceptions = options->exceptions,
                                       .progress = options->progress,
                                       .context = options->context};
    enum status status = build_begin(&build, &how, summary == NULL ? &ignored : summary, &inner);
    if (status == STATUS_OK) {
        status = rebuild_all(&build, &stored, archive, options->entities, &inner);
    }
    enum fihris_status result = build_end(&build, status, &inner, error);
    stored_release(&stored);
    return result;
}
