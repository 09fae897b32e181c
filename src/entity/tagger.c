#include "entity/tagger.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "entity/date.h"
#include "entity/form.h"
#include "entity/look.h"
#include "entity/name.h"
#include "entity/persons.h"
#include "entity/rules.h"
#include "entity/tagger_scratch.h"
#include "entity/vocabulary.h"

/* One pass finds mentions by rule, a second one over the article's persons joins short forms to
 * full names. */

enum { LETTER = 2 };

/* The shipped tables are constants of vocabulary.c; there is nothing else to hold. */
struct tagger {
    char reserved;
};

static const struct tagger shipped = {0};

const struct tagger *tagger_shipped(void)
{
    return &shipped;
}

struct tagger_scratch *tagger_scratch_new(const struct tagger *tagger, size_t names_max)
{
    (void)tagger;
    struct tagger_scratch *scratch = memory_alloc(sizeof *scratch);
    struct error error;
    if (scratch == NULL) {
        return NULL;
    }
    buffer_init(&scratch->glances, (size_t)UINT32_MAX * sizeof(struct glance));
    buffer_init(&scratch->candidates, (size_t)UINT32_MAX * sizeof(uint32_t));
    if (name_table_init(&scratch->names, names_max, &error) != STATUS_OK) {
        tagger_scratch_free(scratch);
        return NULL;
    }
    return scratch;
}

void tagger_scratch_free(struct tagger_scratch *scratch)
{
    if (scratch == NULL) {
        return;
    }
    name_table_release(&scratch->names);
    buffer_release(&scratch->glances);
    buffer_release(&scratch->candidates);
    memory_free(scratch);
}

void tagger_scratch_clear(struct tagger_scratch *scratch)
{
    name_table_clear(&scratch->names);
}

size_t tagger_scratch_memory(const struct tagger_scratch *scratch)
{
    return name_table_memory(&scratch->names);
}

struct entity_name tagger_name(const struct tagger_scratch *scratch, uint32_t name)
{
    return name_table_name(&scratch->names, name);
}

/* ---- the first pass ---- */

static struct glance glance_of(const struct entity_form *form)
{
    return (struct glance){
        form->start,
        {stem_glance(form->stems[0]), stem_glance(form->stems[1]), stem_glance(form->stems[2])}};
}

/* Glances at every token, and notes where something may begin. */
static enum status look(struct tagger_scratch *scratch, const struct tagger_article *article,
                        struct error *error)
{
    size_t count = article->token_count;
    buffer_clear(&scratch->candidates);
    enum status status =
        buffer_reserve(&scratch->candidates, (count + 1) * sizeof(uint32_t), error);
    if (status == STATUS_OK) {
        status = buffer_reserve(&scratch->glances, count * sizeof(struct glance), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        PREFETCH(form_at(article, i)); /* they are scattered, and looked at several times */
    }
    uint32_t *candidates = (uint32_t *)(void *)scratch->candidates.bytes;
    struct glance *glances = (struct glance *)(void *)scratch->glances.bytes;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        candidates[found] = (uint32_t)i;
        glances[i] = glance_of(form_at(article, i));
        found += glances[i].start != 0;
    }
    candidates[found] = (uint32_t)count;
    scratch->candidates.size = found * sizeof *candidates;
    return STATUS_OK;
}

static enum entity_type known_type(uint16_t node)
{
    char letter = phrase_known(node).type;
    return letter == 'P' ? ENTITY_PERSON : letter == 'O' ? ENTITY_ORGANISATION : ENTITY_PLACE;
}

static void add(struct tagger_scratch *scratch, const struct tagger_article *article,
                struct found found)
{
    if (scratch->found_count < MENTIONS_MAX) {
        if (!found.given) {
            name_table_expect(&scratch->names, article, &found);
        }
        scratch->found[scratch->found_count++] = found;
    }
}

