#include "source/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { PATH_SIZE_MAX = 64 * 1024 /* what the kernel takes is less, and it says so */ };

/* A folder we are inside of: to see links that lead back. */
struct ancestor {
    const struct ancestor *above;
    dev_t device;
    ino_t number;
};

struct walk {
    struct arena *arena;
    struct inputs_found *found;
    struct buffer path; /* of the entry looked at, zero-terminated beyond its size */
    size_t id_start;    /* where the path relative to the argument begins in `path` */
    const char *source_fixed;
    const char *source; /* of the folder walked */
    const char *standard_input;
    const struct ancestor *above;
};

static bool ends_with(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);
    return size >= ending_size && strcasecmp(name + size - ending_size, ending) == 0;
}

static bool is_text_name(const char *name)
{
    return ends_with(name, ".txt");
}

static bool is_jsonl_name(const char *name)
{
    return ends_with(name, ".jsonl") || ends_with(name, ".ndjson") || ends_with(name, ".json");
}

static enum status path_set(struct walk *walk, size_t size, const char *name, struct error *error)
{
    walk->path.size = size;
    enum status status = buffer_append(&walk->path, name, strlen(name) + 1, error);
    if (status == STATUS_OK) {
        walk->path.size--;
    }
    return status;
}

static const char *path_text(const struct walk *walk)
{
    return (const char *)walk->path.bytes;
}

/* `text` as valid UTF-8: itself, or a repaired copy. NULL when out of memory. */
static const char *valid_name(struct walk *walk, const char *text)
{
    size_t size = strlen(text);
    if (utf8_valid_prefix(text, size) == size) {
        return text;
    }
    char *copy = arena_alloc(walk->arena, size * 3 + 1); /* U+FFFD has three bytes */
    size_t out = 0;
    for (size_t at = 0; copy != NULL && at < size;) {
        uint32_t code = 0;
        at += utf8_decode(text + at, size - at, &code);
        out += utf8_encode(code, copy + out);
    }
    return copy;
}

static bool is_standard_input(const struct walk *walk)
{
    return walk->standard_input != NULL && strcmp(path_text(walk), walk->standard_input) == 0;
}

static enum status add_input(struct walk *walk, enum input_kind kind, enum ledger_reason reason,
                             const struct stat *info, struct error *error)
{
    struct input input = {.kind = kind, .reason = reason, .source = walk->source};
    if (kind == INPUT_JSONL && walk->source_fixed == NULL) {
        input.source = "";
    }
    input.path = arena_copy(walk->arena, walk->path.bytes, walk->path.size);
    if (input.path != NULL) {
        input.id = is_standard_input(walk) ? "-" : valid_name(walk, input.path + walk->id_start);
    }
    if (input.id == NULL) {
        return error_set(error, STATUS_LIMIT, "cannot plan: too many input files, or no memory");
    }
    if (kind != INPUT_REJECTED) {
        input.size = (uint64_t)info->st_size;
        input.modified_ns =
            (int64_t)info->st_mtim.tv_sec * 1000000000 + (int64_t)info->st_mtim.tv_nsec;
        walk->found->bytes += input.size;
    }
    return buffer_append(&walk->found->inputs, &input, sizeof input, error);
}

static enum status reject(struct walk *walk, enum ledger_reason reason, struct error *error)
{
    return add_input(walk, INPUT_REJECTED, reason, NULL, error);
}

/* Why stat() of a name that a folder listed, or a person gave, failed. */
static enum ledger_reason stat_reason(const char *path, int number)
{
    struct stat info;
    if (number == ELOOP) {
        return LEDGER_LINK_LOOP;
    }
    if (number != ENOENT && number != ENOTDIR) {
        return LEDGER_UNREADABLE;
    }
    return lstat(path, &info) == 0 ? LEDGER_DANGLING_LINK : LEDGER_VANISHED;
}

static enum status walk_folder(struct walk *walk, const struct stat *info, struct error *error);

static enum status walk_file(struct walk *walk, const char *name, const struct stat *info,
                             struct error *error)
{
    if (is_text_name(name)) {
        return add_input(walk, INPUT_TEXT, LEDGER_EMPTY, info, error);
    }
    if (is_jsonl_name(name)) {
        return add_input(walk, INPUT_JSONL, LEDGER_EMPTY, info, error);
    }
    walk->found->skipped_files++;
    return STATUS_OK;
}

