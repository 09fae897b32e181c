/* The text layer alone, one thread: how fast tokens are found and interned (the table the build
 * uses), beside a plain loop that only decodes and hashes the same bytes; how long a distinct word
 * takes to analyse, a few together, as a worker does it, and how many classes the folds of a text
 * make. The evidence is that of a sample, as an archive's is: 32 MiB spread over the text. `make
 * bench` runs it. By hand, from the root, after make:
 *
 *   cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Isrc -o /tmp/bench_text bench/bench_text.c \
 *      build/release/libfihris.a -lutf8proc -lxxhash
 *   /tmp/bench_text FILE
 *
 * Times are processor time, the best of some rounds. Bytes are counted as they stand in FILE (JSON
 * Lines or plain text); a line is taken for an article. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "engine/word_table.h"
#include "text/analyser.h"
#include "text/fold_hash.h"

#define SAMPLE_SLICE ((size_t)1 << 20)
#define SAMPLE_SIZE  ((size_t)32 << 20)

enum { AT_ONCE = 1024, ROUNDS = 7, CELLS = 1 << 23, ARTICLE_TOKENS = 1 << 20 };

struct distinct {
    uint64_t hash;
    size_t start;
    uint32_t count; /* 0: free */
    uint16_t size;
    uint8_t kind;
};

struct words {
    struct distinct *cells;
    size_t capacity;
    size_t count;
    uint64_t tokens;
};

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void must(int holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "%s\n", what);
        exit(EXIT_FAILURE);
    }
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    must(file != NULL, "cannot open the file");
    must(fseek(file, 0, SEEK_END) == 0, "cannot seek");
    long end = ftell(file);
    must(end > 0 && fseek(file, 0, SEEK_SET) == 0, "empty file");
    *size = (size_t)end;
    char *text = malloc(*size);
    must(text != NULL && fread(text, 1, *size, file) == *size, "cannot read");
    (void)fclose(file);
    return text;
}

static void count_token(struct words *words, const char *text, const struct token *token)
{
    size_t size = token->end - token->start;
    uint64_t hash = hash64(text + token->start, size);
    size_t at = (size_t)hash & (words->capacity - 1);
    while (words->cells[at].count > 0 && words->cells[at].hash != hash) {
        at = (at + 1) & (words->capacity - 1);
    }
    if (words->cells[at].count == 0) {
        words->cells[at] = (struct distinct){hash, token->start, 0, (uint16_t)size, token->kind};
        words->count++;
        must(words->count < words->capacity / 2, "too many distinct words");
    }
    words->cells[at].count++;
    words->tokens++;
}

/* Finds the words of [from, to); `words` (NULL: none) counts them. */
static void scan(const char *text, size_t from, size_t to, struct words *words)
{
    struct token tokens[AT_ONCE];
    size_t count = 0;
    while ((count = token_scan(text, to, &from, tokens, AT_ONCE)) > 0) {
        for (size_t i = 0; words != NULL && i < count; i++) {
            count_token(words, text, &tokens[i]);
        }
    }
}

static struct words words_new(void)
{
    struct words words = {calloc(CELLS, sizeof(struct distinct)), CELLS, 0, 0};
    must(words.cells != NULL, "out of memory");
    return words;
}

/* The words of a sample: slices spread evenly over the text. */
static struct words scan_sample(const char *text, size_t size)
{
    struct words words = words_new();
    size_t slices = size <= SAMPLE_SIZE ? 1 : SAMPLE_SIZE / SAMPLE_SLICE;
    size_t slice = size <= SAMPLE_SIZE ? size : SAMPLE_SLICE;
    for (size_t i = 0; i < slices; i++) {
        size_t from = i * (size / slices);
        scan(text, from, from + slice, &words);
    }
    return words;
}

static int compare_starts(const void *a, const void *b)
{
    size_t left = ((const struct distinct *)a)->start;
    size_t right = ((const struct distinct *)b)->start;
    return (left > right) - (left < right);
}

/* Moves the distinct words and their bytes together, in the order of their first sight, as a
 * worker's interner keeps them. */
static char *compact(struct words *words, const char *text)
{
    size_t bytes = 0;
    size_t kept = 0;
    char *out = malloc(words->count * TOKEN_BYTES_MAX);
    must(out != NULL, "out of memory");
    for (size_t i = 0; i < words->capacity; i++) {
        if (words->cells[i].count > 0) {
            words->cells[kept++] = words->cells[i];
        }
    }
    qsort(words->cells, kept, sizeof *words->cells, compare_starts);
    for (size_t i = 0; i < kept; i++) {
        struct distinct *word = &words->cells[i];
        memcpy(out + bytes, text + word->start, word->size);
        word->start = bytes;
        bytes += word->size;
    }
    words->capacity = kept;
    return out;
}

