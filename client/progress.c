#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "figure.h"
#include "time_text.h"
#include "worker.h"

/* The workers publish at the end of each interval; a moment later all of them have. */
#define AFTER_NS (50 * CLOCK_MS)

struct progress progress_begin(const struct load *load, int64_t start_ns)
{
    return (struct progress){.load = load, .start_ns = start_ns, .next_ns = start_ns + AFTER_NS};
}

/* The workers' latest intervals together. */
static void add_intervals(const struct progress *p, const struct worker *workers,
                          struct histogram *sum)
{
    memset(sum, 0, sizeof *sum);
    for (uint32_t i = 0; i < p->load->threads; i++) {
        const struct series_interval *interval =
            atomic_load_explicit(&workers[i].news.interval, memory_order_acquire);
        struct histogram h;
        if (interval == NULL)
            continue;
        series_expand(interval, &h);
        histogram_merge(sum, &h);
    }
}

static char *quantile_text(char text[TIME_TEXT_BYTES], const struct histogram *h, uint32_t quantile)
{
    struct figure figure = figure_quantile((struct figure_source){h, NULL}, quantile);
    if (!figure_is_value(figure))
        return strcpy(text, "-");
    return time_text(text, (double)figure.ns);
}

static void show_window(struct progress *p, const struct worker *workers, double elapsed_s)
{
    uint64_t ok = 0, failed = 0, in_flight = 0;
    char p50[TIME_TEXT_BYTES], p99[TIME_TEXT_BYTES], left[48] = "";
    struct histogram latest;
    for (uint32_t i = 0; i < p->load->threads; i++) {
        ok += atomic_load_explicit(&workers[i].news.ok, memory_order_relaxed);
        failed += atomic_load_explicit(&workers[i].news.failed, memory_order_relaxed);
        in_flight += atomic_load_explicit(&workers[i].news.in_flight, memory_order_relaxed);
    }
    add_intervals(p, workers, &latest);
    if (p->load->requests == 0)
        snprintf(left, sizeof left, ", %.0f s left",
                 (double)p->load->duration_ns / (double)CLOCK_S - elapsed_s);
    fprintf(stderr,
            "\r\033[K%" PRIu64 " requests/s, p50 %s, p99 %s, %" PRIu64 " failed, %" PRIu64
            " in flight%s",
            ok - p->ok_before, quantile_text(p50, &latest, 500000),
            quantile_text(p99, &latest, 990000), failed, in_flight, left);
    p->ok_before = ok;
}

int64_t progress_show(struct progress *p, const struct worker *workers, int64_t now_ns)
{
    if (!p->load->show_progress)
        return INT64_MAX;
    if (now_ns < p->next_ns)
        return p->next_ns;
    double elapsed_s = (double)(now_ns - p->start_ns - p->load->warmup_ns) / (double)CLOCK_S;
    if (elapsed_s < 0)
        fprintf(stderr, "\r\033[Kwarming up, %.0f s left", -elapsed_s);
    else if (p->load->requests == 0 &&
             now_ns > p->start_ns + p->load->warmup_ns + p->load->duration_ns + AFTER_NS)
        fprintf(stderr, "\r\033[Kwaiting for the last replies");
    else if (elapsed_s < 1)
        fprintf(stderr, "\r\033[Kmeasuring"); /* the first second is not full yet */
    else
        show_window(p, workers, elapsed_s);
    p->shown = true;
    int64_t window_ns = p->start_ns + p->load->warmup_ns + AFTER_NS;
    int64_t past_ns = ((now_ns - window_ns) % CLOCK_S + CLOCK_S) % CLOCK_S;
    p->next_ns = now_ns - past_ns + CLOCK_S;
    return p->next_ns;
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
}
