#include "snapshot/archive.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/view.h"
#include "snapshot/archive_files.h"

/* The part of archive.h that knows which snapshots there are: CURRENT and the manifests. */

enum {
    CURRENT_SIZE_MAX = 64,
    READ_TRIES_MAX = 20, /* publications that one reader may run into */
    DIGEST_DIGITS = DIGEST_TEXT_SIZE - 1,
};

/* ---- CURRENT -------------------------------------------------------------------------------- */

static size_t current_text(const struct archive_current *current, char text[CURRENT_SIZE_MAX])
{
    char digest[DIGEST_TEXT_SIZE];
    digest_text(&current->digest, digest);
    char number[ARCHIVE_NUMBER_TEXT_SIZE];
    archive_number_text(current->number, number);
    int size = snprintf(text, CURRENT_SIZE_MAX, "%s %s\n", number, digest);
    assert(size > 0 && size < CURRENT_SIZE_MAX);
    return (size_t)size;
}

static bool parse_current(const char *text, size_t size, struct archive_current *current)
{
    if (size < DIGEST_DIGITS + 2 || text[size - 1] != '\n' ||
        text[size - DIGEST_DIGITS - 2] != ' ') {
        return false;
    }
    current->number = archive_number_parse(text, size - DIGEST_DIGITS - 2);
    return current->number > 0 &&
           digest_parse(text + size - DIGEST_DIGITS - 1, DIGEST_DIGITS, &current->digest);
}

enum status archive_read_current(const struct archive *archive, struct archive_current *current,
                                 struct error *error)
{
    *current = (struct archive_current){.number = 0};
    char *path = archive_current_path(archive);
    if (path == NULL) {
        return archive_no_path(archive, error);
    }
    struct buffer text;
    buffer_init(&text, CURRENT_SIZE_MAX);
    enum status status = file_read(path, &text, error);
    if (status == STATUS_NOT_FOUND) {
        status =
            error_set(error, STATUS_NOT_FOUND, "archive '%s' has no snapshot yet", archive->path);
    } else if (status == STATUS_LIMIT ||
               (status == STATUS_OK &&
                !parse_current((const char *)text.bytes, text.size, current))) {
        status = error_set(error, STATUS_FORMAT,
                           "cannot read '%s': it does not name a snapshot and its digest", path);
    }
    buffer_release(&text);
    memory_free(path);
    return status;
}

enum status archive_write_current(const struct archive *archive,
                                  const struct archive_current *current, struct error *error)
{
    assert(archive->lock >= 0);
    char text[CURRENT_SIZE_MAX];
    size_t size = current_text(current, text);
    char *path = archive_current_path(archive);
    enum status status =
        path == NULL ? archive_no_path(archive, error) : file_replace(path, text, size, error);
    memory_free(path);
    return status;
}

/* ---- Manifests ------------------------------------------------------------------------------ */

/* Reads one manifest file; `digest` (or NULL) is what CURRENT says of it. */
static enum status read_manifest_file(const struct archive *archive, uint32_t number,
                                      const struct digest *digest, struct manifest *manifest,
                                      struct error *error)
{
    char *path = archive_manifest_path(archive, number);
    if (path == NULL) {
        return archive_no_path(archive, error);
    }
    struct file_view view;
    enum status status = file_view_open(path, &view, error);
    if (status != STATUS_OK) {
        goto out;
    }
    struct digest actual = digest_of(view.bytes, view.size);
    if (digest != NULL && digest_compare(digest, &actual) != 0) {
        status = error_set(error, STATUS_FORMAT,
                           "cannot read manifest '%s': its bytes do not fit the digest in CURRENT",
                           path);
        goto out;
    }
    status = manifest_read(view.bytes, view.size, path, manifest, error);
    if (status == STATUS_OK && manifest->number != number) {
        manifest_release(manifest);
        status = error_set(error, STATUS_FORMAT,
                           "cannot read manifest '%s': it is of another snapshot", path);
    }
out:
    file_view_close(&view);
    memory_free(path);
    return status;
}

