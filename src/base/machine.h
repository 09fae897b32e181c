#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <stdint.h>

/* The machine a process may use, at the moment of asking. Any thread. */

/* Bytes of memory: the machine's, or what the control group leaves of them, when that is less
 * (cgroup v2, memory.max). 0: not known. */
uint64_t machine_memory(void);

/* The same with the limit read from this file. */
uint64_t machine_memory_within(const char *limit_path);

#endif
