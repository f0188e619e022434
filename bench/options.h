/* options: the command line of the suite driver. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "catalogue.h"
#include "option.h"

enum { OPTIONS_AGAINST_MOST = 8 };

/* Where server and client are, see setups.h. */
enum options_cpus { OPTIONS_CPUS_OPEN, OPTIONS_CPUS_APART, OPTIONS_CPUS_SHARED, OPTIONS_CPUS_BOTH };

/* What people start; the driver speaks in its name. */
#define OPTIONS_PROGRAM "bench/run.sh"

/* What may be asked for; a results file that tells other amounts was not written by a suite. */
extern const struct option_range options_blocks, options_seed, options_run_ns, options_budget_ns;
#define OPTIONS_HALF_WIDTH_LEAST 0.001

struct options {
    bool quick, list;
    bool no_counting;  /* leave out the counting runs */
    bool check;        /* look at the options as far as that needs no server, and run nothing */
    const char *suite; /* its kind, see experiments.h */
    const char *models, *workloads;        /* comma lists; NULL: all */
    const char *experiments;               /* likewise, of those of the suite */
    const char *server_cpus, *client_cpus; /* NULL: chosen from what is allowed */
    const char *out;                       /* NULL: a new folder under bench/results */
    const char *hosts;  /* where server and clients run, see hosts/run.sh; NULL: here */
    const char *bin;    /* NULL: the folder of this program */
    const char *report; /* the program that makes report.html; NULL: none */
    int64_t blocks;     /* 0: as many as the kind of suite has */
    bool blocks_auto;   /* as many as half_width needs and budget_ns allows */
    double half_width;  /* wanted of the intervals, as in blocks.h */
    int64_t budget_ns;  /* for all runs */
    int64_t run_ns;     /* measured time of one run; 0: as long as the kind of suite has */
    uint32_t seed;      /* never 0 */

    struct catalogue_model against[OPTIONS_AGAINST_MOST]; /* references, see reference.h */
    size_t against_count;
    enum options_cpus cpus;
    const char *resume;   /* the folder of a suite to go on with; NULL: a new one */
    const char *planning; /* an option that was given and plans a suite; NULL: none */
};

/* Ends the program for --help and for wrong use (one line, exit status 2). */
void options_parse(struct options *options, int argc, char **argv);

#endif
