#include "text/class_ranges.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "text/conflate.h"
#include "text/fold.h"
#include "text/homograph.h"
#include "text/light10.h"
#include "text/words.h"

enum {
    STATES_MAX = 64, /* with more, or with more ranges, all keys are given */
    RANGES_MAX = 256,
    LETTER = 2, /* bytes of an Arabic letter */
};

struct text {
    const char *bytes;
    size_t size;
};

/* What a word of the prefix may begin with on its way to its class, and the keys found. */
struct search {
    const struct analyser *analyser;
    struct arena *arena;
    struct text *states;
    struct class_range *ranges;
    size_t state_count;
    size_t range_count;
    bool all; /* any key is possible */
    bool no_memory;
};

/* What may come off the front: of a word that begins with `letters`, the first `cut` bytes. */
struct front {
    const char *letters;
    size_t cut;
};

/* In any order and number; ll- is l- twice, s only stands before a verb (proclitic.c,
 * rest_is_attested()). */
static const struct front default_fronts[] = {
    {"ال", 4}, {"و", 2},  {"ف", 2},  {"ب", 2},  {"ل", 2},
    {"ك", 2},  {"سي", 2}, {"ست", 2}, {"سن", 2}, {"سا", 2},
};

/* Once. */
static const struct front light10_fronts[] = {
    {"ال", 4}, {"وال", 6}, {"بال", 6}, {"كال", 6}, {"فال", 6}, {"لل", 4}, {"و", 2},
};

static bool starts_with(struct text text, const char *start, size_t size)
{
    return text.size >= size && memcmp(text.bytes, start, size) == 0;
}

static bool ends_with(struct text text, const char *end, size_t size)
{
    return text.size >= size && memcmp(text.bytes + text.size - size, end, size) == 0;
}

/* ---- Keys ---- */

static void add_range(struct search *search, struct text from, struct text to)
{
    if (search->range_count == RANGES_MAX) {
        search->all = true;
        return;
    }
    search->ranges[search->range_count++] =
        (struct class_range){from.bytes, to.bytes, from.size, to.size};
}

static struct text keep(struct search *search, const char *bytes, size_t size)
{
    struct text copy = {arena_copy(search->arena, bytes, size), size};
    search->no_memory = search->no_memory || copy.bytes == NULL;
    return copy;
}

/* Every key that begins so. */
static void add_beginning(struct search *search, const char *bytes, size_t size)
{
    struct text from = keep(search, bytes, size);
    struct text to = {NULL, size};
    while (to.size > 0 && (unsigned char)bytes[to.size - 1] == 0xFF) {
        to.size--;
    }
    char *end = to.size == 0 ? NULL : arena_copy(search->arena, bytes, to.size);
    search->all = search->all || to.size == 0;
    search->no_memory = search->no_memory || (end == NULL && to.size > 0);
    if (end == NULL || from.bytes == NULL) {
        return;
    }
    end[to.size - 1] = (char)((unsigned char)end[to.size - 1] + 1);
    to.bytes = end;
    add_range(search, from, to);
}

/* This key alone: a zero byte stands behind the copy. */
static void add_key(struct search *search, const char *bytes, size_t size)
{
    struct text key = keep(search, bytes, size);
    add_range(search, key, (struct text){key.bytes, size + 1});
}

static void add_step(void *context, const struct conflation_step *step)
{
    add_key(context, step->to, step->to_size);
}

/* The class of a known word, and whatever it is reduced to on the way. */
static void add_word(struct search *search, const char *word, size_t size)
{
    const struct conflater conflater = {.evidence = &search->analyser->evidence,
                                        .exceptions = search->analyser->exceptions};
    char key[CONFLATE_BYTES_MAX];
    struct conflation out = {.key = key};
    add_key(search, word, size);
    if (conflate_takes(word, size)) {
        conflate_explain(&conflater, word, size, add_step, search);
        conflate(&conflater, word, size, &out);
        if (out.split != 0) {
            add_key(search, out.key, out.split);
        }
    }
}

static int compare_ranges(const void *a, const void *b)
{
    const struct class_range *left = a;
    const struct class_range *right = b;
    return bytes_compare(left->from, left->from_size, right->from, right->from_size);
}

