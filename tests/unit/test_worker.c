#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/view.h"
#include "engine/names.h"
#include "engine/tokens.h"
#include "engine/worker.h"
#include "index/segment.h"
#include "scratch.h"

/* What a worker makes of a few articles, against a naive model that analyses every token by itself
 * and keeps every occurrence in a list. */

struct written {
    const char *id;
    const char *title;
    const char *body;
    const char *date;
    uint32_t day;
    const char *source;
    const char *url;
    const char *extras; /* as further members of the line */
};

static const struct written articles[] = {
    {.id = "1",
     .title = "الحموشي يستقبل السفير الأمريكي بالرباط",
     .body = "استقبل عبد اللطيف حموشي، المدير العام للأمن الوطني، يوم 24 نونبر 2025 بالرباط "
             "السفير. وقال حموشي إن المغرب وأمريكا...",
     .date = "2025-11-24",
     .day = 20251124,
     .source = "الصباح",
     .url = "https://example.com/1",
     .extras = ",\"pages\":3"},
    {.id = "2", .title = "", .body = "بلا عنوان: #اليوم_الوطني http://a.example/x?y=1 12.5 و.م.ع"},
    {.id = "3",
     .title = "عنوان وحده",
     .body = "",
     .date = "بلا تاريخ",
     .source = "الصباح",
     .extras = ",\"pages\":4"},
    {.id = "4",
     .title = "المغرب والمغرب وبالمغرب مغرب",
     .body = "المَغْــرِب المغرب المغرب، عبدالله وعبد الله في مراكش والدار البيضاء! ... ؟"},
    {.id = "5", .title = "... ", .body = "؟ !"},
    {.id = "6",
     .title = "فرانسيسكو باردو بيكيراس (Francisco PARDO Piqueras)",
     .body = "قال باردو إن الشرطة الإسبانية والأنتربول. #Interpol @police a@b.example",
     .date = "2022-08",
     .day = 20220800,
     .source = "Hespress"},
};
enum { ARTICLES = sizeof articles / sizeof articles[0] };

static const struct written again[] = {
    {.id = "7", .title = "المغرب مرة أخرى", .body = "الحموشي في مراكش يوم 24 نونبر 2025"},
    {.id = "8", .title = "كلمات جديدة", .body = "لم يرها أحد من قبل"},
};
enum { AGAIN = sizeof again / sizeof again[0] };

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

/* ---- Inputs ---- */

struct world {
    struct scratch scratch;
    char *paths[2];
    uint64_t offsets[ARTICLES]; /* of the lines in the first file */
    uint64_t bad_offset;
    uint64_t size;
    struct shard_plan plan; /* two shards: one a file */
    struct feed feed;       /* of `plan` */
    struct analyser analyser;
};

static uint64_t write_line(FILE *file, const struct written *article)
{
    long offset = ftell(file);
    assert_true(offset >= 0);
    (void)fprintf(file, "{\"id\":\"%s\",\"title\":\"%s\",\"body\":\"%s\"", article->id,
                  article->title, article->body);
    const struct {
        const char *name;
        const char *value;
    } members[] = {{"date", article->date}, {"source", article->source}, {"url", article->url}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].value != NULL) {
            (void)fprintf(file, ",\"%s\":\"%s\"", members[i].name, members[i].value);
        }
    }
    (void)fprintf(file, "%s}\n", text_or_empty(article->extras));
    return (uint64_t)offset;
}

static void write_inputs(struct world *world)
{
    FILE *file = fopen(world->paths[0], "wb");
    assert_non_null(file);
    for (size_t i = 0; i < ARTICLES; i++) {
        if (i == 3) {
            world->bad_offset = (uint64_t)ftell(file);
            (void)fprintf(file, "{\"id\": broken}\n");
        }
        world->offsets[i] = write_line(file, &articles[i]);
    }
    world->size = (uint64_t)ftell(file);
    assert_int_equal(fclose(file), 0);
    file = fopen(world->paths[1], "wb");
    assert_non_null(file);
    for (size_t i = 0; i < AGAIN; i++) {
        (void)write_line(file, &again[i]);
    }
    assert_int_equal(fclose(file), 0);
}

