#include "base/json.h"

#include <assert.h>
#include <setjmp.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/json_aside.h"
#include "base/memory.h"

/* The reading half of json.h; json_writer.c is the other. */

enum {
    YAJL_BLOCKS_MAX = 16,
    KEY_SIZE_MAX = 1024 * 1024,
    KEPT_TEXT_SIZE_MAX = 4 * 1024 * 1024 /* a parser that has grown to more is not kept */
};

/* yajl does not look at what its allocator returns, so an allocation that fails must not return: it
 * jumps back to parse(), which frees what yajl held by the list of its blocks. yajl keeps about
 * eight (two handles, three buffers and their heads). */
struct json_reader {
    yajl_handle handle; /* NULL before the first use and after a failure */
    yajl_alloc_funcs allocator;
    void *blocks[YAJL_BLOCKS_MAX];
    size_t block_count;
    jmp_buf no_memory;

    /* The text being read, and what yajl reads of it: the same, or what is left of it when what
     * yajl need not see is set aside. */
    const char *whole;
    size_t whole_size;
    const char *text;
    size_t size;
    struct buffer left;
    struct buffer value; /* made whole again */
    char opener;         /* '{' or '[' */
    json_member member;
    void *context;
    struct error *error;
    enum status status;
    unsigned depth;
    bool done;  /* the outermost value has ended */
    bool zeros; /* some string that was decoded has a zero byte */
    const char *key;
    size_t key_size;
    size_t nested_start;       /* of the object or array that is a member's value */
    struct buffer key_decoded; /* a key with escapes; yajl decodes the value over it */
    struct buffer key_whole;
};

static size_t block_find(const struct json_reader *reader, const void *block)
{
    size_t i = 0;
    while (i < reader->block_count && reader->blocks[i] != block) {
        i++;
    }
    return i;
}

static void *yajl_resize(void *context, void *block, size_t size)
{
    struct json_reader *reader = context;
    size_t slot = block == NULL ? reader->block_count : block_find(reader, block);
    assert(slot < YAJL_BLOCKS_MAX);
    void *bytes = memory_resize(block, size);
    if (bytes == NULL) {
        longjmp(reader->no_memory, 1);
    }
    reader->blocks[slot] = bytes;
    reader->block_count += slot == reader->block_count;
    return bytes;
}

static void *yajl_allocate(void *context, size_t size)
{
    return yajl_resize(context, NULL, size);
}

static void yajl_release(void *context, void *block)
{
    struct json_reader *reader = context;
    if (block == NULL) {
        return;
    }
    size_t slot = block_find(reader, block);
    assert(slot < reader->block_count);
    reader->blocks[slot] = reader->blocks[--reader->block_count];
    memory_free(block);
}

/* Ends the parser without its help: it may be half made. */
static void handle_drop(struct json_reader *reader)
{
    while (reader->block_count > 0) {
        memory_free(reader->blocks[--reader->block_count]);
    }
    reader->handle = NULL;
}

static bool is_shortened(const struct json_reader *reader)
{
    return reader->text != reader->whole;
}

/* Where yajl is in the text. */
static size_t offset_in_text(const struct json_reader *reader)
{
    size_t offset = yajl_get_bytes_consumed(reader->handle);
    return is_shortened(reader) ? json_aside_offset(reader->text, offset) : offset;
}

static int fail(struct json_reader *reader, const char *reason)
{
    reader->status = error_set(reader->error, STATUS_FORMAT, "cannot read JSON: byte %zu: %s",
                               offset_in_text(reader), reason);
    return 0;
}

static int wrong_top(struct json_reader *reader)
{
    return fail(reader, reader->opener == '{' ? "not an object" : "not an array");
}

/* What yajl said as it stands in the text; false on failure. */
static bool make_whole(struct json_reader *reader, struct buffer *out, const char **bytes,
                       size_t *size)
{
    if (!is_shortened(reader) || !json_is_aside(*bytes, *size)) {
        return true;
    }
    buffer_clear(out);
    reader->status =
        json_put_back(reader->whole, reader->whole_size, *bytes, *size, out, reader->error);
    *bytes = (const char *)out->bytes;
    *size = out->size;
    return reader->status == STATUS_OK;
}

static int report(struct json_reader *reader, enum json_kind kind, const char *value, size_t size)
{
    if (reader->depth == 0) {
        return wrong_top(reader);
    }
    if (reader->depth == 1 && make_whole(reader, &reader->value, &value, &size)) {
        reader->status = reader->member(reader->context, reader->key, reader->key_size, kind, value,
                                        size, reader->error);
    }
    return reader->status == STATUS_OK;
}

