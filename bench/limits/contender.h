/* contender: one of the servers that are measured, as a process that is ready for clients.
 *
 * Texts that tell why go to a buffer of CONTENDER_WHY_BYTES. */
#ifndef CONTENDER_H
#define CONTENDER_H

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalogue.h"
#include "process.h"

enum { CONTENDER_WHY_BYTES = 256 };

/* Where things are, and where they are to run. */
struct stage {
    char bin[PATH_MAX];         /* the folder of our programs */
    char result_path[PATH_MAX]; /* for the client's result */
    struct catalogue models;
    cpu_set_t server_cpus, client_cpus;
};

struct contender {
    struct process process;
    uint16_t port; /* on 127.0.0.1 */
};

enum contender_start {
    CONTENDER_READY,
    CONTENDER_UNKNOWN, /* there is no such model or program, or not with these options */
    CONTENDER_FAILED,
    CONTENDER_INTERRUPTED,
};

/* Starts a server, written as rows.h says. Unless it is ready there is no process left. */
enum contender_start contender_start(struct contender *contender, const char *server,
                                     const struct stage *stage, char *why);

/* Asks it to end, and sees to it that neither it nor a process of its own is left. False with a
 * reason when it had ended before, or did not end by this signal or with exit status 0. */
bool contender_stop(struct contender *contender, char *why);

#endif
