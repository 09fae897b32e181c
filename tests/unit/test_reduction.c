#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "base/bytes.h"
#include "learning.h"
#include "random.h"
#include "text/conflate.h"
#include "text/fold_hash.h"
#include "text/reduction.h"

/* The short ways to a class give what the long way gives: reductions that the evidence keeps, and
 * words analysed together. */

enum { TEXT_MAX = 64 << 20, WORD_MAX = 64, TOGETHER = ANALYSER_TOGETHER };

struct world {
    struct buffer text;
    struct buffer table;   /* evidence without reductions */
    struct buffer reduced; /* the same with them */
    struct buffer filter;
    struct analyser plain;
    struct analyser quick;
    size_t told;
};

static void reduce_part(void *context, const struct analysis *part)
{
    struct world *world = context;
    unsigned reduction = analyser_reduction(&world->plain, part->fold, part->fold_size);
    world->told += reduction != REDUCTION_NONE;
    evidence_reduce(&world->quick.evidence, world->reduced.bytes,
                    fold_hash(part->fold, part->fold_size), reduction);
}

static int setup(void **state)
{
    static struct world world;
    const struct analyser fold_only = {.name = ANALYSER_FOLD};
    struct error error;
    buffer_init(&world.text, TEXT_MAX);
    buffer_init(&world.table, TEXT_MAX);
    buffer_init(&world.reduced, TEXT_MAX);
    buffer_init(&world.filter, TEXT_MAX);
    assert_true(learning_read_folder("fixtures/seeds", &world.text));
    learning_count(&world.text, &world.table, &world.plain.evidence);
    assert_int_equal(buffer_append(&world.reduced, world.table.bytes, world.table.size, &error),
                     STATUS_OK);
    assert_int_equal(
        evidence_open(&world.quick.evidence, world.reduced.bytes, world.reduced.size, &error),
        STATUS_OK);
    learning_words(&fold_only, &world.text, reduce_part, &world);
    assert_true(world.told > 1000);
    assert_int_equal(evidence_filter(&world.quick.evidence, &world.filter, &error), STATUS_OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    buffer_release(&world->filter);
    buffer_release(&world->reduced);
    buffer_release(&world->table);
    buffer_release(&world->text);
    return 0;
}

static void same_part(const struct analysis *a, const struct analysis *b)
{
    assert_int_equal(a->form_size, b->form_size);
    assert_memory_equal(a->form, b->form, a->form_size);
    assert_int_equal(a->fold_size, b->fold_size);
    assert_memory_equal(a->fold, b->fold, a->fold_size);
    assert_int_equal(a->class_size, b->class_size);
    assert_memory_equal(a->class_key, b->class_key, a->class_size);
    assert_int_equal(a->advance, b->advance);
    assert_int_equal(a->proclitics, b->proclitics);
    assert_int_equal(a->enclitics, b->enclitics);
    assert_int_equal(a->rule, b->rule);
}

/* Analyses the words together and one by one, with reductions and without. */
static void check_words(const struct world *world, struct analyser_request *words, size_t count)
{
    static struct analysis some[TOGETHER];
    static struct analysis quick[ANALYSIS_PARTS_MAX];
    static struct analysis plain[ANALYSIS_PARTS_MAX];
    for (int name = 0; name <= (int)ANALYSER_FOLD; name++) {
        struct analyser one = world->plain;
        struct analyser other = world->quick;
        one.name = (enum analyser_name)name;
        other.name = one.name;
        analyser_words(&other, words, count, some);
        for (size_t i = 0; i < count; i++) {
            size_t made = analyser_word(&one, words[i].word, words[i].size, words[i].kind, plain);
            assert_int_equal(
                analyser_word(&other, words[i].word, words[i].size, words[i].kind, quick), made);
            for (size_t k = 0; k < made; k++) {
                same_part(&quick[k], &plain[k]);
            }
            if (words[i].single) {
                assert_int_equal(made, 1);
                same_part(&some[i], &plain[0]);
            }
        }
    }
}

/* Words of the text, some with a clitic or an ending more. */
static void words_of_the_text(void **state)
{
    static const char *const fronts[] = {"", "و", "ال", "وال", "ب", "لل", "ف", "س", "ابو", "عبدال"};
    static const char *const ends[] = {"", "ه", "ها", "ات", "ون", "ين", "ي", "ا"};
    struct world *world = *state;
    uint64_t random = 5;
    struct token tokens[1024];
    size_t offset = 0;
    size_t count = 0;
    const char *text = (const char *)world->text.bytes;
    while ((count = token_scan(text, world->text.size, &offset, tokens, 1024)) > 0) {
        static char bytes[TOGETHER][TOKEN_BYTES_MAX + WORD_MAX];
        struct analyser_request words[TOGETHER];
        for (size_t i = 0; i < count; i++) {
            const char *front = fronts[random_below(&random, 10)];
            const char *end = ends[random_below(&random, 8)];
            size_t at = i % TOGETHER;
            bool changed = tokens[i].kind == TOKEN_WORD && random_below(&random, 2) == 0;
            words[at].kind = (enum token_kind)tokens[i].kind;
            words[at].word = bytes[at];
            words[at].size = (uint32_t)sprintf(bytes[at], "%s%.*s%s", changed ? front : "",
                                               (int)(tokens[i].end - tokens[i].start),
                                               text + tokens[i].start, changed ? end : "");
            if (at + 1 == TOGETHER || i + 1 == count) {
                check_words(world, words, at + 1);
            }
        }
    }
}

/* Letters, with what else may stand among them. */
static size_t random_word(uint64_t *random, char *out)
{
    static const char *const some[] = {"ا", "ل", "و", "ي", "ه", "ت", "ن", "م", "ب", "ك",
                                       "ف", "س", "ع", "أ", "إ", "آ", "ى", "ة", "ئ", "ؤ",
                                       "ء", "َ",  "ّ",  "ـ", "a", "7", "é", "_", "#", "گ"};
    size_t letters = random_below(random, 24);
    uint32_t kinds = random_below(random, 4) == 0 ? 30 : 21;
    size_t size = 0;
    for (size_t i = 0; i < letters; i++) {
        const char *letter = some[random_below(random, kinds)];
        memcpy(out + size, letter, strlen(letter));
        size += strlen(letter);
    }
    return size;
}

static void random_words(void **state)
{
    uint64_t random = 7;
    for (size_t round = 0; round < 20000; round++) {
        char bytes[TOGETHER][WORD_MAX];
        struct analyser_request words[TOGETHER];
        size_t count = 1 + random_below(&random, TOGETHER);
        for (size_t i = 0; i < count; i++) {
            words[i].word = bytes[i];
            words[i].size = (uint32_t)random_word(&random, bytes[i]);
            words[i].kind = random_below(&random, 8) == 0 ? TOKEN_HASHTAG : TOKEN_WORD;
        }
        check_words(*state, words, count);
    }
}

/* A reduction says all, or is none. */
static void there_and_back(void **state)
{
    const struct world *world = *state;
    const struct conflater conflater = {.evidence = &world->plain.evidence};
    uint64_t random = 9;
    for (size_t round = 0; round < 200000; round++) {
        char word[2 * CONFLATE_READ_SIZE] = {0};
        char key[CONFLATE_BYTES_MAX];
        char told[CONFLATE_BYTES_MAX];
        char text[WORD_MAX];
        size_t size = random_word(&random, text);
        size = analyser_fold(text, size, word, sizeof word);
        if (!conflate_takes(word, size)) {
            continue;
        }
        struct conflation found = {.key = key};
        struct conflation again = {.key = told};
        conflate(&conflater, word, size, &found);
        unsigned reduction = reduction_of(word, size, &found);
        assert_int_equal(reduction_apply(reduction, word, size, &again),
                         reduction != REDUCTION_NONE);
        if (reduction != REDUCTION_NONE) {
            assert_int_equal(again.size, found.size);
            assert_memory_equal(told, key, found.size);
            assert_int_equal(again.rules, found.rules);
            assert_int_equal(again.front, found.front);
            assert_int_equal(again.back, found.back);
            assert_int_equal(again.split, 0);
        }
    }
}

/* Of evidence that says anything of everything, classes are nonsense, but within their bounds. */
static void any_reduction(void **state)
{
    const struct world *world = *state;
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    struct analyser analyser = {.name = ANALYSER_DEFAULT};
    struct error error;
    for (unsigned reduction = 0; reduction < 1 << REDUCTION_BITS; reduction++) {
        uint64_t random = reduction;
        struct buffer table;
        struct evidence_builder *builder = evidence_builder_new();
        char words[8][WORD_MAX];
        size_t sizes[8];
        buffer_init(&table, TEXT_MAX);
        for (size_t i = 0; i < 8; i++) {
            sizes[i] = random_word(&random, words[i]);
            (void)analyser_word(&world->plain, words[i], sizes[i], TOKEN_WORD, parts);
            assert_int_equal(
                evidence_builder_add(builder, parts[0].fold, parts[0].fold_size, 2, &error),
                STATUS_OK);
        }
        assert_int_equal(evidence_builder_finish(builder, &table, &error), STATUS_OK);
        evidence_builder_free(builder);
        for (size_t at = 16; at + 8 < table.size; at += 8) {
            uint64_t slot = load_u64(table.bytes + at);
            store_u64(table.bytes + at, slot == 0 ? 0 : slot | (uint64_t)reduction << 32);
        }
        assert_int_equal(evidence_open(&analyser.evidence, table.bytes, table.size, &error),
                         STATUS_OK);
        for (size_t i = 0; i < 8; i++) {
            size_t made = analyser_word(&analyser, words[i], sizes[i], TOKEN_WORD, parts);
            for (size_t k = 0; k < made; k++) {
                assert_in_range(parts[k].class_size, 0, ANALYSIS_BYTES_MAX);
                assert_in_range(parts[k].proclitics + parts[k].enclitics, 0, parts[k].fold_size);
            }
        }
        buffer_release(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_the_text),
        cmocka_unit_test(random_words),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(any_reduction),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
