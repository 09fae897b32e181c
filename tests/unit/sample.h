#ifndef TEST_SAMPLE_H
#define TEST_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "index/builder.h"
#include "index/merge.h"
#include "random.h"

/* Made-up articles: the i-th is a pure function of i, so that a segment can be built of any list of
 * them and compared with what the list says. Include after <cmocka.h>. */

enum { SAMPLE_OCCURRENCES_MAX = 700, SAMPLE_ID_MAX = 1200, SAMPLE_TEXT_MAX = 40000 };

struct sample_occurrence {
    char key[40];
    char form[48];
    uint32_t tag;
    uint32_t position;
};

struct sample {
    char id[SAMPLE_ID_MAX];
    size_t id_size;
    char source[16];
    char input[16];
    char url[40];
    char text[SAMPLE_TEXT_MAX];
    struct stored_document stored;
    uint64_t columns[COLUMN_COUNT]; /* source and input are set when adding */
    struct sample_occurrence terms[SAMPLE_OCCURRENCES_MAX];
    uint32_t term_count;
    struct sample_occurrence entities[SAMPLE_OCCURRENCES_MAX];
    uint32_t entity_count;
    bool in_ledger;
    struct segment_ledger_record ledger;
};

/* Few words are frequent and most are rare; a word has up to five forms, one not made of its key.
 */
static inline void sample_term(uint64_t *random, struct sample_occurrence *occurrence)
{
    static const char *const fronts[] = {"", "al", "wal", "", "other"};
    static const char *const backs[] = {"", "", "", "at", "wise"};
    uint32_t word = random_sized(random, 11);
    uint32_t form = random_below(random, 3) != 0 ? 0 : random_below(random, 5);
    (void)snprintf(occurrence->key, sizeof occurrence->key, "w%u", word);
    (void)snprintf(occurrence->form, sizeof occurrence->form, "%s%s%s", fronts[form],
                   form == 4 ? "" : occurrence->key, backs[form]);
    occurrence->tag = 0;
}

static inline void sample_entity(uint64_t *random, struct sample_occurrence *occurrence)
{
    uint32_t name = random_sized(random, 6);
    uint32_t alias = random_below(random, 3);
    (void)snprintf(occurrence->key, sizeof occurrence->key, "%c%u name", "pol"[name % 3], name);
    (void)snprintf(occurrence->form, sizeof occurrence->form,
                   alias == 0 ? "%u name" : "Mr %u name the %uth", name, alias);
    occurrence->tag = alias == 0 ? 2 : 5;
}

static inline void sample_make(uint32_t i, struct sample *sample)
{
    uint64_t random = (uint64_t)i * 7919 + 1;
    memset(sample, 0, sizeof *sample);
    sample->id_size = i % 40 == 39 ? 465 + i % 700 : 4 + i % 9;
    memset(sample->id, 'x', sample->id_size);
    store_u32_be(sample->id, i);
    (void)snprintf(sample->source, sizeof sample->source, "source %u", i / 3 % 5);
    (void)snprintf(sample->input, sizeof sample->input, "input %u", i / 50);
    (void)snprintf(sample->url, sizeof sample->url, "http://example.org/%u", i);
    size_t size = i % 97 == 0 ? SAMPLE_TEXT_MAX : 1 + random_below(&random, 900);
    for (size_t k = 0; k < size; k++) {
        sample->text[k] = "abcdefgh"[random_below(&random, 8)];
    }
    uint32_t term_count = i % 31 == 30 ? 0 : 1 + random_below(&random, i % 53 == 0 ? 699 : 60);
    uint32_t position = 0;
    for (uint32_t k = 0; k < term_count; k++) {
        position += random_below(&random, 3); /* several at one place, too */
        sample_term(&random, &sample->terms[k]);
        sample->terms[k].position = position;
    }
    sample->term_count = term_count;
    position = 0;
    for (uint32_t k = 0; k < i % 6; k++) {
        position += random_below(&random, 70);
        sample_entity(&random, &sample->entities[k]);
        sample->entities[k].position = position;
        sample->entity_count++;
    }
    sample->stored = (struct stored_document){.id = sample->id,
                                              .id_size = sample->id_size,
                                              .source = sample->source,
                                              .source_size = strlen(sample->source),
                                              .url = i % 4 == 0 ? NULL : sample->url,
                                              .url_size = i % 4 == 0 ? 0 : strlen(sample->url),
                                              .date = "2025-11-24",
                                              .date_size = i % 3 == 0 ? 0 : 10,
                                              .extras = "{\"a\":1}",
                                              .extras_size = i % 5 == 0 ? 7 : 0,
                                              .text = sample->text,
                                              .text_size = size,
                                              .title_start = (uint32_t)(i % 2 < size ? i % 2 : 0),
                                              .title_end = (uint32_t)size / 3 + 1};
    sample->columns[COLUMN_LENGTH] = term_count;
    sample->columns[COLUMN_TITLE_LENGTH] = term_count / 5;
    sample->columns[COLUMN_DAY] = i % 3 == 0 ? 0 : 20251124 + i % 7;
    sample->columns[COLUMN_OFFSET] = (uint64_t)i << (i % 2 == 0 ? 20 : 30);
    sample->columns[COLUMN_DIGEST] = random_next(&random);
    sample->in_ledger = i % 10 == 3;
    sample->ledger = (struct segment_ledger_record){.offset = i * 100,
                                                    .bytes = 7,
                                                    .act = i % 20 == 3,
                                                    .reason = 4,
                                                    .detail = sample->url,
                                                    .detail_size = i % 3 == 0 ? 0 : 5};
}

