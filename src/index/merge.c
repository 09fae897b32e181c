#include "index/merge.h"

#include <assert.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/memory.h"

#define STRINGS_BYTES_MAX ((size_t)1 << 30)

/* One input on its way through a merge. */
struct side {
    struct segment *segment;
    uint32_t document_count;
    uint32_t deleted_count;
    doc_id *documents; /* new number of each document, DOC_ID_END when deleted */
    uint32_t *sources; /* new number of each source */
    uint32_t *inputs;
    struct table_cursor cursor;
};

struct merge {
    struct side *sides;
    size_t side_count;
    struct segment_writer *writer;
    struct side **heap; /* sides that have a record left, smallest (key, place) first */
    size_t heap_size;
    struct side **group; /* the sides that hold the current key, in order */
    size_t group_size;
    struct postings_encoder *encoder;
    struct postings_reader *reader;
    struct buffer list;
    struct buffer forms;     /* struct merged_form */
    struct buffer form_text; /* their bytes */
    struct buffer records;   /* struct lexicon_form_record */
    struct buffer renumber;  /* uint32_t: old number -> new number, side after side of the group */
    struct buffer numbers;   /* uint32_t: renumbered forms of one document */
    struct intern *source_names;
    struct intern *input_paths;
    struct intern *dropped;   /* keys of entities that are gone: all their documents are */
    struct buffer superseded; /* doc_id, new numbers, in no order */
    uint32_t ledger_count;
    uint32_t *lengths; /* of the new documents */
    uint32_t new_count;
    bool (*written)(void *context, uint64_t bytes);
    void *context;
    uint64_t unreported;
};

/* A form of one side of the group. */
struct merged_form {
    size_t offset; /* in form_text */
    size_t size;
    uint32_t tag;
    uint32_t document_count;
    uint32_t last_document; /* plus 1: counts a document once */
    uint64_t occurrence_count;
};

/* ---- Progress ---- */

static enum status report(struct merge *merge, uint64_t bytes, bool flush, struct error *error)
{
    enum { REPORT_BYTES = 1 << 20 };
    merge->unreported += bytes;
    if (merge->written == NULL || (merge->unreported < REPORT_BYTES && !flush)) {
        return STATUS_OK;
    }
    bool go_on = merge->written(merge->context, merge->unreported);
    merge->unreported = 0;
    return go_on ? STATUS_OK : error_set(error, STATUS_STOPPED, "merge stopped on request");
}

/* ---- Walking all sides in key order ---- */

static bool heap_before(const struct side *a, const struct side *b)
{
    int order = bytes_compare(a->cursor.key, a->cursor.key_size, b->cursor.key, b->cursor.key_size);
    return order < 0 || (order == 0 && a < b);
}

static void heap_sift(struct merge *merge, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < merge->heap_size; child++) {
            if (heap_before(merge->heap[child], merge->heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        struct side *moved = merge->heap[at];
        merge->heap[at] = merge->heap[least];
        merge->heap[least] = moved;
        at = least;
    }
}

static enum status walk_begin(struct merge *merge, enum store_database table, struct error *error)
{
    merge->heap_size = 0;
    merge->group_size = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        struct side *side = &merge->sides[i];
        bool found = false;
        status = table_cursor_seek(&side->cursor, segment_store(side->segment), table, NULL, 0,
                                   &found, error);
        if (found) {
            merge->heap[merge->heap_size++] = side;
        }
    }
    for (size_t i = merge->heap_size / 2; i-- > 0;) {
        heap_sift(merge, i);
    }
    return status;
}

/* Takes the sides that hold the smallest key into the group; none at the end. Those of the group
 * before move on first. */
