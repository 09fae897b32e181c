#include "entity/name.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"

/* A growing key in a caller's memory; a word that does not fit is dropped whole. */
struct key {
    char *out;
    size_t size;
    size_t size_max;
};

struct span {
    const char *text;
    size_t size;
};

static void key_add(struct key *key, bool apart, const char *first, size_t first_size,
                    struct span second)
{
    size_t blank = apart && key->size > 0 ? 1 : 0;
    if (blank + first_size + second.size > key->size_max - key->size) {
        return;
    }
    if (blank == 1) {
        key->out[key->size++] = ' ';
    }
    if (first_size > 0) {
        memcpy(key->out + key->size, first, first_size);
        key->size += first_size;
    }
    if (second.size > 0) {
        memcpy(key->out + key->size, second.text, second.size);
        key->size += second.size;
    }
}

static bool span_is(struct span span, const char *text)
{
    return bytes_equal(span.text, span.size, text, strlen(text));
}

static bool span_begins(struct span span, const char *text, size_t letters_min)
{
    size_t size = strlen(text);
    return span.size >= LETTERS(letters_min) && memcmp(span.text, text, size) == 0;
}

static bool span_ends(struct span span, const char *text, size_t letters_min)
{
    size_t size = strlen(text);
    return span.size >= LETTERS(letters_min) &&
           memcmp(span.text + span.size - size, text, size) == 0;
}

size_t name_bare(const char **word, size_t size)
{
    struct span span = {*word, size};
    if (span_begins(span, "ال", 5)) {
        *word += LETTERS(2);
        return size - LETTERS(2);
    }
    return size;
}

static struct span bare(struct span word)
{
    word.size = name_bare(&word.text, word.size);
    return word;
}

/* The next word from `*at` on, `size` 0 at the end. */
static struct span next_word(const char *text, size_t size, size_t *at)
{
    while (*at < size && text[*at] == ' ') {
        (*at)++;
    }
    size_t start = *at;
    while (*at < size && text[*at] != ' ') {
        (*at)++;
    }
    return (struct span){text + start, *at - start};
}

size_t name_key_person(const char *fold, size_t size, char *out, size_t out_size)
{
    struct key key = {.size_max = out_size};
    key.out = out;
    const struct span none = {NULL, 0};
    static const char bin[] = "بن";
    static const char abu[] = "ابو";
    static const char abd[] = "عبد";
    static const char god[] = "الله";
    size_t at = 0;
    struct span word = next_word(fold, size, &at);
    while (word.size > 0) {
        size_t after = at;
        struct span next = next_word(fold, size, &after);
        bool joins = false;
        if (next.size > 0 && span_is(word, abd)) {
            key_add(&key, true, abd, sizeof abd - 1, none);
            key_add(&key, true, NULL, 0, next);
            joins = true;
        } else if (next.size > 0 && (span_is(word, bin) || span_is(word, "ابن"))) {
            key_add(&key, true, bin, sizeof bin - 1, bare(next));
            joins = true;
        } else if (next.size > 0 &&
                   (span_is(word, abu) || span_is(word, "ابي") || span_is(word, "ابا"))) {
            key_add(&key, true, abu, sizeof abu - 1, none);
            key_add(&key, true, NULL, 0, bare(next));
            joins = true;
        } else if (span_begins(word, "عبدال", 7)) {
            key_add(&key, true, abd, sizeof abd - 1, none);
            key_add(&key, true, NULL, 0,
                    (struct span){word.text + LETTERS(3), word.size - LETTERS(3)});
        } else if (span_begins(word, abu, 6)) {
            key_add(&key, true, abu, sizeof abu - 1, none);
            key_add(&key, true, NULL, 0,
                    bare((struct span){word.text + LETTERS(3), word.size - LETTERS(3)}));
        } else if (span_ends(word, god, 6)) {
            key_add(&key, true, word.text, word.size - (sizeof god - 1), none);
            key_add(&key, true, god, sizeof god - 1, none);
        } else {
            key_add(&key, true, NULL, 0, bare(word));
        }
        if (joins) {
            at = after;
        }
        word = next_word(fold, size, &at);
    }
    return key.size;
}
