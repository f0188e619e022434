/* target: the server under soak as a process: started, looked at, ended.
 *
 * It leads a process group of its own and dies with this program. No function prints; for the main
 * thread. */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server.h"

struct target {
    pid_t pid;            /* and its process group */
    int out;              /* its standard output: read end of a pipe */
    int err;              /* its standard error: a file in memory */
    struct server server; /* only its address is set: what peer_connect needs */
    char name[128];       /* model and variant */
    bool serves_many;     /* false for the model with one client at a time */
    bool forks;           /* clients are served by processes of their own; set by the caller */
    bool has_threads;     /* by threads; set by the caller, too */
};

/* Starts arguments[0], a path; a NULL ends them. False if it says no ready line in time; what it
 * complained of is to be shown then. */
bool target_start(struct target *t, char *const arguments[]);

/* Asks it to end, and awaits that. Returns NULL and its served line in *served, to be freed; or
 * what was wrong: it does not end, its status, its last words, processes that were left. */
const char *target_stop(struct target *t, char **served);

/* Copies the last of what it has complained of to our standard error. Before target_stop or after.
 */
void target_show_complaints(const struct target *t);

/* True if that is in what it has complained of. */
bool target_complained_of(const struct target *t, const char *text);

/* True while its head runs. */
bool target_runs(const struct target *t);

/* What the processes of the group hold together; zombies are processes. */
struct holdings {
    int descriptors, threads, processes;
    int64_t pss_kib; /* proportional set size: a page that n processes share counts 1/n for each */
    int64_t allocated_kib; /* by malloc and not freed, as the process that answers tells; 0 from
                              target_holdings, which does not ask */
};
struct holdings target_holdings(const struct target *t);

/* True while a process of the group is stopped by a signal. */
bool target_is_stopped(const struct target *t);

/* The processes of the group, zombies included; at most so many. Returns how many it has stored. */
size_t target_members(const struct target *t, pid_t *members, size_t most);

/* The lowest descriptor that a process does not have. */
int target_free_descriptor(pid_t pid);

#endif
