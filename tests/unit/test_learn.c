#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "base/symbols.h"
#include "engine/learn.h"
#include "random.h"
#include "scratch.h"
#include "text/analyser.h"
#include "text/evidence.h"
#include "text/fold_hash.h"

/* Articles of made-up words whose form, fold and bytes are one: what learn() must have counted is
 * then what was written. Title and body are words alike. */

enum { VOCABULARY = 600, TEXT_MAX = 8000 };

struct world {
    struct scratch scratch;
    char words[VOCABULARY][16];
    uint64_t counts[VOCABULARY];
};

static void make_word(uint64_t *random, char word[16])
{
    static const char *const letters[] = {"ب", "ت", "ث", "ج", "ح", "د", "ر", "س", "ش", "ص"};
    size_t size = 3 + random_below(random, 4);
    word[0] = '\0';
    for (size_t i = 0; i < size; i++) {
        strcat(word, letters[random_below(random, 10)]);
    }
}

/* Small numbers come often; the last words hardly ever. */
static size_t choose_word(uint64_t *random)
{
    uint32_t a = random_below(random, VOCABULARY);
    uint32_t b = random_below(random, VOCABULARY);
    uint32_t c = random_below(random, VOCABULARY);
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

static size_t write_words(struct world *world, uint64_t *random, size_t count, char *text)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size_t word = choose_word(random);
        size += (size_t)sprintf(text + size, "%s%s", i == 0 ? "" : " ", world->words[word]);
        world->counts[word]++;
    }
    return size;
}

static void write_lines(struct world *world, uint64_t *random, const char *name, size_t size_min)
{
    static char text[TEXT_MAX];
    char *path = scratch_path(&world->scratch, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t size = 0, id = 0; size < size_min; id++) {
        (void)write_words(world, random, 5, text);
        size += (size_t)fprintf(file, "{\"id\":\"%zu\",\"title\":\"%s\",", id, text);
        (void)write_words(world, random, 1 + random_below(random, 400), text);
        size += (size_t)fprintf(file, "\"body\":\"%s\"}\n", text);
    }
    assert_int_equal(fclose(file), 0);
    memory_free(path);
}

static void write_texts(struct world *world, uint64_t *random, const char *name, size_t count)
{
    static char text[TEXT_MAX];
    char *folder = scratch_path(&world->scratch, name);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (size_t i = 0; i < count; i++) {
        char file[16];
        (void)sprintf(file, "%03zu.txt", i);
        char *path = path_join(folder, file);
        assert_non_null(path);
        scratch_write(path, text, write_words(world, random, 300, text));
        memory_free(path);
    }
    memory_free(folder);
}

struct learned {
    struct buffer evidence;
    struct buffer symbols;
    uint64_t bytes;
    uint64_t bytes_total;
    bool stop;
};

static bool told(void *context, uint64_t bytes, uint64_t bytes_total)
{
    struct learned *learned = context;
    learned->bytes += bytes;
    learned->bytes_total = bytes_total;
    return !learned->stop;
}

static enum status run(const struct world *world, size_t threads, struct learned *learned,
                       struct error *error)
{
    char *paths[] = {scratch_path(&world->scratch, "news.jsonl"),
                     scratch_path(&world->scratch, "texts")};
    struct plan_options options = {.shard_bytes = 0};
    static const struct analyser analyser = {.name = ANALYSER_DEFAULT};
    struct learn_options how = {.threads = threads, .analyser = &analyser, .context = learned};
    how.progress = threads == 1 ? told : NULL; /* it does not lock */
    buffer_init(&learned->evidence, (size_t)64 << 20);
    buffer_init(&learned->symbols, (size_t)64 << 20);
    struct shard_plan plan;
    struct feed feed = {.plan = &plan};
    enum status status = shard_plan_make((const char *const *)paths, 2, &options, &plan, error);
    if (status == STATUS_OK) {
        status = learn(&feed, &how, &learned->evidence, &learned->symbols, error);
    }
    shard_plan_release(&plan);
    memory_free(paths[0]);
    memory_free(paths[1]);
    return status;
}