static enum status read_live(const struct archive *archive, struct manifest *manifest,
                             struct error *error)
{
    struct archive_current current = {.number = 0};
    enum status status = STATUS_NOT_FOUND;
    for (unsigned i = 0; i < READ_TRIES_MAX && status == STATUS_NOT_FOUND; i++) {
        uint32_t before = current.number;
        status = archive_read_current(archive, &current, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (i > 0 && current.number == before) {
            return error_set(error, STATUS_FORMAT,
                             "archive '%s' is damaged: manifest %" PRIu32
                             ", which CURRENT names, is not there",
                             archive->path, current.number);
        }
        status = read_manifest_file(archive, current.number, &current.digest, manifest, error);
    }
    return status;
}

enum status archive_read_manifest(const struct archive *archive, uint32_t number,
                                  struct manifest *manifest, struct error *error)
{
    manifest_init(manifest);
    if (number == 0) {
        return read_live(archive, manifest, error);
    }
    struct archive_current current;
    enum status status = archive_read_current(archive, &current, error);
    if (status != STATUS_OK) {
        return status;
    }
    status =
        number > current.number
            ? STATUS_NOT_FOUND /* written, but never live */
            : read_manifest_file(archive, number, number == current.number ? &current.digest : NULL,
                                 manifest, error);
    if (status == STATUS_NOT_FOUND) {
        return error_set(error, STATUS_NOT_FOUND,
                         "archive '%s' has no snapshot %" PRIu32 ": the live one is %" PRIu32
                         ", 'fihris snapshots' lists all",
                         archive->path, number, current.number);
    }
    return status;
}

enum status archive_write_manifest(const struct archive *archive, const struct manifest *manifest,
                                   struct archive_current *current, struct error *error)
{
    assert(archive->lock >= 0);
    struct buffer bytes;
    buffer_init(&bytes, MANIFEST_SIZE_MAX);
    char *path = archive_manifest_path(archive, manifest->number);
    enum status status =
        path == NULL ? archive_no_path(archive, error) : manifest_write(manifest, &bytes, error);
    if (status == STATUS_OK) {
        *current = (struct archive_current){.number = manifest->number,
                                            .digest = digest_of(bytes.bytes, bytes.size)};
        status = file_replace(path, bytes.bytes, bytes.size, error);
    }
    memory_free(path);
    buffer_release(&bytes);
    return status;
}

/* ---- Lists of snapshots --------------------------------------------------------------------- */

static enum status describe_snapshot(const struct archive *archive, uint32_t number,
                                     struct archive_snapshot *snapshot, struct error *error)
{
    char *path = archive_manifest_path(archive, number);
    if (path == NULL) {
        return archive_no_path(archive, error);
    }
    struct stat info;
    enum status status = STATUS_OK;
    if (stat(path, &info) != 0) {
        status = error_from_errno(error, "examine", path);
    } else {
        snapshot->bytes = manifest_bytes(snapshot->manifest) + (uint64_t)info.st_size;
        snapshot->published_s = info.st_mtime;
    }
    memory_free(path);
    return status;
}

enum status archive_list(const struct archive *archive,
                         enum status (*visit)(void *context,
                                              const struct archive_snapshot *snapshot,
                                              struct error *error),
                         void *context, struct error *error)
{
    struct archive_current current;
    enum status status = archive_read_current(archive, &current, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct archive_numbers numbers;
    status = archive_manifest_numbers(archive, &numbers, error);
    for (size_t i = 0; i < numbers.count && status == STATUS_OK; i++) {
        if (numbers.values[i] > current.number) {
            break;
        }
        struct manifest manifest;
        struct archive_snapshot snapshot = {.manifest = &manifest,
                                            .live = numbers.values[i] == current.number};
        status = archive_read_manifest(archive, numbers.values[i], &manifest, error);
        if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK; /* removed meanwhile */
            continue;
        }
        if (status == STATUS_OK) {
            status = describe_snapshot(archive, numbers.values[i], &snapshot, error);
        }
        if (status == STATUS_OK) {
            status = visit(context, &snapshot, error);
        }
        manifest_release(&manifest);
    }
    memory_free(numbers.values);
    return status;
}