static enum status walk_next(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->group_size; i++) {
        bool found = false;
        status = table_cursor_next(&merge->group[i]->cursor, &found, error);
        if (found) {
            size_t at = merge->heap_size++;
            merge->heap[at] = merge->group[i];
            while (at > 0 && heap_before(merge->heap[at], merge->heap[(at - 1) / 2])) {
                struct side *moved = merge->heap[at];
                merge->heap[at] = merge->heap[(at - 1) / 2];
                merge->heap[(at - 1) / 2] = moved;
                at = (at - 1) / 2;
            }
        }
    }
    merge->group_size = 0;
    while (status == STATUS_OK && merge->heap_size > 0) {
        struct side *side = merge->heap[0];
        const struct side *first = merge->group_size > 0 ? merge->group[0] : side;
        if (!bytes_equal(side->cursor.key, side->cursor.key_size, first->cursor.key,
                         first->cursor.key_size)) {
            break;
        }
        merge->group[merge->group_size++] = side;
        merge->heap[0] = merge->heap[--merge->heap_size];
        heap_sift(merge, 0);
    }
    return status;
}

/* ---- Documents ---- */

static enum status map_names(const struct side *side, enum store_database table,
                             struct intern *names, uint32_t **map, struct error *error)
{
    struct buffer numbers;
    buffer_init(&numbers, STRINGS_BYTES_MAX);
    struct table_cursor cursor;
    bool found = false;
    enum status status =
        table_cursor_seek(&cursor, segment_store(side->segment), table, NULL, 0, &found, error);
    while (status == STATUS_OK && found) {
        uint32_t number = 0;
        status = intern_add(names, cursor.value, cursor.value_size, &number, NULL, error);
        if (status == STATUS_OK) {
            status = buffer_append(&numbers, &number, sizeof number, error);
        }
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    /* One more entry, so that an empty table still has memory, and numbers can be bounded. */
    uint32_t count = (uint32_t)(numbers.size / sizeof count);
    if (status == STATUS_OK) {
        status = buffer_append(&numbers, &count, sizeof count, error);
    }
    if (status == STATUS_OK) {
        memmove(numbers.bytes + sizeof count, numbers.bytes, count * sizeof count);
        memcpy(numbers.bytes, &count, sizeof count);
    }
    *map = (uint32_t *)(void *)numbers.bytes;
    return status;
}

/* Entry 0 of a map is how many there are. */
static enum status map_number(const uint32_t *map, uint64_t *number, struct error *error)
{
    if (*number >= map[0]) {
        return error_set(error, STATUS_FORMAT,
                         "a document names a source or input that is missing");
    }
    *number = map[1 + *number];
    return STATUS_OK;
}

static enum status copy_document(struct merge *merge, struct side *side, doc_id document,
                                 struct error *error)
{
    uint64_t columns[COLUMN_COUNT];
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < COLUMN_COUNT; i++) {
        status =
            segment_column(side->segment, (enum segment_column)i, document, &columns[i], error);
    }
    if (status == STATUS_OK) {
        status = map_number(side->sources, &columns[COLUMN_SOURCE], error);
    }
    if (status == STATUS_OK) {
        status = map_number(side->inputs, &columns[COLUMN_INPUT], error);
    }
    const unsigned char *frame = NULL;
    size_t size = 0;
    if (status == STATUS_OK) {
        status = segment_frame(side->segment, document, &frame, &size, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_document(merge->writer, frame, size, columns, error);
    }
    if (status == STATUS_OK) {
        merge->lengths[merge->new_count] = (uint32_t)columns[COLUMN_LENGTH];
        side->documents[document] = merge->new_count++;
        status = report(merge, size, false, error);
    }
    return status;
}

static enum status copy_documents(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        struct side *side = &merge->sides[i];
        for (doc_id document = 0; status == STATUS_OK && document < side->document_count;
             document++) {
            if (side->documents[document] != DOC_ID_END) {
                status = copy_document(merge, side, document, error);
            }
        }
    }
    return status;
}

/* ---- Lexicons ---- */

