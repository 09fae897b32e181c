#include "engine/stored.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "engine/document.h"
#include "index/table.h"

#define LIST_BYTES_MAX ((size_t)8 << 30) /* about 50 million inputs */

/* An input that its documents fill to less than this part is sparse. */
enum { DENSE_PART = 4 };

struct lister {
    const struct snapshot *snapshot;
    struct arena *arena;
    struct buffer inputs;    /* struct input */
    struct buffer parts;     /* struct stored_input */
    struct buffer stretches; /* struct stored_stretch */
    struct buffer bytes;     /* of the document looked at */

    /* Of the segment: */
    uint32_t segment;
    bool begun;         /* it has a document in the list */
    uint32_t input_max; /* number of an input, of those met so far */
    uint64_t mean;      /* size of a document */
    struct table_cursor cursor;
    struct segment_ledger_record record; /* the next one, when there is more */
    bool more;
    uint32_t record_number;

    /* Of the input listed last: */
    uint32_t number; /* in its segment's table */
    bool open;       /* it has documents and may get more */
    uint32_t documents;
    uint64_t text;       /* in them, about */
    uint64_t offset;     /* of the last one */
    uint64_t record_end; /* where the last rejected bytes end */

    /* Of the segments that share inputs with those before and after, if any: */
    uint32_t group_first; /* input */
    uint64_t group_read;  /* bytes of the files */
};

static uint32_t input_count(const struct lister *lister)
{
    return (uint32_t)(lister->inputs.size / sizeof(struct input));
}

static uint32_t stretch_count(const struct lister *lister)
{
    return (uint32_t)(lister->stretches.size / sizeof(struct stored_stretch));
}

static struct input *last_input(const struct lister *lister)
{
    return (struct input *)(void *)lister->inputs.bytes + input_count(lister) - 1;
}

static struct stored_input *last_part(const struct lister *lister)
{
    return (struct stored_input *)(void *)lister->parts.bytes + input_count(lister) - 1;
}

static struct stored_stretch *last_stretch(const struct lister *lister)
{
    return (struct stored_stretch *)(void *)lister->stretches.bytes + stretch_count(lister) - 1;
}

static struct segment *segment_of(const struct lister *lister)
{
    return lister->snapshot->segments[lister->segment];
}

/* ---- Inputs and stretches ---- */

/* A stretch without anything yet, of the last input. */
static enum status add_stretch(struct lister *lister, struct error *error)
{
    struct stored_stretch stretch = {.segment = lister->segment,
                                     .ledger_first = lister->record_number,
                                     .ledger_end = lister->record_number};
    if (last_part(lister)->stretch_end > last_part(lister)->stretch_first) {
        const struct stored_stretch *before = last_stretch(lister);
        stretch.documents_before =
            before->documents_before + before->document_end - before->document_first;
    }
    enum status status = buffer_append(&lister->stretches, &stretch, sizeof stretch, error);
    last_part(lister)->stretch_end = stretch_count(lister);
    return status;
}

