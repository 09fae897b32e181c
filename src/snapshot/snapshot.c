#include "snapshot/snapshot.h"

#include <assert.h>
#include <inttypes.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/view.h"

enum { OPEN_TRIES_MAX = 20 }; /* publications that one reader may run into */

static enum status open_model(const struct archive *archive, struct snapshot *snapshot,
                              struct error *error)
{
    const struct manifest_file *file = &snapshot->manifest.model;
    char *path = archive_file_path(archive, ARCHIVE_MODELS, &file->digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    enum status status = model_open(path, &file->digest, &snapshot->model, error);
    memory_free(path);
    return status;
}

static enum status open_deletions(const struct archive *archive, struct snapshot *snapshot,
                                  struct error *error)
{
    const struct manifest_file *file = &snapshot->manifest.deletions;
    if (file->size == 0) {
        return deletions_init(&snapshot->deletions, snapshot->manifest.segment_count, error);
    }
    char *path = archive_file_path(archive, ARCHIVE_DERIVED, &file->digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    struct file_view view;
    enum status status = file_view_open(path, &view, error);
    if (status == STATUS_OK) {
        status = deletions_read(view.bytes, view.size, path, &snapshot->manifest,
                                &snapshot->deletions, error);
    }
    file_view_close(&view);
    memory_free(path);
    return status;
}

static enum status open_segment(const struct archive *archive, struct snapshot *snapshot,
                                uint32_t index, struct error *error)
{
    const struct segment_record *record = &snapshot->manifest.segments[index];
    char *path = archive_file_path(archive, ARCHIVE_SEGMENTS, &record->seal.digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    /* A missing file has a status of its own here: a publication may be the reason. */
    enum status status = STATUS_NOT_FOUND;
    if (!file_exists(path)) {
        (void)error_set(error, STATUS_NOT_FOUND, "cannot open segment '%s': no such file", path);
    } else {
        status = segment_open(path, &record->seal, &snapshot->model.symbols,
                              &snapshot->segments[index], error);
    }
    if (status == STATUS_OK &&
        segment_counts(snapshot->segments[index])->documents != record->counts.documents) {
        status =
            error_set(error, STATUS_FORMAT,
                      "segment '%s' has another number of documents than the manifest says", path);
    }
    memory_free(path);
    return status;
}

static enum status open_parts(const struct archive *archive, struct snapshot *snapshot,
                              struct error *error)
{
    uint32_t count = snapshot->manifest.segment_count;
    snapshot->segments = memory_zalloc(count, sizeof(struct segment *));
    if (snapshot->segments == NULL) {
        return error_no_memory(error, count * sizeof(struct segment *));
    }
    enum status status = open_model(archive, snapshot, error);
    if (status == STATUS_OK) {
        status = open_deletions(archive, snapshot, error);
    }
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        status = open_segment(archive, snapshot, i, error);
    }
    return status;
}

enum status snapshot_open(const struct archive *archive, uint32_t number, struct snapshot *snapshot,
                          struct error *error)
{
    uint32_t before = 0;
    for (unsigned i = 0; i < OPEN_TRIES_MAX; i++) {
        *snapshot = (struct snapshot){.segments = NULL};
        enum status status = archive_read_manifest(archive, number, &snapshot->manifest, error);
        if (status != STATUS_OK) {
            return status;
        }
        uint32_t found = snapshot->manifest.number;
        status = open_parts(archive, snapshot, error);
        if (status == STATUS_OK) {
            return STATUS_OK;
        }
        snapshot_close(snapshot);
        if (status != STATUS_NOT_FOUND) {
            return status;
        }
        /* A file is gone. When the snapshot has been replaced meanwhile, the next try reads the
         * new one; else the file is lost. */
        if (found == before) {
            break;
        }
        before = found;
    }
    if (error != NULL) {
        error->code = STATUS_FORMAT;
    }
    return STATUS_FORMAT;
}

void snapshot_close(struct snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    if (snapshot->segments != NULL) {
        for (uint32_t i = 0; i < snapshot->manifest.segment_count; i++) {
            segment_close(snapshot->segments[i]);
        }
    }
    memory_free(snapshot->segments);
    deletions_release(&snapshot->deletions);
    model_close(&snapshot->model);
    manifest_release(&snapshot->manifest);
    *snapshot = (struct snapshot){.segments = NULL};
}