static enum status gather_forms(struct merge *merge, enum store_database lexicon,
                                struct error *error)
{
    buffer_clear(&merge->forms);
    buffer_clear(&merge->form_text);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->group_size; i++) {
        const struct table_cursor *cursor = &merge->group[i]->cursor;
        struct lexicon_entry entry;
        struct lexicon_form form;
        bool found = false;
        status = lexicon_entry_read(lexicon, cursor->key, cursor->key_size, cursor->value,
                                    cursor->value_size, &entry, error);
        if (status == STATUS_OK) {
            status = lexicon_form_next(&entry, &form, &found, error);
        }
        while (status == STATUS_OK && found) {
            struct merged_form merged = {.offset = merge->form_text.size,
                                         .size = form.size,
                                         .tag = form.tag,
                                         .document_count = form.document_count,
                                         .occurrence_count = form.occurrence_count};
            status = buffer_append(&merge->form_text, form.bytes, form.size, error);
            if (status == STATUS_OK) {
                status = buffer_append(&merge->forms, &merged, sizeof merged, error);
            }
            if (status == STATUS_OK) {
                status = lexicon_form_next(&entry, &form, &found, error);
            }
        }
    }
    return status;
}

/* Counts anew what deletion has changed: the forms of a side that has deleted documents. */
static enum status recount_side(struct merge *merge, const struct side *side,
                                const struct lexicon_entry *entry, struct merged_form *forms,
                                struct error *error)
{
    for (uint32_t i = 0; i < entry->postings.form_count; i++) {
        forms[i].document_count = 0;
        forms[i].occurrence_count = 0;
        forms[i].last_document = 0;
    }
    struct postings_reader *reader = merge->reader;
    enum status status =
        postings_reader_open(reader, segment_store(side->segment), &entry->postings, error);
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

static enum status recount(struct merge *merge, enum store_database lexicon, struct error *error)
{
    struct merged_form *forms = (struct merged_form *)(void *)merge->forms.bytes;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->group_size; i++) {
        const struct table_cursor *cursor = &merge->group[i]->cursor;
        struct lexicon_entry entry;
        status = lexicon_entry_read(lexicon, cursor->key, cursor->key_size, cursor->value,
                                    cursor->value_size, &entry, error);
        if (status == STATUS_OK && merge->group[i]->deleted_count > 0) {
            status = recount_side(merge, merge->group[i], &entry, forms, error);
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
static enum status number_forms(struct merge *merge, struct error *error)
{
    size_t count = merge->forms.size / sizeof(struct merged_form);
    const struct merged_form *forms = (const struct merged_form *)(const void *)merge->forms.bytes;
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
            .record = {.bytes = (const char *)merge->form_text.bytes + forms[i].offset,
                       .size = forms[i].size,
                       .tag = forms[i].tag,
                       .document_count = forms[i].document_count,
                       .occurrence_count = forms[i].occurrence_count}};
    }
    qsort(sorted, count, sizeof *sorted, compare_places);
    size_t distinct = join_equal(sorted, count, rank_of);
    qsort(sorted, distinct, sizeof *sorted, compare_frequency);
    buffer_clear(&merge->records);
    for (size_t i = 0; status == STATUS_OK && i < distinct; i++) {
        number_of[sorted[i].place] = (uint32_t)i;
        if (sorted[i].record.occurrence_count > 0) {
            status =
                buffer_append(&merge->records, &sorted[i].record, sizeof sorted[i].record, error);
        }
    }
    buffer_clear(&merge->renumber);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = buffer_append(&merge->renumber, &number_of[rank_of[i]], sizeof *number_of, error);
    }
out:
    memory_free(sorted);
    memory_free(rank_of);
    memory_free(number_of);
    return status;
}

static enum status renumbered(struct merge *merge, const uint32_t *numbers, uint32_t count,
                              const uint32_t *renumber, struct error *error)
{
    buffer_clear(&merge->numbers);
    enum status status = buffer_reserve(&merge->numbers, count * sizeof *numbers, error);
    if (status == STATUS_OK) {
        uint32_t *to = (uint32_t *)(void *)merge->numbers.bytes;
        for (uint32_t i = 0; i < count; i++) {
            to[i] = renumber[numbers[i]];
        }
    }
    return status;
}

