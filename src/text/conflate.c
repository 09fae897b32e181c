#include "text/conflate.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "text/compound.h"
#include "text/conflate_word.h"
#include "text/endings.h"
#include "text/evidence.h"
#include "text/fold_hash.h"
#include "text/letters.h"
#include "text/proclitic.h"
#include "text/reduction.h"
#include "text/suffix.h"

enum { STEPS_MAX = 12 }; /* a word has no more clitics; a guard, not a rule */

/* Where a word stands. What is before and behind it is of no meaning; endings_of() reads the letter
 * before a word of one. */
struct room {
    char front[LETTERS(1)];
    char bytes[3 * WORD_BYTES_MAX];
    uint64_t sums[WORD_SUMS];
};

/* What four letters have that are not Arabic: D8 80 to DB BF. */
static ALWAYS_INLINE uint64_t not_arabic(const char *letters)
{
    return (load_u64(letters) & 0x00FC00FC00FC00FC) ^ 0x00D800D800D800D8;
}

/* Of a word that is no multiple of four letters the last ones overlap. */
bool conflate_takes(const char *fold, size_t size)
{
    if (size > WORD_BYTES_MAX || size == 0 || size % 2 != 0) {
        return false;
    }
    if (size < LETTERS(4)) {
        uint64_t other = 0;
        for (size_t at = 0; at < size; at += LETTERS(1)) {
            other |= (load_u16(fold + at) & 0xFCu) ^ 0xD8u;
        }
        return other == 0;
    }
    uint64_t other = not_arabic(fold) | not_arabic(fold + size - LETTERS(4));
    for (size_t at = LETTERS(4); UNLIKELY(at + LETTERS(4) < size); at += LETTERS(4)) {
        other |= not_arabic(fold + at);
    }
    return other == 0;
}

static ALWAYS_INLINE void room_fill(struct room *room, const char *word, size_t size)
{
    memset(room->front, 0, sizeof room->front);
    if (LIKELY(size >= 8 && size <= 16)) {
        memcpy(room->bytes, word, 8);
        memcpy(room->bytes + size - 8, word + size - 8, 8);
    } else {
        memcpy(room->bytes, word, size);
    }
}

/* Whether a yeh stands before a waw behind the first letter, four letters at a time; perhaps it
 * stands only in what is behind the word. */
static bool may_have_yeh_waw(struct letters letters)
{
    const uint64_t each = 0x0001000100010001;
    uint64_t found = 0;
    for (size_t at = LETTERS(1); at < letters.size; at += LETTERS(4)) {
        uint64_t both = (load_u64(letters.bytes + at) ^ each * 0x8AD9) |
                        (load_u64(letters.bytes + at + LETTERS(1)) ^ each * 0x88D9);
        found |= (both - each) & ~both & each << 15;
    }
    return found != 0;
}

/* mas'ul and shu'un are printed with hamza on waw or on yeh, which the fold turns into waw waw and
 * yeh waw: the first is the class where both are seen. */
static bool spelling_step(struct word *word)
{
    if (LIKELY(!may_have_yeh_waw(word_letters(word)))) {
        return false;
    }
    for (size_t at = LETTERS(1); at + LETTERS(2) < word->size; at += LETTERS(1)) {
        if (memcmp(word->bytes + at, "يو", LETTERS(2)) != 0) {
            continue;
        }
        struct letters all = word_letters(word);
        memcpy(word->bytes + at, "و", LETTERS(1));
        if (evidence_count_hashed(word->evidence, fold_hash(all.bytes, all.size)) > 0) {
            word_find_sums(word);
            word_changed(word);
            word->out->rules |= CONFLATION_SPELLING;
            return true;
        }
        memcpy(word->bytes + at, "ي", LETTERS(1));
    }
    return false;
}

/* Takes the word that the tables name in its place; false when it is of another script, which a
 * user may name. */
static bool join(struct word *word, struct room *room, const struct seen *seen)
{
    word->out->rules |= CONFLATION_JOIN;
    word->bytes = room->bytes;
    word->size = seen->target_size;
    assert(seen->target_size <= sizeof room->bytes);
    memcpy(room->bytes, seen->target, seen->target_size);
    bool takes = conflate_takes(word->bytes, word->size);
    if (takes) {
        word->sums = room->sums;
        word_find_sums(word);
    }
    word_changed(word);
    return takes;
}

/* One step: the first of the rules that changes the word, and true; false when none does. */
static bool step(struct word *word, struct room *room)
{
    struct letters all = word_letters(word);
    const struct seen *self = word_self(word);
    word->flags = self->flags;
    if (self->target != NULL) {
        return join(word, room, self);
    }
    if (word->flags != 0) {
        word->out->rules |= CONFLATION_SHIPPED;
        return false;
    }
    word->out->split = compound_split(word, all);
    if (word->out->split != 0) {
        word->out->rules |= CONFLATION_COMPOUND;
        return false;
    }
    return proclitic_step(word) || suffix_step(word) || spelling_step(word) ||
           proclitic_waw_step(word);
}

/* Does at once what the evidence tells of the word as it stands. */
static ALWAYS_INLINE bool reduce(struct word *word)
{
    unsigned reduction = word_reduction(word);
    if (!reduction_fits(reduction, word->size)) {
        return false;
    }
    size_t front = reduction_front(reduction);
    size_t back = reduction_back(reduction);
    word->bytes += front;
    word->size -= front + back;
    if (reduction_adds(reduction)) {
        store_u16(word->bytes + word->size, (uint16_t)reduction_letter(reduction));
        word->size += LETTERS(1);
        back -= LETTERS(1);
    }
    word->out->front = (uint8_t)(word->out->front + front);
    word->out->back = (uint8_t)(word->out->back + back);
    word->out->rules |= (uint8_t)reduction_rules(reduction);
    return true;
}

