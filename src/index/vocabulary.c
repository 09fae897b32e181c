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

/* Where a request's key and form are looked for. A form's string begins with its key's number, but
 * the hash tells what is wanted before that number is known. */
struct request_hashes {
    uint64_t key;
    uint64_t form;
};

static struct request_hashes hashes_of(const struct vocabulary_request *request)
{
    uint64_t key = hash_short(request->key, request->key_size);
    uint64_t form = hash_short(request->form, request->form_size);
    return (struct request_hashes){.key = key, .form = form + (key << 16 | key >> 48)};
}

static struct request_hashes expect(const struct vocabulary *vocabulary,
                                    const struct vocabulary_request *request)
{
    struct request_hashes hashes = hashes_of(request);
    intern_prefetch(vocabulary->keys, hashes.key);
    intern_prefetch(vocabulary->strings, hashes.form);
    return hashes;
}

void vocabulary_expect(const struct vocabulary *vocabulary,
                       const struct vocabulary_request *requests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)expect(vocabulary, &requests[i]);
    }
}

/* A form's string: its key's number and its bytes. */
static enum status form_string(struct vocabulary *vocabulary, uint32_t key, const void *form,
                               size_t size, struct error *error)
{
    buffer_clear(&vocabulary->adding);
    enum status status = buffer_append_u32(&vocabulary->adding, key, error);
    return status == STATUS_OK ? buffer_append(&vocabulary->adding, form, size, error) : status;
}

static enum status add_form(struct vocabulary *vocabulary, struct vocabulary_request *request,
                            const struct request_hashes *hashes, struct error *error)
{
    uint32_t key = 0;
    bool added = false;
    assert(request->key_size > 0 && request->key_size <= STORE_KEY_SIZE_MAX);
    assert(request->form_size <= STORE_KEY_SIZE_MAX);
    enum status status = intern_add_hashed(vocabulary->keys, hashes->key, request->key,
                                           request->key_size, &key, NULL, error);
    if (status == STATUS_OK) {
        status = form_string(vocabulary, key, request->form, request->form_size, error);
    }
    if (status == STATUS_OK) {
        status = intern_add_hashed(vocabulary->strings, hashes->form, vocabulary->adding.bytes,
                                   vocabulary->adding.size, &request->number, &added, error);
    }
    if (status == STATUS_OK && added) {
        struct vocabulary_form record = {.key = key, .tag = request->tag};
        status = buffer_append(&vocabulary->forms, &record, sizeof record, error);
    }
    return status;
}

enum status vocabulary_add(struct vocabulary *vocabulary, struct vocabulary_request *requests,
                           size_t count, struct error *error)
{
    struct request_hashes hashes[TOGETHER];
    enum status status = STATUS_OK;
    for (size_t from = 0; status == STATUS_OK && from < count; from += TOGETHER) {
        size_t some = count - from < TOGETHER ? count - from : TOGETHER;
        for (size_t i = 0; i < some; i++) {
            hashes[i] = expect(vocabulary, &requests[from + i]);
        }
        for (size_t i = 0; i < some; i++) {
            intern_prefetch_string(vocabulary->keys, hashes[i].key);
            intern_prefetch_string(vocabulary->strings, hashes[i].form);
        }
        for (size_t i = 0; status == STATUS_OK && i < some; i++) {
            status = add_form(vocabulary, &requests[from + i], &hashes[i], error);
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

const void *vocabulary_locate(const struct vocabulary *vocabulary, uint32_t form)
{
    return intern_locate(vocabulary->strings, form);
}

void vocabulary_prefetch_place(const struct vocabulary *vocabulary, uint32_t form)
{
    intern_prefetch_place(vocabulary->strings, form);
}

const char *vocabulary_bytes(const void *place, size_t *size)
{
    const char *string = intern_at(place, size);
    *size -= 4;
    return string + 4;
}

void vocabulary_prefetch_key(const struct vocabulary *vocabulary, uint32_t key)
{
    intern_prefetch_number(vocabulary->keys, key);
}
