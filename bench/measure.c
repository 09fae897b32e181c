#define _DEFAULT_SOURCE /* wait4() */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Runs a command and appends one line to a file: name, wall seconds, CPU seconds, peak memory in KiB,
 * exit status, separated by tabs.
 *     measure FILE NAME COMMAND [ARGUMENT...] */

static double seconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double of_timeval(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fprintf(stderr, "usage: measure FILE NAME COMMAND [ARGUMENT...]\n");
        return 2;
    }
    double start = seconds();
    pid_t child = fork();
    if (child == 0) {
        (void)execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    int state = 0;
    struct rusage usage = {0};
    if (child < 0 || wait4(child, &state, 0, &usage) < 0) {
        perror("measure");
        return 3;
    }
    double wall = seconds() - start;
    FILE *out = fopen(argv[1], "a");
    if (out == NULL) {
        perror(argv[1]);
        return 3;
    }
    int status = WIFEXITED(state) ? WEXITSTATUS(state) : 128;
    (void)fprintf(out, "%s\t%.4f\t%.4f\t%ld\t%d\n", argv[2], wall,
                  of_timeval(usage.ru_utime) + of_timeval(usage.ru_stime), usage.ru_maxrss, status);
    return fclose(out) != 0 || status > 1 ? 3 : 0;
}
