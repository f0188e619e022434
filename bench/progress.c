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
    size_t block_runs = suite->plan.count / suite->blocks;
    const struct plan_step *step = &suite->plan.steps[index];
    int64_t elapsed_ns = clock_now_ns() - started_ns;
    int64_t run_ns = suite->warmup_ns + suite->run_ns + OVERHEAD_NS;
    if (index >= block_runs)
        run_ns = elapsed_ns / (int64_t)index; /* what they really take */
    format_duration(elapsed, elapsed_ns);
    format_duration(left, run_ns * (int64_t)(suite->plan.count - index));
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%zu/%zu  %s, %s  %s gone, about %s left", index + 1,
                suite->plan.count, suite->catalogue.models[step->model].name,
                suite->catalogue.workloads[step->workload].name, elapsed, left);
    else if (index % block_runs == 0)
        fprintf(stderr, "block %zu of %zu: %s gone, about %s left\n", index / block_runs + 1,
                suite->blocks, elapsed, left);
}

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
