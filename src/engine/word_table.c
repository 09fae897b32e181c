#include "engine/word_table.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"

/* Tokens whose keys are made at once, and words looked up in the table at once: so many that their
 * cache misses overlap. */
enum { BATCH = 128, REST = 32, WORD_PARTS = 3, RECENT_BITS = 16 };
#define SHORT_BYTES_MAX ((size_t)8 * WORD_PARTS)

/* A short word's bytes, zeros behind them, and its size and kind: equal words, equal keys. Nine in
 * ten words of news are found here (65,536 entries of 32 bytes), without a look at the table. Twice
 * as many would be a little faster alone, but threads share the cache that holds them; two places
 * for each word find 92 in a hundred and lose more by guessing which. */
struct recent_word {
    uint64_t parts[WORD_PARTS];
    uint32_t shape; /* size and kind, plus 1; 0: free */
    uint32_t number;
};

enum status word_table_init(struct word_table *table, size_t bytes_max, struct error *error)
{
    buffer_init(&table->numbers, bytes_max);
    table->strings = intern_new(bytes_max);
    table->recents = memory_zalloc((size_t)1 << RECENT_BITS, sizeof *table->recents);
    if (table->strings == NULL || table->recents == NULL) {
        word_table_release(table);
        return error_no_memory(error, sizeof *table);
    }
    return STATUS_OK;
}

void word_table_release(struct word_table *table)
{
    intern_free(table->strings);
    buffer_release(&table->numbers);
    memory_free(table->recents);
    table->strings = NULL;
    table->recents = NULL;
}

void word_table_clear(struct word_table *table)
{
    intern_clear(table->strings);
    memset(table->recents, 0, ((size_t)1 << RECENT_BITS) * sizeof *table->recents);
}

/* Which bytes of a word of so many are kept: loads run beyond its end. */
#define ONES(n) ((n) >= 8 ? UINT64_MAX : (n) <= 0 ? 0 : (UINT64_C(1) << 8 * ((n)&7)) - 1)
#define KEPT(n)                                                                                    \
    {                                                                                              \
        ONES(n), ONES((n)-8), ONES((n)-16)                                                         \
    }
static const uint64_t kept_bytes[SHORT_BYTES_MAX + 1][WORD_PARTS] = {
    KEPT(0),  KEPT(1),  KEPT(2),  KEPT(3),  KEPT(4),  KEPT(5),  KEPT(6),  KEPT(7),  KEPT(8),
    KEPT(9),  KEPT(10), KEPT(11), KEPT(12), KEPT(13), KEPT(14), KEPT(15), KEPT(16), KEPT(17),
    KEPT(18), KEPT(19), KEPT(20), KEPT(21), KEPT(22), KEPT(23), KEPT(24)};

/* The key of a token of at most SHORT_BYTES_MAX bytes. `whole`: so many bytes may be read. */
static ALWAYS_INLINE void short_key(const char *word, size_t size, bool whole, uint8_t kind,
                                    struct recent_word *key)
{
    unsigned char copy[SHORT_BYTES_MAX] = {0};
    const unsigned char *bytes = (const unsigned char *)word;
    if (!whole) {
        memcpy(copy, word, size);
        bytes = copy;
    }
    for (size_t i = 0; i < WORD_PARTS; i++) {
        key->parts[i] = load_u64(bytes + 8 * i) & kept_bytes[size][i];
    }
    key->shape = ((uint32_t)size << 8 | kind) + 1;
}

static ALWAYS_INLINE size_t short_place(const struct recent_word *key)
{
    uint64_t hash = (key->parts[0] ^ key->shape) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ hash >> 32 ^ key->parts[1]) * 0xFF51AFD7ED558CCDu;
    hash = (hash ^ hash >> 32 ^ key->parts[2]) * 0xC4CEB9FE1A85EC53u;
    return (size_t)(hash >> (64 - RECENT_BITS));
}

