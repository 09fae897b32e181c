#include "index/merge_lexicon.h"

#include <assert.h>

#include "base/memory.h"
#include "index/merge_forms.h"
#include "index/postings_encoder.h"

/* Bytes of memory that come together, and of a list that are asked for beforehand. */
enum { LINE = 64, LIST_BEGIN = 3 * LINE };

struct lexicon_merger {
    struct merge_walk walk;
    struct store **clones;            /* one a side, or NULL */
    struct decompressor decompressor; /* theirs */
    const uint8_t *length_codes;
    struct postings_encoder *encoder;
    struct postings_reader *reader;
    struct postings_block block;
    struct merge_forms forms;
    struct buffer list;
    struct buffer written; /* forms of one entry */
};

/* ---- Life ---- */

static enum status clone_stores(struct lexicon_merger *merger, struct error *error)
{
    size_t count = merger->walk.side_count;
    merger->clones = memory_zalloc(count, sizeof(struct store *));
    if (merger->clones == NULL) {
        return error_no_memory(error, count * sizeof(struct store *));
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = store_clone(merger->walk.sides[i].store, &merger->decompressor, &merger->clones[i],
                             error);
        merger->walk.sides[i].store = merger->clones[i];
    }
    return status;
}

enum status lexicon_merger_new(const struct merge_side *sides, size_t count, bool clone,
                               const uint8_t *length_codes, struct lexicon_merger **out,
                               struct error *error)
{
    struct lexicon_merger *merger = memory_zalloc(1, sizeof *merger);
    if (merger == NULL) {
        return error_no_memory(error, sizeof *merger);
    }
    postings_block_init(&merger->block);
    merge_forms_init(&merger->forms);
    buffer_init(&merger->list, STORE_VALUE_SIZE_MAX);
    buffer_init(&merger->written, STORE_VALUE_SIZE_MAX);
    merger->length_codes = length_codes;
    merger->encoder = postings_encoder_new();
    merger->reader = memory_zalloc(1, sizeof *merger->reader);
    enum status status = STATUS_OK;
    if (merger->encoder == NULL || merger->reader == NULL) {
        status = error_no_memory(error, sizeof *merger->reader);
    }
    if (status == STATUS_OK) {
        status = merge_walk_init(&merger->walk, sides, count, error);
    }
    if (status == STATUS_OK && clone) {
        status = clone_stores(merger, error);
    }
    if (status != STATUS_OK) {
        lexicon_merger_free(merger);
        return status;
    }
    *out = merger;
    return STATUS_OK;
}

void lexicon_merger_free(struct lexicon_merger *merger)
{
    if (merger == NULL) {
        return;
    }
    for (size_t i = 0; merger->clones != NULL && i < merger->walk.side_count; i++) {
        store_close(merger->clones[i]);
    }
    memory_free(merger->clones);
    decompressor_release(&merger->decompressor);
    merge_walk_release(&merger->walk);
    postings_encoder_free(merger->encoder);
    memory_free(merger->reader);
    postings_block_release(&merger->block);
    merge_forms_release(&merger->forms);
    buffer_release(&merger->list);
    buffer_release(&merger->written);
    memory_free(merger);
}

struct merge_walk *lexicon_merger_walk(struct lexicon_merger *merger)
{
    return &merger->walk;
}

/* ---- Lists ---- */

/* Leaves the kept documents of those from number `first` on in the block, whose occurrences are
 * from number `start` on, with their new numbers and their lengths. */
static void keep_documents(struct postings_block *block, uint32_t first, uint32_t start,
                           const struct merge_side *side, const uint8_t *length_codes)
{
    if (side->deleted_count == 0) { /* one after the other */
        doc_id shift = side->documents[0];
        doc_id *documents = block->documents + first;
        uint32_t count = block->size - first;
        for (uint32_t i = 0; i < count; i++) {
            documents[i] += shift;
        }
        for (uint32_t i = 0; i < count; i++) {
            block->length_codes[first + i] = length_codes[documents[i]];
        }
        return;
    }
    uint32_t size = first;
    uint32_t from = start;
    uint32_t to = start;
    for (uint32_t i = first; i < block->size; i++) {
        doc_id document = side->documents[block->documents[i]];
        uint32_t frequency = block->frequencies[i];
        if (document != DOC_ID_END) {
            block->documents[size] = document;
            block->length_codes[size] = length_codes[document];
            block->frequencies[size++] = frequency;
            if (to != from) {
                memmove(block->gaps + to, block->gaps + from, frequency * sizeof *block->gaps);
                memmove(block->forms + to, block->forms + from, frequency * sizeof *block->forms);
            }
            to += frequency;
        }
        from += frequency;
    }
    block->size = size;
    block->occurrence_count = to;
}