/* Sorts the ranges and makes one of those that touch. */
static void merge_ranges(struct search *search)
{
    struct class_range *ranges = search->ranges;
    size_t kept = 0;
    qsort(ranges, search->range_count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < search->range_count; i++) {
        struct class_range *last = kept > 0 ? &ranges[kept - 1] : NULL;
        const struct class_range *range = &ranges[i];
        if (last == NULL ||
            bytes_compare(last->to, last->to_size, range->from, range->from_size) < 0) {
            ranges[kept++] = *range;
        } else if (bytes_compare(last->to, last->to_size, range->to, range->to_size) < 0) {
            last->to = range->to;
            last->to_size = range->to_size;
        }
    }
    search->range_count = kept;
}

/* ---- Beginnings ---- */

static void add_state(struct search *search, struct text text)
{
    search->all = search->all || text.size == 0 || search->state_count == STATES_MAX;
    for (size_t i = 0; !search->all && i < search->state_count; i++) {
        if (bytes_equal(search->states[i].bytes, search->states[i].size, text.bytes, text.size)) {
            return;
        }
    }
    if (!search->all) {
        search->states[search->state_count++] = text;
    }
}

/* Takes off the front of a state what may come off; of a state shorter than that, the word may go
 * on with the rest of it. */
static void cut_fronts(struct search *search, struct text state, const struct front *fronts,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text front = {fronts[i].letters, strlen(fronts[i].letters)};
        size_t cut = fronts[i].cut;
        if (starts_with(state, front.bytes, front.size)) {
            add_state(search, (struct text){state.bytes + cut, state.size - cut});
        } else if (starts_with(front, state.bytes, state.size)) {
            add_state(search, (struct text){front.bytes + cut, front.size - cut});
        }
    }
}

/* yeh waw behind the first letter may become waw waw; the waw may stand behind the state. */
static void change_spelling(struct search *search, struct text state)
{
    for (size_t at = LETTER; at + LETTER <= state.size; at += LETTER) {
        struct text rest = {state.bytes + at, state.size - at};
        if (starts_with(rest, "يو", (size_t)2 * LETTER) ||
            (rest.size == LETTER && starts_with(rest, "ي", LETTER))) {
            char *copy = arena_copy(search->arena, state.bytes, state.size);
            search->no_memory = search->no_memory || copy == NULL;
            if (copy != NULL) {
                memcpy(copy + at, "و", LETTER);
                add_state(search, (struct text){copy, state.size});
            }
        }
    }
}

/* An ending that begins inside of a state makes a known word of it. */
static void end_words(struct search *search, struct text state)
{
    char word[ANALYSIS_BYTES_MAX];
    const char *ending = NULL;
    size_t size = 0;
    for (size_t i = 0; conflate_ending(i, &ending, &size); i++) {
        for (size_t inside = LETTER; inside <= size; inside += LETTER) {
            size_t behind = size - inside;
            if (state.size > inside && state.size + behind <= sizeof word &&
                ends_with(state, ending, inside)) {
                memcpy(word, state.bytes, state.size);
                memcpy(word + state.size, ending + inside, behind);
                add_word(search, word, state.size + behind);
            }
        }
    }
}

/* Numbers lose separators between their digits, Latin words the possessive. */
static void end_plain(struct search *search, struct text state)
{
    bool digit = state.bytes[0] >= '0' && state.bytes[0] <= '9';
    for (size_t at = 1; digit && at < state.size; at++) {
        if (state.bytes[at] == ',' || state.bytes[at] == '.') {
            add_beginning(search, state.bytes, at);
            return;
        }
    }
    if (ends_with(state, "'", 1) && state.size > 1) {
        add_key(search, state.bytes, state.size - 1);
    } else if (ends_with(state, "'s", 2) && state.size > 2) {
        add_key(search, state.bytes, state.size - 2);
    }
}

/* Words that begin as a state does and which the tables or the user join to another. */
static void follow_joins(struct search *search)
{
    struct text from = {NULL, 0};
    struct text to = {NULL, 0};
    for (size_t at = 0; words_next_join(&at, &from.bytes, &from.size, &to.bytes, &to.size);) {
        for (size_t i = 0; i < search->state_count; i++) {
            if (starts_with(from, search->states[i].bytes, search->states[i].size)) {
                add_word(search, to.bytes, to.size);
            }
        }
    }
    const struct exceptions *exceptions = search->analyser->exceptions;
    for (size_t i = 0; i < search->state_count; i++) {
        struct text state = search->states[i];
        size_t at = exceptions_floor(exceptions, state.bytes, state.size);
        const struct exception_line *line = exceptions_line(exceptions, at);
        while (!search->all && line != NULL && line->first_size >= state.size &&
               memcmp(line->first, state.bytes, state.size) == 0) {
            if (line->join != 0) {
                add_word(search, line->second, line->second_size);
            }
            line = exceptions_line(exceptions, ++at);
        }
    }
}