static ALWAYS_INLINE bool same_key(const struct recent_word *a, const struct recent_word *b)
{
    return ((a->parts[0] ^ b->parts[0]) | (a->parts[1] ^ b->parts[1]) |
            (a->parts[2] ^ b->parts[2]) | (uint64_t)(a->shape ^ b->shape)) == 0;
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

static_assert(BATCH <= UINT8_MAX + 1, "a token of a batch has a number of one byte");

/* Tokens on their way: the keys first, then the recent words, then the table for what is left. */
struct batch {
    size_t count; /* of words that are not among the recent ones */
    uint8_t tokens[BATCH];
    uint32_t places[BATCH]; /* among the recent words; UINT32_MAX: too long */
    struct recent_word keys[BATCH];
};

/* Finds [from, from + count) of the batch's words in the table. */
static enum status find_rest(struct word_table *table, const char *text, const struct token *tokens,
                             struct batch *batch, size_t from, uint32_t *numbers,
                             struct error *error)
{
    size_t count = batch->count - from < REST ? batch->count - from : REST;
    unsigned char strings[REST][TOKEN_BYTES_MAX + 1];
    size_t sizes[REST];
    uint64_t hashes[REST];
    for (size_t i = 0; i < count; i++) {
        sizes[i] = token_string(text, &tokens[batch->tokens[from + i]], strings[i]);
        hashes[i] = hash_short(strings[i], sizes[i]);
        intern_prefetch(table->strings, hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        intern_prefetch_string(table->strings, hashes[i]);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        size_t token = batch->tokens[from + i];
        status = intern_add_hashed(table->strings, hashes[i], strings[i], sizes[i], &numbers[token],
                                   NULL, error);
        if (status == STATUS_OK && batch->places[token] != UINT32_MAX) {
            batch->keys[token].number = numbers[token];
            table->recents[batch->places[token]] = batch->keys[token];
        }
    }
    return status;
}

/* `text_end`: the text has at least so many bytes. */
static enum status find_batch(struct word_table *table, const char *text, size_t text_end,
                              const struct token *tokens, size_t count, uint32_t *numbers,
                              struct error *error)
{
    struct batch batch;
    batch.count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = tokens[i].end - tokens[i].start;
        batch.places[i] = UINT32_MAX;
        if (LIKELY(size <= SHORT_BYTES_MAX)) {
            bool whole = tokens[i].start + SHORT_BYTES_MAX <= text_end;
            short_key(text + tokens[i].start, size, whole, tokens[i].kind, &batch.keys[i]);
            batch.places[i] = (uint32_t)short_place(&batch.keys[i]);
            PREFETCH(&table->recents[batch.places[i]]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool small = batch.places[i] != UINT32_MAX;
        const struct recent_word *recent = &table->recents[small ? batch.places[i] : 0];
        bool found = small && same_key(recent, &batch.keys[i]);
        numbers[i] = recent->number;
        batch.tokens[batch.count] = (uint8_t)i;
        batch.count += !found;
    }
    enum status status = STATUS_OK;
    for (size_t from = 0; status == STATUS_OK && from < batch.count; from += REST) {
        status = find_rest(table, text, tokens, &batch, from, numbers, error);
    }
    return status;
}

enum status word_table_find(struct word_table *table, const char *text, const struct token *tokens,
                            size_t count, const uint32_t **numbers, struct error *error)
{
    buffer_clear(&table->numbers);
    enum status status = buffer_reserve(&table->numbers, count * sizeof **numbers, error);
    uint32_t *found = (uint32_t *)(void *)table->numbers.bytes;
    size_t text_end = count == 0 ? 0 : tokens[count - 1].end;
    for (size_t from = 0; status == STATUS_OK && from < count; from += BATCH) {
        size_t size = count - from < BATCH ? count - from : BATCH;
        status = find_batch(table, text, text_end, tokens + from, size, found + from, error);
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
    return intern_memory(table->strings) + table->numbers.capacity +
           ((size_t)1 << RECENT_BITS) * sizeof *table->recents;
}
