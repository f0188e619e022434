/* verdict: whether the figures of a run may be believed, and in words why not.
 *
 * Each check compares a value with a limit. The checks stand in the order of their weight, and the
 * verdict is that of the first that failed: figures of a run that failed mean nothing, those of a
 * starved one describe other clients than the reader thinks, and so on. Only checks that could be
 * computed appear. */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "fairness.h"
#include "measure.h"
#include "trend.h"

enum verdict_kind {
    VERDICT_VALID,
    VERDICT_FAILED,            /* no good reply at all, or a wrong one */
    VERDICT_ERRORS,            /* more than a few requests failed */
    VERDICT_STARVED,           /* some clients got nearly all the service */
    VERDICT_GENERATOR_LIMITED, /* this client was the bottleneck */
    VERDICT_SERVER_SATURATED,  /* the server did not keep up with the offered rate */
    VERDICT_NON_STATIONARY,    /* the run was not the same from its begin to its end */
    VERDICT_INCONSISTENT,      /* the figures contradict each other */
};

/* What there is to judge; a negative value is not known. */
struct verdict_facts {
    uint64_t planned, ok, mismatches, duplicates;
    uint64_t broken;     /* answered by an error, or by the end of the connection */
    uint64_t unanswered; /* timed out, cut off, or never sent */
    struct fairness fairness;
    double cpu_busy_worst; /* of any thread of the client, 1 is a whole core */
    double lag_p99_ns, lag_p999_ns, service_p50_ns, response_p99_ns;
    double stalled_s; /* of the window, in which a thread of the client should have run */
    uint64_t sockets_missing;
    double covered_s; /* of the connections' time in the window, by requests and thoughts */
    double window_s;
    bool is_open;     /* the plan alone, or it and sessions, decided when requests came; then: */
    double rate;      /*     arrivals offered a second */
    double sent;      /*     arrivals sent within the window */
    bool is_regular;  /*     at equal distances */
    double arrival_p; /*    p-value of the arrivals under the law they were to have */
    struct trend in_flight;
    struct trend throughput, p50;
    bool is_closed;  /* each connection is always in a request or a thought: no pipeline, no end
                        before that of the window */
    bool incomplete; /* the client ran out of memory */
    const char *hopeless; /* why no connection was ever established; NULL if some was */
};

/* How the sentence of a run begins in which no connection was ever established. */
#define VERDICT_HOPELESS "no connection was established"

struct verdict_check {
    const char *name;
    double value, limit;
    bool at_least; /* the value must be at least the limit, else at most */
    bool pass;
    enum verdict_kind kind; /* the verdict if it fails */
};

enum { VERDICT_CHECKS = 16, VERDICT_TEXT_BYTES = 200 };

struct verdict {
    enum verdict_kind kind;
    const char *name;                  /* "VALID", "STARVED", ... */
    char sentence[VERDICT_TEXT_BYTES]; /* for someone who reads nothing else */
    int checks_count;
    struct verdict_check checks[VERDICT_CHECKS];
};

struct verdict verdict_of(const struct verdict_facts *facts);

/* The kind of a verdict's name, as it stands in a result. False: there is none. */
bool verdict_by_name(const char *name, enum verdict_kind *kind);

/* True if a run of the first kind is less to be believed than one of the second. */
bool verdict_is_worse(enum verdict_kind kind, enum verdict_kind than);

/* The least index of Jain that service by mere chance gives clients of so many replies each, in the
 * mean, with what is allowed for. */
double verdict_fairness_least(double mean_replies);

#endif
