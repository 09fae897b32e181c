#ifndef SNAPSHOT_ARCHIVE_H
#define SNAPSHOT_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "snapshot/manifest.h"

/* An archive folder: where its files lie, which snapshot is live, who may write.
 *
 *     CURRENT               "000007 <32 hex digits>\n": number of the live snapshot, digest of its
 *                           manifest; replaced by one atomic rename, the only commit point
 *     manifests/000007.json
 *     segments/<digest>.mdb  models/<digest>.model  derived/<digest>.del
 *     building/<plan>/      an unfinished run
 *     writer.lock           locked (flock) by the one writer
 *
 * Readers take no lock: what they have open stays readable when it is unlinked. The two newest
 * snapshots are kept; a file goes when no kept manifest names it (archive_clean()). Numbers ascend
 * by one and are never used for two published snapshots. Any thread; the writer's calls: the
 * process that holds the lock, one thread at a time. */

#define ARCHIVE_SNAPSHOTS_KEPT 2u

enum archive_folder {
    ARCHIVE_MANIFESTS,
    ARCHIVE_SEGMENTS,
    ARCHIVE_MODELS,
    ARCHIVE_DERIVED,
    ARCHIVE_BUILDING,
    ARCHIVE_FOLDER_COUNT
};

struct archive {
    char *path; /* owned */
    int lock;   /* -1: opened to read */
};

/* Opens an archive to read. STATUS_NOT_FOUND when there is no such folder, or no snapshot in it
 * yet; STATUS_FORMAT when it is no archive. */
enum status archive_open(const char *path, struct archive *archive, struct error *error) MUST_CHECK;

/* Opens to write, making the folder when it is absent or empty. STATUS_BUSY when another process
 * writes; STATUS_USAGE when the folder holds anything that is not an archive's; STATUS_FORMAT when
 * it is an archive that has lost its CURRENT. */
enum status archive_open_writer(const char *path, struct archive *archive,
                                struct error *error) MUST_CHECK;

/* NULL is ignored. */
void archive_close(struct archive *archive);

/* Paths, which the caller frees with memory_free(); NULL when out of memory. */
char *archive_folder_path(const struct archive *archive, enum archive_folder folder) MUST_CHECK;
char *archive_manifest_path(const struct archive *archive, uint32_t number) MUST_CHECK;
/* Of a segment, model or derived file. */
char *archive_file_path(const struct archive *archive, enum archive_folder folder,
                        const struct digest *digest) MUST_CHECK;

/* What CURRENT says. STATUS_NOT_FOUND when nothing has been published yet. */
struct archive_current {
    uint32_t number;
    struct digest digest; /* of the manifest's bytes */
};
enum status archive_read_current(const struct archive *archive, struct archive_current *current,
                                 struct error *error) MUST_CHECK;

/* Reads the manifest of a snapshot, 0: the live one. The caller releases it. STATUS_NOT_FOUND when
 * there is no such snapshot. A publication between two reads is waited out: the answer is a
 * snapshot that was live during the call. */
enum status archive_read_manifest(const struct archive *archive, uint32_t number,
                                  struct manifest *manifest, struct error *error) MUST_CHECK;

/* Calls `visit` for each snapshot that is there, oldest first; its manifest lives during the call.
 * An unreadable manifest ends it with STATUS_FORMAT. */
struct archive_snapshot {
    const struct manifest *manifest;
    bool live;
    uint64_t bytes;      /* of the manifest and all files it names; some are shared */
    int64_t published_s; /* seconds since 1970: when the manifest file was written */
};
enum status archive_list(const struct archive *archive,
                         enum status (*visit)(void *context,
                                              const struct archive_snapshot *snapshot,
                                              struct error *error),
                         void *context, struct error *error) MUST_CHECK;

/* Writer: writes the manifest, then makes it the live one. Every file that it names must be in its
 * place and on disk. `manifest->number` must be the live one's and one more. After STATUS_OK the
 * snapshot is live; after anything else the one before still is, unless only the last syncing of
 * the folder failed: then it is one of the two, whole. */
enum status archive_write_manifest(const struct archive *archive, const struct manifest *manifest,
                                   struct archive_current *current, struct error *error) MUST_CHECK;
enum status archive_write_current(const struct archive *archive,
                                  const struct archive_current *current,
                                  struct error *error) MUST_CHECK;

/* Writer: removes manifests that were never live or are older than the kept ones, and then segment,
 * model and derived files that no kept manifest names. Removes no file when a kept manifest cannot
 * be read. Files with other names are left alone. */
enum status archive_clean(const struct archive *archive, struct error *error) MUST_CHECK;

#endif
