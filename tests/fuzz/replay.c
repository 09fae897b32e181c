#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Feeds every file of a folder, and the empty input, to a fuzz target; crashes and sanitizers tell
 * what is wrong. replay_NAME FOLDER prints one line of TAP. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 16 << 20, PATH_SIZE = 4096 };

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(FILE_MAX);
    if (file == NULL || data == NULL) {
        (void)fprintf(stderr, "cannot read '%s'\n", path);
        exit(EXIT_FAILURE);
    }
    size_t size = fread(data, 1, FILE_MAX, file);
    (void)fclose(file);
    /* A block of just this size: a sanitizer sees one byte too far. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        exit(EXIT_FAILURE);
    }
    memcpy(exact, data, size);
    free(data);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    DIR *files = opendir(folder);
    int count = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (struct dirent *entry; files != NULL && (entry = readdir(files)) != NULL;) {
        if (entry->d_name[0] != '.') {
            char path[PATH_SIZE];
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            count += replay(path);
        }
    }
    if (files != NULL) {
        (void)closedir(files);
    }
    printf("ok 1 - %s: %d files\n1..1\n", folder, count);
    return EXIT_SUCCESS;
}
