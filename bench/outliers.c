#include "outliers.h"

#include <gsl/gsl_statistics_double.h>

struct fences outliers_fences(const double sorted[], size_t count)
{
    if (count < OUTLIERS_LEAST)
        return (struct fences){.known = false};
    double lower = gsl_stats_quantile_from_sorted_data(sorted, 1, count, 0.25);
    double upper = gsl_stats_quantile_from_sorted_data(sorted, 1, count, 0.75);
    double middle = upper - lower;
    return (struct fences){.known = true,
                           .low = lower - 1.5 * middle,
                           .high = upper + 1.5 * middle,
                           .far_low = lower - 3 * middle,
                           .far_high = upper + 3 * middle};
}

enum outlier outliers_class(const struct fences *fences, double value)
{
    if (!fences->known)
        return OUTLIER_NONE;
    if (value < fences->far_low || value > fences->far_high)
        return OUTLIER_FAR;
    return value < fences->low || value > fences->high ? OUTLIER_MILD : OUTLIER_NONE;
}

const char *outliers_text(enum outlier outlier)
{
    static const char *const texts[] = {
        [OUTLIER_NONE] = "", [OUTLIER_MILD] = "mild", [OUTLIER_FAR] = "far"};
    return texts[outlier];
}
