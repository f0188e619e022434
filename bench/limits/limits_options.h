/* limits_options: the command line of the program behind bench/limits.sh. */
#ifndef LIMITS_OPTIONS_H
#define LIMITS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "rows.h"

/* What people start; the program speaks in its name. */
#define LIMITS_PROGRAM "bench/limits.sh"

struct limits_options {
    bool list;
    bool check;             /* look at the options and run nothing */
    bool chosen[ROWS_MOST]; /* which rows; all unless --only was given */
    int64_t rounds, run_ns, idle_clients;
    uint32_t seed;   /* never 0 */
    const char *bin; /* NULL: the folder of this program */
};

/* Ends the program for --help and for wrong use (one line, exit status 2). */
void limits_options_parse(struct limits_options *options, int argc, char **argv);

#endif