static struct worker_setup setup_of(struct world *world)
{
    return (struct worker_setup){
        .feed = &world->feed,
        .analyser = &world->analyser,
        .tagger = tagger_shipped(),
        .builder = {.compression_level = 3, .memory_max = (size_t)256 << 20},
        .known_memory_max = SIZE_MAX};
}

static const struct repeat_drops no_drops = {.count = 0};

/* Makes the segment of a shard with a worker of its own. */
static void make(const struct worker_setup *setup, uint32_t shard, const char *path,
                 struct worker_result *result)
{
    struct worker *worker = NULL;
    assert_int_equal(worker_new(setup, 0, &worker, NULL), STATUS_OK);
    assert_int_equal(worker_run(worker, shard, &no_drops, path, result, NULL), STATUS_OK);
    worker_free(worker);
}

/* ---- The naive model ---- */

enum { OCCURRENCES_MAX = 400, TEXT_MAX = 1024 };

struct naive_occurrence {
    doc_id document;
    uint32_t position;
    uint32_t tag;
    size_t key_size;
    size_t form_size;
    char key[ANALYSIS_BYTES_MAX];
    char form[ANALYSIS_BYTES_MAX];
};

struct naive_list {
    struct naive_occurrence items[OCCURRENCES_MAX];
    size_t count;
};

enum { NAMES_MAX = 400, NAME_MAX = 600 };

struct naive {
    struct naive_list terms;
    struct naive_list entities;
    uint32_t lengths[ARTICLES];
    uint32_t title_lengths[ARTICLES];
    char names[NAMES_MAX][NAME_MAX]; /* records of STORE_NAMES, each once */
    size_t name_sizes[NAMES_MAX];
    size_t name_count;
};

static size_t article_text(const struct written *article, char text[TEXT_MAX], uint32_t *title_end)
{
    *title_end = (uint32_t)strlen(article->title);
    return (size_t)sprintf(text, "%s%s%s", article->title,
                           *title_end > 0 && article->body[0] != '\0' ? "\n\n" : "", article->body);
}

static void list_add(struct naive_list *list, doc_id document, uint32_t position, const void *key,
                     size_t key_size, const void *form, size_t form_size, uint32_t tag)
{
    assert_true(list->count < OCCURRENCES_MAX);
    struct naive_occurrence *item = &list->items[list->count++];
    *item = (struct naive_occurrence){.document = document,
                                      .position = position,
                                      .tag = tag,
                                      .key_size = key_size,
                                      .form_size = form_size};
    memcpy(item->key, key, key_size);
    memcpy(item->form, form, form_size);
}

static void naive_name(struct naive *naive, const char *name, size_t size, char level,
                       const char *key, size_t key_size)
{
    char record[NAME_MAX];
    memcpy(record, name, size);
    record[size] = 1;
    record[size + 1] = level;
    record[size + 2] = '\0';
    memcpy(record + size + 3, key, key_size);
    size_t all = size + 3 + key_size;
    for (size_t i = 0; i < naive->name_count; i++) {
        if (bytes_equal(naive->names[i], naive->name_sizes[i], record, all)) {
            return;
        }
    }
    assert_true(naive->name_count < NAMES_MAX);
    memcpy(naive->names[naive->name_count], record, all);
    naive->name_sizes[naive->name_count++] = all;
}

static void naive_mention(struct naive *naive, doc_id document, const struct mention *mention,
                          const struct entity_name *called, uint32_t position)
{
    char key[NAME_MAX];
    char name[NAME_MAX];
    size_t key_size = 1 + called->key_size;
    key[0] = entity_type_letter(mention->type);
    memcpy(key + 1, called->key, called->key_size);
    list_add(&naive->entities, document, position, key, key_size, called->alias, called->alias_size,
             mention->token_count);
    size_t size =
        tagger_name_key(mention->type, called->alias, called->alias_size, name, sizeof name);
    if (!bytes_equal(name, size, called->key, called->key_size)) {
        naive_name(naive, name, size, NAME_ALIAS, key, key_size);
    }
    for (size_t from = 0; mention->type == ENTITY_PERSON && from < size;) {
        size_t word = strcspn(name + from, " ");
        word = word > size - from ? size - from : word;
        if (word >= 6) {
            naive_name(naive, name + from, word, NAME_WORD, key, key_size);
        }
        from += word + 1;
    }
}

