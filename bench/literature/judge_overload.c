#include <math.h>

#include "judge.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

/* Who keeps more of his capacity has not collapsed. */
static const double kept_well = 0.9;

static enum claim_verdict judge_first(const struct judge_overload models[], size_t count)
{
    const struct ratio *processes = &models[0].kept;
    size_t behind = 0; /* models that keep more than processes do */
    for (size_t i = 1; i < count; i++) {
        if (models[i].to_processes.interval.high < 1)
            return CLAIM_NOT_CONFIRMED;
        behind += models[i].to_processes.interval.low > 1;
    }
    if (processes->interval.low > kept_well)
        return CLAIM_NOT_CONFIRMED;
    return behind == count - 1 && processes->interval.high < kept_well ? CLAIM_CONFIRMED
                                                                       : CLAIM_NOT_SHOWN;
}

/* What can be said of the one that keeps the least, and of all. */
static void explain_least(struct claim *claim, const struct judge_overload models[], size_t count)
{
    size_t least = 0, well = 0, meet = 0;
    for (size_t i = 0; i < count; i++) {
        well += models[i].kept.interval.low > kept_well;
        if (models[i].kept.value < models[least].kept.value)
            least = i;
    }
    for (size_t i = 0; i < count; i++)
        meet += i != least && models[i].kept.interval.low <= models[least].kept.interval.high;
    if (well == count)
        add(claim, "None falls below %.0f %% of its capacity.", kept_well * 100);
    else if (meet == 0)
        add(claim, "The least is kept by %s.", models[least].overload.name);
    else
        add(claim, "The lowest figure is that of %s, but its interval meets those of others.",
            models[least].overload.name);
}

static void explain_overload(struct claim *claim, const struct judge_overload models[],
                             size_t count, double factor)
{
    char goodput[FORMAT_BYTES], capacity[FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    add(claim,
        "Each model was offered %.3g times what it could do in a run before, each request on a "
        "connection of its own. It then answers, in a second and over its capacity:",
        factor);
    for (size_t i = 0; i < count; i++) {
        const struct judge_overload *m = &models[i];
        add(claim, " %s %s of %s, %s%s", m->overload.name, format_count(goodput, m->overload.rps),
            format_count(capacity, m->capacity.rps),
            sentence_figure(figure, m->kept.value, m->kept.interval), i + 1 < count ? ";" : ". ");
    }
    explain_least(claim, models, count);
}

/* False, with the reason in the claim, if one of the ratios of this model cannot be told. */
static bool is_known(struct claim *claim, const struct judge_overload *m, bool is_first)
{
    struct judge_pair pair = {
        .load = "more offered than it can do, and as much as it can",
        .a = m->overload,
        .b = m->capacity,
    };
    if (!judge_has_enough(&m->capacity))
        judge_leave_side_open(claim, &m->capacity, "16 clients whose requests compute");
    else if (!judge_has_enough(&m->overload))
        judge_leave_side_open(claim, &m->overload, "more offered than it can do");
    else if (!interval_is_known(m->kept.interval) ||
             (!is_first && !interval_is_known(m->to_processes.interval)))
        judge_leave_open(claim, &pair, &m->kept);
    else
        return true;
    return false;
}

static bool all_known(struct claim *claim, const struct judge_overload models[], size_t count)
{
    static const struct judge_side others = {.name = "other models", .verdict = ""};
    for (size_t i = 0; i < count; i++)
        if (!is_known(claim, &models[i], i == 0))
            return false;
    if (count < 2)
        judge_leave_side_open(claim, &others, "");
    return count >= 2;
}

void judge_overload(struct claim *claim, const struct judge_overload models[], size_t count,
                    double factor)
{
    *claim = (struct claim){
        .claim = "In overload the process model collapses first",
        .source = "published overload experiments",
        .published = "the process model first",
        .unit = "of its capacity is still answered by fork-per-client",
    };
    if (!all_known(claim, models, count))
        return;
    claim_take(claim, &models[0].kept);
    claim->verdict = judge_first(models, count);
    explain_overload(claim, models, count, factor);
    struct judge_basis rests_on = {0};
    for (size_t i = 0; i < count; i++) {
        judge_rest_on(&rests_on, &models[i].capacity);
        judge_rest_on(&rests_on, &models[i].overload);
    }
    judge_tell_late(claim, &rests_on);
}
