#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/report.h"

enum { BAR_COLUMNS = 24, COLUMNS_DEFAULT = 80, LINE_SIZE = 256 };
static const double redraw_seconds = 0.1;
static const double honest_seconds = 1.0; /* no time left is told before */
static const double megabyte = 1e6;

void progress_init(struct progress *progress, bool quiet)
{
    *progress = (struct progress){.quiet = quiet, .terminal = isatty(STDERR_FILENO) == 1};
    atomic_flag_clear(&progress->busy);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static int terminal_columns(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : COLUMNS_DEFAULT;
}

void progress_finish(struct progress *progress)
{
    if (progress->drawn) {
        (void)fputs("\r\033[K", stderr);
        progress->drawn = false;
    }
}

static void announce(struct progress *progress, const struct fihris_progress *now)
{
    if (!progress->announced && now->threads > 0) {
        progress->announced = true;
        progress_finish(progress);
        report("%" PRIu32 " thread%s, about %" PRIu64 " MiB", now->threads,
               now->threads == 1 ? "" : "s", (now->memory + (1U << 20) - 1) >> 20);
    }
}

static void format_left(double seconds, char *text, size_t size)
{
    uint64_t left = (uint64_t)(seconds + 0.5);
    if (left >= 3600) {
        (void)snprintf(text, size, "%" PRIu64 ":%02u:%02u", left / 3600, (unsigned)(left / 60 % 60),
                       (unsigned)(left % 60));
    } else {
        (void)snprintf(text, size, "%u:%02u", (unsigned)(left / 60), (unsigned)(left % 60));
    }
}

static void draw(struct progress *progress, const struct fihris_progress *now,
                 const struct timespec *time)
{
    double elapsed = seconds_between(&progress->phase_start, time);
    double done = (double)(now->bytes_done - progress->phase_bytes);
    double rate = elapsed > 0 ? done / elapsed : 0;
    double share = now->bytes_total > 0 ? (double)now->bytes_done / (double)now->bytes_total : 0;
    share = share > 1 ? 1 : share;
    char left[32] = "-:--";
    if (elapsed >= honest_seconds && rate > 0 && now->bytes_total >= now->bytes_done) {
        format_left((double)(now->bytes_total - now->bytes_done) / rate, left, sizeof left);
    }
    char bar[BAR_COLUMNS + 1];
    size_t filled = (size_t)(share * BAR_COLUMNS);
    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '#', filled);
    bar[BAR_COLUMNS] = '\0';
    char articles[OUTPUT_COUNT_SIZE];
    char line[LINE_SIZE];
    (void)snprintf(line, sizeof line,
                   "%-8s [%s] %3.0f %%  %.1f of %.1f MB  %.1f MB/s  ETA %s  %s articles",
                   now->phase, bar, share * 100, (double)now->bytes_done / megabyte,
                   (double)now->bytes_total / megabyte, rate / megabyte, left,
                   output_count_text(now->articles, articles));
    (void)fprintf(stderr, "\r%.*s\033[K", terminal_columns() - 1, line);
    (void)fflush(stderr);
    progress->drawn = true;
}

static void update(struct progress *progress, const struct fihris_progress *now)
{
    struct timespec time;
    if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) {
        return;
    }
    bool began = progress->phase == NULL || strcmp(progress->phase, now->phase) != 0 ||
                 now->bytes_done < progress->phase_bytes;
    if (began) {
        progress->phase = now->phase;
        progress->phase_bytes = now->bytes_done;
        progress->phase_start = time;
    }
    if (began || seconds_between(&progress->last, &time) >= redraw_seconds) {
        progress->last = time;
        draw(progress, now, &time);
    }
}

bool progress_update(void *context, const struct fihris_progress *now)
{
    struct progress *progress = context;
    if (progress->quiet || atomic_flag_test_and_set(&progress->busy)) {
        return true;
    }
    announce(progress, now);
    if (progress->terminal) {
        update(progress, now);
    }
    atomic_flag_clear(&progress->busy);
    return true;
}
