/* options: the command line of the client. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "load.h"
#include "workload.h"

struct options {
    struct load load; /* complete; its request belongs to the options */
    const char *host;
    char *command;          /* its words, with blanks between them */
    const char *json, *csv; /* files to write, or NULL */
    bool quiet, once;
    struct workload workload; /* empty without --workload */
    struct request *request;
};

/* Reads the command line, and the workload file if one is named. A wrong value, a combination that
 * contradicts itself, and --help end the program. argv must outlive the options. */
void options_read(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