static size_t add_date(struct tagger_scratch *scratch, const struct tagger_article *article,
                       size_t at)
{
    struct date_found date;
    if (!date_find(article, at, &date)) {
        return 0;
    }
    add(scratch, article,
        (struct found){.first = (uint32_t)at,
                       .count = (uint32_t)date.count,
                       .type = ENTITY_DATE,
                       .source = FOUND_RULE,
                       .date = date.code});
    return date.count;
}

/* A person of `count` tokens, and the Latin spelling printed behind the name. */
static size_t add_person(struct tagger_scratch *scratch, const struct tagger_article *article,
                         struct found found)
{
    found.type = ENTITY_PERSON;
    found.full =
        found.count > 1 && (found.source != FOUND_KNOWN || phrase_part(found.node) == PART_WHOLE);
    size_t before = scratch->found_count;
    add(scratch, article, found);
    size_t next = found.first + found.count;
    size_t latin = found.count > 1 ? rule_latin(article, next) : 0;
    if (latin != 0 && scratch->found_count > before) {
        add(scratch, article,
            (struct found){.first = (uint32_t)next,
                           .count = (uint32_t)latin,
                           .type = ENTITY_PERSON,
                           .source = FOUND_LATIN,
                           .given = true});
    }
    return found.count + latin;
}

static bool ends_at(const struct tagger_scratch *scratch, size_t at, enum entity_type type)
{
    if (scratch->found_count == 0) {
        return false;
    }
    const struct found *last = &scratch->found[scratch->found_count - 1];
    return last->first + last->count == at && last->type == (uint8_t)type;
}

/* A famous surname behind another given name is another person. An unknown word in front is mostly
 * a verb, or the person's given name misspelt. */
static bool other_person(const struct tagger_scratch *scratch, const struct tagger_article *article,
                         size_t at)
{
    if (at == 0 || !rule_joins(article, at) || form_at(article, at)->cut != 0) {
        return false;
    }
    const struct entity_form *before = form_at(article, at - 1);
    bool famous_too = (before->flags & WORD_FIRST) == 0 && before->root != 0;
    bool named = (before->flags & (WORD_FIRST | WORD_LAST)) != 0 && !famous_too;
    return named && !ends_at(scratch, at, ENTITY_PERSON) && before->kind == TOKEN_WORD;
}

/* Whether the token carries ً: روسياً says how, not where. */
static bool is_adverb(const struct tagger_article *article, size_t at)
{
    static const char tanwin[] = "ً";
    const struct token *token = &article->tokens[at];
    size_t size = token->end - token->start;
    const char *end = article->text + token->end;
    return size >= LETTERS(2) && (memcmp(end - LETTER, tanwin, LETTER) == 0 ||
                                  memcmp(end - LETTERS(2), tanwin, LETTER) == 0);
}

/* The best of what may begin at `at`; returns the tokens it takes, 0 for nothing. */
static size_t add_name(struct tagger_scratch *scratch, const struct tagger_article *article,
                       size_t at, enum name_licence licence)
{
    const struct entity_form *form = form_at(article, at);
    uint16_t node = 0;
    unsigned weak = 0;
    size_t known = (form->start & START_KNOWN) != 0 ? rule_known(article, at, &node, &weak) : 0;
    size_t organisation = (form->start & START_ORG) != 0 ? rule_organisation(article, at) : 0;
    size_t person = (form->start & START_PERSON) != 0 || licence != NAME_FREE
                        ? rule_person(article, at, licence)
                        : 0;
    struct found found = {.first = (uint32_t)at, .source = FOUND_RULE};
    if (organisation > known && organisation >= person) {
        found.count = (uint32_t)organisation;
        found.type = ENTITY_ORGANISATION;
        add(scratch, article, found);
        return organisation;
    }
    if (person > known) {
        found.count = (uint32_t)person;
        return add_person(scratch, article, found);
    }
    if (known == 0) {
        return 0;
    }
    enum entity_type type = known_type(node);
    if (known == 1 && type == ENTITY_PLACE && is_adverb(article, at)) {
        return 0;
    }
    struct weak_place place = {known, weak, ends_at(scratch, at, ENTITY_PLACE)};
    if (weak != 0 && !(type == ENTITY_PLACE && rule_place_shown(article, at, &place))) {
        return 0;
    }
    found.count = (uint32_t)known;
    found.type = (uint8_t)type;
    found.source = FOUND_KNOWN;
    found.node = node;
    if (type != ENTITY_PERSON) {
        add(scratch, article, found);
        return known;
    }
    if (known == 1 && other_person(scratch, article, at)) {
        found.first--;
        found.count++;
        found.source = FOUND_RULE;
        return add_person(scratch, article, found) - 1;
    }
    return add_person(scratch, article, found);
}

