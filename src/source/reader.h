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
 * reported to the ledger and reading goes on. Memory is bounded: a read-ahead block and the
 * largest article (ARTICLE_BYTES_MAX); a larger line or file is passed over and reported. Files are
 * read, not mapped, so that one that shrinks while being read is a ledger entry, not a signal. One
 * thread at a time. */

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