static enum status add_input(struct lister *lister, uint32_t number, struct error *error)
{
    const char *path = NULL;
    size_t path_size = 0;
    if (stretch_count(lister) == UINT32_MAX - 1) {
        return error_set(error, STATUS_LIMIT, "cannot plan: too many inputs");
    }
    enum status status =
        segment_name(segment_of(lister), STORE_INPUTS, number, &path, &path_size, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct input input = {.path = arena_copy(lister->arena, path, path_size),
                          .id = "",
                          .source = "",
                          .kind = INPUT_JSONL};
    struct stored_input part = {.stretch_first = stretch_count(lister),
                                .stretch_end = stretch_count(lister)};
    if (input.path == NULL) {
        return error_no_memory(error, path_size);
    }
    lister->number = number;
    lister->open = false;
    lister->documents = 0;
    lister->text = 0;
    lister->record_end = 0;
    status = buffer_append(&lister->inputs, &input, sizeof input, error);
    if (status == STATUS_OK) {
        status = buffer_append(&lister->parts, &part, sizeof part, error);
    }
    return status == STATUS_OK ? add_stretch(lister, error) : status;
}

/* ---- The ledger ---- */

/* Looks at the record that the cursor is at. */
static enum status look_at_record(struct lister *lister, bool found, struct error *error)
{
    lister->more = found;
    return found ? segment_ledger_read(lister->cursor.value, lister->cursor.value_size,
                                       &lister->record, error)
                 : STATUS_OK;
}

/* Gives the records of one input, if they are the next ones, to the last stretch. */
static enum status take_records_of(struct lister *lister, uint32_t number, struct error *error)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && lister->more && lister->record.input == number) {
        const struct segment_ledger_record *record = &lister->record;
        uint64_t end = record->offset + record->bytes;
        if (record->act == LEDGER_REJECTED) {
            last_input(lister)->size += record->bytes;
            lister->record_end = end > lister->record_end ? end : lister->record_end;
        }
        last_stretch(lister)->ledger_end = ++lister->record_number;
        bool found = false;
        status = table_cursor_next(&lister->cursor, &found, error);
        if (status == STATUS_OK) {
            status = look_at_record(lister, found, error);
        }
    }
    return status;
}

/* Inputs for the records of files up to number `number_max`. */
static enum status take_records(struct lister *lister, uint32_t number_max, struct error *error)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && lister->more && lister->record.input <= number_max) {
        status = add_input(lister, lister->record.input, error);
        if (status == STATUS_OK) {
            status = take_records_of(lister, lister->number, error);
        }
    }
    return status;
}

/* ---- Sizes ---- */

static bool ends_with(const char *text, const char *end, size_t end_size)
{
    size_t size = strlen(text);
    return size >= end_size && memcmp(text + size - end_size, end, end_size) == 0;
}

