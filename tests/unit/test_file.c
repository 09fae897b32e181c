#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/view.h"
#include "scratch.h"

static void paths_are_joined(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *name, *joined;
    } table[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a//", "b", "a/b"},
                 {"/", "b", "/b"},  {"//", "b", "/b"},  {"", "b", "b"},
                 {"a", "", "a/"},   {"", "", ""},       {"/x/y", "z/w", "/x/y/z/w"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char *joined = path_join(table[i].folder, table[i].name);
        assert_string_equal(joined, table[i].joined);
        memory_free(joined);
    }
}

static void what_is_written_is_read(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "file");
    char *temporary = scratch_path(scratch, "file.tmp");
    static unsigned char bytes[100000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 7 >> 3);
    }
    static const size_t sizes[] = {0, 1, 255, 256, 257, 65536, sizeof bytes};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        scratch_write(temporary, "left over", 9);
        assert_int_equal(file_replace(path, bytes, size, NULL), STATUS_OK);
        assert_false(file_exists(temporary));
        struct buffer out;
        buffer_init(&out, size);
        assert_int_equal(file_read(path, &out, NULL), STATUS_OK);
        assert_int_equal(out.size, size);
        assert_true(size == 0 || memcmp(out.bytes, bytes, size) == 0);
        buffer_release(&out);
        if (size > 0) {
            struct error error;
            buffer_init(&out, size - 1);
            assert_int_equal(file_read(path, &out, &error), STATUS_LIMIT);
            assert_non_null(strstr(error.message, path));
            buffer_release(&out);
        }
        struct file_view view;
        assert_int_equal(file_view_open(path, &view, NULL), STATUS_OK);
        assert_int_equal(view.size, size);
        assert_memory_equal(view.bytes, bytes, size);
        file_view_close(&view);
        assert_int_equal(view.size, 0);
        uint64_t told = 1;
        assert_int_equal(file_size(path, &told, NULL), STATUS_OK);
        assert_int_equal(told, size);
        assert_int_equal(file_sync(path, NULL), STATUS_OK);
    }
    memory_free(temporary);
    memory_free(path);
}

static void reading_appends(void **state)
{
    char *path = scratch_path(*state, "half");
    scratch_write(path, "half", 4);
    struct buffer out;
    buffer_init(&out, 8);
    assert_int_equal(file_read(path, &out, NULL), STATUS_OK);
    assert_int_equal(file_read(path, &out, NULL), STATUS_OK);
    assert_int_equal(out.size, 8);
    assert_memory_equal(out.bytes, "halfhalf", 8);
    buffer_release(&out);
    memory_free(path);
}

static void what_is_no_file_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    char *absent = scratch_path(scratch, "absent");
    char *fifo = scratch_path(scratch, "fifo");
    char *below = scratch_path(scratch, "absent/deeper");
    struct error error;
    struct buffer out;
    buffer_init(&out, 100);
    struct file_view view;
    uint64_t size = 0;
    assert_int_equal(file_read(absent, &out, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, absent));
    assert_int_equal(file_view_open(absent, &view, &error), STATUS_NOT_FOUND);
    assert_int_equal(file_size(absent, &size, &error), STATUS_NOT_FOUND);
    assert_false(file_exists(absent));
    assert_int_equal(file_sync(absent, &error), STATUS_IO);
    assert_int_equal(folder_sync(absent, &error), STATUS_IO);
    assert_int_equal(file_rename(absent, fifo, &error), STATUS_IO);
    assert_int_equal(file_replace(below, "x", 1, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "absent/deeper"));
    /* neither hangs */
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(file_read(fifo, &out, &error), STATUS_IO);
    assert_int_equal(file_view_open(fifo, &view, &error), STATUS_IO);
    assert_int_equal(file_read(scratch->path, &out, &error), STATUS_IO);
    assert_int_equal(folder_make(fifo, &error), STATUS_IO);
    assert_int_equal(folder_make(below, &error), STATUS_IO);
    assert_int_equal(path_remove(fifo, &error), STATUS_OK);
    memory_free(below);
    memory_free(fifo);
    memory_free(absent);
}

static void failed_replacement_changes_nothing(void **state)
{
    const struct scratch *scratch = *state;
    char *folder = scratch_path(scratch, "is-folder");
    char *inside = path_join(folder, "kept");
    char *temporary = scratch_path(scratch, "is-folder.tmp");
    assert_int_equal(folder_make(folder, NULL), STATUS_OK);
    scratch_write(inside, "kept", 4);
    struct error error;
    assert_int_equal(file_replace(folder, "x", 1, &error), STATUS_IO); /* cannot rename over it */
    assert_false(file_exists(temporary));
    assert_true(file_exists(inside));
    assert_int_equal(path_remove(folder, NULL), STATUS_OK);
    memory_free(temporary);
    memory_free(inside);
    memory_free(folder);
}

