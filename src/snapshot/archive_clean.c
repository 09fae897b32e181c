#include "snapshot/archive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "snapshot/archive_files.h"

/* The part of archive.h that removes what no kept snapshot needs. */

enum { FILES_KEPT_MAX = 2 * (MANIFEST_SEGMENTS_MAX + 2) };
static_assert(ARCHIVE_SNAPSHOTS_KEPT == 2, "FILES_KEPT_MAX counts two manifests");

/* Digests of the files that kept manifests name, ascending. */
struct kept {
    struct digest *digests;
    size_t count;
    const struct archive *archive;
    enum archive_folder folder; /* the one being cleaned */
};

static int compare_digests(const void *a, const void *b)
{
    return digest_compare(a, b);
}

static void keep_files(struct kept *kept, const struct manifest *manifest)
{
    assert(kept->count + manifest->segment_count + 2 <= FILES_KEPT_MAX);
    kept->digests[kept->count++] = manifest->model.digest;
    kept->digests[kept->count++] = manifest->deletions.digest;
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        kept->digests[kept->count++] = manifest->segments[i].seal.digest;
    }
}

static enum status remove_in(const struct archive *archive, enum archive_folder folder,
                             const char *name, struct error *error)
{
    char *path = archive_path_in(archive, folder, name);
    enum status status = path == NULL ? archive_no_path(archive, error) : path_remove(path, error);
    memory_free(path);
    return status;
}

static enum status clean_file(void *context, const char *name, struct error *error)
{
    const struct kept *kept = context;
    struct digest digest;
    bool beside = false;
    if (!archive_file_name_parse(kept->folder, name, &digest, &beside)) {
        return STATUS_OK;
    }
    bool named = kept->count > 0 && bsearch(&digest, kept->digests, kept->count, sizeof digest,
                                            compare_digests) != NULL;
    return named && !beside ? STATUS_OK : remove_in(kept->archive, kept->folder, name, error);
}

static enum status clean_files(struct kept *kept, struct error *error)
{
    static const enum archive_folder folders[] = {ARCHIVE_SEGMENTS, ARCHIVE_MODELS,
                                                  ARCHIVE_DERIVED};
    if (kept->count > 0) {
        qsort(kept->digests, kept->count, sizeof *kept->digests, compare_digests);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && status == STATUS_OK; i++) {
        kept->folder = folders[i];
        char *path = archive_folder_path(kept->archive, folders[i]);
        status = path == NULL ? archive_no_path(kept->archive, error)
                              : folder_list(path, clean_file, kept, error);
        memory_free(path);
    }
    return status;
}

/* Removes the manifests that are not kept, and leaves the others in `numbers`. */
static enum status clean_manifests(const struct archive *archive, uint32_t live,
                                   struct archive_numbers *numbers, struct error *error)
{
    enum status status = archive_manifest_numbers(archive, numbers, error);
    size_t published = 0;
    while (published < numbers->count && numbers->values[published] <= live) {
        published++;
    }
    size_t from = published < ARCHIVE_SNAPSHOTS_KEPT ? 0 : published - ARCHIVE_SNAPSHOTS_KEPT;
    for (size_t i = 0; i < numbers->count && status == STATUS_OK; i++) {
        if (i < from || i >= published) {
            char *path = archive_manifest_path(archive, numbers->values[i]);
            status = path == NULL ? archive_no_path(archive, error) : path_remove(path, error);
            memory_free(path);
        }
    }
    numbers->count = published - from;
    if (from > 0) {
        memmove(numbers->values, numbers->values + from, numbers->count * sizeof *numbers->values);
    }
    return status;
}

enum status archive_clean(const struct archive *archive, struct error *error)
{
    assert(archive->lock >= 0);
    struct archive_numbers numbers = {.count = 0};
    struct kept kept = {.archive = archive};
    struct archive_current current = {.number = 0};
    enum status status = archive_read_current(archive, &current, error);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND) {
        status = clean_manifests(archive, current.number, &numbers, error);
    }
    if (status != STATUS_OK) {
        goto out;
    }
    kept.digests = memory_zalloc(FILES_KEPT_MAX, sizeof *kept.digests);
    if (kept.digests == NULL) {
        status = error_no_memory(error, FILES_KEPT_MAX * sizeof *kept.digests);
        goto out;
    }
    for (size_t i = 0; i < numbers.count; i++) {
        struct manifest manifest;
        if (archive_read_manifest(archive, numbers.values[i], &manifest, NULL) != STATUS_OK) {
            goto out; /* what it names is not known */
        }
        keep_files(&kept, &manifest);
        manifest_release(&manifest);
    }
    status = clean_files(&kept, error);
out:
    memory_free(kept.digests);
    memory_free(numbers.values);
    return status;
}
