#include "oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "index/segment.h"
#include "text/token.h"

struct mention {
    char *key;
    size_t size;
};

struct document {
    char *id;
    char *source;
    uint32_t day;
    uint32_t length;
    uint32_t title_length;
    bool deleted;
    struct oracle_word *words;
    size_t word_count;
    struct mention *mentions;
    size_t mention_count;
};

struct oracle {
    struct document *documents;
    size_t document_count;
    struct oracle_entry *entries;
    size_t entry_count;
    uint32_t *slots; /* hash table of entries: number + 1, 0 empty */
    size_t slot_count;
    uint64_t length_sum;
    uint64_t *entry_documents; /* how many documents hold the entry; made when first needed */
    uint64_t *class_documents; /* how many hold the entry's class */
};

static void *need(void *block)
{
    if (block == NULL) {
        (void)fprintf(stderr, "oracle: out of memory\n");
        exit(3);
    }
    return block;
}

static void *grow(void *block, size_t count, size_t size)
{
    bool power = (count & (count - 1)) == 0; /* room for twice as many at each power of two */
    return power ? need(realloc(block, (count == 0 ? 1 : 2 * count) * size)) : block;
}

static char *copy(const char *bytes, size_t size)
{
    char *made = need(malloc(size + 1));
    memcpy(made, bytes, size);
    made[size] = '\0';
    return made;
}

static bool equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && memcmp(a, b, a_size) == 0;
}

struct oracle *oracle_new(void)
{
    return need(calloc(1, sizeof(struct oracle)));
}

void oracle_free(struct oracle *oracle)
{
    for (size_t i = 0; i < oracle->document_count; i++) {
        struct document *document = &oracle->documents[i];
        for (size_t m = 0; m < document->mention_count; m++) {
            free(document->mentions[m].key);
        }
        free(document->mentions);
        free(document->words);
        free(document->id);
        free(document->source);
    }
    for (size_t i = 0; i < oracle->entry_count; i++) {
        free((void *)(uintptr_t)oracle->entries[i].class_key);
        free((void *)(uintptr_t)oracle->entries[i].fold);
        free((void *)(uintptr_t)oracle->entries[i].form);
    }
    free(oracle->documents);
    free(oracle->entries);
    free(oracle->slots);
    free(oracle->entry_documents);
    free(oracle->class_documents);
    free(oracle);
}

/* ---- Documents ---- */

static void rehash(struct oracle *oracle)
{
    size_t count = oracle->slot_count == 0 ? 1024 : oracle->slot_count * 2;
    free(oracle->slots);
    oracle->slots = need(calloc(count, sizeof *oracle->slots));
    oracle->slot_count = count;
    for (size_t i = 0; i < oracle->entry_count; i++) {
        const struct oracle_entry *entry = &oracle->entries[i];
        size_t at = (size_t)hash64(entry->form, entry->form_size) % count;
        while (oracle->slots[at] != 0) {
            at = (at + 1) % count;
        }
        oracle->slots[at] = (uint32_t)i + 1;
    }
}

/* The number of a (class, form); the first fold seen with it is kept. */
static uint32_t entry_of(struct oracle *oracle, const struct analysis *part)
{
    if (2 * (oracle->entry_count + 1) > oracle->slot_count) {
        rehash(oracle);
    }
    size_t at = (size_t)hash64(part->form, part->form_size) % oracle->slot_count;
    for (; oracle->slots[at] != 0; at = (at + 1) % oracle->slot_count) {
        const struct oracle_entry *entry = &oracle->entries[oracle->slots[at] - 1];
        if (equal(entry->form, entry->form_size, part->form, part->form_size) &&
            equal(entry->class_key, entry->class_size, part->class_key, part->class_size)) {
            return oracle->slots[at] - 1;
        }
    }
    uint32_t number = (uint32_t)oracle->entry_count;
    oracle->entries = grow(oracle->entries, number, sizeof *oracle->entries);
    oracle->entries[oracle->entry_count++] =
        (struct oracle_entry){.class_key = copy(part->class_key, part->class_size),
                              .class_size = part->class_size,
                              .fold = copy(part->fold, part->fold_size),
                              .fold_size = part->fold_size,
                              .form = copy(part->form, part->form_size),
                              .form_size = part->form_size};
    oracle->slots[at] = number + 1;
    return number;
}

