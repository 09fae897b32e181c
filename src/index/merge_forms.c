#include "index/merge_forms.h"

#include <assert.h>
#include <stdlib.h>

enum { HEAD_SIZE = 8, FEW = 12 };

/* A form of one side of the group. */
struct merged_form {
    struct lexicon_form_record record; /* its bytes: once all are there */
    size_t offset;                     /* of them in the text */
    uint64_t head;                     /* the first of them as a number in the same order */
    struct merged_form *same;          /* the first of the equals */
    struct merged_form *next;          /* in its bucket */
    uint32_t last_document;            /* plus 1: counts a document once */
    uint32_t number;                   /* of the first of the equals */
};

void merge_forms_init(struct merge_forms *forms)
{
    buffer_init(&forms->forms, STORE_VALUE_SIZE_MAX);
    buffer_init(&forms->text, STORE_VALUE_SIZE_MAX);
    buffer_init(&forms->order, STORE_VALUE_SIZE_MAX);
    buffer_init(&forms->locations, STORE_VALUE_SIZE_MAX);
    buffer_init(&forms->records, STORE_VALUE_SIZE_MAX);
    buffer_init(&forms->renumber, STORE_VALUE_SIZE_MAX);
}

void merge_forms_release(struct merge_forms *forms)
{
    buffer_release(&forms->forms);
    buffer_release(&forms->text);
    buffer_release(&forms->order);
    buffer_release(&forms->locations);
    buffer_release(&forms->records);
    buffer_release(&forms->renumber);
}

static uint64_t head_of(const char *bytes, size_t size)
{
    unsigned char head[HEAD_SIZE] = {0};
    memcpy(head, bytes, size < HEAD_SIZE ? size : HEAD_SIZE);
    return (uint64_t)load_u32_be(head) << 32 | load_u32_be(head + 4);
}

static enum status add_form(struct merge_forms *forms, const struct lexicon_form *form,
                            struct error *error)
{
    struct merged_form merged = {.record = {.size = form->size,
                                            .tag = form->tag,
                                            .document_count = form->document_count,
                                            .occurrence_count = form->occurrence_count},
                                 .offset = forms->text.size,
                                 .head = head_of(form->bytes, form->size)};
    enum status status = buffer_append(&forms->text, form->bytes, form->size, error);
    return status == STATUS_OK ? buffer_append(&forms->forms, &merged, sizeof merged, error)
                               : status;
}

static struct merged_form *forms_of(const struct merge_forms *forms)
{
    return (struct merged_form *)(void *)forms->forms.bytes;
}

enum status merge_forms_gather(struct merge_forms *forms, enum store_database lexicon,
                               struct merge_side *const *group, size_t group_size,
                               struct error *error)
{
    buffer_clear(&forms->forms);
    buffer_clear(&forms->text);
    buffer_clear(&forms->locations);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < group_size; i++) {
        const struct table_cursor *cursor = &group[i]->cursor;
        struct lexicon_entry entry;
        struct lexicon_form form;
        bool found = true;
        status = lexicon_entry_read(lexicon, cursor->key, cursor->key_size, cursor->value,
                                    cursor->value_size, &entry, error);
        if (status == STATUS_OK) {
            status =
                buffer_append(&forms->locations, &entry.postings, sizeof entry.postings, error);
        }
        while (status == STATUS_OK && found) {
            status = lexicon_form_next(&entry, &form, &found, error);
            if (status == STATUS_OK && found) {
                status = add_form(forms, &form, error);
            }
        }
    }
    size_t count = forms->forms.size / sizeof(struct merged_form);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct merged_form *form = &forms_of(forms)[i];
        form->record.bytes = (const char *)forms->text.bytes + form->offset;
        form->same = form;
    }
    return status;
}

static void count_block(struct merged_form *forms, const struct merge_side *side,
                        const struct postings_block *block)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < block->size; i++) {
        doc_id document = block->documents[i];
        bool kept = document < side->document_count && side->documents[document] != DOC_ID_END;
        for (uint32_t end = at + block->frequencies[i]; at < end; at++) {
            struct merged_form *form = &forms[block->forms[at]];
            form->record.document_count += kept && form->last_document != document + 1;
            form->record.occurrence_count += kept;
            form->last_document = document + 1;
        }
    }
}

