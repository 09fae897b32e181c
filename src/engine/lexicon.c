#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/memory.h"
#include "engine/fail.h"
#include "engine/handle.h"
#include "query/pattern.h"

/* fihris_lexicon(): the classes of all segments with their printed forms. The segments' tables are
 * in key order, so one walk joins them; the largest classes are chosen in a first walk and shown
 * from memory, which holds only them. */

enum { CLASSES_MAX = 100000, CLASS_BYTES_MAX = 64 << 20 };
#define KEPT_BYTES_MAX ((size_t)1 << 30)

struct form_count {
    uint64_t documents;
    uint64_t occurrences;
};

/* A class on its way to be shown. */
struct gathered {
    struct intern *forms;
    struct buffer counts; /* struct form_count, by number of the form */
    struct buffer shown;  /* struct fihris_form */
};

/* A class among the largest so far: a heap, the smallest on top. */
struct kept {
    size_t forms;
    size_t key_at; /* in lexicon->keys */
    size_t key_size;
    uint64_t order;
};

struct lexicon {
    struct fihris *archive;
    const struct fihris_lexicon_options *options;
    char pattern[1024]; /* folded */
    size_t pattern_size;
    uint32_t cursor_count;
    struct table_cursor *cursors; /* one a segment */
    bool *found;                  /* whether the cursor stands on a record */
    struct gathered class;
    struct kept *heap;
    size_t heap_size;
    struct buffer keys;
    struct error *error;
};

/* ---- One class ---- */

static enum status add_form(struct lexicon *lexicon, const struct lexicon_form *form)
{
    uint32_t number = 0;
    bool added = false;
    struct gathered *class = &lexicon->class;
    enum status status =
        intern_add(class->forms, form->bytes, form->size, &number, &added, lexicon->error);
    if (status == STATUS_OK && added) {
        struct form_count none = {0};
        status = buffer_append(&class->counts, &none, sizeof none, lexicon->error);
    }
    if (status == STATUS_OK) {
        struct form_count *counts = (struct form_count *)(void *)class->counts.bytes;
        counts[number].documents += form->document_count;
        counts[number].occurrences += form->occurrence_count;
    }
    return status;
}

static void begin_class(struct lexicon *lexicon, struct fihris_class *shown)
{
    intern_clear(lexicon->class.forms);
    buffer_clear(&lexicon->class.counts);
    *shown = (struct fihris_class){0};
}

static enum status add_entry(struct lexicon *lexicon, struct lexicon_entry *entry,
                             struct fihris_class *shown)
{
    bool found = true;
    enum status status = STATUS_OK;
    shown->documents += entry->postings.document_count;
    shown->occurrences += entry->postings.occurrence_count;
    while (status == STATUS_OK && found) {
        struct lexicon_form form;
        status = lexicon_form_next(entry, &form, &found, lexicon->error);
        if (status == STATUS_OK && found) {
            status = add_form(lexicon, &form);
        }
    }
    return status;
}

static int compare_forms(const void *a, const void *b)
{
    const struct fihris_form *left = a;
    const struct fihris_form *right = b;
    if (left->occurrences != right->occurrences) {
        return left->occurrences > right->occurrences ? -1 : 1;
    }
    return bytes_compare(left->form, left->form_size, right->form, right->form_size);
}

