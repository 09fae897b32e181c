#include "entity/name.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "entity/spelling.h"

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

/* The next word in the spelling of keys. */
static struct span spelled(struct span word)
{
    word.size = spelling_of(&word.text, word.size);
    return word;
}

static struct span without(struct span word, size_t front)
{
    return (struct span){word.text + front, word.size - front};
}

static const char bin[] = "بن";
static const char abu[] = "ابو";
static const char abd[] = "عبد";

/* Bytes of عبد in front of ال (عبدالله, بنعبدالله), 0 when it is not there. */
static size_t joined_abd(struct span word)
{
    return span_begins(word, "عبدال", 7)     ? LETTERS(3)
           : span_begins(word, "بنعبدال", 9) ? LETTERS(5)
                                             : 0;
}

/* A word that begins a name of two, `front` before it in the key: عبد takes the next one, what is
 * printed as one word comes apart. Returns whether `next` was taken. */
static bool add_name(struct key *key, const char *front, struct span word, struct span next)
{
    static const char god[] = "الله";
    static const char faith[] = "الدين";
    const struct span none = {NULL, 0};
    size_t front_size = strlen(front);
    size_t size = joined_abd(word);
    if (next.size > 0 && (span_is(word, abd) || span_is(word, "بنعبد"))) {
        key_add(key, true, front, front_size, word);
        key_add(key, true, NULL, 0, spelled(next));
        return true;
    }
    if (size > 0) {
        key_add(key, true, front, front_size, (struct span){word.text, size});
        key_add(key, true, NULL, 0, spelled(without(word, size)));
    } else if (span_ends(word, god, 6)) {
        key_add(key, true, front, front_size, (struct span){word.text, word.size - sizeof god + 1});
        key_add(key, true, god, sizeof god - 1, none);
    } else if (span_ends(word, faith, 7)) {
        size = word.size - (sizeof faith - 1);
        key_add(key, true, front, front_size, (struct span){word.text, size});
        key_add(key, true, faith + LETTERS(2), sizeof faith - 1 - LETTERS(2), none);
    } else {
        key_add(key, true, front, front_size, spelled(bare(word)));
    }
    return false;
}

size_t name_key_person(const char *fold, size_t size, char *out, size_t out_size)
{
    struct key key = {.size_max = out_size};
    key.out = out;
    const struct span none = {NULL, 0};
    size_t at = 0;
    struct span word = next_word(fold, size, &at);
    while (word.size > 0) {
        struct span next = next_word(fold, size, &at);
        const char *front = "";
        bool son = span_is(word, bin) || span_is(word, "ابن");
        bool father = span_is(word, abu) || span_is(word, "ابي") || span_is(word, "ابا");
        bool joined_father = span_begins(word, abu, 6);
        if (joined_father || (father && next.size > 0)) {
            key_add(&key, true, abu, sizeof abu - 1, none);
        }
        if (joined_father) {
            word = without(word, sizeof abu - 1);
        } else if ((son || father) && next.size > 0) {
            front = son ? bin : "";
            word = next;
            next = next_word(fold, size, &at);
        }
        word = add_name(&key, front, word, next) ? next_word(fold, size, &at) : next;
    }
    return key.size;
}

size_t name_key_words(const char *fold, size_t size, char *out, size_t out_size)
{
    struct key key = {.size_max = out_size};
    key.out = out;
    size_t at = 0;
    for (struct span word = next_word(fold, size, &at); word.size > 0;
         word = next_word(fold, size, &at)) {
        key_add(&key, true, NULL, 0, spelled(word));
    }
    return key.size;
}
