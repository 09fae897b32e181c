#include "article.h"

#include <assert.h>

static const char *const sources[ARTICLE_SOURCES] = {"alsabah", "alwatan",  "alkhabar", "almasar",
                                                     "alraed",  "alshuruq", "alafaq",   "alnahda"};

enum { COPIES_IN_1000 = 60, COPY_DISTANCE_OCTAVES = 14, TOPICS = 512 };

/* Of 1,024 steps of a text so many are of each kind; the others are words by the law. These, the
 * law's shares and the numbers below were moved until compare.sh was content. */
enum {
    REPEATS = 190,
    PHRASES = 215,
    NAMES = 104,
    FRAGMENTS = 14,
    NUMBERS = 22,
    TAGS = 1,
};
enum {
    PHRASE_OCTAVES = 12, /* the commonest phrases, 2^PHRASE_BITS, are alike common */
    PHRASE_BITS = 6,
    TOPIC_PHRASES = 1 << 10,
    PHRASE_RANKS = 1 << 15, /* rarer words are seldom in phrases */
    FRAGMENT_WORDS_MIN = 3,
    FRAGMENT_WORDS_MORE = 6,
    FRAGMENT_BYTES_MAX = NAME_BYTES_MAX, /* seeds may hold anything: an address a page long */
    TITLE_WORDS_MIN = 5,
    TITLE_WORDS_MORE = 6,
    EDITS_IN_1000 = 15, /* steps of a copy that say something else */
    OWN_WORDS = 20,     /* that a copy has of its own at its end */
    LINES_IN_8 = 6,     /* full stops that end a paragraph */
    SAID_MIN = 24,      /* with less to repeat, the text repeats itself less */
    SAID_MAX = 512,
    BEHIND_OCTAVES = 5, /* of the commonest words 2^5 - 1 stand behind names */
};

/* Words of a body at these parts of the articles in ascending order of length; between two in
 * proportion. Measured on news-dev. */
static const struct {
    uint32_t part; /* of 1,000 */
    uint32_t words;
} lengths[] = {{0, 20},    {10, 29},   {50, 48},   {100, 64},  {250, 105},  {500, 174},
               {750, 271}, {900, 402}, {950, 516}, {990, 815}, {999, 1441}, {1000, 2400}};
enum { WORDS_MAX = 2400 + OWN_WORDS, WORD_BYTES_MAX = 64 };
static_assert(WORDS_MAX * WORD_BYTES_MAX + NAME_BYTES_MAX <= ARTICLE_BYTES_MAX,
              "room for the longest");

/* Something that the text has said and may say again. */
struct said {
    uint32_t start;
    uint16_t size;
    uint16_t words;
    bool is_name;
};

struct composer {
    const struct article_maker *maker;
    struct random random;
    struct random edits;
    bool edited;
    struct law_taste taste;
    char *text;
    char *at;
    bool glued; /* the next word stands without a space */
    bool named; /* a name was the last step */
    uint32_t said_count;
    struct said said[SAID_MAX];
};

/* Past SAID_MAX the oldest is forgotten. */
static void remember(struct composer *composer, const char *start, const char *end, unsigned words)
{
    uint32_t place = composer->said_count++ % SAID_MAX;
    composer->said[place] =
        (struct said){(uint32_t)(start - composer->text), (uint16_t)(end - start), (uint16_t)words,
                      composer->named};
}

static void put_word(struct composer *composer, uint32_t rank)
{
    composer->at = vocabulary_write(composer->maker->vocabulary, rank, composer->at);
}

static uint32_t draw_rank(const struct composer *composer, struct random *random,
                          const struct law_taste *taste)
{
    return law_draw(&composer->maker->vocabulary->law, random, taste);
}

/* These write one step of the text and return how many words it has. */
static unsigned add_word(struct composer *composer)
{
    char *start = composer->at;
    uint32_t rank = draw_rank(composer, &composer->random, &composer->taste);
    put_word(composer, rank);
    if (rank >= LAW_HEAD) {
        remember(composer, start, composer->at, 1);
    }
    return 1;
}

static unsigned add_repeat(struct composer *composer)
{
    uint32_t count = composer->said_count < SAID_MAX ? composer->said_count : SAID_MAX;
    uint32_t which = random_below(&composer->random, count > SAID_MIN ? count : SAID_MIN);
    if (which >= count) {
        return add_word(composer);
    }
    const struct said *said = &composer->said[which];
    memcpy(composer->at, composer->text + said->start, said->size);
    composer->at += said->size;
    composer->named = said->is_name;
    return said->words;
}

