/* Stored documents, lexicon records with their forms, ledger records: any bytes. */
#include <stdlib.h>
#include <string.h>

#include "index/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact) {
        abort();
    }
}

/* What is read must lie inside; touching every byte lets a sanitizer see that it does. */
static unsigned touch(const char *bytes, size_t size)
{
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += (unsigned char)bytes[i];
    }
    return sum;
}

static void read_document(const uint8_t *data, size_t size)
{
    struct stored_document document;
    struct stored_document again;
    if (stored_document_read(data, size, &document, NULL) != STATUS_OK) {
        return;
    }
    require(document.title_start <= document.title_end);
    require(document.title_end <= document.text_size);
    struct buffer out;
    buffer_init(&out, size + 64);
    require(stored_document_write(&document, &out, NULL) == STATUS_OK);
    require(stored_document_read(out.bytes, out.size, &again, NULL) == STATUS_OK);
    require(again.text_size == document.text_size && again.title_end == document.title_end);
    require(touch(again.text, again.text_size) == touch(document.text, document.text_size));
    require(touch(again.extras, again.extras_size) == touch(document.extras, document.extras_size));
    buffer_release(&out);
}

static void read_ledger(const uint8_t *data, size_t size)
{
    struct segment_ledger_record record;
    struct segment_ledger_record again;
    if (segment_ledger_read(data, size, &record, NULL) != STATUS_OK) {
        return;
    }
    struct buffer out;
    buffer_init(&out, size + 64);
    require(segment_ledger_write(&record, &out, NULL) == STATUS_OK);
    require(segment_ledger_read(out.bytes, out.size, &again, NULL) == STATUS_OK);
    require(again.act == record.act && again.reason == record.reason);
    require(again.offset == record.offset && again.bytes == record.bytes);
    require(touch(again.detail, again.detail_size) == touch(record.detail, record.detail_size));
    buffer_release(&out);
}

static void read_lexicon(enum store_database lexicon, const uint8_t *data, size_t size)
{
    struct lexicon_entry entry;
    size_t key_size = data[0] % 32 < size - 1 ? data[0] % 32 : size - 1;
    const uint8_t *value = data + 1 + key_size;
    if (lexicon_entry_read(lexicon, data + 1, key_size, value, size - 1 - key_size, &entry, NULL) !=
        STATUS_OK) {
        return;
    }
    bool found = true;
    enum status status = STATUS_OK;
    while (found && status == STATUS_OK) {
        struct lexicon_form form;
        status = lexicon_form_next(&entry, &form, &found, NULL);
        if (status == STATUS_OK && found) {
            require(form.size <= STORE_KEY_SIZE_MAX);
            (void)touch(form.bytes, form.size);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    read_document(data, size);
    read_ledger(data, size);
    read_lexicon(STORE_TERMS, data, size);
    read_lexicon(STORE_ENTITIES, data, size);
    return 0;
}
