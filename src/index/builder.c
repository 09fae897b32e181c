#include "index/builder.h"

#include <assert.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/memory.h"
#include "index/format.h"

/* Terms and entities are gathered alike. A form's string in `forms` is its key's number (4 bytes)
 * and its own bytes, so that one form under two keys is two forms. */
struct form {
    uint32_t key;
    uint32_t tag;
    uint32_t document_count;
    uint32_t last_document; /* plus 1: counts a document once */
    uint64_t occurrence_count;
};

/* What the loops over all occurrences look up lies all over memory: it is asked for so many
 * occurrences ahead. Without, they take twice as long (bench: 8.8 million occurrences). */
#define OCCURRENCES_AHEAD ((size_t)16)

struct gathering {
    enum store_database lexicon;
    struct intern *keys;
    struct intern *form_strings;
    struct buffer forms;       /* struct form, by form number */
    struct buffer stream;      /* struct occurrence of all documents, one behind another */
    struct buffer stream_ends; /* uint64_t: where each document's entries end */
};

struct builder {
    struct segment_writer *writer;
    struct document_packer packer;
    struct gathering terms;
    struct gathering entities;
    struct intern *sources;
    struct intern *inputs;
    struct intern *names;       /* name, 0, entity key */
    struct intern *ids;         /* id keys; their numbers index `id_documents` */
    struct buffer id_documents; /* uint32_t: last document of each id */
    struct buffer lengths;      /* uint32_t: length of each document */
    struct buffer ledger;       /* strings: encoded records */
    struct buffer stored;
    struct buffer frame;
    struct segment_counts counts;
    uint32_t document_count;
    uint32_t ledger_count;
    size_t memory_max;
};

/* ---- Opening and closing ---- */

static enum status gathering_init(struct gathering *gathering, enum store_database lexicon,
                                  size_t memory_max, struct error *error)
{
    gathering->lexicon = lexicon;
    gathering->keys = intern_new(memory_max);
    gathering->form_strings = intern_new(memory_max);
    buffer_init(&gathering->forms, memory_max);
    buffer_init(&gathering->stream, memory_max);
    buffer_init(&gathering->stream_ends, memory_max);
    bool made = gathering->keys != NULL && gathering->form_strings != NULL;
    return made ? STATUS_OK : error_no_memory(error, sizeof *gathering);
}

static void gathering_release(struct gathering *gathering)
{
    intern_free(gathering->keys);
    intern_free(gathering->form_strings);
    buffer_release(&gathering->forms);
    buffer_release(&gathering->stream);
    buffer_release(&gathering->stream_ends);
}

static size_t gathering_memory(const struct gathering *gathering)
{
    return intern_memory(gathering->keys) + intern_memory(gathering->form_strings) +
           gathering->forms.capacity + gathering->stream.capacity + gathering->stream_ends.capacity;
}

static void builder_free(struct builder *builder)
{
    document_packer_release(&builder->packer);
    gathering_release(&builder->terms);
    gathering_release(&builder->entities);
    intern_free(builder->sources);
    intern_free(builder->inputs);
    intern_free(builder->names);
    intern_free(builder->ids);
    buffer_release(&builder->id_documents);
    buffer_release(&builder->lengths);
    buffer_release(&builder->ledger);
    buffer_release(&builder->stored);
    buffer_release(&builder->frame);
    memory_free(builder);
}

void builder_abandon(struct builder *builder)
{
    if (builder == NULL) {
        return;
    }
    segment_writer_abandon(builder->writer);
    builder_free(builder);
}

