#include "index/merge_lexicon.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "index/postings_encoder.h"

/* A form of one side of the group. */
struct merged_form {
    size_t offset; /* in form_text */
    size_t size;
    uint32_t tag;
    uint32_t document_count;
    uint32_t last_document; /* plus 1: counts a document once */
    uint64_t occurrence_count;
};

struct lexicon_merger {
    struct merge_walk walk;
    struct store **clones; /* one a side, or NULL */
    const uint32_t *lengths;
    struct postings_encoder *encoder;
    struct postings_reader *reader;
    struct buffer list;
    struct buffer forms;     /* struct merged_form */
    struct buffer form_text; /* their bytes */
    struct buffer records;   /* struct lexicon_form_record */
    struct buffer renumber;  /* uint32_t: old number -> new number, side after side of the group */
    struct buffer numbers;   /* uint32_t: renumbered forms of one document */
};

/* ---- Life ---- */

enum { BUFFERS = 6 };

static struct buffer *merger_buffer(struct lexicon_merger *merger, size_t index)
{
    struct buffer *const buffers[BUFFERS] = {&merger->list,      &merger->forms,
                                             &merger->form_text, &merger->records,
                                             &merger->renumber,  &merger->numbers};
    return buffers[index];
}

static enum status clone_stores(struct lexicon_merger *merger, struct error *error)
{
    size_t count = merger->walk.side_count;
    merger->clones = memory_zalloc(count, sizeof(struct store *));
    if (merger->clones == NULL) {
        return error_no_memory(error, count * sizeof(struct store *));
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = store_clone(merger->walk.sides[i].store, &merger->clones[i], error);
        merger->walk.sides[i].store = merger->clones[i];
    }
    return status;
}

enum status lexicon_merger_new(const struct merge_side *sides, size_t count, bool clone,
                               const uint32_t *lengths, struct lexicon_merger **out,
                               struct error *error)
{
    struct lexicon_merger *merger = memory_zalloc(1, sizeof *merger);
    if (merger == NULL) {
        return error_no_memory(error, sizeof *merger);
    }
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_init(merger_buffer(merger, i), STORE_VALUE_SIZE_MAX);
    }
    merger->lengths = lengths;
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
    merge_walk_release(&merger->walk);
    postings_encoder_free(merger->encoder);
    memory_free(merger->reader);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_release(merger_buffer(merger, i));
    }
    memory_free(merger);
}

/* ---- Forms ---- */

static enum status gather_forms(struct lexicon_merger *merger, enum store_database lexicon,
                                struct error *error)
{
    buffer_clear(&merger->forms);
    buffer_clear(&merger->form_text);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merger->walk.group_size; i++) {
        const struct table_cursor *cursor = &merger->walk.group[i]->cursor;
        struct lexicon_entry entry;
        struct lexicon_form form;
        bool found = false;
        status = lexicon_entry_read(lexicon, cursor->key, cursor->key_size, cursor->value,
                                    cursor->value_size, &entry, error);
        if (status == STATUS_OK) {
            status = lexicon_form_next(&entry, &form, &found, error);
        }
        while (status == STATUS_OK && found) {
            struct merged_form merged = {.offset = merger->form_text.size,
                                         .size = form.size,
                                         .tag = form.tag,
                                         .document_count = form.document_count,
                                         .occurrence_count = form.occurrence_count};
            status = buffer_append(&merger->form_text, form.bytes, form.size, error);
            if (status == STATUS_OK) {
                status = buffer_append(&merger->forms, &merged, sizeof merged, error);
            }
            if (status == STATUS_OK) {
                status = lexicon_form_next(&entry, &form, &found, error);
            }
        }
    }
    return status;
}

