#include "query/plan.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"
#include "query/word.h"
#include "text/class_ranges.h"

enum { DATES_MAX = 8192 }; /* date entities one event-date: may stand for */

/* One class or entity key of a term, with its counts over all segments. */
struct slot {
    struct query_string key;
    uint64_t documents;      /* of the whole list */
    uint64_t form_documents; /* sum over the forms wanted */
};

/* The keys of a term: an open hash set, at most half full. */
struct expansion {
    struct slot *slots;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
    uint32_t used_max;
};
enum { SLOTS_FIRST = 256 };

struct planner {
    struct plan *plan;
    const struct query_resolver *resolver;
    const struct analyser *analyser;
    int64_t *error_offset;
    struct error *error;
};

/* The term that is being looked up. */
struct lookup {
    struct planner *planner;
    const struct query_node *node;
    const struct query_word *word; /* NULL: an entity */
    struct plan_term *term;
    struct expansion expansion;
};

static enum status no_memory(const struct planner *planner)
{
    return error_set(planner->error, STATUS_NOMEM, "out of memory for the query's plan");
}

static enum status lookup_init(struct lookup *lookup, uint32_t keys_max)
{
    struct plan *plan = lookup->planner->plan;
    uint32_t count = 2;
    while (count < 2 * keys_max && count < SLOTS_FIRST) {
        count *= 2;
    }
    lookup->expansion =
        (struct expansion){.slots = arena_alloc(plan->arena, count * sizeof(struct slot)),
                           .slot_count = count,
                           .used_max = keys_max};
    lookup->term->segments =
        arena_alloc(plan->arena, plan->segment_count * sizeof *lookup->term->segments);
    return lookup->expansion.slots == NULL || lookup->term->segments == NULL
               ? no_memory(lookup->planner)
               : STATUS_OK;
}

static enum status too_many(struct lookup *lookup)
{
    const struct planner *planner = lookup->planner;
    *planner->error_offset =
        (int64_t)(lookup->word == NULL ? lookup->node->offset : lookup->word->offset);
    const struct query_string *text =
        lookup->word == NULL ? &lookup->node->text : &lookup->word->pattern;
    return error_set(planner->error, STATUS_LIMIT,
                     "'%.*s' stands for more than %u different words or names: make it narrower",
                     (int)text->size, text->bytes, lookup->expansion.used_max);
}

/* The slot of a key, or the free one where it belongs. */
static struct slot *slot_find(const struct expansion *expansion, const void *key, size_t size)
{
    uint32_t mask = expansion->slot_count - 1;
    uint32_t at = (uint32_t)hash64(key, size) & mask;
    const struct slot *slots = expansion->slots;
    while (slots[at].key.bytes != NULL &&
           !bytes_equal(slots[at].key.bytes, slots[at].key.size, key, size)) {
        at = (at + 1) & mask;
    }
    return &expansion->slots[at];
}

static enum status slots_grow(struct lookup *lookup)
{
    const struct expansion *old = &lookup->expansion;
    struct expansion grown = *old;
    grown.slot_count = 2 * old->slot_count;
    grown.slots = arena_alloc(lookup->planner->plan->arena, grown.slot_count * sizeof *grown.slots);
    if (grown.slots == NULL) {
        return no_memory(lookup->planner);
    }
    for (uint32_t i = 0; i < old->slot_count; i++) {
        const struct slot *slot = &old->slots[i];
        if (slot->key.bytes != NULL) {
            *slot_find(&grown, slot->key.bytes, slot->key.size) = *slot;
        }
    }
    lookup->expansion = grown;
    return STATUS_OK;
}

/* The slot of a key, made when new. */
static enum status slot_of(struct lookup *lookup, const void *key, size_t size, struct slot **out)
{
    struct expansion *expansion = &lookup->expansion;
    struct slot *slot = slot_find(expansion, key, size);
    *out = slot;
    if (slot->key.bytes != NULL) {
        return STATUS_OK;
    }
    if (expansion->used == expansion->used_max) {
        return too_many(lookup);
    }
    if (2 * (expansion->used + 1) > expansion->slot_count) {
        enum status status = slots_grow(lookup);
        if (status != STATUS_OK) {
            return status;
        }
        slot = slot_find(expansion, key, size);
    }
    slot->key.bytes = arena_copy(lookup->planner->plan->arena, key, size);
    slot->key.size = size;
    expansion->used++;
    *out = slot;
    return slot->key.bytes == NULL ? no_memory(lookup->planner) : STATUS_OK;
}