static inline enum status sample_occurrences(struct builder *builder, enum store_database lexicon,
                                             const struct sample_occurrence *from, uint32_t count,
                                             struct occurrence *to, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t k = 0; status == STATUS_OK && k < count; k++) {
        size_t key_size = strlen(from[k].key);
        size_t form_size = strlen(from[k].form);
        to[k].position = from[k].position;
        status = builder_form(builder, lexicon, from[k].key, key_size, from[k].form, form_size,
                              from[k].tag, &to[k].form, error);
        if (status == STATUS_OK && lexicon == STORE_ENTITIES) {
            status = builder_name(builder, to[k].form, from[k].form, form_size, error);
        }
    }
    return status;
}

static inline enum status sample_add(struct builder *builder, struct sample *sample,
                                     struct error *error)
{
    static struct occurrence terms[SAMPLE_OCCURRENCES_MAX];
    static struct occurrence entities[SAMPLE_OCCURRENCES_MAX];
    uint32_t source = 0;
    uint32_t input = 0;
    enum status status =
        sample_occurrences(builder, STORE_TERMS, sample->terms, sample->term_count, terms, error);
    if (status == STATUS_OK) {
        status = sample_occurrences(builder, STORE_ENTITIES, sample->entities, sample->entity_count,
                                    entities, error);
    }
    if (status == STATUS_OK) {
        status = builder_source(builder, sample->source, strlen(sample->source), &source, error);
    }
    if (status == STATUS_OK) {
        status = builder_input(builder, sample->input, strlen(sample->input), &input, error);
    }
    sample->columns[COLUMN_SOURCE] = source;
    sample->columns[COLUMN_INPUT] = input;
    sample->ledger.input = input;
    struct builder_document document = {.stored = &sample->stored,
                                        .terms = terms,
                                        .term_count = sample->term_count,
                                        .entities = entities,
                                        .entity_count = sample->entity_count};
    memcpy(document.columns, sample->columns, sizeof document.columns);
    if (status == STATUS_OK && sample->in_ledger) {
        status = builder_ledger(builder, &sample->ledger, error);
    }
    if (status == STATUS_OK) {
        status = builder_add(builder, &document, error);
    }
    return status;
}

#define SAMPLE_INPUT_BYTES(count) ((uint64_t)(count)*1000)
/* Builds the articles named by `list`. */
static inline enum status sample_build_for(enum store_fate fate, const char *path,
                                           const uint32_t *list, size_t count,
                                           struct segment_counts *counts, struct store_seal *seal,
                                           struct error *error)
{
    struct builder_options options = {
        .compression_level = 3, .memory_max = (size_t)256 << 20, .fate = fate};
    struct builder *builder = NULL;
    struct sample *sample = malloc(sizeof *sample); /* not one of those that fail */
    assert_non_null(sample);
    enum status status = builder_new(&options, &builder, error);
    if (status == STATUS_OK) {
        status = builder_begin(builder, path, error);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        sample_make(list[i], sample);
        status = sample_add(builder, sample, error);
    }
    free(sample);
    if (status == STATUS_OK) {
        status = builder_finish(builder, SAMPLE_INPUT_BYTES(count), counts, seal, error);
    }
    builder_free(builder);
    return status;
}