static size_t add_place(struct tagger_scratch *scratch, const struct tagger_article *article,
                        size_t at)
{
    struct found found = {
        .first = (uint32_t)at + 1,
        .count = (uint32_t)rule_place(article, at),
        .type = ENTITY_PLACE,
        .source = FOUND_RULE,
    };
    if (found.count == 0) {
        return 0;
    }
    add(scratch, article, found);
    return found.count + 1;
}

/* Where a name may begin that a title or an office announces. */
struct announced {
    size_t at; /* SIZE_MAX: nowhere */
    enum name_licence licence;
};

/* Looks at what may begin at `at`; returns the tokens it takes, 0 for nothing. */
static size_t take(struct tagger_scratch *scratch, const struct tagger_article *article, size_t at,
                   struct announced *announced)
{
    uint8_t start = form_at(article, at)->start;
    size_t count = (start & START_DATE) != 0 ? add_date(scratch, article, at) : 0;
    if (count == 0) {
        count =
            add_name(scratch, article, at, at == announced->at ? announced->licence : NAME_FREE);
    }
    if (count == 0 && (start & START_PLACE) != 0) {
        count = add_place(scratch, article, at);
    }
    if (count == 0 && (start & START_TITLE) != 0) {
        enum name_licence found = NAME_FREE;
        size_t name = rule_title(article, at, &found);
        if (name != 0 && (name != announced->at || found > announced->licence)) {
            *announced = (struct announced){name, found};
        }
    }
    return count;
}

static void find_mentions(struct tagger_scratch *scratch, const struct tagger_article *article)
{
    const uint32_t *candidates = (const uint32_t *)(const void *)scratch->candidates.bytes;
    size_t count = scratch->candidates.size / sizeof *candidates;
    struct announced announced = {SIZE_MAX, NAME_FREE};
    size_t at = 0;
    for (size_t i = 0; i <= count;) {
        size_t next = candidates[i];
        if (next < at) {
            i++;
            continue;
        }
        bool named = announced.at >= at && announced.at < next;
        next = named ? announced.at : next;
        if (next >= article->token_count) {
            break;
        }
        size_t taken = take(scratch, article, next, &announced);
        at = next + (taken == 0 ? 1 : taken);
        i += named ? 0 : 1;
    }
}

/* ---- the whole ---- */

static struct mention mention_of(const struct found *found)
{
    return (struct mention){
        .type = (enum entity_type)found->type,
        .token_first = found->first,
        .token_count = found->count,
        .name = found->name,
    };
}

/* Both lists are in token order and do not overlap, but for a particle's token. */
static size_t merge(struct tagger_scratch *scratch)
{
    size_t a = 0;
    size_t b = 0;
    size_t count = 0;
    size_t end = 0;
    while ((a < scratch->found_count || b < scratch->short_count) && count < MENTIONS_MAX) {
        bool first =
            b == scratch->short_count ||
            (a < scratch->found_count && scratch->found[a].first <= scratch->shorts[b].first);
        const struct found *found = first ? &scratch->found[a++] : &scratch->shorts[b++];
        if (found->first >= end && found->name != NAME_NONE) {
            scratch->mentions[count++] = mention_of(found);
            end = found->first + found->count;
        }
    }
    return count;
}

