#include "index/inversion.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "index/entries.h"
#include "index/postings_encoder.h"

/* What is looked up for each key or form lies all over memory, too. */
#define KEYS_AHEAD  ((uint32_t)32)
#define FORMS_AHEAD ((uint32_t)32)

/* A form in use, in the order of first use. */
struct form_used {
    uint32_t form;
    uint32_t tag;
    uint32_t count;
    uint32_t key; /* its rank, then its place */
};

/* What inversion needs of one form to number and write it. */
struct form_order {
    const void *string; /* vocabulary_locate() */
    uint32_t tag;
    uint32_t count;
    uint32_t form;
};

/* Where an occurrence of a form goes. */
struct form_place {
    uint32_t place;  /* of its key */
    uint32_t number; /* of the form in its key */
};

/* All is laid out by the place of the key among those in use, in key order, so that writing goes
 * through memory from one end to the other. The tables are kept from segment to segment: fresh
 * memory costs more than what is done in it. */
struct inversion {
    struct buffer key_table;        /* const void *, by place: where the key lies */
    struct buffer start_table;      /* uint32_t, by place, and one more: where its entries begin */
    struct buffer form_start_table; /* uint32_t, by place, and one more: where its forms begin */
    struct buffer used_table;       /* struct form_used */
    struct buffer form_table;       /* struct form_order, by place of the key, then by number */
    struct buffer place_table;      /* struct form_place, by form; only of those in use */
    struct buffer entry_table;      /* uint32_t: the occurrences, sorted */
    struct buffer wide;             /* of `entry_table` */
    struct buffer list;
    struct buffer numbers; /* uint32_t by form number, while forms are counted */
    struct buffer records; /* struct lexicon_form_record */
    struct buffer forms;   /* as the lexicon has them */
    struct postings_encoder *encoder;
    /* While a lexicon is written: */
    const struct gathering *gathering;
    struct segment_writer *writer;
    const uint8_t *length_codes;
    bool plain;          /* the lists */
    struct rank_set set; /* of the keys in use */
    uint32_t key_count;
    const void **keys; /* the tables' content */
    uint32_t *starts;
    uint32_t *form_starts;
    struct form_used *used;
    struct form_order *form_order;
    struct form_place *places;
    uint32_t *entries;
    unsigned position_bits; /* of an entry; the document has what is left */
};

enum { TABLES = 8, BUFFERS = 12 };

static struct buffer *inversion_buffer(struct inversion *inversion, size_t index)
{
    struct buffer *const buffers[BUFFERS] = {
        &inversion->key_table,   &inversion->start_table, &inversion->form_start_table,
        &inversion->used_table,  &inversion->form_table,  &inversion->place_table,
        &inversion->entry_table, &inversion->wide,        &inversion->list,
        &inversion->numbers,     &inversion->records,     &inversion->forms};
    return buffers[index];
}

struct inversion *inversion_new(void)
{
    struct inversion *inversion = memory_zalloc(1, sizeof *inversion);
    if (inversion == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_init(inversion_buffer(inversion, i), i < TABLES ? SIZE_MAX : STORE_VALUE_SIZE_MAX);
    }
    inversion->encoder = postings_encoder_new();
    if (inversion->encoder == NULL) {
        inversion_free(inversion);
        return NULL;
    }
    return inversion;
}

void inversion_free(struct inversion *inversion)
{
    if (inversion == NULL) {
        return;
    }
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_release(inversion_buffer(inversion, i));
    }
    postings_encoder_free(inversion->encoder);
    memory_free(inversion);
}

size_t inversion_memory(const struct inversion *inversion)
{
    return inversion->used_table.capacity + inversion->form_table.capacity +
           inversion->place_table.capacity + inversion->entry_table.capacity;
}

/* Makes the table one of so many items; NULL when memory is out. */
static void *table_of(struct buffer *table, size_t count, size_t item, struct error *error)
{
    buffer_clear(table);
    return buffer_reserve(table, count * item, error) == STATUS_OK ? table->bytes : NULL;
}

