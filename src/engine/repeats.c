#include "engine/repeats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "snapshot/supersede.h"

enum { DETAIL_SIZE_MAX = 200 };
#define NOTES_SIZE_MAX   ((size_t)1 << 30)
#define REPEATS_SIZE_MAX ((size_t)32 << 30)

static int compare_hashes(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static bool has_hash(const uint64_t *hashes, size_t count, uint64_t hash)
{
    return count > 0 && bsearch(&hash, hashes, count, sizeof hash, compare_hashes) != NULL;
}

/* ---- Notes on a shard ---- */

enum status repeat_notes_init(struct repeat_notes *notes, struct error *error)
{
    buffer_init(&notes->kept, NOTES_SIZE_MAX);
    buffer_init(&notes->covered, NOTES_SIZE_MAX);
    notes->ids = intern_new(NOTES_SIZE_MAX);
    return notes->ids == NULL ? error_no_memory(error, 0) : STATUS_OK;
}

void repeat_notes_release(struct repeat_notes *notes)
{
    buffer_release(&notes->kept);
    buffer_release(&notes->covered);
    intern_free(notes->ids);
    notes->ids = NULL;
}

void repeat_notes_clear(struct repeat_notes *notes)
{
    buffer_clear(&notes->kept);
    buffer_clear(&notes->covered);
    intern_clear(notes->ids);
}

enum status repeat_notes_kept(struct repeat_notes *notes, const char *id, size_t id_size,
                              struct error *error)
{
    uint32_t number = 0;
    if (intern_find(notes->ids, id, id_size, &number)) {
        notes->covered.bytes[number] = 1;
    }
    uint64_t hash = hash64(id, id_size);
    return buffer_append(&notes->kept, &hash, sizeof hash, error);
}

enum status repeat_notes_replaced(struct repeat_notes *notes, const char *id, size_t id_size,
                                  struct error *error)
{
    uint32_t number = 0;
    bool added = false;
    enum status status = intern_add(notes->ids, id, id_size, &number, &added, error);
    if (status == STATUS_OK && added) {
        return buffer_append_byte(&notes->covered, 0, error);
    }
    if (status == STATUS_OK) {
        notes->covered.bytes[number] = 0;
    }
    return status;
}

/* The file: u64 counts of the hashes kept and replaced, then these, each replaced one with a u64
 * that is 1 when it is covered, and the hash of all before. */
struct notes_view {
    const unsigned char *kept;
    const unsigned char *replaced;
    uint64_t kept_count;
    uint64_t replaced_count;
};
enum { NOTES_HEAD = 16, HASH_SIZE = 8, REPLACED_SIZE = 16 };

static enum status append_u64(struct buffer *out, uint64_t value, struct error *error)
{
    unsigned char bytes[8];
    store_u64(bytes, value);
    return buffer_append(out, bytes, sizeof bytes, error);
}

static enum status notes_bytes(const struct repeat_notes *notes, struct buffer *out,
                               struct error *error)
{
    size_t kept_count = notes->kept.size / sizeof(uint64_t);
    uint32_t replaced_count = intern_count(notes->ids);
    enum status status = append_u64(out, kept_count, error);
    if (status == STATUS_OK) {
        status = append_u64(out, replaced_count, error);
    }
    const uint64_t *kept = (const uint64_t *)(const void *)notes->kept.bytes;
    for (size_t i = 0; status == STATUS_OK && i < kept_count; i++) {
        status = append_u64(out, kept[i], error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < replaced_count; i++) {
        size_t size = 0;
        const void *id = intern_string(notes->ids, i, &size);
        status = append_u64(out, hash64(id, size), error);
        if (status == STATUS_OK) {
            status = append_u64(out, notes->covered.bytes[i], error);
        }
    }
    return status == STATUS_OK ? append_u64(out, hash64(out->bytes, out->size), error) : status;
}

enum status repeat_notes_write(const struct repeat_notes *notes, const struct building *building,
                               uint32_t shard, struct error *error)
{
    if (notes->kept.size == 0 && intern_count(notes->ids) == 0) {
        return STATUS_OK;
    }
    struct buffer bytes;
    buffer_init(&bytes, NOTES_SIZE_MAX * 4);
    enum status status = notes_bytes(notes, &bytes, error);
    if (status == STATUS_OK) {
        status = building_notes_write(building, shard, bytes.bytes, bytes.size, error);
    }
    buffer_release(&bytes);
    return status;
}

static enum status notes_read(const struct building *building, uint32_t shard,
                              const struct building_shard *content, struct buffer *bytes,
                              struct notes_view *view, struct error *error)
{
    *view = (struct notes_view){0};
    buffer_clear(bytes);
    if (content->unchanged == 0 && content->replaced == 0) {
        return STATUS_OK;
    }
    enum status status = building_notes_read(building, shard, bytes, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t size = bytes->size;
    if (size >= NOTES_HEAD + HASH_SIZE) {
        view->kept_count = load_u64(bytes->bytes);
        view->replaced_count = load_u64(bytes->bytes + 8);
    }
    if (size < NOTES_HEAD + HASH_SIZE || view->kept_count > size || view->replaced_count > size ||
        view->kept_count * HASH_SIZE + view->replaced_count * REPLACED_SIZE + NOTES_HEAD +
                HASH_SIZE !=
            size ||
        load_u64(bytes->bytes + size - HASH_SIZE) != hash64(bytes->bytes, size - HASH_SIZE)) {
        return error_set(error, STATUS_FORMAT, "the notes of shard %u are damaged", shard);
    }
    view->kept = bytes->bytes + NOTES_HEAD;
    view->replaced = view->kept + view->kept_count * HASH_SIZE;
    return STATUS_OK;
}

enum status repeat_notes_check(const struct building *building, uint32_t shard,
                               const struct building_shard *content, struct error *error)
{
    struct notes_view view;
    struct buffer bytes;
    buffer_init(&bytes, NOTES_SIZE_MAX * 4);
    enum status status = notes_read(building, shard, content, &bytes, &view, error);
    buffer_release(&bytes);
    return status == STATUS_NOT_FOUND
               ? error_set(error, STATUS_FORMAT, "the notes of shard %u are gone", shard)
               : status;
}

/* ---- The whole run ---- */

/* An id that a shard replaces. */
struct repeat_id {
    uint64_t hash;
    uint32_t shard;
    bool drop;
};

static int compare_ids(const void *a, const void *b)
{
    const struct repeat_id *left = a;
    const struct repeat_id *right = b;
    if (left->hash != right->hash) {
        return left->hash < right->hash ? -1 : 1;
    }
    return (left->shard > right->shard) - (left->shard < right->shard);
}

static int compare_places(const void *a, const void *b)
{
    const struct repeat_id *left = a;
    const struct repeat_id *right = b;
    if (left->shard != right->shard) {
        return left->shard < right->shard ? -1 : 1;
    }
    return compare_hashes(&left->hash, &right->hash);
}

static enum status gather_replaced(struct buffer *ids, const struct notes_view *view,
                                   uint32_t shard, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint64_t i = 0; status == STATUS_OK && i < view->replaced_count; i++) {
        const unsigned char *at = view->replaced + i * REPLACED_SIZE;
        struct repeat_id id = {
            .hash = load_u64(at), .shard = shard, .drop = load_u64(at + HASH_SIZE) == 1};
        status = buffer_append(ids, &id, sizeof id, error);
    }
    return status;
}

/* Marks what earlier shards replace and this one keeps. */
static void mark_kept(struct repeat_id *ids, size_t count, const struct notes_view *view,
                      uint32_t shard)
{
    for (uint64_t i = 0; i < view->kept_count; i++) {
        uint64_t hash = load_u64(view->kept + i * HASH_SIZE);
        size_t low = 0;
        for (size_t high = count; low < high;) {
            size_t middle = low + (high - low) / 2;
            if (ids[middle].hash < hash) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (; low < count && ids[low].hash == hash && ids[low].shard < shard; low++) {
            ids[low].drop = true;
        }
    }
}

static enum status list_drops(struct repeats *repeats, struct repeat_id *ids, size_t count,
                              struct error *error)
{
    enum status status = STATUS_OK;
    qsort(ids, count, sizeof *ids, compare_places);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (!ids[i].drop) {
            continue;
        }
        struct repeat_shard *shards = (struct repeat_shard *)(void *)repeats->shards.bytes;
        size_t shard_count = repeats_shard_count(repeats);
        if (shard_count > 0 && shards[shard_count - 1].shard == ids[i].shard) {
            shards[shard_count - 1].count++;
        } else {
            struct repeat_shard shard = {.shard = ids[i].shard,
                                         .count = 1,
                                         .first = repeats->hashes.size / sizeof(uint64_t)};
            status = buffer_append(&repeats->shards, &shard, sizeof shard, error);
        }
        if (status == STATUS_OK) {
            status = buffer_append(&repeats->hashes, &ids[i].hash, sizeof ids[i].hash, error);
        }
    }
    return status;
}

enum status repeats_find(const struct building *building, const struct building_shard *shards,
                         uint32_t shard_count, struct repeats *repeats, struct error *error)
{
    buffer_init(&repeats->replaced, REPEATS_SIZE_MAX);
    buffer_init(&repeats->hashes, REPEATS_SIZE_MAX);
    buffer_init(&repeats->shards, REPEATS_SIZE_MAX);
    struct notes_view view;
    struct buffer bytes;
    buffer_init(&bytes, NOTES_SIZE_MAX * 4);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < shard_count; i++) {
        if (shards[i].replaced > 0) {
            status = notes_read(building, i, &shards[i], &bytes, &view, error);
        }
        if (status == STATUS_OK && shards[i].replaced > 0) {
            status = gather_replaced(&repeats->replaced, &view, i, error);
        }
    }
    struct repeat_id *ids = (struct repeat_id *)(void *)repeats->replaced.bytes;
    size_t count = repeats->replaced.size / sizeof *ids;
    if (count > 0) {
        qsort(ids, count, sizeof *ids, compare_ids);
    }
    for (uint32_t i = 1; status == STATUS_OK && count > 0 && i < shard_count; i++) {
        status = notes_read(building, i, &shards[i], &bytes, &view, error);
        if (status == STATUS_OK) {
            mark_kept(ids, count, &view, i);
        }
    }
    if (status == STATUS_OK && count > 0) {
        status = list_drops(repeats, ids, count, error);
    }
    buffer_release(&bytes);
    buffer_release(&repeats->replaced);
    return status;
}

void repeats_release(struct repeats *repeats)
{
    buffer_release(&repeats->replaced);
    buffer_release(&repeats->hashes);
    buffer_release(&repeats->shards);
}

size_t repeats_shard_count(const struct repeats *repeats)
{
    return repeats->shards.size / sizeof(struct repeat_shard);
}

uint32_t repeats_shard(const struct repeats *repeats, size_t index, struct repeat_drops *drops)
{
    assert(index < repeats_shard_count(repeats));
    const struct repeat_shard *shard =
        (const struct repeat_shard *)(const void *)repeats->shards.bytes + index;
    drops->hashes = (const uint64_t *)(const void *)repeats->hashes.bytes + shard->first;
    drops->count = shard->count;
    return shard->shard;
}

bool repeat_drops_have(const struct repeat_drops *drops, const char *id, size_t id_size)
{
    return drops->count > 0 && has_hash(drops->hashes, drops->count, hash64(id, id_size));
}

/* ---- Naming repeats in the ledger ---- */

size_t repeat_detail(const char *id, size_t id_size)
{
    size_t size = id_size < DETAIL_SIZE_MAX ? id_size : DETAIL_SIZE_MAX;
    return utf8_valid_prefix(id, size);
}

/* The shards of a run that have articles, opened. */
struct opened {
    struct segment **segments; /* owned, and what they point to */
    uint32_t count;
};

static enum status open_shards(const struct building *building, const struct building_shard *shards,
                               uint32_t shard_count, const struct builder_options *options,
                               struct opened *opened, struct error *error)
{
    opened->segments = memory_zalloc(shard_count, sizeof *opened->segments);
    if (opened->segments == NULL) {
        return error_no_memory(error, shard_count * sizeof *opened->segments);
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < shard_count; i++) {
        const struct store_seal *seal = &shards[i].segment.seal;
        if (shards[i].segment.counts.documents == 0) {
            continue;
        }
        bool moved = false;
        char *path = building_shard_find(building, i, &seal->digest, &moved);
        status = path == NULL ? error_no_memory(error, DIGEST_TEXT_SIZE)
                              : segment_open(path, seal, symbol_index_symbols(options->symbols),
                                             &opened->segments[opened->count], error);
        opened->count += status == STATUS_OK;
        memory_free(path);
    }
    return status;
}

static void close_shards(struct opened *opened)
{
    for (uint32_t i = 0; i < opened->count; i++) {
        segment_close(opened->segments[i]);
    }
    memory_free(opened->segments);
}

static enum status record_repeat(struct builder *builder, struct segment *segment, doc_id document,
                                 struct buffer *bytes, struct error *error)
{
    struct stored_document stored;
    struct segment_ledger_record record = {.act = LEDGER_REJECTED, .reason = LEDGER_DUPLICATE_ID};
    uint64_t input = 0;
    const char *path = NULL;
    size_t path_size = 0;
    enum status status = segment_document_head(segment, document, bytes, error);
    if (status == STATUS_OK) {
        status = stored_document_read(bytes->bytes, bytes->size, &stored, error);
    }
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_INPUT, document, &input, error);
    }
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_OFFSET, document, &record.offset, error);
    }
    if (status == STATUS_OK) {
        status = segment_name(segment, STORE_INPUTS, (uint32_t)input, &path, &path_size, error);
    }
    if (status == STATUS_OK) {
        status = builder_input(builder, path, path_size, &record.input, error);
    }
    if (status == STATUS_OK) {
        record.detail = stored.id;
        record.detail_size = repeat_detail(stored.id, stored.id_size);
        status = builder_ledger(builder, &record, error);
    }
    return status;
}

