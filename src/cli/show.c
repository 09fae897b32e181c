#include <inttypes.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "fihris.h"

struct mention_view {
    struct output *output;
    const struct fihris_article *article;
    bool json;
    uint64_t shown;
};

static bool print_mention(void *context, const struct fihris_mention *mention)
{
    struct mention_view *view = context;
    struct output *output = view->output;
    const struct fihris_article *article = view->article;
    bool named = mention->name != NULL && mention->name_size > 0;
    const char *name = named ? mention->name : mention->alias;
    size_t name_size = named ? mention->name_size : mention->alias_size;
    size_t end = mention->range.end > article->text_size ? article->text_size : mention->range.end;
    size_t start = mention->range.start > end ? end : mention->range.start;
    view->shown++;
    if (view->json) {
        json_begin(output);
        json_number(output, "start", start);
        json_number(output, "end", end);
        json_text(output, "type", mention->type, strlen(mention->type));
        json_text(output, "name", name, name_size);
        json_text(output, "key", mention->key, mention->key_size);
        json_text(output, "alias", mention->alias, mention->alias_size);
        json_text(output, "text", article->text + start, end - start);
        json_end(output);
    } else {
        output_format(output, "%zu\t%zu\t%s\t", start, end, mention->type);
        output_isolated(output, name, name_size);
        output_text(output, "\t");
        output_isolated(output, article->text + start, end - start);
        output_text(output, "\n");
    }
    return !output_failed(output);
}

static void print_header(struct output *output, const char *name, const char *text, size_t size)
{
    if (size > 0) {
        output_format(output, "%-8s", name);
        output_isolated(output, text, size);
        output_text(output, "\n");
    }
}

static void print_article(struct output *output, const struct fihris_article *article)
{
    print_header(output, "id:", article->id, article->id_size);
    print_header(output, "date:", article->date, article->date_size);
    print_header(output, "source:", article->source, article->source_size);
    print_header(output, "url:", article->url, article->url_size);
    if (article->input_size > 0) {
        output_text(output, "input:  ");
        output_isolated(output, article->input, article->input_size);
        output_format(output, " at byte %" PRIu64 "\n", article->offset);
    }
    print_header(output, "more:", article->extras, article->extras_size);
    output_text(output, "\n");
    output_body(output, article->text, article->text_size);
    if (article->text_size == 0 || article->text[article->text_size - 1] != '\n') {
        output_text(output, "\n");
    }
}

static void print_article_json(struct output *output, const struct fihris_article *article)
{
    size_t end = article->title.end > article->text_size ? article->text_size : article->title.end;
    size_t start = article->title.start > end ? end : article->title.start;
    json_begin(output);
    json_text(output, "id", article->id, article->id_size);
    json_day(output, "date", article->day);
    json_text(output, "date_given", article->date, article->date_size);
    json_text(output, "source", article->source, article->source_size);
    json_text(output, "url", article->url, article->url_size);
    json_text(output, "title", article->text + start, end - start);
    json_text(output, "text", article->text, article->text_size);
    json_text(output, "input", article->input, article->input_size);
    json_number(output, "offset", article->offset);
    json_object(output, "extras", article->extras, article->extras_size);
    json_end(output);
}

static int show(struct invocation *invocation, struct fihris *archive)
{
    const char *id = invocation->operands[1];
    struct output *output = &invocation->output;
    struct fihris_article article = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status = fihris_show(archive, id, strlen(id), &article, &error);
    if (status == FIHRIS_OK && invocation->options.entities) {
        struct mention_view view = {
            .output = output, .article = &article, .json = invocation->options.json};
        status = fihris_mentions(archive, id, strlen(id), print_mention, &view, &error);
        if (status == FIHRIS_OK) {
            return view.shown > 0 ? EXIT_DONE : EXIT_NOTHING;
        }
    } else if (status == FIHRIS_OK && invocation->options.json) {
        print_article_json(output, &article);
    } else if (status == FIHRIS_OK) {
        print_article(output, &article);
    }
    if (status == FIHRIS_OK) {
        return EXIT_DONE;
    }
    int code = report_error(&error);
    return status == FIHRIS_NOT_FOUND ? EXIT_NOTHING : code;
}

int command_show(struct invocation *invocation)
{
    struct fihris *archive = NULL;
    int code = command_open(invocation, invocation->operands[0], &archive);
    if (code == EXIT_DONE) {
        code = show(invocation, archive);
    }
    fihris_close(archive);
    return code;
}
