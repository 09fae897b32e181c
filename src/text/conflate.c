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
enum { FEW = 32 };       /* bytes that nearly all words have at most */

/* Where a word stands. What is before and behind it is of no meaning; endings_of() reads the letter
 * before a word of one. */
struct room {
    char front[LETTERS(1)];
    char bytes[3 * WORD_BYTES_MAX];
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

/* Whether a yeh stands before a waw behind the first letter, eight letters at a time; perhaps it
 * stands only in what is behind the word. */
static bool may_have_yeh_waw(struct letters letters)
{
    const uint64_t each = 0x0001000100010001;
    uint64_t found = 0;
    for (size_t at = LETTERS(1); at < letters.size; at += LETTERS(8)) {
        for (size_t half = 0; half < LETTERS(8); half += LETTERS(4)) {
            uint64_t both = (load_u64(letters.bytes + at + half) ^ each * 0x8AD9) |
                            (load_u64(letters.bytes + at + half + LETTERS(1)) ^ each * 0x88D9);
            found |= (both - each) & ~both;
        }
    }
    return (found & each << 15) != 0;
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
        word->sums = word->sums_room;
        word_find_sums(word);
    }
    word_changed(word);
    return takes;
}

/* One step: the first of the rules that changes the word, and true; false when none does. */
static ALWAYS_INLINE bool step(struct word *word, struct room *room)
{
    struct letters all = word_letters(word);
    word_need_sums(word);
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

/* Puts a word into the room, to begin with. */
static ALWAYS_INLINE void room_fill(struct room *room, const char *fold, size_t size)
{
    memset(room->front, 0, sizeof room->front);
    memcpy(room->bytes, fold, FEW);
    if (UNLIKELY(size > FEW)) {
        memcpy(room->bytes + FEW, fold + FEW, CONFLATE_READ_SIZE - FEW);
    }
}

/* Begins to reduce the word in the room. */
static ALWAYS_INLINE void begin(struct word *word, struct room *room,
                                const struct conflater *conflater, size_t size,
                                struct conflate_asked *asked, struct conflation *out)
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
    word->sums_room = asked->sums;
    word->sums = asked->sums;
    word->sums_known = true;
    word->flags = 0;
    word_changed(word);
    word->self.hash = asked->hash;
    word->self.slot = asked->slot;
    word->self.counted = true;
}

static ALWAYS_INLINE void go(struct word *word, struct room *room)
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

void conflate_untold(const struct conflater *conflater, const char *fold, size_t size,
                     struct conflate_asked *asked, struct conflation *out)
{
    struct room room;
    struct word word;
    room_fill(&room, fold, size);
    begin(&word, &room, conflater, size, asked, out);
    go(&word, &room);
}

/* A copy of a fold, and what is asked for it. */
struct question {
    char fold[CONFLATE_READ_SIZE];
    struct conflate_asked asked;
    struct conflater conflater; /* with evidence_none instead of empty evidence */
};

/* Asks the evidence for a fold that conflate_takes() takes. */
static void ask(const struct conflater *conflater, const char *fold, size_t size,
                struct question *question)
{
    struct conflate_asked *asked = &question->asked;
    question->conflater = *conflater;
    if (conflater->evidence->slot_count == 0) {
        question->conflater.evidence = &evidence_none;
    }
    memset(question->fold, 0, sizeof question->fold);
    memcpy(question->fold, fold, size);
    fold_sums(question->fold, size, asked->sums);
    asked->hash = fold_hash_of_sum(asked->sums[0]);
    asked->slot = evidence_slot_filtered(question->conflater.evidence, asked->hash);
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
    struct question question;
    ask(conflater, fold, size, &question);
    conflate_untold(&question.conflater, question.fold, size, &question.asked, out);
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
    struct question question;
    ask(conflater, fold, size, &question);
    room_fill(&room, question.fold, size);
    begin(&word, &room, &question.conflater, size, &question.asked, &out);
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
        word_need_sums(&word);
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
