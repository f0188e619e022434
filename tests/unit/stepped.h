/* stepped: a process that is killed at a chosen instruction, so that a test can try them all. */
#ifndef STEPPED_H
#define STEPPED_H

#include <sys/types.h>

/* In a child of the test: stops it where it is, for its parent to let it go on. */
void stepped_begin(void);

/* In the parent: awaits that, lets the child go so many instructions far, kills it there, and reaps
 * it. Skips the test if it may not trace (ptrace(2)). */
void stepped_kill_after(pid_t pid, int instructions);

#endif