/* Counts anew what deletion has changed: the forms of a side that has deleted documents. */
static enum status recount_side(struct lexicon_merger *merger, const struct merge_side *side,
                                const struct lexicon_entry *entry, struct merged_form *forms,
                                struct error *error)
{
    for (uint32_t i = 0; i < entry->postings.form_count; i++) {
        forms[i].document_count = 0;
        forms[i].occurrence_count = 0;
        forms[i].last_document = 0;
    }
    struct postings_reader *reader = merger->reader;
    enum status status = postings_reader_open(reader, side->store, &entry->postings, error);
    while (status == STATUS_OK) {
        status = postings_reader_next(reader, error);
        if (status != STATUS_OK || reader->document == DOC_ID_END) {
            break;
        }
        const uint32_t *positions = NULL;
        const uint32_t *numbers = NULL;
        uint32_t count = 0;
        if (reader->document >= side->document_count ||
            side->documents[reader->document] == DOC_ID_END) {
            continue;
        }
        status = postings_reader_positions(reader, &positions, &numbers, &count, error);
        for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
            struct merged_form *form = &forms[numbers[i]];
            form->document_count += form->last_document != reader->document + 1;
            form->last_document = reader->document + 1;
            form->occurrence_count++;
        }
    }
    postings_reader_close(reader);
    return status;
}

static enum status recount(struct lexicon_merger *merger, enum store_database lexicon,
                           struct error *error)
{
    struct merged_form *forms = (struct merged_form *)(void *)merger->forms.bytes;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merger->walk.group_size; i++) {
        const struct table_cursor *cursor = &merger->walk.group[i]->cursor;
        struct lexicon_entry entry;
        status = lexicon_entry_read(lexicon, cursor->key, cursor->key_size, cursor->value,
                                    cursor->value_size, &entry, error);
        if (status == STATUS_OK && merger->walk.group[i]->deleted_count > 0) {
            status = recount_side(merger, merger->walk.group[i], &entry, forms, error);
        }
        if (status == STATUS_OK) {
            forms += entry.postings.form_count;
        }
    }
    return status;
}

/* qsort() has no context, so forms to be sorted carry their bytes. */
struct sortable_form {
    struct lexicon_form_record record;
    uint32_t place; /* before joining: in `renumber`; after: the rank by bytes */
};

static int compare_bytes(const void *a, const void *b)
{
    const struct lexicon_form_record *left = &((const struct sortable_form *)a)->record;
    const struct lexicon_form_record *right = &((const struct sortable_form *)b)->record;
    return bytes_compare(left->bytes, left->size, right->bytes, right->size);
}

/* Equal forms in the order of their sides. */
static int compare_places(const void *a, const void *b)
{
    const struct sortable_form *left = a;
    const struct sortable_form *right = b;
    int order = compare_bytes(a, b);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

static int compare_frequency(const void *a, const void *b)
{
    const struct sortable_form *left = a;
    const struct sortable_form *right = b;
    if (left->record.occurrence_count != right->record.occurrence_count) {
        return left->record.occurrence_count > right->record.occurrence_count ? -1 : 1;
    }
    return compare_bytes(a, b);
}

/* Joins equal forms of `sorted` (in byte order) in place; `rank_of[place]` becomes the rank of the
 * form that stood at that place. Returns how many are left. */
static size_t join_equal(struct sortable_form *sorted, size_t count, uint32_t *rank_of)
{
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t place = sorted[i].place;
        if (distinct > 0 && compare_bytes(&sorted[distinct - 1], &sorted[i]) == 0) {
            sorted[distinct - 1].record.document_count += sorted[i].record.document_count;
            sorted[distinct - 1].record.occurrence_count += sorted[i].record.occurrence_count;
        } else {
            sorted[distinct] = sorted[i];
            sorted[distinct].place = (uint32_t)distinct;
            distinct++;
        }
        rank_of[place] = (uint32_t)(distinct - 1);
    }
    return distinct;
}