/* Finds the keys in use. */
static enum status find_keys(struct inversion *inversion, struct error *error)
{
    const struct gathering *gathering = inversion->gathering;
    const struct vocabulary *vocabulary = &gathering->vocabulary;
    enum status status = rank_set_init(&inversion->set, intern_count(vocabulary->keys), error);
    if (status != STATUS_OK) {
        return status;
    }
    const uint32_t *ranks = ranking_ranks(&vocabulary->ranking);
    const struct vocabulary_form *forms = vocabulary_forms(vocabulary);
    const uint32_t *counts = gathering_counts(gathering);
    const uint32_t *used = gathering_used(gathering);
    uint32_t used_count = gathering_used_count(gathering);
    for (uint32_t i = 0; i < used_count; i++) {
        if (i + FORMS_AHEAD < used_count) {
            PREFETCH(&forms[used[i + FORMS_AHEAD]]);
            PREFETCH(&counts[used[i + FORMS_AHEAD]]);
            PREFETCH(&ranks[forms[used[i + FORMS_AHEAD / 2]].key]);
        }
        struct vocabulary_form form = forms[used[i]];
        inversion->used[i] = (struct form_used){
            .form = used[i], .tag = form.tag, .count = counts[used[i]], .key = ranks[form.key]};
        rank_set_add(&inversion->set, ranks[form.key]);
    }
    inversion->key_count = rank_set_close(&inversion->set);
    inversion->keys =
        table_of(&inversion->key_table, inversion->key_count, sizeof *inversion->keys, error);
    if (inversion->keys == NULL) {
        return STATUS_NOMEM;
    }
    rank_set_locate(&inversion->set, &vocabulary->ranking, vocabulary->keys, inversion->keys);
    return STATUS_OK;
}

/* Counts forms and occurrences of each key, and turns the counts into starts. Forms are numbered in
 * the order of their first use. */
static void find_starts(struct inversion *inversion)
{
    for (uint32_t i = 0; i < gathering_used_count(inversion->gathering); i++) {
        struct form_used *used = &inversion->used[i];
        used->key = rank_set_place(&inversion->set, used->key);
        inversion->places[used->form] = (struct form_place){
            .place = used->key, .number = inversion->form_starts[used->key + 1]++};
        inversion->starts[used->key + 1] += used->count;
    }
    for (uint32_t i = 0; i < inversion->key_count; i++) {
        inversion->form_starts[i + 1] += inversion->form_starts[i];
        inversion->starts[i + 1] += inversion->starts[i];
    }
}

static int compare_forms(const void *a, const void *b)
{
    const struct form_order *left = a;
    const struct form_order *right = b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    size_t left_size = 0;
    size_t right_size = 0;
    const char *left_bytes = vocabulary_bytes(left->string, &left_size);
    const char *right_bytes = vocabulary_bytes(right->string, &right_size);
    return bytes_compare(left_bytes, left_size, right_bytes, right_size);
}

/* Most keys have a handful of forms: too few for a call of qsort(). */
static void sort_forms(struct form_order *forms, uint32_t count)
{
    enum { FEW = 12 };
    if (count > FEW) {
        qsort(forms, count, sizeof *forms, compare_forms);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        struct form_order moving = forms[i];
        uint32_t at = i;
        for (; at > 0 && compare_forms(&moving, &forms[at - 1]) < 0; at--) {
            forms[at] = forms[at - 1];
        }
        forms[at] = moving;
    }
}

/* Asks for the strings of the forms of the key so many places on: they lie in the order of their
 * first sight. Each start has moved to the next key's. */
static ALWAYS_INLINE void expect_strings(const struct inversion *inversion, uint32_t place)
{
    if (place + KEYS_AHEAD < inversion->key_count) {
        const uint32_t *ends = &inversion->form_starts[place + KEYS_AHEAD];
        for (uint32_t i = ends[-1]; i < ends[0]; i++) {
            PREFETCH(inversion->form_order[i].string);
        }
    }
}

/* Groups the forms by key. */
static void group_forms(struct inversion *inversion)
{
    const struct vocabulary *vocabulary = &inversion->gathering->vocabulary;
    uint32_t used_count = gathering_used_count(inversion->gathering);
    for (uint32_t i = 0; i < used_count; i++) {
        const struct form_used *used = &inversion->used[i];
        if (i + FORMS_AHEAD < used_count) {
            vocabulary_prefetch_place(vocabulary, used[FORMS_AHEAD].form);
        }
        inversion->form_order[inversion->form_starts[used->key]++] =
            (struct form_order){.string = vocabulary_locate(vocabulary, used->form),
                                .tag = used->tag,
                                .count = used->count,
                                .form = used->form};
    }
}