static void files_are_renamed(void **state)
{
    const struct scratch *scratch = *state;
    char *from = scratch_path(scratch, "from");
    char *to = scratch_path(scratch, "to");
    scratch_write(from, "new", 3);
    scratch_write(to, "older", 5);
    assert_int_equal(file_rename(from, to, NULL), STATUS_OK);
    assert_false(file_exists(from));
    uint64_t size = 0;
    assert_int_equal(file_size(to, &size, NULL), STATUS_OK);
    assert_int_equal(size, 3);
    memory_free(to);
    memory_free(from);
}

static void folders_are_removed_and_links_not_followed(void **state)
{
    const struct scratch *scratch = *state;
    char *kept = scratch_path(scratch, "kept-by-link");
    char *root = scratch_path(scratch, "root");
    scratch_write(kept, "kept", 4);
    char *folder = memory_copy(root, strlen(root));
    for (unsigned depth = 0; depth < 40; depth++) {
        assert_int_equal(folder_make(folder, NULL), STATUS_OK);
        assert_int_equal(folder_make(folder, NULL), STATUS_OK); /* again is no error */
        char *file = path_join(folder, "file");
        char *link = path_join(folder, "link");
        char *loop = path_join(folder, "loop");
        char *next = path_join(folder, "next");
        scratch_write(file, "x", 1);
        assert_int_equal(symlink(kept, link), 0);
        assert_int_equal(symlink(scratch->path, loop), 0);
        memory_free(loop);
        memory_free(link);
        memory_free(file);
        memory_free(folder);
        folder = next;
    }
    assert_int_equal(path_remove(root, NULL), STATUS_OK);
    assert_false(file_exists(root));
    assert_true(file_exists(kept));
    assert_int_equal(path_remove(root, NULL), STATUS_OK); /* absent */
    memory_free(folder);
    memory_free(root);
    memory_free(kept);
}

struct listing {
    char names[200];
    size_t left; /* visits until it says stop */
};

static enum status note_name(void *context, const char *name, struct error *error)
{
    struct listing *listing = context;
    size_t size = strlen(listing->names);
    (void)snprintf(listing->names + size, sizeof listing->names - size, "%s ", name);
    return --listing->left > 0 ? STATUS_OK : error_set(error, STATUS_STOPPED, "enough");
}

static void folders_are_listed_in_byte_order(void **state)
{
    char *folder = scratch_path(*state, "list");
    assert_int_equal(folder_make(folder, NULL), STATUS_OK);
    struct listing listing = {.left = 100};
    assert_int_equal(folder_list(folder, note_name, &listing, NULL), STATUS_OK);
    assert_string_equal(listing.names, "");
    static const char *const names[] = {"b", "\xd8\xa8", "B", "a", ".hidden", "a1", "10", "9"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = path_join(folder, names[i]);
        scratch_write(path, "", 0);
        memory_free(path);
    }
    assert_int_equal(folder_list(folder, note_name, &listing, NULL), STATUS_OK);
    assert_string_equal(listing.names, ".hidden 10 9 B a a1 b \xd8\xa8 ");
    struct listing few = {.left = 2};
    struct error error;
    assert_int_equal(folder_list(folder, note_name, &few, &error), STATUS_STOPPED);
    assert_string_equal(few.names, ".hidden 10 ");
    assert_int_equal(path_remove(folder, NULL), STATUS_OK);
    assert_int_equal(folder_list(folder, note_name, &few, &error), STATUS_NOT_FOUND);
    memory_free(folder);
}

static void one_holder_of_a_lock(void **state)
{
    char *path = scratch_path(*state, "lock");
    struct error error;
    int lock = -1;
    int second = -1;
    assert_int_equal(file_lock(path, &lock, &error), STATUS_OK);
    assert_int_equal(file_lock(path, &second, &error), STATUS_BUSY);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(second, -1);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int other = -1;
        _exit(file_lock(path, &other, NULL) == STATUS_BUSY ? 0 : 1);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    file_lock_release(lock);
    file_lock_release(-1);
    assert_int_equal(file_lock(path, &second, &error), STATUS_OK);
    file_lock_release(second);
    memory_free(path);
}

static int set_up(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(reading_appends),
        cmocka_unit_test(what_is_no_file_is_an_error),
        cmocka_unit_test(failed_replacement_changes_nothing),
        cmocka_unit_test(files_are_renamed),
        cmocka_unit_test(folders_are_removed_and_links_not_followed),
        cmocka_unit_test(folders_are_listed_in_byte_order),
        cmocka_unit_test(one_holder_of_a_lock),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