static enum status list_add(struct lookup *lookup, size_t segment,
                            const struct postings_location *location, const uint64_t *forms)
{
    struct plan_lists *lists = &lookup->term->segments[segment];
    if (lists->count == lists->capacity) {
        uint32_t capacity = lists->capacity == 0 ? 1 : lists->capacity * 4;
        struct plan_list *grown =
            arena_alloc(lookup->planner->plan->arena, capacity * sizeof *grown);
        if (grown == NULL) {
            return no_memory(lookup->planner);
        }
        if (lists->count > 0) {
            memcpy(grown, lists->lists, lists->count * sizeof *grown);
        }
        lists->lists = grown;
        lists->capacity = capacity;
    }
    lists->lists[lists->count++] = (struct plan_list){.location = *location, .forms = forms};
    return STATUS_OK;
}

/* ---- Which forms ---- */

/* The forms of an entry that the word wants. */
struct form_set {
    uint64_t *bits; /* NULL while none is wanted */
    uint64_t documents;
    uint32_t wanted;
    uint32_t count;
};

static enum status forms_choose(struct lookup *lookup, struct lexicon_entry *entry,
                                struct form_set *set)
{
    struct planner *planner = lookup->planner;
    struct lexicon_form form; /* large, and filled by each reading */
    *set = (struct form_set){.count = 0};
    bool found = false;
    enum status status = lexicon_form_next(entry, &form, &found, planner->error);
    for (; status == STATUS_OK && found;
         status = lexicon_form_next(entry, &form, &found, planner->error)) {
        set->count++;
        if (form.number >= entry->postings.form_count ||
            !word_wants_form(lookup->word, form.bytes, form.size)) {
            continue;
        }
        if (set->bits == NULL) {
            size_t size = (entry->postings.form_count + 63) / 64 * sizeof *set->bits;
            set->bits = arena_alloc(planner->plan->arena, size);
            if (set->bits == NULL) {
                return no_memory(planner);
            }
        }
        set->bits[form.number / 64] |= (uint64_t)1 << form.number % 64;
        set->documents += form.document_count;
        set->wanted++;
    }
    return status;
}

/* Takes a lexicon entry into the term, as far as its forms are wanted. */
static enum status entry_add(struct lookup *lookup, size_t segment, const void *key, size_t size,
                             struct lexicon_entry *entry)
{
    struct form_set set = {.count = 0};
    uint64_t form_documents = entry->postings.document_count;
    bool whole = lookup->word == NULL || word_wants_class(lookup->word, key, size);
    if (!whole) {
        enum status status = forms_choose(lookup, entry, &set);
        if (status != STATUS_OK || set.wanted == 0) {
            return status;
        }
        form_documents = set.documents;
        whole = set.wanted == set.count;
    }
    struct slot *slot = NULL;
    enum status status = slot_of(lookup, key, size, &slot);
    if (status != STATUS_OK) {
        return status;
    }
    assert(slot != NULL);
    slot->documents += entry->postings.document_count;
    slot->form_documents += form_documents;
    return list_add(lookup, segment, &entry->postings, whole ? NULL : set.bits);
}

/* ---- Where keys come from ---- */

static const struct segment *segment_at(const struct lookup *lookup, size_t segment)
{
    return lookup->planner->plan->segments[segment].segment;
}

