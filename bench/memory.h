/* memory: what a server and its children occupy, the kernel's share for them included.
 *
 *     PSS           pages of each process; a page that n processes share counts as 1/n in each, so
 *                   that the sum over a parent and its forked children counts it once
 *                   (Pss_Anon and Pss_Shmem of /proc/PID/smaps_rollup). Pages of files are left
 *                   out: a client's program that maps the same library would halve the server's
 *                   share, and seem to make it smaller
 *     page tables   the kernel's, for each process (VmPTE of /proc/PID/status)
 *     stacks        the kernel's, one for each thread (Threads of the same file, times its size)
 *
 * Left out is what no file tells for one process: sockets, which cost each model the same, and the
 * kernel's records of files, memory areas and tasks. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The three together in KiB, of all processes of a group; -1 with errno when it cannot be told. One
 * that ends meanwhile is left out. */
int64_t memory_of_group_kib(pid_t group);

/* The same once it is at rest: when three readings in a row, some time apart, differ by no more
 * than 0.1 %. -1 when it is not within seconds, or cannot be told. */
int64_t memory_at_rest_kib(pid_t group);

/* The kernel's stack of a thread: all there are (KernelStack of /proc/meminfo) divided by the
 * number of threads of the system, to the nearest power of two. 16 where that cannot be told. */
int64_t memory_kernel_stack_kib(void);

#endif