/* Goes to a chunk of posting lists, all of which are about to be read: keys ascend, and so do the
 * chunks their lists lie in. */
static enum status take_chunk(struct merge_side *side, uint32_t chunk, struct error *error)
{
    if (side->lists.bytes != NULL && side->lists_chunk == chunk) {
        return STATUS_OK;
    }
    unsigned char key[4];
    store_u32_be(key, chunk);
    struct blob lists = {0};
    enum status status = store_get(side->store, STORE_POSTINGS, key, sizeof key, &lists, error);
    if (status == STATUS_NOT_FOUND) {
        return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: posting lists are missing",
                         store_path(side->store));
    }
    if (status == STATUS_OK) {
        status = blob_check(side->store, &lists, 0, lists.size, error);
    }
    if (status == STATUS_OK) {
        store_pass(side->store, &lists);
        side->lists = lists;
        side->lists_chunk = chunk;
    }
    return status;
}

static enum status open_list(struct lexicon_merger *merger, struct merge_side *side,
                             const struct postings_location *location, struct error *error)
{
    enum status status = take_chunk(side, location->chunk, error);
    return status == STATUS_OK ? postings_reader_to_merge(merger->reader, side->store, &side->lists,
                                                          location, error)
                               : status;
}

/* Counts anew what deletion has changed. */
static enum status recount(struct lexicon_merger *merger, struct error *error)
{
    const struct postings_location *locations =
        (const struct postings_location *)(const void *)merger->forms.locations.bytes;
    enum status status = STATUS_OK;
    uint32_t first = 0;
    for (size_t i = 0; status == STATUS_OK && i < merger->walk.group_size; i++) {
        struct merge_side *side = merger->walk.group[i];
        if (side->deleted_count > 0) {
            status = open_list(merger, side, &locations[i], error);
            if (status == STATUS_OK) {
                status = merge_forms_recount(&merger->forms, side, &locations[i], first,
                                             merger->reader, &merger->block, error);
            }
        }
        first += locations[i].form_count;
    }
    return status;
}

/* Numbers the forms of a side's list, from occurrence `start` on, as those of the list being
 * encoded. */
static void renumber_forms(struct postings_block *block, uint32_t start, uint32_t form_count,
                           const uint32_t *renumber)
{
    uint32_t *forms = block->forms + start;
    uint32_t count = block->occurrence_count - start;
    if (form_count == 1) {
        uint32_t number = renumber[0];
        for (uint32_t i = 0; i < count; i++) {
            forms[i] = number;
        }
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        forms[i] = renumber[forms[i]];
    }
}

/* Adds the kept documents of one side's list to the list being encoded. `numbered`: that one has
 * form numbers. */
static enum status append_list(struct lexicon_merger *merger, struct merge_side *side,
                               const struct postings_location *location, const uint32_t *renumber,
                               bool numbered, struct error *error)
{
    struct postings_reader *reader = merger->reader;
    struct postings_block *block = postings_encoder_block(merger->encoder);
    enum status status = open_list(merger, side, location, error);
    for (bool more = true; status == STATUS_OK && more;) {
        uint32_t first = block->size;
        uint32_t start = block->occurrence_count;
        status = postings_reader_append(reader, block, error);
        if (status != STATUS_OK || block->size == first) {
            break;
        }
        more = block->size - first == POSTINGS_BLOCK;
        if (block->documents[block->size - 1] >= side->document_count) {
            return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: no such document",
                             store_path(side->store));
        }
        if (numbered) {
            renumber_forms(block, start, location->form_count, renumber);
        }
        keep_documents(block, first, start, side, merger->length_codes);
        status = postings_encoder_settle(merger->encoder, error);
    }
    if (status == STATUS_OK) { /* the side's next list lies behind this one */
        PREFETCH(side->lists.bytes + location->offset + location->size + LINE);
    }
    return status;
}

