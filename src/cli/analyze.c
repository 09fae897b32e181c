#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/text.h"
#include "fihris.h"

enum { INPUT_MAX = 64 << 20, INPUT_STEP = 64 << 10, COLUMN = 18 };

struct token_view {
    struct output *output;
    const char *text;
    bool json;
    bool explain;
};

static void print_column(struct output *output, const char *text, size_t size)
{
    size_t columns = text_columns(text, size);
    output_isolated(output, text, size);
    output_format(output, "%*s ", columns < COLUMN ? (int)(COLUMN - columns) : 0, "");
}

/* What happened on the way, one line a step. */
static void print_steps(struct output *output, const struct fihris_token *token)
{
    for (size_t i = 0; i < token->step_count; i++) {
        const struct fihris_step *step = &token->steps[i];
        bool last = i + 1 == token->step_count;
        output_text(output, "                         ");
        output_isolated(output, step->from, step->from_size);
        output_format(output, " (%" PRIu64 ", with al- %" PRIu64 ")  %s", step->from_seen,
                      step->articled_seen, step->rule);
        if (last) {
            output_format(output, ": %s", step->why);
        } else {
            output_text(output, "  ");
            output_isolated(output, step->to, step->to_size);
            output_format(output, " (%" PRIu64 ")", step->to_seen);
        }
        output_text(output, "\n");
    }
    for (size_t i = 0; i < token->flag_count; i++) {
        output_format(output, "%s%s%s", i == 0 ? "                         entity: " : ", ",
                      token->flags[i], i + 1 == token->flag_count ? "\n" : "");
    }
}

static void print_steps_json(struct output *output, const struct fihris_token *token)
{
    json_member(output, "steps");
    for (size_t i = 0; i < token->step_count; i++) {
        const struct fihris_step *step = &token->steps[i];
        output_text(output, i == 0 ? "[{\"from\":" : ",{\"from\":");
        json_string(output, step->from, step->from_size);
        json_text(output, "to", step->to, step->to_size);
        json_text(output, "rule", step->rule, strlen(step->rule));
        json_text(output, "why", step->why, strlen(step->why));
        json_number(output, "from_seen", step->from_seen);
        json_number(output, "to_seen", step->to_seen);
        json_number(output, "articled_seen", step->articled_seen);
        output_text(output, "}");
    }
    output_text(output, token->step_count == 0 ? "[]" : "]");
    json_member(output, "entity");
    for (size_t i = 0; i < token->flag_count; i++) {
        output_text(output, i == 0 ? "[" : ",");
        json_string(output, token->flags[i], strlen(token->flags[i]));
    }
    output_text(output, token->flag_count == 0 ? "[]" : "]");
}

static bool print_token(void *context, const struct fihris_token *token)
{
    struct token_view *view = context;
    struct output *output = view->output;
    const char *rule = token->rule == NULL ? "" : token->rule;
    if (view->json) {
        json_begin(output);
        json_number(output, "start", token->range.start);
        json_number(output, "end", token->range.end);
        json_number(output, "position", token->position);
        json_text(output, "bytes", view->text + token->range.start,
                  token->range.end - token->range.start);
        json_text(output, "kind", token->kind, strlen(token->kind));
        json_text(output, "form", token->form, token->form_size);
        json_text(output, "fold", token->fold, token->fold_size);
        json_text(output, "class", token->class_key, token->class_size);
        json_text(output, "rule", rule, strlen(rule));
        json_number(output, "proclitic_bytes", token->proclitic_bytes);
        json_number(output, "enclitic_bytes", token->enclitic_bytes);
        json_number(output, "evidence_fold", token->evidence_fold);
        json_number(output, "evidence_class", token->evidence_class);
        print_steps_json(output, token);
        json_end(output);
    } else {
        output_format(output, "%6u %6u  %-7s ", (unsigned)token->range.start,
                      (unsigned)token->range.end, token->kind);
        print_column(output, token->form, token->form_size);
        print_column(output, token->fold, token->fold_size);
        print_column(output, token->class_key, token->class_size);
        output_format(output, "%s\n", rule);
        if (view->explain) {
            print_steps(output, token);
        }
    }
    return !output_failed(output);
}

/* Standard input to its end; freed with free(). NULL: reported. */
static char *read_input(size_t *size)
{
    char *text = NULL;
    size_t capacity = 0;
    *size = 0;
    for (;;) {
        if (*size == capacity) {
            capacity = capacity == 0 ? INPUT_STEP : capacity * 2;
            char *more = capacity > INPUT_MAX ? NULL : realloc(text, capacity);
            if (more == NULL) {
                report("standard input is larger than %d MiB", INPUT_MAX >> 20);
                free(text);
                return NULL;
            }
            text = more;
        }
        size_t got = fread(text + *size, 1, capacity - *size, stdin);
        *size += got;
        if (got == 0) {
            break;
        }
    }
    if (ferror(stdin) != 0) {
        report("cannot read standard input");
        free(text);
        return NULL;
    }
    return text;
}

static int analyze(struct invocation *invocation, struct fihris *archive, const char *text,
                   size_t size)
{
    struct token_view view = {.output = &invocation->output,
                              .text = text,
                              .json = invocation->options.json,
                              .explain = invocation->options.explain};
    if (!view.json) {
        output_format(&invocation->output, "%6s %6s  %-7s %-*s %-*s %-*s %s\n", "start", "end",
                      "kind", COLUMN, "form", COLUMN, "fold", COLUMN, "class", "rule");
    }
    struct fihris_error error = {.query_offset = -1};
    if (fihris_analyze(archive, invocation->options.analyzer, text, size, print_token, &view,
                       &error) != FIHRIS_OK) {
        return report_error(&error);
    }
    return EXIT_DONE;
}

int command_analyze(struct invocation *invocation)
{
    struct fihris *archive = NULL;
    const char *folder = invocation->options.archive;
    int code = folder == NULL ? EXIT_DONE : command_open(invocation, folder, &archive);
    bool input = invocation->operand_count == 1 && strcmp(invocation->operands[0], "-") == 0;
    size_t size = 0;
    char *text = NULL;
    if (code == EXIT_DONE) {
        text = input ? read_input(&size) : command_join(invocation, 0);
        code = text == NULL ? EXIT_FAILED : EXIT_DONE;
    }
    if (code == EXIT_DONE) {
        code = analyze(invocation, archive, text, input ? size : strlen(text));
    }
    free(text);
    fihris_close(archive);
    return code;
}
