/* catalogue: the models and workloads there are, and those that were chosen.
 *
 * Models are what the servers answer to --list-models; workloads are the files of a folder, and any
 * other file given by its path. Functions return false with one line in error. */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checksum.h"
#include "companion.h"

enum {
    CATALOGUE_MODELS_MOST = 32,
    CATALOGUE_WORKLOADS_MOST = 64,
    CATALOGUE_NAME_BYTES = 64,
    CATALOGUE_TEXT_BYTES = 256,
    CATALOGUE_EXPECTED_BYTES = 1024,
    CATALOGUE_OPTIONS_MOST = 8, /* of a server, for one workload */
    CATALOGUE_PATH_BYTES = 1024,
    CATALOGUE_ERROR_BYTES = 1280,
};

/* What a row of the tables is about. */
enum catalogue_kind {
    CATALOGUE_MODEL,
    CATALOGUE_REDIS,   /* for reference: redis-server, a fresh one in each run */
    CATALOGUE_ADDRESS, /* for reference: a server that runs, whose and how is not known */
};

struct catalogue_model {
    char name[CATALOGUE_NAME_BYTES];
    char description[CATALOGUE_TEXT_BYTES];
    char server[CATALOGUE_PATH_BYTES]; /* the program that has it; "" for an address */
    enum catalogue_kind kind;
    char host[CATALOGUE_NAME_BYTES]; /* of an address, as the next two */
    uint16_t port;
    bool near;                     /* it is of 127.0.0.0/8 */
    char checksum[CHECKSUM_BYTES]; /* of the program; "": not known */
};

/* A row for comparison, no model of ours. In a catalogue these come behind all models. */
static inline bool catalogue_is_reference(const struct catalogue_model *model)
{
    return model->kind != CATALOGUE_MODEL;
}

struct catalogue_workload {
    char name[CATALOGUE_NAME_BYTES]; /* of its file, without .ini */
    char question[CATALOGUE_TEXT_BYTES];
    char expected[CATALOGUE_EXPECTED_BYTES]; /* "": nothing */
    char path[CATALOGUE_PATH_BYTES];
    /* The section [bench] of its file. */
    struct companion_orders companions;
    char server_options[CATALOGUE_TEXT_BYTES]; /* words between blanks, at most OPTIONS_MOST */
    char also_valid[CATALOGUE_TEXT_BYTES];     /* verdicts between blanks, see catalogue_counts */
    char checksum[CHECKSUM_BYTES];             /* of its file */
    int64_t course_ns;                         /* step of its course in time; 0: not shown */
    bool shares_cpus;                          /* run in the second set-up, see setups.h */
};

struct catalogue {
    size_t models_count, workloads_count;
    struct catalogue_model models[CATALOGUE_MODELS_MOST];
    struct catalogue_workload workloads[CATALOGUE_WORKLOADS_MOST];
};

/* The first model of this server is what the others are compared with. */
#define CATALOGUE_BASE_SERVER "server_iterative"

/* The models of this one serve their clients in child processes. */
#define CATALOGUE_FORK_SERVER "server_fork"

/* Asks each server in the folder bin for its models. */
bool catalogue_find_models(struct catalogue *c, const char *bin, char error[CATALOGUE_ERROR_BYTES]);

/* The *.ini files of a folder: those of the lecture first, then the others of this bench, then any
 * by name. */
bool catalogue_find_workloads(struct catalogue *c, const char *folder,
                              char error[CATALOGUE_ERROR_BYTES]);

/* Whether runs with this verdict count under the workload: VALID always does, and others when the
 * file says so because they are what it is there to show: its key also-valid names one or several
 * of ERRORS, STARVED, SERVER-SATURATED and NON-STATIONARY. */
bool catalogue_counts(const struct catalogue_workload *workload, const char *verdict);

/* The verdict is one of those in the text, which stand between blanks. */
bool catalogue_lists(const char *verdicts, const char *verdict);

/* Keeps the seven of the lecture. */
void catalogue_choose_lecture(struct catalogue *c);

/* Keeps those named in a comma list, in its order. An item of the workload list that has a slash or
 * ends in .ini is the path of a file. */
bool catalogue_choose_models(struct catalogue *c, const char *list,
                             char error[CATALOGUE_ERROR_BYTES]);
bool catalogue_choose_workloads(struct catalogue *c, const char *list,
                                char error[CATALOGUE_ERROR_BYTES]);

#endif
