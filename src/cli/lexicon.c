#include <inttypes.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "fihris.h"

/* lexicon: which printed words the archive takes for one. */

struct lexicon_view {
    struct output *output;
    bool json;
    uint64_t classes;
};

static void print_class_json(struct output *output, const struct fihris_class *found)
{
    json_begin(output);
    json_text(output, "class", found->key, found->key_size);
    json_number(output, "articles", found->documents);
    json_number(output, "occurrences", found->occurrences);
    json_member(output, "forms");
    for (size_t i = 0; i < found->form_count; i++) {
        const struct fihris_form *form = &found->forms[i];
        output_text(output, i == 0 ? "[{\"form\":" : ",{\"form\":");
        json_string(output, form->form, form->form_size);
        json_number(output, "articles", form->documents);
        json_number(output, "occurrences", form->occurrences);
        output_text(output, "}");
    }
    output_text(output, "]");
    json_end(output);
}

/* The class and its counts, then a line for each form. */
static void print_class_text(struct output *output, const struct fihris_class *found)
{
    output_isolated(output, found->key, found->key_size);
    output_format(output, "\t%zu forms\t%" PRIu64 " articles\t%" PRIu64 " occurrences\n",
                  found->form_count, found->documents, found->occurrences);
    for (size_t i = 0; i < found->form_count; i++) {
        const struct fihris_form *form = &found->forms[i];
        output_text(output, "\t");
        output_isolated(output, form->form, form->form_size);
        output_format(output, "\t%" PRIu64 "\t%" PRIu64 "\n", form->documents, form->occurrences);
    }
}

static bool print_class(void *context, const struct fihris_class *found)
{
    struct lexicon_view *view = context;
    view->classes++;
    if (view->json) {
        print_class_json(view->output, found);
    } else {
        print_class_text(view->output, found);
    }
    return !output_failed(view->output);
}

int command_lexicon(struct invocation *invocation)
{
    struct fihris *archive = NULL;
    int code = command_open(invocation, invocation->operands[0], &archive);
    const char *pattern = invocation->operand_count > 1 ? invocation->operands[1] : "";
    struct lexicon_view view = {.output = &invocation->output, .json = invocation->options.json};
    struct fihris_lexicon_options options = {.pattern = pattern,
                                             .pattern_size = strlen(pattern),
                                             .largest = invocation->options.collisions};
    struct fihris_error error = {.query_offset = -1};
    if (code == EXIT_DONE &&
        fihris_lexicon(archive, &options, print_class, &view, &error) != FIHRIS_OK) {
        code = report_error(&error);
    }
    fihris_close(archive);
    return code == EXIT_DONE && view.classes == 0 ? EXIT_NOTHING : code;
}
