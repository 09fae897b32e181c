#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/hit.h"
#include "fihris.h"

struct search_view {
    struct output *output;
    const struct options *options;
    uint64_t shown;
};

static bool print_hit(void *context, const struct fihris_hit *hit)
{
    struct search_view *view = context;
    const struct options *options = view->options;
    view->shown++;
    if (options->count) {
        return true;
    }
    if (options->json) {
        hit_print_json(view->output, hit);
    } else if (options->ids) {
        hit_print_id(view->output, hit);
    } else if (options->tsv) {
        hit_print_tsv(view->output, hit);
    } else {
        hit_print(view->output, hit, options->offset + view->shown);
    }
    return !output_failed(view->output);
}

static void print_total(const struct search_view *view, const struct fihris_results *results)
{
    const struct options *options = view->options;
    bool exact = results->total_exact || options->limit == 0 || view->shown < options->limit;
    char total[OUTPUT_COUNT_SIZE];
    output_flush(view->output);
    if (view->shown == 0 && results->total == 0) {
        report("nothing found");
    } else if (view->shown == 0) {
        report("no more: %s%s articles match", exact ? "" : "at least ",
               output_count_text(results->total, total));
    } else {
        (void)fprintf(stderr, "%" PRIu64 "-%" PRIu64 " of %s%s articles\n", options->offset + 1,
                      options->offset + view->shown, exact ? "" : "at least ",
                      output_count_text(results->total, total));
    }
}

static int search(struct invocation *invocation, struct fihris *archive, const char *query)
{
    const struct options *options = &invocation->options;
    bool people = !options->json && !options->ids && !options->tsv && !options->count;
    struct fihris_search_options settings = {
        .limit = options->count ? 1 : options->limit,
        .offset = options->count ? 0 : options->offset,
        .order = (enum fihris_order)options->sort,
        .count = options->count,
        .explain = options->explain && (people || options->json),
        .snippet_bytes = people || options->json ? (uint32_t)options->snippet : 0,
    };
    struct search_view view = {.output = &invocation->output, .options = options};
    struct fihris_results results = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status =
        fihris_search(archive, query, strlen(query), &settings, print_hit, &view, &results, &error);
    if (status != FIHRIS_OK) {
        return report_query_error(&error, query, strlen(query));
    }
    if (options->count) {
        output_format(&invocation->output, "%" PRIu64 "\n", results.total);
        return results.total > 0 ? EXIT_DONE : EXIT_NOTHING;
    }
    if (people) {
        print_total(&view, &results);
    }
    return view.shown > 0 ? EXIT_DONE : EXIT_NOTHING;
}

static bool options_agree(const struct options *options)
{
    int formats = options->json + options->ids + options->tsv + options->count;
    if (formats > 1) {
        report("--json, --ids, --tsv and --count exclude each other");
        return false;
    }
    if (options->snippet > UINT32_MAX) {
        report("--snippet is too large");
        return false;
    }
    return true;
}

int command_search(struct invocation *invocation)
{
    if (!options_agree(&invocation->options)) {
        return EXIT_MISUSE;
    }
    char *query = command_join(invocation, 1);
    if (query == NULL) {
        return EXIT_FAILED;
    }
    struct fihris *archive = NULL;
    int code = command_open(invocation, invocation->operands[0], &archive);
    if (code == EXIT_DONE) {
        code = search(invocation, archive, query);
    }
    fihris_close(archive);
    free(query);
    return code;
}
