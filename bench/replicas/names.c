#include "names.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "name_lists.inc"

#define COUNT_OF(texts) (sizeof(texts) / sizeof *(texts))

enum list_name {
    GIVEN,
    FAMILY,
    TITLE,
    PLACE,
    BEFORE_PLACE,
    BODY,
    OFFICE,
    NATION,
    BEFORE_BODY,
    WEEKDAY,
    MONTH,
    LIST_COUNT
};
static const struct {
    const char *const *texts;
    size_t count;
} list_texts[LIST_COUNT] = {
    [GIVEN] = {given_names, COUNT_OF(given_names)},
    [FAMILY] = {family_names, COUNT_OF(family_names)},
    [TITLE] = {titles, COUNT_OF(titles)},
    [PLACE] = {places, COUNT_OF(places)},
    [BEFORE_PLACE] = {before_places, COUNT_OF(before_places)},
    [BODY] = {bodies, COUNT_OF(bodies)},
    [OFFICE] = {offices, COUNT_OF(offices)},
    [NATION] = {nations, COUNT_OF(nations)},
    [BEFORE_BODY] = {before_bodies, COUNT_OF(before_bodies)},
    [WEEKDAY] = {weekdays, COUNT_OF(weekdays)},
    [MONTH] = {months, COUNT_OF(months)},
};

/* Numbers below this are kept as pieces. */
enum { NUMBERS = 4096, YEAR_FIRST = 1990, YEAR_COUNT = 35 };
/* Made names are numbered: of a kind there are 2^(octaves + FAME_BITS), of which the most famous
 * 2^FAME_BITS are alike famous. Their stems come from stretches of lemmas of their own. These
 * numbers and the shares of kinds below were moved until there were as many distinct persons,
 * places and bodies as in news of 10,000 and of 40,000 articles. */
enum { FAME_BITS = 5, PERSON_OCTAVES = 12, PLACE_OCTAVES = 9, BODY_OCTAVES = 12 };
enum { SURNAME_LEMMAS = 20000, PLACE_LEMMAS = 90000, BODY_LEMMAS = 110000 };

struct list {
    struct piece *pieces; /* the common ones first */
    uint32_t count;
    uint32_t octaves; /* the least number with count < 2^octaves */
};

struct names {
    const struct vocabulary *vocabulary;
    struct list lists[LIST_COUNT];
    struct piece numbers[NUMBERS];
};

static struct piece make_piece(const char *text)
{
    struct piece piece = {.size = (uint8_t)strlen(text)};
    assert(strlen(text) <= PIECE_BYTES_MAX);
    memcpy(piece.bytes, text, piece.size);
    return piece;
}

struct names *names_new(const struct vocabulary *vocabulary)
{
    struct names *names = calloc(1, sizeof *names);
    if (names == NULL) {
        return NULL;
    }
    names->vocabulary = vocabulary;
    for (size_t i = 0; i < LIST_COUNT; i++) {
        struct list *list = &names->lists[i];
        list->count = (uint32_t)list_texts[i].count;
        list->pieces = calloc(list->count, sizeof *list->pieces);
        if (list->pieces == NULL) {
            names_free(names);
            return NULL;
        }
        for (uint32_t k = 0; k < list->count; k++) {
            list->pieces[k] = make_piece(list_texts[i].texts[k]);
        }
        while (list->count >> list->octaves != 0) {
            list->octaves++;
        }
    }
    for (unsigned i = 0; i < NUMBERS; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", i);
        names->numbers[i] = make_piece(text);
    }
    return names;
}

void names_free(struct names *names)
{
    if (names == NULL) {
        return;
    }
    for (size_t i = 0; i < LIST_COUNT; i++) {
        free(names->lists[i].pieces);
    }
    free(names);
}

static char *put(const struct names *names, enum list_name name, uint64_t bits, char *to)
{
    const struct list *list = &names->lists[name];
    return piece_write(to, &list->pieces[random_scale(bits, list->count)]);
}

/* One of the list, the first ones more often. */
static char *put_common(const struct names *names, enum list_name name, struct random *random,
                        char *to)
{
    const struct list *list = &names->lists[name];
    return piece_write(to, &list->pieces[(random_zipf(random, list->octaves) - 1) % list->count]);
}

