#include "entity/persons.h"

#include <string.h>

#include "entity/form.h"
#include "entity/look.h"
#include "entity/rules.h"
#include "entity/vocabulary.h"

void persons_gather(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    scratch->person_count = 0;
    memset(scratch->stems, 0, sizeof scratch->stems);
    for (size_t i = 0; i < scratch->found_count; i++) {
        struct found *found = &scratch->found[i];
        if (found->source == FOUND_LATIN) {
            found->key = found[-1].key;
        }
        if (!found->full || found->name == NAME_NONE || scratch->person_count == PERSONS_MAX) {
            continue;
        }
        size_t last = found->first + found->count - 1;
        const struct entity_form *form = form_at(article, last);
        if (is_abd(form) || has(form, WORD_REGNAL) ||
            is_compound(form_at(article, last - 1), form)) {
            continue;
        }
        struct person *person = &scratch->persons[scratch->person_count++];
        *person = (struct person){
            .stem = form->stems[0],
            .found = (uint32_t)i,
            .particle = (form_at(article, last - 1)->flags & WORD_PARTICLE) != 0,
            .plain = (form->flags & (WORD_COMMON | WORD_FIRST | WORD_PLACEISH)) != 0,
        };
        scratch->stems[stem_glance(person->stem)] = 1;
    }
}

/* The full name meant by `stem` at token `at`: the nearest before it, else the first behind. */
static const struct person *person_of(const struct tagger_scratch *scratch, uint32_t stem,
                                      size_t at)
{
    const struct person *best = NULL;
    for (size_t i = 0; i < scratch->person_count; i++) {
        const struct person *person = &scratch->persons[i];
        if (person->stem == stem && (best == NULL || scratch->found[person->found].first < at)) {
            best = person;
        }
    }
    return best;
}

static bool after_title(const struct tagger_article *article, size_t at)
{
    return at > 0 && rule_joins(article, at) &&
           (form_at(article, at - 1)->flags & (WORD_TITLE | WORD_ROLE)) != 0;
}

/* Whether the word at `at`, with `cut` kinds of clitics off, is a short form of a full name. */
static bool try_short(struct tagger_scratch *scratch, const struct tagger_article *article,
                      size_t at, uint8_t cut)
{
    const struct person *person = person_of(scratch, form_at(article, at)->stems[cut], at);
    if (person == NULL) {
        return false;
    }
    const struct entity_form *form = form_at(article, at);
    struct found found = {.first = (uint32_t)at,
                          .count = 1,
                          .type = ENTITY_PERSON,
                          .source = FOUND_SHORT,
                          .cut = cut,
                          .given = true,
                          .key = scratch->found[person->found].key};
    if (person->particle) {
        if (at == 0 || !rule_joins(article, at) || cut != 0 ||
            (form_at(article, at - 1)->flags & WORD_PARTICLE) == 0) {
            return false;
        }
        found.first--;
        found.count = 2;
        found.cut = (uint8_t)((form_at(article, at - 1)->shape & SHAPE_CUT_AND) != 0 ? 1 : 0);
    }
    bool plain = person->plain || (form->flags & (WORD_COMMON | WORD_NISBA)) != 0;
    bool adjective = is_common_family(form) && (form->shape & SHAPE_NISBA) != 0;
    if (plain && !person->particle && (adjective || !after_title(article, at))) {
        return false; /* القيادي الحوثي is an adjective */
    }
    if (scratch->short_count < MENTIONS_MAX) {
        scratch->shorts[scratch->short_count++] = found;
    }
    return true;
}

/* Tries the words of tokens [from, to). */
static void find_between(struct tagger_scratch *scratch, const struct tagger_article *article,
                         size_t from, size_t to)
{
    const uint8_t *marks = scratch->stems;
    const struct glance *seen = (const struct glance *)(const void *)scratch->glances.bytes;
    for (size_t at = from; at < to; at++) {
        const uint16_t *glances = seen[at].stems;
        if (LIKELY((marks[glances[0]] | marks[glances[1]] | marks[glances[2]]) == 0)) {
            continue;
        }
        const uint32_t *stems = form_at(article, at)->stems;
        for (uint8_t cut = 0; cut < STEMS && stems[0] != 0; cut++) {
            if ((cut == 0 || stems[cut] != stems[cut - 1]) &&
                try_short(scratch, article, at, cut)) {
                break;
            }
        }
    }
}

void persons_find_shorts(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    scratch->short_count = 0;
    if (scratch->person_count == 0) {
        return;
    }
    size_t at = 0;
    /* One that begins inside the one before is the last that is passed over. */
    for (size_t i = 0; i < scratch->found_count && scratch->found[i].first >= at; i++) {
        find_between(scratch, article, at, scratch->found[i].first);
        at = (size_t)scratch->found[i].first + scratch->found[i].count;
    }
    find_between(scratch, article, at, article->token_count);
}

/* Whether the words of `part` begin or end `whole`, which is longer. */
static bool is_part(const struct found *part, const struct found *whole)
{
    if (part->key == whole->key || part->key_size + 1 >= whole->key_size) {
        return false;
    }
    const char *end = whole->key_text + whole->key_size - part->key_size;
    return (whole->key_text[part->key_size] == ' ' &&
            memcmp(whole->key_text, part->key_text, part->key_size) == 0) ||
           (end[-1] == ' ' && memcmp(end, part->key_text, part->key_size) == 0);
}

/* Whether no list knows the words that `whole` has behind `part` for names: a verb, an adverb or a
 * rare surname. */
