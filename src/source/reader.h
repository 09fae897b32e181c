#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "source/article.h"
#include "source/plan.h"

/* Reads the articles of one shard in order. Never fails on bad input: what cannot be used is
 * reported to the ledger and reading goes on. Memory is bounded: a read-ahead block, and for an
 * article larger than that its bytes, its text and up to three decoded copies on the way (a few
 * times ARTICLE_BYTES_MAX at worst), let go with the next article; a larger line or file is passed
 * over and reported. Files are read, not mapped, so that one that shrinks while being read is a
 * ledger entry, not a signal. One thread at a time.
 *
 * A file that has changed since the plan: a text file of another size is VANISHED; of JSON Lines
 * what the plan saw is read (and the rest of a line begun before its end), missing bytes are
 * VANISHED. An input that several shards read is reported by each for its own part, so that the
 * bytes add up. JSON Lines in UTF-16 are refused (BINARY); text files in UTF-16 are decoded. */

#define ARTICLE_BYTES_MAX ((size_t)64 * 1024 * 1024)

typedef enum status (*ledger_report)(void *context, const struct ledger_entry *entry,
                                     struct error *error);

struct reader;
enum status reader_open(const struct shard_plan *plan, const struct shard *shard,
                        ledger_report report, void *context, struct reader **out,
                        struct error *error) MUST_CHECK;

/* Fills `article` and sets `*found`; at the end of the shard `*found` is false. STATUS_NOMEM and
 * what `report` returned are the only failures. */
enum status reader_next(struct reader *reader, struct article *article, bool *found,
                        struct error *error) MUST_CHECK;

/* Input bytes passed so far: for progress. */
uint64_t reader_bytes(const struct reader *reader);
void reader_close(struct reader *reader);

#endif