enum status builder_open(const char *path, const struct builder_options *options,
                         struct builder **out, struct error *error)
{
    struct builder *builder = memory_zalloc(1, sizeof *builder);
    if (builder == NULL) {
        return error_no_memory(error, sizeof *builder);
    }
    size_t most = options->memory_max;
    builder->memory_max = most;
    struct buffer *const buffers[] = {&builder->id_documents, &builder->lengths, &builder->ledger,
                                      &builder->stored, &builder->frame};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        buffer_init(buffers[i], most);
    }
    enum status status = gathering_init(&builder->terms, STORE_TERMS, most, error);
    if (status == STATUS_OK) {
        status = gathering_init(&builder->entities, STORE_ENTITIES, most, error);
    }
    builder->sources = intern_new(most);
    builder->inputs = intern_new(most);
    builder->names = intern_new(most);
    builder->ids = intern_new(most);
    if (status == STATUS_OK && (builder->sources == NULL || builder->inputs == NULL ||
                                builder->names == NULL || builder->ids == NULL)) {
        status = error_no_memory(error, sizeof *builder);
    }
    if (status == STATUS_OK) {
        status = document_packer_init(&builder->packer, options->dictionary,
                                      options->dictionary_size, options->compression_level, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_open(path, &builder->writer, error);
    }
    if (status != STATUS_OK) {
        builder_abandon(builder);
        return status;
    }
    *out = builder;
    return STATUS_OK;
}

size_t builder_memory(const struct builder *builder)
{
    return gathering_memory(&builder->terms) + gathering_memory(&builder->entities) +
           intern_memory(builder->ids) + intern_memory(builder->names) + builder->lengths.capacity +
           builder->ledger.capacity + builder->stored.capacity + builder->frame.capacity +
           document_packer_memory(&builder->packer);
}

/* ---- Gathering ---- */

static struct gathering *gathering_of(struct builder *builder, enum store_database lexicon)
{
    assert(lexicon == STORE_TERMS || lexicon == STORE_ENTITIES);
    return lexicon == STORE_TERMS ? &builder->terms : &builder->entities;
}