static enum status end_class(struct lexicon *lexicon, struct fihris_class *shown)
{
    struct gathered *class = &lexicon->class;
    const struct form_count *counts = (const struct form_count *)(const void *)class->counts.bytes;
    uint32_t count = intern_count(class->forms);
    buffer_clear(&class->shown);
    for (uint32_t i = 0; i < count; i++) {
        struct fihris_form form = {.documents = counts[i].documents,
                                   .occurrences = counts[i].occurrences};
        form.form = intern_string(class->forms, i, &form.form_size);
        enum status status = buffer_append(&class->shown, &form, sizeof form, lexicon->error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    struct fihris_form *forms = (struct fihris_form *)(void *)class->shown.bytes;
    if (count > 1) {
        qsort(forms, count, sizeof *forms, compare_forms);
    }
    shown->forms = forms;
    shown->form_count = count;
    return STATUS_OK;
}

/* Whether the class's key or the fold of one of its forms matches. */
static bool is_wanted(const struct lexicon *lexicon, const struct fihris_class *shown)
{
    const char *pattern = lexicon->pattern;
    size_t size = lexicon->pattern_size;
    bool wanted = size == 0 || pattern_matches(pattern, size, shown->key, shown->key_size);
    for (size_t i = 0; !wanted && i < shown->form_count; i++) {
        char fold[ANALYSIS_BYTES_MAX];
        const struct fihris_form *form = &shown->forms[i];
        size_t fold_size = analyser_fold(form->form, form->form_size, fold, sizeof fold);
        wanted = pattern_matches(pattern, size, fold, fold_size);
    }
    return wanted;
}

/* ---- Walking all segments ---- */

/* The smallest key under a cursor; false at the end of all. */
static bool smallest(const struct lexicon *lexicon, unsigned char key[STORE_KEY_SIZE_MAX],
                     size_t *size)
{
    const struct table_cursor *least = NULL;
    for (uint32_t i = 0; i < lexicon->cursor_count; i++) {
        const struct table_cursor *cursor = &lexicon->cursors[i];
        if (lexicon->found[i] &&
            (least == NULL ||
             bytes_compare(cursor->key, cursor->key_size, least->key, least->key_size) < 0)) {
            least = cursor;
        }
    }
    if (least != NULL) {
        memcpy(key, least->key, least->key_size);
        *size = least->key_size;
    }
    return least != NULL;
}

/* Gathers the class `key` from the cursors that stand on it and moves them on. */
static enum status take_class(struct lexicon *lexicon, const unsigned char *key, size_t size,
                              struct fihris_class *shown)
{
    enum status status = STATUS_OK;
    begin_class(lexicon, shown);
    for (uint32_t i = 0; status == STATUS_OK && i < lexicon->cursor_count; i++) {
        struct table_cursor *cursor = &lexicon->cursors[i];
        if (!lexicon->found[i] || !bytes_equal(cursor->key, cursor->key_size, key, size)) {
            continue;
        }
        struct lexicon_entry entry;
        status = lexicon_entry_read(STORE_TERMS, cursor->key, cursor->key_size, cursor->value,
                                    cursor->value_size, &entry, lexicon->error);
        if (status == STATUS_OK) {
            status = add_entry(lexicon, &entry, shown);
        }
        if (status == STATUS_OK) {
            status = table_cursor_next(cursor, &lexicon->found[i], lexicon->error);
        }
    }
    shown->key = (const char *)key;
    shown->key_size = size;
    return status == STATUS_OK ? end_class(lexicon, shown) : status;
}

static enum status seek_all(struct lexicon *lexicon)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < lexicon->cursor_count; i++) {
        const struct store *store = segment_store(lexicon->archive->segments[i].segment);
        status = table_cursor_seek(&lexicon->cursors[i], store, STORE_TERMS, NULL, 0,
                                   &lexicon->found[i], lexicon->error);
    }
    return status;
}

typedef enum status (*take)(struct lexicon *lexicon, const struct fihris_class *shown);

struct visit {
    fihris_visit_class visit;
    void *context;
};

static enum status walk(struct lexicon *lexicon, const struct visit *visit, take keep)
{
    enum status status = seek_all(lexicon);
    unsigned char key[STORE_KEY_SIZE_MAX];
    size_t size = 0;
    bool go_on = true;
    while (status == STATUS_OK && go_on && smallest(lexicon, key, &size)) {
        struct fihris_class shown;
        status = take_class(lexicon, key, size, &shown);
        if (status != STATUS_OK || !is_wanted(lexicon, &shown)) {
            continue;
        }
        if (keep != NULL) {
            status = keep(lexicon, &shown);
        } else {
            go_on = visit->visit(visit->context, &shown);
        }
    }
    return status;
}

/* ---- The largest ---- */

/* Fewer forms, or as many and later in order, is smaller. */
static bool is_smaller(const struct kept *a, const struct kept *b)
{
    return a->forms != b->forms ? a->forms < b->forms : a->order > b->order;
}

static void heap_down(struct kept *heap, size_t size, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
            least = is_smaller(&heap[child], &heap[least]) ? child : least;
        }
        if (least == at) {
            return;
        }
        struct kept moved = heap[at];
        heap[at] = heap[least];
        heap[least] = moved;
        at = least;
    }
}

static void heap_up(struct kept *heap, size_t at)
{
    while (at > 0 && is_smaller(&heap[at], &heap[(at - 1) / 2])) {
        struct kept moved = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
        at = (at - 1) / 2;
    }
}

static enum status keep_largest(struct lexicon *lexicon, const struct fihris_class *shown)
{
    size_t wanted = (size_t)lexicon->options->largest;
    struct kept one = {.forms = shown->form_count,
                       .key_at = lexicon->keys.size,
                       .key_size = shown->key_size,
                       .order = lexicon->keys.size};
    bool full = lexicon->heap_size == wanted;
    if (shown->form_count < 2 || (full && !is_smaller(&lexicon->heap[0], &one))) {
        return STATUS_OK;
    }
    enum status status = buffer_append(&lexicon->keys, shown->key, shown->key_size, lexicon->error);
    if (status != STATUS_OK) {
        return status;
    }
    if (full) {
        lexicon->heap[0] = one;
        heap_down(lexicon->heap, wanted, 0);
    } else {
        lexicon->heap[lexicon->heap_size++] = one;
        heap_up(lexicon->heap, lexicon->heap_size - 1);
    }
    return STATUS_OK;
}

