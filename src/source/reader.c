#include "source/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "source/let_go.h"
#include "source/record.h"

/* The block is a window over the file: [start, end) of `bytes` is read and not yet used. It is as
 * small as the nearest caches like (read, checked and parsed while still there, beside what a
 * worker knows) and grows only for a line or a file that does not fit. */
enum { BLOCK_SIZE = 64 * 1024, BEYOND_SIZE = 16 * 1024, REASON_SIZE_MAX = 160 };

#define BLOCK_SIZE_MAX (ARTICLE_BYTES_MAX + 1)

struct reader {
    const struct shard_plan *plan;
    struct shard shard;
    ledger_report report;
    void *context;
    struct record_parser *parser;

    uint32_t input;  /* number of the current one, or the next when none is open */
    int file;        /* -1: none open */
    uint64_t limit;  /* lines that begin here or later are another shard's */
    uint64_t begin;  /* of this shard in the current input */
    uint64_t passed; /* bytes of the inputs before the current one, within the shard */

    char *bytes;
    size_t capacity;
    size_t start;
    size_t end;
    uint64_t offset; /* of bytes[start] in the file */
    bool at_end;     /* of the file */
};

enum status reader_open(const struct shard_plan *plan, const struct shard *shard,
                        ledger_report report, void *context, struct reader **out,
                        struct error *error)
{
    assert(shard->input_first <= shard->input_end && shard->input_end <= plan->input_count);
    *out = NULL;
    struct reader *reader = memory_alloc(sizeof *reader);
    if (reader == NULL) {
        return error_no_memory(error, sizeof *reader);
    }
    *reader = (struct reader){.plan = plan,
                              .shard = *shard,
                              .report = report,
                              .context = context,
                              .parser = record_parser_new(report, context),
                              .input = shard->input_first,
                              .file = -1,
                              .bytes = memory_alloc(BLOCK_SIZE),
                              .capacity = BLOCK_SIZE};
    if (reader->parser == NULL || reader->bytes == NULL) {
        reader_close(reader);
        return error_no_memory(error, BLOCK_SIZE);
    }
    *out = reader;
    return STATUS_OK;
}

static void close_input(struct reader *reader)
{
    if (reader->file >= 0) {
        (void)close(reader->file);
        reader->file = -1;
    }
}

void reader_close(struct reader *reader)
{
    if (reader == NULL) {
        return;
    }
    close_input(reader);
    memory_free(reader->bytes);
    record_parser_free(reader->parser);
    memory_free(reader);
}

uint64_t reader_bytes(const struct reader *reader)
{
    /* The last line may reach beyond the shard. */
    uint64_t at = reader->offset < reader->limit ? reader->offset : reader->limit;
    return reader->passed + (reader->file >= 0 && at > reader->begin ? at - reader->begin : 0);
}

static enum status reject(const struct reader *reader, enum ledger_reason reason, uint64_t offset,
                          uint64_t bytes, const char *detail, struct error *error)
{
    struct ledger_entry entry = {.act = LEDGER_REJECTED,
                                 .reason = reason,
                                 .input = reader->input,
                                 .offset = offset,
                                 .bytes = bytes,
                                 .detail = detail};
    return reader->report(reader->context, &entry, error);
}

/* Goes on to the next input. */
static void leave_input(struct reader *reader)
{
    uint64_t begin = 0;
    uint64_t limit = 0;
    shard_input_range(reader->plan, &reader->shard, reader->input, &begin, &limit);
    reader->passed += limit - begin;
    let_go_read(reader->plan, reader->file, begin, limit);
    reader->input++;
    close_input(reader);
}

/* Gives up the rest of the current input. */
static enum status abandon(struct reader *reader, enum ledger_reason reason, uint64_t offset,
                           const char *detail, struct error *error)
{
    uint64_t bytes = reader->limit > offset ? reader->limit - offset : 0;
    enum status status = reject(reader, reason, offset, bytes, detail, error);
    leave_input(reader);
    return status;
}

