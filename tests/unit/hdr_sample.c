/* hdr_sample FILE: writes a histogram log, reads it back, and prints what any other reader must
 * find in it, for each tag (the name is empty for none) and in nanoseconds:
 *
 *     row,TAG,END_S,COUNT,P50,P90,MAX,COUNT,P50,P90,P99,P99.9,P99.99,MAX
 *     sum,TAG,MEAN,MAX,COUNT
 *     bin,TAG,VALUE,COUNT             how many values are as high as this, or lower
 *
 * A row is an entry: first what it holds by itself, then all of its tag so far. Numbers of values
 * are multiples of 10000, so that every percentile has one rank whichever way ranks are rounded. */
#include <inttypes.h>
#include <string.h>

#include "hdr_log.h"

static const char *const tags[] = {"", "service"};
static struct histogram sums[sizeof tags / sizeof tags[0]];

static double quantile(const struct histogram *h, uint32_t quantile)
{
    return h->count > 0 ? (double)histogram_quantile(h, quantile) : 0;
}

static double max(const struct histogram *h)
{
    return h->count > 0 ? (double)h->max_ns : 0;
}

static const char *take(void *context, const struct hdr_log_entry *entry)
{
    (void)context;
    const char *name = entry->tag != NULL ? entry->tag : "";
    size_t tag = 0;
    while (strcmp(tags[tag], name) != 0)
        tag++;
    struct histogram *sum = &sums[tag];
    const struct histogram *h = entry->h;
    histogram_merge(sum, h);
    printf("row,%s,%.3f,%" PRIu64 ",%.3f,%.3f,%.3f,%" PRIu64, name,
           entry->start_s + entry->length_s, h->count, quantile(h, 500000), quantile(h, 900000),
           max(h), sum->count);
    printf(",%.3f,%.3f,%.3f,%.3f,%.3f,%.3f\n", quantile(sum, 500000), quantile(sum, 900000),
           quantile(sum, 990000), quantile(sum, 999000), quantile(sum, 999900), max(sum));
    return NULL;
}

static void print_sum(const char *tag, const struct histogram *sum)
{
    printf("sum,%s,%.2f,%.2f,%" PRIu64 "\n", tag, histogram_mean_ns(sum), max(sum), sum->count);
    uint64_t below = 0;
    for (uint32_t bin = 0; bin < HISTOGRAM_BINS; bin++) {
        below += sum->bins[bin];
        if (sum->bins[bin] > 0)
            printf("bin,%s,%" PRId64 ",%" PRIu64 "\n", tag, histogram_bin_top(bin), below);
    }
}

/* Both sides of every power of two, and what fits into no bin, of 20000 values. */
static void record_extremes(struct histogram *h)
{
    for (int bit = 1; bit <= HISTOGRAM_MAX_BITS; bit++)
        for (int64_t near = -1; near <= 1; near++)
            histogram_record(h, (INT64_C(1) << bit) + near);
    histogram_record(h, 0);
    histogram_record(h, INT64_MAX);
    while (h->count < 20000)
        histogram_record(h, (int64_t)h->count);
}

static bool write_log(FILE *file)
{
    static struct histogram second;
    struct series series = {0};
    bool good = true;
    for (int64_t i = 0; i < 10000; i++)
        histogram_record(&second, 20000 + i * i);
    good = series_save(&series, &second, 0) && good;
    good = series_save(&series, &second, 0) && good; /* an empty one */
    record_extremes(&second);
    good = series_save(&series, &second, 0) && good;
    good = good && hdr_log_begin(file, 1700000000.5) && hdr_log_put_series(file, &series, 2.5);
    for (int i = 0; i < 10000; i++)
        histogram_record(&second, 300 + i % 7);
    good = good && hdr_log_put(file, &(struct hdr_log_entry){"service", 0, 2.5, &second});
    series_free(&series);
    return good;
}

int main(int argc, char **argv)
{
    char error[HDR_LOG_ERROR_BYTES];
    double epoch_s;
    FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (file == NULL || !write_log(file) || fclose(file) != 0) {
        perror("hdr_sample");
        return 1;
    }
    if (!hdr_log_read(argv[1], take, NULL, &epoch_s, error)) {
        fprintf(stderr, "hdr_sample: %s\n", error);
        return 1;
    }
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        print_sum(tags[i], &sums[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
