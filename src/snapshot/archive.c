#include "snapshot/archive.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"

enum {
    CURRENT_SIZE_MAX = 64,
    NUMBER_DIGITS_MIN = 6,
    NUMBER_DIGITS_MAX = 10,
    READ_TRIES_MAX = 20, /* publications that one reader may run into */
    DIGEST_DIGITS = DIGEST_TEXT_SIZE - 1,
    FILES_KEPT_MAX = 2 * (MANIFEST_SEGMENTS_MAX + 2),
};
static_assert(ARCHIVE_SNAPSHOTS_KEPT == 2, "FILES_KEPT_MAX counts two manifests");

static const char current_name[] = "CURRENT";
static const char lock_name[] = "writer.lock";
static const char manifest_suffix[] = ".json";
static const char *const folder_names[ARCHIVE_FOLDER_COUNT] = {
    [ARCHIVE_MANIFESTS] = "manifests", [ARCHIVE_SEGMENTS] = "segments", [ARCHIVE_MODELS] = "models",
    [ARCHIVE_DERIVED] = "derived",     [ARCHIVE_BUILDING] = "building",
};
static const char *const file_suffixes[ARCHIVE_FOLDER_COUNT] = {
    [ARCHIVE_SEGMENTS] = ".mdb", [ARCHIVE_MODELS] = ".model", [ARCHIVE_DERIVED] = ".del"};

/* ---- Paths ---------------------------------------------------------------------------------- */

char *archive_folder_path(const struct archive *archive, enum archive_folder folder)
{
    return path_join(archive->path, folder_names[folder]);
}

static char *path_in(const struct archive *archive, enum archive_folder folder, const char *name)
{
    char *parent = archive_folder_path(archive, folder);
    char *path = parent == NULL ? NULL : path_join(parent, name);
    memory_free(parent);
    return path;
}

char *archive_manifest_path(const struct archive *archive, uint32_t number)
{
    char name[NUMBER_DIGITS_MAX + sizeof manifest_suffix];
    (void)snprintf(name, sizeof name, "%0*" PRIu32 "%s", NUMBER_DIGITS_MIN, number,
                   manifest_suffix);
    return path_in(archive, ARCHIVE_MANIFESTS, name);
}

char *archive_file_path(const struct archive *archive, enum archive_folder folder,
                        const struct digest *digest)
{
    assert(file_suffixes[folder] != NULL);
    char text[DIGEST_TEXT_SIZE];
    digest_text(digest, text);
    char name[DIGEST_TEXT_SIZE + 8];
    (void)snprintf(name, sizeof name, "%s%s", text, file_suffixes[folder]);
    return path_in(archive, folder, name);
}

static enum status no_path(const struct archive *archive, struct error *error)
{
    return error_no_memory(error, strlen(archive->path) + CURRENT_SIZE_MAX);
}

/* ---- Opening -------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Says what the entries of a folder make of it. */
struct survey {
    const char *path;
    bool current;
    bool lock;
    bool building;
    char foreign[256]; /* the first name that is not an archive's; empty: none */
};

