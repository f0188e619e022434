/* process: a program started as a child, waited for with deadlines, and ended for certain.
 *
 * Each child leads a process group of its own, gets /dev/null as its standard input, has its
 * standard error kept in memory, runs on the CPUs it is given and dies with this program. Deadlines
 * are moments of clock_now_ns. A struct process must not be copied between start and close. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { PROCESS_LINE_BYTES = 4096, PROCESS_TEXT_BYTES = 160 };

struct process {
    pid_t pid;           /* also that of its group; 0 when there is no such child, or no longer */
    int pidfd;           /* readable when it has ended */
    int outfd;           /* its standard output; -1 when that is discarded */
    int errfd;           /* what it wrote to standard error */
    int status;          /* once reaped, as wait4 gave it */
    struct rusage usage; /* once reaped: of itself and of the children it waited for */
    size_t out_start, out_end; /* output read but not yet handed out */
    char out[PROCESS_LINE_BYTES];
};

/* Starts argv[0], a path or a name to be looked up in PATH. cpus NULL: no pinning.
 * False with errno set when there is no process; a program that cannot be run shows as exit status
 * 127 with the reason in process_message. */
bool process_start(struct process *p, const char *const argv[], bool keep_output,
                   const cpu_set_t *cpus);

/* The same with a child that waits, before it becomes argv[0], until attach(pid, context) has
 * returned in this program: what is to count or confine all it does is put on it there. */
bool process_start_attached(struct process *p, const char *const argv[], bool keep_output,
                            const cpu_set_t *cpus, void (*attach)(pid_t pid, void *context),
                            void *context);

enum process_line {
    PROCESS_LINE,      /* a line is there, without its end */
    PROCESS_NO_LINE,   /* the output or the process ended */
    PROCESS_LINE_LATE, /* the deadline passed */
    PROCESS_LINE_LONG, /* longer than PROCESS_LINE_BYTES */
    PROCESS_LINE_INTERRUPTED,
};
/* The next line of its output, of which up to PROCESS_LINE_BYTES bytes are stored with a NUL. */
enum process_line process_read_line(struct process *p, char line[PROCESS_LINE_BYTES],
                                    int64_t deadline_ns);

enum process_wait {
    PROCESS_ENDED,
    PROCESS_PEER_ENDED,
    PROCESS_LATE,
    PROCESS_INTERRUPTED,
    PROCESS_SAID, /* of process_wait_line only */
};
/* Waits until p has ended, or before that its peer (may be NULL). Reaps neither. */
enum process_wait process_wait(const struct process *p, const struct process *peer,
                               int64_t deadline_ns);

/* The same, but also until p, whose output must be kept, has printed a line, which is then stored
 * without its end. Lines printed before its end come before it; one that is too long is lost. */
enum process_wait process_wait_line(struct process *p, const struct process *peer,
                                    char line[PROCESS_LINE_BYTES], int64_t deadline_ns);

/* Reaps it; before that, asks it with SIGTERM to end and waits, or does not ask (kill), and ends
 * its whole group with SIGKILL. False when it had to be killed though it was asked. Interrupts do
 * not shorten this. Harmless when there is no such child any more. */
bool process_stop(struct process *p, int64_t deadline_ns);
void process_kill(struct process *p);

/* The last line it wrote to standard error, printable; "" if none. Returns text. */
char *process_message(const struct process *p, char text[PROCESS_TEXT_BYTES]);

/* How a reaped one ended: "exit status 1", "signal 11 (Segmentation fault)". Returns text. */
char *process_status_text(int status, char text[PROCESS_TEXT_BYTES]);

/* Gives the descriptors back. The process must have been reaped. */
void process_close(struct process *p);

/* Runs a program to its end, with at most `bytes` of its output stored with a NUL. False, with a
 * reason in error, unless it ended with exit status 0 in time and the output fitted. */
bool process_capture(const char *const argv[], int64_t deadline_ns, char *output, size_t bytes,
                     char error[PROCESS_TEXT_BYTES]);

#endif
