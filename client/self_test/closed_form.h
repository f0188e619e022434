/* closed_form: latencies that follow from arithmetic alone, for the client to be compared with.
 *
 * One connection to a server that answers one request after another, each in the same time, and
 * requests that fall due at equal distances. Times are in any one unit, rates in its reciprocal;
 * p is a probability from 0 to 1. */
#ifndef CLOSED_FORM_H
#define CLOSED_FORM_H

/* The server freezes once for `freeze`, and what piled up is then worked off, all of it within
 * `window`. With rho = rate * service < 1, a request that is due t after the begin of the freeze
 * waits freeze - (1 - rho) t beyond its service, for 0 <= t <= freeze / (1 - rho). */
struct closed_form_freeze {
    double window, freeze, service, rate;
};

/* freeze - (1 - p)(1 - rho) window + service, and service alone where that is less. */
double closed_form_freeze_quantile(const struct closed_form_freeze *f, double p);

/* freeze^2 / (2 (1 - rho) window) + service */
double closed_form_freeze_mean(const struct closed_form_freeze *f);

/* How long a request waits until the connection is free for it, where rho > 1 and the queue was
 * empty at the begin of the window: a request due after t waits (rho - 1) t. */
double closed_form_overload_quantile(double window, double service, double rate, double p);

#endif