/* Numbers the forms of each key anew: most frequent first, then by bytes. */
static void order_forms(struct inversion *inversion)
{
    /* Each start has moved to the next key's. */
    uint32_t from = 0;
    for (uint32_t place = 0; place < inversion->key_count; place++) {
        uint32_t to = inversion->form_starts[place];
        expect_strings(inversion, place);
        sort_forms(inversion->form_order + from, to - from);
        for (uint32_t i = from; i < to; i++) {
            inversion->places[inversion->form_order[i].form].number = i - from;
        }
        from = to;
    }
}

/* An occurrence too far into an article, or of too rare a form of its key, for an entry. */
static enum status append_wide(struct buffer *wide, const struct occurrence_place *place,
                               struct error *error)
{
    unsigned char bytes[ENTRY_WIDE_SIZE];
    store_u32(bytes, place->document);
    store_u32(bytes + 4, place->form_number);
    store_u32(bytes + 8, place->position);
    return buffer_append(wide, bytes, sizeof bytes, error);
}

/* The occurrences from number `from` up to `to`. */
static ALWAYS_INLINE struct entry_list entries_of(const struct inversion *inversion, uint32_t from,
                                                  uint32_t to)
{
    return (struct entry_list){.entries = (const unsigned char *)(inversion->entries + from),
                               .count = to - from,
                               .wide = inversion->wide.bytes,
                               .wide_count = inversion->wide.size / ENTRY_WIDE_SIZE,
                               .position_bits = inversion->position_bits};
}

/* An occurrence that does not fit into an entry: that one says where it is. */
static enum status put_wide(struct inversion *inversion, const struct occurrence_place *place,
                            uint32_t *entry, struct error *error)
{
    *entry = ENTRY_WIDE | (uint32_t)(inversion->wide.size / ENTRY_WIDE_SIZE);
    return append_wide(&inversion->wide, place, error);
}

/* The counting sort: an occurrence goes to the next free place of its key. What it reads of the
 * tables is asked for ahead; a position read as a form asks for something else, which does no
 * harm. */
static enum status scatter(struct inversion *inversion, struct error *error)
{
    const struct gathering *gathering = inversion->gathering;
    const uint32_t *stream = (const uint32_t *)(const void *)gathering->stream.bytes;
    const uint64_t *ends = (const uint64_t *)(const void *)gathering->stream_ends.bytes;
    uint32_t documents = (uint32_t)(gathering->stream_ends.size / sizeof *ends);
    uint32_t form_count = vocabulary_count(&gathering->vocabulary);
    /* Copies, since the compiler cannot know that entries do not change the originals. */
    const struct form_place *places = inversion->places;
    uint32_t *starts = inversion->starts;
    uint32_t *entries = inversion->entries;
    unsigned bits = inversion->position_bits;
    enum status status = STATUS_OK;
    uint64_t i = 0;
    for (uint32_t document = 0; document < documents; document++) {
        uint64_t end = ends[document];
        for (uint32_t position = 0; status == STATUS_OK && i < end; position++) {
            uint32_t near = stream[i + STREAM_AHEAD] & ~STREAM_POSITION;
            PREFETCH(&places[stream[i + 2 * STREAM_AHEAD] & ~STREAM_POSITION]);
            PREFETCH(&starts[places[near < form_count ? near : 0].place]);
            uint32_t form = stream[i++];
            if (UNLIKELY((form & STREAM_POSITION) != 0)) {
                position = stream[i++];
            }
            struct form_place to = places[form & ~STREAM_POSITION];
            const struct occurrence_place place = {document, to.number, position};
            uint32_t entry = entry_pack(&place, bits);
            if (UNLIKELY(entry == ENTRY_WIDE)) {
                status = put_wide(inversion, &place, &entry, error);
            }
            store_u32(&entries[starts[to.place]++], entry);
        }
    }
    return status;
}

static enum status encode_list(struct inversion *inversion, const struct entry_list *entries,
                               uint32_t form_count, struct postings_location *location,
                               struct error *error)
{
    struct postings_block *block = postings_encoder_block(inversion->encoder);
    struct entries_read read = {0};
    enum status status = STATUS_OK;
    postings_encoder_begin(inversion->encoder, form_count);
    while (status == STATUS_OK && read.at < entries->count) {
        uint32_t first = block->size;
        bool sound = false;
        status = entries_append(entries, form_count, &read, block, &sound, error);
        assert(status != STATUS_OK || sound);
        for (uint32_t i = first; i < block->size; i++) {
            block->length_codes[i] = inversion->length_codes[block->documents[i]];
        }
        if (status == STATUS_OK) {
            status = postings_encoder_settle(inversion->encoder, error);
        }
    }
    return status == STATUS_OK
               ? postings_encoder_end(inversion->encoder, &inversion->list, location, error)
               : status;
}

