#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/document.h"
#include "engine/fail.h"
#include "engine/handle.h"
#include "engine/names.h"
#include "engine/tokens.h"

/* The public functions about entities: which ones a name means, and which ones an article holds. */

struct gathered {
    struct intern *names;   /* aliases as printed */
    struct buffer mentions; /* uint64_t by number */
    uint32_t day_first;
    uint32_t day_last;
};

static enum status gather_aliases(struct gathered *gathered, struct lexicon_entry *entry,
                                  struct error *error)
{
    struct lexicon_form form;
    bool found = false;
    enum status status = lexicon_form_next(entry, &form, &found, error);
    while (status == STATUS_OK && found) {
        uint32_t number = 0;
        bool added = false;
        uint64_t zero = 0;
        status = intern_add(gathered->names, form.bytes, form.size, &number, &added, error);
        if (status == STATUS_OK && added) {
            status = buffer_append(&gathered->mentions, &zero, sizeof zero, error);
        }
        if (status == STATUS_OK) {
            ((uint64_t *)(void *)gathered->mentions.bytes)[number] += form.occurrence_count;
            status = lexicon_form_next(entry, &form, &found, error);
        }
    }
    return status;
}

static enum status gather_days(struct gathered *gathered, struct segment *segment,
                               const struct postings_location *location, struct error *error)
{
    struct postings_reader *reader = memory_zalloc(1, sizeof *reader);
    if (reader == NULL) {
        return error_no_memory(error, sizeof *reader);
    }
    enum status status = postings_reader_open(reader, segment_store(segment), location, error);
    while (status == STATUS_OK) {
        uint64_t day = 0;
        status = postings_reader_next(reader, error);
        if (status != STATUS_OK || reader->document == DOC_ID_END) {
            break;
        }
        if (reader->document >= segment_counts(segment)->documents) {
            status = error_set(error, STATUS_FORMAT, "a posting names a document that is missing");
            break;
        }
        status = segment_column(segment, COLUMN_DAY, reader->document, &day, error);
        if (status == STATUS_OK && day != 0) {
            uint32_t known = (uint32_t)day;
            bool first = gathered->day_first == 0 || known < gathered->day_first;
            gathered->day_first = first ? known : gathered->day_first;
            gathered->day_last = known > gathered->day_last ? known : gathered->day_last;
        }
    }
    postings_reader_close(reader);
    memory_free(reader);
    return status;
}

static enum status gather(const struct fihris *archive, const void *key, size_t key_size,
                          struct gathered *gathered, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < archive->snapshot.manifest.segment_count; i++) {
        struct segment *segment = archive->segments[i].segment;
        struct lexicon_entry entry;
        status = segment_lookup(segment, STORE_ENTITIES, key, key_size, &entry, error);
        if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK;
            continue;
        }
        if (status == STATUS_OK) {
            status = gather_days(gathered, segment, &entry.postings, error);
        }
        if (status == STATUS_OK) {
            status = gather_aliases(gathered, &entry, error);
        }
    }
    return status;
}

static int compare_aliases(const void *a, const void *b)
{
    const struct fihris_alias *left = a;
    const struct fihris_alias *right = b;
    if (left->mentions != right->mentions) {
        return left->mentions > right->mentions ? -1 : 1;
    }
    return bytes_compare(left->name, left->name_size, right->name, right->name_size);
}

static enum entity_type type_of(char letter)
{
    for (int t = ENTITY_PERSON; t < ENTITY_DATE; t++) {
        if (entity_type_letter((enum entity_type)t) == letter) {
            return (enum entity_type)t;
        }
    }
    return ENTITY_DATE;
}

