/* process: a program under test: started, watched, ended, and looked for afterwards.
 *
 * The program leads a process group of its own. Its standard output is a pipe that the processes it
 * forks hold as well, so that end of file on it means: nobody of that family is left. Its standard
 * error is kept in memory. It is killed when the test dies before it.
 *
 * The functions fail the running test when the system fails them or a deadline passes; call them
 * from the test's own thread. No product code is linked here: the same runner tests instrumented
 * builds. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How long anything may take that should be a matter of milliseconds. It bounds a failing test and
 * is never waited out by a passing one. */
enum { PATIENCE_S = 20 };

struct process {
    pid_t pid;  /* and its process group */
    int out;    /* what it prints: read end of a pipe */
    int err;    /* what it complains: a file in memory */
    char *text; /* printed and not yet asked for; ends with a NUL */
    size_t length;
};

/* Starts arguments[0], a path or a name looked up in PATH; the list ends with NULL. */
void process_start(struct process *p, const char *const arguments[]);

/* Programs started from now on begin with all signals blocked, as they inherit it from some who
 * start them. */
void process_block_signals(void);

/* Programs started from now on are this user's, who must be able to reach them. Of root only. */
void process_run_as(uid_t user);

/* From now on a child that a program leaves unreaped comes to this test, and not to init, and so is
 * found by process_wait. Not for the test runner, whose library would wait for such a child. */
void process_adopt_orphans(void);

/* The next line it prints, without the line end, to be freed; NULL at end of file. */
char *process_line(struct process *p);

/* Sends it a signal; 0 for none. Where ThreadSanitizer is built in, a handler that is due just
 * before a blocking call may be put off until after it, so there a program that sleeps is awaited
 * first, for a moment. */
void process_signal(const struct process *p, int signal_number);

/* Awaits the end of the whole family and gives the status of its head as waitpid does. What it
 * printed stays in p->text. Fails the test if a child was left for others to reap. */
int process_wait(struct process *p);

/* What it has written to standard error so far, to be freed. */
char *process_errors(const struct process *p);

/* Awaits that `text` appears on standard error. */
void process_await_error(const struct process *p, const char *text);

/* Gives memory and descriptors back; the process must have been waited for. */
void process_free(struct process *p);

/* What a process holds now. */
struct census {
    int descriptors; /* open in the head */
    int threads;     /* of the head */
    int processes;   /* in the group, zombies included */
};
struct census process_census(const struct process *p);

/* The processes of the group that run (zombies do not), its head first; at most so many are stored.
 * Returns how many there are. */
size_t process_members(const struct process *p, pid_t *members, size_t most);

/* The resident memory of all processes of the group, in KiB. */
int64_t process_memory_kb(const struct process *p);

/* Awaits that the process holds no more than it did, and fails the test if that does not come. */
void process_await_census(const struct process *p, struct census base);

/* Awaits a moment at which each thread of each process of the group waits for something. */
void process_await_asleep(const struct process *p);

/* Runs a program to its end. Standard output and error come back as text, to be freed. */
struct outcome {
    int status; /* exit status; 128 + signal if one ended it */
    char *out, *err;
};
struct outcome process_run(const char *const arguments[]);
void outcome_free(struct outcome *o);

/* The exit status from a status of waitpid; 128 + signal if one ended it. */
int process_exit_status(int wait_status);

/* True if a program of that name is in PATH. */
bool program_exists(const char *name);

/* For conditions that no event announces: a millisecond's pause between two looks. */
void pause_ms(void);

#endif