/* Puts the wide occurrences behind a plain list, whose entries are to say where. */
static enum status copy_wide(const struct entry_list *entries, struct buffer *list,
                             struct error *error)
{
    size_t before = list->size;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < entries->count; i++) {
        if ((load_u32(entries->entries + ENTRY_SIZE * i) & ENTRY_WIDE) == 0) {
            continue;
        }
        uint32_t entry = ENTRY_WIDE | (uint32_t)((list->size - before) / ENTRY_WIDE_SIZE);
        store_u32(list->bytes + POSTINGS_PLAIN_HEAD + ENTRY_SIZE * i, entry);
        struct occurrence_place place = entries_at(entries, i);
        status = append_wide(list, &place, error);
    }
    return status;
}

/* A plain list (postings.h). */
static enum status copy_list(struct inversion *inversion, const struct entry_list *entries,
                             uint32_t form_count, struct postings_location *location,
                             struct error *error)
{
    struct buffer *list = &inversion->list;
    enum status status =
        buffer_reserve(list, POSTINGS_PLAIN_HEAD + ENTRY_SIZE * entries->count, error);
    if (status != STATUS_OK) {
        return status;
    }
    list->bytes[0] = POSTINGS_PLAIN;
    list->bytes[1] = (unsigned char)entries->position_bits;
    memcpy(list->bytes + POSTINGS_PLAIN_HEAD, entries->entries, ENTRY_SIZE * entries->count);
    list->size = POSTINGS_PLAIN_HEAD + ENTRY_SIZE * entries->count;
    bool wide = false;
    uint32_t documents = entries_documents(entries, &wide);
    if (wide) {
        status = copy_wide(entries, list, error);
    }
    *location = (struct postings_location){.size = list->size,
                                           .document_count = documents,
                                           .occurrence_count = entries->count,
                                           .form_count = form_count};
    return status;
}

/* The forms of a key as the lexicon has them, and in how many documents each stands:
 * `document_count` for all of them together. */