/* The same because of errno `number`. */
static enum status abandon_errno(struct reader *reader, int number, uint64_t offset,
                                 struct error *error)
{
    char text[REASON_SIZE_MAX];
    if (strerror_r(number, text, sizeof text) != 0) {
        text[0] = '\0';
    }
    enum ledger_reason reason = number == ENOENT || number == ENOTDIR || number == ESTALE
                                    ? LEDGER_VANISHED
                                : number == ELOOP ? LEDGER_LINK_LOOP
                                                  : LEDGER_UNREADABLE;
    return abandon(reader, reason, offset, text, error);
}

/* ---- The block ------------------------------------------------------------------------------ */

/* Makes room behind the unread bytes, first by moving them to the front, then by growing up to the
 * longest article. `*full` when there can be no more. */
static enum status make_room(struct reader *reader, bool *full, struct error *error)
{
    *full = false;
    size_t held = reader->end - reader->start;
    if (reader->start > 0) {
        memmove(reader->bytes, reader->bytes + reader->start, held);
        reader->start = 0;
        reader->end = held;
    }
    size_t capacity = reader->capacity;
    if (held == capacity) {
        capacity = capacity > BLOCK_SIZE_MAX / 2 ? BLOCK_SIZE_MAX : capacity * 2;
        *full = held == BLOCK_SIZE_MAX;
    } else if (held < BLOCK_SIZE && capacity > (size_t)BLOCK_SIZE * 16) {
        capacity = BLOCK_SIZE; /* the giant has gone */
    }
    if (capacity == reader->capacity || *full) {
        return STATUS_OK;
    }
    char *bytes = memory_resize(reader->bytes, capacity);
    if (bytes == NULL) {
        return error_no_memory(error, capacity);
    }
    reader->bytes = bytes;
    reader->capacity = capacity;
    return STATUS_OK;
}

/* Reads on until the block holds more than before or the file ends, of what is another shard's only
 * a few lines. `*number` is errno when reading fails. */
static void fill(struct reader *reader, int *number)
{
    size_t room = reader->capacity - reader->end;
    uint64_t at = reader->offset + (reader->end - reader->start);
    uint64_t wanted = (at < reader->limit ? reader->limit - at : 0) + BEYOND_SIZE;
    size_t most = wanted < BLOCK_SIZE ? (size_t)wanted : BLOCK_SIZE;
    ssize_t size = 0;
    do {
        size = read(reader->file, reader->bytes + reader->end, room < most ? room : most);
    } while (size < 0 && errno == EINTR);
    *number = size < 0 ? errno : 0;
    reader->at_end = size <= 0;
    reader->end += size > 0 ? (size_t)size : 0;
}

static void consume(struct reader *reader, size_t size)
{
    reader->start += size;
    reader->offset += size;
    assert(reader->start <= reader->end);
}

/* ---- Opening -------------------------------------------------------------------------------- */

/* Opens the current input; `*opened` is false when it cannot be used (reported and left). A FIFO
 * that took the file's place since the plan must not block us, hence O_NONBLOCK. */
