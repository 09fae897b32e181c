#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/hit.h"
#include "cli/json.h"
#include "fihris.h"

enum { ENTITIES_MAX = 1000, OTHERS_MAX = 20, ALIASES_MAX = 12 };

/* The library's strings live during a callback, and a search cannot run inside of one: entities
 * are copied first. `entity` points into `block`. */
struct entity_copy {
    struct fihris_entity entity;
    char *block;
};

struct entity_list {
    struct entity_copy *items;
    size_t count;
    bool no_memory;
};

static const char *copy_string(char **end, const char *text, size_t size)
{
    char *start = *end;
    if (size > 0) {
        memcpy(start, text, size);
    }
    *end += size;
    return start;
}

static bool copy_entity(struct entity_copy *copy, const struct fihris_entity *entity)
{
    size_t aliases_size = entity->alias_count * sizeof *entity->aliases;
    size_t type_size = strlen(entity->type) + 1;
    size_t size = aliases_size + type_size + entity->key_size + entity->name_size;
    for (size_t i = 0; i < entity->alias_count; i++) {
        size += entity->aliases[i].name_size;
    }
    struct fihris_alias *aliases = malloc(size);
    if (aliases == NULL) {
        return false;
    }
    char *end = (char *)aliases + aliases_size;
    copy->block = (char *)aliases;
    copy->entity = *entity;
    copy->entity.type = copy_string(&end, entity->type, type_size);
    copy->entity.key = copy_string(&end, entity->key, entity->key_size);
    copy->entity.name = copy_string(&end, entity->name, entity->name_size);
    copy->entity.aliases = aliases;
    for (size_t i = 0; i < entity->alias_count; i++) {
        aliases[i] = entity->aliases[i];
        aliases[i].name = copy_string(&end, entity->aliases[i].name, entity->aliases[i].name_size);
    }
    return true;
}

static bool keep_entity(void *context, const struct fihris_entity *entity)
{
    struct entity_list *list = context;
    if (list->count == ENTITIES_MAX) {
        return false;
    }
    struct entity_copy *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL || !copy_entity(&items[list->count], entity)) {
        list->items = items == NULL ? list->items : items;
        list->no_memory = true;
        return false;
    }
    list->items = items;
    list->count++;
    return true;
}

static void release_list(struct entity_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].block);
    }
    free(list->items);
}

/* The query that finds the articles of an entity; freed with free(). A key is a name that finds its
 * entity, and holds no zero byte. */
static char *make_query(const struct fihris_entity *entity)
{
    static const struct {
        const char *type;
        const char *field;
    } fields[] = {{"person", "person:\""},
                  {"organisation", "org:\""},
                  {"place", "place:\""},
                  {"date", "event-date:\""}};
    const char *field = "person:\"";
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        field = strcmp(entity->type, fields[i].type) == 0 ? fields[i].field : field;
    }
    size_t size = strlen(field) + entity->key_size + 2;
    char *query = malloc(size);
    if (query == NULL) {
        report("out of memory");
        return NULL;
    }
    (void)snprintf(query, size, "%s%.*s", field, (int)entity->key_size, entity->key);
    for (char *quote = query + strlen(field); (quote = strchr(quote, '"')) != NULL;) {
        *quote = ' ';
    }
    query[size - 2] = '"';
    query[size - 1] = '\0';
    return query;
}

struct article_view {
    struct output *output;
    bool json;
    uint64_t shown;
};

static bool print_article(void *context, const struct fihris_hit *hit)
{
    struct article_view *view = context;
    if (view->json) {
        output_text(view->output, view->shown == 0 ? "" : ",");
        json_string(view->output, hit->id, hit->id_size);
    } else {
        output_text(view->output, "  ");
        output_isolated(view->output, hit->id, hit->id_size);
        output_text(view->output, "  ");
        output_day(view->output, hit->day);
        output_text(view->output, "  ");
        output_isolated(view->output, hit->title, hit->title_size);
        output_text(view->output, "\n");
    }
    view->shown++;
    return !output_failed(view->output);
}

static int print_articles(struct invocation *invocation, struct fihris *archive,
                          const struct fihris_entity *entity)
{
    char *query = make_query(entity);
    if (query == NULL) {
        return EXIT_FAILED;
    }
    struct fihris_search_options settings = {.limit = invocation->options.limit,
                                             .order = FIHRIS_BY_DATE};
    struct article_view view = {.output = &invocation->output, .json = invocation->options.json};
    struct fihris_results results = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status = fihris_search(archive, query, strlen(query), &settings,
                                              print_article, &view, &results, &error);
    if (status == FIHRIS_OK && !view.json && view.shown < entity->documents) {
        output_format(view.output, "  ... %" PRIu64 " more (--limit 0 lists all)\n",
                      entity->documents - view.shown);
    }
    free(query);
    return status == FIHRIS_OK ? EXIT_DONE : report_error(&error);
}

