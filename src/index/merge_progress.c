#include "index/merge_progress.h"

enum { REPORT_BYTES = 1 << 20 };

enum status merge_progress_flush(struct merge_progress *progress, struct error *error)
{
    if (progress->written == NULL) {
        return STATUS_OK;
    }
    bool go_on = progress->written(progress->context, progress->unreported);
    progress->unreported = 0;
    return go_on ? STATUS_OK : error_set(error, STATUS_STOPPED, "merge stopped on request");
}

enum status merge_progress_add(struct merge_progress *progress, uint64_t bytes, struct error *error)
{
    progress->unreported += bytes;
    return progress->unreported < REPORT_BYTES ? STATUS_OK : merge_progress_flush(progress, error);
}