static enum status look_up_class(struct lexicon *lexicon, const struct kept *one,
                                 struct fihris_class *shown)
{
    const unsigned char *key = lexicon->keys.bytes + one->key_at;
    enum status status = STATUS_OK;
    begin_class(lexicon, shown);
    for (uint32_t i = 0; status == STATUS_OK && i < lexicon->cursor_count; i++) {
        struct lexicon_entry entry;
        status = segment_lookup(lexicon->archive->segments[i].segment, STORE_TERMS, key,
                                one->key_size, &entry, lexicon->error);
        if (status == STATUS_OK) {
            status = add_entry(lexicon, &entry, shown);
        } else if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK;
        }
    }
    shown->key = (const char *)key;
    shown->key_size = one->key_size;
    return status == STATUS_OK ? end_class(lexicon, shown) : status;
}

static enum status show_largest(struct lexicon *lexicon, const struct visit *visit)
{
    enum status status = walk(lexicon, NULL, keep_largest);
    size_t count = lexicon->heap_size;
    for (size_t left = count; left > 1; left--) { /* the smallest to the end: largest first */
        struct kept moved = lexicon->heap[0];
        lexicon->heap[0] = lexicon->heap[left - 1];
        lexicon->heap[left - 1] = moved;
        heap_down(lexicon->heap, left - 1, 0);
    }
    bool go_on = true;
    for (size_t i = 0; status == STATUS_OK && go_on && i < count; i++) {
        struct fihris_class shown;
        status = look_up_class(lexicon, &lexicon->heap[i], &shown);
        if (status == STATUS_OK) {
            go_on = visit->visit(visit->context, &shown);
        }
    }
    return status;
}

/* ---- The whole ---- */

static enum status prepare(struct lexicon *lexicon)
{
    const struct fihris_lexicon_options *options = lexicon->options;
    if (options->largest > CLASSES_MAX) {
        return error_set(lexicon->error, STATUS_LIMIT, "at most %d classes can be asked for",
                         CLASSES_MAX);
    }
    if (options->pattern_size >= sizeof lexicon->pattern) {
        return error_set(lexicon->error, STATUS_LIMIT, "the pattern is longer than %zu bytes",
                         sizeof lexicon->pattern - 1);
    }
    lexicon->pattern_size = analyser_fold(options->pattern, options->pattern_size, lexicon->pattern,
                                          sizeof lexicon->pattern);
    lexicon->class.forms = intern_new(CLASS_BYTES_MAX);
    lexicon->cursors = memory_zalloc(lexicon->cursor_count, sizeof *lexicon->cursors);
    lexicon->found = memory_zalloc(lexicon->cursor_count, sizeof *lexicon->found);
    lexicon->heap = memory_zalloc((size_t)options->largest + 1, sizeof *lexicon->heap);
    if (lexicon->class.forms == NULL || lexicon->cursors == NULL || lexicon->found == NULL ||
        lexicon->heap == NULL) {
        return error_no_memory(lexicon->error, 0);
    }
    return STATUS_OK;
}

enum fihris_status fihris_lexicon(struct fihris *archive,
                                  const struct fihris_lexicon_options *options,
                                  fihris_visit_class visit, void *context,
                                  struct fihris_error *error)
{
    static const struct fihris_lexicon_options all = {.pattern = ""};
    struct error inner = {0};
    struct visit shown = {.visit = visit, .context = context};
    struct lexicon lexicon = {.archive = archive,
                              .options = options == NULL ? &all : options,
                              .cursor_count = archive->snapshot.manifest.segment_count,
                              .error = &inner};
    buffer_init(&lexicon.class.counts, CLASS_BYTES_MAX);
    buffer_init(&lexicon.class.shown, CLASS_BYTES_MAX);
    buffer_init(&lexicon.keys, KEPT_BYTES_MAX);
    enum status status = prepare(&lexicon);
    if (status == STATUS_OK) {
        status = lexicon.options->largest == 0 ? walk(&lexicon, &shown, NULL)
                                               : show_largest(&lexicon, &shown);
    }
    intern_free(lexicon.class.forms);
    buffer_release(&lexicon.class.counts);
    buffer_release(&lexicon.class.shown);
    buffer_release(&lexicon.keys);
    memory_free(lexicon.cursors);
    memory_free(lexicon.found);
    memory_free(lexicon.heap);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}
