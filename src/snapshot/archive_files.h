#ifndef SNAPSHOT_ARCHIVE_FILES_H
#define SNAPSHOT_ARCHIVE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/archive.h"

/* What the files of an archive are called, and back: which file a name is of. For the files that
 * implement snapshot/archive.h, which declares the paths that others need. Paths are the caller's,
 * to be freed with memory_free(); NULL when out of memory. Any thread. */

/* What an entry of the archive's folder is. */
enum archive_entry {
    ARCHIVE_ENTRY_CURRENT,
    ARCHIVE_ENTRY_LOCK,
    ARCHIVE_ENTRY_OTHER,   /* one of its folders, or what else may be there */
    ARCHIVE_ENTRY_FOREIGN, /* not an archive's */
};
enum archive_entry archive_entry_of(const char *name);

char *archive_current_path(const struct archive *archive) MUST_CHECK;
char *archive_lock_path(const struct archive *archive) MUST_CHECK;
/* A file in a folder, by name. */
char *archive_path_in(const struct archive *archive, enum archive_folder folder,
                      const char *name) MUST_CHECK;

/* STATUS_NOMEM, with its message, for a path that was NULL. */
enum status archive_no_path(const struct archive *archive, struct error *error) MUST_CHECK;

/* Numbers of snapshots, as CURRENT and the names of manifests have them. */
#define ARCHIVE_NUMBER_TEXT_SIZE 11u /* zero byte included */
void archive_number_text(uint32_t number, char text[ARCHIVE_NUMBER_TEXT_SIZE]);
/* 0: it is none, or not written so. */
uint32_t archive_number_parse(const char *text, size_t size);

/* Numbers of the manifest files that are there, live or not, ascending. The caller frees `values`,
 * also after a failure. */
struct archive_numbers {
    uint32_t *values;
    size_t count;
};
enum status archive_manifest_numbers(const struct archive *archive, struct archive_numbers *numbers,
                                     struct error *error) MUST_CHECK;

/* True for the name of a segment, model or derived file, and of what may be left beside it: a
 * temporary or a lock file (`*beside`). */
bool archive_file_name_parse(enum archive_folder folder, const char *name, struct digest *digest,
                             bool *beside);

#endif