/* NOLINTNEXTLINE(readability-function-size): a key and a form, each with its size */
enum status builder_form(struct builder *builder, enum store_database lexicon, const void *key,
                         size_t key_size, const void *form, size_t form_size, uint32_t tag,
                         uint32_t *number, struct error *error)
{
    assert(key_size > 0 && key_size <= STORE_KEY_SIZE_MAX && form_size <= STORE_KEY_SIZE_MAX);
    struct gathering *gathering = gathering_of(builder, lexicon);
    uint32_t key_number = 0;
    enum status status = intern_add(gathering->keys, key, key_size, &key_number, NULL, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char string[4 + STORE_KEY_SIZE_MAX];
    store_u32(string, key_number);
    memcpy(string + 4, form, form_size);
    bool added = false;
    status = intern_add(gathering->form_strings, string, 4 + form_size, number, &added, error);
    if (status == STATUS_OK && added) {
        struct form record = {.key = key_number, .tag = tag};
        status = buffer_append(&gathering->forms, &record, sizeof record, error);
    }
    return status;
}

enum status builder_name(struct builder *builder, const void *name, size_t name_size,
                         const void *key, size_t key_size, struct error *error)
{
    if (name_size == 0 || name_size + 1 + key_size > STORE_KEY_SIZE_MAX) {
        return STATUS_OK; /* too long to be asked for */
    }
    unsigned char record[STORE_KEY_SIZE_MAX];
    memcpy(record, name, name_size);
    record[name_size] = 0;
    memcpy(record + name_size + 1, key, key_size);
    uint32_t number = 0;
    return intern_add(builder->names, record, name_size + 1 + key_size, &number, NULL, error);
}

enum status builder_source(struct builder *builder, const char *name, size_t size, uint32_t *number,
                           struct error *error)
{
    return intern_add(builder->sources, name, size, number, NULL, error);
}

enum status builder_input(struct builder *builder, const char *path, size_t size, uint32_t *number,
                          struct error *error)
{
    return intern_add(builder->inputs, path, size, number, NULL, error);
}

enum status builder_ledger(struct builder *builder, const struct segment_ledger_record *record,
                           struct error *error)
{
    buffer_clear(&builder->stored);
    enum status status = segment_ledger_write(record, &builder->stored, error);
    if (status == STATUS_OK) {
        status = buffer_append_string(&builder->ledger, builder->stored.bytes, builder->stored.size,
                                      error);
    }
    if (status == STATUS_OK) {
        builder->ledger_count++;
        builder->counts.rejected += record->act == 0;
        builder->counts.repaired += record->act != 0;
    }
    return status;
}

static enum status gather(struct gathering *gathering, uint32_t document,
                          const struct occurrence *occurrences, size_t count, struct error *error)
{
    enum status status =
        buffer_append(&gathering->stream, occurrences, count * sizeof *occurrences, error);
    uint64_t end = gathering->stream.size / sizeof(struct occurrence);
    if (status == STATUS_OK) {
        status = buffer_append(&gathering->stream_ends, &end, sizeof end, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct form *forms = (struct form *)(void *)gathering->forms.bytes;
    for (size_t i = 0; i < count; i++) {
        assert((occurrences[i].form + 1) * sizeof *forms <= gathering->forms.size);
        if (i + OCCURRENCES_AHEAD < count) {
            PREFETCH(&forms[occurrences[i + OCCURRENCES_AHEAD].form]);
        }
        struct form *form = &forms[occurrences[i].form];
        form->occurrence_count++;
        if (form->last_document != document + 1) {
            form->last_document = document + 1;
            form->document_count++;
        }
    }
    return STATUS_OK;
}

static enum status add_id(struct builder *builder, const struct stored_document *stored,
                          struct error *error)
{
    unsigned char key[STORE_KEY_SIZE_MAX];
    size_t key_size = segment_id_key(stored->id, stored->id_size, key);
    uint32_t number = 0;
    bool added = false;
    assert(key_size > 0);
    enum status status = intern_add(builder->ids, key, key_size, &number, &added, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t document = builder->document_count;
    if (added) {
        return buffer_append(&builder->id_documents, &document, sizeof document, error);
    }
    uint32_t *documents = (uint32_t *)(void *)builder->id_documents.bytes;
    uint32_t earlier = documents[number];
    documents[number] = document;
    return segment_writer_superseded(builder->writer, earlier, error);
}

static enum status close_frame(struct builder *builder, struct error *error)
{
    uint32_t count = document_packer_count(&builder->packer);
    buffer_clear(&builder->frame);
    enum status status = document_packer_close(&builder->packer, &builder->frame, error);
    if (status == STATUS_OK) {
        status = segment_writer_frame(builder->writer, builder->frame.bytes, builder->frame.size,
                                      count, error);
    }
    return status;
}

enum status builder_add(struct builder *builder, const struct builder_document *document,
                        struct error *error)
{
    if (builder_memory(builder) > builder->memory_max) {
        return error_set(error, STATUS_LIMIT, "a shard needs more than its %zu bytes of memory",
                         builder->memory_max);
    }
    uint32_t number = builder->document_count;
    buffer_clear(&builder->stored);
    enum status status = stored_document_write(document->stored, &builder->stored, error);
    if (status == STATUS_OK) {
        status = document_packer_add(&builder->packer, builder->stored.bytes, builder->stored.size,
                                     error);
    }
    if (status == STATUS_OK && document_packer_size(&builder->packer) >= DOCUMENT_FRAME_SIZE) {
        status = close_frame(builder, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_document(builder->writer, document->columns, error);
    }
    if (status == STATUS_OK) {
        status = gather(&builder->terms, number, document->terms, document->term_count, error);
    }
    if (status == STATUS_OK) {
        status =
            gather(&builder->entities, number, document->entities, document->entity_count, error);
    }
    uint32_t length = (uint32_t)document->columns[COLUMN_LENGTH];
    if (status == STATUS_OK) {
        status = buffer_append(&builder->lengths, &length, sizeof length, error);
    }
    if (status == STATUS_OK) {
        status = add_id(builder, document->stored, error);
    }
    builder->counts.text_bytes += document->stored->text_size;
    builder->document_count++;
    return status;
}

/* ---- Inverting ---- */

struct sort_string {
    uint64_t heads[2]; /* the first bytes as numbers: they decide most comparisons */
    const unsigned char *bytes;
    uint32_t size;
    uint32_t number;
};

static void set_heads(struct sort_string *string)
{
    unsigned char head[2 * sizeof(uint64_t)] = {0};
    memcpy(head, string->bytes, string->size < sizeof head ? string->size : sizeof head);
    string->heads[0] = (uint64_t)load_u32_be(head) << 32 | load_u32_be(head + 4);
    string->heads[1] = (uint64_t)load_u32_be(head + 8) << 32 | load_u32_be(head + 12);
}

static int compare_strings(const void *a, const void *b)
{
    const struct sort_string *left = a;
    const struct sort_string *right = b;
    for (int i = 0; i < 2; i++) {
        if (left->heads[i] != right->heads[i]) {
            return left->heads[i] < right->heads[i] ? -1 : 1;
        }
    }
    return bytes_compare(left->bytes, left->size, right->bytes, right->size);
}

/* The numbers of an intern table in byte order of their strings. The caller frees `*out`. */
static enum status sort_interned(const struct intern *intern, struct sort_string **out,
                                 struct error *error)
{
    uint32_t count = intern_count(intern);
    struct sort_string *strings = memory_zalloc(count, sizeof *strings);
    if (strings == NULL) {
        return error_no_memory(error, count * sizeof *strings);
    }
    for (uint32_t i = 0; i < count; i++) {
        size_t size = 0;
        strings[i].bytes = intern_string(intern, i, &size);
        strings[i].size = (uint32_t)size; /* keys are short */
        strings[i].number = i;
        set_heads(&strings[i]);
    }
    qsort(strings, count, sizeof *strings, compare_strings);
    *out = strings;
    return STATUS_OK;
}

/* One occurrence on its way to its list. */
struct sorted_entry {
    uint32_t document;
    uint32_t position;
    uint32_t form_number;
};

/* What inversion needs of one form to number and write it. */
struct form_order {
    struct lexicon_form_record record;
    uint32_t form;
};

/* Where an occurrence of a form goes. */
struct form_place {
    uint32_t rank;   /* of its key */
    uint32_t number; /* of the form in its key */
};

/* All is laid out by the rank of the key, its place in key order, so that writing goes through
 * memory from one end to the other. */
struct inversion {
    struct builder *builder;
    struct gathering *gathering;
    struct sort_string *keys;      /* by rank */
    uint32_t *ranks;               /* by key number */
    uint64_t *key_starts;          /* by rank, and one more: where its entries begin */
    uint32_t *form_starts;         /* by rank, and one more: where its forms begin in form_order */
    struct form_order *form_order; /* by rank of the key, then in order of number */
    struct form_place *places;     /* by form */
    struct sorted_entry *entries;
    struct postings_encoder *encoder;
    struct buffer list;
    struct buffer positions; /* of one document */
    struct buffer numbers;
    struct buffer records;
};

static int compare_forms(const void *a, const void *b)
{
    const struct form_order *left = a;
    const struct form_order *right = b;
    if (left->record.occurrence_count != right->record.occurrence_count) {
        return left->record.occurrence_count > right->record.occurrence_count ? -1 : 1;
    }
    return bytes_compare(left->record.bytes, left->record.size, right->record.bytes,
                         right->record.size);
}

/* Counts forms and occurrences of each key, and turns the counts into starts. */
static void find_starts(struct inversion *inversion)
{
    const struct gathering *gathering = inversion->gathering;
    const struct form *forms = (const struct form *)(const void *)gathering->forms.bytes;
    uint32_t key_count = intern_count(gathering->keys);
    for (uint32_t i = 0; i < key_count; i++) {
        inversion->ranks[inversion->keys[i].number] = i;
    }
    for (uint32_t i = 0; i < intern_count(gathering->form_strings); i++) {
        uint32_t rank = inversion->ranks[forms[i].key];
        inversion->form_starts[rank + 1]++;
        inversion->key_starts[rank + 1] += forms[i].occurrence_count;
    }
    for (uint32_t i = 0; i < key_count; i++) {
        inversion->form_starts[i + 1] += inversion->form_starts[i];
        inversion->key_starts[i + 1] += inversion->key_starts[i];
    }
}

/* Groups the forms by key and numbers them: most frequent first, then by bytes. */
static void number_forms(struct inversion *inversion)
{
    const struct gathering *gathering = inversion->gathering;
    const struct form *forms = (const struct form *)(const void *)gathering->forms.bytes;
    for (uint32_t i = 0; i < intern_count(gathering->form_strings); i++) {
        uint32_t at = inversion->form_starts[inversion->ranks[forms[i].key]]++;
        size_t size = 0;
        const char *string = intern_string(gathering->form_strings, i, &size);
        inversion->form_order[at] =
            (struct form_order){.form = i,
                                .record = {.bytes = string + 4,
                                           .size = size - 4,
                                           .tag = forms[i].tag,
                                           .document_count = forms[i].document_count,
                                           .occurrence_count = forms[i].occurrence_count}};
    }
    /* Each start has moved to the next key's. */
    uint32_t from = 0;
    for (uint32_t rank = 0; rank < intern_count(gathering->keys); rank++) {
        uint32_t to = inversion->form_starts[rank];
        if (to - from > 1) {
            qsort(inversion->form_order + from, to - from, sizeof *inversion->form_order,
                  compare_forms);
        }
        for (uint32_t i = from; i < to; i++) {
            inversion->places[inversion->form_order[i].form] =
                (struct form_place){.rank = rank, .number = i - from};
        }
        from = to;
    }
}

/* The counting sort: every occurrence goes to the next free place of its key. */
static void scatter(struct inversion *inversion)
{
    const struct gathering *gathering = inversion->gathering;
    const struct form_place *places = inversion->places;
    const struct occurrence *stream =
        (const struct occurrence *)(const void *)gathering->stream.bytes;
    const uint64_t *ends = (const uint64_t *)(const void *)gathering->stream_ends.bytes;
    uint32_t documents = (uint32_t)(gathering->stream_ends.size / sizeof *ends);
    uint64_t total = gathering->stream.size / sizeof *stream;
    uint64_t i = 0;
    for (uint32_t document = 0; document < documents; document++) {
        for (; i < ends[document]; i++) {
            if (i + 2 * OCCURRENCES_AHEAD < total) {
                PREFETCH(&places[stream[i + 2 * OCCURRENCES_AHEAD].form]);
                uint32_t rank = places[stream[i + OCCURRENCES_AHEAD].form].rank;
                PREFETCH(&inversion->key_starts[rank]);
            }
            struct form_place place = places[stream[i].form];
            inversion->entries[inversion->key_starts[place.rank]++] = (struct sorted_entry){
                .document = document, .position = stream[i].position, .form_number = place.number};
        }
    }
}

/* Puts the positions and form numbers of one document's entries side by side. */
static enum status split_entries(struct inversion *inversion, const struct sorted_entry *entries,
                                 size_t count, struct error *error)
{
    buffer_clear(&inversion->positions);
    buffer_clear(&inversion->numbers);
    enum status status = buffer_reserve(&inversion->positions, count * sizeof(uint32_t), error);
    if (status == STATUS_OK) {
        status = buffer_reserve(&inversion->numbers, count * sizeof(uint32_t), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *positions = (uint32_t *)(void *)inversion->positions.bytes;
    uint32_t *numbers = (uint32_t *)(void *)inversion->numbers.bytes;
    for (size_t i = 0; i < count; i++) {
        positions[i] = entries[i].position;
        numbers[i] = entries[i].form_number;
    }
    return STATUS_OK;
}

static enum status encode_list(struct inversion *inversion, uint64_t from, uint64_t to,
                               uint32_t form_count, struct postings_location *location,
                               struct error *error)
{
    const uint32_t *lengths = (const uint32_t *)(const void *)inversion->builder->lengths.bytes;
    const struct sorted_entry *entries = inversion->entries;
    enum status status = STATUS_OK;
    postings_encoder_begin(inversion->encoder, form_count);
    while (status == STATUS_OK && from < to) {
        uint32_t document = entries[from].document;
        uint64_t end = from + 1;
        while (end < to && entries[end].document == document) {
            end++;
        }
        const uint32_t *positions = &entries[from].position;
        const uint32_t *numbers = &entries[from].form_number;
        if (end - from > 1) {
            status = split_entries(inversion, entries + from, end - from, error);
            positions = (const uint32_t *)(const void *)inversion->positions.bytes;
            numbers = (const uint32_t *)(const void *)inversion->numbers.bytes;
        }
        if (status == STATUS_OK) {
            status = postings_encoder_add(inversion->encoder, document, lengths[document],
                                          positions, numbers, (uint32_t)(end - from), error);
        }
        from = end;
    }
    buffer_clear(&inversion->list);
    if (status == STATUS_OK) {
        status = postings_encoder_end(inversion->encoder, &inversion->list, location, error);
    }
    return status;
}

static enum status write_key(struct inversion *inversion, uint32_t rank, struct error *error)
{
    const struct sort_string *key = &inversion->keys[rank];
    /* Numbering and scattering moved each start to the next key's. */
    uint32_t form_from = rank == 0 ? 0 : inversion->form_starts[rank - 1];
    uint32_t form_to = inversion->form_starts[rank];
    uint64_t from = rank == 0 ? 0 : inversion->key_starts[rank - 1];
    uint64_t to = inversion->key_starts[rank];
    buffer_clear(&inversion->records);
    enum status status = STATUS_OK;
    uint32_t form_count = 0;
    for (uint32_t i = form_from; status == STATUS_OK && i < form_to; i++) {
        const struct lexicon_form_record *record = &inversion->form_order[i].record;
        if (record->occurrence_count > 0) { /* named but never used: sorted last, left out */
            status = buffer_append(&inversion->records, record, sizeof *record, error);
            form_count++;
        }
    }
    if (status != STATUS_OK || from == to) {
        return status;
    }
    struct postings_location location = {0};
    status = encode_list(inversion, from, to, form_count, &location, error);
    if (status == STATUS_OK) {
        status = segment_writer_entry(
            inversion->builder->writer, inversion->gathering->lexicon, key->bytes, key->size,
            (const struct lexicon_form_record *)(const void *)inversion->records.bytes, form_count,
            inversion->list.bytes, inversion->list.size, &location, error);
    }
    return status;
}

static enum status inversion_init(struct inversion *inversion, struct error *error)
{
    struct gathering *gathering = inversion->gathering;
    uint32_t key_count = intern_count(gathering->keys);
    uint32_t form_count = intern_count(gathering->form_strings);
    size_t entry_count = gathering->stream.size / sizeof(struct occurrence);
    size_t most = STORE_VALUE_SIZE_MAX;
    buffer_init(&inversion->list, most);
    buffer_init(&inversion->positions, most);
    buffer_init(&inversion->numbers, most);
    buffer_init(&inversion->records, most);
    inversion->ranks = memory_zalloc(key_count, sizeof *inversion->ranks);
    inversion->key_starts = memory_zalloc((size_t)key_count + 1, sizeof *inversion->key_starts);
    inversion->form_starts = memory_zalloc((size_t)key_count + 1, sizeof *inversion->form_starts);
    inversion->form_order = memory_zalloc(form_count, sizeof *inversion->form_order);
    inversion->places = memory_zalloc(form_count, sizeof *inversion->places);
    inversion->entries = memory_alloc(entry_count * sizeof *inversion->entries);
    inversion->encoder = postings_encoder_new();
    bool made = inversion->ranks != NULL && inversion->key_starts != NULL &&
                inversion->form_starts != NULL && inversion->form_order != NULL &&
                inversion->places != NULL && inversion->entries != NULL &&
                inversion->encoder != NULL;
    return made ? sort_interned(gathering->keys, &inversion->keys, error)
                : error_no_memory(error, entry_count * sizeof *inversion->entries);
}

static enum status invert(struct builder *builder, struct gathering *gathering, struct error *error)
{
    struct inversion inversion = {.builder = builder, .gathering = gathering};
    enum status status = inversion_init(&inversion, error);
    if (status == STATUS_OK) {
        find_starts(&inversion);
        number_forms(&inversion);
        scatter(&inversion);
        buffer_release(&gathering->stream); /* its content is in the entries now */
    }
    uint32_t key_count = intern_count(gathering->keys);
    for (uint32_t i = 0; status == STATUS_OK && i < key_count; i++) {
        if (i + OCCURRENCES_AHEAD < key_count) { /* strings lie in the order they were met */
            PREFETCH(inversion.keys[i + OCCURRENCES_AHEAD].bytes);
            uint32_t form = inversion.form_starts[i + OCCURRENCES_AHEAD] - 1;
            PREFETCH(inversion.form_order[form].record.bytes);
        }
        status = write_key(&inversion, i, error);
    }
    memory_free(inversion.keys);
    memory_free(inversion.ranks);
    memory_free(inversion.key_starts);
    memory_free(inversion.form_starts);
    memory_free(inversion.form_order);
    memory_free(inversion.places);
    memory_free(inversion.entries);
    postings_encoder_free(inversion.encoder);
    buffer_release(&inversion.list);
    buffer_release(&inversion.positions);
    buffer_release(&inversion.numbers);
    buffer_release(&inversion.records);
    return status;
}

/* ---- Small tables ---- */

static enum status write_names(struct builder *builder, struct error *error)
{
    struct sort_string *strings = NULL;
    enum status status = sort_interned(builder->names, &strings, error);
    assert(status != STATUS_OK || strings != NULL);
    for (uint32_t i = 0; status == STATUS_OK && i < intern_count(builder->names); i++) {
        status = segment_writer_record(builder->writer, STORE_NAMES, strings[i].bytes,
                                       strings[i].size, NULL, 0, error);
    }
    memory_free(strings);
    return status;
}

static enum status write_ids(struct builder *builder, struct error *error)
{
    struct sort_string *strings = NULL;
    const uint32_t *documents = (const uint32_t *)(const void *)builder->id_documents.bytes;
    enum status status = sort_interned(builder->ids, &strings, error);
    assert(status != STATUS_OK || strings != NULL);
    for (uint32_t i = 0; status == STATUS_OK && i < intern_count(builder->ids); i++) {
        unsigned char value[VARINT_SIZE_MAX];
        size_t size = store_varint(value, documents[strings[i].number]);
        status = segment_writer_record(builder->writer, STORE_IDS, strings[i].bytes,
                                       strings[i].size, value, size, error);
    }
    memory_free(strings);
    return status;
}

static enum status write_ledger(struct builder *builder, struct error *error)
{
    struct byte_reader reader = byte_reader_over(builder->ledger.bytes, builder->ledger.size);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < builder->ledger_count; i++) {
        unsigned char key[4];
        size_t size = 0;
        const void *record = byte_reader_string(&reader, &size);
        store_u32_be(key, i);
        status = segment_writer_record(builder->writer, STORE_LEDGER, key, sizeof key, record, size,
                                       error);
    }
    return status;
}

enum status builder_finish(struct builder *builder, uint64_t input_bytes, bool sync,
                           struct segment_counts *counts, struct store_seal *seal,
                           struct error *error)
{
    enum status status = STATUS_OK;
    if (document_packer_count(&builder->packer) > 0) {
        status = close_frame(builder, error);
    }
    if (status == STATUS_OK) {
        status = invert(builder, &builder->terms, error);
    }
    if (status == STATUS_OK) {
        status = invert(builder, &builder->entities, error);
    }
    if (status == STATUS_OK) {
        status = write_names(builder, error);
    }
    if (status == STATUS_OK) {
        status = write_ids(builder, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(builder->writer, STORE_SOURCES, builder->sources, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_names(builder->writer, STORE_INPUTS, builder->inputs, error);
    }
    if (status == STATUS_OK) {
        status = write_ledger(builder, error);
    }
    if (status != STATUS_OK) {
        builder_abandon(builder);
        return status;
    }
    *counts = builder->counts;
    counts->input_bytes = input_bytes;
    struct segment_writer *writer = builder->writer;
    builder_free(builder);
    return segment_writer_finish(writer, counts, sync, seal, error);
}
