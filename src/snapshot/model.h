#ifndef SNAPSHOT_MODEL_H
#define SNAPSHOT_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/symbols.h"
#include "base/view.h"
#include "snapshot/archive.h"

/* The model file: what an archive learned once from a sample of its first inputs, frozen. A few
 * named runs of bytes under one digest, which is the file's name; what the bytes mean is for their
 * owners. Immutable: any thread after model_open(). Opening reads the whole file (a few MB: under
 * 1 ms) and checks its digest. Layout: docs/FORMAT.md, "Model". */

#define MODEL_VERSION  1u
#define MODEL_SIZE_MAX ((size_t)1 << 30)

enum model_part {
    MODEL_ANALYSER, /* the analyser's name */
    MODEL_OPTIONS,  /* its options, as text */
    MODEL_EVIDENCE, /* evidence lexicon of conflation */
    MODEL_SYMBOLS,  /* those that documents are written in; may be empty */
    MODEL_PART_COUNT
};

struct model_bytes {
    const void *bytes;
    size_t size;
};

/* What a model holds. The parts are borrowed. */
struct model_content {
    uint32_t analyser_version;
    struct model_bytes parts[MODEL_PART_COUNT];
};

/* Writes "models/<digest>.model", durably; `file` is then what a manifest says of it. That it is
 * there already is fine: same name, same bytes. */
enum status model_write(const struct archive *archive, const struct model_content *content,
                        struct manifest_file *file, struct error *error) MUST_CHECK;

struct model {
    struct model_content content; /* in place, valid until model_close(); parts 8-byte aligned */
    struct symbols symbols;       /* over MODEL_SYMBOLS, which every reader of documents needs */
    struct digest digest;
    struct file_view view;
};

/* Opens a model file and checks all of it. `digest` (NULL: any) is the one it must have. */
enum status model_open(const char *path, const struct digest *digest, struct model *model,
                       struct error *error) MUST_CHECK;
void model_close(struct model *model);

/* The same over bytes in memory (8-byte aligned, kept by the caller): for tests and fuzzing. */
enum status model_parse(const void *bytes, size_t size, const char *path, struct model *model,
                        struct error *error) MUST_CHECK;

#endif
