#include "engine/known_words.h"

#include <assert.h>

#include "base/memory.h"

/* Nearly every word has one indexed part. */
struct known_word {
    uint32_t form; /* builder's number of the only part; else the first of `parts` */
    uint32_t code : DENSE_CODE_BITS;
    uint32_t part_count : 32 - DENSE_CODE_BITS; /* that are indexed */
};
static_assert(ANALYSIS_PARTS_MAX < 1 << (32 - DENSE_CODE_BITS), "a count of parts fits");

struct word_part {
    uint32_t form;
    uint8_t advance;
};

/* New words on their way: each step for all of them, so that what one step asks memory for is there
 * when the next one wants it. */
enum { TOGETHER = ANALYSER_TOGETHER };
struct new_words {
    uint32_t first;
    uint32_t count;
    char bytes[TOGETHER][TOKEN_BYTES_MAX];
    struct analyser_request requests[TOGETHER];
    uint64_t codes[TOGETHER]; /* what symbol_index_expect() said */
    struct analysis some[TOGETHER];
    struct analysis parts[ANALYSIS_PARTS_MAX]; /* of a word that has several */
};

enum { BUFFERS = 6 };

static struct buffer *known_buffer(struct known_words *known, size_t index)
{
    struct buffer *const buffers[BUFFERS] = {&known->words,    &known->parts,
                                             &known->requests, &known->advances,
                                             &known->strings,  &known->entity_forms};
    return buffers[index];
}

enum status known_words_init(struct known_words *known, const struct analyser *analyser,
                             const struct tagger *tagger, const struct symbol_index *symbols,
                             size_t memory_max, struct error *error)
{
    known->analyser = analyser;
    known->tagger = tagger;
    known->symbols = symbols;
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_init(known_buffer(known, i), memory_max);
    }
    enum status status = word_table_init(&known->table, memory_max, error);
    known->fresh = memory_alloc(sizeof *known->fresh);
    return status == STATUS_OK && known->fresh == NULL
               ? error_no_memory(error, sizeof *known->fresh)
               : status;
}

void known_words_release(struct known_words *known)
{
    word_table_release(&known->table);
    memory_free(known->fresh);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_release(known_buffer(known, i));
    }
}

void known_words_clear(struct known_words *known)
{
    word_table_clear(&known->table);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffer_clear(known_buffer(known, i));
    }
}

size_t known_words_memory(const struct known_words *known)
{
    return word_table_memory(&known->table) + known->words.size + known->parts.size +
           known->entity_forms.size;
}

const struct entity_form *known_words_entity_forms(const struct known_words *known)
{
    return (const struct entity_form *)(const void *)known->entity_forms.bytes;
}

/* ---- Learning ---- */

/* Asks for the number of a part; its strings lie in `strings`, which may move meanwhile. */
static enum status ask_part(struct known_words *known, const struct analysis *part,
                            struct error *error)
{
    struct vocabulary_request request = {.key_size = part->class_size,
                                         .form_size = part->form_size};
    enum status status = buffer_append(&known->requests, &request, sizeof request, error);
    if (status == STATUS_OK) {
        status = buffer_append_byte(&known->advances, part->advance, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(&known->strings, part->class_key, part->class_size, error);
    }
    return status == STATUS_OK ? buffer_append(&known->strings, part->form, part->form_size, error)
                               : status;
}

static void take_words(const struct known_words *known, struct new_words *words)
{
    for (uint32_t i = 0; i < words->count; i++) {
        struct analyser_request *request = &words->requests[i];
        request->word = words->bytes[i];
        request->size = (uint32_t)word_table_word(&known->table, words->first + i, words->bytes[i],
                                                  &request->kind);
        words->codes[i] = known->symbols == NULL
                              ? 0
                              : symbol_index_expect(known->symbols, request->word, request->size);
    }
}

/* Keeps what the analyser has made of a word. */
static enum status keep_word(struct known_words *known, const struct analysis *parts, size_t count,
                             struct error *error)
{
    struct known_word word = {.code = DENSE_SPELLED};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (parts[i].class_size > 0) {
            status = ask_part(known, &parts[i], error);
            word.part_count++;
        }
    }
    return status == STATUS_OK ? buffer_append(&known->words, &word, sizeof word, error) : status;
}

static enum status analyse_words(struct known_words *known, struct new_words *words,
                                 struct error *error)
{
    analyser_words(known->analyser, words->requests, words->count, words->some);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < words->count; i++) {
        const struct analyser_request *request = &words->requests[i];
        if (request->single) {
            status = keep_word(known, &words->some[i], 1, error);
        } else {
            size_t made = analyser_word(known->analyser, request->word, request->size,
                                        request->kind, words->parts);
            status = keep_word(known, words->parts, made, error);
        }
    }
    return status;
}

