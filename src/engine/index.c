#include <string.h>

#include "base/memory.h"
#include "engine/build.h"
#include "engine/handle.h"
#include "engine/spool.h"

/* fihris_index(): which inputs there are, and what of the archive a run over them goes on with. */

struct indexing {
    struct build build;
    const char **paths; /* the inputs, "-" replaced by the spool */
    size_t path_count;
    struct spool spool;
};

static enum status choose_analyser(struct build *build, struct error *error)
{
    const char *wanted = build->options.analyzer;
    bool extends = build_extends(build);
    enum status status = extends ? handle_check_version(&build->live, error) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    if (extends && wanted != NULL && strcmp(wanted, build->live.analyser.name) != 0) {
        return error_set(error, STATUS_USAGE,
                         "the archive was made with analyzer '%s' and cannot go on with '%s': "
                         "'fihris rebuild' makes it anew with another",
                         build->live.analyser.name, wanted);
    }
    const char *name = build->has_live ? build->live.analyser.name : "default";
    return analyser_name_parse(wanted == NULL ? name : wanted, &build->analyser_name, error);
}

static enum status choose_exceptions(struct build *build, struct error *error)
{
    if (build->options.exceptions != NULL || !build->replace) {
        return build_read_exceptions(build, error);
    }
    struct model model = {.view = {.size = 0}};
    enum status status = build_open_model(build, &build->live.model, &model, error);
    if (status == STATUS_OK) {
        status = build_keep_exceptions(build, &model, error);
    }
    model_close(&model);
    return status;
}

static enum status take_inputs(struct indexing *run, const char *const *inputs, size_t count,
                               struct error *error)
{
    run->paths = memory_zalloc(count, sizeof *run->paths);
    if (run->paths == NULL) {
        return error_no_memory(error, count * sizeof *run->paths);
    }
    run->path_count = count;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        run->paths[i] = inputs[i];
        if (strcmp(inputs[i], "-") != 0) {
            continue;
        }
        if (run->spool.descriptor >= 0) {
            return error_set(error, STATUS_USAGE, "standard input ('-') can be given once");
        }
        char *folder = archive_folder_path(&run->build.archive, ARCHIVE_BUILDING);
        status =
            folder == NULL ? error_no_memory(error, 0) : spool_open(&run->spool, folder, error);
        memory_free(folder);
        run->paths[i] = run->spool.path;
    }
    return status;
}

static bool is_spool(const struct indexing *run, const struct input *input)
{
    return run->spool.descriptor >= 0 && strcmp(input->path, run->spool.path) == 0;
}

/* `times`: with the files' times, which tell that a file may have changed, but have no place in a
 * manifest. */
static enum status digest_inputs(const struct indexing *run, bool times, struct digest *digest,
                                 struct error *error)
{
    struct digest_stream *stream = digest_stream_new();
    if (stream == NULL) {
        return error_no_memory(error, 0);
    }
    for (uint32_t i = 0; i < run->build.plan.input_count; i++) {
        const struct input *input = &run->build.plan.inputs[i];
        build_digest_string(stream, is_spool(run, input) ? "-" : input->path);
        build_digest_string(stream, input->id);
        build_digest_string(stream, input->source);
        build_digest_number(stream, input->size);
        build_digest_number(stream, (uint64_t)input->kind);
        if (is_spool(run, input)) {
            digest_stream_add(stream, run->spool.digest.bytes, DIGEST_SIZE);
        } else if (times) {
            build_digest_number(stream, (uint64_t)input->modified_ns);
        }
    }
    *digest = digest_stream_value(stream);
    digest_stream_free(stream);
    return STATUS_OK;
}

static enum status cut_plan(struct indexing *run, struct error *error)
{
    struct build *build = &run->build;
    const char *spool_path = run->spool.descriptor >= 0 ? run->spool.path : NULL;
    struct plan_options options = {
        .walk = {.source = build->options.source, .standard_input = spool_path},
        .shard_bytes = build->options.shard_bytes};
    enum status status =
        shard_plan_make(run->paths, run->path_count, &options, &build->plan, error);
    if (status != STATUS_OK) {
        return status;
    }
    build->spool_path = spool_path;
    build->feed.plan = &build->plan;
    build->input_bytes = build->plan.bytes;
    build->inputs.count = build->plan.input_count;
    build->inputs.bytes = build->plan.bytes;
    struct digest inputs;
    status = digest_inputs(run, false, &build->inputs.digest, error);
    if (status == STATUS_OK) {
        status = digest_inputs(run, true, &inputs, error);
    }
    return status == STATUS_OK ? build_digest_plan(build, &inputs, error) : status;
}

static enum status index_all(struct indexing *run, const char *path, const char *const *inputs,
                             size_t input_count, struct error *error)
{
    struct build *build = &run->build;
    enum status status = archive_open_writer(path, &build->archive, error);
    if (status == STATUS_OK) {
        status = build_read_live(build, error);
    }
    if (status == STATUS_OK) {
        /* From no article nothing was learned, so such an archive is begun anew. */
        build->replace = build->has_live && build_live_is_empty(build);
        status = choose_analyser(build, error);
    }
    if (status == STATUS_OK) {
        status = choose_exceptions(build, error);
    }
    if (status == STATUS_OK) {
        status = take_inputs(run, inputs, input_count, error);
    }
    if (status == STATUS_OK) {
        status = cut_plan(run, error);
    }
    return status == STATUS_OK ? build_run(build, error) : status;
}

enum fihris_status fihris_index(const char *archive, const char *const *inputs, size_t input_count,
                                const struct fihris_index_options *options,
                                struct fihris_index_summary *summary, struct fihris_error *error)
{
    static const struct fihris_index_options defaults = {0};
    struct fihris_index_summary ignored;
    struct error inner = {0};
    struct indexing run = {.spool = {.descriptor = -1}};
    enum status status = build_begin(&run.build, options == NULL ? &defaults : options,
                                     summary == NULL ? &ignored : summary, &inner);
    if (status == STATUS_OK) {
        status = index_all(&run, archive, inputs, input_count, &inner);
    }
    enum fihris_status result = build_end(&run.build, status, &inner, error);
    memory_free(run.paths);
    spool_close(&run.spool);
    return result;
}
