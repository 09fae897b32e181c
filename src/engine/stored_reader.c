#include "engine/stored_reader.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "engine/document.h"
#include "index/table.h"

struct stored_reader {
    const struct stored *stored;
    const struct snapshot *snapshot;
    struct shard shard;
    ledger_report report;
    void *context;
    uint32_t input;    /* number of the current one, or the next when none is open */
    uint32_t stretch;  /* likewise, of an open input */
    bool open;         /* an input */
    bool entered;      /* its stretch */
    uint64_t begin;    /* of this shard in the input */
    uint64_t limit;    /* what lies here or later is another shard's */
    uint64_t position; /* of the document read last */
    uint64_t passed;   /* bytes of the inputs before, within the shard */
    doc_id document;   /* the next one */
    uint32_t deleted;  /* place in the segment's list of deletions */
    struct buffer bytes;
    struct buffer detail;
};

enum status stored_reader_open(const struct stored *stored, const struct snapshot *snapshot,
                               const struct shard *shard, ledger_report report, void *context,
                               struct stored_reader **out, struct error *error)
{
    struct stored_reader *reader = memory_alloc(sizeof *reader);
    if (reader == NULL) {
        return error_no_memory(error, sizeof *reader);
    }
    *reader = (struct stored_reader){.stored = stored,
                                     .snapshot = snapshot,
                                     .shard = *shard,
                                     .report = report,
                                     .context = context,
                                     .input = shard->input_first};
    buffer_init(&reader->bytes, DOCUMENT_SIZE_MAX);
    buffer_init(&reader->detail, DOCUMENT_SIZE_MAX);
    *out = reader;
    return STATUS_OK;
}

void stored_reader_close(struct stored_reader *reader)
{
    if (reader != NULL) {
        buffer_release(&reader->bytes);
        buffer_release(&reader->detail);
        memory_free(reader);
    }
}

static const struct stored_input *part_of(const struct stored_reader *reader)
{
    return &reader->stored->parts[reader->input];
}

static const struct stored_stretch *stretch_of(const struct stored_reader *reader)
{
    return &reader->stored->stretches[reader->stretch];
}

static struct segment *segment_of(const struct stored_reader *reader)
{
    return reader->snapshot->segments[stretch_of(reader)->segment];
}

static const struct deletion_list *deletions_of(const struct stored_reader *reader)
{
    return &reader->snapshot->deletions.lists[stretch_of(reader)->segment];
}

/* Where a document of the stretch lies in the input: these ascend. */
static enum status position_of(const struct stored_reader *reader, doc_id document,
                               uint64_t *position, struct error *error)
{
    const struct stored_stretch *stretch = stretch_of(reader);
    uint64_t each = part_of(reader)->document_bytes;
    if (each > 0) {
        *position = (stretch->documents_before + document - stretch->document_first) * each;
        return STATUS_OK;
    }
    return segment_column(segment_of(reader), COLUMN_OFFSET, document, position, error);
}

/* ---- The ledger ---- */

