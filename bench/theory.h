/* theory: what queueing theory says of a server, before anything is measured.
 *
 * Requests arrive independently of each other (Poisson) at `rate`; each needs the server for a time
 * whose mean is `service`. Rates and times are in units that belong together, as 1/s and s. The
 * sojourn is what a client sees: wait and service. With rate * service >= 1 the queue grows for
 * ever, and means and quantiles are INFINITY. Pure: no state, no allocation, no failure.
 *
 * First come, first served by one server, as the iterative model does (Kleinrock, Queueing Systems,
 * vol. 1): M/M/1 with exponential service times, M/D/1 with constant ones, M/G/1 with any.
 * All at once, and each gets an equal share of one processor, as threads and processes that
 * compute: M/G/1 with processor sharing. All at once and nobody in anybody's way, as threads and
 * processes that sleep: M/G/infinity, where the sojourn is the service, and rate * service are
 * there at a time. */
#ifndef THEORY_H
#define THEORY_H

/* Mean of the sojourn, and the time that a share p < 1 of the requests does not exceed. */
double theory_mm1_mean(double rate, double service);
double theory_mm1_quantile(double rate, double service, double p);

double theory_md1_mean(double rate, double service);
double theory_md1_quantile(double rate, double service, double p);

/* The share of requests whose wait, without their service, is at most `wait` >= 0: positive terms
 * only, and so exact to about 12 digits. NAN beyond THEORY_MD1_SERVICES services, which for a
 * utilisation of up to 0.95 only one request in 10^40 waits for. There the quantile is INFINITY. */
enum { THEORY_MD1_SERVICES = 1000 };
double theory_md1_wait_cdf(double rate, double service, double wait);

/* Mean of the sojourn from the first two moments of the service time (Pollaczek and Khinchine). */
double theory_mg1_mean(double rate, double service, double service_squared);

/* Mean of the sojourn under processor sharing, whatever the law of the service time. */
double theory_ps_mean(double rate, double service);

/* Mean number of requests at a time in M/G/infinity; it is Poisson. */
double theory_mginf_present(double rate, double service);

#endif
