#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/spool.h"
#include "random.h"
#include "scratch.h"

enum { LARGE = 3 * 1024 * 1024 + 17 }; /* several blocks of the copy, and a rest */

static unsigned char content[LARGE];

/* What a program does with the spool: opens its path, twice, and reads. */
static void check_spool(const struct spool *spool, size_t size)
{
    for (int round = 0; round < 2; round++) {
        struct buffer bytes;
        buffer_init(&bytes, (size_t)2 * LARGE);
        assert_int_equal(file_read(spool->path, &bytes, NULL), STATUS_OK);
        assert_int_equal(bytes.size, size);
        assert_true(size == 0 || memcmp(bytes.bytes, content, size) == 0);
        buffer_release(&bytes);
    }
    struct digest digest = digest_of(content, size);
    assert_memory_equal(digest.bytes, spool->digest.bytes, DIGEST_SIZE);
}

static enum status count_entry(void *context, const char *name, struct error *error)
{
    (void)name;
    (void)error;
    *(int *)context += 1;
    return STATUS_OK;
}

static void check_empty(const char *folder)
{
    int entries = 0;
    assert_int_equal(folder_list(folder, count_entry, &entries, NULL), STATUS_OK);
    assert_int_equal(entries, 0);
}

/* Puts `descriptor` in the place of standard input. */
static void use_input(int descriptor)
{
    assert_true(descriptor >= 0);
    assert_int_equal(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(descriptor), 0);
}

static void use_file(const struct scratch *scratch, size_t size)
{
    char *path = scratch_path(scratch, "input");
    scratch_write(path, content, size);
    use_input(open(path, O_RDONLY | O_CLOEXEC));
    assert_int_equal(unlink(path), 0);
    memory_free(path);
}

static void a_file_is_copied(void **state)
{
    const struct scratch *scratch = *state;
    static const size_t sizes[] = {0, 1, 1 << 20, (1 << 20) + 1, LARGE};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct spool spool;
        use_file(scratch, sizes[i]);
        assert_int_equal(spool_open(&spool, scratch->path, NULL), STATUS_OK);
        check_empty(scratch->path); /* it has no name */
        check_spool(&spool, sizes[i]);
        spool_close(&spool);
        assert_int_equal(spool.descriptor, -1);
        spool_close(&spool);
    }
}

/* A pipe gives what there is, in pieces. */
static void a_pipe_is_copied(void **state)
{
    const struct scratch *scratch = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        for (size_t done = 0; done < LARGE;) {
            size_t step = LARGE - done < 70001 ? LARGE - done : 70001;
            ssize_t written = write(ends[1], content + done, step);
            if (written <= 0) {
                _exit(1);
            }
            done += (size_t)written;
        }
        _exit(0);
    }
    assert_int_equal(close(ends[1]), 0);
    use_input(ends[0]);
    struct spool spool;
    assert_int_equal(spool_open(&spool, scratch->path, NULL), STATUS_OK);
    check_spool(&spool, LARGE);
    spool_close(&spool);
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
}

static void failures_are_clean(void **state)
{
    const struct scratch *scratch = *state;
    struct spool spool;
    struct error error = {0};
    use_file(scratch, 5);
    assert_int_equal(spool_open(&spool, "/nowhere/at/all", &error), STATUS_IO);
    assert_int_equal(error.code, STATUS_IO);
    assert_int_equal(spool.descriptor, -1);
    use_input(open(scratch->path, O_RDONLY | O_CLOEXEC)); /* a folder cannot be read */
    error = (struct error){0};
    assert_int_equal(spool_open(&spool, scratch->path, &error), STATUS_IO);
    assert_non_null(strstr(error.message, "standard input"));
    assert_int_equal(spool.descriptor, -1);
    check_empty(scratch->path);
}

static int setup(void **state)
{
    static struct scratch scratch;
    uint64_t random = 3;
    for (size_t i = 0; i < LARGE; i++) {
        content[i] = (unsigned char)random_next(&random);
    }
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_copied),
        cmocka_unit_test(a_pipe_is_copied),
        cmocka_unit_test(failures_are_clean),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
