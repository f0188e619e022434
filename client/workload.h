/* workload: what a run asks of a server, read from a commented INI file.
 *
 *     ; one line that says what the file is for
 *     [workload]
 *     question = What does it cost to accept a client, answer one request and close?
 *     [load]
 *     connections = 50
 *     requests-per-connection = 1
 *     pipeline = 1
 *     think = 0
 *     [request]
 *     command = PING
 *
 * Only `command` must be there; what is left out has the value of WORKLOAD_DEFAULT. Counts and
 * times are written as on the command line (5k, 100ms; a bare time is in seconds). The command is
 * split at blanks; "..." keeps blanks together, and inside it \" and \\ stand for a quote and a
 * backslash. Its words are templates (template.h). A ';' after a blank begins a comment.
 *
 * Nothing here is kept between calls, but the INI library has settings for the whole process: read
 * files from one thread at a time. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "option.h"

enum { WORKLOAD_ERROR_BYTES = 512, WORKLOAD_LINE_BYTES = 65536 };

struct workload {
    char *question; /* NULL when the file asks none */
    int64_t connections;
    int64_t requests_per_connection; /* 0: for ever */
    int64_t pipeline;
    int64_t think_ns;
    int argc;
    char **argv; /* the command's words, argv[argc] is NULL */
};

#define WORKLOAD_DEFAULT ((struct workload){.connections = 50, .pipeline = 1})

/* What the values may be, here and on the command line. */
extern const struct option_range workload_connections, workload_requests_per_connection,
    workload_pipeline, workload_think_ns;

/* Reads the file at `path` into *w, which needs no preparation and is then freed by workload_free.
 * False: *w is empty, and error holds one line that names the file, the line and the key:
 *
 *     bench/workloads/hold.ini:7: connections=0: must be a whole number from 1 to 100000 */
bool workload_read(struct workload *w, const char *path, char error[WORKLOAD_ERROR_BYTES]);
void workload_free(struct workload *w);

#endif