/* The requests from `first` on, with their strings, as far as these are now; returns how many. */
static size_t point_requests(struct known_words *known, size_t first, size_t strings)
{
    struct vocabulary_request *requests =
        (struct vocabulary_request *)(void *)known->requests.bytes;
    size_t count = known->requests.size / sizeof *requests;
    const unsigned char *string = known->strings.bytes + strings;
    for (size_t i = first; i < count; i++) {
        requests[i].key = string;
        requests[i].form = string + requests[i].key_size;
        string += requests[i].key_size + requests[i].form_size;
    }
    return count - first;
}

static enum status describe_words(struct known_words *known, const struct new_words *words,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && known->tagger != NULL && i < words->count; i++) {
        const struct analyser_request *request = &words->requests[i];
        struct entity_form form;
        entity_word_describe(known->tagger, request->word, request->size, request->kind, &form);
        status = buffer_append(&known->entity_forms, &form, sizeof form, error);
    }
    return status;
}

static void code_words(struct known_words *known, const struct new_words *words)
{
    struct known_word *kept = (struct known_word *)(void *)known->words.bytes + words->first;
    for (uint32_t i = 0; known->symbols != NULL && i < words->count; i++) {
        const struct analyser_request *request = &words->requests[i];
        uint32_t rank = 0;
        if (symbol_index_find(known->symbols, request->word, request->size, SYMBOL_WORD, &rank)) {
            kept[i].code = dense_code(rank) & DENSE_CODE_MASK;
        }
    }
}

