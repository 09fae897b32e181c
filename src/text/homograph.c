#include "text/homograph.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

/* A class is named by a fold that stands for nothing else, the articled one, or by a form that is
 * no fold. */
struct homograph {
    struct letters form;
    struct letters fold;
    struct letters class_key;
    bool dots;  /* told by the dots under a final yeh alone */
    bool whole; /* an ending makes another word of it; clitics before it do not, or not so */
};

#define HOMOGRAPH(form, fold, key, dots, whole)                                                    \
    {                                                                                              \
        {form, sizeof(form) - 1}, {fold, sizeof(fold) - 1}, {key, sizeof(key) - 1}, dots, whole    \
    }

/* Read as a form, the fold of the preposition is the name: its class is named by its own form. */
static const char ali[] = "علي";
static const char on[] = "على";

/* Of two with one beginning the longer first. */
static const struct homograph homographs[] = {
    HOMOGRAPH("علي", "علي", "العلي", true, true),
    HOMOGRAPH("والي", "والي", "الوالي", true, true),
    HOMOGRAPH("آليات", "اليات", "آلية", false, false),
    HOMOGRAPH("آليت", "اليت", "آلية", false, false),
    HOMOGRAPH("آلية", "اليه", "آلية", false, true),
    HOMOGRAPH("آلي", "الي", "آلي", false, true),
    HOMOGRAPH("فئات", "فيات", "فئة", false, false),
    HOMOGRAPH("فئت", "فيت", "فئة", false, false),
    HOMOGRAPH("فئة", "فيه", "فئة", false, true),
    HOMOGRAPH("إمام", "امام", "إمام", false, true),
};

enum { HOMOGRAPH_COUNT = sizeof homographs / sizeof homographs[0] };

/* Of the word "fi" in all spellings, most have no dots. */
static bool dots_are_printed(const struct evidence *evidence)
{
    uint64_t without = evidence_count(evidence, "فى", LETTERS(2));
    return 2 * without <= evidence_count(evidence, "في", LETTERS(2));
}

static bool begins_like(const struct homograph *homograph, struct letters word, bool fold)
{
    struct letters text = fold ? homograph->fold : homograph->form;
    return homograph->whole ? bytes_equal(text.bytes, text.size, word.bytes, word.size)
                            : word.size >= text.size &&
                                  bytes_equal(text.bytes, text.size, word.bytes, text.size);
}

/* Two letters tell nearly all other words. */
static ALWAYS_INLINE bool may_be(struct letters word, bool fold)
{
    uint32_t start = load_u32(word.bytes);
    bool begins =
        fold ? start == load_u32("ال") || start == load_u32("في") || start == load_u32("ام")
             : start == load_u32("آل") || start == load_u32("فئ") || start == load_u32("إم");
    return begins || start == load_u32("عل") ||
           (start == load_u32("وا") && word.size == LETTERS(4));
}

static ALWAYS_INLINE const struct homograph *find_word(struct letters word, bool fold)
{
    if (LIKELY(word.size < LETTERS(3) || !may_be(word, fold))) {
        return NULL;
    }
    for (size_t i = 0; i < HOMOGRAPH_COUNT; i++) {
        if (begins_like(&homographs[i], word, fold)) {
            return &homographs[i];
        }
    }
    return NULL;
}

/* The word itself, without the clitics that came off its fold, and without an article besides. */
static ALWAYS_INLINE struct letters find(const struct evidence *evidence,
                                         const struct homograph_word *word, bool fold)
{
    struct letters bare = {word->text.bytes + word->front, word->text.size - word->front};
    const struct homograph *found = find_word(word->text, fold);
    if (found == NULL && word->front > 0) {
        found = find_word(bare, fold);
    }
    if (found == NULL && bare.size > LETTERS(3) && memcmp(bare.bytes, "ال", LETTERS(2)) == 0) {
        found = find_word((struct letters){bare.bytes + LETTERS(2), bare.size - LETTERS(2)}, fold);
        found = found != NULL && found->dots ? NULL : found;
    }
    bool applies = found != NULL && (!found->dots || dots_are_printed(evidence));
    return applies ? found->class_key : (struct letters){NULL, 0};
}

struct letters homograph_rest_of(const struct evidence *evidence, struct letters class_key)
{
    bool shared = UNLIKELY(bytes_equal(class_key.bytes, class_key.size, ali, sizeof ali - 1)) &&
                  dots_are_printed(evidence);
    return shared ? LITERAL(on) : class_key;
}

struct letters homograph_of_form(const struct evidence *evidence, const struct homograph_word *word)
{
    return find(evidence, word, false);
}

struct letters homograph_of_fold(const struct evidence *evidence, const struct homograph_word *word)
{
    return find(evidence, word, true);
}

bool homograph_is_none(const struct homograph_word *fold, struct letters class_key)
{
    struct letters bare = {fold->text.bytes + fold->front, fold->text.size - fold->front};
    struct letters behind = {bare.bytes + LETTERS(2), bare.size - LETTERS(2)};
    bool articled = bare.size > LETTERS(3) && memcmp(bare.bytes, "ال", LETTERS(2)) == 0;
    return find_word(fold->text, true) == NULL && find_word(bare, true) == NULL &&
           (!articled || find_word(behind, true) == NULL) &&
           !bytes_equal(class_key.bytes, class_key.size, ali, sizeof ali - 1);
}

bool homograph_at(size_t index, struct letters *fold, struct letters *class_key)
{
    if (index < HOMOGRAPH_COUNT) {
        *fold = homographs[index].fold;
        *class_key = homographs[index].class_key;
    } else {
        *fold = LITERAL(ali);
        *class_key = LITERAL(on);
    }
    return index <= HOMOGRAPH_COUNT;
}

bool homograph_is_evidence(struct letters form)
{
    return bytes_equal(form.bytes, form.size, "فى", LETTERS(2));
}