/* Asks for where the lists of a group begin, if that is in the chunks at hand: each side's is
 * elsewhere in memory. */
static void expect_lists(const struct lexicon_merger *merger)
{
    const struct postings_location *locations =
        (const struct postings_location *)(const void *)merger->forms.locations.bytes;
    for (size_t i = 0; i < merger->walk.group_size; i++) {
        const struct merge_side *side = merger->walk.group[i];
        bool at_hand = side->lists.bytes != NULL && side->lists_chunk == locations[i].chunk &&
                       locations[i].offset < side->lists.size;
        for (size_t at = 0; at_hand && at < locations[i].size && at < LIST_BEGIN; at += LINE) {
            PREFETCH(side->lists.bytes + locations[i].offset + at);
        }
    }
}

static enum status merge_lists(struct lexicon_merger *merger, bool *any, struct error *error)
{
    const uint32_t *renumber = (const uint32_t *)(const void *)merger->forms.renumber.bytes;
    const struct postings_location *locations =
        (const struct postings_location *)(const void *)merger->forms.locations.bytes;
    bool numbered = merger->forms.records.size > sizeof(struct lexicon_form_record);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merger->walk.group_size; i++) {
        status =
            append_list(merger, merger->walk.group[i], &locations[i], renumber, numbered, error);
        renumber += locations[i].form_count;
    }
    *any = status == STATUS_OK && postings_encoder_count(merger->encoder) > 0;
    return status;
}

/* ---- Batches ---- */

/* An entry of a batch:
 *     key, number of forms, forms as the lexicon has them, documents, occurrences, list
 * strings with their size before them, numbers as varints. */

void lexicon_batch_init(struct lexicon_batch *batch, enum store_database lexicon)
{
    batch->lexicon = lexicon;
    buffer_init(&batch->entries, SIZE_MAX / 2);
    buffer_init(&batch->dropped, SIZE_MAX / 2);
}

void lexicon_batch_release(struct lexicon_batch *batch)
{
    buffer_release(&batch->entries);
    buffer_release(&batch->dropped);
}

/* `forms`: the entry's, as the lexicon has them. The list is what merger->list holds. */
static enum status put_entry(const struct lexicon_merger *merger,
                             const struct postings_location *location, const void *forms,
                             size_t forms_size, struct buffer *out, struct error *error)
{
    const struct table_cursor *cursor = &merger->walk.group[0]->cursor;
    enum status status = buffer_append_string(out, cursor->key, cursor->key_size, error);
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, location->form_count, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_string(out, forms, forms_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, location->document_count, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, location->occurrence_count, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_string(out, merger->list.bytes, merger->list.size, error);
    }
    return status;
}

static enum status drop_entry(const struct lexicon_merger *merger, struct lexicon_batch *batch,
                              struct error *error)
{
    const struct table_cursor *cursor = &merger->walk.group[0]->cursor;
    return buffer_append_string(&batch->dropped, cursor->key, cursor->key_size, error);
}

/* The list of a key that one side alone has; nothing of that is deleted. */
static enum status move_list(struct lexicon_merger *merger, struct merge_side *side,
                             const struct postings_location *location, struct error *error)
{
    struct postings_location moved = {0};
    postings_encoder_begin(merger->encoder, location->form_count);
    enum status status = append_list(merger, side, location, NULL, false, error);
    return status == STATUS_OK ? postings_encoder_end(merger->encoder, &merger->list, &moved, error)
                               : status;
}

