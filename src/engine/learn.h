#ifndef ENGINE_LEARN_H
#define ENGINE_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/phases.h"
#include "engine/feed.h"
#include "text/analyser.h"

/* What an archive learns once, from a sample of its first inputs, before anything is built: which
 * folds are words (the evidence lexicon) and the symbols that texts are stored in. The sample is
 * LEARN_BYTES of slices spread evenly over the inputs, or everything when there is less; which
 * slices depends on the plan's inputs alone, and the result does not depend on the number of
 * threads. */

/* What conflation finds does not grow with the sample from here on, and shrinks below: 64, 32, 16
 * and 8 MiB of news give an MRR@10 of 0.705, 0.706, 0.704 and 0.703 (docs/ANALYSIS.md). */
#define LEARN_BYTES       ((uint64_t)32 << 20)
#define LEARN_SLICE_BYTES ((uint64_t)1 << 20)

struct learn_options {
    size_t threads;
    const struct analyser *analyser; /* of the archive, but for the evidence. NULL: no reductions */
    struct phase_clock *clock;       /* of the whole process; NULL: nobody measures */
    /* Bytes of the sample read since the last call, and of the whole sample; false stops. Any
     * thread, several at once. */
    bool (*progress)(void *context, uint64_t bytes, uint64_t bytes_total);
    void *context;
};

/* Appends the evidence table (text/evidence.h), with what the analyser makes of its folds, and the
 * table of symbols (base/symbols.h) to the two buffers. The feed's inputs are cut anew. */
enum status learn(const struct feed *feed, const struct learn_options *how, struct buffer *evidence,
                  struct buffer *symbols, struct error *error) MUST_CHECK;

#endif
