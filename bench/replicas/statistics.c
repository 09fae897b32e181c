/* replicas_statistics FILE.jsonl
 *
 * What a body of news looks like in numbers, one "name, tab, value" a line: lengths, how often
 * words are used (the curves of Zipf and Heaps), near copies. Words are the tokens of titles and
 * bodies as printed. compare.sh puts it beside the same figures of another file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "text/token.h"

enum {
    LINE_MAX_BYTES = 64 << 20,
    TOKENS_MAX = 1 << 20,
    SLOTS_FIRST = 1 << 16,
    TOP = 100,
    SHINGLE = 5,  /* words in a row, the unit in which near copies are compared */
    SKETCH = 16,  /* least hashes of an article's shingles */
    ALIKE_MIN = 6 /* so many of them in one earlier article make it a near copy */
};

/* ---- A table of 64-bit hashes with a number each ---- */

struct slot {
    uint64_t hash; /* 0: free */
    uint32_t value;
};

struct table {
    struct slot *slots;
    size_t capacity; /* a power of two */
    size_t count;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "replicas_statistics: %s\n", what);
    exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): there is one thread
}

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        die("out of memory");
    }
    return memory;
}

static void table_init(struct table *table)
{
    *table = (struct table){room(SLOTS_FIRST, sizeof(struct slot)), SLOTS_FIRST, 0};
}

static struct slot *table_probe(struct slot *slots, size_t capacity, uint64_t hash)
{
    size_t at = (size_t)hash & (capacity - 1);
    while (slots[at].hash != 0 && slots[at].hash != hash) {
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

/* The slot of a hash; a new one has the value 0. Valid until the next call. */
static struct slot *table_find(struct table *table, uint64_t hash)
{
    hash += hash == 0;
    if (table->count > table->capacity / 2) {
        struct slot *slots = room(table->capacity * 2, sizeof *slots);
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->slots[i].hash != 0) {
                *table_probe(slots, table->capacity * 2, table->slots[i].hash) = table->slots[i];
            }
        }
        free(table->slots);
        table->slots = slots;
        table->capacity *= 2;
    }
    struct slot *slot = table_probe(table->slots, table->capacity, hash);
    if (slot->hash == 0) {
        slot->hash = hash;
        table->count++;
    }
    return slot;
}

/* ---- Articles ---- */

struct corpus {
    struct table words;  /* value: occurrences */
    struct table seen;   /* words of the article; value: its number, from 1 */
    struct table sketch; /* value: number of the last article with it */
    uint64_t tokens;
    uint64_t title_tokens;
    uint64_t distinct; /* summed over articles */
    uint32_t articles;
    uint32_t copies;
    uint32_t *lengths;
    size_t lengths_max;
    struct token *found;
    uint64_t *hashes;
};

static const uint64_t heaps_at[] = {100000, 1000000, 8000000, 10000000};
enum { HEAPS = sizeof heaps_at / sizeof *heaps_at };

static void add_word(struct corpus *corpus, uint64_t hash)
{
    table_find(&corpus->words, hash)->value++;
    struct slot *seen = table_find(&corpus->seen, hash);
    corpus->distinct += seen->value != corpus->articles;
    seen->value = corpus->articles;
    corpus->tokens++;
    for (size_t i = 0; i < HEAPS; i++) {
        if (corpus->tokens == heaps_at[i]) {
            printf("forms at %" PRIu64 " tokens\t%zu\n", heaps_at[i], corpus->words.count);
        }
    }
}

/* Keeps the least, in ascending order, each once. */
static void sketch_add(uint64_t *least, size_t *count, uint64_t hash)
{
    size_t at = *count;
    while (at > 0 && least[at - 1] > hash) {
        at--;
    }
    if (at == SKETCH || (at > 0 && least[at - 1] == hash)) {
        return;
    }
    *count += *count < SKETCH;
    memmove(least + at + 1, least + at, (*count - 1 - at) * sizeof *least);
    least[at] = hash;
}

static void look_for_copy(struct corpus *corpus, size_t token_count)
{
    uint64_t least[SKETCH + 1];
    uint32_t others[SKETCH];
    size_t count = 0;
    for (size_t i = 0; i + SHINGLE <= token_count; i++) {
        sketch_add(least, &count, hash64(corpus->hashes + i, SHINGLE * sizeof *corpus->hashes));
    }
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = table_find(&corpus->sketch, least[i]);
        others[i] = slot->value;
        slot->value = corpus->articles;
    }
    for (size_t i = 0; i + ALIKE_MIN <= count; i++) {
        size_t alike = 0;
        for (size_t k = i; others[i] != 0 && k < count; k++) {
            alike += others[k] == others[i];
        }
        if (alike >= ALIKE_MIN) {
            corpus->copies++;
            return;
        }
    }
}

