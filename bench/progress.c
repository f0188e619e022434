#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "format.h"

/* Start and end of the two programs, and the last replies. */
#define OVERHEAD_NS (150 * CLOCK_MS)

void progress_show(const struct suite *suite, size_t index, int64_t started_ns)
{
    char elapsed[FORMAT_BYTES], left[FORMAT_BYTES];
    const struct plan_step *step = &suite->plan.steps[index];
    const char *so_far = suite->options.blocks_auto ? ", as planned so far" : "";
    int64_t elapsed_ns = clock_now_ns() - started_ns;
    int64_t run_ns = suite->warmup_ns + suite->run_ns + OVERHEAD_NS;
    if (step->block > 0)
        run_ns = elapsed_ns / (int64_t)index; /* what they really take */
    format_duration(elapsed, elapsed_ns);
    format_duration(left, run_ns * (int64_t)(suite->plan.count - index));
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%zu/%zu  %s, %s  %s gone, about %s left%s", index + 1,
                suite->plan.count, suite->catalogue.models[step->model].name,
                suite->catalogue.workloads[step->workload].name, elapsed, left, so_far);
    else if (index == 0 || step->block != step[-1].block)
        fprintf(stderr, "block %zu of %zu: %s gone, about %s left%s\n", step->block + 1,
                suite->blocks, elapsed, left, so_far);
}

void progress_show_counting(const struct suite *suite, size_t index)
{
    const struct catalogue *c = &suite->catalogue;
    size_t count = c->models_count * c->workloads_count;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%zu/%zu  %s, %s  counting", index + 1, count,
                c->models[index % c->models_count].name,
                c->workloads[index / c->models_count].name);
    else if (index == 0)
        fprintf(stderr, "counting: %zu runs of %.3g s\n", count, (double)suite->counting_ns / 1e9);
}

void progress_show_experiment(const char *name, size_t index, size_t count, int64_t started_ns)
{
    char elapsed[FORMAT_BYTES], left[FORMAT_BYTES];
    int64_t elapsed_ns = clock_now_ns() - started_ns;
    format_duration(elapsed, elapsed_ns);
    format_duration(left, index > 0 ? elapsed_ns / (int64_t)index * (int64_t)(count - index) : 0);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%zu/%zu  %s  %s gone%s%s%s", index + 1, count, name, elapsed,
                index > 0 ? ", about " : "", index > 0 ? left : "", index > 0 ? " left" : "");
    else if (index == 0)
        fprintf(stderr, "%s: %zu runs\n", name, count);
}

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
