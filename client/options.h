/* options: the command line of the client. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "load.h"
#include "source.h"
#include "together.h"
#include "workload.h"

struct options {
    struct load load; /* complete; its mix and its sources belong to the options */
    const char *host;
    char *command;                                     /* what is asked, in a line */
    const char *json, *csv, *hdr_log, *counter_values; /* files to write, or NULL */
    bool check;                                        /* they were sound: that is all */
    bool quiet, once, percentiles, self_test;          /* at most one of once, self_test, merging */
    int merge_count; /* files to merge; 0: something else is wanted */
    char **merge_paths;
    struct workload workload; /* empty without --workload */
    struct source_list sources;
    struct together_share share; /* which the load is already */
    struct mix *mix;
};

/* Reads the command line, and the workload file if one is named. A wrong value, a combination that
 * contradicts itself, and --help end the program. argv must outlive the options. */
void options_read(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
