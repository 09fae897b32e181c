#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/json.h"
#include "fihris.h"

/* stats, ledger, snapshots, verify, merge: the archive as a whole. */

static void print_stats(struct output *output, const struct fihris_stats *stats)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"snapshot", stats->snapshot},     {"segments", stats->segments},
        {"articles", stats->documents},    {"superseded", stats->deleted},
        {"tokens", stats->tokens},         {"distinct forms", stats->forms},
        {"terms", stats->terms},           {"entities", stats->entities},
        {"mentions", stats->mentions},     {"rejected", stats->rejected},
        {"repaired", stats->repaired},     {"input bytes", stats->input_bytes},
        {"text bytes", stats->text_bytes}, {"snapshot bytes", stats->snapshot_bytes},
        {"format", stats->format_version},
    };
    char count[OUTPUT_COUNT_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        output_format(output, "%-16s %16s\n", rows[i].name,
                      output_count_text(rows[i].value, count));
    }
    output_format(output, "%-16s %13s %" PRIu32 "\n", "analyzer", stats->analyzer,
                  stats->analyzer_version);
    for (size_t i = 0; i < FIHRIS_PART_COUNT && stats->parts[i].bytes > 0; i++) {
        char size[OUTPUT_BYTES_SIZE];
        output_format(output, "%-16s %16s %5.1f %%\n", stats->parts[i].name,
                      output_bytes_text(stats->parts[i].bytes, size),
                      100 * (double)stats->parts[i].bytes / (double)stats->snapshot_bytes);
    }
}

static void print_stats_json(struct output *output, const struct fihris_stats *stats)
{
    json_begin(output);
    json_number(output, "snapshot", stats->snapshot);
    json_number(output, "segments", stats->segments);
    json_number(output, "articles", stats->documents);
    json_number(output, "superseded", stats->deleted);
    json_number(output, "tokens", stats->tokens);
    json_number(output, "forms", stats->forms);
    json_number(output, "terms", stats->terms);
    json_number(output, "entities", stats->entities);
    json_number(output, "mentions", stats->mentions);
    json_number(output, "rejected", stats->rejected);
    json_number(output, "repaired", stats->repaired);
    json_number(output, "input_bytes", stats->input_bytes);
    json_number(output, "text_bytes", stats->text_bytes);
    json_number(output, "snapshot_bytes", stats->snapshot_bytes);
    json_text(output, "analyzer", stats->analyzer, strlen(stats->analyzer));
    json_number(output, "analyzer_version", stats->analyzer_version);
    json_number(output, "format_version", stats->format_version);
    json_member(output, "bytes_by_part");
    for (size_t i = 0; i < FIHRIS_PART_COUNT; i++) {
        output_format(output, "%c\"%s\":%" PRIu64, i == 0 ? '{' : ',', stats->parts[i].name,
                      stats->parts[i].bytes);
    }
    output_text(output, "}");
    json_end(output);
}

int command_stats(struct invocation *invocation)
{
    struct fihris *archive = NULL;
    int code = command_open(invocation, invocation->operands[0], &archive);
    if (code == EXIT_DONE) {
        struct fihris_stats stats = {.analyzer = ""};
        fihris_stats(archive, &stats);
        if (invocation->options.json) {
            print_stats_json(&invocation->output, &stats);
        } else {
            print_stats(&invocation->output, &stats);
        }
    }
    fihris_close(archive);
    return code;
}

static bool print_entry(void *context, const struct fihris_ledger_entry *entry)
{
    struct invocation *invocation = context;
    struct output *output = &invocation->output;
    if (invocation->options.json) {
        json_begin(output);
        json_text(output, "act", entry->act, strlen(entry->act));
        json_text(output, "reason", entry->reason, strlen(entry->reason));
        json_text(output, "explanation", entry->explanation, strlen(entry->explanation));
        json_text(output, "input", entry->input, entry->input_size);
        json_number(output, "offset", entry->offset);
        json_number(output, "bytes", entry->bytes);
        json_text(output, "detail", entry->detail, entry->detail_size);
        json_end(output);
        return !output_failed(output);
    }
    output_isolated(output, entry->input, entry->input_size);
    output_format(output, ":%" PRIu64 ": %s: %s: %s", entry->offset, entry->act, entry->reason,
                  entry->explanation);
    if (entry->detail_size > 0) {
        output_text(output, " (");
        output_isolated(output, entry->detail, entry->detail_size);
        output_text(output, ")");
    }
    output_text(output, "\n");
    return !output_failed(output);
}

