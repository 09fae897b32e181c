#include "engine/word_table.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum { BATCH = 32 };

enum status word_table_init(struct word_table *table, size_t bytes_max, struct error *error)
{
    buffer_init(&table->numbers, bytes_max);
    table->strings = intern_new(bytes_max);
    return table->strings == NULL ? error_no_memory(error, sizeof *table) : STATUS_OK;
}

void word_table_release(struct word_table *table)
{
    intern_free(table->strings);
    buffer_release(&table->numbers);
    table->strings = NULL;
}

void word_table_clear(struct word_table *table)
{
    intern_clear(table->strings);
}

static size_t token_string(const char *text, const struct token *token,
                           unsigned char string[TOKEN_BYTES_MAX + 1])
{
    size_t size = token->end - token->start;
    assert(size <= TOKEN_BYTES_MAX);
    memcpy(string, text + token->start, size);
    string[size] = token->kind;
    return size + 1;
}

static enum status find_batch(struct word_table *table, const char *text,
                              const struct token *tokens, size_t count, uint32_t *numbers,
                              struct error *error)
{
    unsigned char strings[BATCH][TOKEN_BYTES_MAX + 1];
    size_t sizes[BATCH];
    uint64_t hashes[BATCH];
    for (size_t i = 0; i < count; i++) {
        sizes[i] = token_string(text, &tokens[i], strings[i]);
        hashes[i] = hash_short(strings[i], sizes[i]);
        intern_prefetch(table->strings, hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        intern_prefetch_string(table->strings, hashes[i]);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = intern_add_hashed(table->strings, hashes[i], strings[i], sizes[i], &numbers[i],
                                   NULL, error);
    }
    return status;
}

enum status word_table_find(struct word_table *table, const char *text, const struct token *tokens,
                            size_t count, const uint32_t **numbers, struct error *error)
{
    buffer_clear(&table->numbers);
    enum status status = buffer_reserve(&table->numbers, count * sizeof **numbers, error);
    uint32_t *found = (uint32_t *)(void *)table->numbers.bytes;
    for (size_t from = 0; status == STATUS_OK && from < count; from += BATCH) {
        size_t size = count - from < BATCH ? count - from : BATCH;
        status = find_batch(table, text, tokens + from, size, found + from, error);
    }
    *numbers = found;
    return status;
}

uint32_t word_table_count(const struct word_table *table)
{
    return intern_count(table->strings);
}

const char *word_table_word(const struct word_table *table, uint32_t number, size_t *size,
                            enum token_kind *kind)
{
    const char *string = intern_string(table->strings, number, size);
    (*size)--;
    *kind = (enum token_kind)string[*size];
    return string;
}

size_t word_table_memory(const struct word_table *table)
{
    return intern_memory(table->strings) + table->numbers.capacity;
}