static inline enum status sample_build(const char *path, const uint32_t *list, size_t count,
                                       struct segment_counts *counts, struct store_seal *seal,
                                       struct error *error)
{
    return sample_build_for(STORE_KEPT, path, list, count, counts, seal, error);
}

static inline enum status sample_open(const char *path, const struct store_seal *seal,
                                      struct segment **segment, struct error *error)
{
    return segment_open(path, seal, NULL, segment, error);
}

/* ---- What a segment of a list of articles must hold ---- */

struct sample_posting {
    struct sample_occurrence occurrence;
    doc_id document;
    uint32_t place; /* in the article */
};

static inline int sample_compare_postings(const void *a, const void *b)
{
    const struct sample_posting *left = a;
    const struct sample_posting *right = b;
    int order = strcmp(left->occurrence.key, right->occurrence.key);
    if (order == 0) {
        order = (left->document > right->document) - (left->document < right->document);
    }
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

static inline size_t sample_postings(const uint32_t *list, size_t count,
                                     enum store_database lexicon, struct sample_posting **out)
{
    struct sample *sample = malloc(sizeof *sample);
    struct sample_posting *postings =
        malloc((count + 1) * SAMPLE_OCCURRENCES_MAX * sizeof *postings);
    assert_non_null(sample);
    assert_non_null(postings);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        sample_make(list[i], sample);
        bool terms = lexicon == STORE_TERMS;
        uint32_t more = terms ? sample->term_count : sample->entity_count;
        for (uint32_t k = 0; k < more; k++) {
            postings[made++] = (struct sample_posting){.occurrence = terms ? sample->terms[k]
                                                                           : sample->entities[k],
                                                       .document = (doc_id)i,
                                                       .place = k};
        }
    }
    free(sample);
    qsort(postings, made, sizeof *postings, sample_compare_postings);
    *out = postings;
    return made;
}

/* The forms that an entry says it has, kept for checking its postings. */
struct sample_forms {
    struct lexicon_form forms[16];
    uint64_t occurrences[16];
    uint32_t documents[16];
    doc_id last[16];
    uint32_t count;
};

static inline void sample_check_forms(struct lexicon_entry *entry, struct sample_forms *forms)
{
    bool found = true;
    memset(forms, 0, sizeof *forms);
    while (found) {
        struct lexicon_form *form = &forms->forms[forms->count];
        assert_int_equal(lexicon_form_next(entry, form, &found, NULL), STATUS_OK);
        if (found) {
            assert_int_equal(form->number, forms->count);
            forms->count++;
            assert_true(forms->count < 16);
        }
    }
    assert_int_equal(forms->count, entry->postings.form_count);
    for (uint32_t i = 1; i < forms->count; i++) {
        const struct lexicon_form *before = &forms->forms[i - 1];
        const struct lexicon_form *form = &forms->forms[i];
        assert_true(before->occurrence_count > form->occurrence_count ||
                    (before->occurrence_count == form->occurrence_count &&
                     bytes_compare(before->bytes, before->size, form->bytes, form->size) < 0));
    }
}

/* Checks one entry against `postings`, all of one key. */
static inline void sample_check_entry(const struct store *store, struct lexicon_entry *entry,
                                      const struct sample_posting *postings, size_t count)
{
    struct postings_reader reader;
    static struct sample_forms forms;
    sample_check_forms(entry, &forms);
    assert_int_equal(entry->postings.occurrence_count, count);
    assert_int_equal(postings_reader_open(&reader, store, &entry->postings, NULL), STATUS_OK);
    uint32_t documents = 0;
    for (size_t i = 0; i < count; documents++) {
        const uint32_t *positions = NULL;
        const uint32_t *numbers = NULL;
        uint32_t frequency = 0;
        assert_int_equal(postings_reader_next(&reader, NULL), STATUS_OK);
        assert_int_equal(reader.document, postings[i].document);
        assert_int_equal(postings_reader_positions(&reader, &positions, &numbers, &frequency, NULL),
                         STATUS_OK);
        for (uint32_t k = 0; k < frequency; k++, i++) {
            const struct sample_occurrence *occurrence = &postings[i].occurrence;
            assert_true(i < count && postings[i].document == reader.document);
            assert_int_equal(positions[k], occurrence->position);
            const struct lexicon_form *form = &forms.forms[numbers[k]];
            assert_true(
                bytes_equal(form->bytes, form->size, occurrence->form, strlen(occurrence->form)));
            assert_int_equal(form->tag, occurrence->tag);
            forms.documents[numbers[k]] += forms.last[numbers[k]] != reader.document + 1;
            forms.last[numbers[k]] = reader.document + 1;
            forms.occurrences[numbers[k]]++;
        }
    }
    assert_int_equal(postings_reader_next(&reader, NULL), STATUS_OK);
    assert_int_equal(reader.document, DOC_ID_END);
    assert_int_equal(entry->postings.document_count, documents);
    for (uint32_t i = 0; i < forms.count; i++) {
        assert_int_equal(forms.forms[i].document_count, forms.documents[i]);
        assert_int_equal(forms.forms[i].occurrence_count, forms.occurrences[i]);
    }
    postings_reader_close(&reader);
}