static bool has_odd_tail(const struct tagger_article *article, const struct found *whole,
                         const struct found *part)
{
    if (memcmp(whole->key_text, part->key_text, part->key_size) != 0 ||
        whole->count <= part->count) {
        return false;
    }
    for (size_t i = part->count; i < whole->count; i++) {
        uint32_t flags = form_at(article, whole->first + i)->flags;
        if ((flags & (WORD_FIRST | WORD_MIXED | WORD_LAST | WORD_ABD | WORD_PARTICLE)) != 0) {
            return false;
        }
    }
    return true;
}

static bool same_key(const struct found *a, const struct found *b)
{
    return a->key == b->key;
}

static size_t count_full(const struct tagger_scratch *scratch, const struct found *name)
{
    size_t count = 0;
    for (size_t i = 0; i < scratch->person_count; i++) {
        count += same_key(&scratch->found[scratch->persons[i].found], name);
    }
    return count;
}

static void give_key(struct found *found, const struct found *from)
{
    found->given = found->given || found->key != from->key;
    found->key = from->key;
    found->key_text = from->key_text;
    found->key_size = from->key_size;
}

/* Gives all that have the key of `from` that of `to`. */
static void take_key(struct tagger_scratch *scratch, const struct found *from,
                     const struct found *to)
{
    const struct found old = *from;
    for (size_t i = 0; i < scratch->found_count; i++) {
        struct found *found = &scratch->found[i];
        if (found->type == ENTITY_PERSON && same_key(found, &old)) {
            give_key(found, to);
        }
    }
}

/* A name with an odd tail takes the key of the name without it that is known, or more frequent
 * here: محمد بن سلمان تصعيدا. Returns whether any name is a part of another. */
static bool drop_odd_tails(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    bool any = false;
    for (size_t i = 0; i < scratch->person_count; i++) {
        const struct found *part = &scratch->found[scratch->persons[i].found];
        for (size_t j = 0; j < scratch->person_count; j++) {
            const struct found *whole = &scratch->found[scratch->persons[j].found];
            if (!is_part(part, whole)) {
                continue;
            }
            any = true;
            if (whole->source == FOUND_RULE && has_odd_tail(article, whole, part) &&
                (part->source == FOUND_KNOWN ||
                 count_full(scratch, whole) < count_full(scratch, part))) {
                take_key(scratch, whole, part);
            }
        }
    }
    return any;
}

/* Whether the name, or another with its key, is one of the gazetteer. */
static bool is_known(const struct tagger_scratch *scratch, const struct found *name)
{
    for (size_t i = 0; i < scratch->person_count; i++) {
        const struct found *other = &scratch->found[scratch->persons[i].found];
        if (other->source == FOUND_KNOWN && same_key(other, name)) {
            return true;
        }
    }
    return false;
}

/* A shorter full name takes the key of the longest one it is a part of. */
static void join_full(struct tagger_scratch *scratch)
{
    for (size_t i = 0; i < scratch->person_count; i++) {
        const struct found *found = &scratch->found[scratch->persons[i].found];
        const struct found *best = found;
        for (size_t j = 0; j < scratch->person_count && found->source == FOUND_RULE; j++) {
            const struct found *other = &scratch->found[scratch->persons[j].found];
            if (is_part(found, other) && other->key_size > best->key_size) {
                best = other;
            }
        }
        if (best != found && !is_known(scratch, found)) {
            take_key(scratch, found, best);
        }
    }
}

/* The stem of the word at `at`, without the clitics that its description names. */
static uint32_t bare_stem(const struct tagger_article *article, size_t at)
{
    const struct entity_form *form = form_at(article, at);
    size_t variant = (form->shape & SHAPE_CUT_TO) != 0 ? 2 : (form->shape & SHAPE_CUT_AND) != 0;
    return form->stems[variant];
}

/* Whether the full name ends with the words of `part`. */
static bool ends_with(const struct tagger_article *article, const struct found *full,
                      const struct found *part)
{
    for (size_t back = 1; back <= part->count; back++) {
        if (back > full->count || bare_stem(article, full->first + full->count - back) !=
                                      bare_stem(article, part->first + part->count - back)) {
            return false;
        }
    }
    return true;
}

/* Last names alone take the key of the full name: those that a title shows, and the famous ones,
 * for another may have the name of somebody famous. */
static void join_parts(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    for (size_t i = 0; i < scratch->found_count; i++) {
        struct found *found = &scratch->found[i];
        bool famous = found->source == FOUND_KNOWN && phrase_part(found->node) == PART_SHARED;
        bool single = found->source == FOUND_RULE && found->count == 1;
        if (found->type != ENTITY_PERSON || found->full || !(famous || single)) {
            continue;
        }
        uint32_t stem = bare_stem(article, found->first + found->count - 1);
        const struct person *person = person_of(scratch, stem, found->first);
        if (person == NULL || (single && person->particle)) {
            continue;
        }
        const struct found *full = &scratch->found[person->found];
        if (single || ends_with(article, full, found)) {
            give_key(found, full);
        }
    }
}

static void read_keys(struct tagger_scratch *scratch)
{
    for (size_t i = 0; i < scratch->person_count; i++) {
        struct found *found = &scratch->found[scratch->persons[i].found];
        size_t size = 0;
        found->key_text = name_table_key(&scratch->names, found->key, &size);
        found->key_size = (uint32_t)size;
    }
}

void persons_join(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    if (scratch->person_count > 1) {
        read_keys(scratch);
    }
    if (drop_odd_tails(scratch, article)) {
        join_full(scratch);
    }
    join_parts(scratch, article);
}
