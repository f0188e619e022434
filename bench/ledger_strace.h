/* ledger_strace: system calls of a program and all it forks, counted by strace(1): for those who
 * may trace what they start, but not ask the kernel for its tracepoints.
 *
 * The program runs many times slower, and what is counted is all of it, from its exec to its end.
 */
#ifndef LEDGER_STRACE_H
#define LEDGER_STRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* It is installed, and this system lets it trace: tried with a program that does nothing. */
bool strace_is_usable(void);

enum { STRACE_WORDS = 5 };

/* Writes strace's words, those of the program and a NULL to argv, which has room for `most`; words
 * beyond that are left out. The table goes to path. strace ends when the program has, with the same
 * status; a signal must be sent to the program itself. */
void strace_compose(const char *argv[], size_t most, const char *const program[], const char *path);

/* Calls in all, of the table that -c prints. -1 when there is no line "total". */
int64_t strace_parse_total(FILE *table);

/* The same of the file, which is removed. */
int64_t strace_take_total(const char *path);

#endif
