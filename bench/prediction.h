/* prediction: what queueing theory says of an experiment along the offered rate, beside what was
 * measured.
 *
 * The experiment's x is the rate of a Poisson process of requests, each on a connection of its own,
 * which ask for a known work (SLEEP or SPIN, constant or exponential). A prediction needs to know
 * what a request takes beyond that work. It is measured apart from the curve, for each model in
 * runs of constant work (the medians of three): `alone`, the response time of a client whom nobody
 * disturbs, and `busy`, the time between two replies of a server that has always something to do.
 * What the server spends for itself is busy; alone - busy goes by in the client and in waking up,
 * delays each request and keeps nobody waiting. Nothing is fitted to the curve.
 *
 *     model                           work    the mean response time is
 *     one-at-a-time, multiplexed      any     M/G/1 in turn (Pollaczek-Khinchine; for exponential
 *                                             work M/M/1 but for the constant busy - work, for
 *                                             constant work M/D/1), + alone - busy
 *     all others                      SLEEP   work + what alone takes beyond it: nobody waits
 *     all others, on one processor    SPIN    processor sharing, + alone - busy
 *
 * The workers of the pools are so many that a request hardly ever waits for one below saturation.
 * On several processors there is no prediction for SPIN there, nor on another host, of which it is
 * not known how many it has.
 *
 * In the experiment's JSON:
 *
 *     "theory": [{"label", "law", "work_us", "alone_us", "busy_us", "points": [[x, us], ...],
 *                 "measured": [[x, us], ...], "words"}, ...],
 *     "theory_left_out": why there is none for some models; absent otherwise
 *
 * with the mean response times: points those that are predicted, up to where the queue would grow
 * for ever; measured the means over the blocks. Of these, other than elsewhere, also those runs
 * count that are NON-STATIONARY or SERVER-SATURATED: at high load a queue is long in some runs and
 * short in others by chance, and to leave out the long ones would be to choose. busy_us is null
 * where the law has no use for it. */
#ifndef PREDICTION_H
#define PREDICTION_H

#include "experiment.h"

enum prediction_law {
    PREDICTION_NONE,
    PREDICTION_IN_TURN, /* one at a time, first come, first served */
    PREDICTION_SHARED,  /* all at once on one processor */
    PREDICTION_APART,   /* all at once, and nobody in anybody's way */
};

struct prediction_work {
    const char *command; /* "SLEEP" or "SPIN" */
    double work_us;      /* its mean */
    bool exponential;
};

/* Of a model with so many processors; 0: not known. */
enum prediction_law prediction_law(const char *model, const char *command, int cpus);

/* The mean response time in us at `rate` requests a second; INFINITY when the queue grows for ever.
 * Pure. */
double prediction_mean_us(enum prediction_law law, const struct prediction_work *work,
                          double alone_us, double busy_us, double rate);

/* Makes a defined experiment one with predictions: adds to its course, its JSON and what is shown.
 * False when memory is short. */
bool prediction_attach(struct experiment *e, const struct prediction_work *work);

#endif
