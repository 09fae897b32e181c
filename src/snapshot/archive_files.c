#include "snapshot/archive_files.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum {
    NUMBER_DIGITS_MIN = 6,
    NUMBER_DIGITS_MAX = ARCHIVE_NUMBER_TEXT_SIZE - 1,
    NAME_SIZE_MAX = 64, /* of any file, with its folder */
    DIGEST_DIGITS = DIGEST_TEXT_SIZE - 1,
};

static const char current_name[] = "CURRENT";
static const char lock_name[] = "writer.lock";
static const char manifest_suffix[] = ".json";
static const char *const folder_names[ARCHIVE_FOLDER_COUNT] = {
    [ARCHIVE_MANIFESTS] = "manifests", [ARCHIVE_SEGMENTS] = "segments", [ARCHIVE_MODELS] = "models",
    [ARCHIVE_DERIVED] = "derived",     [ARCHIVE_BUILDING] = "building",
};
static const char *const file_suffixes[ARCHIVE_FOLDER_COUNT] = {
    [ARCHIVE_SEGMENTS] = ".mdb", [ARCHIVE_MODELS] = ".model", [ARCHIVE_DERIVED] = ".del"};

enum archive_entry archive_entry_of(const char *name)
{
    static const char *const others[] = {"CURRENT.tmp", "lost+found" /* root of a file system */};
    if (strcmp(name, current_name) == 0) {
        return ARCHIVE_ENTRY_CURRENT;
    }
    if (strcmp(name, lock_name) == 0) {
        return ARCHIVE_ENTRY_LOCK;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(name, others[i]) == 0) {
            return ARCHIVE_ENTRY_OTHER;
        }
    }
    for (size_t i = 0; i < ARCHIVE_FOLDER_COUNT; i++) {
        if (strcmp(name, folder_names[i]) == 0) {
            return ARCHIVE_ENTRY_OTHER;
        }
    }
    return ARCHIVE_ENTRY_FOREIGN;
}

/* ---- Paths ---------------------------------------------------------------------------------- */

char *archive_current_path(const struct archive *archive)
{
    return path_join(archive->path, current_name);
}

char *archive_lock_path(const struct archive *archive)
{
    return path_join(archive->path, lock_name);
}

char *archive_folder_path(const struct archive *archive, enum archive_folder folder)
{
    return path_join(archive->path, folder_names[folder]);
}

char *archive_path_in(const struct archive *archive, enum archive_folder folder, const char *name)
{
    char *parent = archive_folder_path(archive, folder);
    char *path = parent == NULL ? NULL : path_join(parent, name);
    memory_free(parent);
    return path;
}

char *archive_manifest_path(const struct archive *archive, uint32_t number)
{
    char text[ARCHIVE_NUMBER_TEXT_SIZE];
    archive_number_text(number, text);
    char name[NUMBER_DIGITS_MAX + sizeof manifest_suffix];
    (void)snprintf(name, sizeof name, "%s%s", text, manifest_suffix);
    return archive_path_in(archive, ARCHIVE_MANIFESTS, name);
}

char *archive_file_path(const struct archive *archive, enum archive_folder folder,
                        const struct digest *digest)
{
    assert(file_suffixes[folder] != NULL);
    char text[DIGEST_TEXT_SIZE];
    digest_text(digest, text);
    char name[DIGEST_TEXT_SIZE + 8];
    (void)snprintf(name, sizeof name, "%s%s", text, file_suffixes[folder]);
    return archive_path_in(archive, folder, name);
}

enum status archive_no_path(const struct archive *archive, struct error *error)
{
    return error_no_memory(error, strlen(archive->path) + NAME_SIZE_MAX);
}

/* ---- Numbers -------------------------------------------------------------------------------- */

void archive_number_text(uint32_t number, char text[ARCHIVE_NUMBER_TEXT_SIZE])
{
    (void)snprintf(text, ARCHIVE_NUMBER_TEXT_SIZE, "%0*" PRIu32, NUMBER_DIGITS_MIN, number);
}

uint32_t archive_number_parse(const char *text, size_t size)
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

/* 0: the name is of no manifest. */
static uint32_t manifest_number(const char *name)
{
    size_t size = strlen(name);
    size_t suffix = sizeof manifest_suffix - 1;
    if (size <= suffix || strcmp(name + size - suffix, manifest_suffix) != 0) {
        return 0;
    }
    return archive_number_parse(name, size - suffix);
}

static enum status note_number(void *context, const char *name, struct error *error)
{
    struct archive_numbers *numbers = context;
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

enum status archive_manifest_numbers(const struct archive *archive, struct archive_numbers *numbers,
                                     struct error *error)
{
    *numbers = (struct archive_numbers){.count = 0};
    char *path = archive_folder_path(archive, ARCHIVE_MANIFESTS);
    if (path == NULL) {
        return archive_no_path(archive, error);
    }
    enum status status = folder_list(path, note_number, numbers, error);
    memory_free(path);
    if (status == STATUS_OK && numbers->count > 0) {
        qsort(numbers->values, numbers->count, sizeof *numbers->values, compare_numbers);
    }
    return status;
}

/* ---- Segments, models, derived files -------------------------------------------------------- */

bool archive_file_name_parse(enum archive_folder folder, const char *name, struct digest *digest,
                             bool *beside)
{
    const char *suffix = file_suffixes[folder];
    assert(suffix != NULL);
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
