#include <math.h>
#include <string.h>

#include "judge.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

/* ---- pairs ---- */

bool judge_is_limited(const struct judge_pair *pair)
{
    return strcmp(pair->a_verdict, "GENERATOR-LIMITED") == 0 ||
           strcmp(pair->b_verdict, "GENERATOR-LIMITED") == 0;
}

const struct ratio *judge_ratio(const struct judge_pair *pair)
{
    return judge_is_limited(pair) ? &pair->cpu : &pair->rps;
}

static const char limited_text[] =
    "In requests/s the client was the bottleneck, so that the server's CPU time for a request is "
    "compared. ";

/* ---- (1) ---- */

static const double published_costs[] = {21, 14.4, 7.2, 6.9, 3.6, 2.6};
enum { COSTS = sizeof published_costs / sizeof *published_costs };
static const double cost_least = 2.6, cost_most = 21;

/* The published figures from this ratio to that. */
static size_t count_costs(double from, double to)
{
    size_t count = 0;
    for (size_t i = 0; i < COSTS; i++)
        count += published_costs[i] >= from && published_costs[i] <= to;
    return count;
}

static void explain_creation(struct claim *claim, const struct judge_creation c[], size_t count)
{
    char values[4][FORMAT_BYTES];
    const struct judge_creation *first = &c[0], *last = &c[count - 1];
    if (count < 2 || isnan(first->ratio.value) || isnan(last->ratio.value))
        return;
    add(claim,
        "By themselves, fork, exit and wait take %s us in a process with %.0f MiB touched, %s "
        "times "
        "as long as to create and join a thread, and %s us, %s times, in one with %.0f MiB: ",
        format_decimal(values[0], first->fork_us), first->mib,
        format_decimal(values[1], first->ratio.value), format_decimal(values[2], last->fork_us),
        format_decimal(values[3], last->ratio.value), last->mib);
    add(claim,
        "a fork copies the page tables. Of the %d published figures %zu lie between these "
        "two ratios. ",
        COSTS, count_costs(first->ratio.value, last->ratio.value));
    add(claim, "A child that then writes to 1 MiB of the memory takes %s us in all.",
        format_decimal(values[0], last->touch_us));
}