static void add_word(struct oracle *oracle, struct document *document, const struct analysis *part,
                     uint32_t position)
{
    document->words = grow(document->words, document->word_count, sizeof *document->words);
    document->words[document->word_count++] =
        (struct oracle_word){.position = position, .entry = entry_of(oracle, part)};
}

static void add_text(struct oracle *oracle, struct document *document,
                     const struct analyser *analyser, const struct oracle_article *article)
{
    size_t offset = 0;
    struct token token;
    uint32_t taken = 0; /* positions */
    bool title = true;
    while (token_scan(article->text, article->text_size, &offset, &token, 1) == 1) {
        struct analysis parts[ANALYSIS_PARTS_MAX];
        size_t count = analyser_word(analyser, article->text + token.start, token.end - token.start,
                                     token.kind, parts);
        if (title && token.start >= article->title_end) {
            title = false;
            document->title_length = taken;
        }
        bool first = true;
        for (size_t i = 0; i < count; i++) {
            if (parts[i].class_size > 0) {
                taken += first || parts[i].advance > 0 ? 1 : 0;
                first = false;
                add_word(oracle, document, &parts[i], taken - 1 + (title ? 0 : SEGMENT_BODY_GAP));
            }
        }
    }
    document->title_length = title ? taken : document->title_length;
    document->length = taken;
}

uint32_t oracle_add(struct oracle *oracle, const struct analyser *analyser,
                    const struct oracle_article *article)
{
    uint32_t number = (uint32_t)oracle->document_count;
    oracle->documents = grow(oracle->documents, number, sizeof *oracle->documents);
    struct document *document = &oracle->documents[oracle->document_count++];
    *document = (struct document){.id = copy(article->id, strlen(article->id)),
                                  .source = copy(article->source, strlen(article->source)),
                                  .day = article->day};
    add_text(oracle, document, analyser, article);
    oracle->length_sum += document->length;
    return number;
}

void oracle_mention(struct oracle *oracle, uint32_t document, const char *key, size_t size)
{
    struct document *of = &oracle->documents[document];
    of->mentions = grow(of->mentions, of->mention_count, sizeof *of->mentions);
    of->mentions[of->mention_count++] = (struct mention){.key = copy(key, size), .size = size};
}

void oracle_delete(struct oracle *oracle, uint32_t document)
{
    oracle->documents[document].deleted = true;
}

uint32_t oracle_documents(const struct oracle *oracle)
{
    return (uint32_t)oracle->document_count;
}

const char *oracle_id(const struct oracle *oracle, uint32_t document)
{
    return oracle->documents[document].id;
}

const struct oracle_word *oracle_words(const struct oracle *oracle, uint32_t document,
                                       size_t *count, uint32_t *length, uint32_t *title_length)
{
    const struct document *of = &oracle->documents[document];
    *count = of->word_count;
    *length = of->length;
    *title_length = of->title_length;
    return of->words;
}

const struct oracle_entry *oracle_entry(const struct oracle *oracle, uint32_t entry)
{
    return &oracle->entries[entry];
}

/* ---- Which words match: straight from the definitions ---- */

static size_t step(const char *text, size_t size)
{
    uint32_t code = 0;
    return utf8_decode(text, size, &code);
}

static bool wildcard(const char *pattern, size_t pattern_size, const char *text, size_t size)
{
    if (pattern_size == 0) {
        return size == 0;
    }
    if (*pattern == '*') {
        for (size_t at = 0; at <= size; at += at < size ? step(text + at, size - at) : 1) {
            if (wildcard(pattern + 1, pattern_size - 1, text + at, size - at)) {
                return true;
            }
        }
        return false;
    }
    if (size == 0) {
        return false;
    }
    size_t taken = step(text, size);
    if (*pattern == '?') {
        return wildcard(pattern + 1, pattern_size - 1, text + taken, size - taken);
    }
    size_t wanted = step(pattern, pattern_size);
    return equal(pattern, wanted, text, taken) &&
           wildcard(pattern + wanted, pattern_size - wanted, text + taken, size - taken);
}