/* Adds the kept documents of one side's list to the list being encoded. */
static enum status append_list(struct merge *merge, const struct side *side,
                               const struct lexicon_entry *entry, const uint32_t *renumber,
                               struct error *error)
{
    struct postings_reader *reader = merge->reader;
    enum status status =
        postings_reader_open(reader, segment_store(side->segment), &entry->postings, error);
    while (status == STATUS_OK) {
        status = postings_reader_next(reader, error);
        if (status != STATUS_OK || reader->document == DOC_ID_END) {
            break;
        }
        if (reader->document >= side->document_count) {
            status = error_set(error, STATUS_FORMAT, "segment '%s' is damaged: no such document",
                               store_path(segment_store(side->segment)));
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
            status = renumbered(merge, numbers, count, renumber, error);
        }
        if (status == STATUS_OK) {
            status = postings_encoder_add(
                merge->encoder, document, merge->lengths[document], positions,
                (const uint32_t *)(const void *)merge->numbers.bytes, count, error);
        }
    }
    postings_reader_close(reader);
    return status;
}

static enum status merge_lists(struct merge *merge, enum store_database lexicon, bool *any,
                               struct error *error)
{
    const uint32_t *renumber = (const uint32_t *)(const void *)merge->renumber.bytes;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->group_size; i++) {
        const struct side *side = merge->group[i];
        struct lexicon_entry entry;
        status = lexicon_entry_read(lexicon, side->cursor.key, side->cursor.key_size,
                                    side->cursor.value, side->cursor.value_size, &entry, error);
        if (status == STATUS_OK) {
            status = append_list(merge, side, &entry, renumber, error);
            renumber += entry.postings.form_count;
        }
    }
    *any = status == STATUS_OK && postings_encoder_count(merge->encoder) > 0;
    return status;
}

static enum status drop_entity(struct merge *merge, struct error *error)
{
    const struct table_cursor *cursor = &merge->group[0]->cursor;
    uint32_t number = 0;
    return intern_add(merge->dropped, cursor->key, cursor->key_size, &number, NULL, error);
}

static enum status merge_group(struct merge *merge, enum store_database lexicon,
                               struct error *error)
{
    bool any = false;
    enum status status = gather_forms(merge, lexicon, error);
    if (status == STATUS_OK) {
        status = recount(merge, lexicon, error);
    }
    if (status == STATUS_OK) {
        status = number_forms(merge, error);
    }
    uint32_t form_count = (uint32_t)(merge->records.size / sizeof(struct lexicon_form_record));
    if (status == STATUS_OK && form_count == 0) { /* all its documents were deleted */
        return lexicon == STORE_ENTITIES ? drop_entity(merge, error) : STATUS_OK;
    }
    if (status != STATUS_OK) {
        return status;
    }
    postings_encoder_begin(merge->encoder, form_count);
    status = merge_lists(merge, lexicon, &any, error);
    if (status != STATUS_OK || !any) {
        return status;
    }
    struct postings_location location = {0};
    buffer_clear(&merge->list);
    status = postings_encoder_end(merge->encoder, &merge->list, &location, error);
    if (status == STATUS_OK) {
        const struct table_cursor *cursor = &merge->group[0]->cursor;
        status = segment_writer_entry(
            merge->writer, lexicon, cursor->key, cursor->key_size,
            (const struct lexicon_form_record *)(const void *)merge->records.bytes, form_count,
            merge->list.bytes, merge->list.size, &location, error);
    }
    if (status == STATUS_OK) {
        status = report(merge, merge->list.size, false, error);
    }
    return status;
}

static enum status merge_lexicon(struct merge *merge, enum store_database lexicon,
                                 struct error *error)
{
    enum status status = walk_begin(merge, lexicon, error);
    if (status == STATUS_OK) {
        status = walk_next(merge, error);
    }
    while (status == STATUS_OK && merge->group_size > 0) {
        status = merge_group(merge, lexicon, error);
        if (status == STATUS_OK) {
            status = walk_next(merge, error);
        }
    }
    return status;
}

/* ---- Small tables ---- */

