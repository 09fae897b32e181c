#include "query/word.h"

#include "base/bytes.h"
#include "query/pattern.h"

static bool is(const struct query_string *text, const void *bytes, size_t size)
{
    return bytes_equal(text->bytes, text->size, bytes, size);
}

bool word_wants_class(const struct query_word *word, const void *class_key, size_t size)
{
    if (word->level != QUERY_CLASS) {
        return false;
    }
    switch (word->match) {
    case QUERY_WHOLE:
        return is(&word->class_key, class_key, size);
    case QUERY_PATTERN:
        return pattern_matches(word->pattern.bytes, word->pattern.size, class_key, size);
    case QUERY_FUZZY:
        return pattern_near(word->class_key.bytes, word->class_key.size, class_key, size,
                            word->distance);
    }
    return false;
}

static bool wants_fold(const struct query_word *word, const char *fold, size_t size)
{
    switch (word->match) {
    case QUERY_WHOLE:
        return is(&word->fold, fold, size);
    case QUERY_PATTERN:
        return pattern_matches(word->pattern.bytes, word->pattern.size, fold, size);
    case QUERY_FUZZY:
        return pattern_near(word->pattern.bytes, word->pattern.size, fold, size, word->distance);
    }
    return false;
}

bool word_wants_form(const struct query_word *word, const char *form, size_t size)
{
    char fold[ANALYSIS_BYTES_MAX];
    if (word->level == QUERY_EXACT) {
        return is(&word->form, form, size);
    }
    return wants_fold(word, fold, analyser_fold(form, size, fold, sizeof fold));
}

bool word_wants(const struct query_word *word, const struct analysis *part)
{
    if (part->class_size == 0) {
        return false;
    }
    if (word_wants_class(word, part->class_key, part->class_size)) {
        return true;
    }
    bool class_may_be = is(&word->class_key, part->class_key, part->class_size) ||
                        is(&word->other_class, part->class_key, part->class_size);
    if (word->match == QUERY_WHOLE && (word->level == QUERY_CLASS || !class_may_be)) {
        return false;
    }
    return word->level == QUERY_EXACT ? is(&word->form, part->form, part->form_size)
                                      : wants_fold(word, part->fold, part->fold_size);
}
