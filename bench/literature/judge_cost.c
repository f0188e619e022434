#include <math.h>
#include <string.h>

#include "judge.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

/* ---- (1) ---- */

static const double published_costs[] = {21, 14.4, 7.2, 6.9, 3.6, 2.6};
enum { COSTS = sizeof published_costs / sizeof *published_costs };
static const double cost_least = 2.6, cost_most = 21;

/* The published figures from the smaller of these ratios to the larger. */
static size_t count_costs(double one, double other)
{
    size_t count = 0;
    for (size_t i = 0; i < COSTS; i++)
        count += published_costs[i] >= fmin(one, other) && published_costs[i] <= fmax(one, other);
    return count;
}

static void explain_creation(struct claim *claim, const struct judge_creation c[], size_t count)
{
    char values[5][FORMAT_BYTES];
    const struct judge_creation *first = &c[0], *last = &c[count - 1];
    if (count < 2 || !interval_is_known(first->ratio.interval) ||
        !interval_is_known(last->ratio.interval))
        return;
    add(claim,
        "By themselves, fork, exit and wait take %s us in a process of %s MiB, a copy of this "
        "suite, %s times as long as to create and join a thread, and %s us, %s times, with %.0f "
        "MiB more",
        format_decimal(values[0], first->fork_us), format_rough(values[4], first->own_mib),
        format_decimal(values[1], first->ratio.value), format_decimal(values[2], last->fork_us),
        format_decimal(values[3], last->ratio.value), last->mib);
    if (last->ratio.interval.low > first->ratio.interval.high)
        add(claim, ": a fork copies the page tables");
    add(claim, ". ");
    if (isfinite(last->touch_us))
        add(claim, "A child that then writes to 1 MiB of the memory takes %s us in all.",
            format_decimal(values[0], last->touch_us));
}

/* Whether memory moves the ratio: it is shown to where the two intervals do not meet. */
static void explain_memory(struct claim *claim, const struct ratio *usual,
                           const struct judge_pair *heavy, int heavy_mib)
{
    char rate[FORMAT_BYTES], values[2][FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    if (!judge_is_decided(heavy, &heavy->cpu)) {
        add(claim, "With %d MiB more in the same server too few runs are VALID to tell. ",
            heavy_mib);
        return;
    }
    add(claim, "With %d MiB more in the same server, and %s a second, it is %s times", heavy_mib,
        format_count(rate, heavy->a.rps),
        sentence_figure(figure, heavy->cpu.value, heavy->cpu.interval));
    if (heavy->cpu.interval.low > usual->interval.high)
        add(claim, ": the memory of the parent moves the ratio. ");
    else if (heavy->cpu.interval.high < usual->interval.low)
        add(claim, ": with more memory in the parent the ratio is smaller. ");
    else
        add(claim, "; the two intervals meet, so that the memory of the parent is not shown to "
                   "move the ratio. ");
    add(claim, "Of the %d published figures %zu lie between %s times and these %s times. ", COSTS,
        count_costs(usual->value, heavy->cpu.value), format_decimal(values[0], usual->value),
        format_decimal(values[1], heavy->cpu.value));
}

static void explain_fork(struct claim *claim, const struct judge_pair *paced,
                         const struct judge_pair *closed)
{
    char values[3][FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    add(claim,
        "When both are offered the same rate (%s connections a second, each with one PING), a "
        "connection takes the server %s us of CPU time with a process and %s us with a thread. ",
        format_count(values[0], paced->a.rps), format_decimal(values[1], paced->b.cpu_us),
        format_decimal(values[2], paced->a.cpu_us));
    add(claim, "(Several times is taken for %s to %s times, the range of what was published.) ",
        format_decimal(values[0], cost_least), format_decimal(values[1], cost_most));
    if (judge_is_decided(closed, &closed->rps))
        add(claim, "Clients who always ask get %s times as many from threads. ",
            sentence_figure(figure, closed->rps.value, closed->rps.interval));
}

void judge_fork(struct claim *claim, const struct judge_pair *paced, const struct judge_pair *heavy,
                const struct judge_pair *closed, int heavy_mib,
                const struct judge_creation creation[], size_t count)
{
    *claim = (struct claim){
        .claim = "A process for each connection costs several times what a thread costs",
        .source = "six published comparisons, which differ by a factor of 8",
        .published = "21, 14.4, 7.2, 6.9, 3.6 and 2.6 times",
        .unit = "times the server's CPU time for a connection",
        .verdict = CLAIM_NOT_SHOWN,
    };
    if (!judge_is_decided(paced, &paced->cpu)) {
        judge_leave_open(claim, paced, &paced->cpu);
        return;
    }
    claim_take(claim, &paced->cpu);
    if (claim->interval.high < cost_least || claim->interval.low > cost_most)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    else if (claim->interval.low >= cost_least && claim->interval.high <= cost_most)
        claim->verdict = CLAIM_CONFIRMED;
    explain_fork(claim, paced, closed);
    explain_memory(claim, &paced->cpu, heavy, heavy_mib);
    explain_creation(claim, creation, count);
    struct judge_basis rests_on = {0};
    judge_rest_on_both(&rests_on, paced);
    if (judge_is_decided(heavy, &heavy->cpu))
        judge_rest_on_both(&rests_on, heavy);
    judge_tell_late(claim, &rests_on);
}

/* ---- (6) ---- */

static void explain_kib(struct claim *claim, double thread_kib, double process_kib,
                        double multiplexed_kib, double stack_kib)
{
    char values[4][FORMAT_BYTES];
    add(claim, "With page tables and the kernel's stack it is %s KiB for each further connection",
        format_decimal(values[0], thread_kib));
    if (thread_kib < stack_kib)
        add(claim,
            ", one part in %s of the 8 MiB: these are addresses, and memory are only the "
            "pages that were touched",
            format_count(values[1], stack_kib / thread_kib));
    add(claim, ". ");
    if (isfinite(process_kib))
        add(claim, "A process takes %s KiB. ", format_decimal(values[2], process_kib));
    if (isfinite(multiplexed_kib))
        add(claim, "A connection of one process that serves all takes %s KiB. ",
            format_decimal(values[3], multiplexed_kib));
    add(claim, "(About 20 is taken for 10 to 40.)");
}

void judge_memory(struct claim *claim, const struct judge_side *threads, double thread_kib,
                  struct interval interval, double process_kib, double multiplexed_kib)
{
    /* About 20 is taken for up to twice as much or as little. */
    static const double least_kib = 10, most_kib = 40, stack_kib = 8192;
    *claim = (struct claim){
        .claim = "A thread takes about 20 KiB of memory, not the 8 MiB of its stack",
        .source = "published measurements of idle threads",
        .published = "about 20 KiB",
        .unit = "KiB for each idle connection",
        .value = thread_kib,
        .interval = interval,
        .verdict = CLAIM_NOT_SHOWN,
    };
    if (!judge_has_enough(threads) || !interval_is_known(interval)) {
        judge_leave_side_open(claim, threads, "idle connections");
        return;
    }
    if (interval.low >= least_kib && interval.high <= most_kib)
        claim->verdict = CLAIM_CONFIRMED;
    else if (interval.high < least_kib || interval.low > most_kib)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    explain_kib(claim, thread_kib, process_kib, multiplexed_kib, stack_kib);
}

/* ---- (7) ---- */

/* Tens of percent, for one side or the other, are 20 at least. */
static const double noticeable = 1.2;

static bool is_apart(struct interval i)
{
    return i.low > noticeable || i.high < 1 / noticeable;
}

static bool is_alike(struct interval i)
{
    return i.low > 1 / noticeable && i.high < noticeable;
}

/* One that is apart is enough, and of several one may be by chance: what decides is widened. */
static struct interval interval_of(const struct judge_accept *way, size_t count)
{
    return ratio_widened(&way->pair.cpu, count);
}

/* The one that is the farthest away: of those that surely are by much, if there are any. All are
 * decided. */
static const struct judge_accept *find_widest(const struct judge_accept ways[], size_t count)
{
    const struct judge_accept *widest = &ways[0];
    for (size_t i = 1; i < count; i++) {
        double off = fabs(log(ways[i].pair.cpu.value)), most = fabs(log(widest->pair.cpu.value));
        bool apart = is_apart(interval_of(&ways[i], count)),
             was_apart = is_apart(interval_of(widest, count));
        if (apart != was_apart ? apart : off > most)
            widest = &ways[i];
    }
    return widest;
}

static enum claim_verdict judge_ways(const struct judge_accept ways[], size_t count)
{
    size_t alike = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_apart(interval_of(&ways[i], count)))
            return CLAIM_CONFIRMED;
        alike += is_alike(interval_of(&ways[i], count));
    }
    return alike == count ? CLAIM_NOT_CONFIRMED : CLAIM_NOT_SHOWN;
}

