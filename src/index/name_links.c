#include "index/name_links.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/radix.h"

/* A name on its way into the table of names. */
struct waiting_name {
    uint64_t hash;
    uint32_t from; /* in `waiting_names` */
    uint32_t size;
    uint32_t form;
};
enum { NAMES_TOGETHER = 32, NAMES_AHEAD = 16 };

/* A form of an entity, and a name that leads to the entity. */
struct name_link {
    uint32_t form;
    uint32_t name;
};

enum status name_links_init(struct name_links *links, size_t memory_max, struct error *error)
{
    ranking_init(&links->ranking);
    buffer_init(&links->links, memory_max);
    buffer_init(&links->sorted, memory_max);
    buffer_init(&links->waiting, memory_max);
    buffer_init(&links->waiting_names, memory_max);
    links->names = intern_new(memory_max);
    return links->names == NULL ? error_no_memory(error, sizeof *links) : STATUS_OK;
}

void name_links_release(struct name_links *links)
{
    intern_free(links->names);
    links->names = NULL;
    ranking_release(&links->ranking);
    buffer_release(&links->links);
    buffer_release(&links->sorted);
    buffer_release(&links->waiting);
    buffer_release(&links->waiting_names);
}

void name_links_clear(struct name_links *links)
{
    intern_clear(links->names);
    ranking_clear(&links->ranking);
    buffer_clear(&links->links);
    buffer_clear(&links->waiting);
    buffer_clear(&links->waiting_names);
}

size_t name_links_memory(const struct name_links *links)
{
    return intern_memory(links->names) + ranking_memory(&links->ranking) + links->links.size;
}

/* Adds the names that wait: together, so that their cache misses overlap. */
static enum status add_waiting(struct name_links *links, struct error *error)
{
    const struct waiting_name *waiting =
        (const struct waiting_name *)(const void *)links->waiting.bytes;
    size_t count = links->waiting.size / sizeof *waiting;
    for (size_t i = 0; i < count; i++) {
        intern_prefetch_string(links->names, waiting[i].hash);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct name_link link = {.form = waiting[i].form};
        status = intern_add_hashed(links->names, waiting[i].hash,
                                   links->waiting_names.bytes + waiting[i].from, waiting[i].size,
                                   &link.name, NULL, error);
        if (status == STATUS_OK) {
            status = buffer_append(&links->links, &link, sizeof link, error);
        }
    }
    buffer_clear(&links->waiting);
    buffer_clear(&links->waiting_names);
    return status;
}

enum status name_links_add(struct name_links *links, const struct vocabulary *entities,
                           uint32_t form, const void *name, size_t name_size, struct error *error)
{
    size_t key_size = 0;
    (void)vocabulary_key(entities, vocabulary_forms(entities)[form].key, &key_size);
    bool fits = name_size > 0 && name_size + 1 + key_size <= STORE_KEY_SIZE_MAX;
    if (!fits || memchr(name, 0, name_size) != NULL) {
        return STATUS_OK; /* cannot be asked for */
    }
    struct waiting_name waiting = {.hash = hash_short(name, name_size),
                                   .from = (uint32_t)links->waiting_names.size,
                                   .size = (uint32_t)name_size,
                                   .form = form};
    enum status status = buffer_append(&links->waiting_names, name, name_size, error);
    if (status != STATUS_OK) {
        return status;
    }
    intern_prefetch(links->names, waiting.hash);
    status = buffer_append(&links->waiting, &waiting, sizeof waiting, error);
    return status == STATUS_OK && links->waiting.size >= NAMES_TOGETHER * sizeof waiting
               ? add_waiting(links, error)
               : status;
}

/* The links of what is in this segment: the number of each, sorted by name and entity. */
static enum status sort_links(struct name_links *links, struct gathering *gathering,
                              struct error *error)
{
    struct vocabulary *entities = &gathering->vocabulary;
    const struct name_link *all = (const struct name_link *)(const void *)links->links.bytes;
    size_t link_count = links->links.size / sizeof *all;
    enum status status = ranking_update(&links->ranking, links->names, error);
    if (status == STATUS_OK) {
        status = ranking_update(&entities->ranking, entities->keys, error);
    }
    buffer_clear(&links->sorted);
    if (status == STATUS_OK) {
        status = buffer_reserve(&links->sorted, link_count * sizeof(struct radix_entry), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const uint32_t *counts = gathering_counts(gathering);
    size_t form_count = gathering->counts.size / sizeof *counts;
    const struct vocabulary_form *forms = vocabulary_forms(entities);
    const uint32_t *names = ranking_ranks(&links->ranking);
    const uint32_t *keys = ranking_ranks(&entities->ranking);
    struct radix_entry *sorted = (struct radix_entry *)(void *)links->sorted.bytes;
    size_t count = 0;
    for (size_t i = 0; i < link_count; i++) {
        if (all[i].form < form_count && counts[all[i].form] > 0) {
            uint64_t rank = (uint64_t)names[all[i].name] << 32 | keys[forms[all[i].form].key];
            sorted[count++] = (struct radix_entry){.key = rank, .value = i};
        }
    }
    links->sorted.size = count * sizeof *sorted;
    return radix_sort(sorted, count, error);
}

static enum status write_name(const struct name_links *links, const struct vocabulary *entities,
                              const struct name_link *link, struct segment_writer *writer,
                              struct error *error)
{
    size_t name_size = 0;
    size_t key_size = 0;
    const void *name = intern_string(links->names, link->name, &name_size);
    const void *key =
        vocabulary_key(entities, vocabulary_forms(entities)[link->form].key, &key_size);
    unsigned char record[STORE_KEY_SIZE_MAX];
    assert(name_size + 1 + key_size <= sizeof record);
    memcpy(record, name, name_size);
    record[name_size] = 0;
    memcpy(record + name_size + 1, key, key_size);
    return segment_writer_record(writer, STORE_NAMES, record, name_size + 1 + key_size, NULL, 0,
                                 error);
}

/* No name holds a 0, so they ascend as the pairs do. */
enum status name_links_write(struct name_links *links, struct gathering *gathering,
                             struct segment_writer *writer, struct error *error)
{
    const struct vocabulary *entities = &gathering->vocabulary;
    enum status status = add_waiting(links, error);
    if (status == STATUS_OK) {
        status = sort_links(links, gathering, error);
    }
    const struct name_link *all = (const struct name_link *)(const void *)links->links.bytes;
    const struct radix_entry *sorted =
        (const struct radix_entry *)(const void *)links->sorted.bytes;
    size_t count = links->sorted.size / sizeof *sorted;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (i + NAMES_AHEAD < count) { /* strings lie in order of first use */
            const struct name_link *ahead = &all[sorted[i + NAMES_AHEAD].value];
            vocabulary_prefetch_key(entities, vocabulary_forms(entities)[ahead->form].key);
            intern_prefetch_number(links->names, ahead->name);
        }
        if (i == 0 || sorted[i].key != sorted[i - 1].key) { /* else another form of the entity */
            status = write_name(links, entities, &all[sorted[i].value], writer, error);
        }
    }
    return status;
}