static char *put_stem(const struct names *names, uint32_t lemma, char *to)
{
    struct piece piece = vocabulary_stem(names->vocabulary, lemma);
    return piece_write(to, &piece);
}

static char *put_space(char *to)
{
    *to = ' ';
    return to + 1;
}

/* The number of a made name. */
static uint32_t draw_made(struct random *random, uint32_t octaves)
{
    uint32_t fame = random_steep(random, octaves);
    return fame << FAME_BITS | random_below(random, 1 << FAME_BITS);
}

/* [title] given family: the surname is how the text goes on to call the person. */
static struct name write_person(const struct names *names, struct random *random, char *to)
{
    uint32_t person = draw_made(random, PERSON_OCTAVES);
    uint64_t traits = random_hash(person, 11);
    struct name name = {.words = 2, .again_words = 1};
    char *at = to;
    if (random_below(random, 8) < 3) {
        at = put_space(put(names, TITLE, random_hash(person, 12), at));
        name.words++;
    }
    at = put_space(put(names, GIVEN, traits, at));
    name.again_start = (unsigned)(at - to);
    if (traits % 4 == 0) {
        at = put(names, FAMILY, random_mix(traits), at);
    } else {
        at =
            put_stem(names, SURNAME_LEMMAS + person / 2, piece_write(at, &(struct piece){"ال", 4}));
        at = piece_write(at, &(struct piece){"ي", 2});
    }
    name.end = at;
    return name;
}

static struct name write_place(const struct names *names, struct random *random, char *to)
{
    struct name name = {.words = 1, .again_words = 1};
    if (random_below(random, 12) > 0) {
        name.end = put_common(names, PLACE, random, to);
        return name;
    }
    uint32_t place = draw_made(random, PLACE_OCTAVES);
    char *at = put_space(put(names, BEFORE_PLACE, random_hash(place, 21), to));
    name.end = put_stem(names, PLACE_LEMMAS + place, at);
    name.words = name.again_words = 2;
    return name;
}

static struct name write_body(const struct names *names, struct random *random, char *to)
{
    struct name name = {.words = 2, .again_words = 2};
    uint32_t kind = random_below(random, 8);
    if (kind < 1) {
        name.end = put_common(names, BODY, random, to);
    } else if (kind < 4) {
        name.end =
            put_common(names, NATION, random, put_space(put_common(names, OFFICE, random, to)));
        name.words = name.again_words = 3;
    } else {
        uint32_t body = draw_made(random, BODY_OCTAVES);
        char *at = put_space(put(names, BEFORE_BODY, random_hash(body, 31), to));
        name.end = put_stem(names, BODY_LEMMAS + body, at);
    }
    return name;
}

static char *put_number(const struct names *names, uint32_t number, char *to)
{
    return piece_write(to, &names->numbers[number]);
}

static struct name write_date(const struct names *names, struct random *random, char *to)
{
    static const struct piece year_word = {"عام ", 7};
    struct name name = {.words = 1, .again_words = 1};
    uint32_t kind = random_below(random, 8);
    char *at = to;
    if (kind < 3) {
        name.end = put(names, WEEKDAY, random_next(random), at);
        return name;
    }
    name.words = name.again_words = 2;
    uint32_t year = YEAR_FIRST + YEAR_COUNT - random_zipf(random, 5);
    if (kind < 5) {
        name.end = put_number(names, year, piece_write(at, &year_word));
        return name;
    }
    at = put_space(put_number(names, 1 + random_below(random, 28), at));
    at = put_common(names, MONTH, random, at);
    if (kind < 6) {
        at = put_number(names, year, put_space(at));
        name.words = name.again_words = 3;
    }
    name.end = at;
    return name;
}

struct name names_write(const struct names *names, struct random *random, char *to)
{
    uint32_t kind = random_below(random, 32);
    if (kind < 9) {
        return write_person(names, random, to);
    }
    if (kind < 21) {
        return write_place(names, random, to);
    }
    return kind < 28 ? write_body(names, random, to) : write_date(names, random, to);
}

char *names_write_number(const struct names *names, struct random *random, char *to)
{
    return put_number(names, random_zipf(random, 12), to);
}