/* A phrase is its number: the same words wherever it stands. Half of them belong to the topic. */
static unsigned add_phrase(struct composer *composer)
{
    uint64_t number = random_zipf(&composer->random, PHRASE_OCTAVES) << PHRASE_BITS;
    number |= random_below(&composer->random, 1 << PHRASE_BITS);
    if (number & 1) {
        number = random_hash(composer->taste.topic, number % TOPIC_PHRASES);
    }
    struct random words = {random_mix(number + RANDOM_STEP)};
    unsigned count = 2 + random_below(&words, 4);
    struct law_taste taste = {number, number};
    char *start = composer->at;
    for (unsigned i = 0; i < count; i++) {
        if (i > 0) {
            *composer->at++ = ' ';
        }
        uint32_t rank = draw_rank(composer, &words, &taste);
        for (int again = 0; again < 2 && rank >= PHRASE_RANKS; again++) {
            rank = draw_rank(composer, &words, &taste);
        }
        put_word(composer, rank);
    }
    remember(composer, start, composer->at, count);
    return count;
}

static unsigned add_name(struct composer *composer)
{
    char *start = composer->at;
    struct name name = names_write(composer->maker->names, &composer->random, start);
    composer->at = name.end;
    composer->named = true;
    remember(composer, start + name.again_start, name.end, name.again_words);
    return name.words;
}

/* What stands behind a name: a common word. The tagger, which knows nothing of made-up words, would
 * take one for the rest of the name, and most names would be pairs met by chance. */
static unsigned add_common(struct composer *composer)
{
    put_word(composer, random_zipf(&composer->random, BEHIND_OCTAVES) - 1);
    return 1;
}

/* A run of the seeds' words that no mark parts. */
static unsigned add_fragment(struct composer *composer)
{
    const struct seeds *seeds = composer->maker->seeds;
    uint32_t first = random_below(&composer->random, seeds->word_count);
    uint32_t most = FRAGMENT_WORDS_MIN + random_below(&composer->random, FRAGMENT_WORDS_MORE);
    uint32_t last = first;
    while (!seeds->words[last].last && last - first + 1 < most) {
        last++;
    }
    size_t size = seeds->words[last].end - seeds->words[first].start;
    if (size > FRAGMENT_BYTES_MAX) {
        return add_word(composer);
    }
    memcpy(composer->at, seeds->text + seeds->words[first].start, size);
    composer->at += size;
    return last - first + 1;
}

static unsigned add_step(struct composer *composer)
{
    if (!composer->glued) {
        *composer->at++ = ' ';
    }
    composer->glued = false;
    bool named = composer->named;
    composer->named = false;
    if (named) {
        return add_common(composer);
    }
    uint32_t kind = random_below(&composer->random, 1024);
    if (kind < REPEATS) {
        return add_repeat(composer);
    }
    kind -= REPEATS;
    if (kind < PHRASES) {
        return add_phrase(composer);
    }
    kind -= PHRASES;
    if (kind < NAMES) {
        return add_name(composer);
    }
    kind -= NAMES;
    if (kind < FRAGMENTS) {
        return add_fragment(composer);
    }
    kind -= FRAGMENTS;
    if (kind < NUMBERS) {
        composer->at = names_write_number(composer->maker->names, &composer->random, composer->at);
        return 1;
    }
    if (kind < NUMBERS + TAGS) {
        *composer->at++ = '#';
    }
    return add_word(composer);
}

/* In a copy now and then another word stands in the place of what was there, and is said in its
 * place. */
static unsigned add_step_or_edit(struct composer *composer)
{
    char *start = composer->at + !composer->glued;
    uint32_t said_count = composer->said_count;
    unsigned words = add_step(composer);
    if (composer->edited && random_below(&composer->edits, 1000) < EDITS_IN_1000) {
        composer->at = start;
        put_word(composer, draw_rank(composer, &composer->edits, &composer->taste));
        if (composer->said_count > said_count) {
            composer->said_count = said_count;
            remember(composer, start, composer->at, 1);
        }
    }
    return words;
}

static void add_mark(struct composer *composer, enum seed_mark mark)
{
    static const struct {
        const char text[4];
        unsigned char size;
        bool glues;
    } marks[MARK_COUNT] = {[MARK_COMMA] = {"،", 2, false},
                           [MARK_COLON] = {":", 1, false},
                           [MARK_OPEN] = {" \\\"", 3, true},
                           [MARK_CLOSE] = {"\\\"", 2, false},
                           [MARK_STOP] = {".", 1, false}};
    memcpy(composer->at, marks[mark].text, sizeof marks[mark].text);
    composer->at += marks[mark].size;
    composer->glued = marks[mark].glues;
    composer->named = false;
}