/* Whether a record of the names (name, 0, entity key) leads to an entity that is gone. */
static bool leads_nowhere(const struct merge *merge, const struct table_cursor *cursor)
{
    if (intern_count(merge->dropped) == 0) {
        return false;
    }
    const unsigned char *end = memchr(cursor->key, 0, cursor->key_size);
    if (end == NULL) {
        return false;
    }
    size_t key_at = (size_t)(end - cursor->key) + 1;
    uint32_t number = 0;
    return intern_find(merge->dropped, end + 1, cursor->key_size - key_at, &number);
}

static enum status merge_names(struct merge *merge, struct error *error)
{
    enum status status = walk_begin(merge, STORE_NAMES, error);
    if (status == STATUS_OK) {
        status = walk_next(merge, error);
    }
    while (status == STATUS_OK && merge->group_size > 0) {
        const struct table_cursor *cursor = &merge->group[0]->cursor;
        if (!leads_nowhere(merge, cursor)) {
            status = segment_writer_record(merge->writer, STORE_NAMES, cursor->key,
                                           cursor->key_size, NULL, 0, error);
        }
        if (status == STATUS_OK) {
            status = walk_next(merge, error);
        }
    }
    return status;
}

/* Of the kept documents with one id the last counts, the others are superseded. */
static enum status merge_id(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    bool any = false;
    doc_id last = 0;
    for (size_t i = 0; status == STATUS_OK && i < merge->group_size; i++) {
        const struct side *side = merge->group[i];
        struct byte_reader reader = byte_reader_over(side->cursor.value, side->cursor.value_size);
        uint64_t document = byte_reader_varint(&reader);
        if (reader.failed || document >= side->document_count) {
            return error_set(error, STATUS_FORMAT, "segment '%s' is damaged: no such document",
                             store_path(segment_store(side->segment)));
        }
        if (side->documents[document] == DOC_ID_END) {
            continue;
        }
        if (any) {
            status = buffer_append(&merge->superseded, &last, sizeof last, error);
        }
        last = side->documents[document];
        any = true;
    }
    if (status != STATUS_OK || !any) {
        return status;
    }
    const struct table_cursor *cursor = &merge->group[0]->cursor;
    unsigned char value[VARINT_SIZE_MAX];
    size_t size = store_varint(value, last);
    return segment_writer_record(merge->writer, STORE_IDS, cursor->key, cursor->key_size, value,
                                 size, error);
}

static enum status merge_ids(struct merge *merge, struct error *error)
{
    enum status status = walk_begin(merge, STORE_IDS, error);
    if (status == STATUS_OK) {
        status = walk_next(merge, error);
    }
    while (status == STATUS_OK && merge->group_size > 0) {
        status = merge_id(merge, error);
        if (status == STATUS_OK) {
            status = walk_next(merge, error);
        }
    }
    return status;
}

static int compare_documents(const void *a, const void *b)
{
    doc_id left = 0;
    doc_id right = 0;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* Those found by merge_ids(), and those that a side already knew and that were not deleted. */
static enum status merge_superseded(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        const struct side *side = &merge->sides[i];
        uint32_t count = 0;
        const doc_id *superseded = segment_superseded(side->segment, &count);
        for (uint32_t k = 0; status == STATUS_OK && k < count; k++) {
            doc_id document = side->documents[superseded[k]];
            if (document != DOC_ID_END) {
                status = buffer_append(&merge->superseded, &document, sizeof document, error);
            }
        }
    }
    doc_id *documents = (doc_id *)(void *)merge->superseded.bytes;
    size_t count = merge->superseded.size / sizeof *documents;
    if (count > 0) {
        qsort(documents, count, sizeof *documents, compare_documents);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = segment_writer_superseded(merge->writer, documents[i], error);
    }
    return status;
}

static enum status write_numbered(struct merge *merge, enum store_database table,
                                  const struct intern *names, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < intern_count(names); i++) {
        unsigned char key[4];
        size_t size = 0;
        const void *name = intern_string(names, i, &size);
        store_u32_be(key, i);
        status = segment_writer_record(merge->writer, table, key, sizeof key, name, size, error);
    }
    return status;
}

