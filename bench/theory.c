#include "theory.h"

#include <math.h>

double theory_mm1_mean(double rate, double service)
{
    double rho = rate * service;
    return rho < 1 ? service / (1 - rho) : INFINITY;
}

/* The sojourn is exponential too. */
double theory_mm1_quantile(double rate, double service, double p)
{
    return -log1p(-p) * theory_mm1_mean(rate, service);
}

double theory_mg1_mean(double rate, double service, double service_squared)
{
    double rho = rate * service;
    return rho < 1 ? service + rate * service_squared / (2 * (1 - rho)) : INFINITY;
}

double theory_md1_mean(double rate, double service)
{
    return theory_mg1_mean(rate, service, service * service);
}

double theory_ps_mean(double rate, double service)
{
    return theory_mm1_mean(rate, service);
}

double theory_mginf_present(double rate, double service)
{
    return rate * service;
}

/* ---- M/D/1 ---- */

/* tails[k] = P(at least k arrive during one service), which is Poisson with mean rho < 1: summed
 * from the smallest term up, from where nothing is left to be seen in a double. */
static void fill_tails(double rho, double *tails, int count)
{
    enum { BEYOND = 24 };
    double sum = 0;
    for (int k = count + BEYOND; k >= 1; k--) {
        sum += exp(k * log(rho) - rho - lgamma(k + 1));
        if (k < count)
            tails[k] = sum;
    }
}

/* below[m] = P(at most m wait in the queue, besides the one that is served). The number in the
 * system behind a departure is a Markov chain, solved by Ramaswami's recursion (Stochastic Models
 * 4, 1988), which adds where the textbook's subtracts. */
static void fill_queue(double rho, double *below, int count)
{
    double tails[THEORY_MD1_SERVICES + 3], in_system[THEORY_MD1_SERVICES + 2];
    fill_tails(rho, tails, count + 2);
    in_system[0] = 1 - rho;
    double sum = in_system[0];
    for (int i = 1; i <= count; i++) {
        double to = in_system[0] * tails[i];
        for (int j = 1; j < i; j++)
            to += in_system[j] * tails[i + 1 - j];
        in_system[i] = to / (1 - tails[1]);
        sum += in_system[i];
        below[i - 1] = sum;
    }
}

/* Franx (Operations Research Letters 29, 2001): within the k-th service the wait is at most x if,
 * by the time a client that came k services before x would have to start, j of the others have
 * come. The textbook's sum has the same value, but its terms alternate and drown each other. */
double theory_md1_wait_cdf(double rate, double service, double wait)
{
    double rho = rate * service;
    if (rho >= 1 || wait / service >= THEORY_MD1_SERVICES)
        return rho >= 1 ? 0 : NAN;
    int k = (int)(wait / service) + 1;
    double below[THEORY_MD1_SERVICES + 1], left = rate * (k * service - wait), sum = 0;
    fill_queue(rho, below, k);
    double term = exp(-left);
    for (int j = 0; j < k; j++) {
        sum += below[k - 1 - j] * term;
        term *= left / (j + 1);
    }
    return sum;
}

double theory_md1_quantile(double rate, double service, double p)
{
    double low = 0, high = service;
    if (rate * service >= 1)
        return INFINITY;
    if (p <= 1 - rate * service)
        return service; /* so many do not wait at all */
    while (theory_md1_wait_cdf(rate, service, high) < p) {
        low = high;
        high *= 2;
    }
    if (isnan(theory_md1_wait_cdf(rate, service, high)))
        high = service * THEORY_MD1_SERVICES * (1 - 1e-12);
    if (theory_md1_wait_cdf(rate, service, high) < p)
        return INFINITY;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (theory_md1_wait_cdf(rate, service, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return service + high;
}
