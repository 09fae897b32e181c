#ifndef ENGINE_REPEATS_H
#define ENGINE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/intern.h"
#include "index/builder.h"
#include "snapshot/building.h"
#include "source/article.h"

/* One id, several articles: in one run, and between a run and what is live. The last in input order
 * counts. Two rules make that come true whatever the cuts of the shards:
 *
 * - Both in the run and both new: publishing lists the earlier one as superseded, and
 *   repeats_record() makes one more shard, without articles, whose ledger names it (duplicate-id).
 * - The earlier one is new and the last is what the archive has already: the last is left out as
 *   unchanged, so the earlier one must not get in, or it would replace it. Which articles these are
 *   is known when all shards are built: repeats_find() looks through the shards' notes, and those
 *   that hold one are built again without them.
 *
 * Memory: 16 bytes an article that replaces one of the live snapshot. */

/* ---- Notes on a shard ---- */

/* Hashes of the ids of the shard's articles that the live snapshot has, gathered while it is built.
 * One thread at a time. */
struct repeat_notes {
    struct buffer kept; /* uint64_t: with the same content, so left out */
    struct intern *ids; /* with other content, so added */
    struct buffer
        covered; /* unsigned char, one of `ids` each: 1: one that is kept comes after it */
};
enum status repeat_notes_init(struct repeat_notes *notes, struct error *error) MUST_CHECK;
void repeat_notes_release(struct repeat_notes *notes);
void repeat_notes_clear(struct repeat_notes *notes);
enum status repeat_notes_kept(struct repeat_notes *notes, const char *id, size_t id_size,
                              struct error *error) MUST_CHECK;
enum status repeat_notes_replaced(struct repeat_notes *notes, const char *id, size_t id_size,
                                  struct error *error) MUST_CHECK;
/* Writes them into the run's folder; nothing when there are none. */
enum status repeat_notes_write(const struct repeat_notes *notes, const struct building *building,
                               uint32_t shard, struct error *error) MUST_CHECK;
/* Whether the notes of a shard that is finished are there and sound. STATUS_FORMAT. */
enum status repeat_notes_check(const struct building *building, uint32_t shard,
                               const struct building_shard *content,
                               struct error *error) MUST_CHECK;

/* ---- The whole run ---- */

struct repeat_drops {
    const uint64_t *hashes; /* of ids, ascending; borrowed */
    size_t count;
};
bool repeat_drops_have(const struct repeat_drops *drops, const char *id, size_t id_size);

struct repeats {
    struct buffer replaced; /* struct repeat_id */
    struct buffer hashes;   /* uint64_t: of all drops, by shard */
    struct buffer shards;   /* struct repeat_shard */
};
/* A shard that must be built again, without the articles whose ids are among `drops`. */
struct repeat_shard {
    uint32_t shard;
    uint32_t count;
    size_t first; /* in `hashes` */
};

/* Looks through the notes of all shards, 0..shard_count-1. */
enum status repeats_find(const struct building *building, const struct building_shard *shards,
                         uint32_t shard_count, struct repeats *repeats,
                         struct error *error) MUST_CHECK;
void repeats_release(struct repeats *repeats);
size_t repeats_shard_count(const struct repeats *repeats);
uint32_t repeats_shard(const struct repeats *repeats, size_t index, struct repeat_drops *drops);

/* Makes shard `shard_count` when articles of the run repeat each other, and finishes it. */
enum status repeats_record(const struct building *building, const struct building_shard *shards,
                           uint32_t shard_count, const struct builder_options *options,
                           bool *recorded, struct building_shard *made,
                           struct error *error) MUST_CHECK;

/* What the ledger calls an article: the beginning of its id. Returns its size. */
size_t repeat_detail(const char *id, size_t id_size);

#endif
