#include "engine/word_table.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/short_text.h"

/* Tokens whose keys are made at once, and words looked up in the tables at once: so many that their
 * cache misses overlap. */
enum { BATCH = 256, REST = 64, ENTRY_BITS_MIN = 10 };
/* Nine in ten words of news are found among so many recent ones. */
enum { RECENT_BITS = 16 };

/* A word's number, and its kind above it. */
enum { KIND_SHIFT = 29 };
#define NUMBER_MASK (((uint32_t)1 << KIND_SHIFT) - 1)
static_assert(TOKEN_HASHTAG < 1 << (32 - KIND_SHIFT), "a kind fits beside a number");

/* A short word, its kind and its number. A longer one in `words`: `head` is 0, `tail` its number
 * among the strings. */
struct word_entry {
    uint64_t head;
    uint32_t tail;
    uint32_t mark; /* number, kind */
};

/* So many entries, and the recent ones behind them: of a large table they are in large pages then,
 * in which they are found sooner, and which cost too much for a small one. */
static struct word_entry *entries_new(unsigned bits)
{
    return memory_zalloc(((size_t)1 << bits) + ((size_t)1 << RECENT_BITS),
                         sizeof(struct word_entry));
}

static ALWAYS_INLINE struct word_entry *recents_of(const struct word_table *table)
{
    return table->entries + ((size_t)1 << table->bits);
}

enum status word_table_init(struct word_table *table, size_t bytes_max, struct error *error)
{
    *table = (struct word_table){.bits = ENTRY_BITS_MIN, .bytes_max = bytes_max};
    buffer_init(&table->numbers, bytes_max);
    buffer_init(&table->words, bytes_max);
    buffer_init(&table->long_words, bytes_max);
    table->strings = intern_new(bytes_max);
    table->entries = entries_new(table->bits);
    if (table->strings == NULL || table->entries == NULL) {
        word_table_release(table);
        return error_no_memory(error, sizeof *table);
    }
    return STATUS_OK;
}

void word_table_release(struct word_table *table)
{
    intern_free(table->strings);
    buffer_release(&table->numbers);
    buffer_release(&table->words);
    buffer_release(&table->long_words);
    memory_free(table->entries);
    table->strings = NULL;
    table->entries = NULL;
}

static void forget_recents(struct word_table *table)
{
    memset(recents_of(table), 0, sizeof(struct word_entry) << RECENT_BITS);
}

void word_table_clear(struct word_table *table)
{
    intern_clear(table->strings);
    table->told = 0;
    buffer_clear(&table->words);
    buffer_clear(&table->long_words);
    memset(table->entries, 0, sizeof(struct word_entry) << table->bits);
    table->entry_count = 0;
    forget_recents(table);
}

/* ---- Short words ---- */

static ALWAYS_INLINE bool same_word(const struct word_entry *a, const struct word_entry *b)
{
    return ((a->head ^ b->head) | (a->tail ^ b->tail) | (a->mark ^ b->mark) >> KIND_SHIFT) == 0;
}

static ALWAYS_INLINE size_t home_of(uint64_t hash, unsigned bits)
{
    return (size_t)(hash >> (64 - bits));
}

/* The entry of the word, or the free one where it belongs. */
static struct word_entry *entry_find(const struct word_table *table, uint64_t hash,
                                     const struct word_entry *word)
{
    size_t mask = ((size_t)1 << table->bits) - 1;
    size_t at = home_of(hash, table->bits);
    while (table->entries[at].head != 0 && !same_word(&table->entries[at], word)) {
        at = (at + 1) & mask;
    }
    return &table->entries[at];
}

static enum status entries_grow(struct word_table *table, struct error *error)
{
    size_t size = sizeof(struct word_entry) << (table->bits + 1);
    if (size > table->bytes_max / 2) {
        return error_set(error, STATUS_LIMIT, "more distinct words than %zu bytes can hold",
                         table->bytes_max);
    }
    struct word_entry *entries = entries_new(table->bits + 1);
    if (entries == NULL) {
        return error_no_memory(error, size);
    }
    struct word_entry *old = table->entries;
    size_t old_count = (size_t)1 << table->bits;
    table->entries = entries;
    table->bits++;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].head != 0) {
            struct short_text text = {old[i].head, old[i].tail};
            *entry_find(table, short_text_hash(&text), &old[i]) = old[i];
        }
    }
    memory_free(old);
    return STATUS_OK;
}

/* Room for one more word: then add_word() cannot fail. */
static enum status reserve_word(struct word_table *table, struct error *error)
{
    if (word_table_count(table) == NUMBER_MASK) {
        return error_set(error, STATUS_LIMIT, "more than %u distinct words", NUMBER_MASK);
    }
    return buffer_reserve(&table->words, sizeof(struct word_entry), error);
}

/* Gives the word the next number. */
static void add_word(struct word_table *table, struct word_entry *word)
{
    struct word_entry *words = (struct word_entry *)(void *)table->words.bytes;
    uint32_t number = word_table_count(table);
    word->mark |= number;
    words[number - table->told] = *word;
    table->words.size += sizeof *word;
}

static enum status find_short(struct word_table *table, uint64_t hash, struct word_entry *word,
                              struct error *error)
{
    struct word_entry *entry = entry_find(table, hash, word);
    if (LIKELY(entry->head != 0)) {
        word->mark = entry->mark;
        return STATUS_OK;
    }
    enum status status = reserve_word(table, error);
    if (status == STATUS_OK && (size_t)5 * table->entry_count >= (size_t)4 << table->bits) {
        status = entries_grow(table, error);
        entry = status == STATUS_OK ? entry_find(table, hash, word) : entry;
    }
    if (status == STATUS_OK) {
        add_word(table, word);
        *entry = *word;
        table->entry_count++;
    }
    return status;
}

