/* outliers: values that lie apart from the others (Tukey, Exploratory Data Analysis, 1977): by more
 * than 1.5 times the distance between the quartiles beyond the nearer quartile, "far" by more than
 * 3 times. They are to be told of, not dropped: a server that is slow in one run of ten is just
 * that. Pure. */
#ifndef OUTLIERS_H
#define OUTLIERS_H

#include <stdbool.h>
#include <stddef.h>

/* Fewer values than this have no quartiles to speak of. */
enum { OUTLIERS_LEAST = 5 };

enum outlier { OUTLIER_NONE, OUTLIER_MILD, OUTLIER_FAR };

struct fences {
    bool known;               /* at least OUTLIERS_LEAST values */
    double low, high;         /* beyond them: apart */
    double far_low, far_high; /* beyond them: far */
};

/* sorted: none NaN. Quartiles by linear interpolation, as gsl_stats_quantile_from_sorted_data. */
struct fences outliers_fences(const double sorted[], size_t count);

/* NONE also for NaN, and for any value while the fences are not known. */
enum outlier outliers_class(const struct fences *fences, double value);

/* "mild", "far"; "" for NONE. */
const char *outliers_text(enum outlier outlier);

#endif
