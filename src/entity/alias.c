#include "entity/alias.h"

#include <string.h>

#include "entity/form.h"
#include "entity/look.h"
#include "entity/name.h"
#include "text/fold.h"

enum { LETTER = 2 }; /* bytes of an Arabic letter */

/* Whether the bytes are Arabic letters (U+0621-063A, 0641-064A) and nothing else: then they are
 * their own form. No branch in the loop: names are short and nearly always plain. */
static bool is_plain(const char *text, size_t size)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned other = size % LETTER;
    for (size_t i = 0; i + 1 < size; i += LETTER) {
        unsigned code = (unsigned)byte[i] << 8 | byte[i + 1];
        other |= (unsigned)(code - 0xd8a1u > 0xd8bau - 0xd8a1u) &
                 (unsigned)(code - 0xd981u > 0xd98au - 0xd981u);
    }
    return other == 0;
}

/* Writes the form of one token. */
static size_t token_form(const struct tagger_article *article, size_t at, char *out,
                         size_t out_size)
{
    const struct token *token = &article->tokens[at];
    const char *text = article->text + token->start;
    size_t size = token->end - token->start;
    if (size <= out_size && is_plain(text, size)) {
        memcpy(out, text, size);
        return size;
    }
    return fold_form(text, size, out, out_size);
}

/* Bytes of clitics in front of a form; `assimilated` when the article lost its alef (لل). */
static size_t cut_size(const struct tagger_article *article, const struct alias_span *span,
                       const char *form, size_t size, bool *assimilated)
{
    const struct entity_form *first = form_at(article, span->first);
    if (span->cut == ALIAS_CUT_FORM) {
        *assimilated = (first->shape & SHAPE_LL) != 0;
        return first->cut;
    }
    *assimilated = false;
    if (span->cut == ALIAS_CUT_NONE || size <= LETTER) {
        return 0;
    }
    bool conjunction = memcmp(form, "و", LETTER) == 0 || memcmp(form, "ف", LETTER) == 0;
    size_t cut = conjunction ? LETTER : 0;
    if (span->cut == ALIAS_CUT_TO && size > cut + LETTERS(2)) {
        *assimilated = memcmp(form + cut, "لل", LETTERS(2)) == 0;
        cut += LETTER;
    }
    return cut;
}

unsigned char alias_joint(const struct tagger_article *article, const struct alias_span *span,
                          size_t at)
{
    size_t start = article->tokens[at - 1].end;
    size_t between = article->tokens[at].start - start;
    unsigned char byte = (unsigned char)article->text[start];
    bool sign = span->is_date && between == 1 && byte > ' ' && byte < 0x80;
    return between == 0 ? 0 : sign ? byte : ALIAS_APART;
}

const char *alias_in_text(const struct tagger_article *article, const struct alias_span *span,
                          size_t *size)
{
    const struct token *tokens = article->tokens + span->first;
    const char *text = article->text + tokens[0].start;
    for (size_t i = 0; i < span->count; i++) {
        if (!is_plain(article->text + tokens[i].start, tokens[i].end - tokens[i].start) ||
            (i > 0 && (tokens[i].start != tokens[i - 1].end + 1 ||
                       article->text[tokens[i - 1].end] != ' '))) {
            return NULL;
        }
    }
    bool assimilated = false;
    size_t first_size = tokens[0].end - tokens[0].start;
    size_t cut = cut_size(article, span, text, first_size, &assimilated);
    *size = tokens[span->count - 1].end - tokens[0].start - cut;
    return assimilated || cut >= first_size || *size > ALIAS_BYTES_MAX ? NULL : text + cut;
}

size_t alias_write(const struct tagger_article *article, const struct alias_span *span,
                   char out[ALIAS_BYTES_MAX])
{
    char word[ANALYSIS_BYTES_MAX];
    size_t size = token_form(article, span->first, word, sizeof word);
    bool assimilated = false;
    size_t cut = cut_size(article, span, word, size, &assimilated);
    if (cut >= size) {
        cut = 0;
        assimilated = false;
    }
    size_t written = 0;
    if (assimilated) {
        memcpy(out, "ا", LETTER);
        written = LETTER;
    }
    memcpy(out + written, word + cut, size - cut);
    written += size - cut;
    for (size_t i = 1; i < span->count; i++) {
        size = token_form(article, span->first + i, word, sizeof word);
        if (size == 0 || written + size + 1 > ALIAS_BYTES_MAX) {
            break;
        }
        unsigned char joint = alias_joint(article, span, span->first + i);
        out[written] = (char)joint;
        written += joint == 0 ? 0 : 1;
        memcpy(out + written, word, size);
        written += size;
    }
    return written;
}
