#ifndef ENGINE_HANDLE_H
#define ENGINE_HANDLE_H

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "fihris.h"
#include "index/segment.h"
#include "query/class_cache.h"
#include "query/plan.h"
#include "snapshot/archive.h"
#include "snapshot/snapshot.h"
#include "text/analyser.h"

/* What include/fihris.h calls an archive: one snapshot opened to read, with its analyser. */

struct fihris {
    struct archive archive;
    struct snapshot snapshot;
    struct analyser analyser;
    struct exceptions *exceptions;
    struct query_segment *segments; /* snapshot.manifest.segment_count of them */
    struct class_cache *classes;    /* of words in snippets; NULL before the first */
    struct buffer document;         /* the one that fihris_show() gave last */
    struct buffer input;            /* its path */
};

/* STATUS_FORMAT when the archive's terms were made by another version of the analyser. */
enum status handle_check_version(const struct manifest *manifest, struct error *error) MUST_CHECK;

/* The analyser that made an archive's terms, with the evidence and the exceptions of its model; the
 * caller frees the exceptions. STATUS_FORMAT when this program has no such analyser or another
 * version of it. */
enum status handle_analyser(const struct manifest *manifest, const struct model *model,
                            struct analyser *analyser, struct exceptions **exceptions,
                            struct error *error) MUST_CHECK;

/* Where a live document with this id is; STATUS_NOT_FOUND. */
struct located {
    uint32_t segment;
    doc_id document;
};
enum status handle_find(const struct fihris *archive, const char *id, size_t id_size,
                        struct located *found, struct error *error) MUST_CHECK;

/* Reads a document; its strings lie in `bytes`, which is emptied first. */
enum status handle_read(const struct fihris *archive, const struct located *where,
                        struct buffer *bytes, struct stored_document *document,
                        struct error *error) MUST_CHECK;
/* The same, but its text ends with its title. */
enum status handle_read_head(const struct fihris *archive, const struct located *where,
                             struct buffer *bytes, struct stored_document *document,
                             struct error *error) MUST_CHECK;

#endif