static void learned_release(struct learned *learned)
{
    buffer_release(&learned->evidence);
    buffer_release(&learned->symbols);
}

static void check_counts(const struct world *world, const struct buffer *bytes)
{
    struct evidence evidence;
    size_t rare = 0;
    assert_int_equal(evidence_open(&evidence, bytes->bytes, bytes->size, NULL), STATUS_OK);
    for (size_t i = 0; i < VOCABULARY; i++) {
        uint64_t count = world->counts[i] < EVIDENCE_COUNT_MIN ? 0 : world->counts[i];
        rare += count == 0;
        assert_int_equal(evidence_count(&evidence, world->words[i], strlen(world->words[i])),
                         count);
    }
    assert_true(rare > 0); /* else the case is not there */
    assert_int_equal(evidence_count(&evidence, "كلمة", 8), 0);
}

/* Beside each count stands what the analyser makes of the word, following the rules. */
static void check_reductions(const struct world *world, const struct buffer *bytes)
{
    struct analyser analyser = {.name = ANALYSER_DEFAULT};
    struct buffer plain; /* evidence of the same counts alone */
    struct error error;
    size_t told = 0;
    struct evidence_builder *builder = evidence_builder_new();
    assert_non_null(builder);
    buffer_init(&plain, (size_t)64 << 20);
    for (size_t i = 0; i < VOCABULARY; i++) {
        assert_int_equal(evidence_builder_add(builder, world->words[i], strlen(world->words[i]),
                                              world->counts[i], &error),
                         STATUS_OK);
    }
    assert_int_equal(evidence_builder_finish(builder, &plain, &error), STATUS_OK);
    evidence_builder_free(builder);
    assert_int_equal(evidence_open(&analyser.evidence, plain.bytes, plain.size, &error), STATUS_OK);
    struct evidence evidence;
    assert_int_equal(evidence_open(&evidence, bytes->bytes, bytes->size, NULL), STATUS_OK);
    for (size_t i = 0; i < VOCABULARY; i++) {
        char fold[ANALYSIS_BYTES_MAX] = {0};
        size_t size = strlen(world->words[i]);
        memcpy(fold, world->words[i], size);
        evidence_slot slot = evidence_slot_hashed(&evidence, fold_hash(fold, size));
        unsigned reduction = slot == 0 ? 0 : analyser_reduction(&analyser, fold, size);
        assert_int_equal(evidence_slot_reduction(slot), reduction);
        told += reduction != 0;
    }
    assert_true(told > VOCABULARY / 2);
    buffer_release(&plain);
}

/* Every word seen twice is a symbol, the more frequent first. Words stand apart by spaces, which
 * are none, and a title from its body by two line breaks, which are one. */
static void check_symbols(const struct world *world, const struct buffer *bytes)
{
    struct symbols symbols;
    uint64_t before = UINT64_MAX;
    size_t words = 0;
    size_t gaps = 0;
    assert_int_equal(symbols_open(&symbols, bytes->bytes, bytes->size, NULL), STATUS_OK);
    for (uint32_t rank = 0; rank < symbols.count; rank++) {
        struct symbol symbol;
        assert_true(symbols_get(&symbols, rank, &symbol));
        for (size_t i = 0; symbol.kind == SYMBOL_WORD && i < VOCABULARY; i++) {
            if (strlen(world->words[i]) == symbol.size &&
                memcmp(world->words[i], symbol.bytes, symbol.size) == 0) {
                assert_in_range(world->counts[i], SYMBOL_COUNT_MIN, before);
                before = world->counts[i];
                words++;
            }
        }
        gaps +=
            symbol.kind == SYMBOL_GAP && symbol.size == 2 && memcmp(symbol.bytes, "\n\n", 2) == 0;
    }
    for (size_t i = 0; i < VOCABULARY; i++) {
        words -= world->counts[i] >= SYMBOL_COUNT_MIN;
    }
    assert_int_equal(words, 0);
    assert_int_equal(gaps, 1);
}

