#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
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

static void print_articles(const char *archive, const struct fihris_index_summary *summary)
{
    char articles[OUTPUT_COUNT_SIZE];
    (void)fprintf(stderr, "%s: %s articles in %.2f s (%.1f MB/s, %" PRIu32 " thread%s)\n", archive,
                  output_count_text(summary->articles, articles), summary->seconds,
                  per_second(summary->input_bytes, summary->seconds), summary->threads,
                  summary->threads == 1 ? "" : "s");
}

static void print_sources(const struct fihris_index_summary *summary)
{
    print_line("indexed", summary->articles, "");
    print_line("unchanged", summary->unchanged, "");
    print_line("replaced", summary->replaced, "");
    print_line("rejected", summary->rejected,
               summary->rejected > 0 ? "'fihris ledger' tells which and why" : "");
    print_line("repaired", summary->repaired, "");
    if (summary->skipped_files > 0) {
        print_line("skipped files", summary->skipped_files,
                   "in folders only .txt, .jsonl, .ndjson and .json are read");
    }
}

static void print_snapshot(const struct fihris_index_summary *summary)
{
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

static void print_phase(const char *name, const char *margin, double cpu_seconds,
                        double elapsed_seconds, const struct fihris_index_summary *total,
                        double cpu_total)
{
    (void)fprintf(stderr, "  %s%-*s %9.3f %6.1f%% ", margin, 16 - (int)strlen(margin), name,
                  cpu_seconds, cpu_total > 0 ? 100 * cpu_seconds / cpu_total : 0);
    if (cpu_seconds >= 0.0005) {
        (void)fprintf(stderr, "%10.1f", per_second(total->input_bytes, cpu_seconds));
    } else {
        (void)fprintf(stderr, "%10s", "");
    }
    (void)fprintf(stderr, " %10.3f\n", elapsed_seconds);
}

static void print_timings(const struct fihris_index_summary *summary)
{
    double cpu_total = 0;
    for (uint32_t i = 0; i < summary->phase_count; i++) {
        cpu_total += summary->phases[i].part_of_build ? 0 : summary->phases[i].cpu_seconds;
    }
    (void)fprintf(stderr, "  %-16s %9s %7s %10s %10s\n", "phase", "CPU s", "share", "MB/CPU s",
                  "elapsed s");
    for (uint32_t i = 0; i < summary->phase_count; i++) {
        const struct fihris_phase *phase = &summary->phases[i];
        print_phase(phase->name, phase->part_of_build ? "  " : "", phase->cpu_seconds,
                    phase->elapsed_seconds, summary, cpu_total);
    }
    print_phase("total", "", cpu_total, summary->seconds, summary, cpu_total);
}

static void print_phases_json(struct output *output, const struct fihris_index_summary *summary)
{
    json_member(output, "phases");
    for (uint32_t i = 0; i < summary->phase_count; i++) {
        const struct fihris_phase *phase = &summary->phases[i];
        output_format(output, "%c{\"phase\":\"%s\"", i == 0 ? '[' : ',', phase->name);
        json_boolean(output, "part_of_build", phase->part_of_build);
        json_boolean(output, "serial", phase->serial);
        json_real(output, "cpu_seconds", phase->cpu_seconds);
        json_real(output, "elapsed_seconds", phase->elapsed_seconds);
        output_text(output, "}");
    }
    output_text(output, "]");
}

static void print_json(struct output *output, const struct fihris_index_summary *summary)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"articles", summary->articles},
        {"unchanged", summary->unchanged},
        {"replaced", summary->replaced},
        {"rejected", summary->rejected},
        {"repaired", summary->repaired},
        {"skipped_files", summary->skipped_files},
        {"tokens", summary->tokens},
        {"forms", summary->forms},
        {"entities", summary->entities},
        {"mentions", summary->mentions},
        {"input_bytes", summary->input_bytes},
        {"shards", summary->shards},
        {"shards_resumed", summary->shards_resumed},
        {"snapshot_bytes", summary->snapshot_bytes},
        {"memory_peak", summary->memory_peak},
        {"threads", summary->threads},
        {"snapshot", summary->snapshot},
        {"model_words", summary->model_words},
    };
    json_begin(output);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_number(output, rows[i].name, rows[i].value);
    }
    json_boolean(output, "published", summary->published);
    json_boolean(output, "outgrown", summary->outgrown);
    json_real(output, "seconds", summary->seconds);
    if (summary->phase_count > 0) {
        print_phases_json(output, summary);
    }
    json_end(output);
}

/* What became of a run; returns its exit code. */
static int conclude(struct invocation *invocation, enum fihris_status status,
                    const struct fihris_index_summary *summary, const struct fihris_error *error)
{
    const struct options *options = &invocation->options;
    if (status != FIHRIS_OK) {
        int code = report_error(error);
        if (status == FIHRIS_IO || status == FIHRIS_NO_MEMORY || status == FIHRIS_STOPPED) {
            report("stopped; the last snapshot stays live; run the same command again to go on");
        }
        return code;
    }
    if (options->json) {
        print_json(&invocation->output, summary);
    } else if (!options->quiet) {
        print_articles(invocation->operands[0], summary);
        if (invocation->operand_count > 1) {
            print_sources(summary);
        }
        print_snapshot(summary);
    }
    if (options->timings && !options->json) {
        print_timings(summary);
    }
    if (summary->outgrown && !options->quiet) {
        char words[OUTPUT_COUNT_SIZE];
        report("the archive has grown: what it knows of words was learned from about %s of them; "
               "'fihris rebuild' learns anew",
               output_count_text(summary->model_words, words));
    }
    return EXIT_DONE;
}

static bool threads_fit(const struct options *options)
{
    if (options->threads > UINT32_MAX) {
        report("--threads is too large");
        return false;
    }
    return true;
}

int command_index(struct invocation *invocation)
{
    const struct options *options = &invocation->options;
    if (!threads_fit(options)) {
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
        .timings = options->timings,
        .progress = progress_update,
        .context = &progress,
    };
    struct fihris_index_summary summary = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status =
        fihris_index(invocation->operands[0], invocation->operands + 1,
                     invocation->operand_count - 1, &settings, &summary, &error);
    progress_finish(&progress);
    int code = conclude(invocation, status, &summary, &error);
    return code == EXIT_DONE && summary.rejected > 0 ? EXIT_NOTHING : code;
}

int command_rebuild(struct invocation *invocation)
{
    const struct options *options = &invocation->options;
    if (!threads_fit(options)) {
        return EXIT_MISUSE;
    }
    if (options->entities && options->no_entities) {
        report("--entities and --no-entities: only one of them");
        return EXIT_MISUSE;
    }
    struct progress progress;
    progress_init(&progress, options->quiet);
    struct fihris_rebuild_options settings = {
        .analyzer = options->analyzer,
        .exceptions = options->exceptions,
        .threads = (uint32_t)options->threads,
        .memory = options->memory,
        .shard_bytes = options->shard_size,
        .entities = options->entities      ? FIHRIS_FIND_ENTITIES
                    : options->no_entities ? FIHRIS_NO_ENTITIES
                                           : FIHRIS_AS_BEFORE,
        .no_merge = options->no_merge,
        .timings = options->timings,
        .progress = progress_update,
        .context = &progress,
    };
    struct fihris_index_summary summary = {0};
    struct fihris_error error = {.query_offset = -1};
    enum fihris_status status =
        fihris_rebuild(invocation->operands[0], &settings, &summary, &error);
    progress_finish(&progress);
    return conclude(invocation, status, &summary, &error);
}
