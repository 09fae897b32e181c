#include "engine/feed.h"

enum status feed_reader_open(const struct feed *feed, size_t worker, const struct shard *shard,
                             ledger_report report, void *context, struct feed_reader *reader,
                             struct error *error)
{
    *reader = (struct feed_reader){.files = NULL};
    return feed->stored == NULL
               ? reader_open(feed->plan, shard, report, context, &reader->files, error)
               : stored_reader_open(feed->stored, &feed->snapshots[worker], shard, report, context,
                                    &reader->stored, error);
}

enum status feed_reader_next(struct feed_reader *reader, struct article *article, bool *found,
                             struct error *error)
{
    return reader->files != NULL ? reader_next(reader->files, article, found, error)
                                 : stored_reader_next(reader->stored, article, found, error);
}

uint64_t feed_reader_bytes(const struct feed_reader *reader)
{
    if (reader->files != NULL) {
        return reader_bytes(reader->files);
    }
    return reader->stored != NULL ? stored_reader_bytes(reader->stored) : 0;
}

void feed_reader_close(struct feed_reader *reader)
{
    reader_close(reader->files);
    stored_reader_close(reader->stored);
    *reader = (struct feed_reader){.files = NULL};
}
