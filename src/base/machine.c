#include "base/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* As the process sees its own group: containers are begun with it as their root. */
#define GROUP_LIMIT "/sys/fs/cgroup/memory.max"

/* The number in a file; UINT64_MAX when there is none ("max", no such file). */
static uint64_t limit_of(const char *path)
{
    char text[32];
    uint64_t limit = UINT64_MAX;
    FILE *file = fopen(path, "r"); /* the kernel's: its size is not known before it is read */
    if (file != NULL && fgets(text, sizeof text, file) != NULL) {
        char *end = NULL;
        errno = 0;
        unsigned long long number = strtoull(text, &end, 10);
        limit = errno == 0 && end != text && number > 0 ? number : UINT64_MAX;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return limit;
}

uint64_t machine_memory_within(const char *limit_path)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size = sysconf(_SC_PAGESIZE);
    uint64_t all = pages < 1 || page_size < 1 ? 0 : (uint64_t)pages * (uint64_t)page_size;
    uint64_t limit = limit_of(limit_path);
    return limit < all ? limit : all;
}

uint64_t machine_memory(void)
{
    return machine_memory_within(GROUP_LIMIT);
}