static void counts_are_those_of_the_inputs(void **state)
{
    const struct world *world = *state;
    struct learned learned = {.bytes = 0};
    assert_int_equal(run(world, 1, &learned, NULL), STATUS_OK);
    check_counts(world, &learned.evidence);
    check_reductions(world, &learned.evidence);
    check_symbols(world, &learned.symbols);
    assert_true(learned.bytes > 3 * LEARN_SLICE_BYTES);
    assert_true(learned.bytes_total >= learned.bytes - LEARN_SLICE_BYTES);
    learned_release(&learned);
}

static void threads_make_no_difference(void **state)
{
    static const size_t threads[] = {2, 5};
    struct learned one = {.bytes = 0};
    assert_int_equal(run(*state, 1, &one, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        struct learned many = {.bytes = 0};
        assert_int_equal(run(*state, threads[i], &many, NULL), STATUS_OK);
        assert_int_equal(many.evidence.size, one.evidence.size);
        assert_memory_equal(many.evidence.bytes, one.evidence.bytes, one.evidence.size);
        assert_int_equal(many.symbols.size, one.symbols.size);
        assert_memory_equal(many.symbols.bytes, one.symbols.bytes, one.symbols.size);
        learned_release(&many);
    }
    learned_release(&one);
}

static void the_caller_may_stop_it(void **state)
{
    struct learned learned = {.stop = true};
    struct error error = {0};
    assert_int_equal(run(*state, 1, &learned, &error), STATUS_STOPPED);
    assert_int_equal(error.code, STATUS_STOPPED);
    learned_release(&learned);
}

/* Very little; nothing at all; nothing that can be used. */
static void little_is_enough(void **state)
{
    const struct world *world = *state;
    static const struct {
        const char *content;
        const char *word; /* that it knows, seen twice */
    } cases[] = {{"سوق سوق المدينة", "سوق"}, {"", NULL}, {"{\"no\": \"article\"}", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = scratch_path(&world->scratch, "little");
        const char *const paths[] = {path};
        struct plan_options options = {.shard_bytes = 0};
        struct learn_options how = {.threads = 3};
        struct learned learned;
        struct evidence evidence;
        buffer_init(&learned.evidence, (size_t)1 << 20);
        buffer_init(&learned.symbols, (size_t)1 << 20);
        scratch_write(path, cases[i].content, strlen(cases[i].content));
        struct shard_plan plan;
        struct feed feed = {.plan = &plan};
        assert_int_equal(shard_plan_make(paths, 1, &options, &plan, NULL), STATUS_OK);
        assert_int_equal(learn(&feed, &how, &learned.evidence, &learned.symbols, NULL), STATUS_OK);
        shard_plan_release(&plan);
        struct symbols symbols;
        assert_int_equal(symbols_open(&symbols, learned.symbols.bytes, learned.symbols.size, NULL),
                         STATUS_OK);
        assert_int_equal(symbols.count, cases[i].word != NULL);
        assert_int_equal(
            evidence_open(&evidence, learned.evidence.bytes, learned.evidence.size, NULL),
            STATUS_OK);
        if (cases[i].word != NULL) {
            assert_int_equal(evidence_count(&evidence, cases[i].word, strlen(cases[i].word)), 2);
        }
        learned_release(&learned);
        memory_free(path);
    }
}

static int setup(void **state)
{
    static struct world world;
    uint64_t random = 11;
    scratch_make(&world.scratch);
    for (size_t i = 0; i < VOCABULARY; i++) {
        make_word(&random, world.words[i]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(world.words[i], world.words[k]) == 0) {
                make_word(&random, world.words[i]);
                k = SIZE_MAX; /* looks at all of them again */
            }
        }
    }
    write_lines(&world, &random, "news.jsonl", (size_t)3 << 20);
    write_texts(&world, &random, "texts", 40);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_inputs),
        cmocka_unit_test(threads_make_no_difference),
        cmocka_unit_test(the_caller_may_stop_it),
        cmocka_unit_test(little_is_enough),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