static void explain_fork(struct claim *claim, const struct judge_pair *pair,
                         const struct judge_pair *heavy, int heavy_mib)
{
    char values[3][FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    add(claim,
        "A connection with one PING takes the server %s us of CPU time with a process and %s us "
        "with a thread; threads serve %s times as many connections a second%s. ",
        format_decimal(values[0], pair->b_cpu_us), format_decimal(values[1], pair->a_cpu_us),
        format_decimal(values[2], pair->rps.value),
        judge_is_limited(pair) ? ", the client being the bottleneck" : "");
    if (heavy->cpu.count > 0)
        add(claim,
            "What moves the ratio is the memory of the parent: with %d MiB more in the same server "
            "it is %s. ",
            heavy_mib, sentence_figure(figure, heavy->cpu.value, heavy->cpu.interval));
}

void judge_fork(struct claim *claim, const struct judge_pair *pair, const struct judge_pair *heavy,
                int heavy_mib, const struct judge_creation creation[], size_t count)
{
    *claim = (struct claim){
        .claim = "A process for each connection costs several times what a thread costs",
        .source = "six published comparisons, which differ by a factor of 8",
        .published = "21, 14.4, 7.2, 6.9, 3.6 and 2.6 times",
        .unit = "times the server's CPU time for a connection",
    };
    claim_take(claim, &pair->cpu);
    if (!interval_is_known(claim->interval)) {
        claim_lacks_figures(claim);
        return;
    }
    if (claim->interval.high < cost_least || claim->interval.low > cost_most)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    else if (claim->interval.low >= cost_least && claim->interval.high <= cost_most)
        claim->verdict = CLAIM_CONFIRMED;
    explain_fork(claim, pair, heavy, heavy_mib);
    explain_creation(claim, creation, count);
}

/* ---- (2) ---- */

/* The first service time at which threads are shown to be ahead; count if there is none. */
static size_t find_flip(const struct judge_pair to_threads[], size_t count)
{
    size_t i = 1;
    while (i < count && !(to_threads[i].rps.interval.high < 1))
        i++;
    return i;
}

static void explain_iterative(struct claim *claim, const struct judge_pair *threads,
                              const struct judge_pair *processes)
{
    char counts[3][FORMAT_BYTES], cpu[3][FORMAT_BYTES];
    add(claim,
        "With one PING for each connection, one after another are served %s a second, with "
        "threads %s, with processes %s. ",
        format_count(counts[0], threads->a_rps), format_count(counts[1], threads->b_rps),
        format_count(counts[2], processes->b_rps));
    if (judge_is_limited(threads) || judge_is_limited(processes))
        add(claim, "%s", limited_text);
    add(claim, "The server's CPU time is %s, %s and %s us. ",
        format_decimal(cpu[0], threads->a_cpu_us), format_decimal(cpu[1], threads->b_cpu_us),
        format_decimal(cpu[2], processes->b_cpu_us));
}

void judge_iterative(struct claim *claim, const struct judge_pair to_threads[],
                     const int services_us[], size_t count, const struct judge_pair *to_processes)
{
    *claim = (struct claim){
        .claim = "One client after another beats threads where requests are short and so are "
                 "connections",
        .source = "a published comparison of the three models",
        .published = "19,075 against 18,138 (threads) and 6,905 (processes) a second",
    };
    const struct ratio *threads = judge_ratio(&to_threads[0]),
                       *processes = judge_ratio(to_processes);
    claim_take(claim, threads);
    claim->unit = threads == &to_threads[0].rps ? "times the requests/s of threads"
                                                : "times less CPU time than threads";
    if (!interval_is_known(threads->interval) || !interval_is_known(processes->interval)) {
        claim_lacks_figures(claim);
        return;
    }
    if (threads->interval.high < 1 || processes->interval.high < 1)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    else if (threads->interval.low > 1 && processes->interval.low > 1)
        claim->verdict = CLAIM_CONFIRMED;
    explain_iterative(claim, &to_threads[0], to_processes);
    size_t flip = find_flip(to_threads, count);
    char factor[FORMAT_BYTES];
    if (flip < count)
        add(claim,
            "The order flips with the time for which a request waits: at %d us threads are "
            "%s times as fast, for they wait side by side.",
            services_us[flip], format_decimal(factor, 1 / to_threads[flip].rps.value));
    else
        add(claim, "The order was not shown to flip up to %d us of waiting in each request.",
            services_us[count - 1]);
}

/* ---- (6) ---- */

void judge_memory(struct claim *claim, double thread_kib, struct interval interval,
                  double process_kib, double multiplexed_kib)
{
    /* About 20 is taken for up to twice as much or as little. */
    static const double least_kib = 10, most_kib = 40, stack_kib = 8192;
    char values[4][FORMAT_BYTES];
    *claim = (struct claim){
        .claim = "A thread takes about 20 KiB of memory, not the 8 MiB of its stack",
        .source = "published measurements of idle threads",
        .published = "about 20 KiB",
        .unit = "KiB for each idle connection",
        .value = thread_kib,
        .interval = interval,
    };
    if (!interval_is_known(interval)) {
        claim_lacks_figures(claim);
        return;
    }
    if (interval.low >= least_kib && interval.high <= most_kib)
        claim->verdict = CLAIM_CONFIRMED;
    else if (interval.high < least_kib || interval.low > most_kib)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    add(claim,
        "The 8 MiB are addresses; memory are only the pages that were touched, with page "
        "tables and the kernel's stack %s KiB for each further connection, a %sth of it. ",
        format_decimal(values[0], thread_kib), format_count(values[1], stack_kib / thread_kib));
    add(claim,
        "A process takes %s KiB, and a connection of one process that serves all %s KiB. "
        "(About 20 is taken for 10 to 40.)",
        format_decimal(values[2], process_kib), format_decimal(values[3], multiplexed_kib));
}

/* ---- (7) ---- */

/* Tens of percent, for one side or the other. */
static const double noticeable = 1.1;

/* The one that moves the result the farthest; count if nothing is known of any. */
static size_t find_widest(const struct judge_accept ways[], size_t count)
{
    size_t widest = count;
    for (size_t i = 0; i < count; i++) {
        const struct ratio *ratio = judge_ratio(&ways[i].pair);
        if (!interval_is_known(ratio->interval))
            continue;
        if (widest == count ||
            fabs(log(ratio->value)) > fabs(log(judge_ratio(&ways[widest].pair)->value)))
            widest = i;
    }
    return widest;
}

static bool all_alike(const struct judge_accept ways[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct interval interval = judge_ratio(&ways[i].pair)->interval;
        if (!(interval.low > 1 / noticeable && interval.high < noticeable))
            return false;
    }
    return true;
}

void judge_accept(struct claim *claim, const struct judge_accept ways[], size_t count)
{
    char figure[SENTENCE_FIGURE_BYTES];
    *claim = (struct claim){
        .claim = "The way accept is called moves the result by tens of percent, all else equal",
        .source = "published comparisons of preforked and prethreaded servers",
        .published = "tens of percent",
        .unit = "times, the farthest of all ways from the usual one",
        .value = NAN,
        .interval = interval_unknown(),
    };
    size_t widest = find_widest(ways, count);
    if (widest == count) {
        claim_lacks_figures(claim);
        return;
    }
    claim_take(claim, judge_ratio(&ways[widest].pair));
    if (claim->interval.low > noticeable || claim->interval.high < 1 / noticeable)
        claim->verdict = CLAIM_CONFIRMED;
    else if (all_alike(ways, count))
        claim->verdict = CLAIM_NOT_CONFIRMED;
    add(claim, "More than 1 is better than the usual way.");
    for (size_t i = 0; i < count; i++) {
        const struct ratio *ratio = judge_ratio(&ways[i].pair);
        add(claim, " %s, %s to %s: %s%s%s", ways[i].model, ways[i].how, ways[i].usual,
            sentence_figure(figure, ratio->value, ratio->interval),
            ratio == &ways[i].pair.cpu ? " in CPU time, the client being the bottleneck" : "",
            i + 1 < count ? ";" : ".");
    }
}
