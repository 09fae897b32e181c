#include "writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BUFFER_SIZE = 1 << 21,
    LINE_BYTES_MAX = 2 * ARTICLE_BYTES_MAX, /* an article, its title twice, and a little */
};

static bool failed(const char *what, const char *where)
{
    (void)fprintf(stderr, "replicas: cannot %s ", what);
    perror(where);
    return false;
}

bool writer_open(struct writer *writer, FILE *lines, const char *folder)
{
    *writer = (struct writer){.lines = lines, .folder = folder, .buffer = malloc(BUFFER_SIZE)};
    if (writer->buffer == NULL) {
        return failed("make", "buffer");
    }
    return folder == NULL || mkdir(folder, 0777) == 0 || errno == EEXIST || failed("make", folder);
}

static bool flush(struct writer *writer)
{
    bool done = fwrite(writer->buffer, 1, writer->size, writer->lines) == writer->size &&
                fflush(writer->lines) == 0;
    writer->size = 0;
    return done || failed("write", "the lines");
}

static char *put(char *at, const char *text, size_t size)
{
    memcpy(at, text, size);
    return at + size;
}

static char *put_text(char *at, const char *text)
{
    return put(at, text, strlen(text));
}

/* The number with at least `digits` digits. */
static char *put_number(char *at, uint64_t number, unsigned digits)
{
    char text[20];
    unsigned size = 0;
    for (; number > 0 || size < digits; number /= 10) {
        text[sizeof text - ++size] = (char)('0' + number % 10);
    }
    return put(at, text + sizeof text - size, size);
}

static char *put_date(char *at, const struct article *article, char part)
{
    at = put_number(at, article->year, 4);
    *at++ = part;
    at = put_number(at, article->month, 2);
    *at++ = part;
    return put_number(at, article->day, 2);
}

/* The title as addresses have it. */
static char *put_slug(char *at, const struct article *article)
{
    for (size_t i = 0; i < article->title_size; i++) {
        char byte = article->text[i];
        *at++ = (char)(byte == ' ' ? '-' : byte);
    }
    return at;
}

static char *put_line(char *at, const struct article *article)
{
    at = put_text(at, "{\"id\": \"");
    at = put_text(at, article->source);
    *at++ = '/';
    at = put_number(at, article->number, 8);
    at = put_text(at, ".txt\", \"source\": \"");
    at = put_text(at, article->source);
    at = put_text(at, "\", \"title\": \"");
    at = put(at, article->text, article->title_size);
    at = put_text(at, "\", \"date\": \"");
    at = put_date(at, article, '-');
    at = put_text(at, "\", \"url\": \"https://www.");
    at = put_text(at, article->source);
    at = put_text(at, ".example/ar/");
    at = put_date(at, article, '/');
    *at++ = '/';
    at = put_slug(at, article);
    *at++ = '/';
    at = put_number(at, article->number, 1);
    at = put_text(at, "\", \"body\": \"");
    at = put(at, article->text + article->title_size, article->body_size);
    return put_text(at, "\"}\n");
}

/* A string of JSON as what it means; of the escapes only those that articles have. */
static char *put_plain(char *at, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool escape = text[i] == '\\';
        i += escape;
        *at++ = (char)(escape && text[i] == 'n' ? '\n' : text[i]);
    }
    return at;
}

static bool write_file(struct writer *writer, const struct article *article)
{
    char path[4096];
    char *at = put_plain(writer->buffer, article->text, article->title_size);
    at = put_text(at, "\n\n");
    at = put_plain(at, article->text + article->title_size, article->body_size);
    size_t size = (size_t)(at - writer->buffer);
    (void)snprintf(path, sizeof path, "%s/%s", writer->folder, article->source);
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return failed("make", path);
    }
    (void)snprintf(path, sizeof path, "%s/%s/%08" PRIu64 ".txt", writer->folder, article->source,
                   article->number);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return failed("make", path);
    }
    bool done = fwrite(writer->buffer, 1, size, file) == size;
    done = fclose(file) == 0 && done;
    return done || failed("write", path);
}

bool writer_write(struct writer *writer, const struct article *article)
{
    if (writer->folder != NULL) {
        return write_file(writer, article);
    }
    writer->size = (size_t)(put_line(writer->buffer + writer->size, article) - writer->buffer);
    return writer->size + LINE_BYTES_MAX <= BUFFER_SIZE || flush(writer);
}

bool writer_close(struct writer *writer)
{
    bool done = writer->folder != NULL || flush(writer);
    free(writer->buffer);
    writer->buffer = NULL;
    return done;
}
