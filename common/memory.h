/* memory: what this process holds, as its allocator and the kernel tell.
 *
 * Of this process alone: a forked child has memory of its own, of which it shares with its parent
 * the pages that neither has written since. Usable from any thread and after a fork. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

enum { MEMORY_UNKNOWN = -1 };

/* In bytes; MEMORY_UNKNOWN where the kernel cannot be asked: no /proc, or no descriptor to read it
 * with. */
struct memory {
    int64_t allocated; /* by malloc and not freed, in all threads (mallinfo2); 0 under a sanitizer
                          that brings its own malloc */
    int64_t resident;  /* pages in RAM, code and shared ones included (VmRSS) */
    int64_t peak;      /* the most that was resident at once (VmHWM) */
};

struct memory memory_now(void);

/* From now on what a long request or reply needed goes back to the kernel when it is freed, and
 * malloc keeps about MEMORY_KEPT_BYTES for each thread that serves, or process: left to itself
 * glibc learns from the largest block that was ever freed and keeps twice that, up to 64 MiB, for
 * each. Blocks below that size, of which common replies need some, are still reused without a
 * system call. At start-up, before there are threads. */
enum { MEMORY_KEPT_BYTES = 1 << 20 };
void memory_keep_little(void);

/* Occupies so many bytes for as long as the process lives, with each page written to: what a
 * program has that keeps much in memory. In pages of the usual small size, as a heap that grew bit
 * by bit has: how much of it the kernel would gather in huge ones is a matter of its settings, and
 * fork, which copies an entry for each page, would be cheap with them. 0 occupies nothing. Returns
 * 0, or -1 with errno. */
int memory_occupy(size_t bytes);

#endif