static int print_json(struct invocation *invocation, struct fihris *archive,
                      const struct fihris_entity *entity)
{
    struct output *output = &invocation->output;
    json_begin(output);
    json_text(output, "type", entity->type, strlen(entity->type));
    json_text(output, "name", entity->name, entity->name_size);
    json_text(output, "key", entity->key, entity->key_size);
    json_number(output, "articles", entity->documents);
    json_number(output, "mentions", entity->mentions);
    json_day(output, "first", entity->day_first);
    json_day(output, "last", entity->day_last);
    json_member(output, "aliases");
    for (size_t i = 0; i < entity->alias_count; i++) {
        output_text(output, i == 0 ? "[{\"name\":" : ",{\"name\":");
        json_string(output, entity->aliases[i].name, entity->aliases[i].name_size);
        json_number(output, "mentions", entity->aliases[i].mentions);
        output_text(output, "}");
    }
    output_text(output, entity->alias_count == 0 ? "[]" : "]");
    json_member(output, "ids");
    output_text(output, "[");
    int code = print_articles(invocation, archive, entity);
    if (code == EXIT_DONE) { /* else the object stays cut off, so that none takes it for whole */
        output_text(output, "]");
        json_end(output);
    }
    return code;
}

static void print_heading(struct output *output, const struct fihris_entity *entity)
{
    output_style(output, OUTPUT_MATCH);
    output_isolated(output, entity->name, entity->name_size);
    output_style(output, OUTPUT_PLAIN);
    output_format(output, "  %s  ", entity->type);
    output_count(output, entity->documents);
    output_text(output, entity->documents == 1 ? " article, " : " articles, ");
    output_count(output, entity->mentions);
    output_text(output, entity->mentions == 1 ? " mention" : " mentions");
    if (entity->day_first != 0) {
        output_text(output, ", ");
        output_day(output, entity->day_first);
        output_text(output, " to ");
        output_day(output, entity->day_last);
    }
    output_text(output, "\n");
}

static void print_aliases(struct output *output, const struct fihris_entity *entity)
{
    if (entity->alias_count == 0) {
        return;
    }
    output_text(output, "  printed as:");
    for (size_t i = 0; i < entity->alias_count && i < ALIASES_MAX; i++) {
        output_text(output, i == 0 ? " " : ", ");
        output_isolated(output, entity->aliases[i].name, entity->aliases[i].name_size);
        output_text(output, " ");
        output_count(output, entity->aliases[i].mentions);
    }
    if (entity->alias_count > ALIASES_MAX) {
        output_format(output, " and %zu more", entity->alias_count - ALIASES_MAX);
    }
    output_text(output, "\n");
}

static int print_list(struct invocation *invocation, struct fihris *archive,
                      const struct entity_list *list)
{
    struct output *output = &invocation->output;
    if (invocation->options.json) {
        int code = EXIT_DONE;
        for (size_t i = 0; i < list->count && code == EXIT_DONE; i++) {
            code = print_json(invocation, archive, &list->items[i].entity);
        }
        return code;
    }
    print_heading(output, &list->items[0].entity);
    print_aliases(output, &list->items[0].entity);
    int code = print_articles(invocation, archive, &list->items[0].entity);
    if (list->count > 1) {
        output_text(output, "\nThe name may also mean:\n");
    }
    for (size_t i = 1; i < list->count && i <= OTHERS_MAX; i++) {
        output_text(output, "  ");
        print_heading(output, &list->items[i].entity);
    }
    if (list->count > OTHERS_MAX + 1) {
        output_format(output, "  ... %zu more (--json lists all)\n", list->count - OTHERS_MAX - 1);
    }
    return code;
}

/* Takes "place:" and the like off the front of a name; "any" keeps what --type said. */
static const char *split_type(const char **name, uint32_t chosen)
{
    static const struct {
        const char *prefix;
        const char *type;
    } prefixes[] = {{"person:", "person"},    {"organisation:", "organisation"},
                    {"org:", "organisation"}, {"place:", "place"},
                    {"event-date:", "date"},  {"date:", "date"}};
    /* In the order of --type's words. */
    static const char *const types[] = {NULL, "person", "organisation", "place", "date"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t length = strlen(prefixes[i].prefix);
        if (strncmp(*name, prefixes[i].prefix, length) == 0) {
            *name += length;
            return prefixes[i].type;
        }
    }
    return types[chosen];
}

static int find(struct invocation *invocation, struct fihris *archive, const char *name)
{
    const char *type = split_type(&name, invocation->options.type);
    struct entity_list list = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status =
        fihris_entities(archive, type, name, strlen(name), keep_entity, &list, &error);
    int code = EXIT_NOTHING;
    if (status != FIHRIS_OK && status != FIHRIS_NOT_FOUND) {
        code = report_error(&error);
    } else if (list.no_memory) {
        report("out of memory");
        code = EXIT_FAILED;
    } else if (list.count == 0) {
        report("no entity is called '%s'", name);
    } else {
        code = print_list(invocation, archive, &list);
    }
    release_list(&list);
    return code;
}

int command_entity(struct invocation *invocation)
{
    char *name = command_join(invocation, 1);
    struct fihris *archive = NULL;
    int code =
        name == NULL ? EXIT_FAILED : command_open(invocation, invocation->operands[0], &archive);
    if (code == EXIT_DONE) {
        code = find(invocation, archive, name);
    }
    fihris_close(archive);
    free(name);
    return code;
}
