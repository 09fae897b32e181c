#ifndef SNAPSHOT_DELETIONS_H
#define SNAPSHOT_DELETIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/postings.h"
#include "snapshot/manifest.h"

/* The deleted documents of every segment of a snapshot: those that a later document with the same
 * id replaces, in the same segment or in a later one. Segments never change, so the list stands
 * beside them, in one file a snapshot: "derived/<digest>.del". Readers leave these documents out,
 * merging drops them. Four bytes a deleted document in memory. Immutable once made: any thread.
 * Layout: docs/FORMAT.md, "Deletions". */

#define DELETIONS_VERSION  1u
#define DELETIONS_SIZE_MAX ((size_t)2 << 30)

struct deletion_list {
    doc_id *documents; /* ascending; owned */
    uint32_t count;
    uint32_t capacity;
};

struct deletions {
    struct deletion_list *lists; /* one a segment, in order; owned */
    uint32_t count;
};

/* Makes `count` empty lists. */
enum status deletions_init(struct deletions *deletions, uint32_t count,
                           struct error *error) MUST_CHECK;
void deletions_release(struct deletions *deletions);

/* Adds a document, in any order; deletion_list_sort() then puts a list in order and drops
 * repetitions. */
enum status deletion_list_add(struct deletion_list *list, doc_id document,
                              struct error *error) MUST_CHECK;
void deletion_list_sort(struct deletion_list *list);

/* Appends the file's bytes to `out`, which is empty. */
enum status deletions_write(const struct deletions *deletions, struct buffer *out,
                            struct error *error) MUST_CHECK;

/* Reads them; every list must fit its segment in `manifest`. The caller releases `deletions`, which
 * is empty on failure. STATUS_FORMAT names `path`. */
enum status deletions_read(const void *bytes, size_t size, const char *path,
                           const struct manifest *manifest, struct deletions *deletions,
                           struct error *error) MUST_CHECK;

#endif
