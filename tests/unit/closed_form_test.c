/* The closed forms against a queue that is played through request by request. */
#include <criterion/criterion.h>
#include <math.h>

#include "closed_form.h"

enum { MOST = 20000 };

static const double quantiles[] = {0.5, 0.9, 0.95, 0.99, 0.999};
enum { QUANTILES = sizeof quantiles / sizeof *quantiles };

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

struct queue {
    double window, service, rate;
    double freeze_at, freeze; /* no request is begun in this time, and one in service is held up */
};

/* Waits until the begin of service, and until its end, of all requests that fall due within the
 * window; returns how many. */
static int play(const struct queue *q, double *waits, double *responses)
{
    int count = (int)(q->window * q->rate);
    double free_at = 0;
    for (int i = 0; i < count; i++) {
        double due = i / q->rate, begin = fmax(due, free_at), end = begin + q->service;
        if (begin < q->freeze_at + q->freeze && end > q->freeze_at)
            end = q->freeze_at + q->freeze + fmin(q->service, end - q->freeze_at);
        waits[i] = begin - due;
        responses[i] = end - due;
        free_at = end;
    }
    return count;
}

static double quantile(const double *sorted, int count, double p)
{
    return sorted[(int)ceil(p * count) - 1];
}

static void compare_freeze(const struct closed_form_freeze *f)
{
    static double waits[MOST], responses[MOST];
    struct queue q = {f->window, f->service, f->rate, 1, f->freeze};
    int count = play(&q, waits, responses);
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += responses[i];
    qsort(responses, (size_t)count, sizeof *responses, compare);
    cr_expect_float_eq(closed_form_freeze_mean(f), sum / count, 0.001);
    for (int i = 0; i < QUANTILES; i++) {
        double played = quantile(responses, count, quantiles[i]);
        double formula = closed_form_freeze_quantile(f, quantiles[i]);
        cr_expect(fabs(played - formula) < 0.002, "p%g: %g, played %g", 100 * quantiles[i], formula,
                  played);
    }
}

Test(closed_form, freeze_is_what_a_queue_does)
{
    compare_freeze(&(struct closed_form_freeze){10, 1, 0.0001, 1000});
    compare_freeze(&(struct closed_form_freeze){10, 1, 0.0005, 1000});
    compare_freeze(&(struct closed_form_freeze){4, 0.4, 0.0004, 500});
}

/* 1 s of 10, a thousand requests a second that take 0.1 ms each. */
Test(closed_form, freeze_in_figures)
{
    const struct closed_form_freeze f = {10000, 1000, 0.1, 1};
    cr_expect_float_eq(closed_form_freeze_quantile(&f, 0.5), 0.1, 0.001);
    cr_expect_float_eq(closed_form_freeze_quantile(&f, 0.9), 100.1, 0.001);
    cr_expect_float_eq(closed_form_freeze_quantile(&f, 0.95), 550.1, 0.001);
    cr_expect_float_eq(closed_form_freeze_quantile(&f, 0.99), 910.1, 0.001);
    cr_expect_float_eq(closed_form_freeze_mean(&f), 55.66, 0.01);
}

Test(closed_form, overload_is_what_a_queue_does)
{
    static double waits[MOST], responses[MOST];
    struct queue q = {1, 0.0011, 2000, INFINITY, 0};
    int count = play(&q, waits, responses);
    qsort(waits, (size_t)count, sizeof *waits, compare);
    for (int i = 0; i < QUANTILES; i++)
        cr_expect_float_eq(closed_form_overload_quantile(1, 0.0011, 2000, quantiles[i]),
                           quantile(waits, count, quantiles[i]), 0.002);
}
