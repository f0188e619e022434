/* run_parts: what the parts of a run share: run.c has the server and the whole, run_client.c the
 * client and whoever is there beside it. */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process.h"
#include "run.h"

/* Where the servers that the suite starts listen. */
extern const char run_host[];

/* Sets the outcome and, as with printf, the detail, in which bytes that are not printable become
 * '?'. The first thing that goes wrong decides: what follows from it is not news. */
void run_fail(struct run *run, enum run_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Its ready line names the other host that runs the server. */
bool run_is_elsewhere(const struct run *run);

/* What we have started, or under strace what that has started in our group. */
pid_t run_serving_pid(const struct run *run, const struct process *server);

/* Appends words up to a NULL, which it appends as well; words may be NULL. Returns the number of
 * all without it. */
size_t run_add_words(const char *argv[], size_t count, const char *const *words);

/* Carries out the client, and beside it the companions of its workload, if there are any. */
void run_clients(struct run *run, const struct process *server, uint16_t port,
                 const struct run_setting *setting);

#endif
