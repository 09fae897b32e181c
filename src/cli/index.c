#include <inttypes.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "fihris.h"

static void print_line(const char *name, uint64_t value, const char *note)
{
    char count[OUTPUT_COUNT_SIZE];
    (void)fprintf(stderr, "  %-16s %14s%s%s\n", name, output_count_text(value, count),
                  note[0] == '\0' ? "" : "  ", note);
}

static void print_size(const char *name, uint64_t bytes)
{
    char size[OUTPUT_BYTES_SIZE];
    (void)fprintf(stderr, "  %-16s %14s\n", name, output_bytes_text(bytes, size));
}

static double per_second(uint64_t bytes, double seconds)
{
    return seconds > 0 ? (double)bytes / seconds / 1e6 : 0;
}

static void print_summary(const char *archive, const struct fihris_index_summary *summary)
{
    char articles[OUTPUT_COUNT_SIZE];
    (void)fprintf(stderr, "%s: %s articles in %.2f s (%.1f MB/s, %" PRIu32 " thread%s)\n", archive,
                  output_count_text(summary->articles, articles), summary->seconds,
                  per_second(summary->input_bytes, summary->seconds), summary->threads,
                  summary->threads == 1 ? "" : "s");
    print_line("indexed", summary->articles, "");
    print_line("unchanged", summary->unchanged, "");
    print_line("replaced", summary->replaced, "");
    print_line("rejected", summary->rejected,
               summary->rejected > 0 ? "'fihris ledger' tells which and why" : "");
    print_line("repaired", summary->repaired, "");
    print_line("tokens", summary->tokens, "");
    print_line("distinct forms", summary->forms, "");
    print_line("entities", summary->entities, "");
    print_line("mentions", summary->mentions, "");
    if (summary->shards_resumed > 0) {
        print_line("shards resumed", summary->shards_resumed, "from an interrupted run");
    }
    print_size("input", summary->input_bytes);
    print_size("peak memory", summary->memory_peak);
    print_size("snapshot size", summary->snapshot_bytes);
    print_line("snapshot", summary->snapshot,
               summary->published ? "published" : "as before: nothing new");
}

int command_index(struct invocation *invocation)
{
    const struct options *options = &invocation->options;
    if (options->threads > UINT32_MAX) {
        report("--threads is too large");
        return EXIT_MISUSE;
    }
    struct progress progress;
    progress_init(&progress, options->quiet);
    struct fihris_index_options settings = {
        .source = options->source,
        .analyzer = options->analyzer,
        .exceptions = options->exceptions,
        .threads = (uint32_t)options->threads,
        .memory = options->memory,
        .shard_bytes = options->shard_size,
        .no_entities = options->no_entities,
        .no_merge = options->no_merge,
        .progress = progress_update,
        .context = &progress,
    };
    const char *archive = invocation->operands[0];
    struct fihris_index_summary summary = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status =
        fihris_index(archive, invocation->operands + 1, invocation->operand_count - 1, &settings,
                     &summary, &error);
    progress_finish(&progress);
    if (status != FIHRIS_OK) {
        int code = report_error(&error);
        if (status == FIHRIS_IO || status == FIHRIS_NO_MEMORY || status == FIHRIS_STOPPED) {
            report("stopped; the last snapshot stays live; run the same command again to go on");
        }
        return code;
    }
    if (!options->quiet) {
        print_summary(archive, &summary);
    }
    return summary.rejected > 0 ? EXIT_NOTHING : EXIT_DONE;
}
