#ifndef SNAPSHOT_MANIFEST_H
#define SNAPSHOT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "snapshot/segment_record.h"

/* The manifest: everything a snapshot is made of, as JSON with a digest at its end. The same
 * content gives the same bytes: members stand in one order and there are no time stamps. What is
 * read is checked: the digest first, then every member with its bounds; a manifest that passes can
 * be used without further tests, except that the files it names may be missing or damaged, which
 * their own seals tell. Members, units and limits: docs/FORMAT.md, "Manifest". */

#define MANIFEST_FORMAT       1u
#define MANIFEST_SEGMENTS_MAX 4096u
#define MANIFEST_SIZE_MAX     ((size_t)256 << 20)
#define MANIFEST_PAGES_MAX    (1u << 24) /* structure pages of all segments together */
#define MANIFEST_NAME_SIZE    64
#define MANIFEST_OPTIONS_SIZE 256
#define MANIFEST_NUMBER_MAX   4000000000u

/* A file that is named by its digest. */
struct manifest_file {
    struct digest digest;
    uint64_t size; /* 0: there is none */
};

/* Which analyser made the terms: a query with another is refused. */
struct manifest_analyser {
    char name[MANIFEST_NAME_SIZE];
    uint32_t version;
    char options[MANIFEST_OPTIONS_SIZE]; /* free text of the analyser's owner; part of its identity
                                          */
};

/* Options that change the bytes of segments. */
struct manifest_options {
    uint64_t shard_bytes;
    bool entities;
    uint32_t compression_level;
};

/* What was read to make the archive, all runs together. */
struct manifest_inputs {
    uint64_t count;
    uint64_t bytes;
    struct digest digest; /* of the lists of inputs: see manifest_inputs_add() */
};

struct manifest {
    uint32_t format;
    uint32_t number; /* of the snapshot, from 1 */
    uint32_t parent; /* the snapshot that was live before, 0: none */
    struct manifest_analyser analyser;
    struct manifest_options options;
    struct manifest_file model;
    struct manifest_inputs inputs;
    struct manifest_file deletions;  /* size 0: nothing is deleted */
    struct segment_record *segments; /* in order: later ones supersede earlier ones; owned */
    uint32_t segment_count;
};

/* An empty manifest, format and all. */
void manifest_init(struct manifest *manifest);
void manifest_release(struct manifest *manifest);

/* Appends a copy of `segment`. STATUS_LIMIT beyond MANIFEST_SEGMENTS_MAX. */
enum status manifest_add(struct manifest *manifest, const struct segment_record *segment,
                         struct error *error) MUST_CHECK;

/* Adds the inputs of one run. The digest becomes the digest of (old digest, run's digest). */
void manifest_inputs_add(struct manifest_inputs *inputs, const struct manifest_inputs *run);

/* Bytes of the files a manifest names, itself left out; sum of counts over its segments. */
uint64_t manifest_bytes(const struct manifest *manifest);
void manifest_counts(const struct manifest *manifest, struct segment_counts *counts,
                     uint64_t *deleted);

/* Appends the manifest's bytes to `out`. Numbers beyond their limits are STATUS_LIMIT. */
enum status manifest_write(const struct manifest *manifest, struct buffer *out,
                           struct error *error) MUST_CHECK;

/* Reads what manifest_write() wrote; `path` is for messages. The caller releases `manifest`, which
 * is empty on failure. STATUS_FORMAT on any difference; a newer format is named as such. */
enum status manifest_read(const void *bytes, size_t size, const char *path,
                          struct manifest *manifest, struct error *error) MUST_CHECK;

#endif
