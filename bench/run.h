/* run: one run: a fresh server of one model, the client with one workload on it, and the end of
 * both.
 *
 * Nothing that goes wrong in a run ends the suite: it is the run's outcome. */
#ifndef RUN_H
#define RUN_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalogue.h"
#include "cpus.h"
#include "ledger.h"

enum run_outcome {
    RUN_MEASURED,           /* and the server ended as it should */
    RUN_SERVER_NOT_STARTED, /* no sound ready line in time */
    RUN_SERVER_DIED,        /* before it was asked to end, or by a signal */
    RUN_SERVER_STUCK,       /* did not end when asked */
    RUN_SERVER_FAILED,      /* ended with another status than 0, or without its served line */
    RUN_SERVER_LEFT,        /* left a process or an open port behind */
    RUN_CLIENT_FAILED,      /* could not run, did not end, or ended with another status than 0 */
    RUN_NOBODY_SERVED,      /* beside companions, no request of the client had a good reply */
    RUN_COMPANION_FAILED,   /* a companion could not do what it was to do */
    RUN_RESULT_UNREADABLE,  /* the client's result is missing or not what it should be */
    RUN_INTERRUPTED,        /* by Ctrl-C or SIGTERM to the suite */
};

enum { RUN_DETAIL_BYTES = 256 };

struct run {
    size_t block, model, workload; /* as planned */
    size_t turn; /* in an experiment: the how-manieth of its runs this was, from 1; else 0 */
    uint64_t client_seed;
    enum run_outcome outcome;
    char detail[RUN_DETAIL_BYTES];          /* what happened, in words; "" when measured */
    const struct catalogue_workload *asked; /* NULL: no workload file */
    struct companion_report companions[COMPANION_ORDERS_MOST]; /* as asked->companions */
    bool accompanied;                                          /* they are known */
    int64_t server_cpu_us;   /* it and its children, from ready to end; -1 when not known */
    int64_t server_peak_kib; /* largest of them; -1 when not known */
    json_t *ready, *served;  /* fields of the server's lines; NULL when there was none */
    json_t *client;          /* the client's whole result; NULL when there is none */
    struct ledger ledger;
};

enum { RUN_OPTIONS_MOST = 24 }; /* of the server or of the client, without the NULL */

/* What a server is told behind --port where it runs on another host and is to be counted there; for
 * whatever stands in for it. */
#define RUN_COUNTED_WORD "--counted"

struct run_setting {
    const struct catalogue_model *model;
    const struct catalogue_workload *workload; /* NULL: what client_options say */
    const char *const *server_options; /* behind ours; NULL-terminated, as the next; NULL: none */
    const char *const *client_options; /* and behind them the command, if there is one */
    const struct cpus_division *cpus;
    const char *client;      /* the client program */
    const char *result_path; /* where the client is to write; overwritten and removed */
    int64_t warmup_ns, run_ns;
    const struct ledger_sources *sources;
    bool counting; /* the server carries counters: its times are no measurement */
};

/* Carries the run out, with the planned fields of *run set and all others zero. When it returns,
 * server, client and whatever they started are gone; it never takes longer than its times and some
 * seconds of grace for each step. */
void run_carry_out(struct run *run, const struct run_setting *setting);

/* Gives back what the run holds. */
void run_free(struct run *run);

/* "measured", "server died", ... */
const char *run_outcome_text(enum run_outcome outcome);

/* The verdict of the client, and its reason in words; "" when there is none. Good until run_free.
 */
const char *run_verdict(const struct run *run);
const char *run_verdict_text(const struct run *run);

/* Measured, and its figures count: the client vouches for them, or says of them what the workload
 * is there to show (also-valid). */
bool run_is_valid(const struct run *run);

/* The verdict of a client's result if it does not matter when the client did something: that of the
 * first check that failed, but for those of lateness. Response times of a client that was late are
 * its own as much as the server's; what was done, and at what cost, is as it is: a request that
 * came a millisecond late costs a server as much as any. */
const char *run_verdict_without_lateness(const json_t *result);

/* A client's result is GENERATOR-LIMITED although the client had sockets and processor time to
 * spare: it was late, whatever else there is to say. */
bool run_client_was_late(const json_t *result);

/* Measured, or ended in a way that answers the workload's question: nobody was served beside the
 * companions, or a server died of the crash that one of them caused. */
bool run_is_answer(const struct run *run);

/* CPU time of the server for each command it carried out; NaN when not known. */
double run_cpu_us_per_request(const struct run *run);

#endif
