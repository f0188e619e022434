/* memory: what this process holds, as its allocator and the kernel tell.
 *
 * Of this process alone: a forked child has memory of its own, of which it shares with its parent
 * the pages that neither has written since. Usable from any thread and after a fork. */
#ifndef MEMORY_H
#define MEMORY_H

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

#endif