/* Whether `left` edits suffice: tries every edit. */
static bool fuzzy(const char *a, size_t a_size, const char *b, size_t b_size, uint32_t left)
{
    if (a_size == 0 && b_size == 0) {
        return true;
    }
    size_t a_step = a_size == 0 ? 0 : step(a, a_size);
    size_t b_step = b_size == 0 ? 0 : step(b, b_size);
    if (a_size > 0 && b_size > 0 && equal(a, a_step, b, b_step)) {
        return fuzzy(a + a_step, a_size - a_step, b + b_step, b_size - b_step, left);
    }
    return left > 0 &&
           ((a_size > 0 && fuzzy(a + a_step, a_size - a_step, b, b_size, left - 1)) ||
            (b_size > 0 && fuzzy(a, a_size, b + b_step, b_size - b_step, left - 1)) ||
            (a_size > 0 && b_size > 0 &&
             fuzzy(a + a_step, a_size - a_step, b + b_step, b_size - b_step, left - 1)));
}

static bool word_is(const struct query_word *word, const struct oracle_entry *entry)
{
    bool class_level = word->level == QUERY_CLASS;
    const struct query_string *pattern = &word->pattern;
    if (word->match == QUERY_PATTERN) {
        return wildcard(pattern->bytes, pattern->size, entry->fold, entry->fold_size) ||
               (class_level &&
                wildcard(pattern->bytes, pattern->size, entry->class_key, entry->class_size));
    }
    if (word->match == QUERY_FUZZY) {
        return fuzzy(pattern->bytes, pattern->size, entry->fold, entry->fold_size,
                     word->distance) ||
               (class_level && fuzzy(word->class_key.bytes, word->class_key.size, entry->class_key,
                                     entry->class_size, word->distance));
    }
    return (equal(word->class_key.bytes, word->class_key.size, entry->class_key,
                  entry->class_size) ||
            equal(word->other_class.bytes, word->other_class.size, entry->class_key,
                  entry->class_size)) &&
           (word->level != QUERY_FOLD ||
            equal(word->fold.bytes, word->fold.size, entry->fold, entry->fold_size)) &&
           (word->level != QUERY_EXACT ||
            equal(word->form.bytes, word->form.size, entry->form, entry->form_size));
}

/* ---- Statistics ---- */

static bool same_class(const struct oracle *oracle, size_t a, size_t b)
{
    return equal(oracle->entries[a].class_key, oracle->entries[a].class_size,
                 oracle->entries[b].class_key, oracle->entries[b].class_size);
}

static const struct oracle *sorting_view(const struct oracle *set)
{
    static const struct oracle *view; /* qsort() has no context */
    if (set != NULL) {
        view = set;
    }
    return view;
}

static int by_class(const void *a, const void *b)
{
    const struct oracle *oracle = sorting_view(NULL);
    const struct oracle_entry *left = &oracle->entries[*(const uint32_t *)a];
    const struct oracle_entry *right = &oracle->entries[*(const uint32_t *)b];
    size_t both = left->class_size < right->class_size ? left->class_size : right->class_size;
    int order = memcmp(left->class_key, right->class_key, both);
    return order != 0
               ? order
               : (left->class_size > right->class_size) - (left->class_size < right->class_size);
}

/* Counts, for each entry and for each class, the documents that hold it. */
static void count_documents(struct oracle *oracle)
{
    size_t count = oracle->entry_count + 1;
    uint32_t *sorted = need(calloc(count, sizeof *sorted));
    uint32_t *class_of = need(calloc(count, sizeof *class_of));
    uint32_t *entry_seen = need(calloc(count, sizeof *entry_seen));
    uint32_t *class_seen = need(calloc(count, sizeof *class_seen));
    uint64_t *of_class = need(calloc(count, sizeof *of_class));
    oracle->entry_documents = need(calloc(count, sizeof *oracle->entry_documents));
    oracle->class_documents = need(calloc(count, sizeof *oracle->class_documents));
    for (uint32_t i = 0; i < oracle->entry_count; i++) {
        sorted[i] = i;
    }
    (void)sorting_view(oracle);
    qsort(sorted, oracle->entry_count, sizeof *sorted, by_class);
    for (size_t i = 0; i < oracle->entry_count; i++) {
        bool same = i > 0 && same_class(oracle, sorted[i], sorted[i - 1]);
        class_of[sorted[i]] = same ? class_of[sorted[i - 1]] : sorted[i];
    }
    for (uint32_t d = 0; d < oracle->document_count; d++) {
        for (size_t w = 0; w < oracle->documents[d].word_count; w++) {
            uint32_t entry = oracle->documents[d].words[w].entry;
            if (entry_seen[entry] != d + 1) {
                entry_seen[entry] = d + 1;
                oracle->entry_documents[entry]++;
            }
            if (class_seen[class_of[entry]] != d + 1) {
                class_seen[class_of[entry]] = d + 1;
                of_class[class_of[entry]]++;
            }
        }
    }
    for (size_t i = 0; i < oracle->entry_count; i++) {
        oracle->class_documents[i] = of_class[class_of[i]];
    }
    free(sorted);
    free(class_of);
    free(entry_seen);
    free(class_seen);
    free(of_class);
}