/* The last input's size, from its last document; its rejected bytes are in it so far. */
static enum status measure(struct lister *lister, struct error *error)
{
    struct stored_document stored;
    struct input *input = last_input(lister);
    const struct stored_stretch *stretch = last_stretch(lister);
    struct segment *segment = lister->snapshot->segments[stretch->segment];
    enum status status =
        segment_document(segment, stretch->document_end - 1, &lister->bytes, error);
    if (status == STATUS_OK) {
        status = stored_document_read(lister->bytes.bytes, lister->bytes.size, &stored, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool alone = lister->documents == 1 && lister->offset == 0;
    if (alone && stored.id_size > 0 && ends_with(input->path, stored.id, stored.id_size)) {
        input->kind = INPUT_TEXT;
        input->size = stored.text_size;
        return STATUS_OK;
    }
    uint64_t dense = (lister->text + input->size) * DENSE_PART;
    /* Rather too little than too much: a line has names and quotes besides. */
    uint64_t end = lister->offset + stored.id_size + stored.url_size + stored.date_size +
                   stored.extras_size + stored.text_size;
    input->size = end > lister->record_end ? end : lister->record_end;
    if (input->size > dense) {
        uint64_t span = stretch->documents_before + stretch->document_end - stretch->document_first;
        last_part(lister)->document_bytes = lister->text / lister->documents + 1;
        input->size = span * last_part(lister)->document_bytes;
    }
    return STATUS_OK;
}

static enum status close_input(struct lister *lister, struct error *error)
{
    bool open = lister->open;
    lister->open = false;
    if (open) {
        last_part(lister)->size_min = lister->offset + 1;
    }
    return open ? measure(lister, error) : STATUS_OK;
}

/* The input of a group whose size is known least: the last one of JSON Lines, or else the last. */
static uint32_t vague_input(const struct lister *lister, uint32_t first)
{
    const struct input *inputs = (const struct input *)(const void *)lister->inputs.bytes;
    const struct stored_input *parts =
        (const struct stored_input *)(const void *)lister->parts.bytes;
    for (uint32_t i = input_count(lister); i-- > first;) {
        if (parts[i].size_min > 0 && parts[i].document_bytes == 0 &&
            inputs[i].kind == INPUT_JSONL) {
            return i;
        }
    }
    return input_count(lister) - 1;
}

/* The bytes that the documents of a group of segments were read from are told by the segments: what
 * is missing stands at the end of one input, or, when that would be most of it, beside it. */
static void settle_group(struct lister *lister)
{
    uint64_t read = lister->group_read;
    uint64_t listed = 0;
    uint32_t first = lister->group_first;
    if (first == input_count(lister)) {
        return; /* all of it is superseded: told of the next one */
    }
    lister->group_read = 0;
    lister->group_first = input_count(lister);
    uint32_t vague = vague_input(lister, first);
    struct input *inputs = (struct input *)(void *)lister->inputs.bytes;
    struct stored_input *part = (struct stored_input *)(void *)lister->parts.bytes + vague;
    for (uint32_t i = first; i < lister->group_first; i++) {
        listed += inputs[i].size;
    }
    bool at_offsets = part->size_min > 0 && part->document_bytes == 0;
    if (read > listed) {
        bool dense = at_offsets && (read - listed) / DENSE_PART <= listed;
        inputs[vague].size += dense ? read - listed : 0;
        part->more_bytes = dense ? 0 : read - listed;
    } else if (at_offsets && inputs[vague].size > part->size_min) {
        uint64_t spare = inputs[vague].size - part->size_min;
        inputs[vague].size -= listed - read < spare ? listed - read : spare;
    }
}

/* ---- Documents ---- */

static enum status end_group(struct lister *lister, struct error *error)
{
    enum status status = close_input(lister, error);
    if (status == STATUS_OK) {
        settle_group(lister);
    }
    return status;
}

static enum status open_input(struct lister *lister, uint32_t number, struct error *error)
{
    enum status status = lister->begun ? close_input(lister, error) : end_group(lister, error);
    uint32_t count = input_count(lister);
    lister->input_max = number > lister->input_max ? number : lister->input_max;
    if (status == STATUS_OK) {
        status = take_records(lister, lister->input_max, error);
    }
    bool listed = input_count(lister) > count && lister->number == number; /* by its records */
    return status == STATUS_OK && !listed ? add_input(lister, number, error) : status;
}

/* Whether the first document of a segment goes on where the segment before ended: in a file that is
 * the first one here. */
static enum status goes_on_here(struct lister *lister, uint32_t number, bool *goes_on,
                                struct error *error)
{
    const char *path = NULL;
    size_t path_size = 0;
    enum status status =
        segment_name(segment_of(lister), STORE_INPUTS, number, &path, &path_size, error);
    const char *last = status == STATUS_OK && lister->open ? last_input(lister)->path : NULL;
    *goes_on = last != NULL && number == 0 && strlen(last) == path_size &&
               memcmp(last, path, path_size) == 0;
    return status;
}

static enum status add_document(struct lister *lister, doc_id document, struct error *error)
{
    uint64_t number = 0;
    uint64_t offset = 0;
    struct segment *segment = segment_of(lister);
    enum status status = segment_column(segment, COLUMN_INPUT, document, &number, error);
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_OFFSET, document, &offset, error);
    }
    bool goes_on = lister->open && lister->number == number && offset > lister->offset;
    if (status == STATUS_OK && !lister->begun) {
        status = goes_on_here(lister, (uint32_t)number, &goes_on, error);
        goes_on = goes_on && offset > lister->offset;
    }
    if (status == STATUS_OK && !goes_on) {
        status = open_input(lister, (uint32_t)number, error);
    } else if (status == STATUS_OK && !lister->begun) {
        lister->number = 0;
        status = add_stretch(lister, error);
        if (status == STATUS_OK) {
            status = take_records_of(lister, 0, error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct stored_stretch *stretch = last_stretch(lister);
    if (stretch->document_end == 0) {
        stretch->document_first = document;
    }
    stretch->document_end = document + 1;
    lister->begun = true;
    lister->open = true;
    lister->documents++;
    lister->text += lister->mean;
    lister->offset = offset;
    return STATUS_OK;
}

static enum status begin_segment(struct lister *lister, uint32_t segment, struct error *error)
{
    lister->segment = segment;
    lister->begun = false;
    lister->input_max = 0;
    lister->record_number = 0;
    const struct segment_counts *counts = segment_counts(segment_of(lister));
    lister->mean = counts->documents == 0 ? 0 : counts->text_bytes / counts->documents + 1;
    bool found = false;
    enum status status = table_cursor_seek(&lister->cursor, segment_store(segment_of(lister)),
                                           STORE_LEDGER, NULL, 0, &found, error);
    return status == STATUS_OK ? look_at_record(lister, found, error) : status;
}

static enum status list_segment(struct lister *lister, uint32_t segment, struct error *error)
{
    enum status status = begin_segment(lister, segment, error);
    const struct segment_counts *counts = segment_counts(segment_of(lister));
    const struct deletion_list *deleted = &lister->snapshot->deletions.lists[segment];
    uint32_t at = 0;
    for (doc_id i = 0; status == STATUS_OK && i < counts->documents; i++) {
        if (at < deleted->count && deleted->documents[at] == i) {
            at++;
            continue;
        }
        status = add_document(lister, i, error);
    }
    if (status == STATUS_OK && !lister->begun) {
        status = end_group(lister, error);
    } else if (status == STATUS_OK && lister->more) {
        status = close_input(lister, error);
    }
    if (status == STATUS_OK) {
        status = take_records(lister, UINT32_MAX, error);
    }
    lister->group_read += counts->input_bytes;
    return status;
}

static enum status keep(const struct lister *lister, struct stored *stored, struct error *error)
{
    const struct buffer *const lists[] = {&lister->inputs, &lister->parts, &lister->stretches};
    void *copies[] = {NULL, NULL, NULL};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        copies[i] = arena_alloc(lister->arena, lists[i]->size);
        if (copies[i] == NULL) {
            return error_no_memory(error, lists[i]->size);
        }
        if (lists[i]->size > 0) {
            memcpy(copies[i], lists[i]->bytes, lists[i]->size);
        }
    }
    stored->count = input_count(lister);
    stored->inputs = copies[0];
    stored->parts = copies[1];
    stored->stretches = copies[2];
    for (uint32_t i = 0; i < stored->count; i++) {
        stored->bytes += stored->inputs[i].size + stored->parts[i].more_bytes;
    }
    return STATUS_OK;
}

enum status stored_list(const struct snapshot *snapshot, struct stored *stored, struct error *error)
{
    *stored = (struct stored){.arena = arena_new(LIST_BYTES_MAX)};
    if (stored->arena == NULL) {
        return error_no_memory(error, 0);
    }
    struct lister lister = {.snapshot = snapshot, .arena = stored->arena};
    buffer_init(&lister.inputs, LIST_BYTES_MAX);
    buffer_init(&lister.parts, LIST_BYTES_MAX);
    buffer_init(&lister.stretches, LIST_BYTES_MAX);
    buffer_init(&lister.bytes, DOCUMENT_SIZE_MAX);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < snapshot->manifest.segment_count; i++) {
        status = list_segment(&lister, i, error);
    }
    if (status == STATUS_OK) {
        status = end_group(&lister, error);
    }
    if (status == STATUS_OK && input_count(&lister) > 0) {
        last_part(&lister)->more_bytes += lister.group_read;
    }
    if (status == STATUS_OK) {
        status = keep(&lister, stored, error);
    }
    buffer_release(&lister.bytes);
    buffer_release(&lister.stretches);
    buffer_release(&lister.parts);
    buffer_release(&lister.inputs);
    return status;
}

void stored_release(struct stored *stored)
{
    arena_free(stored->arena);
    *stored = (struct stored){.arena = NULL};
}
