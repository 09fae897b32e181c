#include "index/vocabulary.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "index/store.h"

enum status vocabulary_init(struct vocabulary *vocabulary, size_t memory_max, struct error *error)
{
    vocabulary->keys = intern_new(memory_max);
    vocabulary->strings = intern_new(memory_max);
    buffer_init(&vocabulary->forms, memory_max);
    ranking_init(&vocabulary->ranking);
    buffer_init(&vocabulary->adding, memory_max);
    bool made = vocabulary->keys != NULL && vocabulary->strings != NULL;
    return made ? STATUS_OK : error_no_memory(error, sizeof *vocabulary);
}

void vocabulary_release(struct vocabulary *vocabulary)
{
    intern_free(vocabulary->keys);
    intern_free(vocabulary->strings);
    buffer_release(&vocabulary->forms);
    ranking_release(&vocabulary->ranking);
    buffer_release(&vocabulary->adding);
}

void vocabulary_clear(struct vocabulary *vocabulary)
{
    intern_clear(vocabulary->keys);
    intern_clear(vocabulary->strings);
    buffer_clear(&vocabulary->forms);
    ranking_clear(&vocabulary->ranking);
}

size_t vocabulary_memory(const struct vocabulary *vocabulary)
{
    return intern_memory(vocabulary->keys) + intern_memory(vocabulary->strings) +
           vocabulary->forms.size + ranking_memory(&vocabulary->ranking);
}

enum { TOGETHER = 32 };

/* A form's string: its key's number and its bytes. */
static enum status form_string(struct vocabulary *vocabulary, uint32_t key, const void *form,
                               size_t size, struct error *error)
{
    enum status status = buffer_append_u32(&vocabulary->adding, key, error);
    return status == STATUS_OK ? buffer_append(&vocabulary->adding, form, size, error) : status;
}

static enum status add_keys(struct vocabulary *vocabulary,
                            const struct vocabulary_request *requests, size_t count, uint32_t *keys,
                            struct error *error)
{
    uint64_t hashes[TOGETHER];
    for (size_t i = 0; i < count; i++) {
        assert(requests[i].key_size > 0 && requests[i].key_size <= STORE_KEY_SIZE_MAX);
        hashes[i] = hash_short(requests[i].key, requests[i].key_size);
        intern_prefetch(vocabulary->keys, hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        intern_prefetch_string(vocabulary->keys, hashes[i]);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = intern_add_hashed(vocabulary->keys, hashes[i], requests[i].key,
                                   requests[i].key_size, &keys[i], NULL, error);
    }
    return status;
}

static enum status add_forms(struct vocabulary *vocabulary, struct vocabulary_request *requests,
                             size_t count, const uint32_t *keys, struct error *error)
{
    uint64_t hashes[TOGETHER];
    size_t from = 0;
    enum status status = STATUS_OK;
    buffer_clear(&vocabulary->adding);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        assert(requests[i].form_size <= STORE_KEY_SIZE_MAX);
        status = form_string(vocabulary, keys[i], requests[i].form, requests[i].form_size, error);
        if (status == STATUS_OK) {
            hashes[i] = hash_short(vocabulary->adding.bytes + from, vocabulary->adding.size - from);
            intern_prefetch(vocabulary->strings, hashes[i]);
        }
        from = vocabulary->adding.size;
    }
    from = 0;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        bool added = false;
        size_t size = 4 + requests[i].form_size;
        status = intern_add_hashed(vocabulary->strings, hashes[i], vocabulary->adding.bytes + from,
                                   size, &requests[i].number, &added, error);
        from += size;
        if (status == STATUS_OK && added) {
            struct vocabulary_form record = {.key = keys[i], .tag = requests[i].tag};
            status = buffer_append(&vocabulary->forms, &record, sizeof record, error);
        }
    }
    return status;
}

enum status vocabulary_add(struct vocabulary *vocabulary, struct vocabulary_request *requests,
                           size_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t from = 0; status == STATUS_OK && from < count; from += TOGETHER) {
        size_t some = count - from < TOGETHER ? count - from : TOGETHER;
        uint32_t keys[TOGETHER] = {0};
        status = add_keys(vocabulary, requests + from, some, keys, error);
        if (status == STATUS_OK) {
            status = add_forms(vocabulary, requests + from, some, keys, error);
        }
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

void vocabulary_prefetch_key(const struct vocabulary *vocabulary, uint32_t key)
{
    intern_prefetch_number(vocabulary->keys, key);
}

void vocabulary_prefetch_bytes(const struct vocabulary *vocabulary, uint32_t form)
{
    intern_prefetch_number(vocabulary->strings, form);
}