/* ---- Running ---- */

/* What one word or name of the query matches. */
struct term {
    bool *entries;        /* of a word: which entries */
    struct mention *keys; /* of a name */
    size_t key_count;
    double idf;
};

/* A query node with its terms. */
struct node {
    const struct query_node *query;
    struct term *terms;
    size_t term_count;
    struct node *children;
    uint32_t **positions; /* room for one document */
    size_t *position_counts;
};

struct run {
    struct oracle *oracle;
    const struct query_resolver *resolver;
};

static double idf(const struct oracle *oracle, uint64_t df)
{
    double n = (double)oracle->document_count;
    double f = (double)(df < oracle->document_count ? df : oracle->document_count);
    return log(1 + (n - f + 0.5) / (f + 0.5));
}

static double bm25(const struct oracle *oracle, double idf_sum, double tf, double length)
{
    double k1 = 1.2;
    double b = 0.75;
    double average = (double)oracle->length_sum / (double)oracle->document_count;
    return idf_sum * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average));
}

static void word_term(struct run *run, const struct query_word *word, struct term *term)
{
    struct oracle *oracle = run->oracle;
    term->entries = need(calloc(oracle->entry_count + 1, sizeof *term->entries));
    uint32_t *found = need(calloc(oracle->entry_count + 1, sizeof *found));
    size_t count = 0;
    for (uint32_t i = 0; i < oracle->entry_count; i++) {
        term->entries[i] = word_is(word, &oracle->entries[i]);
        if (term->entries[i]) {
            found[count++] = i;
        }
    }
    (void)sorting_view(oracle);
    qsort(found, count, sizeof *found, by_class);
    uint64_t df = 0;
    for (size_t i = 0; i < count;) {
        uint64_t forms = 0;
        size_t end = i;
        for (; end < count && same_class(oracle, found[i], found[end]); end++) {
            forms += oracle->entry_documents[found[end]];
        }
        uint64_t whole = oracle->class_documents[found[i]];
        df += forms < whole ? forms : whole;
        i = end;
    }
    free(found);
    term->idf = idf(oracle, df);
}

static enum status add_key(void *sink, const void *key, size_t size, struct error *error)
{
    struct term *term = sink;
    (void)error;
    for (size_t i = 0; i < term->key_count; i++) {
        if (equal(term->keys[i].key, term->keys[i].size, key, size)) {
            return STATUS_OK;
        }
    }
    term->keys = grow(term->keys, term->key_count, sizeof *term->keys);
    term->keys[term->key_count++] = (struct mention){.key = copy(key, size), .size = size};
    return STATUS_OK;
}

static bool date_in(const struct query_node *query, const struct mention *mention)
{
    uint32_t from = 0;
    uint32_t to = 0;
    if (mention->size < 2 || mention->key[0] != 'D') {
        return false;
    }
    if (query->day_to == 0) {
        return equal(mention->key + 1, mention->size - 1, query->text.bytes, query->text.size);
    }
    if (query_date_range(mention->key + 1, mention->size - 1, &from, &to, NULL) != STATUS_OK) {
        return false;
    }
    if (strstr(mention->key, "..") != NULL) {
        return from <= query->day_to && query->day_from <= to;
    }
    return query->day_from <= from && to <= query->day_to;
}

