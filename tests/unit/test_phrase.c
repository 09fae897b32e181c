/* How often words stand together, held to a count over every place where they might. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"

#include "query/phrase.h"

enum { WORDS = 4, PLACES = 40, ROUNDS = 20000 };

/* Which words stand at each place, how often each position is given, and where words belong. */
struct model {
    bool there[WORDS][PLACES];
    uint32_t positions[WORDS][2 * PLACES];
    struct phrase_word words[WORDS];
    size_t count;
    uint32_t title;
    uint32_t slop;
};

static void draw(uint64_t *random, struct model *model)
{
    *model = (struct model){.count = 1 + random_below(random, WORDS),
                            .title = random_below(random, PLACES),
                            .slop = random_below(random, 4)};
    uint32_t offset = 0;
    for (size_t i = 0; i < model->count; i++) {
        struct phrase_word *word = &model->words[i];
        uint32_t often = 1 + random_below(random, 4);
        *word = (struct phrase_word){.offset = offset, .positions = model->positions[i]};
        offset += 1 + random_below(random, 2);
        for (uint32_t place = 0; place < PLACES; place++) {
            model->there[i][place] = random_below(random, often) == 0;
            uint32_t times = model->there[i][place] ? 1 + (random_below(random, 8) == 0) : 0;
            for (uint32_t k = 0; k < times; k++) {
                model->positions[i][word->count++] = place;
            }
        }
    }
}

/* Whether places [first, last] lie in the title, when they must, and never half in it. */
static bool one_side(const struct model *model, bool title, uint32_t first, uint32_t last)
{
    return title ? last < model->title : first >= model->title || last < model->title;
}

static uint32_t naive_in_order(const struct model *model, bool title)
{
    uint32_t found = 0;
    for (uint32_t first = 0; first < PLACES; first++) {
        bool all = true;
        uint32_t last = first + model->words[model->count - 1].offset;
        for (size_t i = 0; i < model->count; i++) {
            uint32_t place = first + model->words[i].offset;
            all = all && place < PLACES && model->there[i][place];
        }
        found += all && one_side(model, title, first, last);
    }
    return found;
}

/* The place of the first of a word's at or behind `from`, PLACES when there is none. */
static uint32_t next_place(const struct model *model, size_t word, uint32_t from)
{
    while (from < PLACES && !model->there[word][from]) {
        from++;
    }
    return from;
}

/* A place begins a match when the next of each word from it on lie within the window and one of
 * them at it. */
static uint32_t naive_near(const struct model *model, bool title)
{
    uint32_t width = (uint32_t)model->count + model->slop;
    uint32_t found = 0;
    for (uint32_t first = 0; first < PLACES; first++) {
        uint32_t last = first;
        bool begins = false;
        for (size_t i = 0; i < model->count; i++) {
            uint32_t next = next_place(model, i, first);
            begins = begins || next == first;
            last = next > last ? next : last;
        }
        found +=
            begins && last < PLACES && last - first < width && one_side(model, title, first, last);
    }
    return found;
}

static void check(bool near)
{
    uint64_t random = near ? 2 : 1;
    uint64_t found = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct model model;
        draw(&random, &model);
        bool title = random_below(&random, 3) == 0;
        struct query_node node = {
            .near = near, .title = title, .slop = model.slop, .word_count = model.count};
        uint32_t expected = near ? naive_near(&model, title) : naive_in_order(&model, title);
        assert_int_equal(phrase_count(&node, model.words, model.count, model.title), expected);
        found += expected;
    }
    assert_true(found > ROUNDS);
}

static void words_in_order(void **state)
{
    (void)state;
    check(false);
}

static void words_near_each_other(void **state)
{
    (void)state;
    check(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_in_order),
        cmocka_unit_test(words_near_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