static enum status join_entries(struct lexicon_merger *merger, struct lexicon_batch *batch,
                                struct error *error)
{
    bool any = false;
    enum status status = merge_forms_gather(&merger->forms, batch->lexicon, merger->walk.group,
                                            merger->walk.group_size, error);
    if (status == STATUS_OK) {
        status = recount(merger, error);
    }
    if (status == STATUS_OK) {
        expect_lists(merger);
        status = merge_forms_number(&merger->forms, error);
    }
    const struct lexicon_form_record *records =
        (const struct lexicon_form_record *)(const void *)merger->forms.records.bytes;
    uint32_t form_count = (uint32_t)(merger->forms.records.size / sizeof *records);
    if (status == STATUS_OK && form_count == 0) { /* all its documents were deleted */
        return drop_entry(merger, batch, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    postings_encoder_begin(merger->encoder, form_count);
    status = merge_lists(merger, &any, error);
    if (status != STATUS_OK || !any) {
        return status;
    }
    struct postings_location location = {0};
    buffer_clear(&merger->list);
    status = postings_encoder_end(merger->encoder, &merger->list, &location, error);
    const struct table_cursor *cursor = &merger->walk.group[0]->cursor;
    buffer_clear(&merger->written);
    if (status == STATUS_OK) {
        status = lexicon_forms_write(batch->lexicon, cursor->key, cursor->key_size, records,
                                     form_count, &merger->written, error);
    }
    return status == STATUS_OK ? put_entry(merger, &location, merger->written.bytes,
                                           merger->written.size, &batch->entries, error)
                               : status;
}

/* An entry that one side alone has stays as it is, but for where its list lies. */
static enum status move_entry(struct lexicon_merger *merger, struct lexicon_batch *batch,
                              struct error *error)
{
    struct merge_side *side = merger->walk.group[0];
    const struct table_cursor *cursor = &side->cursor;
    struct lexicon_entry entry;
    enum status status = lexicon_entry_read(batch->lexicon, cursor->key, cursor->key_size,
                                            cursor->value, cursor->value_size, &entry, error);
    if (status != STATUS_OK || entry.postings.form_count > 1) {
        return status == STATUS_OK ? join_entries(merger, batch, error) : status;
    }
    const unsigned char *forms = entry.forms.at;
    for (bool found = true; status == STATUS_OK && found;) {
        struct lexicon_form form;
        status = lexicon_form_next(&entry, &form, &found, error);
    }
    buffer_clear(&merger->list);
    if (status == STATUS_OK) {
        status = move_list(merger, side, &entry.postings, error);
    }
    return status == STATUS_OK ? put_entry(merger, &entry.postings, forms,
                                           (size_t)(entry.forms.at - forms), &batch->entries, error)
                               : status;
}

static enum status merge_group(struct lexicon_merger *merger, struct lexicon_batch *batch,
                               struct error *error)
{
    const struct merge_walk *walk = &merger->walk;
    bool alone = walk->group_size == 1 && walk->group[0]->deleted_count == 0;
    return alone ? move_entry(merger, batch, error) : join_entries(merger, batch, error);
}

enum status lexicon_merger_range(struct lexicon_merger *merger,
                                 const struct merge_range_keys *range, struct lexicon_batch *batch,
                                 struct error *error)
{
    assert(batch->entries.size == 0 && batch->dropped.size == 0);
    enum status status = merge_walk_begin(&merger->walk, batch->lexicon, range, error);
    while (status == STATUS_OK && merger->walk.group_size > 0) {
        status = merge_group(merger, batch, error);
        if (status == STATUS_OK) {
            status = merge_walk_next(&merger->walk, error);
        }
    }
    return status;
}

enum status lexicon_batch_append(const struct lexicon_batch *batch, struct segment_writer *writer,
                                 struct error *error)
{
    struct byte_reader reader = byte_reader_over(batch->entries.bytes, batch->entries.size);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && byte_reader_left(&reader) > 0) {
        struct postings_location location = {0};
        size_t key_size = 0;
        size_t forms_size = 0;
        size_t list_size = 0;
        const void *key = byte_reader_string(&reader, &key_size);
        location.form_count = (uint32_t)byte_reader_varint(&reader);
        const void *forms = byte_reader_string(&reader, &forms_size);
        location.document_count = (uint32_t)byte_reader_varint(&reader);
        location.occurrence_count = byte_reader_varint(&reader);
        const void *list = byte_reader_string(&reader, &list_size);
        location.size = list_size;
        assert(!reader.failed); /* our own bytes */
        status = segment_writer_entry(writer, batch->lexicon, key, key_size, forms, forms_size,
                                      list, list_size, &location, error);
    }
    return status;
}