int command_ledger(struct invocation *invocation)
{
    struct fihris *archive = NULL;
    int code = command_open(invocation, invocation->operands[0], &archive);
    struct fihris_error error = {.query_offset = -1};
    if (code == EXIT_DONE && fihris_ledger(archive, print_entry, invocation, &error) != FIHRIS_OK) {
        code = report_error(&error);
    }
    fihris_close(archive);
    return code;
}

static bool print_snapshot(void *context, const struct fihris_snapshot *snapshot)
{
    struct invocation *invocation = context;
    struct output *output = &invocation->output;
    char published[32] = "-";
    time_t seconds = (time_t)snapshot->published;
    struct tm parts;
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(published, sizeof published, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    if (invocation->options.json) {
        json_begin(output);
        json_number(output, "snapshot", snapshot->number);
        json_boolean(output, "live", snapshot->live);
        json_text(output, "published", published, strlen(published));
        json_number(output, "segments", snapshot->segments);
        json_number(output, "articles", snapshot->documents);
        json_number(output, "bytes", snapshot->bytes);
        json_end(output);
    } else {
        char articles[OUTPUT_COUNT_SIZE];
        char size[OUTPUT_BYTES_SIZE];
        output_format(output, "%c %6" PRIu32 "  %s  %4" PRIu32 " segment%s  %12s articles  %12s\n",
                      snapshot->live ? '*' : ' ', snapshot->number, published, snapshot->segments,
                      snapshot->segments == 1 ? " " : "s",
                      output_count_text(snapshot->documents, articles),
                      output_bytes_text(snapshot->bytes, size));
    }
    return !output_failed(output);
}

int command_snapshots(struct invocation *invocation)
{
    struct fihris_error error = {.query_offset = -1};
    return fihris_snapshots(invocation->operands[0], print_snapshot, invocation, &error) ==
                   FIHRIS_OK
               ? EXIT_DONE
               : report_error(&error);
}

struct verify_view {
    struct output *output;
    uint64_t problems;
};

static void print_problem(void *context, const char *message)
{
    struct verify_view *view = context;
    view->problems++;
    output_field(view->output, message, strlen(message));
    output_text(view->output, "\n");
}

int command_verify(struct invocation *invocation)
{
    struct verify_view view = {.output = &invocation->output};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status =
        fihris_verify(invocation->operands[0], print_problem, &view, &error);
    if (status == FIHRIS_OK && view.problems == 0) {
        if (!invocation->options.quiet) {
            output_text(view.output, "all is well\n");
        }
        return EXIT_DONE;
    }
    if (view.problems == 0 || (status != FIHRIS_OK && status != FIHRIS_DAMAGED)) {
        int code = report_error(&error);
        return status == FIHRIS_DAMAGED ? EXIT_NOTHING : code;
    }
    report("%" PRIu64 " problem%s in '%s'", view.problems, view.problems == 1 ? "" : "s",
           invocation->operands[0]);
    return EXIT_NOTHING;
}

int command_merge(struct invocation *invocation)
{
    const char *folder = invocation->operands[0];
    struct fihris_error error = {.query_offset = -1};
    if (invocation->options.threads > UINT32_MAX) {
        report("--threads is too large");
        return EXIT_MISUSE;
    }
    if (fihris_merge(folder, (uint32_t)invocation->options.threads, &error) != FIHRIS_OK) {
        return report_error(&error);
    }
    struct fihris *archive = NULL;
    int code = command_open(invocation, folder, &archive);
    if (code == EXIT_DONE && !invocation->options.quiet) {
        char size[OUTPUT_BYTES_SIZE];
        struct fihris_stats stats = {0};
        fihris_stats(archive, &stats);
        report("snapshot %" PRIu32 " of '%s': %" PRIu32 " segment%s, %s", stats.snapshot, folder,
               stats.segments, stats.segments == 1 ? "" : "s",
               output_bytes_text(stats.snapshot_bytes, size));
    }
    fihris_close(archive);
    return code;
}