static void name_term(struct run *run, const struct query_node *query, struct term *term)
{
    struct oracle *oracle = run->oracle;
    if (query->kind == QUERY_ENTITY) {
        enum status status =
            run->resolver->entities(run->resolver->context, query->entity, query->text.bytes,
                                    query->text.size, add_key, term, NULL);
        if (status != STATUS_OK) {
            abort();
        }
    }
    uint64_t df = 0;
    for (size_t d = 0; query->kind == QUERY_EVENT_DATE && d < oracle->document_count; d++) {
        for (size_t m = 0; m < oracle->documents[d].mention_count; m++) {
            const struct mention *mention = &oracle->documents[d].mentions[m];
            if (date_in(query, mention) &&
                add_key(term, mention->key, mention->size, NULL) != STATUS_OK) {
                abort();
            }
        }
    }
    for (size_t k = 0; k < term->key_count; k++) {
        for (size_t d = 0; d < oracle->document_count; d++) {
            const struct document *document = &oracle->documents[d];
            bool holds = false;
            for (size_t m = 0; m < document->mention_count; m++) {
                holds = holds || equal(document->mentions[m].key, document->mentions[m].size,
                                       term->keys[k].key, term->keys[k].size);
            }
            df += holds ? 1 : 0;
        }
    }
    term->idf = idf(oracle, df);
}

static void node_init(struct run *run, const struct query_node *query, struct node *node)
{
    *node = (struct node){.query = query};
    bool name = query->kind == QUERY_ENTITY || query->kind == QUERY_EVENT_DATE;
    node->term_count = query->kind == QUERY_WORDS ? query->word_count : (name ? 1 : 0);
    node->terms = need(calloc(node->term_count + 1, sizeof *node->terms));
    node->positions = need(calloc(node->term_count + 1, sizeof *node->positions));
    node->position_counts = need(calloc(node->term_count + 1, sizeof *node->position_counts));
    for (size_t i = 0; i < node->term_count; i++) {
        if (name) {
            name_term(run, query, &node->terms[i]);
        } else {
            word_term(run, &query->words[i], &node->terms[i]);
        }
    }
    node->children = need(calloc(query->child_count + 1, sizeof *node->children));
    for (size_t i = 0; i < query->child_count; i++) {
        node_init(run, query->children[i], &node->children[i]);
    }
}

static void node_release(struct node *node)
{
    for (size_t i = 0; i < node->term_count; i++) {
        for (size_t k = 0; k < node->terms[i].key_count; k++) {
            free(node->terms[i].keys[k].key);
        }
        free(node->terms[i].keys);
        free(node->terms[i].entries);
        free(node->positions[i]);
    }
    for (size_t i = 0; i < node->query->child_count; i++) {
        node_release(&node->children[i]);
    }
    free(node->terms);
    free(node->positions);
    free(node->position_counts);
    free(node->children);
}

static bool holds(const uint32_t *positions, size_t count, uint32_t from, uint64_t to)
{
    for (size_t i = 0; i < count; i++) {
        if (positions[i] >= from && positions[i] <= to) {
            return true;
        }
    }
    return false;
}

/* Whether all words stand where they must when the match begins at `first`. */
static bool match_at(const struct node *node, const struct document *document, uint32_t first)
{
    const struct query_node *query = node->query;
    bool in_title = first < document->title_length;
    if (query->title && !in_title) {
        return false;
    }
    for (size_t i = 0; i < node->term_count; i++) {
        uint32_t from = query->near ? first : first + query->words[i].position;
        uint64_t to = query->near ? (uint64_t)first + node->term_count + query->slop - 1 : from;
        if (in_title && to >= document->title_length) {
            to = (uint64_t)document->title_length - 1;
        }
        if (from > to || !holds(node->positions[i], node->position_counts[i], from, to)) {
            return false;
        }
    }
    return true;
}