/* Joins equal forms of the group, numbers them, and fills `renumber` and `records`. */
static enum status number_forms(struct lexicon_merger *merger, struct error *error)
{
    size_t count = merger->forms.size / sizeof(struct merged_form);
    const struct merged_form *forms = (const struct merged_form *)(const void *)merger->forms.bytes;
    struct sortable_form *sorted = memory_alloc(count * sizeof *sorted);
    uint32_t *rank_of = memory_alloc(count * sizeof *rank_of);
    uint32_t *number_of = memory_alloc(count * sizeof *number_of);
    enum status status = STATUS_OK;
    if (sorted == NULL || rank_of == NULL || number_of == NULL) {
        status = error_no_memory(error, count * sizeof *sorted);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (struct sortable_form){
            .place = (uint32_t)i,
            .record = {.bytes = (const char *)merger->form_text.bytes + forms[i].offset,
                       .size = forms[i].size,
                       .tag = forms[i].tag,
                       .document_count = forms[i].document_count,
                       .occurrence_count = forms[i].occurrence_count}};
    }
    qsort(sorted, count, sizeof *sorted, compare_places);
    size_t distinct = join_equal(sorted, count, rank_of);
    qsort(sorted, distinct, sizeof *sorted, compare_frequency);
    buffer_clear(&merger->records);
    for (size_t i = 0; status == STATUS_OK && i < distinct; i++) {
        number_of[sorted[i].place] = (uint32_t)i;
        if (sorted[i].record.occurrence_count > 0) {
            status =
                buffer_append(&merger->records, &sorted[i].record, sizeof sorted[i].record, error);
        }
    }
    buffer_clear(&merger->renumber);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = buffer_append(&merger->renumber, &number_of[rank_of[i]], sizeof *number_of, error);
    }
out:
    memory_free(sorted);
    memory_free(rank_of);
    memory_free(number_of);
    return status;
}

static enum status renumbered(struct lexicon_merger *merger, const uint32_t *numbers,
                              uint32_t count, const uint32_t *renumber, struct error *error)
{
    buffer_clear(&merger->numbers);
    enum status status = buffer_reserve(&merger->numbers, count * sizeof *numbers, error);
    if (status == STATUS_OK) {
        uint32_t *to = (uint32_t *)(void *)merger->numbers.bytes;
        for (uint32_t i = 0; i < count; i++) {
            to[i] = renumber[numbers[i]];
        }
    }
    return status;
}

/* Adds the kept documents of one side's list to the list being encoded. */
static enum status append_list(struct lexicon_merger *merger, const struct merge_side *side,
                               const struct lexicon_entry *entry, const uint32_t *renumber,
                               struct error *error)
{
    struct postings_reader *reader = merger->reader;
    enum status status = postings_reader_open(reader, side->store, &entry->postings, error);
    while (status == STATUS_OK) {
        status = postings_reader_next(reader, error);
        if (status != STATUS_OK || reader->document == DOC_ID_END) {
            break;
        }
        if (reader->document >= side->document_count) {
            status = error_set(error, STATUS_FORMAT, "segment '%s' is damaged: no such document",
                               store_path(side->store));
            break;
        }
        doc_id document = side->documents[reader->document];
        if (document == DOC_ID_END) {
            continue;
        }
        const uint32_t *positions = NULL;
        const uint32_t *numbers = NULL;
        uint32_t count = 0;
        status = postings_reader_positions(reader, &positions, &numbers, &count, error);
        if (status == STATUS_OK) {
            status = renumbered(merger, numbers, count, renumber, error);
        }
        if (status == STATUS_OK) {
            status = postings_encoder_add(
                merger->encoder, document, merger->lengths[document], positions,
                (const uint32_t *)(const void *)merger->numbers.bytes, count, error);
        }
    }
    postings_reader_close(reader);
    return status;
}

static enum status merge_lists(struct lexicon_merger *merger, enum store_database lexicon,
                               bool *any, struct error *error)
{
    const uint32_t *renumber = (const uint32_t *)(const void *)merger->renumber.bytes;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merger->walk.group_size; i++) {
        const struct merge_side *side = merger->walk.group[i];
        struct lexicon_entry entry;
        status = lexicon_entry_read(lexicon, side->cursor.key, side->cursor.key_size,
                                    side->cursor.value, side->cursor.value_size, &entry, error);
        if (status == STATUS_OK) {
            status = append_list(merger, side, &entry, renumber, error);
            renumber += entry.postings.form_count;
        }
    }
    *any = status == STATUS_OK && postings_encoder_count(merger->encoder) > 0;
    return status;
}

