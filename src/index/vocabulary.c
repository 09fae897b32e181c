#include "index/vocabulary.h"

#include <assert.h>

#include "base/bytes.h"
#include "index/store.h"

enum status vocabulary_init(struct vocabulary *vocabulary, size_t memory_max, struct error *error)
{
    vocabulary->keys = intern_new(memory_max);
    vocabulary->strings = intern_new(memory_max);
    buffer_init(&vocabulary->forms, memory_max);
    ranking_init(&vocabulary->ranking);
    bool made = vocabulary->keys != NULL && vocabulary->strings != NULL;
    return made ? STATUS_OK : error_no_memory(error, sizeof *vocabulary);
}

void vocabulary_release(struct vocabulary *vocabulary)
{
    intern_free(vocabulary->keys);
    intern_free(vocabulary->strings);
    buffer_release(&vocabulary->forms);
    ranking_release(&vocabulary->ranking);
}

size_t vocabulary_memory(const struct vocabulary *vocabulary)
{
    return intern_memory(vocabulary->keys) + intern_memory(vocabulary->strings) +
           vocabulary->forms.capacity + ranking_memory(&vocabulary->ranking);
}

/* NOLINTNEXTLINE(readability-function-size): a key and a form, each with its size */
enum status vocabulary_add(struct vocabulary *vocabulary, const void *key, size_t key_size,
                           const void *form, size_t form_size, uint32_t tag, uint32_t *number,
                           struct error *error)
{
    assert(key_size > 0 && key_size <= STORE_KEY_SIZE_MAX && form_size <= STORE_KEY_SIZE_MAX);
    uint32_t key_number = 0;
    enum status status = intern_add(vocabulary->keys, key, key_size, &key_number, NULL, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char string[4 + STORE_KEY_SIZE_MAX];
    store_u32(string, key_number);
    memcpy(string + 4, form, form_size);
    bool added = false;
    status = intern_add(vocabulary->strings, string, 4 + form_size, number, &added, error);
    if (status == STATUS_OK && added) {
        struct vocabulary_form record = {.key = key_number, .tag = tag};
        status = buffer_append(&vocabulary->forms, &record, sizeof record, error);
    }
    return status;
}

uint32_t vocabulary_count(const struct vocabulary *vocabulary)
{
    return (uint32_t)(vocabulary->forms.size / sizeof(struct vocabulary_form));
}

const struct vocabulary_form *vocabulary_forms(const struct vocabulary *vocabulary)
{
    return (const struct vocabulary_form *)(const void *)vocabulary->forms.bytes;
}

const void *vocabulary_key(const struct vocabulary *vocabulary, uint32_t key, size_t *size)
{
    return intern_string(vocabulary->keys, key, size);
}

const char *vocabulary_bytes(const struct vocabulary *vocabulary, uint32_t form, size_t *size)
{
    const char *string = intern_string(vocabulary->strings, form, size);
    *size -= 4;
    return string + 4;
}