static enum status open_input(struct reader *reader, bool *opened, struct error *error)
{
    const struct input *input = &reader->plan->inputs[reader->input];
    *opened = false;
    shard_input_range(reader->plan, &reader->shard, reader->input, &reader->begin, &reader->limit);
    reader->offset = reader->begin;
    if (input->kind == INPUT_REJECTED) {
        return abandon(reader, input->reason, 0, NULL, error);
    }
    if (reader->begin >= reader->limit && reader->begin > 0) {
        leave_input(reader); /* an empty part of it */
        return STATUS_OK;
    }
    reader->file = open(input->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (reader->file < 0) {
        return abandon_errno(reader, errno, reader->begin, error);
    }
    struct stat info;
    if (fstat(reader->file, &info) != 0) {
        return abandon_errno(reader, errno, reader->begin, error);
    }
    if (!S_ISREG(info.st_mode)) {
        return abandon(reader, LEDGER_NOT_A_FILE, reader->begin, NULL, error);
    }
    if (input->size == 0) {
        return abandon(reader, LEDGER_EMPTY, 0, NULL, error);
    }
    if (input->kind == INPUT_TEXT && (uint64_t)info.st_size != input->size) {
        return abandon(reader, LEDGER_VANISHED, 0, "its size is another one now", error);
    }
    reader->start = 0;
    reader->end = 0;
    reader->at_end = false;
    *opened = true;
    return STATUS_OK;
}

/* ---- Text files ----------------------------------------------------------------------------- */

static enum status read_whole(struct reader *reader, bool *complete, struct error *error)
{
    uint64_t size = reader->plan->inputs[reader->input].size;
    *complete = false;
    if (size > ARTICLE_BYTES_MAX) {
        return abandon(reader, LEDGER_TOO_LARGE, 0, NULL, error);
    }
    /* One byte more than planned is asked for: to see the end, or that it grew. */
    while (!reader->at_end && reader->end <= size) {
        bool full = false;
        enum status status =
            reader->end == reader->capacity ? make_room(reader, &full, error) : STATUS_OK;
        if (status != STATUS_OK) {
            return status;
        }
        assert(!full);
        int number = 0;
        fill(reader, &number);
        if (number != 0) {
            return abandon_errno(reader, number, reader->end, error);
        }
    }
    if (reader->end != size) {
        return abandon(reader, LEDGER_VANISHED, 0, "its size changed while it was read", error);
    }
    *complete = true;
    return STATUS_OK;
}

static void name_source(struct article *article, const struct input *input)
{
    if (article->source_size == 0) {
        article->source = input->source;
        article->source_size = strlen(input->source);
    }
}

static enum status next_text(struct reader *reader, struct article *article, bool *found,
                             struct error *error)
{
    const struct input *input = &reader->plan->inputs[reader->input];
    bool complete = false;
    enum status status = read_whole(reader, &complete, error);
    if (status != STATUS_OK || !complete) {
        return status;
    }
    *article = (struct article){.input = reader->input, .bytes = reader->end};
    status = record_parse_text(reader->parser, reader->bytes, reader->end, article, found, error);
    if (*found) {
        article->id = input->id;
        article->id_size = strlen(input->id);
        name_source(article, input);
    }
    leave_input(reader);
    return status;
}

/* ---- JSON Lines ----------------------------------------------------------------------------- */

/* UTF-16 has line ends that the search for '\n' would tear apart. Every shard of such a file sees
 * it, the first one says so. */
static enum status refuse_utf16(struct reader *reader, bool *refused, struct error *error)
{
    unsigned char mark[2] = {0, 0};
    ssize_t size = pread(reader->file, mark, sizeof mark, 0);
    *refused =
        size == 2 && ((mark[0] == 0xFF && mark[1] == 0xFE) || (mark[0] == 0xFE && mark[1] == 0xFF));
    if (!*refused) {
        return STATUS_OK;
    }
    if (reader->begin > 0) {
        leave_input(reader);
        return STATUS_OK;
    }
    return abandon(reader, LEDGER_BINARY, 0, "JSON Lines in UTF-16 are not read: convert to UTF-8",
                   error);
}

/* Passes over everything up to and with the next '\n', without holding it; gives up when it comes
 * to `stop`. `*bytes`: passed, the line end left out. Returns errno or 0. */
static int skip_line(struct reader *reader, uint64_t stop, uint64_t *bytes)
{
    int number = 0;
    *bytes = 0;
    while (number == 0) {
        size_t held = reader->end - reader->start;
        const char *line = reader->bytes + reader->start;
        const char *line_end = held == 0 ? NULL : memchr(line, '\n', held);
        size_t size = line_end == NULL ? held : (size_t)(line_end - line);
        *bytes += size;
        consume(reader, size);
        if (line_end != NULL) {
            consume(reader, 1);
            break;
        }
        if (reader->at_end || reader->offset >= stop) {
            break;
        }
        reader->start = 0;
        reader->end = 0;
        fill(reader, &number);
    }
    return number;
}

/* Stands at the first line of this shard: it begins behind the first '\n' from one byte before. */
static enum status begin_lines(struct reader *reader, bool *begun, struct error *error)
{
    bool refused = false;
    enum status status = refuse_utf16(reader, &refused, error);
    *begun = false;
    if (status != STATUS_OK || refused) {
        return status;
    }
    (void)posix_fadvise(reader->file, (off_t)reader->begin, 0, POSIX_FADV_SEQUENTIAL);
    if (reader->begin > 0) {
        reader->offset = reader->begin - 1;
        if (lseek(reader->file, (off_t)reader->offset, SEEK_SET) < 0) {
            return abandon_errno(reader, errno, reader->begin, error);
        }
        uint64_t bytes = 0;
        int number = skip_line(reader, reader->limit, &bytes);
        if (number != 0) {
            return abandon_errno(reader, number, reader->offset, error);
        }
    }
    *begun = true;
    return STATUS_OK;
}

/* A line in the block, without its end. */
struct line {
    const char *text;
    size_t size;
    uint64_t offset;
    bool too_large;
};

/* Finds the next line of the file and passes it. `*number` as for fill(). */
static enum status take_line(struct reader *reader, struct line *line, int *number,
                             struct error *error)
{
    size_t seen = 0;
    const char *line_end = NULL;
    *line = (struct line){.offset = reader->offset};
    for (*number = 0; *number == 0;) {
        size_t held = reader->end - reader->start;
        const char *from = reader->bytes + reader->start + seen;
        line_end = held == seen ? NULL : memchr(from, '\n', held - seen);
        if (line_end != NULL || reader->at_end) {
            break;
        }
        seen = held;
        bool full = false;
        enum status status =
            reader->end == reader->capacity ? make_room(reader, &full, error) : STATUS_OK;
        if (status != STATUS_OK) {
            return status;
        }
        if (full) {
            uint64_t bytes = 0;
            *number = skip_line(reader, UINT64_MAX, &bytes);
            line->size = (size_t)bytes;
            line->too_large = true;
            return STATUS_OK;
        }
        fill(reader, number);
    }
    line->text = reader->bytes + reader->start;
    line->size = line_end == NULL ? reader->end - reader->start : (size_t)(line_end - line->text);
    consume(reader, line->size + (line_end != NULL));
    line->too_large = line->size > ARTICLE_BYTES_MAX;
    return STATUS_OK;
}

static enum status parse_line(struct reader *reader, struct line *line, struct article *article,
                              bool *found, struct error *error)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (line->too_large) {
        return reject(reader, LEDGER_TOO_LARGE, line->offset, line->size, NULL, error);
    }
    if (line->offset == 0 && line->size >= 3 && memcmp(line->text, mark, 3) == 0) {
        line->text += 3;
        line->size -= 3;
        line->offset = 3;
    }
    if (line->size > 0 && line->text[line->size - 1] == '\r') {
        line->size--;
    }
    *article =
        (struct article){.input = reader->input, .offset = line->offset, .bytes = line->size};
    enum status status =
        record_parse_line(reader->parser, line->text, line->size, article, found, error);
    if (status == STATUS_OK && *found) {
        name_source(article, &reader->plan->inputs[reader->input]);
    }
    return status;
}

