#include <string.h>

#include "base/memory.h"
#include "base/thread.h"
#include "engine/fail.h"
#include "engine/handle.h"
#include "snapshot/publish.h"
#include "snapshot/verify.h"
#include "source/article.h"

/* The public functions that look after an archive: merge, list, verify, and what was rejected. */

enum fihris_status fihris_merge(const char *path, uint32_t threads, struct fihris_error *error)
{
    struct error inner = {0};
    struct archive archive = {.lock = -1};
    struct publish_result result = {0};
    struct archive_current current;
    enum status status = archive_open(path, &archive, &inner);
    archive_close(&archive);
    if (status == STATUS_OK) {
        status = archive_open_writer(path, &archive, &inner);
    }
    if (status == STATUS_OK) {
        status = archive_read_current(&archive, &current, &inner);
    }
    if (status == STATUS_OK) {
        struct publish_options options = {.archive = &archive,
                                          .merge = MERGE_ALL,
                                          .threads = threads == 0 ? (uint32_t)thread_processors()
                                                                  : threads};
        status = publish(&options, &result, &inner);
    }
    archive_close(&archive);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}

struct snapshot_visit {
    fihris_visit_snapshot visit;
    void *context;
    bool go_on;
};

static enum status visit_snapshot(void *context, const struct archive_snapshot *snapshot,
                                  struct error *error)
{
    (void)error;
    struct snapshot_visit *visit = context;
    struct segment_counts counts;
    uint64_t deleted = 0;
    manifest_counts(snapshot->manifest, &counts, &deleted);
    struct fihris_snapshot shown = {.number = snapshot->manifest->number,
                                    .live = snapshot->live,
                                    .segments = snapshot->manifest->segment_count,
                                    .documents = counts.documents - deleted,
                                    .bytes = snapshot->bytes,
                                    .published = snapshot->published_s};
    if (visit->go_on) {
        visit->go_on = visit->visit(visit->context, &shown);
    }
    return STATUS_OK;
}

enum fihris_status fihris_snapshots(const char *path, fihris_visit_snapshot visit, void *context,
                                    struct fihris_error *error)
{
    struct error inner = {0};
    struct archive archive = {.lock = -1};
    struct snapshot_visit state = {.visit = visit, .context = context, .go_on = true};
    enum status status = archive_open(path, &archive, &inner);
    if (status == STATUS_OK) {
        status = archive_list(&archive, visit_snapshot, &state, &inner);
    }
    archive_close(&archive);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}

enum fihris_status fihris_verify(const char *path, fihris_problem problem, void *context,
                                 struct fihris_error *error)
{
    struct error inner = {0};
    struct archive archive = {.lock = -1};
    struct verify_options options = {.problem = problem, .context = context};
    enum status status = archive_open(path, &archive, &inner);
    if (status == STATUS_OK) {
        status = verify_snapshot(&archive, &options, &inner);
    } else if (status == STATUS_FORMAT && problem != NULL) {
        problem(context, inner.message);
    }
    archive_close(&archive);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}

/* ---- The ledger ---- */

static enum status show_record(const struct segment *segment, const struct table_cursor *cursor,
                               fihris_visit_ledger visit, void *context, bool *go_on,
                               struct error *error)
{
    struct segment_ledger_record record;
    const char *input = NULL;
    size_t input_size = 0;
    enum status status = segment_ledger_read(cursor->value, cursor->value_size, &record, error);
    if (status == STATUS_OK) {
        status = segment_name(segment, STORE_INPUTS, record.input, &input, &input_size, error);
    }
    if (status == STATUS_OK && (record.act > LEDGER_REPAIRED || record.reason >= LEDGER_REASONS)) {
        status = error_set(error, STATUS_FORMAT, "a ledger record is damaged");
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct fihris_ledger_entry entry = {
        .act = ledger_act_text((enum ledger_act)record.act),
        .reason = ledger_reason_text((enum ledger_reason)record.reason),
        .explanation = ledger_reason_explanation((enum ledger_reason)record.reason),
        .input = input,
        .input_size = input_size,
        .offset = record.offset,
        .bytes = record.bytes,
        .detail = record.detail,
        .detail_size = record.detail_size};
    *go_on = visit(context, &entry);
    return STATUS_OK;
}

enum fihris_status fihris_ledger(struct fihris *archive, fihris_visit_ledger visit, void *context,
                                 struct fihris_error *error)
{
    struct error inner = {0};
    enum status status = STATUS_OK;
    bool go_on = true;
    for (uint32_t i = 0;
         status == STATUS_OK && go_on && i < archive->snapshot.manifest.segment_count; i++) {
        const struct segment *segment = archive->segments[i].segment;
        struct table_cursor cursor;
        bool found = false;
        status = table_cursor_seek(&cursor, segment_store(segment), STORE_LEDGER, NULL, 0, &found,
                                   &inner);
        while (status == STATUS_OK && found && go_on) {
            status = show_record(segment, &cursor, visit, context, &go_on, &inner);
            if (status == STATUS_OK) {
                status = table_cursor_next(&cursor, &found, &inner);
            }
        }
    }
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}
