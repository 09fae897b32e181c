#include "snapshot/archive.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "snapshot/archive_files.h"

/* Opening and locking. Names and paths: archive_files.c; which snapshots there are:
 * archive_snapshots.c; removing what is not needed: archive_clean.c. */

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
    char foreign[256]; /* the first name that is not an archive's; empty: none */
};

static enum status survey_entry(void *context, const char *name, struct error *error)
{
    (void)error;
    struct survey *survey = context;
    enum archive_entry entry = archive_entry_of(name);
    survey->current |= entry == ARCHIVE_ENTRY_CURRENT;
    survey->lock |= entry == ARCHIVE_ENTRY_LOCK;
    if (entry == ARCHIVE_ENTRY_FOREIGN && survey->foreign[0] == '\0') {
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
            return archive_no_path(archive, error);
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
                           "archive '%s' has no snapshot yet: its first run is under way or was "
                           "stopped; 'fihris index' with the same inputs goes on with it",
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
    char *path = archive_lock_path(archive);
    if (path == NULL) {
        return archive_no_path(archive, error);
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
        status = path == NULL ? archive_no_path(archive, error) : folder_make(path, error);
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