static enum status build_ledger(const struct building *building, uint32_t shard,
                                const struct builder_options *options, const struct opened *opened,
                                const struct deletions *deletions, struct building_shard *made,
                                struct error *error)
{
    struct builder *builder = NULL;
    struct buffer bytes;
    buffer_init(&bytes, options->memory_max);
    char *path = building_shard_path(building, shard);
    enum status status = path == NULL ? error_no_memory(error, DIGEST_TEXT_SIZE)
                                      : builder_new(options, &builder, error);
    if (status == STATUS_OK) {
        status = builder_begin(builder, path, error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < opened->count; i++) {
        const struct deletion_list *list = &deletions->lists[i];
        for (uint32_t k = 0; status == STATUS_OK && k < list->count; k++) {
            status = record_repeat(builder, opened->segments[i], list->documents[k], &bytes, error);
        }
    }
    if (status == STATUS_OK) {
        status = builder_finish(builder, 0, &made->segment.counts, &made->segment.seal, error);
    }
    builder_free(builder);
    if (status == STATUS_OK) {
        status = building_shard_finish(building, shard, made, error);
    }
    memory_free(path);
    buffer_release(&bytes);
    return status;
}

enum status repeats_record(const struct building *building, const struct building_shard *shards,
                           uint32_t shard_count, const struct builder_options *options,
                           bool *recorded, struct building_shard *made, struct error *error)
{
    struct opened opened = {0};
    struct deletions deletions = {0};
    *recorded = false;
    *made = (struct building_shard){0};
    enum status status = open_shards(building, shards, shard_count, options, &opened, error);
    if (status == STATUS_OK) {
        status = deletions_init(&deletions, opened.count, error);
    }
    if (status == STATUS_OK) {
        status = supersede(opened.segments, opened.count, 0, false, &deletions, error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < opened.count; i++) {
        *recorded = *recorded || deletions.lists[i].count > 0;
    }
    if (status == STATUS_OK && *recorded) {
        status = build_ledger(building, shard_count, options, &opened, &deletions, made, error);
    }
    deletions_release(&deletions);
    close_shards(&opened);
    return status;
}
