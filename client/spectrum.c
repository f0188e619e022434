#include <inttypes.h>
#include <math.h>

#include "clock.h"
#include "report.h"

/* Between a percentile and 100 lie so many steps to the next half of the way. */
enum { STEPS_TO_HALF = 5 };

static void put_row(FILE *file, const struct histogram *h, double percentile, uint64_t rank)
{
    double beyond = 1 - percentile / 100;
    fprintf(file, "%14.3f %12.6f %12" PRIu64, (double)histogram_at_rank(h, rank) / CLOCK_US,
            percentile, rank);
    if (beyond > 0)
        fprintf(file, " %14.2f", 1 / beyond);
    fputc('\n', file);
}

/* The step is halved each time half of the rest is behind us. */
static double next(double percentile)
{
    double halvings = floor(log2(100 / (100 - percentile)));
    return percentile + 100 / (STEPS_TO_HALF * exp2(halvings + 1));
}

void report_put_spectrum(FILE *file, const struct report *report)
{
    const struct latency *response = &report->result->total.response;
    const struct histogram *h = &response->answered;
    uint64_t n = h->count + response->unanswered.count;
    fprintf(file, "\n%14s %12s %12s %14s\n", "response us", "percentile", "requests", "1/(1-p)");
    uint64_t last = 0;
    for (double p = 0; n > 0 && p < 100; p = next(p)) {
        uint64_t rank = (uint64_t)ceil(p / 100 * (double)n);
        rank = rank > 0 ? rank : 1;
        if (rank > h->count || rank == n)
            break;
        if (rank != last)
            put_row(file, h, p, rank);
        last = rank;
    }
    if (response->unanswered.count == 0 && n > 0)
        put_row(file, h, 100, n);
    else
        fprintf(file, "%14s the other %" PRIu64 " were never answered\n", "",
                response->unanswered.count);
}
