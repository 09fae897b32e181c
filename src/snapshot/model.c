#include "snapshot/model.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/view.h"

/* header: magic 8, version 4, parts 4, analyser version 4, zero 4, then for each part offset 8 and
 * size 8; the parts, each at a multiple of 8 with zeros between; digest 16 of all before it. */
static const char magic[8] = "FHRMODEL";

enum {
    ALIGNMENT = 8,
    HEAD_SIZE = 24,
    PART_ENTRY_SIZE = 16,
    PARTS_OFFSET = HEAD_SIZE + MODEL_PART_COUNT * PART_ENTRY_SIZE,
};
static_assert(sizeof magic == 8, "the magic has no closing zero");
static_assert(PARTS_OFFSET % ALIGNMENT == 0, "the first part is aligned");

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static enum status write_header(const struct model_content *content, struct buffer *out,
                                struct error *error)
{
    unsigned char header[PARTS_OFFSET] = {0};
    memcpy(header, magic, sizeof magic);
    store_u32(header + 8, MODEL_VERSION);
    store_u32(header + 12, MODEL_PART_COUNT);
    store_u32(header + 16, content->analyser_version);
    size_t offset = PARTS_OFFSET;
    for (size_t i = 0; i < MODEL_PART_COUNT; i++) {
        size_t size = content->parts[i].size;
        if (size > MODEL_SIZE_MAX - ALIGNMENT || offset > MODEL_SIZE_MAX - ALIGNMENT - size) {
            return error_set(error, STATUS_LIMIT, "cannot write the model: larger than %zu bytes",
                             MODEL_SIZE_MAX);
        }
        store_u64(header + HEAD_SIZE + i * PART_ENTRY_SIZE, offset);
        store_u64(header + HEAD_SIZE + i * PART_ENTRY_SIZE + 8, size);
        offset = aligned(offset + size);
    }
    return buffer_append(out, header, sizeof header, error);
}

static enum status write_model(const struct model_content *content, struct buffer *out,
                               struct error *error)
{
    static const unsigned char zeros[ALIGNMENT] = {0};
    enum status status = write_header(content, out, error);
    for (size_t i = 0; i < MODEL_PART_COUNT && status == STATUS_OK; i++) {
        status = buffer_append(out, content->parts[i].bytes, content->parts[i].size, error);
        if (status == STATUS_OK) {
            status = buffer_append(out, zeros, aligned(out->size) - out->size, error);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct digest digest = digest_of(out->bytes, out->size);
    return buffer_append(out, digest.bytes, DIGEST_SIZE, error);
}

enum status model_write(const struct archive *archive, const struct model_content *content,
                        struct manifest_file *file, struct error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, MODEL_SIZE_MAX);
    enum status status = write_model(content, &bytes, error);
    if (status == STATUS_OK) {
        memcpy(file->digest.bytes, bytes.bytes + bytes.size - DIGEST_SIZE, DIGEST_SIZE);
        file->size = bytes.size;
        char *path = archive_file_path(archive, ARCHIVE_MODELS, &file->digest);
        status = path == NULL ? error_no_memory(error, DIGEST_TEXT_SIZE)
                              : file_replace(path, bytes.bytes, bytes.size, error);
        memory_free(path);
    }
    buffer_release(&bytes);
    return status;
}

static enum status damaged(const char *path, const char *reason, struct error *error)
{
    return error_set(error, STATUS_FORMAT, "cannot read model '%s': %s", path, reason);
}

static bool all_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Reads the list of parts. They lie one behind another, so each offset is known beforehand. */
static bool read_parts(const unsigned char *bytes, size_t body_size, struct model_content *content)
{
    size_t offset = PARTS_OFFSET;
    for (size_t i = 0; i < MODEL_PART_COUNT; i++) {
        const unsigned char *entry = bytes + HEAD_SIZE + i * PART_ENTRY_SIZE;
        uint64_t size = load_u64(entry + 8);
        if (load_u64(entry) != offset || size > body_size - offset) {
            return false;
        }
        size_t end = aligned(offset + (size_t)size);
        if (end > body_size || !all_zero(bytes + offset + size, end - offset - (size_t)size)) {
            return false;
        }
        content->parts[i] = (struct model_bytes){.bytes = bytes + offset, .size = (size_t)size};
        offset = end;
    }
    return offset == body_size;
}

enum status model_parse(const void *bytes, size_t size, const char *path, struct model *model,
                        struct error *error)
{
    *model = (struct model){.view = {.bytes = (const unsigned char *)"", .size = 0}};
    const unsigned char *from = bytes;
    if (size < PARTS_OFFSET + DIGEST_SIZE) {
        return damaged(path, "cut short", error);
    }
    if (memcmp(from, magic, sizeof magic) != 0) {
        return damaged(path, "not a model file", error);
    }
    if (load_u32(from + 8) != MODEL_VERSION) {
        return damaged(path, "written by another version of this program", error);
    }
    size_t body_size = size - DIGEST_SIZE;
    struct digest actual = digest_of(from, body_size);
    memcpy(model->digest.bytes, from + body_size, DIGEST_SIZE);
    if (digest_compare(&actual, &model->digest) != 0) {
        return damaged(path, "its bytes do not fit its digest", error);
    }
    if (load_u32(from + 12) != MODEL_PART_COUNT || load_u32(from + 20) != 0 ||
        !read_parts(from, body_size, &model->content)) {
        return damaged(path, "its list of parts is damaged", error);
    }
    model->content.analyser_version = load_u32(from + 16);
    const struct model_bytes *symbols = &model->content.parts[MODEL_SYMBOLS];
    return symbols_open(&model->symbols, symbols->bytes, symbols->size, NULL) == STATUS_OK
               ? STATUS_OK
               : damaged(path, "its table of symbols is damaged", error);
}

enum status model_open(const char *path, const struct digest *digest, struct model *model,
                       struct error *error)
{
    *model = (struct model){.view = {.bytes = (const unsigned char *)"", .size = 0}};
    struct file_view view;
    enum status status = file_view_open(path, &view, error);
    if (status == STATUS_OK) {
        status = model_parse(view.bytes, view.size, path, model, error);
    }
    if (status == STATUS_OK && digest != NULL && digest_compare(digest, &model->digest) != 0) {
        status = damaged(path, "it is another model than the manifest names", error);
    }
    if (status == STATUS_OK) {
        model->view = view;
    } else {
        file_view_close(&view);
    }
    return status;
}

void model_close(struct model *model)
{
    if (model != NULL) {
        file_view_close(&model->view);
        *model = (struct model){.view = model->view};
    }
}
