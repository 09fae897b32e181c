#include "entity/persons.h"

#include <string.h>

#include "base/bytes.h"
#include "entity/form.h"
#include "entity/rules.h"
#include "entity/vocabulary.h"

void persons_gather(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    scratch->person_count = 0;
    scratch->stems = 0;
    for (size_t i = 0; i < scratch->found_count; i++) {
        const struct found *found = &scratch->found[i];
        if (!found->full || scratch->person_count == PERSONS_MAX) {
            continue;
        }
        size_t last = found->first + found->count - 1;
        const struct entity_form *form = article->forms[last];
        if ((form->flags & (WORD_ABD | WORD_REGNAL)) != 0 ||
            (article->forms[last - 1]->flags & WORD_ABD) != 0) {
            continue;
        }
        struct person *person = &scratch->persons[scratch->person_count++];
        *person = (struct person){
            .stem = form->stems[0],
            .found = (uint32_t)i,
            .particle = (article->forms[last - 1]->flags & WORD_PARTICLE) != 0,
            .plain = (form->flags & (WORD_COMMON | WORD_FIRST | WORD_PLACEISH)) != 0,
        };
        scratch->stems |= (uint64_t)1 << (person->stem & 63);
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
           (article->forms[at - 1]->flags & (WORD_TITLE | WORD_ROLE)) != 0;
}

/* Whether the word at `at`, with `cut` kinds of clitics off, is a short form of a full name. */
static bool try_short(struct tagger_scratch *scratch, const struct tagger_article *article,
                      size_t at, uint8_t cut)
{
    const struct person *person = person_of(scratch, article->forms[at]->stems[cut], at);
    if (person == NULL) {
        return false;
    }
    const struct entity_form *form = article->forms[at];
    struct found found = {.first = (uint32_t)at,
                          .count = 1,
                          .type = ENTITY_PERSON,
                          .source = FOUND_SHORT,
                          .cut = cut};
    if (person->particle) {
        if (at == 0 || !rule_joins(article, at) || cut != 0 ||
            (article->forms[at - 1]->flags & WORD_PARTICLE) == 0) {
            return false;
        }
        found.first--;
        found.count = 2;
        found.cut = (uint8_t)((article->forms[at - 1]->shape & SHAPE_CUT_AND) != 0 ? 1 : 0);
    }
    bool plain = person->plain || (form->flags & (WORD_COMMON | WORD_NISBA)) != 0;
    if (plain && !person->particle && !after_title(article, at)) {
        return false;
    }
    found.key = scratch->found[person->found].key;
    found.key_size = scratch->found[person->found].key_size;
    if (scratch->short_count < MENTIONS_MAX && found_name(scratch, article, &found)) {
        scratch->shorts[scratch->short_count++] = found;
    }
    return true;
}

void persons_find_shorts(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    scratch->short_count = 0;
    if (scratch->person_count == 0) {
        return;
    }
    size_t next = 0;
    for (size_t at = 0; at < article->token_count; at++) {
        if (next < scratch->found_count && at == scratch->found[next].first) {
            at += scratch->found[next++].count - 1;
            continue;
        }
        const uint32_t *stems = article->forms[at]->stems;
        uint64_t bits = (uint64_t)1 << (stems[0] & 63) | (uint64_t)1 << (stems[1] & 63) |
                        (uint64_t)1 << (stems[2] & 63);
        if (LIKELY((bits & scratch->stems) == 0) || stems[0] == 0) {
            continue;
        }
        for (uint8_t cut = 0; cut < 3; cut++) {
            if ((cut == 0 || stems[cut] != stems[cut - 1]) &&
                try_short(scratch, article, at, cut)) {
                break;
            }
        }
    }
}

/* Whether the words of `part` begin or end `whole`, which is longer. */
static bool is_part(const struct found *part, const struct found *whole)
{
    if (part->key_size + 1 >= whole->key_size) {
        return false;
    }
    const char *end = whole->key + whole->key_size - part->key_size;
    return (memcmp(whole->key, part->key, part->key_size) == 0 &&
            whole->key[part->key_size] == ' ') ||
           (memcmp(end, part->key, part->key_size) == 0 && end[-1] == ' ');
}

/* A shorter full name takes the key of the longest one it is a part of. */
static void join_full(struct tagger_scratch *scratch)
{
    for (size_t i = 0; i < scratch->person_count; i++) {
        struct found *found = &scratch->found[scratch->persons[i].found];
        const struct found *best = found;
        for (size_t j = 0; j < scratch->person_count && found->source == FOUND_RULE; j++) {
            const struct found *other = &scratch->found[scratch->persons[j].found];
            if (is_part(found, other) && other->key_size > best->key_size) {
                best = other;
            }
        }
        if (best == found) {
            continue;
        }
        for (size_t j = 0; j < scratch->found_count; j++) {
            struct found *same = &scratch->found[j];
            if (same->type == ENTITY_PERSON && same != found &&
                bytes_equal(same->key, same->key_size, found->key, found->key_size)) {
                same->key = best->key;
                same->key_size = best->key_size;
            }
        }
        found->key = best->key;
        found->key_size = best->key_size;
    }
}

/* A single name found by its title takes the key of the full name. */
static void join_single(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    for (size_t i = 0; i < scratch->found_count; i++) {
        struct found *found = &scratch->found[i];
        if (found->type != ENTITY_PERSON || found->count != 1 || found->source != FOUND_RULE) {
            continue;
        }
        const struct entity_form *form = article->forms[found->first];
        size_t variant = (form->shape & SHAPE_CUT_TO) != 0    ? 2
                         : (form->shape & SHAPE_CUT_AND) != 0 ? 1
                                                              : 0;
        const struct person *person = person_of(scratch, form->stems[variant], found->first);
        if (person != NULL && !person->particle) {
            found->key = scratch->found[person->found].key;
            found->key_size = scratch->found[person->found].key_size;
        }
    }
}

void persons_join(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    join_full(scratch);
    join_single(scratch, article);
}