static enum status next_line(struct reader *reader, struct article *article, bool *found,
                             struct error *error)
{
    if (reader->offset >= reader->limit) {
        leave_input(reader);
        return STATUS_OK;
    }
    struct line line;
    int number = 0;
    enum status status = take_line(reader, &line, &number, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (number != 0) {
        return abandon_errno(reader, number, line.offset, error);
    }
    if (line.size == 0 && reader->at_end && reader->start == reader->end &&
        reader->offset < reader->limit) {
        return abandon(reader, LEDGER_VANISHED, reader->offset, "it has become shorter", error);
    }
    return parse_line(reader, &line, article, found, error);
}

/* ---- Reading -------------------------------------------------------------------------------- */

static enum status next_input(struct reader *reader, struct error *error)
{
    bool opened = false;
    enum status status = open_input(reader, &opened, error);
    if (status == STATUS_OK && opened && reader->plan->inputs[reader->input].kind == INPUT_JSONL) {
        bool begun = false;
        status = begin_lines(reader, &begun, error);
    }
    return status;
}

enum status reader_next(struct reader *reader, struct article *article, bool *found,
                        struct error *error)
{
    *found = false;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !*found) {
        if (reader->file < 0) {
            if (reader->input >= reader->shard.input_end) {
                break;
            }
            status = next_input(reader, error);
        } else if (reader->plan->inputs[reader->input].kind == INPUT_TEXT) {
            status = next_text(reader, article, found, error);
        } else {
            status = next_line(reader, article, found, error);
        }
    }
    return status;
}