static enum status key_add(struct lookup *lookup, enum store_database lexicon, const void *key,
                           size_t size)
{
    struct error *error = lookup->planner->error;
    for (size_t i = 0; i < lookup->planner->plan->segment_count; i++) {
        struct lexicon_entry entry;
        enum status status =
            segment_lookup(segment_at(lookup, i), lexicon, key, size, &entry, error);
        if (status == STATUS_OK) {
            status = entry_add(lookup, i, key, size, &entry);
        }
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The classes of a segment in a range of keys, as far as they are wanted: about 100 ns a form. */
static enum status range_scan(struct lookup *lookup, size_t segment,
                              const struct class_range *range)
{
    struct error *error = lookup->planner->error;
    struct table_cursor cursor;
    bool found = false;
    const struct table_range keys = {range->from, range->to, range->from_size, range->to_size};
    enum status status = table_cursor_seek_range(
        &cursor, segment_store(segment_at(lookup, segment)), STORE_TERMS, &keys, &found, error);
    while (status == STATUS_OK && found) {
        struct lexicon_entry entry;
        status = lexicon_entry_read(STORE_TERMS, cursor.key, cursor.key_size, cursor.value,
                                    cursor.value_size, &entry, error);
        if (status == STATUS_OK) {
            status = entry_add(lookup, segment, cursor.key, cursor.key_size, &entry);
        }
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    return status;
}

/* Every class that the pattern could want. The forms of a class need not begin as its key does; the
 * analyser knows how else they may. Before a fuzzy word anything may stand. */
static enum status pattern_keys(struct lookup *lookup)
{
    const struct planner *planner = lookup->planner;
    const struct query_string *pattern = &lookup->word->pattern;
    size_t size = 0;
    while (lookup->word->match == QUERY_PATTERN && size < pattern->size &&
           pattern->bytes[size] != '*' && pattern->bytes[size] != '?') {
        size++;
    }
    struct class_ranges ranges = {.count = 0};
    enum status status = class_ranges_find(planner->analyser, pattern->bytes, size,
                                           planner->plan->arena, &ranges, planner->error);
    for (size_t i = 0; status == STATUS_OK && i < planner->plan->segment_count; i++) {
        for (size_t k = 0; status == STATUS_OK && k < ranges.count; k++) {
            status = range_scan(lookup, i, &ranges.ranges[k]);
        }
    }
    return status;
}

/* A date entity counts when it lies within the days asked for; one that is itself a range of days,
 * when they overlap. */
static bool date_wanted(const struct query_node *node, const char *key, size_t size)
{
    uint32_t from = 0;
    uint32_t to = 0;
    if (query_date_range(key, size, &from, &to, NULL) != STATUS_OK) {
        return false;
    }
    bool range = false;
    for (size_t i = 0; i + 1 < size; i++) {
        range = range || (key[i] == '.' && key[i + 1] == '.');
    }
    return range ? from <= node->day_to && to >= node->day_from
                 : from >= node->day_from && to <= node->day_to;
}

static enum status date_scan(struct lookup *lookup, size_t segment)
{
    struct error *error = lookup->planner->error;
    struct table_cursor cursor;
    bool found = false;
    enum status status = table_cursor_seek(&cursor, segment_store(segment_at(lookup, segment)),
                                           STORE_ENTITIES, "D", 1, &found, error);
    while (status == STATUS_OK && found && cursor.key_size > 0 && cursor.key[0] == 'D') {
        if (date_wanted(lookup->node, (const char *)cursor.key + 1, cursor.key_size - 1)) {
            struct lexicon_entry entry;
            status = lexicon_entry_read(STORE_ENTITIES, cursor.key, cursor.key_size, cursor.value,
                                        cursor.value_size, &entry, error);
            if (status == STATUS_OK) {
                status = entry_add(lookup, segment, cursor.key, cursor.key_size, &entry);
            }
        }
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    return status;
}

static enum status entity_key(void *sink, const void *key, size_t key_size, struct error *error)
{
    struct lookup *lookup = sink;
    (void)error;
    uint32_t before = lookup->expansion.used;
    struct slot *slot = NULL;
    enum status status = slot_of(lookup, key, key_size, &slot);
    if (status != STATUS_OK || lookup->expansion.used == before) {
        return status; /* a key given twice counts once */
    }
    return key_add(lookup, STORE_ENTITIES, key, key_size);
}

static enum status entity_keys(struct lookup *lookup)
{
    const struct query_node *node = lookup->node;
    const struct planner *planner = lookup->planner;
    enum status status = STATUS_OK;
    if (node->kind == QUERY_ENTITY) {
        assert(planner->resolver != NULL);
        return planner->resolver->entities(planner->resolver->context, node->entity,
                                           node->text.bytes, node->text.size, entity_key, lookup,
                                           planner->error);
    }
    if (node->day_to == 0) { /* --mm-dd */
        char key[64] = "D";
        size_t size = node->text.size < sizeof key - 1 ? node->text.size : sizeof key - 1;
        memcpy(key + 1, node->text.bytes, size);
        return entity_key(lookup, key, size + 1, planner->error);
    }
    for (size_t i = 0; status == STATUS_OK && i < planner->plan->segment_count; i++) {
        status = date_scan(lookup, i);
    }
    return status;
}

static enum status word_keys(struct lookup *lookup)
{
    const struct query_word *word = lookup->word;
    if (word->match == QUERY_WHOLE) {
        enum status status =
            key_add(lookup, STORE_TERMS, word->class_key.bytes, word->class_key.size);
        const struct query_string *other = &word->other_class;
        return status == STATUS_OK && other->size > 0
                   ? key_add(lookup, STORE_TERMS, other->bytes, other->size)
                   : status;
    }
    return pattern_keys(lookup);
}

/* ---- Terms and nodes ---- */

/* Sums the counts: a document with two of the keys counts twice, which only the whole archive's
 * lists could tell; the number of documents is the ceiling. */
static void term_statistics(struct lookup *lookup)
{
    const struct plan *plan = lookup->planner->plan;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < lookup->expansion.slot_count; i++) {
        const struct slot *slot = &lookup->expansion.slots[i];
        sum += slot->documents < slot->form_documents ? slot->documents : slot->form_documents;
    }
    lookup->term->document_frequency = sum < plan->documents ? sum : plan->documents;
    lookup->term->idf = score_idf(&plan->scale, lookup->term->document_frequency);
}

static enum status term_make(struct planner *planner, const struct query_node *node,
                             const struct query_word *word, struct plan_term *term)
{
    struct lookup lookup = {.planner = planner, .node = node, .word = word, .term = term};
    bool positions = node->word_count > 1 || node->title;
    uint32_t keys_max = positions ? PLAN_POSITIONED_MAX : PLAN_EXPANSION_MAX;
    if (word != NULL && word->match == QUERY_WHOLE) {
        keys_max = 2; /* class_key, other_class */
    } else if (node->kind == QUERY_EVENT_DATE) {
        keys_max = DATES_MAX;
    }
    enum status status = lookup_init(&lookup, keys_max);
    if (status == STATUS_OK) {
        status = word == NULL ? entity_keys(&lookup) : word_keys(&lookup);
    }
    if (status == STATUS_OK) {
        term_statistics(&lookup);
    }
    return status;
}

static enum status terms_make(struct planner *planner, struct plan_node *node)
{
    const struct query_node *query = node->query;
    bool words = query->kind == QUERY_WORDS;
    if (!words && query->kind != QUERY_ENTITY && query->kind != QUERY_EVENT_DATE) {
        return STATUS_OK;
    }
    node->term_count = words ? query->word_count : 1;
    struct plan_term *terms = arena_alloc(planner->plan->arena, node->term_count * sizeof *terms);
    if (terms == NULL) {
        return no_memory(planner);
    }
    node->terms = terms;
    for (size_t i = 0; i < node->term_count; i++) {
        enum status status = term_make(planner, query, words ? &query->words[i] : NULL, &terms[i]);
        if (status != STATUS_OK) {
            return status;
        }
        node->idf += terms[i].idf;
    }
    return STATUS_OK;
}

static enum status node_make(struct planner *planner, const struct query_node *query,
                             const struct plan_node **out)
{
    struct arena *arena = planner->plan->arena;
    struct plan_node *node = arena_alloc(arena, sizeof *node);
    if (node == NULL) {
        return no_memory(planner);
    }
    *out = node;
    node->query = query;
    enum status status = terms_make(planner, node);
    if (status != STATUS_OK || query->child_count == 0) {
        return status;
    }
    node->children = arena_alloc(arena, query->child_count * sizeof(const struct plan_node *));
    if (node->children == NULL) {
        return no_memory(planner);
    }
    node->child_count = query->child_count;
    for (size_t i = 0; status == STATUS_OK && i < query->child_count; i++) {
        status = node_make(planner, query->children[i], &node->children[i]);
    }
    return status;
}

enum status plan_make(const struct query_node *query, const struct plan_input *input,
                      struct plan **out, int64_t *error_offset, struct error *error)
{
    *out = NULL;
    *error_offset = -1;
    struct arena *arena = arena_new(PLAN_ARENA_MAX);
    struct plan *plan = arena == NULL ? NULL : arena_alloc(arena, sizeof *plan);
    if (arena == NULL || plan == NULL) {
        arena_free(arena);
        return error_no_memory(error, sizeof *plan);
    }
    *plan = (struct plan){.arena = arena,
                          .segments = input->segments,
                          .segment_count = input->segment_count,
                          .lists_max = input->lists_max == 0 ? PLAN_LISTS_MAX : input->lists_max};
    uint64_t tokens = 0;
    for (size_t i = 0; i < plan->segment_count; i++) {
        const struct segment_counts *counts = segment_counts(plan->segments[i].segment);
        plan->documents += counts->documents;
        tokens += counts->tokens;
    }
    plan->scale = score_scale_of(plan->documents, tokens);
    struct planner planner = {.plan = plan,
                              .resolver = input->resolver,
                              .analyser = input->analyser,
                              .error_offset = error_offset,
                              .error = error};
    enum status status = node_make(&planner, query, &plan->root);
    if (status != STATUS_OK) {
        arena_free(arena);
        return status;
    }
    *out = plan;
    return STATUS_OK;
}

void plan_free(struct plan *plan)
{
    if (plan != NULL) {
        arena_free(plan->arena);
    }
}