/* All that is known of some words but their parts' numbers, for which it asks. */
static enum status learn_some(struct known_words *known, const struct builder *builder,
                              struct error *error)
{
    struct new_words *words = known->fresh;
    size_t asked = known->requests.size / sizeof(struct vocabulary_request);
    size_t strings = known->strings.size;
    take_words(known, words);
    enum status status = analyse_words(known, words, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = point_requests(known, asked, strings);
    const struct vocabulary_request *requests =
        (const struct vocabulary_request *)(const void *)known->requests.bytes;
    if (count > 0) {
        builder_forms_expect(builder, STORE_TERMS, requests + asked, count);
    }
    for (uint32_t i = 0; known->symbols != NULL && i < words->count; i++) {
        symbol_index_expect_string(known->symbols, words->codes[i]);
    }
    status = describe_words(known, words, error);
    code_words(known, words);
    return status;
}

/* Gives the words from `first` on the numbers of their parts. */
static enum status keep_parts(struct known_words *known, uint32_t first, struct error *error)
{
    const struct vocabulary_request *request =
        (const struct vocabulary_request *)(const void *)known->requests.bytes;
    const unsigned char *advance = known->advances.bytes;
    struct known_word *words = (struct known_word *)(void *)known->words.bytes;
    enum status status = STATUS_OK;
    for (size_t i = first; status == STATUS_OK && i < known->words.size / sizeof *words; i++) {
        bool single = words[i].part_count == 1;
        words[i].form =
            single ? request->number : (uint32_t)(known->parts.size / sizeof(struct word_part));
        for (uint32_t k = 0; status == STATUS_OK && k < words[i].part_count; k++) {
            struct word_part part = {.form = request++->number, .advance = *advance++};
            if (!single) {
                status = buffer_append(&known->parts, &part, sizeof part, error);
            }
        }
    }
    return status;
}

/* The first sight of the words from number `first` on. */
static enum status learn_words(struct known_words *known, struct builder *builder, uint32_t first,
                               struct error *error)
{
    buffer_clear(&known->requests);
    buffer_clear(&known->advances);
    buffer_clear(&known->strings);
    enum status status = STATUS_OK;
    uint32_t count = word_table_count(&known->table);
    for (uint32_t i = first; status == STATUS_OK && i < count; i += TOGETHER) {
        known->fresh->first = i;
        known->fresh->count = count - i < TOGETHER ? count - i : TOGETHER;
        status = learn_some(known, builder, error);
    }
    word_table_told(&known->table);
    size_t asked = status == STATUS_OK ? point_requests(known, 0, 0) : 0;
    if (asked > 0) {
        struct vocabulary_request *requests =
            (struct vocabulary_request *)(void *)known->requests.bytes;
        status = builder_forms(builder, STORE_TERMS, requests, asked, error);
    }
    return status == STATUS_OK ? keep_parts(known, first, error) : status;
}

enum status known_words_find(struct known_words *known, struct builder *builder, const char *text,
                             const struct token_list *tokens, const uint32_t **numbers,
                             struct error *error)
{
    uint32_t before = word_table_count(&known->table);
    enum status status =
        word_table_find(&known->table, text, tokens->tokens, tokens->count, numbers, error);
    return status == STATUS_OK ? learn_words(known, builder, before, error) : status;
}

/* ---- Placing ---- */

/* A word of no part or of several. */
static size_t place_parts(const struct known_words *known, const struct known_word *word,
                          struct position_counter *counter, struct occurrence *out)
{
    const struct word_part *parts =
        (const struct word_part *)(const void *)known->parts.bytes + word->form;
    for (uint32_t k = 0; k < word->part_count; k++) {
        out[k] = (struct occurrence){.form = parts[k].form,
                                     .position = position_take(counter, k == 0, parts[k].advance)};
    }
    return word->part_count;
}

/* Room is made for so many tokens at once, whatever they become; what is known of words lies all
 * over memory, and is asked for so many tokens ahead: with 32 finding and placing words takes 1.07
 * times as long. */
enum { PLACED_TOGETHER = 256, WORDS_AHEAD = 64 };

static enum status reserve_places(struct placed_words *placed, size_t tokens, struct error *error)
{
    buffer_clear(&placed->terms);
    buffer_clear(&placed->positions);
    buffer_clear(&placed->words);
    enum status status = buffer_reserve(&placed->positions, tokens * sizeof(uint32_t), error);
    return status == STATUS_OK
               ? buffer_reserve(&placed->words, tokens * sizeof(struct dense_word), error)
               : status;
}

/* Where placing stands. */
struct placing {
    const struct known_words *known;
    const struct token_list *tokens;
    const uint32_t *numbers; /* of their words */
    struct position_counter counter;
    struct placed_words *placed;
};

/* Asks for what is known of the first words, which no word before them asks for. */
static void expect_first(const struct placing *placing)
{
    const struct known_word *words =
        (const struct known_word *)(const void *)placing->known->words.bytes;
    for (size_t i = 0; i < WORDS_AHEAD && i < placing->tokens->count; i++) {
        PREFETCH(&words[placing->numbers[i]]);
    }
}

/* Places the tokens from number `from` up to `to`. */
static void place_some(struct placing *placing, size_t from, size_t to)
{
    const struct known_word *words =
        (const struct known_word *)(const void *)placing->known->words.bytes;
    const struct token *tokens = placing->tokens->tokens;
    const uint32_t *numbers = placing->numbers;
    size_t last = placing->tokens->count - 1;
    struct placed_words *placed = placing->placed;
    uint32_t *positions = (uint32_t *)(void *)placed->positions.bytes;
    struct dense_word *coded = (struct dense_word *)(void *)placed->words.bytes;
    struct occurrence *term =
        (struct occurrence *)(void *)(placed->terms.bytes + placed->terms.size);
    struct position_counter at = placing->counter; /* a copy can live in registers */
    for (size_t i = from; i < to; i++) {
        PREFETCH(&words[numbers[i + WORDS_AHEAD < last ? i + WORDS_AHEAD : last]]);
        struct known_word word = words[numbers[i]];
        positions[i] = at.next;
        coded[i] =
            (struct dense_word){.start = tokens[i].start, .end = tokens[i].end, .code = word.code};
        if (LIKELY(word.part_count == 1)) {
            *term++ =
                (struct occurrence){.form = word.form, .position = position_take(&at, true, 0)};
        } else {
            term += place_parts(placing->known, &word, &at, term);
        }
    }
    placing->counter = at;
    placed->terms.size = (size_t)((unsigned char *)term - placed->terms.bytes);
}

static enum status place_tokens(struct placing *placing, size_t from, size_t to,
                                struct error *error)
{
    enum { ROOM = ANALYSIS_PARTS_MAX * sizeof(struct occurrence) };
    enum status status = STATUS_OK;
    for (size_t end = from; status == STATUS_OK && from < to; from = end) {
        end = to - from < PLACED_TOGETHER ? to : from + PLACED_TOGETHER;
        status = buffer_reserve(&placing->placed->terms, (end - from) * ROOM, error);
        if (status == STATUS_OK) {
            place_some(placing, from, end);
        }
    }
    return status;
}

enum status known_words_place(const struct known_words *known, const struct token_list *tokens,
                              const uint32_t *numbers, struct placed_words *placed,
                              struct error *error)
{
    struct placing placing = {
        .known = known, .tokens = tokens, .numbers = numbers, .placed = placed};
    enum status status = reserve_places(placed, tokens->count, error);
    expect_first(&placing);
    if (status == STATUS_OK) {
        status = place_tokens(&placing, 0, tokens->title_count, error);
    }
    position_body(&placing.counter);
    if (status == STATUS_OK) {
        status = place_tokens(&placing, tokens->title_count, tokens->count, error);
    }
    placed->words.size = tokens->count * sizeof(struct dense_word);
    placed->length = position_length(&placing.counter);
    placed->title_length = placing.counter.title_length;
    return status;
}