/* Those in the usual way are a side of several. */
static void tell_late_ways(struct claim *claim, const struct judge_accept ways[], size_t count)
{
    struct judge_basis rests_on = {0};
    for (size_t i = 0; i < count; i++) {
        judge_rest_on(&rests_on, &ways[i].pair.a);
        if (i == 0 || strcmp(ways[i].model, ways[i - 1].model) != 0)
            judge_rest_on(&rests_on, &ways[i].pair.b);
    }
    judge_tell_late(claim, &rests_on);
}

void judge_accept(struct claim *claim, const struct judge_accept ways[], size_t count)
{
    char figure[SENTENCE_FIGURE_BYTES], rate[FORMAT_BYTES];
    *claim = (struct claim){
        .claim = "The way accept is called moves the result by tens of percent, all else equal",
        .source = "published comparisons of preforked and prethreaded servers",
        .published = "tens of percent",
        .unit = "times as much CPU time for a connection in the usual way as in the farthest",
    };
    for (size_t i = 0; i < count; i++)
        if (!judge_is_decided(&ways[i].pair, &ways[i].pair.cpu)) {
            judge_leave_open(claim, &ways[i].pair, &ways[i].pair.cpu);
            return;
        }
    const struct judge_accept *widest = find_widest(ways, count);
    claim_take(claim, &widest->pair.cpu);
    claim->interval = interval_of(widest, count);
    claim->verdict = judge_ways(ways, count);
    add(claim,
        "All were offered the same rate (%s connections a second, each with one PING). How many "
        "times as much CPU time the server needs for one in the usual way as in another:",
        format_count(rate, ways[0].pair.a.rps));
    for (size_t i = 0; i < count; i++) {
        const struct ratio *ratio = &ways[i].pair.cpu;
        add(claim, " %s, %s over %s: %s%s", ways[i].model, ways[i].usual, ways[i].how,
            sentence_figure(figure, ratio->value, ratio->interval), i + 1 < count ? ";" : ".");
    }
    add(claim,
        " Tens of percent are %.0f at least, and what decides are intervals widened until all %zu "
        "hold at once, as that above.",
        (noticeable - 1) * 100, count);
    tell_late_ways(claim, ways, count);
}