/* Positions are counted here by the rule as docs/FORMAT.md tells it, not by engine/tokens.h. */
static void naive_article(struct naive *naive, const struct world *world, doc_id document,
                          uint32_t day)
{
    static struct token tokens[TEXT_MAX];
    static struct entity_form forms[TEXT_MAX];
    static uint32_t words[TEXT_MAX];
    static uint32_t positions[TEXT_MAX];
    char text[TEXT_MAX];
    uint32_t title_end = 0;
    size_t size = article_text(&articles[document], text, &title_end);
    size_t offset = 0;
    size_t count = token_scan(text, size, &offset, tokens, TEXT_MAX);
    size_t title_tokens = 0;
    uint32_t title = 0;
    uint32_t body = 0;
    for (size_t i = 0; i < count; i++) {
        const char *word = text + tokens[i].start;
        size_t word_size = tokens[i].end - tokens[i].start;
        enum token_kind kind = (enum token_kind)tokens[i].kind;
        bool in_title = tokens[i].start < title_end;
        uint32_t *taken = in_title ? &title : &body;
        uint32_t base = in_title ? 0 : title + SEGMENT_BODY_GAP;
        struct analysis parts[ANALYSIS_PARTS_MAX];
        size_t part_count = analyser_word(&world->analyser, word, word_size, kind, parts);
        bool first = true;
        title_tokens += in_title;
        positions[i] = base + *taken;
        for (size_t k = 0; k < part_count; k++) {
            if (parts[k].class_size > 0) {
                *taken += first || parts[k].advance > 0;
                first = false;
                list_add(&naive->terms, document, base + *taken - 1, parts[k].class_key,
                         parts[k].class_size, parts[k].form, parts[k].form_size, 0);
            }
        }
        entity_word_describe(tagger_shipped(), word, word_size, kind, &forms[i]);
        words[i] = (uint32_t)i;
    }
    naive->lengths[document] = title + body;
    naive->title_lengths[document] = title;
    struct tagger_scratch *scratch = tagger_scratch_new(tagger_shipped(), (size_t)1 << 20);
    assert_non_null(scratch);
    struct tagger_article input = {.text = text,
                                   .text_size = size,
                                   .tokens = tokens,
                                   .words = words,
                                   .forms = forms,
                                   .token_count = count,
                                   .title_token_count = title_tokens,
                                   .date = day};
    const struct mention *mentions = NULL;
    size_t mention_count = 0;
    assert_int_equal(tagger_find(scratch, &input, &mentions, &mention_count, NULL), STATUS_OK);
    for (size_t i = 0; i < mention_count; i++) {
        struct entity_name called = tagger_name(scratch, mentions[i].name);
        naive_mention(naive, document, &mentions[i], &called, positions[mentions[i].token_first]);
    }
    tagger_scratch_free(scratch);
}

static struct naive *naive_of(const struct world *world)
{
    static struct naive naive;
    naive = (struct naive){.name_count = 0};
    for (doc_id i = 0; i < ARTICLES; i++) {
        naive_article(&naive, world, i, articles[i].day);
    }
    return &naive;
}

/* ---- Comparing ---- */

static bool same_key(const struct naive_occurrence *a, const struct naive_occurrence *b)
{
    return bytes_equal(a->key, a->key_size, b->key, b->key_size);
}

static bool same_form(const struct naive_occurrence *a, const struct naive_occurrence *b)
{
    return same_key(a, b) && a->tag == b->tag &&
           bytes_equal(a->form, a->form_size, b->form, b->form_size);
}