static enum status on_entry(void *context, const char *name, struct error *error)
{
    struct walk *walk = context;
    if (name[0] == '.') {
        return STATUS_OK;
    }
    size_t folder_size = walk->path.size;
    bool slash = folder_size > 0 && walk->path.bytes[folder_size - 1] == '/';
    enum status status = slash ? STATUS_OK : buffer_append_byte(&walk->path, '/', error);
    if (status == STATUS_OK) {
        status = path_set(walk, walk->path.size, name, error);
    }
    if (status == STATUS_LIMIT) {
        walk->path.size = folder_size;
        return reject(walk, LEDGER_UNREADABLE, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct stat info;
    if (stat(path_text(walk), &info) != 0) {
        status = reject(walk, stat_reason(path_text(walk), errno), error);
    } else if (S_ISDIR(info.st_mode)) {
        status = walk_folder(walk, &info, error);
    } else if (S_ISREG(info.st_mode)) {
        status = walk_file(walk, name, &info, error);
    } else {
        status = reject(walk, LEDGER_NOT_A_FILE, error);
    }
    walk->path.size = folder_size;
    walk->path.bytes[folder_size] = '\0';
    return status;
}

/* Finds the last name of a path whose "." and ".." are taken by the letter; `*up` counts the levels
 * that are still to be gone up, for a path in front of this one. Returns its size, 0 when there is
 * none. */
static size_t last_name(const char *path, size_t size, size_t *up, size_t *start)
{
    while (size > 0) {
        size_t end = size;
        while (size > 0 && path[size - 1] != '/') {
            size--;
        }
        size_t length = end - size;
        if (length == 2 && memcmp(path + size, "..", 2) == 0) {
            ++*up;
        } else if (length > 0 && !(length == 1 && path[size] == '.')) {
            if (*up == 0) {
                *start = size;
                return length;
            }
            --*up;
        }
        size -= size > 0;
    }
    return 0;
}

/* The name of a folder, "" for the root. */
static enum status folder_name(struct walk *walk, const char *path, size_t size, const char **name,
                               struct error *error)
{
    enum { WORKING_FOLDER_SIZE_MAX = 4096 };
    char working_folder[WORKING_FOLDER_SIZE_MAX];
    size_t up = 0;
    size_t start = 0;
    size_t length = last_name(path, size, &up, &start);
    if (length == 0 && (size == 0 || path[0] != '/') &&
        getcwd(working_folder, sizeof working_folder) != NULL) {
        path = working_folder;
        length = last_name(path, strlen(path), &up, &start);
    }
    const char *copy = arena_copy(walk->arena, path + start, length);
    *name = copy == NULL ? NULL : valid_name(walk, copy);
    return *name == NULL ? error_no_memory(error, length) : STATUS_OK;
}

static enum status set_source(struct walk *walk, size_t folder_size, struct error *error)
{
    if (walk->source_fixed != NULL) {
        walk->source = walk->source_fixed;
        return STATUS_OK;
    }
    return folder_name(walk, path_text(walk), folder_size, &walk->source, error);
}

/* An archive of fihris (it lies among its own inputs, perhaps) has nothing to read in it, and what
 * is in it changes with every run. */
static enum status is_archive(const struct walk *walk, bool *yes, struct error *error)
{
    static const char *const parts[] = {"writer.lock", "manifests", "segments"};
    enum { PARTS = sizeof parts / sizeof parts[0] };
    size_t found = 0;
    for (bool there = true; there && found < PARTS; found += there) {
        char *path = path_join(path_text(walk), parts[found]);
        if (path == NULL) {
            return error_no_memory(error, walk->path.size);
        }
        there = file_exists(path);
        memory_free(path);
    }
    *yes = found == PARTS;
    return STATUS_OK;
}

static enum status walk_folder(struct walk *walk, const struct stat *info, struct error *error)
{
    for (const struct ancestor *above = walk->above; above != NULL; above = above->above) {
        if (above->device == info->st_dev && above->number == info->st_ino) {
            return reject(walk, LEDGER_LINK_LOOP, error);
        }
    }
    struct ancestor here = {.above = walk->above, .device = info->st_dev, .number = info->st_ino};
    const char *source = walk->source;
    bool archive = false;
    enum status status = is_archive(walk, &archive, error);
    if (status != STATUS_OK || archive) {
        return status;
    }
    status = set_source(walk, walk->path.size, error);
    if (status != STATUS_OK) {
        return status;
    }
    walk->above = &here;
    struct error reason = {.code = STATUS_OK};
    status = folder_list(path_text(walk), on_entry, walk, &reason);
    walk->above = here.above;
    /* What on_entry() returns is no memory or a limit; the rest is the folder itself. */
    if (status == STATUS_IO || status == STATUS_NOT_FOUND) {
        status = reject(walk, LEDGER_UNREADABLE, error);
    } else if (status != STATUS_OK) {
        (void)error_set(error, status, "%s", reason.message);
    }
    walk->source = source;
    return status;
}

/* True when the first byte, a byte order mark aside, is '{'. What cannot be read is left to the
 * reader, which says so. */
static bool begins_with_brace(const char *path)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char bytes[4] = {0};
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file < 0) {
        return false;
    }
    ssize_t size = read(file, bytes, sizeof bytes);
    (void)close(file);
    bool marked = size == 4 && memcmp(bytes, mark, 3) == 0;
    return size > 0 && bytes[marked ? 3 : 0] == '{';
}