static int on_null(void *context)
{
    return report(context, JSON_NULL, "null", 4);
}

static int on_boolean(void *context, int value)
{
    return value ? report(context, JSON_TRUE, "true", 4) : report(context, JSON_FALSE, "false", 5);
}

static int on_number(void *context, const char *value, size_t size)
{
    return report(context, JSON_NUMBER, value, size);
}

/* A string as yajl gives it: in place, or decoded into a buffer that we gave it, so that it may be
 * mended. \u escapes of the second half of a surrogate pair come out as a surrogate in three bytes,
 * which is no UTF-8; U+FFFD has three bytes too. `*text` is never NULL. Returns whether it was
 * decoded. */
static bool take_string(struct json_reader *reader, const unsigned char *bytes, size_t size,
                        const char **text)
{
    static const unsigned char replacement[] = {0xEF, 0xBF, 0xBD};
    size_t slot = size == 0 ? reader->block_count : block_find(reader, bytes);
    *text = size == 0 ? "" : (const char *)bytes;
    if (slot == reader->block_count) {
        return false;
    }
    unsigned char *at = reader->blocks[slot];
    const unsigned char *end = at + size;
    reader->zeros = reader->zeros || memchr(at, '\0', size) != NULL;
    while (end - at >= 3 && (at = memchr(at, 0xED, (size_t)(end - at) - 2)) != NULL) {
        if (at[1] >= 0xA0) {
            memcpy(at, replacement, sizeof replacement);
        }
        at++;
    }
    return true;
}

static int on_string(void *context, const unsigned char *value, size_t size)
{
    struct json_reader *reader = context;
    const char *text = "";
    if (reader->depth == 1) {
        (void)take_string(reader, value, size, &text);
    }
    return report(reader, JSON_STRING, text, size);
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
    struct json_reader *reader = context;
    if (reader->depth != 1) {
        return 1;
    }
    reader->key_size = size;
    struct buffer *decoded = &reader->key_decoded;
    if (take_string(reader, key, size, &reader->key)) {
        buffer_clear(decoded);
        reader->status = buffer_append(decoded, reader->key, size, reader->error);
        reader->key = (const char *)decoded->bytes;
    }
    return reader->status == STATUS_OK &&
           make_whole(reader, &reader->key_whole, &reader->key, &reader->key_size);
}

static int begin(struct json_reader *reader, char opener)
{
    if (reader->depth == 0 && opener != reader->opener) {
        return wrong_top(reader);
    }
    if (reader->depth == JSON_DEPTH_MAX) {
        return fail(reader, "nested too deeply");
    }
    if (reader->depth == 1) {
        reader->nested_start = yajl_get_bytes_consumed(reader->handle) - 1;
    }
    reader->depth++;
    return 1;
}

/* yajl itself takes an unfinished word or string behind the value for nothing. */
static bool only_blanks(const char *text, size_t size)
{
    size_t i = 0;
    while (i < size && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n')) {
        i++;
    }
    return i == size;
}

static int end(struct json_reader *reader)
{
    assert(reader->depth > 0);
    reader->depth--;
    size_t end_offset = yajl_get_bytes_consumed(reader->handle);
    if (reader->depth == 0) {
        reader->done = true;
        return only_blanks(reader->text + end_offset, reader->size - end_offset)
                   ? 1
                   : fail(reader, "something behind the value");
    }
    return reader->depth > 1 ? 1
                             : report(reader, JSON_NESTED, reader->text + reader->nested_start,
                                      end_offset - reader->nested_start);
}

static int on_object_begin(void *context)
{
    return begin(context, '{');
}

static int on_array_begin(void *context)
{
    return begin(context, '[');
}

static int on_end(void *context)
{
    return end(context);
}

static const yajl_callbacks callbacks = {.yajl_null = on_null,
                                         .yajl_boolean = on_boolean,
                                         .yajl_number = on_number,
                                         .yajl_string = on_string,
                                         .yajl_start_map = on_object_begin,
                                         .yajl_map_key = on_key,
                                         .yajl_end_map = on_end,
                                         .yajl_start_array = on_array_begin,
                                         .yajl_end_array = on_end};

static void handle_make(struct json_reader *reader)
{
    reader->handle = yajl_alloc(&callbacks, &reader->allocator, reader);
    (void)yajl_config(reader->handle, yajl_dont_validate_strings, 1);
    /* Lets one handle read text after text; that each text holds one value is checked here. */
    (void)yajl_config(reader->handle, yajl_allow_multiple_values, 1);
}