static enum status copy_ledger_record(struct merge *merge, const struct side *side,
                                      const struct table_cursor *cursor, struct error *error)
{
    struct segment_ledger_record record;
    enum status status = segment_ledger_read(cursor->value, cursor->value_size, &record, error);
    uint64_t input = record.input;
    if (status == STATUS_OK) {
        status = map_number(side->inputs, &input, error);
    }
    record.input = (uint32_t)input;
    buffer_clear(&merge->list);
    if (status == STATUS_OK) {
        status = segment_ledger_write(&record, &merge->list, error);
    }
    unsigned char key[4];
    store_u32_be(key, merge->ledger_count++);
    if (status == STATUS_OK) {
        status = segment_writer_record(merge->writer, STORE_LEDGER, key, sizeof key,
                                       merge->list.bytes, merge->list.size, error);
    }
    return status;
}

static enum status merge_ledgers(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < merge->side_count; i++) {
        struct side *side = &merge->sides[i];
        bool found = false;
        status = table_cursor_seek(&side->cursor, segment_store(side->segment), STORE_LEDGER, NULL,
                                   0, &found, error);
        while (status == STATUS_OK && found) {
            status = copy_ledger_record(merge, side, &side->cursor, error);
            if (status == STATUS_OK) {
                status = table_cursor_next(&side->cursor, &found, error);
            }
        }
    }
    return status;
}

/* ---- The whole ---- */

static enum status side_init(struct merge *merge, struct side *side,
                             const struct merge_input *input, struct error *error)
{
    side->segment = input->segment;
    side->document_count = (uint32_t)segment_counts(input->segment)->documents;
    side->deleted_count = input->deleted_count;
    side->documents = memory_zalloc(side->document_count, sizeof *side->documents);
    if (side->documents == NULL) {
        return error_no_memory(error, side->document_count * sizeof *side->documents);
    }
    for (uint32_t i = 0; i < input->deleted_count; i++) {
        assert(input->deleted[i] < side->document_count);
        side->documents[input->deleted[i]] = DOC_ID_END;
    }
    enum status status = map_names(side, STORE_SOURCES, merge->source_names, &side->sources, error);
    if (status == STATUS_OK) {
        status = map_names(side, STORE_INPUTS, merge->input_paths, &side->inputs, error);
    }
    return status;
}

/* Text of deleted documents does not count any more. */
static enum status subtract_deleted(const struct merge_input *input, struct segment_counts *counts,
                                    struct error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, STORE_VALUE_SIZE_MAX);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < input->deleted_count; i++) {
        struct stored_document document;
        status = segment_document(input->segment, input->deleted[i], &bytes, error);
        if (status == STATUS_OK) {
            status = stored_document_read(bytes.bytes, bytes.size, &document, error);
        }
        if (status == STATUS_OK) {
            counts->text_bytes -= document.text_size;
        }
    }
    buffer_release(&bytes);
    return status;
}

static enum status sum_counts(const struct merge_input *inputs, size_t input_count,
                              struct segment_counts *counts, struct error *error)
{
    *counts = (struct segment_counts){0};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < input_count; i++) {
        const struct segment_counts *one = segment_counts(inputs[i].segment);
        counts->documents += one->documents - inputs[i].deleted_count;
        counts->text_bytes += one->text_bytes;
        counts->input_bytes += one->input_bytes;
        counts->rejected += one->rejected;
        counts->repaired += one->repaired;
        status = subtract_deleted(&inputs[i], counts, error);
    }
    return status;
}