/* One list of the segment against those items of the model that have the key of item `at`. */
static void check_list(struct segment *segment, enum store_database lexicon,
                       const struct naive_list *naive, size_t at)
{
    static struct lexicon_form forms[32];
    static struct postings_reader reader;
    const struct naive_occurrence *key = &naive->items[at];
    struct lexicon_entry entry;
    assert_int_equal(segment_lookup(segment, lexicon, key->key, key->key_size, &entry, NULL),
                     STATUS_OK);
    size_t form_count = 0;
    for (bool found = true; found; form_count += found) {
        assert_true(form_count < 32);
        assert_int_equal(lexicon_form_next(&entry, &forms[form_count], &found, NULL), STATUS_OK);
    }
    assert_int_equal(postings_reader_open(&reader, segment_store(segment), &entry.postings, NULL),
                     STATUS_OK);
    size_t occurrences = 0;
    for (;;) {
        const uint32_t *positions = NULL;
        const uint32_t *numbers = NULL;
        uint32_t count = 0;
        assert_int_equal(postings_reader_next(&reader, NULL), STATUS_OK);
        if (reader.document == DOC_ID_END) {
            break;
        }
        assert_int_equal(postings_reader_positions(&reader, &positions, &numbers, &count, NULL),
                         STATUS_OK);
        for (uint32_t i = 0; i < count; i++, at++, occurrences++) {
            while (at < naive->count && !same_key(key, &naive->items[at])) {
                at++;
            }
            assert_true(at < naive->count);
            const struct naive_occurrence *item = &naive->items[at];
            assert_int_equal(reader.document, item->document);
            assert_int_equal(positions[i], item->position);
            assert_true(numbers[i] < form_count);
            const struct lexicon_form *form = &forms[numbers[i]];
            assert_true(bytes_equal(form->bytes, form->size, item->form, item->form_size));
            assert_int_equal(form->tag, item->tag);
        }
    }
    for (; at < naive->count; at++) {
        assert_false(same_key(key, &naive->items[at]));
    }
    assert_int_equal(entry.postings.occurrence_count, occurrences);
    postings_reader_close(&reader);
}

/* Every list, and by the counts that there is no other. */
static void check_lexicon(struct segment *segment, enum store_database lexicon,
                          const struct naive_list *naive, uint64_t keys, uint64_t forms)
{
    for (size_t i = 0; i < naive->count; i++) {
        bool new_key = true;
        bool new_form = true;
        for (size_t k = 0; k < i; k++) {
            new_key = new_key && !same_key(&naive->items[i], &naive->items[k]);
            new_form = new_form && !same_form(&naive->items[i], &naive->items[k]);
        }
        forms -= new_form;
        keys -= new_key;
        if (new_key) {
            check_list(segment, lexicon, naive, i);
        }
    }
    assert_int_equal(keys, 0);
    assert_true(lexicon == STORE_ENTITIES || forms == 0);
}