/* Sentences as the seeds build them, until there are so many words. */
static void add_sentences(struct composer *composer, unsigned words_max)
{
    const struct seeds *seeds = composer->maker->seeds;
    unsigned words = 0;
    while (words < words_max) {
        uint32_t sentence = random_below(&composer->random, seeds->sentence_count);
        const struct seed_beat *beat = &seeds->beats[seeds->sentences[sentence]];
        for (bool more = true; more; beat++) {
            more = beat->mark != MARK_STOP;
            unsigned end = words + beat->words < words_max ? words + beat->words : words_max;
            while (words < end) {
                words += add_step_or_edit(composer);
            }
            more = more && words < words_max;
            add_mark(composer, more ? beat->mark : MARK_STOP);
        }
        if (words < words_max && random_below(&composer->random, 8) < LINES_IN_8) {
            memcpy(composer->at, "\\n", 2);
            composer->at += 2;
            composer->glued = true;
        }
    }
}

static uint32_t draw_length(struct random *random)
{
    uint32_t part = random_below(random, 1000000);
    size_t i = 1;
    while (part >= lengths[i].part * 1000) {
        i++;
    }
    uint32_t from = lengths[i - 1].part * 1000;
    uint64_t width = lengths[i].part * 1000 - from;
    uint64_t more = lengths[i].words - lengths[i - 1].words;
    return lengths[i - 1].words + (uint32_t)(more * (part - from) / width);
}

static void compose(struct composer *composer, struct article *article)
{
    unsigned words = TITLE_WORDS_MIN + random_below(&composer->random, TITLE_WORDS_MORE);
    composer->glued = true;
    for (unsigned count = 0; count < words;) {
        count += add_step_or_edit(composer);
    }
    article->title_size = (size_t)(composer->at - article->text);
    composer->glued = true;
    add_sentences(composer, draw_length(&composer->random));
    if (composer->edited) {
        composer->random = composer->edits;
        add_sentences(composer, OWN_WORDS);
    }
    article->body_size = (size_t)(composer->at - article->text) - article->title_size;
    assert(article->title_size + article->body_size <= ARTICLE_BYTES_MAX);
}

static bool is_copy(const struct article_maker *maker, uint64_t number)
{
    return number > 0 && random_scale(random_hash(maker->seed, 4 * number), 1000) < COPIES_IN_1000;
}

/* Which article the text was first in: itself when it is no copy. */
static uint64_t find_origin(const struct article_maker *maker, uint64_t number)
{
    while (is_copy(maker, number)) {
        struct random random = {random_hash(maker->seed, 4 * number + 1)};
        uint64_t distance = random_zipf(&random, COPY_DISTANCE_OCTAVES);
        number -= distance < number ? distance : number;
    }
    return number;
}

/* Days of 28 to a month: no calendar is needed, and every date exists. */
static void set_date(struct article *article, uint32_t days)
{
    days %= ARTICLE_YEARS * 12 * 28;
    article->year = ARTICLE_YEAR_FIRST + days / (12 * 28);
    article->month = 1 + days / 28 % 12;
    article->day = 1 + days % 28;
}

/* What an original has of its own: its topic and the numbers its text is drawn from. */
static struct random original_random(const struct article_maker *maker, uint64_t number)
{
    return (struct random){random_hash(maker->seed, 4 * number + 2)};
}

void article_make(const struct article_maker *maker, uint64_t number, struct article *article)
{
    struct composer composer;
    composer.maker = maker;
    composer.said_count = 0;
    composer.named = false;
    composer.text = composer.at = article->text;
    uint64_t origin = find_origin(maker, number);
    composer.edited = origin != number;
    composer.edits = (struct random){random_hash(maker->seed, 4 * number + 3)};
    composer.random = original_random(maker, origin);
    uint32_t source = random_below(&composer.random, ARTICLE_SOURCES);
    uint32_t days = random_below(&composer.random, ARTICLE_YEARS * 12 * 28);
    if (composer.edited) {
        source += 1 + random_below(&composer.edits, ARTICLE_SOURCES - 1);
        days += random_below(&composer.edits, 3);
    }
    uint64_t topic = random_below(&composer.random, TOPICS);
    composer.taste = (struct law_taste){random_next(&composer.random), random_mix(topic)};
    article->number = number;
    article->source = sources[source % ARTICLE_SOURCES];
    set_date(article, days);
    compose(&composer, article);
}
