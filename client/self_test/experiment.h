/* experiment: a run of the client against the reference server, undisturbed or sabotaged. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include <stdint.h>

#include "reference_server.h"
#include "trial.h"

enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_STOP, /* the client's process is stopped for EXPERIMENT_STOP_NS */
    SABOTAGE_HOG,  /* other processes compute on the client's CPU for the whole run */
};
#define EXPERIMENT_STOP_NS INT64_C(200000000)

struct experiment {
    struct reference_server_plan server;
    const char *arguments; /* of the client, split at blanks */
    enum sabotage sabotage;
};

/* Where to run it. */
struct experiment_place {
    int server_cpu, client_cpu; /* CHILD_ANY_CPU; a hog needs the client's */
    int interruptfd;            /* readable when all is to end */
};

struct observation {
    struct trial_result client;
    struct reference_server_record server;
};

enum experiment_end {
    EXPERIMENT_DONE,
    EXPERIMENT_BROKEN, /* a process could not be started, or gave no result */
    EXPERIMENT_INTERRUPTED,
};

/* Takes seconds; no process is left whatever happens. Only DONE fills the observation. */
enum experiment_end experiment_run(const struct experiment *e, const struct experiment_place *place,
                                   struct observation *o);

#endif
