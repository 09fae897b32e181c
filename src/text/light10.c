#include "text/light10.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "text/normalise.h"

/* After org.apache.lucene.analysis.ar (Apache-2.0): the rules, not the code. */

static const char *const prefixes[] = {"ال", "وال", "بال", "كال", "فال", "لل", "و"};
static const char *const suffixes[] = {"ها", "ان", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي"};

/* Lucene's stopwords.txt (after J. Savoy, BSD), as printed there. */
enum { STOP_WORD_BYTES = 16 };
static const char stop_words[][STOP_WORD_BYTES] = {
    "من",   "ومن",   "منها", "منه", "في",  "وفي",  "فيها",  "فيه",   "و",    "ف",    "ثم",
    "او",   "أو",    "ب",    "بها", "به",  "ا",    "أ",     "اى",    "اي",   "أي",   "أى",
    "لا",   "ولا",   "الا",  "ألا", "إلا", "لكن",  "ما",    "وما",   "كما",  "فما",  "عن",
    "مع",   "اذا",   "إذا",  "ان",  "أن",  "إن",   "انها",  "أنها",  "إنها", "انه",  "أنه",
    "إنه",  "بان",   "بأن",  "فان", "فأن", "وان",  "وأن",   "وإن",   "التى", "التي", "الذى",
    "الذي", "الذين", "الى",  "الي", "إلى", "إلي",  "على",   "عليها", "عليه", "اما",  "أما",
    "إما",  "ايضا",  "أيضا", "كل",  "وكل", "لم",   "ولم",   "لن",    "ولن",  "هى",   "هي",
    "هو",   "وهى",   "وهي",  "وهو", "فهى", "فهي",  "فهو",   "انت",   "أنت",  "لك",   "لها",
    "له",   "هذه",   "هذا",  "تلك", "ذلك", "هناك", "كانت",  "كان",   "يكون", "تكون", "وكانت",
    "وكان", "غير",   "بعض",  "قد",  "نحو", "بين",  "بينما", "منذ",   "ضمن",  "حيث",  "الان",
    "الآن", "خلال",  "بعد",  "قبل", "حتى", "عند",  "عندما", "لدى",   "جميع",
};

static bool is_stop_word(const char *word, size_t size)
{
    char padded[STOP_WORD_BYTES] = {0};
    if (size >= STOP_WORD_BYTES) {
        return false;
    }
    memcpy(padded, word, size);
    for (size_t i = 0; i < sizeof stop_words / sizeof stop_words[0]; i++) {
        if (memcmp(stop_words[i], padded, STOP_WORD_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

size_t light10_normalise(char *word, size_t size)
{
    size_t kept = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        size_t length = utf8_decode(word + at, size - at, &code);
        bool mark = code == 0x0640 || (code >= 0x064B && code <= 0x0652);
        const char *letter = word + at;
        switch (code) {
        case 0x0622:
        case 0x0623:
        case 0x0625:
            letter = "ا";
            break;
        case 0x0649:
            letter = "ي";
            break;
        case 0x0629:
            letter = "ه";
            break;
        default:
            break;
        }
        if (!mark) {
            memmove(word + kept, letter, length);
            kept += length;
        }
        at += length;
    }
    return kept;
}

/* Lengths are counted in code points, as Lucene counts characters. */
static size_t stem_prefix(char *word, size_t size)
{
    size_t letters = utf8_count(word, size);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t cut = strlen(prefixes[i]);
        size_t prefix = utf8_count(prefixes[i], cut);
        bool long_enough = prefix == 1 ? letters >= 4 : letters >= prefix + 2;
        if (long_enough && size >= cut && memcmp(word, prefixes[i], cut) == 0) {
            memmove(word, word + cut, size - cut);
            return size - cut;
        }
    }
    return size;
}

size_t light10_stem(char *word, size_t size)
{
    size = stem_prefix(word, size);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t cut = strlen(suffixes[i]);
        if (size >= cut && utf8_count(word, size) >= utf8_count(suffixes[i], cut) + 2 &&
            memcmp(word + size - cut, suffixes[i], cut) == 0) {
            size -= cut;
        }
    }
    return size;
}

size_t light10_analyse(const char *word, size_t size, char *out)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        at += utf8_decode(word + at, size - at, &code);
        char letter[4];
        size_t length = utf8_encode(normalise_lower(code), letter);
        if (used + length > LIGHT10_BYTES_MAX) {
            break;
        }
        memcpy(out + used, letter, length);
        used += length;
    }
    if (is_stop_word(out, used)) {
        return 0;
    }
    return light10_stem(out, light10_normalise(out, used));
}