static size_t scan(struct corpus *corpus, const char *text, size_t size, size_t before)
{
    size_t offset = 0;
    size_t count = token_scan(text, size, &offset, corpus->found, TOKENS_MAX - before);
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &corpus->found[i];
        corpus->hashes[before + i] = hash64(text + token->start, token->end - token->start);
        add_word(corpus, corpus->hashes[before + i]);
    }
    return before + count;
}

struct members {
    char *title;
    char *body;
    size_t title_size;
    size_t body_size;
};

static enum status take_member(void *context, const char *key, size_t key_size, enum json_kind kind,
                               const char *value, size_t value_size, struct error *error)
{
    struct members *members = context;
    (void)error;
    if (kind == JSON_STRING && key_size == 5 && memcmp(key, "title", 5) == 0) {
        memcpy(members->title, value, value_size);
        members->title_size = value_size;
    }
    if (kind == JSON_STRING && key_size == 4 && memcmp(key, "body", 4) == 0) {
        memcpy(members->body, value, value_size);
        members->body_size = value_size;
    }
    return STATUS_OK;
}

static void add_article(struct corpus *corpus, const struct members *members)
{
    if (corpus->articles == corpus->lengths_max) {
        corpus->lengths_max = 2 * corpus->lengths_max + 1024;
        corpus->lengths = realloc(corpus->lengths, corpus->lengths_max * sizeof *corpus->lengths);
        if (corpus->lengths == NULL) {
            die("out of memory");
        }
    }
    corpus->articles++;
    size_t title = scan(corpus, members->title, members->title_size, 0);
    size_t all = scan(corpus, members->body, members->body_size, title);
    corpus->title_tokens += title;
    corpus->lengths[corpus->articles - 1] = (uint32_t)all;
    look_for_copy(corpus, all);
}

/* ---- Results ---- */

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;
    return (*left > *right) - (*left < *right);
}

static void print_words(const struct corpus *corpus)
{
    uint32_t *counts = room(corpus->words.count, sizeof *counts);
    size_t count = 0;
    uint64_t once = 0;
    uint64_t top = 0;
    for (size_t i = 0; i < corpus->words.capacity; i++) {
        if (corpus->words.slots[i].hash != 0) {
            counts[count++] = corpus->words.slots[i].value;
            once += corpus->words.slots[i].value == 1;
        }
    }
    qsort(counts, count, sizeof *counts, compare_numbers);
    for (size_t i = 0; i < TOP && i < count; i++) {
        top += counts[count - 1 - i];
    }
    printf("forms\t%zu\n", count);
    printf("top-100 share of tokens, %%\t%.2f\n", 100.0 * (double)top / (double)corpus->tokens);
    printf("hapax share of forms, %%\t%.2f\n", 100.0 * (double)once / (double)count);
    free(counts);
}

static void print_articles(struct corpus *corpus)
{
    double articles = corpus->articles;
    qsort(corpus->lengths, corpus->articles, sizeof *corpus->lengths, compare_numbers);
    printf("articles\t%" PRIu32 "\n", corpus->articles);
    printf("tokens\t%" PRIu64 "\n", corpus->tokens);
    printf("tokens an article\t%.1f\n", (double)corpus->tokens / articles);
    for (uint32_t part = 10; part <= 90; part += 40) {
        printf("tokens an article, %" PRIu32 " %%\t%" PRIu32 "\n", part,
               corpus->lengths[(uint64_t)corpus->articles * part / 100]);
    }
    printf("tokens a title\t%.1f\n", (double)corpus->title_tokens / articles);
    printf("forms an article\t%.1f\n", (double)corpus->distinct / articles);
    printf("near copies, %%\t%.2f\n", 100.0 * corpus->copies / articles);
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        die("usage: replicas_statistics FILE.jsonl");
    }
    struct corpus corpus = {.found = room(TOKENS_MAX, sizeof *corpus.found),
                            .hashes = room(TOKENS_MAX, sizeof *corpus.hashes)};
    table_init(&corpus.words);
    table_init(&corpus.seen);
    table_init(&corpus.sketch);
    char *line = room(LINE_MAX_BYTES, 1);
    struct members members = {.title = room(LINE_MAX_BYTES, 1), .body = room(LINE_MAX_BYTES, 1)};
    while (fgets(line, LINE_MAX_BYTES, file) != NULL) {
        struct error error;
        members.title_size = members.body_size = 0;
        if (json_read_object(line, strlen(line), take_member, &members, &error) != STATUS_OK) {
            die(error.message);
        }
        add_article(&corpus, &members);
    }
    if (corpus.articles == 0) {
        die("no article in the file");
    }
    print_articles(&corpus);
    print_words(&corpus);
    free(members.title);
    free(members.body);
    free(line);
    free(corpus.words.slots);
    free(corpus.seen.slots);
    free(corpus.sketch.slots);
    free(corpus.found);
    free(corpus.hashes);
    free(corpus.lengths);
    (void)fclose(file);
    return 0;
}
