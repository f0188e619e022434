/* stepped: a process that is killed at a chosen instruction, so that a test can try them all.
 *
 *     length = stepped_length(a child, &counter)      counter: in shared memory, raised at the end
 *     for (n = 0; n < length; n += stepped_stride(length, steps))
 *         stepped_kill_after(another child, n)
 *
 * The first thing that the child does is stepped_begin. The functions of the parent skip the test
 * if it may not trace (ptrace(2)). */
#ifndef STEPPED_H
#define STEPPED_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* In the child: stops it where it is, for its parent to let it go on. */
void stepped_begin(void);

/* How many instructions the child executes until the counter is not 0. Kills and reaps it. */
int stepped_length(pid_t pid, _Atomic int64_t *counter);

/* At every how many of them to kill, so that all rounds together take so many steps, however much
 * longer a sanitizer makes the way. */
int stepped_stride(int length, int64_t steps);

/* Lets the child go so many instructions far, kills it there, and reaps it. */
void stepped_kill_after(pid_t pid, int instructions);

#endif