static enum status tell_record(struct stored_reader *reader, const struct table_cursor *cursor,
                               struct error *error)
{
    struct segment_ledger_record record;
    enum status status = segment_ledger_read(cursor->value, cursor->value_size, &record, error);
    if (status == STATUS_OK && (record.act > LEDGER_REPAIRED || record.reason >= LEDGER_REASONS)) {
        status = error_set(error, STATUS_FORMAT, "a ledger record is damaged");
    }
    buffer_clear(&reader->detail);
    if (status == STATUS_OK) {
        status = buffer_append(&reader->detail, record.detail, record.detail_size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_byte(&reader->detail, 0, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct ledger_entry entry = {.act = (enum ledger_act)record.act,
                                 .reason = (enum ledger_reason)record.reason,
                                 .input = reader->input,
                                 .offset = record.offset,
                                 .bytes = record.bytes,
                                 .detail = (const char *)reader->detail.bytes};
    return reader->report(reader->context, &entry, error);
}

static enum status tell_ledger(struct stored_reader *reader, struct error *error)
{
    const struct stored_stretch *stretch = stretch_of(reader);
    struct table_cursor cursor;
    unsigned char key[4];
    bool found = false;
    if (stretch->ledger_first == stretch->ledger_end) {
        return STATUS_OK;
    }
    store_u32_be(key, stretch->ledger_first);
    enum status status = table_cursor_seek(&cursor, segment_store(segment_of(reader)), STORE_LEDGER,
                                           key, sizeof key, &found, error);
    for (uint32_t i = stretch->ledger_first; status == STATUS_OK && i < stretch->ledger_end; i++) {
        status = found ? tell_record(reader, &cursor, error)
                       : error_set(error, STATUS_FORMAT, "the ledger is damaged");
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    return status;
}

/* ---- Stretches and inputs ---- */

/* The first document of the stretch that does not lie before `begin`. */
static enum status find_begin(struct stored_reader *reader, struct error *error)
{
    doc_id low = stretch_of(reader)->document_first;
    doc_id high = stretch_of(reader)->document_end;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && reader->begin > 0 && low < high) {
        doc_id middle = low + (high - low) / 2;
        uint64_t position = 0;
        status = position_of(reader, middle, &position, error);
        if (position < reader->begin) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    reader->document = low;
    return status;
}

/* Passes the deletions before the next document. */
static void find_deleted(struct stored_reader *reader)
{
    const struct deletion_list *list = deletions_of(reader);
    uint32_t low = 0;
    for (uint32_t high = list->count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (list->documents[middle] < reader->document) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    reader->deleted = low;
}

/* The ledger of a stretch is told by the shard that its first document lies in; of the first
 * stretch by the one that has the input's beginning. */
static enum status enter_stretch(struct stored_reader *reader, struct error *error)
{
    uint64_t start = 0;
    enum status status = STATUS_OK;
    reader->entered = true;
    if (reader->stretch > part_of(reader)->stretch_first) {
        status = position_of(reader, stretch_of(reader)->document_first, &start, error);
    }
    if (status == STATUS_OK && start >= reader->begin && start < reader->limit) {
        status = tell_ledger(reader, error);
    }
    if (status == STATUS_OK) {
        status = find_begin(reader, error);
    }
    find_deleted(reader);
    return status;
}

static void enter_input(struct stored_reader *reader)
{
    const struct shard *shard = &reader->shard;
    uint32_t number = reader->input;
    bool cut =
        number + 1 == shard->input_end && shard->offset_end < reader->stored->inputs[number].size;
    reader->begin = number == shard->input_first ? shard->offset_first : 0;
    reader->limit = cut ? shard->offset_end : UINT64_MAX;
    reader->position = reader->begin;
    reader->passed += reader->begin == 0 ? part_of(reader)->more_bytes : 0;
    reader->stretch = part_of(reader)->stretch_first;
    reader->open = true;
    reader->entered = false;
}

static void leave_input(struct stored_reader *reader)
{
    uint64_t size = reader->stored->inputs[reader->input].size;
    bool cut = reader->limit < size;
    reader->passed += (cut ? reader->limit : size) - reader->begin;
    reader->input++;
    reader->open = false;
}

/* ---- Documents ---- */

static enum status read_document(struct stored_reader *reader, struct article *article,
                                 struct error *error)
{
    struct segment *segment = segment_of(reader);
    struct stored_document stored;
    uint64_t day = 0;
    uint64_t offset = 0;
    enum status status = segment_document(segment, reader->document, &reader->bytes, error);
    if (status == STATUS_OK) {
        status = stored_document_read(reader->bytes.bytes, reader->bytes.size, &stored, error);
    }
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_DAY, reader->document, &day, error);
    }
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_OFFSET, reader->document, &offset, error);
    }
    if (status == STATUS_OK) {
        *article = article_of(&stored);
        article->day = (uint32_t)day;
        article->input = reader->input;
        article->offset = offset;
    }
    return status;
}

/* The stretch's next document, passing the deleted ones; `*found` is false at the end of the
 * shard's part of it. */
static enum status next_document(struct stored_reader *reader, bool *found, struct error *error)
{
    const struct stored_stretch *stretch = stretch_of(reader);
    const struct deletion_list *list = deletions_of(reader);
    while (reader->document < stretch->document_end && reader->deleted < list->count &&
           list->documents[reader->deleted] == reader->document) {
        reader->document++;
        reader->deleted++;
    }
    uint64_t position = 0;
    *found = reader->document < stretch->document_end;
    enum status status =
        *found ? position_of(reader, reader->document, &position, error) : STATUS_OK;
    *found = *found && position < reader->limit;
    reader->position = *found ? position : reader->position;
    return status;
}

/* One step: into an input, into a stretch, to a document, or on from the last. */
static enum status step(struct stored_reader *reader, struct article *article, bool *found,
                        struct error *error)
{
    if (!reader->open) {
        enter_input(reader);
    }
    if (reader->stretch >= part_of(reader)->stretch_end) {
        leave_input(reader);
        return STATUS_OK;
    }
    enum status status = reader->entered ? STATUS_OK : enter_stretch(reader, error);
    if (status == STATUS_OK) {
        status = next_document(reader, found, error);
    }
    if (status == STATUS_OK && *found) {
        status = read_document(reader, article, error);
        reader->document++;
    } else if (status == STATUS_OK) {
        reader->stretch++;
        reader->entered = false;
    }
    return status;
}

enum status stored_reader_next(struct stored_reader *reader, struct article *article, bool *found,
                               struct error *error)
{
    *found = false;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !*found &&
           (reader->open || reader->input < reader->shard.input_end)) {
        status = step(reader, article, found, error);
    }
    return status;
}

uint64_t stored_reader_bytes(const struct stored_reader *reader)
{
    return reader->passed + (reader->open ? reader->position - reader->begin : 0);
}