/* Names those of a list that have a key of their own, or those that are given another's. */
static enum status name_some(struct tagger_scratch *scratch, const struct tagger_article *article,
                             struct found *found, size_t count, bool given, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; given && i < count; i++) {
        if (found[i].given) {
            name_table_expect(&scratch->names, article, &found[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (found[i].given == given) {
            name_table_recall(&scratch->names, article, &found[i]);
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (found[i].given == given) {
            status = name_table_find(&scratch->names, article, &found[i], error);
        }
    }
    return status;
}

/* Names what was found by rule, then, by the persons of the article, what takes the key of another
 * mention. */
static enum status name_all(struct tagger_scratch *scratch, const struct tagger_article *article,
                            struct error *error)
{
    enum status status =
        name_some(scratch, article, scratch->found, scratch->found_count, false, error);
    if (status != STATUS_OK) {
        return status;
    }
    persons_gather(scratch, article);
    persons_join(scratch, article);
    persons_find_shorts(scratch, article);
    status = name_some(scratch, article, scratch->found, scratch->found_count, true, error);
    return status == STATUS_OK
               ? name_some(scratch, article, scratch->shorts, scratch->short_count, true, error)
               : status;
}

enum status tagger_find(struct tagger_scratch *scratch, const struct tagger_article *article,
                        const struct mention **mentions, size_t *mention_count, struct error *error)
{
    *mentions = scratch->mentions;
    *mention_count = 0;
    if (article->token_count > UINT32_MAX - RULE_TOKENS_MAX) {
        return error_set(error, STATUS_LIMIT, "cannot tag an article of %zu words",
                         article->token_count);
    }
    scratch->found_count = 0;
    enum status status = look(scratch, article, error);
    if (status == STATUS_OK) {
        find_mentions(scratch, article);
        status = name_all(scratch, article, error);
    }
    if (status == STATUS_OK) {
        *mention_count = merge(scratch);
    }
    return status;
}

/* ---- names from outside ---- */

const char *tagger_display(const struct tagger *tagger, enum entity_type type, const char *key,
                           size_t key_size)
{
    (void)tagger;
    struct known_entity known;
    bool found = known_entity_find(entity_type_letter(type), key, key_size, &known) &&
                 bytes_equal(known.key, known.key_size, key, key_size);
    return found ? known.name : NULL;
}

size_t tagger_name_key(enum entity_type type, const char *name, size_t size, char *out,
                       size_t out_size)
{
    char fold[NAME_BYTES_MAX];
    char key[NAME_BYTES_MAX];
    size_t fold_size = analyser_fold(name, size, fold, sizeof fold);
    /* Last names in Arabic may be anybody's: they are looked up as they were met. */
    bool latin = fold_size > 0 && (unsigned char)fold[0] < 0x80;
    if (type == ENTITY_PERSON && !latin) {
        return name_key_person(fold, fold_size, out, out_size);
    }
    size_t key_size = name_key_words(fold, fold_size, key, sizeof key);
    struct known_entity known;
    if (!known_entity_find(entity_type_letter(type), key, key_size, &known)) {
        known = (struct known_entity){.key = key, .key_size = key_size};
    }
    if (known.key_size > out_size) {
        return 0;
    }
    memcpy(out, known.key, known.key_size);
    return known.key_size;
}

char entity_type_letter(enum entity_type type)
{
    switch (type) {
    case ENTITY_PERSON:
        return 'P';
    case ENTITY_ORGANISATION:
        return 'O';
    case ENTITY_PLACE:
        return 'L';
    case ENTITY_DATE:
        return 'D';
    }
    assert(false);
    return 0;
}

const char *entity_type_text(enum entity_type type)
{
    switch (type) {
    case ENTITY_PERSON:
        return "person";
    case ENTITY_ORGANISATION:
        return "organisation";
    case ENTITY_PLACE:
        return "place";
    case ENTITY_DATE:
        return "date";
    }
    assert(false);
    return "";
}