static uint32_t count_words(struct node *node, const struct document *document)
{
    const struct query_node *query = node->query;
    uint32_t matches = 0;
    for (size_t i = 0; i < node->term_count; i++) {
        node->position_counts[i] = 0;
        for (size_t w = 0; w < document->word_count; w++) {
            if (node->terms[i].entries[document->words[w].entry]) {
                size_t count = node->position_counts[i];
                node->positions[i] = count == 0 && node->positions[i] != NULL
                                         ? node->positions[i]
                                         : grow(node->positions[i], count, sizeof(uint32_t));
                node->positions[i][count] = document->words[w].position;
                node->position_counts[i]++;
            }
        }
        if (node->position_counts[i] == 0) {
            return 0;
        }
    }
    if (node->term_count == 1) {
        for (size_t p = 0; p < node->position_counts[0]; p++) {
            matches += !query->title || node->positions[0][p] < document->title_length ? 1 : 0;
        }
        return matches;
    }
    /* Each distinct position that begins a match counts once. */
    uint32_t last =
        document->word_count == 0 ? 0 : document->words[document->word_count - 1].position;
    for (uint32_t first = 0; first <= last; first++) {
        bool begins = false;
        for (size_t i = 0; i < (query->near ? node->term_count : 1); i++) {
            begins = begins || holds(node->positions[i], node->position_counts[i], first, first);
        }
        matches += begins && match_at(node, document, first) ? 1 : 0;
    }
    return matches;
}

static uint32_t count_names(const struct node *node, const struct document *document)
{
    uint32_t matches = 0;
    for (size_t m = 0; m < document->mention_count; m++) {
        for (size_t k = 0; k < node->terms[0].key_count; k++) {
            matches += equal(document->mentions[m].key, document->mentions[m].size,
                             node->terms[0].keys[k].key, node->terms[0].keys[k].size)
                           ? 1
                           : 0;
        }
    }
    return matches;
}

static bool source_is(const struct query_string *wanted, const char *name)
{
    char fold[ANALYSIS_BYTES_MAX];
    char pattern[ANALYSIS_BYTES_MAX];
    if (equal(wanted->bytes, wanted->size, name, strlen(name))) {
        return true;
    }
    size_t fold_size = name[0] == '\0' ? 0 : analyser_fold(name, strlen(name), fold, sizeof fold);
    if (memchr(wanted->bytes, '*', wanted->size) != NULL) {
        return wildcard(wanted->bytes, wanted->size, fold, fold_size);
    }
    size_t size = analyser_fold(wanted->bytes, wanted->size, pattern, sizeof pattern);
    return equal(pattern, size, fold, fold_size);
}

static bool evaluate(const struct oracle *oracle, struct node *node,
                     const struct document *document, double *score)
{
    const struct query_node *query = node->query;
    uint32_t tf = 0;
    double sum = 0;
    bool any = false;
    *score = 0;
    switch (query->kind) {
    case QUERY_DATE:
        return document->day != 0 && document->day >= query->day_from &&
               document->day <= query->day_to;
    case QUERY_ID:
        return equal(query->text.bytes, query->text.size, document->id, strlen(document->id));
    case QUERY_SOURCE:
        return source_is(&query->text, document->source);
    case QUERY_NOT:
        return !evaluate(oracle, &node->children[0], document, &sum);
    case QUERY_APART:
        return true;
    case QUERY_AND:
        for (size_t i = 0; i < query->child_count; i++) {
            if (!evaluate(oracle, &node->children[i], document, &sum)) {
                return false;
            }
            *score += node->children[i].query->kind == QUERY_NOT ? 0 : sum;
        }
        return true;
    case QUERY_OR:
        for (size_t i = 0; i < query->child_count; i++) {
            bool here = evaluate(oracle, &node->children[i], document, &sum);
            any = any || here;
            *score += here ? sum : 0;
        }
        return any;
    case QUERY_WORDS:
        tf = count_words(node, document);
        break;
    case QUERY_ENTITY:
    case QUERY_EVENT_DATE:
        tf = count_names(node, document);
        break;
    }
    for (size_t i = 0; i < node->term_count; i++) {
        sum += node->terms[i].idf;
    }
    *score = tf == 0 ? 0 : bm25(oracle, sum, tf, document->length);
    return tf > 0;
}

void oracle_run(struct oracle *oracle, const struct query_node *query,
                const struct query_resolver *resolver, double *scores)
{
    struct run run = {.oracle = oracle, .resolver = resolver};
    struct node root;
    if (oracle->entry_documents == NULL) {
        count_documents(oracle);
    }
    node_init(&run, query, &root);
    for (size_t i = 0; i < oracle->document_count; i++) {
        const struct document *document = &oracle->documents[i];
        bool matches = !document->deleted && evaluate(oracle, &root, document, &scores[i]);
        if (!matches) {
            scores[i] = -1;
        }
    }
    node_release(&root);
}