/* ---- Longer words ---- */

static enum status find_long(struct word_table *table, const char *text, const struct token *token,
                             struct word_entry *word, struct error *error)
{
    unsigned char string[TOKEN_BYTES_MAX + 1];
    size_t size = token->end - token->start;
    assert(size <= TOKEN_BYTES_MAX);
    memcpy(string, text + token->start, size);
    string[size] = token->kind;
    bool added = false;
    enum status status = reserve_word(table, error);
    if (status == STATUS_OK) {
        status = buffer_reserve(&table->long_words, sizeof(uint32_t), error);
    }
    if (status == STATUS_OK) {
        status = intern_add(table->strings, string, size + 1, &word->tail, &added, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *numbers = (uint32_t *)(void *)table->long_words.bytes;
    if (added) {
        add_word(table, word);
        numbers[word->tail] = word->mark & NUMBER_MASK;
        table->long_words.size += sizeof *numbers;
    }
    word->mark = numbers[word->tail];
    return STATUS_OK;
}

/* ---- Tokens ---- */

static_assert(BATCH <= UINT8_MAX + 1, "a token of a batch has a number of one byte");

/* Tokens on their way: the keys first, then the recent words, then the tables for what is left. */
struct batch {
    size_t count; /* of words that are not among the recent ones */
    uint8_t tokens[BATCH];
    uint64_t hashes[BATCH];
    struct word_entry words[BATCH]; /* `head` is 0: a longer one */
};

/* A word that ends where so many bytes as are read may not be readable. */
static NEVER_INLINE struct short_text pack_last(const unsigned char *bytes, size_t size)
{
    unsigned char copy[SHORT_TEXT_READ_SIZE] = {0};
    if (size > sizeof copy) {
        return (struct short_text){0, 0};
    }
    memcpy(copy, bytes, size);
    return short_text_pack(copy, size);
}

/* The key of a token; `text_end`: the text has at least so many bytes. */
static ALWAYS_INLINE void make_key(const char *text, size_t text_end, const struct token *token,
                                   struct word_entry *word, uint64_t *hash)
{
    const unsigned char *bytes = (const unsigned char *)text + token->start;
    size_t size = token->end - token->start;
    struct short_text key = LIKELY(token->start + SHORT_TEXT_READ_SIZE <= text_end)
                                ? short_text_pack(bytes, size)
                                : pack_last(bytes, size);
    *hash = short_text_hash(&key);
    *word = (struct word_entry){key.head, key.tail, (uint32_t)token->kind << KIND_SHIFT};
}

/* Finds [from, from + REST) of the batch's words in the tables. */
static enum status find_rest(struct word_table *table, const char *text, const struct token *tokens,
                             struct batch *batch, size_t from, uint32_t *numbers,
                             struct error *error)
{
    size_t to = batch->count - from < REST ? batch->count : from + REST;
    for (size_t i = from; i < to; i++) {
        PREFETCH(&table->entries[home_of(batch->hashes[batch->tokens[i]], table->bits)]);
    }
    enum status status = STATUS_OK;
    for (size_t i = from; status == STATUS_OK && i < to; i++) {
        size_t at = batch->tokens[i];
        struct word_entry *word = &batch->words[at];
        if (LIKELY(word->head != 0)) {
            status = find_short(table, batch->hashes[at], word, error);
            recents_of(table)[home_of(batch->hashes[at], RECENT_BITS)] = *word;
        } else {
            status = find_long(table, text, &tokens[at], word, error);
        }
        numbers[at] = word->mark & NUMBER_MASK;
    }
    if (status != STATUS_OK) { /* a word may be among them that has no number */
        forget_recents(table);
    }
    return status;
}

/* `text_end`: the text has at least so many bytes. */
static enum status find_batch(struct word_table *table, const char *text, size_t text_end,
                              const struct token *tokens, size_t count, uint32_t *numbers,
                              struct error *error)
{
    const struct word_entry *recents = recents_of(table);
    struct batch batch;
    batch.count = 0;
    for (size_t i = 0; i < count; i++) {
        make_key(text, text_end, &tokens[i], &batch.words[i], &batch.hashes[i]);
        PREFETCH(&recents[home_of(batch.hashes[i], RECENT_BITS)]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct word_entry *recent = &recents[home_of(batch.hashes[i], RECENT_BITS)];
        bool found = batch.words[i].head != 0 && same_word(recent, &batch.words[i]);
        numbers[i] = recent->mark & NUMBER_MASK;
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

/* ---- What is known ---- */

uint32_t word_table_count(const struct word_table *table)
{
    return table->told + (uint32_t)(table->words.size / sizeof(struct word_entry));
}

void word_table_told(struct word_table *table)
{
    table->told = word_table_count(table);
    buffer_clear(&table->words);
}

size_t word_table_word(const struct word_table *table, uint32_t number, char word[TOKEN_BYTES_MAX],
                       enum token_kind *kind)
{
    assert(number >= table->told && number < word_table_count(table));
    const struct word_entry *entry =
        (const struct word_entry *)(const void *)table->words.bytes + (number - table->told);
    *kind = (enum token_kind)(entry->mark >> KIND_SHIFT);
    if (entry->head != 0) {
        struct short_text text = {entry->head, entry->tail};
        return short_text_unpack(&text, word);
    }
    size_t size = 0;
    const char *string = intern_string(table->strings, entry->tail, &size);
    memcpy(word, string, size - 1);
    return size - 1;
}

size_t word_table_memory(const struct word_table *table)
{
    return intern_memory(table->strings) + table->words.size + table->long_words.size +
           (size_t)2 * table->entry_count * sizeof *table->entries;
}
