#ifndef ENGINE_STORED_H
#define ENGINE_STORED_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "index/segment.h"
#include "snapshot/snapshot.h"
#include "source/plan.h"

/* The live documents of a snapshot as inputs of a run, for `fihris rebuild`: what is read of them
 * is what the files gave when they were indexed, and the ledger says the same again.
 *
 * An input of the plan stands for a file that documents were read from, one after the other. It has
 * the file's path and about its size, and each document lies in it at the offset where it lay in
 * the file. So the shards, and the slices from which the archive learns, are those of the files
 * themselves, and so is what comes of them, byte for byte. What stored documents do not tell
 * exactly is how a file of JSON Lines ends behind its last article. A segment knows the bytes of
 * all its files together, so one such file comes out exactly; of several all but the last are a few
 * bytes off, which matters when a cut falls just there. Where the documents are a small part of
 * their file (the rest was known already, or is superseded) they stand side by side instead, as if
 * all had one size: else most slices would be empty.
 *
 * A stretch is what one segment holds of an input; shards that were not merged, and files that grew
 * between two runs, make several of them. Records of the ledger come with the stretch of the same
 * file; those of a file without live documents are an input of their own. Their order stays.
 *
 * Cost of listing: two columns of every document, and the last document of every input decompressed
 * (of a tree of text files: all of them). Memory: about 150 bytes an input and its path. Immutable
 * once listed: any thread, each with a snapshot of its own. */

struct stored_stretch {
    uint32_t segment;
    doc_id document_first; /* deleted ones among them are passed over */
    doc_id document_end;
    uint32_t ledger_first; /* of the segment's ledger */
    uint32_t ledger_end;
    uint32_t documents_before; /* in the input's stretches before this one */
};

struct stored_input {
    uint32_t stretch_first;
    uint32_t stretch_end;
    uint64_t document_bytes; /* of each, side by side; 0: they lie at their offsets */
    uint64_t size_min;       /* its last document begins before that; 0: none */
    uint64_t more_bytes;     /* that were read for it, beyond the input's size */
};

struct stored {
    const struct input *inputs;
    const struct stored_input *parts; /* of each input */
    const struct stored_stretch *stretches;
    uint32_t count; /* of inputs */
    uint64_t bytes; /* what reading all of it passes: sizes and more bytes */
    struct arena *arena;
};

/* `stored` is to be released after a failure too. STATUS_FORMAT on damage. */
enum status stored_list(const struct snapshot *snapshot, struct stored *stored,
                        struct error *error) MUST_CHECK;
void stored_release(struct stored *stored);

#endif