/* Words that print keeps apart from others with their fold. */
static void follow_homographs(struct search *search)
{
    struct letters fold = {NULL, 0};
    struct letters key = {NULL, 0};
    for (size_t at = 0; homograph_at(at, &fold, &key); at++) {
        for (size_t i = 0; i < search->state_count; i++) {
            struct text state = search->states[i];
            if (starts_with(state, fold.bytes, fold.size) ||
                starts_with((struct text){fold.bytes, fold.size}, state.bytes, state.size)) {
                add_key(search, key.bytes, key.size);
            }
        }
    }
}

static void find_default(struct search *search)
{
    for (size_t i = 0; i < search->state_count && !search->all; i++) {
        struct text state = search->states[i];
        cut_fronts(search, state, default_fronts, sizeof default_fronts / sizeof *default_fronts);
        change_spelling(search, state);
    }
    for (size_t i = 0; i < search->state_count && !search->all; i++) {
        struct text state = search->states[i];
        add_beginning(search, state.bytes, state.size);
        end_words(search, state);
        end_plain(search, state);
    }
    if (!search->all) {
        follow_joins(search);
        follow_homographs(search);
    }
}

/* ---- light10 ---- */

/* It folds less than the fold does, and its endings leave two letters: so the first letter alone
 * tells, in all its spellings. */
static void add_spellings(struct search *search, const char *letter)
{
    for (uint32_t code = 0x0600; code <= 0x08FF; code++) {
        char bytes[4];
        char fold[ANALYSIS_BYTES_MAX];
        size_t size = utf8_encode(code, bytes);
        size_t fold_size = fold_text(bytes, size, fold, sizeof fold);
        size = light10_normalise(bytes, size);
        if (size > 0 && (fold_size == 0 || memcmp(fold, letter, LETTER) == 0)) {
            add_beginning(search, bytes, size);
        }
    }
}

static void find_light10(struct search *search)
{
    struct text prefix = search->states[0];
    cut_fronts(search, prefix, light10_fronts, sizeof light10_fronts / sizeof *light10_fronts);
    /* Accents have no fold: those from U+0300 on and from U+1AB0 on, and scripts of which few words
     * are seen. */
    add_range(search, (struct text){"\xCC\x80", 2}, (struct text){"\xD3", 1});
    add_range(search, (struct text){"\xE1", 1}, (struct text){"\xF0", 1});
    for (size_t i = 0; i < search->state_count && !search->all; i++) {
        const char *letter = search->states[i].bytes;
        bool arabic = search->states[i].size >= LETTER && ((unsigned char)letter[0] & 0xFC) == 0xD8;
        search->all = search->all || !arabic;
        if (arabic) {
            add_spellings(search, letter);
        }
    }
    add_beginning(search, prefix.bytes, prefix.size);
}

enum status class_ranges_find(const struct analyser *analyser, const char *prefix, size_t size,
                              struct arena *arena, struct class_ranges *out, struct error *error)
{
    struct search search = {.analyser = analyser,
                            .arena = arena,
                            .states = arena_alloc(arena, STATES_MAX * sizeof(struct text)),
                            .ranges = arena_alloc(arena, RANGES_MAX * sizeof(struct class_range))};
    if (search.states == NULL || search.ranges == NULL) {
        return error_no_memory(error, RANGES_MAX * sizeof(struct class_range));
    }
    search.all = analyser == NULL;
    add_state(&search, (struct text){prefix, size});
    if (!search.all) {
        switch (analyser->name) {
        case ANALYSER_DEFAULT:
            find_default(&search);
            break;
        case ANALYSER_LIGHT10:
            find_light10(&search);
            break;
        case ANALYSER_FOLD:
            add_beginning(&search, prefix, size);
            break;
        }
    }
    if (search.no_memory) {
        return error_no_memory(error, size);
    }
    if (search.all) {
        search.ranges[0] = (struct class_range){"", "", 0, 0};
        search.range_count = 1;
    } else {
        merge_ranges(&search);
    }
    *out = (struct class_ranges){search.ranges, search.range_count};
    return STATUS_OK;
}