static enum status walk_argument_file(struct walk *walk, const struct stat *info,
                                      struct error *error)
{
    const char *slash = strrchr(path_text(walk), '/');
    size_t name_start = slash == NULL ? 0 : (size_t)(slash - path_text(walk)) + 1;
    walk->id_start = name_start;
    enum status status = STATUS_OK;
    if (!is_standard_input(walk)) {
        status = set_source(walk, name_start, error);
    } else if (walk->source_fixed != NULL) {
        walk->source = walk->source_fixed;
    }
    if (status != STATUS_OK) {
        return status;
    }
    const char *name = path_text(walk) + name_start;
    bool jsonl = is_jsonl_name(name) || (!is_text_name(name) && begins_with_brace(path_text(walk)));
    return add_input(walk, jsonl ? INPUT_JSONL : INPUT_TEXT, LEDGER_EMPTY, info, error);
}

static enum status walk_argument(struct walk *walk, const char *path, struct error *error)
{
    walk->id_start = 0;
    walk->source = "";
    enum status status = path_set(walk, 0, path, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        struct stat link;
        int number = errno;
        if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode)) {
            return reject(walk, stat_reason(path, number), error);
        }
        errno = number;
        (void)error_from_errno(error, "read", path);
        return STATUS_IO;
    }
    if (S_ISREG(info.st_mode)) {
        return walk_argument_file(walk, &info, error);
    }
    if (!S_ISDIR(info.st_mode)) {
        return reject(walk, LEDGER_NOT_A_FILE, error);
    }
    walk->id_start = walk->path.size + (path[walk->path.size - 1] == '/' ? 0 : 1);
    walk->above = NULL;
    return walk_folder(walk, &info, error);
}

enum status walk_inputs(const char *const *paths, size_t path_count,
                        const struct walk_options *options, struct arena *arena,
                        struct inputs_found *found, struct error *error)
{
    struct walk walk = {.arena = arena, .found = found, .standard_input = options->standard_input};
    *found = (struct inputs_found){.bytes = 0};
    buffer_init(&found->inputs, INPUTS_BYTES_MAX);
    buffer_init(&walk.path, PATH_SIZE_MAX);
    enum status status = STATUS_OK;
    if (options->source != NULL) {
        const char *copy = arena_copy(arena, options->source, strlen(options->source));
        walk.source_fixed = copy == NULL ? NULL : valid_name(&walk, copy);
        if (walk.source_fixed == NULL) {
            status = error_no_memory(error, strlen(options->source));
        }
    }
    for (size_t i = 0; i < path_count && status == STATUS_OK; i++) {
        status = walk_argument(&walk, paths[i], error);
    }
    buffer_release(&walk.path);
    return status;
}