static inline void sample_check_lexicon(const struct segment *segment, enum store_database lexicon,
                                        const uint32_t *list, size_t count, uint64_t *keys,
                                        uint64_t *forms, uint64_t *occurrences)
{
    struct sample_posting *postings = NULL;
    size_t posting_count = sample_postings(list, count, lexicon, &postings);
    const struct store *store = segment_store(segment);
    struct table_cursor cursor;
    bool found = false;
    *keys = *forms = 0;
    *occurrences = posting_count;
    assert_int_equal(table_cursor_seek(&cursor, store, lexicon, NULL, 0, &found, NULL), STATUS_OK);
    for (size_t from = 0, to = 0; from < posting_count; from = to) {
        const char *key = postings[from].occurrence.key;
        while (to < posting_count && strcmp(postings[to].occurrence.key, key) == 0) {
            to++;
        }
        struct lexicon_entry entry;
        assert_true(found && bytes_equal(cursor.key, cursor.key_size, key, strlen(key)));
        assert_int_equal(segment_lookup(segment, lexicon, key, strlen(key), &entry, NULL),
                         STATUS_OK);
        *keys += 1;
        *forms += entry.postings.form_count;
        sample_check_entry(store, &entry, postings + from, to - from);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_false(found);
    free(postings);
}

static inline bool sample_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return bytes_equal(a, a_size, b, b_size);
}

static inline void sample_check_name(struct segment *segment, enum segment_column column,
                                     doc_id document, const char *expected)
{
    uint64_t number = 0;
    const char *name = NULL;
    size_t size = 0;
    enum store_database table = column == COLUMN_SOURCE ? STORE_SOURCES : STORE_INPUTS;
    assert_int_equal(segment_column(segment, column, document, &number, NULL), STATUS_OK);
    assert_int_equal(segment_name(segment, table, (uint32_t)number, &name, &size, NULL), STATUS_OK);
    assert_true(sample_same(name, size, expected, strlen(expected)));
}

static inline void sample_check_document(struct segment *segment, doc_id document,
                                         const struct sample *sample, struct buffer *bytes)
{
    struct stored_document stored;
    const struct stored_document *expected = &sample->stored;
    assert_int_equal(segment_document(segment, document, bytes, NULL), STATUS_OK);
    assert_int_equal(stored_document_read(bytes->bytes, bytes->size, &stored, NULL), STATUS_OK);
    assert_true(sample_same(stored.id, stored.id_size, expected->id, expected->id_size));
    assert_true(
        sample_same(stored.source, stored.source_size, expected->source, expected->source_size));
    assert_true(sample_same(stored.url, stored.url_size, expected->url, expected->url_size));
    assert_true(sample_same(stored.date, stored.date_size, expected->date, expected->date_size));
    assert_true(
        sample_same(stored.extras, stored.extras_size, expected->extras, expected->extras_size));
    assert_true(sample_same(stored.text, stored.text_size, expected->text, expected->text_size));
    assert_int_equal(stored.title_start, expected->title_start);
    assert_int_equal(stored.title_end, expected->title_end);
    for (int column = 0; column < COLUMN_COUNT; column++) {
        uint64_t value = 0;
        assert_int_equal(
            segment_column(segment, (enum segment_column)column, document, &value, NULL),
            STATUS_OK);
        assert_true(column == COLUMN_SOURCE || column == COLUMN_INPUT ||
                    value == sample->columns[column]);
    }
    sample_check_name(segment, COLUMN_SOURCE, document, sample->source);
    sample_check_name(segment, COLUMN_INPUT, document, sample->input);
}