/* Begins to reduce the word in the room. */
static void begin(struct word *word, struct room *room, const struct conflater *conflater,
                  size_t size, struct conflation *out)
{
    out->size = size;
    out->split = 0;
    out->rules = CONFLATION_NONE;
    out->front = 0;
    out->back = 0;
    word->evidence = conflater->evidence;
    word->exceptions = conflater->exceptions;
    word->out = out;
    word->bytes = room->bytes;
    word->size = size;
    word->sums = room->sums;
    word->flags = 0;
    word_find_sums(word);
    word_changed(word);
}

static void go(struct word *word, struct room *room)
{
    for (unsigned steps = 0; steps < STEPS_MAX && step(word, room) && !reduce(word); steps++) {
    }
    word->out->size = word->size;
    if (LIKELY(word->size <= WORD_BYTES_MAX)) {
        memcpy(word->out->key, word->bytes, WORD_BYTES_MAX);
    } else { /* what a user named */
        memcpy(word->out->key, word->bytes, word->size);
    }
}

bool conflate_told(const char *fold, size_t size, evidence_slot slot, struct conflation *out)
{
    unsigned reduction = evidence_slot_reduction(slot);
    if (!reduction_fits(reduction, size)) {
        return false;
    }
    size_t front = reduction_front(reduction);
    size_t back = reduction_back(reduction);
    size_t added = reduction_adds(reduction) ? LETTERS(1) : 0;
    size_t kept = size - front - back;
    memcpy(out->key, fold + front, WORD_BYTES_MAX);
    store_u16(out->key + kept,
              (uint16_t)reduction_letter(reduction)); /* of no meaning, if not added */
    out->size = kept + added;
    out->split = 0;
    out->rules = (uint8_t)reduction_rules(reduction);
    out->front = (uint8_t)front;
    out->back = (uint8_t)(back - added);
    return true;
}

void conflate_untold(const struct conflater *conflater, const char *fold, size_t size,
                     uint64_t hash, evidence_slot slot, struct conflation *out)
{
    struct room room;
    struct word word;
    room_fill(&room, fold, size);
    begin(&word, &room, conflater, size, out);
    word.self.hash = hash;
    word.self.slot = slot;
    word.self.counted = true;
    go(&word, &room);
}

void conflate(const struct conflater *conflater, const char *fold, size_t size,
              struct conflation *out)
{
    assert(size <= CONFLATE_BYTES_MAX);
    if (!conflate_takes(fold, size)) {
        *out = (struct conflation){.size = size, .key = out->key};
        memcpy(out->key, fold, size);
        return;
    }
    struct room room;
    struct word word;
    room_fill(&room, fold, size);
    begin(&word, &room, conflater, size, out);
    go(&word, &room);
}

/* Of a word that no step changed. */
static enum conflation_stay stay_of(struct word *word)
{
    struct letters all = word_letters(word);
    if (word->flags != 0) {
        return CONFLATION_STAYS_SHIPPED;
    }
    if (word->out->split != 0) {
        return CONFLATION_STAYS_COMPOUND;
    }
    if (letters_start_with(all, "ال")) {
        return CONFLATION_STAYS_ARTICLE;
    }
    if (proclitic_of(all) == 0 || all.size < LETTERS(3)) {
        return CONFLATION_STAYS_PLAIN;
    }
    if (proclitic_first_letter_is_radical(word)) {
        return CONFLATION_STAYS_RADICAL;
    }
    return word_rest_count(word) <= EVIDENCE_COUNT_MIN ? CONFLATION_STAYS_UNKNOWN
                                                       : CONFLATION_STAYS_RARE;
}

void conflate_explain(const struct conflater *conflater, const char *fold, size_t size,
                      conflation_visit visit, void *context)
{
    struct conflation out;
    struct room room;
    struct word word;
    bool changes = conflate_takes(fold, size);
    if (!changes) {
        return;
    }
    room_fill(&room, fold, size);
    begin(&word, &room, conflater, size, &out);
    for (unsigned steps = 0; changes && steps <= STEPS_MAX; steps++) {
        char from[sizeof room.bytes];
        size_t from_size = word.size;
        memcpy(from, word.bytes, from_size);
        struct conflation_step shown = {.from = from,
                                        .from_size = from_size,
                                        .from_seen = word_count_of(&word, word_letters(&word)),
                                        .articled_seen = word_articled_count(&word)};
        out.rules = CONFLATION_NONE;
        changes = steps < STEPS_MAX && step(&word, &room);
        shown.rules = out.rules;
        if (changes) {
            shown.to_seen = word_count_of(&word, word_letters(&word));
        } else {
            shown.stay = stay_of(&word);
            shown.to_seen = word.size > LETTERS(1) ? word_rest_count(&word) : 0;
        }
        shown.to = word.bytes;
        shown.to_size = word.size;
        visit(context, &shown);
    }
}

bool conflate_ending(size_t index, const char **ending, size_t *size)
{
    if (index >= ENDING_COUNT) {
        return false;
    }
    *ending = endings[index].ending;
    *size = endings[index].cut;
    return true;
}
