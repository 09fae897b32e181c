#include "entity/vocabulary.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/hash.h"

struct word_class {
    uint32_t flags;
    uint8_t value;
    uint8_t phrases; /* 1: some begin with its words */
};

/* A word below its parent, the range of its children, and the entity that ends here (+ 1). `part`:
 * 1 for a person's last names alone. */
struct phrase_node {
    uint32_t word;
    uint16_t first;
    uint16_t count;
    uint16_t entity;
    uint8_t weak;
    uint8_t part; /* enum phrase_part */
};

struct phrase_entity {
    uint32_t offset;
    uint8_t name_size;
    uint8_t key_size;
    char type;
};

#include "entity/tables/phrases.inc"
#include "entity/tables/words.inc"

enum { CODE_SIZE = 2 }; /* letters in front of a word that name its class */

uint32_t word_hash(const char *text, size_t size)
{
    return (uint32_t)hash_short(text, size);
}

static struct word word_at(uint32_t id)
{
    const char *text = (const char *)word_rows + id;
    size_t number = (size_t)(text[0] - 'A') * 26 + (size_t)(text[1] - 'A');
    assert(number < sizeof word_classes / sizeof word_classes[0]);
    const struct word_class *class = &word_classes[number];
    return (struct word){.id = id,
                         .flags = class->flags,
                         .value = class->value,
                         .begins_phrase = class->phrases != 0};
}

/* The last 8 bytes of a word as a number, zeros behind a shorter one. */
static uint64_t ending_of(const char *fold, size_t size)
{
    if (LIKELY(size >= 8)) {
        return load_u64(fold + size - 8);
    }
    if (size >= 4) {
        return load_u32(fold) | (uint64_t)load_u32(fold + size - 4) << 8 * (size - 4);
    }
    unsigned char bytes[8] = {0};
    memcpy(bytes, fold, size);
    return load_u64(bytes);
}

/* Most words that are asked for are not listed: three bits tell that of 98 in 100 of them. They lie
 * in one cache line, that of the word's ending, which is also that of what is left when the word's
 * clitics are cut. */
static bool may_be_listed(const char *fold, size_t size, uint32_t hash)
{
    static_assert(WORD_FILTER_BITS == 1 << 19, "a line is 9 bits, there are 10 bits of lines");
    const uint32_t *line =
        word_filter + (ending_of(fold, size) * 0x9E3779B97F4A7C15u >> 54) * (512 / 32);
    uint32_t a = hash % 512;
    uint32_t b = hash >> 9 & 511;
    uint32_t c = hash >> 18 & 511;
    return (line[a / 32] >> a % 32 & line[b / 32] >> b % 32 & line[c / 32] >> c % 32 & 1) != 0;
}

/* The entries of a bucket are "CCword " one after the other; rows are filled up with blanks, and
 * spare rows behind the last make it safe to compare with any word below 256 bytes. */
bool vocabulary_find(const char *fold, size_t size, struct word *word)
{
    *word = (struct word){.id = WORD_NONE};
    if (size == 0 || size >= 256) {
        return false;
    }
    uint32_t hash = word_hash(fold, size);
    if (LIKELY(!may_be_listed(fold, size, hash))) {
        return false;
    }
    uint32_t bucket = hash % WORD_BUCKETS;
    const char *rows = (const char *)word_rows;
    const char *at = rows + word_starts[bucket];
    const char *end = rows + word_starts[bucket + 1];
    while (at < end) {
        if (*at == ' ') {
            at++;
            continue;
        }
        const char *text = at + CODE_SIZE;
        if (text[size] == ' ' && memcmp(text, fold, size) == 0) {
            *word = word_at((uint32_t)(at - rows));
            return true;
        }
        at = memchr(text, ' ', sizeof word_rows - (size_t)(text - rows));
        assert(at != NULL);
    }
    return false;
}

uint32_t vocabulary_next(uint32_t at, const char **text, size_t *size, uint32_t *id)
{
    const char *rows = (const char *)word_rows;
    while (at < sizeof word_rows && rows[at] == ' ') {
        at++;
    }
    if (at >= sizeof word_rows) {
        return 0;
    }
    *id = at;
    *text = rows + at + CODE_SIZE;
    const char *end = memchr(*text, ' ', sizeof word_rows - at - CODE_SIZE);
    assert(end != NULL);
    *size = (size_t)(end - *text);
    return (uint32_t)(end - rows);
}

uint16_t phrase_child(uint16_t node, uint32_t word)
{
    assert(node < PHRASE_NODES);
    uint32_t low = phrase_nodes[node].first;
    uint32_t high = low + phrase_nodes[node].count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (phrase_nodes[middle].word < word) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t end = (uint32_t)phrase_nodes[node].first + phrase_nodes[node].count;
    return low < end && phrase_nodes[low].word == word ? (uint16_t)low : 0;
}

bool phrase_entity(uint16_t node, unsigned *weak)
{
    assert(node < PHRASE_NODES);
    *weak = phrase_nodes[node].weak;
    return phrase_nodes[node].entity != 0;
}

enum phrase_part phrase_part(uint16_t node)
{
    assert(node < PHRASE_NODES);
    return (enum phrase_part)phrase_nodes[node].part;
}

struct known_entity known_entity_at(size_t index)
{
    assert(index < PHRASE_ENTITIES);
    const struct phrase_entity *entity = &phrase_entities[index];
    const char *name = (const char *)phrase_names + entity->offset;
    return (struct known_entity){
        .name = name,
        .name_size = entity->name_size,
        .key = name + entity->name_size + 1,
        .key_size = entity->key_size,
        .type = entity->type,
    };
}

struct known_entity phrase_known(uint16_t node)
{
    assert(node < PHRASE_NODES && phrase_nodes[node].entity != 0);
    return known_entity_at((size_t)phrase_nodes[node].entity - 1u);
}

size_t known_entity_count(void)
{
    return PHRASE_ENTITIES;
}

bool known_entity_find(char type, const char *fold, size_t size, struct known_entity *known)
{
    uint16_t node = PHRASE_ROOT;
    size_t at = 0;
    while (at < size) {
        const char *end = memchr(fold + at, ' ', size - at);
        size_t word_size = end == NULL ? size - at : (size_t)(end - fold) - at;
        struct word word;
        node = vocabulary_find(fold + at, word_size, &word) ? phrase_child(node, word.id) : 0;
        if (node == 0) {
            return false;
        }
        at += word_size + 1;
    }
    unsigned weak = 0;
    if (node == PHRASE_ROOT || !phrase_entity(node, &weak)) {
        return false;
    }
    *known = phrase_known(node);
    return known->type == type;
}