static enum status make_records(struct inversion *inversion, const struct form_order *forms,
                                uint32_t form_count, const struct entry_list *entries,
                                uint32_t document_count, struct error *error)
{
    size_t size = form_count * sizeof(struct lexicon_form_record);
    buffer_clear(&inversion->records);
    buffer_clear(&inversion->numbers);
    enum status status = buffer_reserve(&inversion->records, size, error);
    if (status == STATUS_OK) {
        status = buffer_reserve(&inversion->numbers, form_count * sizeof(uint32_t), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct lexicon_form_record *records =
        (struct lexicon_form_record *)(void *)inversion->records.bytes;
    uint32_t *last = (uint32_t *)(void *)inversion->numbers.bytes; /* document, plus 1 */
    for (uint32_t i = 0; i < form_count; i++) {
        size_t form_size = 0;
        const char *bytes = vocabulary_bytes(forms[i].string, &form_size);
        records[i] = (struct lexicon_form_record){.bytes = bytes,
                                                  .size = form_size,
                                                  .tag = forms[i].tag,
                                                  .occurrence_count = forms[i].count};
        last[i] = 0;
    }
    if (form_count == 1) {
        records[0].document_count = document_count;
    }
    for (size_t i = 0; form_count > 1 && i < entries->count; i++) {
        struct occurrence_place place = entries_at(entries, i);
        records[place.form_number].document_count += last[place.form_number] <= place.document;
        last[place.form_number] = place.document + 1;
    }
    inversion->records.size = size;
    return STATUS_OK;
}

static enum status write_key(struct inversion *inversion, uint32_t place, struct error *error)
{
    /* Numbering and scattering moved each start to the next key's. */
    uint32_t form_from = place == 0 ? 0 : inversion->form_starts[place - 1];
    uint32_t form_count = inversion->form_starts[place] - form_from;
    const struct entry_list entries = entries_of(
        inversion, place == 0 ? 0 : inversion->starts[place - 1], inversion->starts[place]);
    const struct gathering *gathering = inversion->gathering;
    size_t key_size = 0;
    const void *key = intern_at(inversion->keys[place], &key_size);
    struct postings_location location = {0};
    buffer_clear(&inversion->list);
    enum status status = inversion->plain
                             ? copy_list(inversion, &entries, form_count, &location, error)
                             : encode_list(inversion, &entries, form_count, &location, error);
    if (status == STATUS_OK) {
        status = make_records(inversion, inversion->form_order + form_from, form_count, &entries,
                              location.document_count, error);
    }
    if (status == STATUS_OK) {
        buffer_clear(&inversion->forms);
        bool in_full = inversion->plain && form_count > 1;
        status = lexicon_forms_write(
            gathering->lexicon, key, in_full ? 0 : key_size,
            (const struct lexicon_form_record *)(const void *)inversion->records.bytes, form_count,
            &inversion->forms, error);
    }
    if (status == STATUS_OK) {
        status = segment_writer_entry(
            inversion->writer, gathering->lexicon, key, key_size, inversion->forms.bytes,
            inversion->forms.size, inversion->list.bytes, inversion->list.size, &location, error);
    }
    return status;
}

static void set_entry_bits(struct inversion *inversion)
{
    size_t documents = inversion->gathering->stream_ends.size / sizeof(uint64_t);
    unsigned bits = 1;
    while (bits < ENTRY_REST && (documents - 1) >> bits != 0) {
        bits++;
    }
    inversion->position_bits = ENTRY_REST - bits;
}

static enum status inversion_begin(struct inversion *inversion, struct error *error)
{
    const struct gathering *gathering = inversion->gathering;
    uint64_t entry_count = gathering->occurrence_count;
    buffer_clear(&inversion->wide);
    if (entry_count > ENTRY_WIDE) {
        return error_set(error, STATUS_LIMIT, "a shard has more than %" PRIu32 " words",
                         ENTRY_WIDE);
    }
    set_entry_bits(inversion);
    inversion->used = table_of(&inversion->used_table, gathering_used_count(gathering),
                               sizeof *inversion->used, error);
    enum status status = inversion->used == NULL ? STATUS_NOMEM : find_keys(inversion, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t starts = (size_t)inversion->key_count + 1;
    inversion->starts = table_of(&inversion->start_table, starts, sizeof *inversion->starts, error);
    inversion->form_starts =
        table_of(&inversion->form_start_table, starts, sizeof *inversion->form_starts, error);
    inversion->form_order = table_of(&inversion->form_table, gathering_used_count(gathering),
                                     sizeof *inversion->form_order, error);
    inversion->places = table_of(&inversion->place_table, vocabulary_count(&gathering->vocabulary),
                                 sizeof *inversion->places, error);
    inversion->entries =
        table_of(&inversion->entry_table, (size_t)entry_count, sizeof *inversion->entries, error);
    bool made = inversion->starts != NULL && inversion->form_starts != NULL &&
                inversion->form_order != NULL && inversion->places != NULL &&
                inversion->entries != NULL;
    if (!made) {
        return STATUS_NOMEM;
    }
    memset(inversion->starts, 0, starts * sizeof *inversion->starts);
    memset(inversion->form_starts, 0, starts * sizeof *inversion->form_starts);
    return STATUS_OK;
}

static enum status write_keys(struct inversion *inversion, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < inversion->key_count; i++) {
        if (i + KEYS_AHEAD < inversion->key_count) {
            PREFETCH(inversion->keys[i + KEYS_AHEAD]);
        }
        expect_strings(inversion, i);
        status = write_key(inversion, i, error);
    }
    return status;
}

enum status inversion_write(struct inversion *inversion, struct gathering *gathering,
                            const uint8_t *length_codes, bool plain, struct segment_writer *writer,
                            struct error *error)
{
    struct vocabulary *vocabulary = &gathering->vocabulary;
    enum status status = ranking_update(&vocabulary->ranking, vocabulary->keys, error);
    if (status == STATUS_OK) {
        status = gathering_count(gathering, error);
    }
    if (status != STATUS_OK || gathering->occurrence_count == 0) {
        return status;
    }
    inversion->gathering = gathering;
    inversion->writer = writer;
    inversion->length_codes = length_codes;
    inversion->plain = plain;
    status = inversion_begin(inversion, error);
    if (status == STATUS_OK) {
        find_starts(inversion);
        group_forms(inversion);
        if (!plain) {
            order_forms(inversion);
        }
        status = scatter(inversion, error);
    }
    if (status == STATUS_OK) {
        status = write_keys(inversion, error);
    }
    rank_set_release(&inversion->set);
    return status;
}
