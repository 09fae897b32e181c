#include "index/merge_numbers.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "index/merge.h"

#define MAP_BYTES_MAX ((size_t)1 << 30)

/* ---- Documents ---- */

static enum status number_documents(struct merge_numbers *numbers, const struct merge_input *input,
                                    uint32_t *next, uint8_t *length_codes, struct error *error)
{
    for (uint32_t i = 0; i < input->deleted_count; i++) {
        assert(input->deleted[i] < numbers->document_count);
        numbers->documents[input->deleted[i]] = DOC_ID_END;
    }
    enum status status = STATUS_OK;
    for (doc_id i = 0; status == STATUS_OK && i < numbers->document_count; i++) {
        if (numbers->documents[i] == DOC_ID_END) {
            continue;
        }
        uint64_t length = 0;
        status = segment_column(numbers->segment, COLUMN_LENGTH, i, &length, error);
        length_codes[*next] = length_code((uint32_t)length);
        numbers->documents[i] = (*next)++;
    }
    return status;
}

enum status merge_numbers_init(struct merge_numbers *numbers, const struct merge_input *input,
                               uint32_t *next, uint8_t *length_codes, struct error *error)
{
    *numbers = (struct merge_numbers){
        .segment = input->segment,
        .document_count = (uint32_t)segment_counts(input->segment)->documents,
        .deleted_count = input->deleted_count,
    };
    numbers->documents = memory_zalloc(numbers->document_count, sizeof *numbers->documents);
    if (numbers->documents == NULL) {
        return error_no_memory(error, numbers->document_count * sizeof *numbers->documents);
    }
    return number_documents(numbers, input, next, length_codes, error);
}

/* ---- Sources and inputs ---- */

static enum status map_names(const struct segment *segment, enum store_database table,
                             struct intern *names, uint32_t **map, struct error *error)
{
    struct buffer numbers;
    buffer_init(&numbers, MAP_BYTES_MAX);
    struct table_cursor cursor;
    bool found = false;
    enum status status =
        table_cursor_seek(&cursor, segment_store(segment), table, NULL, 0, &found, error);
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

enum status merge_numbers_names(struct merge_numbers *numbers, struct intern *sources,
                                struct intern *inputs, struct error *error)
{
    enum status status =
        map_names(numbers->segment, STORE_SOURCES, sources, &numbers->sources, error);
    return status == STATUS_OK
               ? map_names(numbers->segment, STORE_INPUTS, inputs, &numbers->inputs, error)
               : status;
}

static enum status map_number(const uint32_t *map, uint64_t *number, struct error *error)
{
    if (*number >= map[0]) {
        return error_set(error, STATUS_FORMAT,
                         "a document names a source or input that is missing");
    }
    *number = map[1 + *number];
    return STATUS_OK;
}

enum status merge_numbers_source(const struct merge_numbers *numbers, uint64_t *number,
                                 struct error *error)
{
    return map_number(numbers->sources, number, error);
}

enum status merge_numbers_input(const struct merge_numbers *numbers, uint64_t *number,
                                struct error *error)
{
    return map_number(numbers->inputs, number, error);
}

void merge_numbers_release(struct merge_numbers *numbers)
{
    memory_free(numbers->documents);
    memory_free(numbers->sources);
    memory_free(numbers->inputs);
}