static void check_names(const struct segment *segment, const struct naive *naive)
{
    struct table_cursor cursor;
    bool found = false;
    size_t count = 0;
    assert_int_equal(
        table_cursor_seek(&cursor, segment_store(segment), STORE_NAMES, "", 0, &found, NULL),
        STATUS_OK);
    for (; found; count++) {
        bool known = false;
        for (size_t i = 0; !known && i < naive->name_count; i++) {
            known = bytes_equal(cursor.key, cursor.key_size, naive->names[i], naive->name_sizes[i]);
        }
        assert_true(known);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_int_equal(count, naive->name_count);
}

static uint64_t column(struct segment *segment, enum segment_column which, doc_id document)
{
    uint64_t value = 0;
    assert_int_equal(segment_column(segment, which, document, &value, NULL), STATUS_OK);
    return value;
}

static void check_name(const struct segment *segment, enum store_database table, uint64_t number,
                       const char *expected)
{
    const char *name = NULL;
    size_t size = 0;
    assert_int_equal(segment_name(segment, table, (uint32_t)number, &name, &size, NULL), STATUS_OK);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(name, expected, size);
}

static void check_string(const char *bytes, size_t size, const char *expected)
{
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
}

static void check_document(const struct world *world, struct segment *segment, doc_id document,
                           const struct naive *naive)
{
    const struct written *article = &articles[document];
    struct stored_document stored;
    struct buffer bytes;
    char text[TEXT_MAX];
    uint32_t title_end = 0;
    size_t size = article_text(article, text, &title_end);
    buffer_init(&bytes, (size_t)1 << 20);
    assert_int_equal(segment_document(segment, document, &bytes, NULL), STATUS_OK);
    assert_int_equal(stored_document_read(bytes.bytes, bytes.size, &stored, NULL), STATUS_OK);
    check_string(stored.id, stored.id_size, article->id);
    check_string(stored.url, stored.url_size, text_or_empty(article->url));
    check_string(stored.date, stored.date_size, text_or_empty(article->date));
    check_string(stored.text, stored.text_size, text);
    assert_int_equal(stored.text_size, size);
    assert_int_equal(stored.title_start, 0);
    assert_int_equal(stored.title_end, title_end);
    check_string(stored.extras, stored.extras_size,
                 article->extras == NULL ? ""
                 : document == 0         ? "{\"pages\":3}"
                                         : "{\"pages\":4}");
    assert_int_equal(column(segment, COLUMN_LENGTH, document), naive->lengths[document]);
    assert_int_equal(column(segment, COLUMN_TITLE_LENGTH, document),
                     naive->title_lengths[document]);
    assert_int_equal(column(segment, COLUMN_DAY, document), article->day);
    assert_int_equal(column(segment, COLUMN_OFFSET, document), world->offsets[document]);
    check_name(segment, STORE_INPUTS, column(segment, COLUMN_INPUT, document), world->paths[0]);
    const char *source = NULL;
    size_t source_size = 0;
    assert_int_equal(segment_name(segment, STORE_SOURCES,
                                  (uint32_t)column(segment, COLUMN_SOURCE, document), &source,
                                  &source_size, NULL),
                     STATUS_OK);
    assert_true(bytes_equal(source, source_size, stored.source, stored.source_size));
    if (article->source != NULL) {
        check_string(source, source_size, article->source);
    }
    doc_id found = 0;
    assert_int_equal(segment_find_id(segment, article->id, strlen(article->id), &found, NULL),
                     STATUS_OK);
    assert_int_equal(found, document);
    buffer_release(&bytes);
}

/* The title without a body, the date that is none, and the broken line. */
static void check_ledger(const struct world *world, const struct segment *segment)
{
    const struct {
        uint64_t offset;
        enum ledger_act act;
        enum ledger_reason reason;
    } expected[] = {{world->offsets[2], LEDGER_REPAIRED, LEDGER_NO_BODY},
                    {world->offsets[2], LEDGER_REPAIRED, LEDGER_BAD_DATE},
                    {world->bad_offset, LEDGER_REJECTED, LEDGER_BAD_JSON}};
    struct table_cursor cursor;
    bool found = false;
    assert_int_equal(
        table_cursor_seek(&cursor, segment_store(segment), STORE_LEDGER, "", 0, &found, NULL),
        STATUS_OK);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct segment_ledger_record record;
        assert_true(found);
        assert_int_equal(segment_ledger_read(cursor.value, cursor.value_size, &record, NULL),
                         STATUS_OK);
        assert_int_equal(record.offset, expected[i].offset);
        assert_int_equal(record.act, expected[i].act);
        assert_int_equal(record.reason, expected[i].reason);
        check_name(segment, STORE_INPUTS, record.input, world->paths[0]);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_false(found);
}

/* ---- Tests ---- */

static struct segment *open_segment(const char *path, const struct worker_result *result)
{
    struct segment *segment = NULL;
    assert_int_equal(segment_open(path, &result->seal, NULL, &segment, NULL), STATUS_OK);
    return segment;
}

static void a_segment_holds_what_the_model_says(void **state)
{
    struct world *world = *state;
    struct worker_setup setup = setup_of(world);
    struct worker_result result;
    char *path = scratch_path(&world->scratch, "one");
    const struct naive *naive = naive_of(world);
    make(&setup, 0, path, &result);
    struct segment *segment = open_segment(path, &result);
    const struct segment_counts *counts = segment_counts(segment);
    uint64_t tokens = 0;
    for (doc_id i = 0; i < ARTICLES; i++) {
        check_document(world, segment, i, naive);
        tokens += naive->lengths[i];
    }
    assert_true(naive->entities.count > 10); /* else too little is tested */
    check_lexicon(segment, STORE_TERMS, &naive->terms, counts->terms, counts->forms);
    check_lexicon(segment, STORE_ENTITIES, &naive->entities, counts->entities, 0);
    check_names(segment, naive);
    check_ledger(world, segment);
    doc_id found = 0;
    assert_int_equal(segment_find_id(segment, "nobody", 6, &found, NULL), STATUS_NOT_FOUND);
    assert_int_equal(counts->documents, ARTICLES);
    assert_int_equal(counts->tokens, tokens);
    assert_int_equal(counts->mentions, naive->entities.count);
    assert_int_equal(counts->input_bytes, world->size);
    assert_int_equal(counts->rejected, 1);
    assert_int_equal(counts->repaired, 2);
    assert_memory_equal(counts, &result.counts, sizeof *counts);
    assert_int_equal(result.articles, ARTICLES);
    assert_int_equal(result.unchanged + result.replaced, 0);
    segment_close(segment);
    store_seal_release(&result.seal);
    memory_free(path);
}

static void check_same_bytes(const char *a, const char *b)
{
    struct file_view one;
    struct file_view two;
    assert_int_equal(file_view_open(a, &one, NULL), STATUS_OK);
    assert_int_equal(file_view_open(b, &two, NULL), STATUS_OK);
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.bytes, two.bytes, one.size);
    file_view_close(&one);
    file_view_close(&two);
}