static struct analyser_request *make_requests(const char *text, const struct words *words)
{
    struct analyser_request *requests = malloc(words->capacity * sizeof *requests);
    must(requests != NULL, "out of memory");
    for (size_t i = 0; i < words->capacity; i++) {
        const struct distinct *word = &words->cells[i];
        requests[i] = (struct analyser_request){
            .word = text + word->start, .size = word->size, .kind = (enum token_kind)word->kind};
    }
    return requests;
}

/* Analyses words, some together, as a worker does. */
static void analyse(const struct analyser *analyser, struct analyser_request *requests,
                    size_t count)
{
    static struct analysis some[ANALYSER_TOGETHER];
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    for (size_t from = 0; from < count; from += ANALYSER_TOGETHER) {
        size_t left = count - from < ANALYSER_TOGETHER ? count - from : ANALYSER_TOGETHER;
        analyser_words(analyser, requests + from, left, some);
        for (size_t i = from; i < from + left; i++) {
            if (!requests[i].single) {
                (void)analyser_word(analyser, requests[i].word, requests[i].size, requests[i].kind,
                                    parts);
            }
        }
    }
}

/* Counts the folds of all words. */
static void count_folds(const char *text, const struct words *words,
                        struct evidence_builder *builder)
{
    static const struct analyser fold = {.name = ANALYSER_FOLD};
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    struct error error;
    for (size_t i = 0; i < words->capacity; i++) {
        const struct distinct *word = &words->cells[i];
        size_t made = analyser_word(&fold, text + word->start, word->size,
                                    (enum token_kind)word->kind, parts);
        for (size_t k = 0; k < made; k++) {
            must(evidence_builder_add(builder, parts[k].fold, parts[k].fold_size, word->count,
                                      &error) == STATUS_OK,
                 error.message);
        }
    }
}

/* Writes what conflation makes of the folds into the evidence, as learning does once for an
 * archive. Returns the seconds that it took. */
static double reduce(const struct analyser *analyser, const char *text, const struct words *words,
                     unsigned char *table)
{
    static const struct analyser fold_only = {.name = ANALYSER_FOLD};
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    double from = seconds();
    for (size_t i = 0; i < words->capacity; i++) {
        const struct distinct *word = &words->cells[i];
        if (word->kind == TOKEN_WORD &&
            analyser_word(&fold_only, text + word->start, word->size, TOKEN_WORD, parts) == 1) {
            const struct analysis *part = &parts[0];
            uint64_t hash = fold_hash(part->fold, part->fold_size);
            if (evidence_slot_hashed(&analyser->evidence, hash) != 0) {
                evidence_reduce(&analyser->evidence, table, hash,
                                analyser_reduction(analyser, part->fold, part->fold_size));
            }
        }
    }
    return seconds() - from;
}

/* How many different folds or classes there are, through hashes. */
static size_t count_keys(const struct analyser *analyser, const char *text,
                         const struct words *words)
{
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    struct words keys = words_new();
    for (size_t i = 0; i < words->capacity; i++) {
        const struct distinct *word = &words->cells[i];
        if (word->count == 0 || word->kind != TOKEN_WORD) {
            continue;
        }
        size_t made = analyser_word(analyser, text + word->start, word->size, TOKEN_WORD, parts);
        for (size_t k = 0; k < made; k++) {
            struct token token = {0, parts[k].class_size, TOKEN_WORD, TOKEN_GAP_NONE};
            count_token(&keys, parts[k].class_key, &token);
        }
    }
    free(keys.cells);
    return keys.count;
}

/* What no tokeniser can be faster than: every code point decoded, words told apart by the spaces
 * and ASCII signs between them, each hashed. */
static uint64_t decode_and_hash(const char *text, size_t size)
{
    uint64_t sum = 0;
    uint64_t hash = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        at += utf8_decode(text + at, size - at, &code);
        if (code >= 0x80 || (code >= '0' && code <= '9') ||
            ((code | 0x20) >= 'a' && (code | 0x20) <= 'z')) {
            hash = (hash ^ code) * 0x9E3779B97F4A7C15u;
        } else {
            sum += hash;
            hash = 0;
        }
    }
    return sum + hash;
}