/* ---- Batches ---- */

/* An entry of a batch:
 *     key, number of forms, { form, tag, documents, occurrences }, documents, occurrences, list
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

static enum status put_record(struct buffer *out, const struct lexicon_form_record *record,
                              struct error *error)
{
    enum status status = buffer_append_string(out, record->bytes, record->size, error);
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, record->tag, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, record->document_count, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, record->occurrence_count, error);
    }
    return status;
}

static enum status put_entry(struct lexicon_merger *merger,
                             const struct postings_location *location, struct buffer *out,
                             struct error *error)
{
    const struct table_cursor *cursor = &merger->walk.group[0]->cursor;
    const struct lexicon_form_record *records =
        (const struct lexicon_form_record *)(const void *)merger->records.bytes;
    enum status status = buffer_append_string(out, cursor->key, cursor->key_size, error);
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, location->form_count, error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < location->form_count; i++) {
        status = put_record(out, &records[i], error);
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

static enum status merge_group(struct lexicon_merger *merger, struct lexicon_batch *batch,
                               struct error *error)
{
    bool any = false;
    enum status status = gather_forms(merger, batch->lexicon, error);
    if (status == STATUS_OK) {
        status = recount(merger, batch->lexicon, error);
    }
    if (status == STATUS_OK) {
        status = number_forms(merger, error);
    }
    uint32_t form_count = (uint32_t)(merger->records.size / sizeof(struct lexicon_form_record));
    if (status == STATUS_OK && form_count == 0) { /* all its documents were deleted */
        return drop_entry(merger, batch, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    postings_encoder_begin(merger->encoder, form_count);
    status = merge_lists(merger, batch->lexicon, &any, error);
    if (status != STATUS_OK || !any) {
        return status;
    }
    struct postings_location location = {0};
    buffer_clear(&merger->list);
    status = postings_encoder_end(merger->encoder, &merger->list, &location, error);
    if (status == STATUS_OK) {
        status = put_entry(merger, &location, &batch->entries, error);
    }
    return status;
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

static enum status take_records(struct byte_reader *reader, uint32_t count, struct buffer *records,
                                struct error *error)
{
    buffer_clear(records);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        struct lexicon_form_record record = {0};
        record.bytes = (const char *)byte_reader_string(reader, &record.size);
        record.tag = (uint32_t)byte_reader_varint(reader);
        record.document_count = (uint32_t)byte_reader_varint(reader);
        record.occurrence_count = byte_reader_varint(reader);
        status = buffer_append(records, &record, sizeof record, error);
    }
    return status;
}

enum status lexicon_batch_append(const struct lexicon_batch *batch, struct segment_writer *writer,
                                 struct error *error)
{
    struct byte_reader reader = byte_reader_over(batch->entries.bytes, batch->entries.size);
    struct buffer records;
    buffer_init(&records, STORE_VALUE_SIZE_MAX);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && byte_reader_left(&reader) > 0) {
        struct postings_location location = {0};
        size_t key_size = 0;
        size_t list_size = 0;
        const void *key = byte_reader_string(&reader, &key_size);
        location.form_count = (uint32_t)byte_reader_varint(&reader);
        status = take_records(&reader, location.form_count, &records, error);
        location.document_count = (uint32_t)byte_reader_varint(&reader);
        location.occurrence_count = byte_reader_varint(&reader);
        const void *list = byte_reader_string(&reader, &list_size);
        location.size = list_size;
        assert(!reader.failed); /* our own bytes */
        if (status == STATUS_OK) {
            status = segment_writer_entry(
                writer, batch->lexicon, key, key_size,
                (const struct lexicon_form_record *)(const void *)records.bytes,
                location.form_count, list, list_size, &location, error);
        }
    }
    buffer_release(&records);
    return status;
}