/* What a worker remembers from one shard must not show in the next, in whatever order they come. */
static void check_worker_used_again(struct world *world, const struct worker_setup *setup)
{
    struct worker *worker = NULL;
    static const uint32_t order[] = {0, 1, 0};
    assert_int_equal(world->plan.shard_count, 2);
    assert_int_equal(worker_new(setup, 0, &worker, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct worker_result fresh;
        struct worker_result used;
        char *paths[] = {scratch_path(&world->scratch, "fresh"),
                         scratch_path(&world->scratch, "used")};
        make(setup, order[i], paths[0], &fresh);
        assert_int_equal(worker_run(worker, order[i], &no_drops, paths[1], &used, NULL), STATUS_OK);
        assert_memory_equal(&fresh.counts, &used.counts, sizeof used.counts);
        check_same_bytes(paths[0], paths[1]);
        store_seal_release(&fresh.seal);
        store_seal_release(&used.seal);
        memory_free(paths[0]);
        memory_free(paths[1]);
    }
    worker_free(worker);
}

static void a_worker_used_again_makes_the_same_bytes(void **state)
{
    struct worker_setup setup = setup_of(*state);
    check_worker_used_again(*state, &setup);
}

static void a_worker_that_forgets_makes_the_same_bytes(void **state)
{
    struct worker_setup setup = setup_of(*state);
    setup.known_memory_max = 0; /* before each shard */
    check_worker_used_again(*state, &setup);
}

static void entities_can_be_left_out(void **state)
{
    struct world *world = *state;
    struct worker_setup setup = setup_of(world);
    struct worker_result result;
    char *path = scratch_path(&world->scratch, "plain");
    const struct naive *naive = naive_of(world);
    setup.tagger = NULL;
    make(&setup, 0, path, &result);
    struct segment *segment = open_segment(path, &result);
    assert_int_equal(result.counts.entities, 0);
    assert_int_equal(result.counts.mentions, 0);
    check_lexicon(segment, STORE_TERMS, &naive->terms, result.counts.terms, result.counts.forms);
    struct table_cursor cursor;
    bool found = true;
    assert_int_equal(
        table_cursor_seek(&cursor, segment_store(segment), STORE_NAMES, "", 0, &found, NULL),
        STATUS_OK);
    assert_false(found);
    segment_close(segment);
    store_seal_release(&result.seal);
    memory_free(path);
}

/* ---- What the archive has already ---- */

struct known_world {
    struct segment *before;
    uint64_t bytes;
    uint64_t articles;
    uint64_t rejected;
    uint64_t calls;
    size_t worker;
    bool stop;
};

/* "1" is there as it is, "4" with other content; nothing else is. */
static enum status find_known(void *context, size_t worker, const char *id, size_t id_size,
                              struct known_document *known, struct error *error)
{
    struct known_world *state = context;
    assert_int_equal(worker, state->worker);
    doc_id document = 0;
    if (id_size != 1 || (*id != '1' && *id != '4')) {
        return STATUS_OK;
    }
    enum status status = segment_find_id(state->before, id, id_size, &document, error);
    known->found = true;
    known->digest = column(state->before, COLUMN_DIGEST, document) + (*id == '4');
    return status;
}

static bool told(void *context, uint64_t bytes, uint64_t count, uint64_t rejected)
{
    struct known_world *state = context;
    state->bytes += bytes;
    state->articles += count;
    state->rejected += rejected;
    state->calls++;
    return !state->stop;
}

static void the_unchanged_is_skipped_and_the_changed_replaced(void **state)
{
    struct world *world = *state;
    struct worker_setup setup = setup_of(world);
    struct worker_result first;
    struct worker_result second;
    struct worker *worker = NULL;
    char *paths[] = {scratch_path(&world->scratch, "before"),
                     scratch_path(&world->scratch, "after")};
    make(&setup, 0, paths[0], &first);
    struct known_world known = {.before = open_segment(paths[0], &first), .worker = 3};
    setup.known = find_known;
    setup.progress = told;
    setup.context = &known;
    assert_int_equal(worker_new(&setup, 3, &worker, NULL), STATUS_OK);
    assert_int_equal(worker_run(worker, 0, &no_drops, paths[1], &second, NULL), STATUS_OK);
    worker_free(worker);
    assert_int_equal(second.unchanged, 1);
    assert_int_equal(second.replaced, 1);
    assert_int_equal(second.articles, ARTICLES - 1);
    assert_int_equal(second.counts.documents, ARTICLES - 1);
    struct segment *after = open_segment(paths[1], &second);
    doc_id document = 0;
    assert_int_equal(segment_find_id(after, "1", 1, &document, NULL), STATUS_NOT_FOUND);
    assert_int_equal(segment_find_id(after, "4", 1, &document, NULL), STATUS_OK);
    /* Progress adds up to the whole shard, the unchanged included. */
    assert_int_equal(known.bytes, world->size);
    assert_int_equal(known.articles, ARTICLES);
    assert_int_equal(known.rejected, 1);
    assert_true(known.calls > 0);
    segment_close(after);
    segment_close(known.before);
    store_seal_release(&first.seal);
    store_seal_release(&second.seal);
    memory_free(paths[0]);
    memory_free(paths[1]);
}

/* Of what changed, that which a later article makes good again does not get in. */
static void the_dropped_is_rejected(void **state)
{
    struct world *world = *state;
    struct worker_setup setup = setup_of(world);
    struct worker_result first;
    struct worker_result second;
    struct worker *worker = NULL;
    uint64_t hash = hash64("4", 1);
    struct repeat_drops drops = {.hashes = &hash, .count = 1};
    char *paths[] = {scratch_path(&world->scratch, "whole"),
                     scratch_path(&world->scratch, "dropped")};
    make(&setup, 0, paths[0], &first);
    struct known_world known = {.before = open_segment(paths[0], &first)};
    setup.known = find_known;
    setup.context = &known;
    assert_int_equal(worker_new(&setup, 0, &worker, NULL), STATUS_OK);
    assert_int_equal(worker_run(worker, 0, &drops, paths[1], &second, NULL), STATUS_OK);
    worker_free(worker);
    assert_int_equal(second.replaced, 0);
    assert_int_equal(second.counts.rejected, 2); /* the broken line too */
    struct segment *after = open_segment(paths[1], &second);
    doc_id document = 0;
    assert_int_equal(segment_find_id(after, "4", 1, &document, NULL), STATUS_NOT_FOUND);
    segment_close(after);
    segment_close(known.before);
    store_seal_release(&first.seal);
    store_seal_release(&second.seal);
    memory_free(paths[0]);
    memory_free(paths[1]);
}

static void the_caller_may_stop_it(void **state)
{
    struct world *world = *state;
    struct worker_setup setup = setup_of(world);
    struct known_world context = {.stop = true};
    struct worker_result result;
    struct worker *worker = NULL;
    struct error error = {0};
    char *path = scratch_path(&world->scratch, "stopped");
    setup.progress = told;
    setup.context = &context;
    assert_int_equal(worker_new(&setup, 0, &worker, NULL), STATUS_OK);
    assert_int_equal(worker_run(worker, 0, &no_drops, path, &result, &error), STATUS_STOPPED);
    assert_int_equal(error.code, STATUS_STOPPED);
    assert_false(file_exists(path));
    store_seal_release(&result.seal);
    worker_free(worker);
    memory_free(path);
}

/* The copy of standard input has a path that means nothing later. */
static void standard_input_has_its_own_name(void **state)
{
    struct world *world = *state;
    struct worker_setup setup = setup_of(world);
    struct worker_result result;
    char *path = scratch_path(&world->scratch, "piped");
    setup.spool_path = world->paths[0];
    make(&setup, 0, path, &result);
    struct segment *segment = open_segment(path, &result);
    check_name(segment, STORE_INPUTS, column(segment, COLUMN_INPUT, 0), "-");
    segment_close(segment);
    store_seal_release(&result.seal);
    memory_free(path);
}

/* The digest tells any two articles apart that differ in anything a reader sees. */
static void the_digest_sees_every_member(void **state)
{
    struct world *world = *state;
    static const char *const lines[] = {
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"c\"}",
        "{\"id\":\"x\",\"title\":\"a\",\"body\":\"b c\"}",
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"d\"}",
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"c\",\"source\":\"s\"}",
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"c\",\"url\":\"s\"}",
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"c\",\"date\":\"2020\"}",
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"c\",\"date\":\"2020-01\"}",
        "{\"id\":\"x\",\"title\":\"a b\",\"body\":\"c\",\"more\":\"s\"}",
        "{\"body\":\"c\",\"title\":\"a b\",\"id\":\"y\"}", /* as the first: ids are not in it */
    };
    enum { LINES = sizeof lines / sizeof lines[0] };
    uint64_t digests[LINES];
    for (size_t i = 0; i < LINES; i++) {
        char *input = scratch_path(&world->scratch, "line.jsonl");
        char *path = scratch_path(&world->scratch, "line");
        const char *const paths[] = {input};
        struct plan_options options = {.shard_bytes = 0};
        struct shard_plan plan;
        struct worker_setup setup = setup_of(world);
        struct worker_result result;
        scratch_write(input, lines[i], strlen(lines[i]));
        assert_int_equal(shard_plan_make(paths, 1, &options, &plan, NULL), STATUS_OK);
        struct feed feed = {.plan = &plan};
        setup.feed = &feed;
        make(&setup, 0, path, &result);
        struct segment *segment = open_segment(path, &result);
        digests[i] = column(segment, COLUMN_DIGEST, 0);
        segment_close(segment);
        store_seal_release(&result.seal);
        shard_plan_release(&plan);
        memory_free(input);
        memory_free(path);
        for (size_t k = 0; k < i; k++) {
            bool same = k == 0 && i == LINES - 1;
            assert_true((digests[i] == digests[k]) == same);
        }
    }
}

static int setup(void **state)
{
    static struct world world;
    scratch_make(&world.scratch);
    world.paths[0] = scratch_path(&world.scratch, "a.jsonl");
    world.paths[1] = scratch_path(&world.scratch, "b.jsonl");
    write_inputs(&world);
    struct plan_options options = {.shard_bytes = world.size};
    assert_int_equal(
        shard_plan_make((const char *const *)world.paths, 2, &options, &world.plan, NULL),
        STATUS_OK);
    world.feed.plan = &world.plan;
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    shard_plan_release(&world->plan);
    memory_free(world->paths[0]);
    memory_free(world->paths[1]);
    scratch_remove(&world->scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_holds_what_the_model_says),
        cmocka_unit_test(a_worker_used_again_makes_the_same_bytes),
        cmocka_unit_test(entities_can_be_left_out),
        cmocka_unit_test(a_worker_that_forgets_makes_the_same_bytes),
        cmocka_unit_test(the_unchanged_is_skipped_and_the_changed_replaced),
        cmocka_unit_test(the_dropped_is_rejected),
        cmocka_unit_test(the_caller_may_stop_it),
        cmocka_unit_test(standard_input_has_its_own_name),
        cmocka_unit_test(the_digest_sees_every_member),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