/* The message of yajl without its line end. */
static enum status yajl_failed(struct json_reader *reader)
{
    size_t offset = offset_in_text(reader);
    unsigned char *reason = yajl_get_error(reader->handle, 0, NULL, 0);
    int size = (int)strcspn((const char *)reason, "\n");
    enum status status = error_set(reader->error, STATUS_FORMAT, "cannot read JSON: byte %zu: %.*s",
                                   offset, size, reason);
    yajl_free_error(reader->handle, reason);
    return status;
}

static enum status parse(struct json_reader *reader)
{
    if (setjmp(reader->no_memory) != 0) {
        return error_no_memory(reader->error, reader->size);
    }
    if (reader->handle == NULL) {
        handle_make(reader);
    }
    yajl_status parsed =
        yajl_parse(reader->handle, (const unsigned char *)reader->text, reader->size);
    if (parsed == yajl_status_ok) {
        parsed = yajl_complete_parse(reader->handle);
    }
    if (reader->status != STATUS_OK) {
        return reader->status;
    }
    if (parsed != yajl_status_ok) {
        return yajl_failed(reader);
    }
    if (!reader->done) {
        (void)fail(reader, "nothing there");
    }
    return reader->status;
}

/* Sets aside what yajl need not see. */
static enum status shorten(struct json_reader *reader, struct error *error)
{
    bool shortened = false;
    buffer_clear(&reader->left);
    enum status status =
        json_set_aside(reader->whole, reader->whole_size, &reader->left, &shortened, error);
    reader->text = shortened ? (const char *)reader->left.bytes : reader->whole;
    reader->size = shortened ? reader->left.size : reader->whole_size;
    return status;
}

static void buffers_release(struct json_reader *reader)
{
    buffer_release(&reader->left);
    buffer_release(&reader->value);
    buffer_release(&reader->key_whole);
}

static enum status read_value(struct json_reader *reader, const char *text, size_t size,
                              json_member member, void *context, struct error *error)
{
    reader->whole = text;
    reader->whole_size = size;
    reader->member = member;
    reader->context = context;
    reader->error = error;
    reader->status = STATUS_OK;
    reader->depth = 0;
    reader->done = false;
    reader->zeros = false;
    reader->key = "";
    reader->key_size = 0;
    enum status status = shorten(reader, error);
    status = status == STATUS_OK ? parse(reader) : status;
    if (status != STATUS_OK || size > KEPT_TEXT_SIZE_MAX) {
        handle_drop(reader);
    }
    if (size > KEPT_TEXT_SIZE_MAX) {
        buffers_release(reader);
    }
    return status;
}

static void reader_init(struct json_reader *reader)
{
    *reader = (struct json_reader){
        .allocator = {
            .malloc = yajl_allocate, .realloc = yajl_resize, .free = yajl_release, .ctx = reader}};
    buffer_init(&reader->left, SIZE_MAX / 2);
    buffer_init(&reader->value, SIZE_MAX / 2);
    buffer_init(&reader->key_whole, SIZE_MAX / 2);
    buffer_init(&reader->key_decoded, KEY_SIZE_MAX);
}

static void reader_release(struct json_reader *reader)
{
    handle_drop(reader);
    buffers_release(reader);
    buffer_release(&reader->key_decoded);
}

struct json_reader *json_reader_new(void)
{
    struct json_reader *reader = memory_alloc(sizeof *reader);
    if (reader != NULL) {
        reader_init(reader);
    }
    return reader;
}

void json_reader_free(struct json_reader *reader)
{
    if (reader != NULL) {
        reader_release(reader);
        memory_free(reader);
    }
}

bool json_reader_has_zeros(const struct json_reader *reader)
{
    return reader->zeros;
}

enum status json_reader_object(struct json_reader *reader, const char *text, size_t size,
                               json_member member, void *context, struct error *error)
{
    reader->opener = '{';
    return read_value(reader, text, size, member, context, error);
}

enum status json_read_object(const char *text, size_t size, json_member member, void *context,
                             struct error *error)
{
    struct json_reader reader;
    reader_init(&reader);
    enum status status = json_reader_object(&reader, text, size, member, context, error);
    reader_release(&reader);
    return status;
}

enum status json_read_array(const char *text, size_t size, json_member element, void *context,
                            struct error *error)
{
    struct json_reader reader;
    reader_init(&reader);
    reader.opener = '[';
    enum status status = read_value(&reader, text, size, element, context, error);
    reader_release(&reader);
    return status;
}