static enum status merge_init(struct merge *merge, const struct merge_input *inputs,
                              size_t input_count, uint64_t document_count, struct error *error)
{
    struct buffer *const buffers[] = {&merge->list,      &merge->forms,    &merge->form_text,
                                      &merge->records,   &merge->renumber, &merge->numbers,
                                      &merge->superseded};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        buffer_init(buffers[i], STORE_VALUE_SIZE_MAX);
    }
    merge->side_count = input_count;
    merge->sides = memory_zalloc(input_count, sizeof *merge->sides);
    merge->heap = memory_zalloc(input_count, sizeof(struct side *));
    merge->group = memory_zalloc(input_count, sizeof(struct side *));
    merge->encoder = postings_encoder_new();
    merge->reader = memory_zalloc(1, sizeof *merge->reader);
    merge->source_names = intern_new(STRINGS_BYTES_MAX);
    merge->input_paths = intern_new(STRINGS_BYTES_MAX);
    merge->dropped = intern_new(STRINGS_BYTES_MAX);
    merge->lengths = memory_zalloc((size_t)document_count, sizeof *merge->lengths);
    if (merge->sides == NULL || merge->heap == NULL || merge->group == NULL ||
        merge->encoder == NULL || merge->reader == NULL || merge->source_names == NULL ||
        merge->input_paths == NULL || merge->dropped == NULL || merge->lengths == NULL) {
        return error_no_memory(error, (size_t)document_count * sizeof *merge->lengths);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < input_count; i++) {
        status = side_init(merge, &merge->sides[i], &inputs[i], error);
    }
    return status;
}

static void merge_release(struct merge *merge)
{
    for (size_t i = 0; merge->sides != NULL && i < merge->side_count; i++) {
        memory_free(merge->sides[i].documents);
        memory_free(merge->sides[i].sources);
        memory_free(merge->sides[i].inputs);
    }
    memory_free(merge->sides);
    memory_free(merge->heap);
    memory_free(merge->group);
    postings_encoder_free(merge->encoder);
    memory_free(merge->reader);
    intern_free(merge->source_names);
    intern_free(merge->input_paths);
    intern_free(merge->dropped);
    memory_free(merge->lengths);
    buffer_release(&merge->list);
    buffer_release(&merge->forms);
    buffer_release(&merge->form_text);
    buffer_release(&merge->records);
    buffer_release(&merge->renumber);
    buffer_release(&merge->numbers);
    buffer_release(&merge->superseded);
}

static enum status merge_all(struct merge *merge, struct error *error)
{
    enum status status = copy_documents(merge, error);
    if (status == STATUS_OK) {
        status = merge_lexicon(merge, STORE_TERMS, error);
    }
    if (status == STATUS_OK) {
        status = merge_lexicon(merge, STORE_ENTITIES, error);
    }
    if (status == STATUS_OK) {
        status = merge_names(merge, error);
    }
    if (status == STATUS_OK) {
        status = merge_ids(merge, error);
    }
    if (status == STATUS_OK) {
        status = merge_superseded(merge, error);
    }
    if (status == STATUS_OK) {
        status = write_numbered(merge, STORE_SOURCES, merge->source_names, error);
    }
    if (status == STATUS_OK) {
        status = write_numbered(merge, STORE_INPUTS, merge->input_paths, error);
    }
    if (status == STATUS_OK) {
        status = merge_ledgers(merge, error);
    }
    if (status == STATUS_OK) {
        status = report(merge, 0, true, error);
    }
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): inputs, progress, results */
enum status merge_segments(const char *path, const struct merge_input *inputs, size_t input_count,
                           bool (*written)(void *context, uint64_t bytes), void *context, bool sync,
                           struct segment_counts *counts, struct store_seal *seal,
                           struct error *error)
{
    assert(input_count > 0);
    struct merge merge = {.written = written, .context = context};
    enum status status = sum_counts(inputs, input_count, counts, error);
    if (status == STATUS_OK && counts->documents > SEGMENT_DOCUMENTS_MAX) {
        status = error_set(error, STATUS_LIMIT, "a segment holds at most %u documents",
                           SEGMENT_DOCUMENTS_MAX);
    }
    if (status == STATUS_OK) {
        status = merge_init(&merge, inputs, input_count, counts->documents, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_open(path, &merge.writer, error);
    }
    if (status == STATUS_OK) {
        status = merge_all(&merge, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_finish(merge.writer, counts, sync, seal, error);
    } else {
        segment_writer_abandon(merge.writer);
    }
    merge_release(&merge);
    return status;
}