enum status merge_forms_recount(struct merge_forms *forms, const struct merge_side *side,
                                const struct postings_location *location, uint32_t first,
                                struct postings_reader *reader, struct postings_block *block,
                                struct error *error)
{
    struct merged_form *own = forms_of(forms) + first;
    for (uint32_t i = 0; i < location->form_count; i++) {
        own[i].record.document_count = 0;
        own[i].record.occurrence_count = 0;
        own[i].last_document = 0;
    }
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = postings_reader_block(reader, block, error);
        if (status != STATUS_OK || block->size == 0) {
            break;
        }
        if (location->form_count == 1) {
            memset(block->forms, 0, block->occurrence_count * sizeof *block->forms);
        }
        count_block(own, side, block);
    }
    return status;
}

/* ---- Numbering ---- */

static int compare_strings(const struct merged_form *left, const struct merged_form *right)
{
    if (left->head != right->head) {
        return left->head < right->head ? -1 : 1;
    }
    return bytes_compare(left->record.bytes, left->record.size, right->record.bytes,
                         right->record.size);
}

static int compare_frequency(const void *a, const void *b)
{
    const struct merged_form *left = *(struct merged_form *const *)a;
    const struct merged_form *right = *(struct merged_form *const *)b;
    if (left->record.occurrence_count != right->record.occurrence_count) {
        return left->record.occurrence_count > right->record.occurrence_count ? -1 : 1;
    }
    return compare_strings(left, right);
}

/* Most are few, and nearly in order: that of the first side. */
static void sort(struct merged_form **order, size_t count)
{
    if (count > FEW) {
        qsort(order, count, sizeof(struct merged_form *), compare_frequency);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct merged_form *moved = order[i];
        size_t at = i;
        for (; at > 0 && compare_frequency(&order[at - 1], &moved) > 0; at--) {
            order[at] = order[at - 1];
        }
        order[at] = moved;
    }
}

static bool equal(const struct merged_form *left, const struct merged_form *right)
{
    return left->head == right->head && bytes_equal(left->record.bytes, left->record.size,
                                                    right->record.bytes, right->record.size);
}

/* Joins equal forms; `order` becomes the first of each, `buckets` are a power of two and empty.
 * Returns how many are left. */
static size_t join_equal(struct merge_forms *forms, struct merged_form **order,
                         struct merged_form **buckets, size_t bucket_count)
{
    size_t count = forms->forms.size / sizeof(struct merged_form);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        struct merged_form *form = &forms_of(forms)[i];
        uint64_t mixed = (form->head ^ form->record.size) * 0x9e3779b97f4a7c15u;
        struct merged_form **bucket = &buckets[mixed >> 32 & (bucket_count - 1)];
        struct merged_form *first = *bucket;
        while (first != NULL && !equal(first, form)) {
            first = first->next;
        }
        if (first == NULL) {
            form->next = *bucket;
            *bucket = form;
            order[distinct++] = form;
            continue;
        }
        first->record.document_count += form->record.document_count;
        first->record.occurrence_count += form->record.occurrence_count;
        form->same = first;
    }
    return distinct;
}

/* Numbers the forms that stand in the order of their numbers. */
static enum status number(struct merge_forms *forms, struct merged_form **order, size_t distinct,
                          struct error *error)
{
    size_t count = forms->forms.size / sizeof(struct merged_form);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < distinct; i++) {
        order[i]->number = (uint32_t)i;
        if (order[i]->record.occurrence_count > 0) {
            status =
                buffer_append(&forms->records, &order[i]->record, sizeof order[i]->record, error);
        }
    }
    if (status == STATUS_OK) {
        status = buffer_reserve(&forms->renumber, count * sizeof(uint32_t), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *renumber = (uint32_t *)(void *)forms->renumber.bytes;
    for (size_t i = 0; i < count; i++) {
        renumber[i] = forms_of(forms)[i].same->number;
    }
    return STATUS_OK;
}

enum status merge_forms_number(struct merge_forms *forms, struct error *error)
{
    size_t count = forms->forms.size / sizeof(struct merged_form);
    buffer_clear(&forms->records);
    buffer_clear(&forms->renumber);
    size_t bucket_count = 1;
    while (bucket_count < count) {
        bucket_count *= 2;
    }
    enum status status =
        buffer_reserve(&forms->order, (count + bucket_count) * sizeof(struct merged_form *), error);
    if (status != STATUS_OK) {
        return status;
    }
    struct merged_form **order = (struct merged_form **)(void *)forms->order.bytes;
    struct merged_form **buckets = order + count;
    for (size_t i = 0; i < bucket_count; i++) {
        buckets[i] = NULL;
    }
    size_t distinct = join_equal(forms, order, buckets, bucket_count);
    sort(order, distinct);
    return number(forms, order, distinct, error);
}