/* Checks the documents; returns how many articles of `list` come again later in it. */
static inline uint32_t sample_check_documents(struct segment *segment, const uint32_t *list,
                                              size_t count, uint64_t *tokens, uint64_t *text_bytes)
{
    struct sample *sample = malloc(sizeof *sample);
    struct buffer bytes;
    buffer_init(&bytes, STORE_VALUE_SIZE_MAX);
    assert_non_null(sample);
    uint32_t superseded_count = 0;
    const doc_id *superseded = segment_superseded(segment, &superseded_count);
    uint32_t again = 0;
    *tokens = *text_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        sample_make(list[i], sample);
        sample_check_document(segment, (doc_id)i, sample, &bytes);
        *tokens += sample->term_count;
        *text_bytes += sample->stored.text_size;
        size_t last = i;
        for (size_t k = i + 1; k < count; k++) {
            last = list[k] == list[i] ? k : last;
        }
        if (last != i) {
            assert_true(again < superseded_count && superseded[again] == i);
            again++;
        }
        doc_id found = 0;
        assert_int_equal(segment_find_id(segment, sample->id, sample->id_size, &found, NULL),
                         STATUS_OK);
        assert_int_equal(found, last);
    }
    assert_int_equal(again, superseded_count);
    buffer_release(&bytes);
    free(sample);
    return again;
}

/* Everything about a segment that was built of `list`, or merged from several that were. */
static inline void sample_check(struct segment *segment, const uint32_t *list, size_t count)
{
    const struct segment_counts *counts = segment_counts(segment);
    uint64_t numbers[6];
    (void)sample_check_documents(segment, list, count, &numbers[0], &numbers[1]);
    assert_int_equal(counts->documents, count);
    assert_int_equal(counts->tokens, numbers[0]);
    assert_int_equal(counts->text_bytes, numbers[1]);
    sample_check_lexicon(segment, STORE_TERMS, list, count, &numbers[0], &numbers[1], &numbers[2]);
    assert_int_equal(counts->terms, numbers[0]);
    assert_int_equal(counts->forms, numbers[1]);
    sample_check_lexicon(segment, STORE_ENTITIES, list, count, &numbers[3], &numbers[4],
                         &numbers[5]);
    assert_int_equal(counts->entities, numbers[3]);
    assert_int_equal(counts->mentions, numbers[5]);
}

/* The ledger's records are those of `list`, in order. */
static inline void sample_check_ledger(const struct segment *segment, const uint32_t *list,
                                       size_t count)
{
    struct sample *sample = malloc(sizeof *sample);
    assert_non_null(sample);
    struct table_cursor cursor;
    bool found = false;
    uint64_t acts[2] = {0};
    assert_int_equal(
        table_cursor_seek(&cursor, segment_store(segment), STORE_LEDGER, NULL, 0, &found, NULL),
        STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        sample_make(list[i], sample);
        if (!sample->in_ledger) {
            continue;
        }
        struct segment_ledger_record record;
        const char *input = NULL;
        size_t size = 0;
        assert_true(found);
        assert_int_equal(segment_ledger_read(cursor.value, cursor.value_size, &record, NULL),
                         STATUS_OK);
        assert_int_equal(segment_name(segment, STORE_INPUTS, record.input, &input, &size, NULL),
                         STATUS_OK);
        assert_true(sample_same(input, size, sample->input, strlen(sample->input)));
        assert_int_equal(record.offset, sample->ledger.offset);
        assert_int_equal(record.bytes, sample->ledger.bytes);
        assert_int_equal(record.act, sample->ledger.act);
        assert_int_equal(record.reason, sample->ledger.reason);
        assert_true(sample_same(record.detail, record.detail_size, sample->ledger.detail,
                                sample->ledger.detail_size));
        acts[record.act]++;
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_false(found);
    assert_int_equal(segment_counts(segment)->rejected, acts[0]);
    assert_int_equal(segment_counts(segment)->repaired, acts[1]);
    free(sample);
}

static inline bool sample_seals_equal(const struct store_seal *a, const struct store_seal *b)
{
    return a->size == b->size && digest_compare(&a->digest, &b->digest) == 0;
}

#endif