/* The shipped name, else the most frequent alias that is the whole name, else the most frequent. */
static void choose_name(enum entity_type type, struct fihris_entity *entity)
{
    const char *shipped = tagger_display(tagger_shipped(), type, entity->key, entity->key_size);
    if (shipped != NULL) {
        entity->name = shipped;
        entity->name_size = strlen(shipped);
        return;
    }
    entity->name = entity->key;
    entity->name_size = entity->key_size;
    for (size_t i = entity->alias_count; i-- > 0;) {
        const struct fihris_alias *alias = &entity->aliases[i];
        char key[STORE_KEY_SIZE_MAX];
        size_t size = tagger_name_key(type, alias->name, alias->name_size, key, sizeof key);
        if (bytes_equal(key, size, entity->key, entity->key_size)) {
            entity->name = alias->name;
            entity->name_size = alias->name_size;
        }
    }
}

static enum status visit_match(const struct fihris *archive, const struct name_matches *found,
                               const struct name_match *match, fihris_visit_entity visit,
                               void *context, bool *go_on, struct error *error)
{
    enum { ALIASES_BYTES_MAX = 64 << 20 };
    size_t key_size = 0;
    const char *key = intern_string(found->keys, match->key, &key_size);
    struct gathered gathered = {.names = intern_new(ALIASES_BYTES_MAX)};
    buffer_init(&gathered.mentions, ALIASES_BYTES_MAX);
    struct fihris_alias *aliases = NULL;
    enum status status = gathered.names == NULL ? error_no_memory(error, 0) : STATUS_OK;
    if (status == STATUS_OK) {
        status = gather(archive, key, key_size, &gathered, error);
    }
    if (status != STATUS_OK) {
        goto out;
    }
    uint32_t count = intern_count(gathered.names);
    aliases = memory_zalloc(count, sizeof *aliases);
    if (aliases == NULL) {
        status = error_no_memory(error, count * sizeof *aliases);
        goto out;
    }
    for (uint32_t i = 0; i < count; i++) {
        aliases[i].name = intern_string(gathered.names, i, &aliases[i].name_size);
        aliases[i].mentions = ((const uint64_t *)(const void *)gathered.mentions.bytes)[i];
    }
    qsort(aliases, count, sizeof *aliases, compare_aliases);
    enum entity_type type = type_of(key[0]);
    struct fihris_entity entity = {.type = entity_type_text(type),
                                   .key = key + 1,
                                   .key_size = key_size - 1,
                                   .documents = match->documents,
                                   .mentions = match->mentions,
                                   .day_first = gathered.day_first,
                                   .day_last = gathered.day_last,
                                   .alias_count = count,
                                   .aliases = aliases};
    choose_name(type, &entity);
    *go_on = visit(context, &entity);
out:
    memory_free(aliases);
    intern_free(gathered.names);
    buffer_release(&gathered.mentions);
    return status;
}

