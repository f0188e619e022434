#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "format.h"
#include "times.h"

enum { BAR_BYTES = 14, REST_BYTES = 512 };

/* Columns of the terminal on standard error; 0 when there is none. */
static size_t columns(void)
{
    struct winsize size;
    if (!isatty(STDERR_FILENO))
        return 0;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* How much is done, as a bar: "[####......]". */
static void bar(char text[BAR_BYTES], size_t done, size_t all)
{
    enum { WIDTH = BAR_BYTES - 4 };
    size_t full = all > 0 ? done * WIDTH / all : WIDTH;
    text[0] = '[';
    memset(text + 1, '#', full);
    memset(text + 1 + full, '.', WIDTH - full);
    strcpy(text + 1 + WIDTH, "] ");
}

/* In place of the line before, on a terminal. A line that is too long for it would stay when it is
 * rewritten: the bar goes first, then the end is cut. */
static void rewrite(size_t index, size_t all, const char *rest)
{
    char count[64], bar_text[BAR_BYTES];
    size_t width = columns();
    snprintf(count, sizeof count, "%zu/%zu ", index + 1, all);
    bar(bar_text, index, all);
    if (strlen(count) + strlen(bar_text) + strlen(rest) >= width)
        bar_text[0] = '\0';
    size_t used = strlen(count) + strlen(bar_text);
    int room = used + 1 < width ? (int)(width - used - 1) : 0;
    fprintf(stderr, "\r\033[K%s%s%.*s", count, bar_text, room, rest);
}

/* What is left of the plan, by what runs really took once a block of them is done, and what comes
 * behind it. */
static int64_t left_ns(const struct suite *suite, size_t index, int64_t elapsed_ns)
{
    int64_t run_ns = times_of_run_ns(suite);
    if (suite->plan.steps[index].block > 0)
        run_ns = elapsed_ns / (int64_t)index;
    return run_ns * (int64_t)(suite->plan.count - index) + suite->later_ns;
}

void progress_show(const struct suite *suite, size_t index, int64_t started_ns)
{
    char elapsed[FORMAT_BYTES], left[FORMAT_BYTES], rest[REST_BYTES];
    const struct plan_step *step = &suite->plan.steps[index];
    const char *so_far = suite->options.blocks_auto ? ", as planned so far" : "";
    int64_t elapsed_ns = clock_now_ns() - started_ns;
    format_duration(elapsed, elapsed_ns);
    format_duration(left, left_ns(suite, index, elapsed_ns));
    snprintf(rest, sizeof rest, "%s, %s  %s gone, about %s left%s",
             suite->catalogue.models[step->model].name,
             suite->catalogue.workloads[step->workload].name, elapsed, left, so_far);
    if (columns() > 0)
        rewrite(index, suite->plan.count, rest);
    else if (index == suite->begun_at || step->block != step[-1].block)
        fprintf(stderr, "block %zu of %zu: %s gone, about %s left%s\n", step->block + 1,
                suite->blocks, elapsed, left, so_far);
}

void progress_show_counting(const struct suite *suite, size_t index)
{
    const struct catalogue *c = &suite->catalogue;
    size_t count = c->models_count * c->workloads_count;
    char rest[REST_BYTES];
    snprintf(rest, sizeof rest, "%s, %s  counting", c->models[index % c->models_count].name,
             c->workloads[index / c->models_count].name);
    if (columns() > 0)
        rewrite(index, count, rest);
    else if (index == 0)
        fprintf(stderr, "counting: %zu runs of %.6g s or more\n", count,
                (double)suite->counting_ns / 1e9);
}

void progress_show_experiment(const char *name, size_t index, size_t count, int64_t started_ns)
{
    char elapsed[FORMAT_BYTES], left[FORMAT_BYTES], rest[REST_BYTES];
    int64_t elapsed_ns = clock_now_ns() - started_ns;
    format_duration(elapsed, elapsed_ns);
    format_duration(left, index > 0 ? elapsed_ns / (int64_t)index * (int64_t)(count - index) : 0);
    snprintf(rest, sizeof rest, "%s  %s gone%s%s%s", name, elapsed, index > 0 ? ", about " : "",
             index > 0 ? left : "", index > 0 ? " left" : "");
    if (columns() > 0)
        rewrite(index, count, rest);
    else if (index == 0)
        fprintf(stderr, "%s: %zu runs\n", name, count);
}

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
