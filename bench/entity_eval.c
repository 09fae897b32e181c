/* Measures the entity layer on texts outside of the project.
 *
 *   entity_eval news FILE.jsonl [top N | sample N SEED]
 *       speed of describing and finding; the N most frequent entities of each type, or N mentions
 *       with the words around them, drawn evenly
 *   entity_eval speed FILE.jsonl
 *       the same speed with all texts in memory: the best of some rounds over the first articles
 *   entity_eval bio FILE
 *       span precision, recall and F1 against a corpus in CoNLL form (a word and its BIO tag a
 *       line: PERS LOC ORG); with "errors" behind FILE also the wrong and the missed spans
 *
 * Built by hand:
 *   cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Isrc -Iinclude bench/entity_eval.c \
 *      build/release/libfihris.a -lyajl -lutf8proc -lxxhash -llmdb -lzstd -lm -lpthread */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/json.h"
#include "entity/tagger.h"
#include "text/token.h"

enum {
    SLOTS = 1 << 22,
    TOKENS_MAX = 1 << 20,
    LINE_MAX_SIZE = 1 << 24,
    KINDS = 4,
    KEPT_MAX = 1500, /* their tokens stay in the cache, as those of an article just read do */
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- distinct strings with counts ---- */

struct entry {
    char *text;
    size_t size;
    size_t count;
    void *value;
};

struct table {
    struct entry *slots;
    size_t count;
};

static struct entry *table_at(struct table *table, const char *text, size_t size)
{
    size_t slot = hash64(text, size) & (SLOTS - 1);
    while (table->slots[slot].text != NULL &&
           (table->slots[slot].size != size || memcmp(table->slots[slot].text, text, size) != 0)) {
        slot = (slot + 1) & (SLOTS - 1);
    }
    struct entry *entry = &table->slots[slot];
    if (entry->text == NULL) {
        assert(table->count < SLOTS / 2);
        table->count++;
        entry->text = malloc(size + 1);
        assert(entry->text != NULL);
        memcpy(entry->text, text, size);
        entry->text[size] = 0;
        entry->size = size;
    }
    entry->count++;
    return entry;
}

/* ---- tagging ---- */

struct session {
    struct tagger_scratch *scratch;
    struct table forms;
    struct entity_form *heap; /* in order of first meeting, as an engine holds them */
    struct token *tokens;
    uint32_t *words;
    size_t token_count;
    const struct mention *mentions;
    size_t mention_count;
    double describe_seconds;
    double find_seconds;
    size_t described;
    size_t tokens_total;
};

static void session_init(struct session *session)
{
    *session = (struct session){0};
    session->scratch = tagger_scratch_new(tagger_shipped(), (size_t)1 << 30);
    session->forms.slots = calloc(SLOTS, sizeof(struct entry));
    session->heap = calloc(SLOTS / 2, sizeof *session->heap);
    session->tokens = calloc(TOKENS_MAX, sizeof *session->tokens);
    session->words = calloc(TOKENS_MAX, sizeof *session->words);
    assert(session->scratch && session->forms.slots && session->heap && session->tokens &&
           session->words);
}

static const struct entity_form *describe(struct session *session, const char *word, size_t size,
                                          enum token_kind kind)
{
    struct entry *entry = table_at(&session->forms, word, size);
    if (entry->value == NULL) {
        struct entity_form *form = &session->heap[session->described];
        assert(session->described < SLOTS / 2);
        double start = seconds();
        for (int i = 0; i < 10; i++) {
            entity_word_describe(tagger_shipped(), word, size, kind, form);
        }
        session->describe_seconds += (seconds() - start) / 10;
        session->described++;
        entry->value = form;
    }
    return entry->value;
}

static void find(struct session *session, const char *text, size_t size, uint32_t date)
{
    for (size_t i = 0; i < session->token_count; i++) {
        const struct token *token = &session->tokens[i];
        const struct entity_form *form = describe(
            session, text + token->start, token->end - token->start, (enum token_kind)token->kind);
        session->words[i] = (uint32_t)(form - session->heap);
    }
    struct tagger_article article = {
        .text = text,
        .text_size = size,
        .tokens = session->tokens,
        .words = session->words,
        .forms = session->heap,
        .token_count = session->token_count,
        .date = date,
    };
    struct error error;
    double start = seconds();
    enum status status = tagger_find(session->scratch, &article, &session->mentions,
                                     &session->mention_count, &error);
    session->find_seconds += seconds() - start;
    session->tokens_total += session->token_count;
    assert(status == STATUS_OK);
}

static void tag(struct session *session, const char *text, size_t size, uint32_t date)
{
    size_t offset = 0;
    size_t found = 0;
    session->token_count = 0;
    while ((found = token_scan(text, size, &offset, session->tokens + session->token_count,
                               TOKENS_MAX - session->token_count)) > 0) {
        session->token_count += found;
    }
    find(session, text, size, date);
}

/* ---- news ---- */

struct news {
    char *text;
    size_t size;
    size_t title_size;
    uint32_t date;
};

static enum status member(void *context, const char *key, size_t key_size, enum json_kind kind,
                          const char *value, size_t value_size, struct error *error)
{
    struct news *news = context;
    (void)error;
    if (kind != JSON_STRING) {
        return STATUS_OK;
    }
    bool title = key_size == 5 && memcmp(key, "title", 5) == 0;
    bool body = key_size == 4 && memcmp(key, "body", 4) == 0;
    if (title || body) {
        memcpy(news->text + news->size, value, value_size);
        news->size += value_size;
        news->text[news->size++] = '\n';
        news->title_size = title ? news->size : news->title_size;
    }
    if (key_size == 4 && memcmp(key, "date", 4) == 0 && value_size >= 10) {
        unsigned year = 0;
        unsigned month = 0;
        unsigned day = 0;
        char copy[11] = {0};
        memcpy(copy, value, 10);
        if (sscanf(copy, "%4u-%2u-%2u", &year, &month, &day) == 3) {
            news->date = year * 10000 + month * 100 + day;
        }
    }
    return STATUS_OK;
}

static void print_sample(const struct session *session, const char *text,
                         const struct mention *mention)
{
    size_t first = mention->token_first;
    size_t last = first + mention->token_count - 1;
    size_t from = session->tokens[first < 6 ? 0 : first - 6].start;
    size_t to =
        session->tokens[last + 7 > session->token_count ? session->token_count - 1 : last + 6].end;
    struct entity_name called = tagger_name(session->scratch, mention->name);
    char line[4096];
    int size = snprintf(line, sizeof line, "%c\t%.*s\t%.*s [[%.*s]] %.*s",
                        entity_type_letter(mention->type), (int)called.key_size, called.key,
                        (int)(session->tokens[first].start - from), text + from,
                        (int)(session->tokens[last].end - session->tokens[first].start),
                        text + session->tokens[first].start, (int)(to - session->tokens[last].end),
                        text + session->tokens[last].end);
    for (int i = 0; i < size && i < (int)sizeof line; i++) {
        line[i] = line[i] == '\n' ? ' ' : line[i];
    }
    puts(line);
}

static int by_count(const void *a, const void *b)
{
    const struct entry *first = *(const struct entry *const *)a;
    const struct entry *second = *(const struct entry *const *)b;
    if (first->count != second->count) {
        return first->count < second->count ? 1 : -1;
    }
    return strcmp(first->text, second->text);
}

static void print_top(const struct table *keys, size_t top)
{
    for (int kind = 0; kind < KINDS; kind++) {
        size_t count = 0;
        const struct entry **list = malloc(SLOTS * sizeof *list);
        assert(list != NULL);
        for (size_t i = 0; i < SLOTS; i++) {
            const struct entry *entry = &keys[kind].slots[i];
            if (entry->text != NULL) {
                list[count++] = entry;
            }
        }
        qsort(list, count, sizeof *list, by_count);
        printf("== %s: %zu distinct\n", entity_type_text((enum entity_type)kind), count);
        for (size_t i = 0; i < count && i < top; i++) {
            printf("%zu\t%s\n", list[i]->count, list[i]->text);
        }
        free(list);
    }
}

static int news(const char *path, size_t top, size_t sample, unsigned seed)
{
    struct session session;
    session_init(&session);
    struct table keys[KINDS] = {{0}};
    for (int i = 0; i < KINDS; i++) {
        keys[i].slots = calloc(SLOTS, sizeof(struct entry));
        assert(keys[i].slots != NULL);
    }
    FILE *file = fopen(path, "rb");
    assert(file != NULL);
    char *line = malloc(LINE_MAX_SIZE);
    struct news item = {.text = malloc(2 * (size_t)LINE_MAX_SIZE)};
    assert(line != NULL && item.text != NULL);
    size_t articles = 0;
    size_t mentions = 0;
    unsigned long random = seed;
    while (fgets(line, LINE_MAX_SIZE, file) != NULL) {
        struct error error;
        item.size = 0;
        item.date = 0;
        if (json_read_object(line, strlen(line), member, &item, &error) != STATUS_OK) {
            continue;
        }
        tag(&session, item.text, item.size, item.date);
        articles++;
        for (size_t i = 0; i < session.mention_count; i++) {
            const struct mention *mention = &session.mentions[i];
            if (top != 0) {
                struct entity_name called = tagger_name(session.scratch, mention->name);
                (void)table_at(&keys[mention->type], called.key, called.key_size);
            }
            random = random * 6364136223846793005UL + 1442695040888963407UL;
            if (sample != 0 && (random >> 33) % (900000 / sample) == 0) {
                print_sample(&session, item.text, mention);
            }
        }
        mentions += session.mention_count;
    }
    (void)fclose(file);
    print_top(keys, top);
    fprintf(stderr,
            "%zu articles, %zu tokens, %zu forms, %zu mentions; describe %.0f ns a form, find "
            "%.1f ns a token\n",
            articles, session.tokens_total, session.described, mentions,
            session.describe_seconds * 1e9 / (double)session.described,
            session.find_seconds * 1e9 / (double)session.tokens_total);
    return 0;
}

/* ---- speed ---- */

struct kept {
    struct tagger_article article;
};

static void *copy(const void *bytes, size_t size)
{
    void *block = malloc(size + 1);
    assert(block != NULL);
    memcpy(block, bytes, size);
    return block;
}

static int speed(const char *path)
{
    struct session session;
    session_init(&session);
    FILE *file = fopen(path, "rb");
    assert(file != NULL);
    char *line = malloc(LINE_MAX_SIZE);
    struct news item = {.text = malloc(2 * (size_t)LINE_MAX_SIZE)};
    struct kept *kept = calloc(KEPT_MAX, sizeof *kept);
    assert(line != NULL && item.text != NULL && kept != NULL);
    size_t count = 0;
    size_t tokens = 0;
    while (count < KEPT_MAX && fgets(line, LINE_MAX_SIZE, file) != NULL) {
        struct error error;
        item.size = 0;
        item.date = 0;
        if (json_read_object(line, strlen(line), member, &item, &error) != STATUS_OK) {
            continue;
        }
        tag(&session, item.text, item.size, item.date);
        kept[count++].article = (struct tagger_article){
            .text = copy(item.text, item.size),
            .text_size = item.size,
            .tokens = copy(session.tokens, session.token_count * sizeof *session.tokens),
            .words = copy(session.words, session.token_count * sizeof *session.words),
            .forms = session.heap,
            .token_count = session.token_count,
            .date = item.date,
        };
        tokens += session.token_count;
    }
    (void)fclose(file);
    double best = 1e9;
    size_t mentions = 0;
    for (int round = 0; round < 100; round++) {
        double start = seconds();
        mentions = 0;
        for (size_t i = 0; i < count; i++) {
            struct error error;
            enum status status = tagger_find(session.scratch, &kept[i].article, &session.mentions,
                                             &session.mention_count, &error);
            assert(status == STATUS_OK);
            mentions += session.mention_count;
        }
        double taken = seconds() - start;
        best = taken < best ? taken : best;
    }
    printf("%zu articles, %zu tokens, %zu mentions: describe %.0f ns a form, find %.1f ns a token, "
           "%.0f ns a mention\n",
           count, tokens, mentions, session.describe_seconds * 1e9 / (double)session.described,
           best * 1e9 / (double)tokens, best * 1e9 / (double)mentions);
    return 0;
}

/* ---- BIO ---- */

struct score {
    size_t gold;
    size_t found;
    size_t right;
};

/* The corpora mark no articles: so many sentences in a row stand for one. */
enum { SENTENCES = 12 };

/* Some sentences as text, a line each: words with single spaces between, and the gold tag of each
 * word. */
struct sentence {
    char text[65536];
    size_t size;
    size_t starts[4096];
    char tags[4096]; /* 'P' 'L' 'O' or 0 */
    bool begins[4096];
    size_t words;
};

static size_t word_of(const struct sentence *sentence, size_t offset)
{
    size_t word = 0;
    while (word + 1 < sentence->words && sentence->starts[word + 1] <= offset) {
        word++;
    }
    return word;
}

static void sentence_score(struct session *session, const struct sentence *sentence,
                           struct score scores[3], bool errors)
{
    static const char letters[] = "POL";
    if (sentence->words == 0) {
        return;
    }
    tag(session, sentence->text, sentence->size, 0);
    bool matched[4096] = {false};
    for (size_t i = 0; i < session->mention_count; i++) {
        const struct mention *mention = &session->mentions[i];
        if (mention->type == ENTITY_DATE) {
            continue;
        }
        const struct token *tokens = session->tokens;
        size_t start = tokens[mention->token_first].start;
        size_t end = tokens[mention->token_first + mention->token_count - 1].end;
        size_t first = word_of(sentence, start);
        size_t last = word_of(sentence, end - 1);
        char letter = entity_type_letter(mention->type);
        bool right = sentence->begins[first] && sentence->tags[first] == letter;
        for (size_t word = first; word <= last && right; word++) {
            right = sentence->tags[word] == letter && (word == first || !sentence->begins[word]);
        }
        right = right && (last + 1 == sentence->words || sentence->begins[last + 1] ||
                          sentence->tags[last + 1] != letter);
        struct score *score = &scores[strchr(letters, letter) - letters];
        score->found++;
        score->right += right ? 1 : 0;
        if (right) {
            matched[first] = true;
        } else if (errors) {
            printf("wrong %c\t%.*s\t%.*s\n", letter, (int)(end - start), sentence->text + start,
                   (int)sentence->size, sentence->text);
        }
    }
    for (size_t word = 0; word < sentence->words; word++) {
        if (sentence->begins[word] && sentence->tags[word] != 0) {
            struct score *score = &scores[strchr(letters, sentence->tags[word]) - letters];
            score->gold++;
            size_t end = word + 1;
            while (end < sentence->words && !sentence->begins[end] &&
                   sentence->tags[end] == sentence->tags[word]) {
                end++;
            }
            size_t stop = end < sentence->words ? sentence->starts[end] : sentence->size;
            if (errors && !matched[word]) {
                printf("missed %c\t%.*s\t%.*s\n", sentence->tags[word],
                       (int)(stop - sentence->starts[word]),
                       sentence->text + sentence->starts[word], (int)sentence->size,
                       sentence->text);
            }
        }
    }
}

static int bio(const char *path, bool errors)
{
    struct session session;
    session_init(&session);
    static struct sentence sentence;
    struct score scores[3] = {{0}};
    FILE *file = fopen(path, "rb");
    assert(file != NULL);
    char line[1024];
    size_t sentences = 0;
    while (true) {
        char *read = fgets(line, sizeof line, file);
        char word[512];
        char label[64];
        if (read != NULL && sscanf(line, "%511s %63s", word, label) == 2 && sentence.words < 4000 &&
            sentence.size < 60000) {
            if (sentence.size > 0 && sentence.text[sentence.size - 1] != '\n') {
                sentence.text[sentence.size++] = ' ';
            }
            const char *kind = strlen(label) > 2 ? label + 2 : "";
            char letter = 0;
            letter = strncmp(kind, "PER", 3) == 0 ? 'P' : letter;
            letter = strcmp(kind, "LOC") == 0 ? 'L' : letter;
            letter = strcmp(kind, "ORG") == 0 ? 'O' : letter;
            size_t at = sentence.words++;
            sentence.starts[at] = sentence.size;
            sentence.tags[at] = letter;
            sentence.begins[at] = label[0] == 'B' ||
                                  (letter != 0 && at > 0 && sentence.tags[at - 1] != letter) ||
                                  (letter != 0 && at == 0);
            memcpy(sentence.text + sentence.size, word, strlen(word));
            sentence.size += strlen(word);
            continue;
        }
        if (read != NULL && ++sentences % SENTENCES != 0 && sentence.words < 3000) {
            sentence.text[sentence.size++] = '\n';
            continue;
        }
        sentence_score(&session, &sentence, scores, errors);
        sentence.words = 0;
        sentence.size = 0;
        if (read == NULL) {
            break;
        }
    }
    (void)fclose(file);
    struct score all = {0};
    static const char *const names[] = {"person", "organisation", "place", "all"};
    for (int i = 0; i < 4; i++) {
        const struct score *score = i < 3 ? &scores[i] : &all;
        double precision = (double)score->right / (double)(score->found ? score->found : 1);
        double recall = (double)score->right / (double)(score->gold ? score->gold : 1);
        fprintf(stderr, "%-13s gold %5zu found %5zu precision %.3f recall %.3f F1 %.3f\n", names[i],
                score->gold, score->found, precision, recall,
                2 * precision * recall / (precision + recall > 0 ? precision + recall : 1));
        all.gold += score->gold;
        all.found += score->found;
        all.right += score->right;
    }
    return 0;
}

int main(int count, char **arguments)
{
    if (count >= 3 && strcmp(arguments[1], "news") == 0) {
        size_t number = count >= 5 ? strtoul(arguments[4], NULL, 10) : 0;
        bool top = count >= 5 && strcmp(arguments[3], "top") == 0;
        unsigned seed = count >= 6 ? (unsigned)strtoul(arguments[5], NULL, 10) : 1;
        return news(arguments[2], top ? number : 0, top ? 0 : number, seed);
    }
    if (count >= 3 && strcmp(arguments[1], "speed") == 0) {
        return speed(arguments[2]);
    }
    if (count >= 3 && strcmp(arguments[1], "bio") == 0) {
        return bio(arguments[2], count >= 4);
    }
    fprintf(
        stderr,
        "usage: entity_eval news FILE [top N | sample N SEED] | speed FILE | bio FILE [errors]\n");
    return 2;
}