static bool is_one_of_ours(const char *name)
{
    static const char *const others[] = {current_name, "CURRENT.tmp", lock_name,
                                         "lost+found" /* root of a file system */};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(name, others[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < ARCHIVE_FOLDER_COUNT; i++) {
        if (strcmp(name, folder_names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum status survey_entry(void *context, const char *name, struct error *error)
{
    (void)error;
    struct survey *survey = context;
    survey->current = survey->current || strcmp(name, current_name) == 0;
    survey->lock = survey->lock || strcmp(name, lock_name) == 0;
    if (!is_one_of_ours(name) && survey->foreign[0] == '\0') {
        (void)snprintf(survey->foreign, sizeof survey->foreign, "%s", name);
    }
    return STATUS_OK;
}

static enum status archive_init(const char *path, struct archive *archive, struct error *error)
{
    *archive = (struct archive){.path = memory_copy(path, strlen(path)), .lock = -1};
    return archive->path == NULL ? error_no_memory(error, strlen(path) + 1) : STATUS_OK;
}

static enum status count_entry(void *context, const char *name, struct error *error)
{
    (void)name;
    (void)error;
    *(size_t *)context += 1;
    return STATUS_OK;
}

/* A run that is killed before its first commit leaves manifest 1 and its building folder. Manifests
 * without that are an archive that has lost its CURRENT: to go on would throw its segments away. */
static enum status check_unpublished(const struct archive *archive, struct error *error)
{
    size_t counts[ARCHIVE_FOLDER_COUNT] = {0};
    for (unsigned folder = 0; folder < ARCHIVE_FOLDER_COUNT; folder++) {
        char *path = archive_folder_path(archive, (enum archive_folder)folder);
        if (path == NULL) {
            return no_path(archive, error);
        }
        enum status status = folder_list(path, count_entry, &counts[folder], error);
        memory_free(path);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    if (counts[ARCHIVE_MANIFESTS] > 0 && counts[ARCHIVE_BUILDING] == 0) {
        return error_set(error, STATUS_FORMAT,
                         "archive '%s' is damaged: it has manifests, but its CURRENT file is gone; "
                         "restore that file from a copy, or index into a new folder",
                         archive->path);
    }
    return STATUS_OK;
}

/* A folder without CURRENT: a first run that was not finished, a damaged archive, or none. */
static enum status no_current(const struct survey *survey, const struct archive *archive,
                              struct error *error)
{
    if (!survey->lock || survey->foreign[0] != '\0') {
        return error_set(error, STATUS_FORMAT,
                         "'%s' is not a fihris archive: it holds no CURRENT file; make one with "
                         "'fihris index ARCHIVE INPUT...'",
                         survey->path);
    }
    enum status status = check_unpublished(archive, error);
    if (status == STATUS_OK) {
        status = error_set(error, STATUS_NOT_FOUND,
                           "archive '%s' has no snapshot yet: its first run was not finished; run "
                           "'fihris index' with the same inputs again",
                           survey->path);
    }
    return status;
}

enum status archive_open(const char *path, struct archive *archive, struct error *error)
{
    *archive = (struct archive){.lock = -1};
    if (!file_exists(path)) {
        return error_set(error, STATUS_NOT_FOUND,
                         "cannot open archive '%s': no such folder; make one with 'fihris index "
                         "ARCHIVE INPUT...'",
                         path);
    }
    if (!is_folder(path)) {
        return error_set(error, STATUS_FORMAT, "'%s' is not a fihris archive: it is no folder",
                         path);
    }
    struct survey survey = {.path = path};
    enum status status = folder_list(path, survey_entry, &survey, error);
    if (status == STATUS_OK) {
        status = archive_init(path, archive, error);
    }
    if (status == STATUS_OK && !survey.current) {
        status = no_current(&survey, archive, error);
    }
    if (status != STATUS_OK) {
        archive_close(archive);
    }
    return status;
}

static enum status take_lock(struct archive *archive, struct error *error)
{
    char *path = path_join(archive->path, lock_name);
    if (path == NULL) {
        return no_path(archive, error);
    }
    enum status status = file_lock(path, &archive->lock, error);
    memory_free(path);
    if (status == STATUS_BUSY) {
        return error_set(error, STATUS_BUSY,
                         "cannot write archive '%s': another process is writing it; wait until it "
                         "has ended, or stop it and run this again (searching works meanwhile)",
                         archive->path);
    }
    return status;
}

static enum status make_folders(const struct archive *archive, struct error *error)
{
    enum status status = STATUS_OK;
    for (unsigned folder = 0; folder < ARCHIVE_FOLDER_COUNT && status == STATUS_OK; folder++) {
        char *path = archive_folder_path(archive, (enum archive_folder)folder);
        status = path == NULL ? no_path(archive, error) : folder_make(path, error);
        memory_free(path);
    }
    return status == STATUS_OK ? folder_sync(archive->path, error) : status;
}

/* Makes the folder itself, on disk with its name. */
static enum status make_root(const char *path, struct error *error)
{
    enum status status = folder_make(path, error);
    char *parent = path_join(path, "..");
    if (parent == NULL) {
        return error_no_memory(error, strlen(path) + 4);
    }
    if (status == STATUS_OK) {
        status = folder_sync(parent, error);
    }
    memory_free(parent);
    return status;
}

enum status archive_open_writer(const char *path, struct archive *archive, struct error *error)
{
    *archive = (struct archive){.lock = -1};
    enum status status = file_exists(path) ? STATUS_OK : make_root(path, error);
    struct survey survey = {.path = path};
    if (status == STATUS_OK && !is_folder(path)) {
        status = error_set(error, STATUS_USAGE,
                           "cannot make an archive at '%s': a file has that name", path);
    }
    if (status == STATUS_OK) {
        status = folder_list(path, survey_entry, &survey, error);
    }
    if (status == STATUS_OK && !survey.current && survey.foreign[0] != '\0') {
        status = error_set(error, STATUS_USAGE,
                           "cannot make an archive in '%s': the folder holds other files ('%s'); "
                           "name a new or an empty folder",
                           path, survey.foreign);
    }
    if (status == STATUS_OK) {
        status = archive_init(path, archive, error);
    }
    if (status == STATUS_OK) {
        status = take_lock(archive, error);
    }
    /* Looked at again under the lock: another writer may have published in between. */
    if (status == STATUS_OK) {
        status = folder_list(path, survey_entry, &survey, error);
    }
    if (status == STATUS_OK && !survey.current) {
        status = check_unpublished(archive, error);
    }
    if (status == STATUS_OK) {
        status = make_folders(archive, error);
    }
    if (status != STATUS_OK) {
        archive_close(archive);
    }
    return status;
}

void archive_close(struct archive *archive)
{
    if (archive == NULL) {
        return;
    }
    file_lock_release(archive->lock);
    memory_free(archive->path);
    *archive = (struct archive){.lock = -1};
}

/* ---- CURRENT and manifests ------------------------------------------------------------------ */

static size_t current_text(const struct archive_current *current, char text[CURRENT_SIZE_MAX])
{
    char digest[DIGEST_TEXT_SIZE];
    digest_text(&current->digest, digest);
    int size = snprintf(text, CURRENT_SIZE_MAX, "%0*" PRIu32 " %s\n", NUMBER_DIGITS_MIN,
                        current->number, digest);
    assert(size > 0 && size < CURRENT_SIZE_MAX);
    return (size_t)size;
}

/* Reads a number as current_text() and archive_manifest_path() write it; 0: it is none. */
static uint32_t parse_number(const char *text, size_t size)
{
    size_t zeros = 0;
    while (zeros < size && text[zeros] == '0') {
        zeros++;
    }
    uint64_t number = 0;
    if (size < NUMBER_DIGITS_MIN || (size > NUMBER_DIGITS_MIN && zeros > 0) ||
        !record_number(text + zeros, size - zeros, MANIFEST_NUMBER_MAX, &number)) {
        return 0;
    }
    return (uint32_t)number;
}

static bool parse_current(const char *text, size_t size, struct archive_current *current)
{
    if (size < DIGEST_DIGITS + 2 || text[size - 1] != '\n' ||
        text[size - DIGEST_DIGITS - 2] != ' ') {
        return false;
    }
    current->number = parse_number(text, size - DIGEST_DIGITS - 2);
    return current->number > 0 &&
           digest_parse(text + size - DIGEST_DIGITS - 1, DIGEST_DIGITS, &current->digest);
}

enum status archive_read_current(const struct archive *archive, struct archive_current *current,
                                 struct error *error)
{
    *current = (struct archive_current){.number = 0};
    char *path = path_join(archive->path, current_name);
    if (path == NULL) {
        return no_path(archive, error);
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

/* Reads one manifest file; `digest` (or NULL) is what CURRENT says of it. */
static enum status read_manifest_file(const struct archive *archive, uint32_t number,
                                      const struct digest *digest, struct manifest *manifest,
                                      struct error *error)
{
    char *path = archive_manifest_path(archive, number);
    if (path == NULL) {
        return no_path(archive, error);
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

/* ---- Lists of snapshots --------------------------------------------------------------------- */

/* Numbers of manifest files, ascending. */
struct numbers {
    uint32_t *values;
    size_t count;
};

static uint32_t manifest_number(const char *name)
{
    size_t size = strlen(name);
    size_t suffix = sizeof manifest_suffix - 1;
    if (size <= suffix || strcmp(name + size - suffix, manifest_suffix) != 0) {
        return 0;
    }
    return parse_number(name, size - suffix);
}

static enum status note_number(void *context, const char *name, struct error *error)
{
    struct numbers *numbers = context;
    uint32_t number = manifest_number(name);
    if (number == 0) {
        return STATUS_OK;
    }
    size_t size = (numbers->count + 1) * sizeof *numbers->values;
    uint32_t *values = memory_resize(numbers->values, size);
    if (values == NULL) {
        return error_no_memory(error, size);
    }
    numbers->values = values;
    numbers->values[numbers->count++] = number;
    return STATUS_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x > *y) - (*x < *y);
}

static enum status list_numbers(const struct archive *archive, struct numbers *numbers,
                                struct error *error)
{
    *numbers = (struct numbers){.count = 0};
    char *path = archive_folder_path(archive, ARCHIVE_MANIFESTS);
    if (path == NULL) {
        return no_path(archive, error);
    }
    enum status status = folder_list(path, note_number, numbers, error);
    memory_free(path);
    if (status == STATUS_OK && numbers->count > 0) {
        qsort(numbers->values, numbers->count, sizeof *numbers->values, compare_numbers);
    }
    return status;
}

static enum status describe_snapshot(const struct archive *archive, uint32_t number,
                                     struct archive_snapshot *snapshot, struct error *error)
{
    char *path = archive_manifest_path(archive, number);
    if (path == NULL) {
        return no_path(archive, error);
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
    struct numbers numbers;
    status = list_numbers(archive, &numbers, error);
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

/* ---- Commit --------------------------------------------------------------------------------- */

enum status archive_write_manifest(const struct archive *archive, const struct manifest *manifest,
                                   struct archive_current *current, struct error *error)
{
    assert(archive->lock >= 0);
    struct buffer bytes;
    buffer_init(&bytes, MANIFEST_SIZE_MAX);
    char *path = archive_manifest_path(archive, manifest->number);
    enum status status =
        path == NULL ? no_path(archive, error) : manifest_write(manifest, &bytes, error);
    if (status == STATUS_OK) {
        *current = (struct archive_current){.number = manifest->number,
                                            .digest = digest_of(bytes.bytes, bytes.size)};
        status = file_replace(path, bytes.bytes, bytes.size, error);
    }
    memory_free(path);
    buffer_release(&bytes);
    return status;
}

enum status archive_write_current(const struct archive *archive,
                                  const struct archive_current *current, struct error *error)
{
    assert(archive->lock >= 0);
    char text[CURRENT_SIZE_MAX];
    size_t size = current_text(current, text);
    char *path = path_join(archive->path, current_name);
    enum status status =
        path == NULL ? no_path(archive, error) : file_replace(path, text, size, error);
    memory_free(path);
    return status;
}

/* ---- Clean-up ------------------------------------------------------------------------------- */

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
    char *path = path_in(archive, folder, name);
    enum status status = path == NULL ? no_path(archive, error) : path_remove(path, error);
    memory_free(path);
    return status;
}

/* True for "<digest><suffix>" and what may be left beside it: a temporary or a lock file. */
static bool is_archive_file(const char *name, const char *suffix, struct digest *digest,
                            bool *beside)
{
    size_t size = strlen(name);
    size_t suffix_size = strlen(suffix);
    if (size < DIGEST_DIGITS + suffix_size || !digest_parse(name, DIGEST_DIGITS, digest) ||
        strncmp(name + DIGEST_DIGITS, suffix, suffix_size) != 0) {
        return false;
    }
    const char *rest = name + DIGEST_DIGITS + suffix_size;
    *beside = *rest != '\0';
    return !*beside || strcmp(rest, ".tmp") == 0 || strcmp(rest, "-lock") == 0;
}

static enum status clean_file(void *context, const char *name, struct error *error)
{
    const struct kept *kept = context;
    struct digest digest;
    bool beside = false;
    if (!is_archive_file(name, file_suffixes[kept->folder], &digest, &beside)) {
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
        status = path == NULL ? no_path(kept->archive, error)
                              : folder_list(path, clean_file, kept, error);
        memory_free(path);
    }
    return status;
}

/* Removes the manifests that are not kept, and leaves the others in `numbers`. */
static enum status clean_manifests(const struct archive *archive, uint32_t live,
                                   struct numbers *numbers, struct error *error)
{
    enum status status = list_numbers(archive, numbers, error);
    size_t published = 0;
    while (published < numbers->count && numbers->values[published] <= live) {
        published++;
    }
    size_t from = published < ARCHIVE_SNAPSHOTS_KEPT ? 0 : published - ARCHIVE_SNAPSHOTS_KEPT;
    for (size_t i = 0; i < numbers->count && status == STATUS_OK; i++) {
        if (i < from || i >= published) {
            char *path = archive_manifest_path(archive, numbers->values[i]);
            status = path == NULL ? no_path(archive, error) : path_remove(path, error);
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
    struct numbers numbers = {.count = 0};
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
