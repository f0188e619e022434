#include "closed_form.h"

#include <math.h>

static double idle_share(const struct closed_form_freeze *f)
{
    return 1 - f->rate * f->service;
}

double closed_form_freeze_quantile(const struct closed_form_freeze *f, double p)
{
    return fmax(0, f->freeze - (1 - p) * idle_share(f) * f->window) + f->service;
}

double closed_form_freeze_mean(const struct closed_form_freeze *f)
{
    return f->freeze * f->freeze / (2 * idle_share(f) * f->window) + f->service;
}

double closed_form_overload_quantile(double window, double service, double rate, double p)
{
    return (rate * service - 1) * p * window;
}
