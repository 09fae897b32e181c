#ifndef ENGINE_KNOWN_LEDGER_H
#define ENGINE_KNOWN_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/segment.h"
#include "snapshot/snapshot.h"

/* What the ledger of the live snapshot says already, so that a run that meets the same bad input
 * again does not say it again: else every run over it would make a new snapshot. Eight bytes a
 * record. Immutable once read: any thread. */

struct known_ledger {
    struct buffer hashes; /* uint64_t, ascending */
};
enum status known_ledger_read(const struct snapshot *snapshot, struct known_ledger *known,
                              struct error *error) MUST_CHECK;
void known_ledger_release(struct known_ledger *known);
/* `record->input` is not looked at: `path` is what it stands for. Any thread. */
bool known_ledger_has(const struct known_ledger *known, const struct segment_ledger_record *record,
                      const char *path, size_t path_size);

#endif