static enum status parse_type(const char *text, enum entity_type *type, struct error *error)
{
    for (int t = ENTITY_PERSON; t <= ENTITY_DATE; t++) {
        if (strcmp(text, entity_type_text((enum entity_type)t)) == 0) {
            *type = (enum entity_type)t;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE,
                     "no entity type '%s': choose person, organisation, place or date", text);
}

enum fihris_status fihris_entities(struct fihris *archive, const char *type, const char *name,
                                   size_t name_size, fihris_visit_entity visit, void *context,
                                   struct fihris_error *error)
{
    struct error inner = {0};
    struct name_matches found = {0};
    enum entity_type wanted = ENTITY_PERSON;
    enum status status = type == NULL ? STATUS_OK : parse_type(type, &wanted, &inner);
    if (status == STATUS_OK) {
        status =
            names_find(archive, type == NULL ? NULL : &wanted, name, name_size, &found, &inner);
    }
    bool go_on = true;
    for (uint32_t i = 0; status == STATUS_OK && go_on && i < found.count; i++) {
        status = visit_match(archive, &found, &found.matches[i], visit, context, &go_on, &inner);
    }
    name_matches_release(&found);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}

/* ---- The mentions in one article: found again, as they were when it was indexed ---- */

struct retagging {
    struct buffer document;
    struct token_list tokens;
    struct entity_form *described;
    uint32_t *words; /* each token's own */
    struct tagger_scratch *scratch;
};

static enum status describe_tokens(const struct stored_document *document,
                                   struct retagging *retagging, struct error *error)
{
    enum status status = token_list_scan(&retagging->tokens, document->text, document->text_size,
                                         document->title_end, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = retagging->tokens.count;
    retagging->described = memory_zalloc(count, sizeof *retagging->described);
    retagging->words = memory_zalloc(count, sizeof *retagging->words);
    retagging->scratch = tagger_scratch_new(tagger_shipped(), DOCUMENT_SIZE_MAX);
    if (retagging->described == NULL || retagging->words == NULL || retagging->scratch == NULL) {
        return error_no_memory(error, count * sizeof *retagging->described);
    }
    for (size_t i = 0; i < count; i++) {
        const struct token *token = &retagging->tokens.tokens[i];
        entity_word_describe(tagger_shipped(), document->text + token->start,
                             token->end - token->start, (enum token_kind)token->kind,
                             &retagging->described[i]);
        retagging->words[i] = (uint32_t)i;
    }
    return STATUS_OK;
}

static void visit_mentions(const struct retagging *retagging, const struct mention *mentions,
                           size_t count, fihris_visit_mention visit, void *context)
{
    bool go_on = true;
    for (size_t i = 0; go_on && i < count; i++) {
        const struct mention *mention = &mentions[i];
        const struct token *first = &retagging->tokens.tokens[mention->token_first];
        const struct token *last = first + mention->token_count - 1;
        struct entity_name called = tagger_name(retagging->scratch, mention->name);
        const char *name =
            tagger_display(tagger_shipped(), mention->type, called.key, called.key_size);
        struct fihris_mention shown = {.range = {.start = first->start, .end = last->end},
                                       .type = entity_type_text(mention->type),
                                       .key = called.key,
                                       .key_size = called.key_size,
                                       .alias = called.alias,
                                       .alias_size = called.alias_size,
                                       .name = name,
                                       .name_size = name == NULL ? 0 : strlen(name)};
        go_on = visit(context, &shown);
    }
}

enum fihris_status fihris_mentions(struct fihris *archive, const char *id, size_t id_size,
                                   fihris_visit_mention visit, void *context,
                                   struct fihris_error *error)
{
    struct error inner = {0};
    struct located where;
    struct stored_document document;
    struct retagging retagging = {0};
    const struct mention *mentions = NULL;
    size_t count = 0;
    uint64_t day = 0;
    buffer_init(&retagging.document, DOCUMENT_SIZE_MAX);
    enum status status = handle_find(archive, id, id_size, &where, &inner);
    if (status == STATUS_OK) {
        status = handle_read(archive, &where, &retagging.document, &document, &inner);
    }
    if (status == STATUS_OK) {
        status = segment_column(archive->segments[where.segment].segment, COLUMN_DAY,
                                where.document, &day, &inner);
    }
    if (status == STATUS_OK) {
        status = describe_tokens(&document, &retagging, &inner);
    }
    if (status == STATUS_OK) {
        struct tagger_article article = {.text = document.text,
                                         .text_size = document.text_size,
                                         .tokens = retagging.tokens.tokens,
                                         .words = retagging.words,
                                         .forms = retagging.described,
                                         .token_count = retagging.tokens.count,
                                         .title_token_count = retagging.tokens.title_count,
                                         .date = (uint32_t)day};
        status = tagger_find(retagging.scratch, &article, &mentions, &count, &inner);
    }
    if (status == STATUS_OK) {
        visit_mentions(&retagging, mentions, count, visit, context);
    }
    buffer_release(&retagging.document);
    token_list_release(&retagging.tokens);
    memory_free(retagging.described);
    memory_free(retagging.words);
    tagger_scratch_free(retagging.scratch);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}
