#include "snapshot/verify.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "base/view.h"
#include "index/segment.h"
#include "snapshot/deletions.h"
#include "snapshot/manifest.h"
#include "snapshot/model.h"

struct checking {
    const struct archive *archive;
    const struct verify_options *options;
    struct manifest manifest;
    struct model model;
    bool has_model;
    uint64_t problems;
    uint64_t bytes_done;
    uint64_t bytes_total;
};

static void report(struct checking *checking, const char *message)
{
    checking->problems++;
    checking->options->problem(checking->options->context, message);
}

/* Passes on what must end the check, reports the rest. */
static enum status judge(struct checking *checking, enum status status, const struct error *reason,
                         struct error *error)
{
    if (status == STATUS_NOMEM || status == STATUS_STOPPED) {
        return error_set(error, status, "%s", reason->message);
    }
    if (status != STATUS_OK) {
        report(checking, reason->message);
    }
    return STATUS_OK;
}

static enum status advance(struct checking *checking, uint64_t bytes, struct error *error)
{
    const struct verify_options *options = checking->options;
    checking->bytes_done += bytes;
    if (options->progress != NULL &&
        !options->progress(options->context, checking->bytes_done, checking->bytes_total)) {
        return error_set(error, STATUS_STOPPED, "stopped on request");
    }
    return STATUS_OK;
}

static enum status check_size(const char *path, uint64_t expected, struct error *error)
{
    uint64_t size = 0;
    enum status status = file_size(path, &size, error);
    if (status == STATUS_OK && size != expected) {
        status = error_set(error, STATUS_FORMAT,
                           "file '%s' has %" PRIu64 " bytes, the manifest says %" PRIu64, path,
                           size, expected);
    }
    return status;
}

static enum status check_model(struct checking *checking, struct error *error)
{
    const struct manifest_file *file = &checking->manifest.model;
    struct error reason = {.code = STATUS_OK};
    char *path = archive_file_path(checking->archive, ARCHIVE_MODELS, &file->digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    enum status status = check_size(path, file->size, &reason);
    if (status == STATUS_OK) {
        status = model_open(path, &file->digest, &checking->model, &reason);
        checking->has_model = status == STATUS_OK;
    }
    memory_free(path);
    status = judge(checking, status, &reason, error);
    return status == STATUS_OK ? advance(checking, file->size, error) : status;
}

static enum status check_deletions(struct checking *checking, struct error *error)
{
    const struct manifest_file *file = &checking->manifest.deletions;
    if (file->size == 0) {
        return STATUS_OK;
    }
    struct error reason = {.code = STATUS_OK};
    struct deletions deletions = {.count = 0};
    struct file_view view = {.size = 0};
    char *path = archive_file_path(checking->archive, ARCHIVE_DERIVED, &file->digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    enum status status = check_size(path, file->size, &reason);
    if (status == STATUS_OK) {
        status = file_view_open(path, &view, &reason);
    }
    if (status == STATUS_OK) {
        status =
            deletions_read(view.bytes, view.size, path, &checking->manifest, &deletions, &reason);
    }
    deletions_release(&deletions);
    file_view_close(&view);
    memory_free(path);
    status = judge(checking, status, &reason, error);
    return status == STATUS_OK ? advance(checking, file->size, error) : status;
}

/* The manifest's counts are what `stats` shows: they must be the segment's own. */
static enum status compare_counts(const char *path, const struct segment *segment,
                                  const struct segment_record *record, struct error *error)
{
    /* no padding: ten numbers of eight bytes */
    if (memcmp(segment_counts(segment), &record->counts, sizeof record->counts) != 0) {
        return error_set(error, STATUS_FORMAT,
                         "segment '%s' has other counts than the manifest says", path);
    }
    uint32_t superseded = 0;
    (void)segment_superseded(segment, &superseded);
    if (superseded > record->deleted) {
        return error_set(error, STATUS_FORMAT,
                         "segment '%s' has more superseded documents than the manifest says", path);
    }
    return STATUS_OK;
}

static enum status check_segment(struct checking *checking, const struct segment_record *record,
                                 struct error *error)
{
    struct error reason = {.code = STATUS_OK};
    char *path = archive_file_path(checking->archive, ARCHIVE_SEGMENTS, &record->seal.digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    enum status status = store_verify(path, thread_processors(), &record->seal, &reason);
    if (status == STATUS_OK && checking->has_model) {
        struct segment *segment = NULL;
        status = segment_open(path, &record->seal, &checking->model.symbols, &segment, &reason);
        if (status == STATUS_OK) {
            status = compare_counts(path, segment, record, &reason);
        }
        segment_close(segment);
    }
    memory_free(path);
    status = judge(checking, status, &reason, error);
    return status == STATUS_OK ? advance(checking, record->seal.size, error) : status;
}

static enum status check_all(struct checking *checking, struct error *error)
{
    checking->bytes_total = manifest_bytes(&checking->manifest);
    enum status status = check_model(checking, error);
    if (status == STATUS_OK) {
        status = check_deletions(checking, error);
    }
    for (uint32_t i = 0; i < checking->manifest.segment_count && status == STATUS_OK; i++) {
        status = check_segment(checking, &checking->manifest.segments[i], error);
    }
    return status;
}

enum status verify_snapshot(const struct archive *archive, const struct verify_options *options,
                            struct error *error)
{
    struct checking checking = {.archive = archive, .options = options};
    struct error reason = {.code = STATUS_OK};
    manifest_init(&checking.manifest);
    enum status status =
        archive_read_manifest(archive, options->number, &checking.manifest, &reason);
    if (status == STATUS_NOT_FOUND) {
        return error_set(error, status, "%s", reason.message);
    }
    if (status != STATUS_OK) {
        status = judge(&checking, status, &reason, error);
    } else {
        status = check_all(&checking, error);
    }
    model_close(&checking.model);
    manifest_release(&checking.manifest);
    if (status == STATUS_OK && checking.problems > 0) {
        status =
            error_set(error, STATUS_FORMAT, "archive '%s' is damaged: %" PRIu64 " problem%s found",
                      archive->path, checking.problems, checking.problems == 1 ? "" : "s");
    }
    return status;
}
