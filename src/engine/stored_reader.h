#ifndef ENGINE_STORED_READER_H
#define ENGINE_STORED_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "engine/stored.h"
#include "snapshot/snapshot.h"
#include "source/reader.h"

/* Reads the documents of one shard, in order, as source/reader.h reads articles from files. The
 * plan is one of `stored->inputs`. The snapshot is the one that was listed, opened once more for
 * each thread. One thread at a time. */
struct stored_reader;
enum status stored_reader_open(const struct stored *stored, const struct snapshot *snapshot,
                               const struct shard *shard, ledger_report report, void *context,
                               struct stored_reader **out, struct error *error) MUST_CHECK;
/* The article's strings are valid until the next call. STATUS_FORMAT on damage. */
enum status stored_reader_next(struct stored_reader *reader, struct article *article, bool *found,
                               struct error *error) MUST_CHECK;
/* Bytes of the inputs passed so far. */
uint64_t stored_reader_bytes(const struct stored_reader *reader);
void stored_reader_close(struct stored_reader *reader);

#endif