/* As a worker does it: article by article, tokens found, then interned. Returns distinct words. */
static uint32_t tokenise_and_intern(const char *text, size_t size, struct token *tokens)
{
    struct word_table table;
    struct error error;
    must(word_table_init(&table, (size_t)1 << 32, &error) == STATUS_OK, "out of memory");
    for (size_t from = 0; from < size;) {
        const char *line = memchr(text + from, '\n', size - from);
        size_t to = line == NULL ? size : (size_t)(line - text) + 1;
        size_t offset = 0;
        size_t count = token_scan(text + from, to - from, &offset, tokens, ARTICLE_TOKENS);
        const uint32_t *numbers = NULL;
        must(word_table_find(&table, text + from, tokens, count, &numbers, &error) == STATUS_OK,
             error.message);
        from = to;
    }
    uint32_t words = word_table_count(&table);
    word_table_release(&table);
    return words;
}

/* Prints both and returns the seconds of the second. */
static double bench_interning(const char *text, size_t size)
{
    struct token *tokens = malloc(ARTICLE_TOKENS * sizeof *tokens);
    must(tokens != NULL, "out of memory");
    double plain = 1e9;
    double interned = 1e9;
    uint64_t sum = 0;
    uint32_t words = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double from = seconds();
        sum += decode_and_hash(text, size);
        double between = seconds();
        words = tokenise_and_intern(text, size, tokens);
        double to = seconds();
        plain = between - from < plain ? between - from : plain;
        interned = to - between < interned ? to - between : interned;
    }
    printf("decode and hash     %.0f MB/s (%llx)\n", (double)size / plain / 1e6,
           (unsigned long long)sum & 0xF);
    printf("tokenise + intern   %.0f MB/s, %.3f s, %u distinct words\n",
           (double)size / interned / 1e6, interned, words);
    free(tokens);
    return interned;
}

int main(int argc, char **argv)
{
    must(argc == 2, "usage: bench_text FILE");
    size_t size = 0;
    char *text = read_file(argv[1], &size);
    double scanned = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double from = seconds();
        scan(text, 0, size, NULL);
        double took = seconds() - from;
        scanned = took < scanned ? took : scanned;
    }
    struct words words = words_new();
    scan(text, 0, size, &words);
    printf("token_scan          %.0f MB/s, %.1f ns a token, %llu tokens\n",
           (double)size / scanned / 1e6, scanned / (double)words.tokens * 1e9,
           (unsigned long long)words.tokens);
    double interned = bench_interning(text, size);
    struct words sample = scan_sample(text, size);
    char *sampled = compact(&sample, text);
    char *distinct = compact(&words, text);
    free(text);
    text = distinct;
    struct error error;
    struct buffer table;
    buffer_init(&table, (size_t)1 << 32);
    struct evidence_builder *builder = evidence_builder_new();
    must(builder != NULL, "out of memory");
    count_folds(sampled, &sample, builder);
    must(evidence_builder_finish(builder, &table, &error) == STATUS_OK, error.message);
    evidence_builder_free(builder);
    struct analyser analyser = {.name = ANALYSER_DEFAULT};
    must(evidence_open(&analyser.evidence, table.bytes, table.size, &error) == STATUS_OK,
         error.message);
    struct buffer filter;
    buffer_init(&filter, (size_t)1 << 32);
    must(evidence_filter(&analyser.evidence, &filter, &error) == STATUS_OK, error.message);
    double reduced = reduce(&analyser, sampled, &sample, table.bytes);
    printf("evidence            %zu bytes; %.3f s for its reductions, once an archive\n",
           table.size, reduced);
    struct analyser_request *requests = make_requests(text, &words);
    for (int name = 0; name <= (int)ANALYSER_FOLD; name++) {
        analyser.name = (enum analyser_name)name;
        double best = 1e9;
        for (int round = 0; round < ROUNDS; round++) {
            double from = seconds();
            analyse(&analyser, requests, words.capacity);
            double took = seconds() - from;
            best = took < best ? took : best;
        }
        printf("%-8s            %.0f ns a distinct word (%zu), %.1f %% of tokenise + intern, %zu "
               "classes\n",
               analyser_name_text(analyser.name), best / (double)words.count * 1e9, words.count,
               100 * best / interned, count_keys(&analyser, text, &words));
    }
    buffer_release(&table);
    buffer_release(&filter);
    free(requests);
    free(words.cells);
    free(text);
    return 0;
}
