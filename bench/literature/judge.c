/* What a claim takes to be judged, and why it is not. */
#include "judge.h"

#include <math.h>
#include <string.h>

#include "points.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

static size_t least_of(const struct judge_side *side)
{
    return side->repeats < JUDGE_VALID_LEAST ? side->repeats : JUDGE_VALID_LEAST;
}

bool judge_has_enough(const struct judge_side *side)
{
    return side->valid > 0 && side->valid >= least_of(side);
}

bool judge_is_decided(const struct judge_pair *pair, const struct ratio *ratio)
{
    return judge_has_enough(&pair->a) && judge_has_enough(&pair->b) &&
           interval_is_known(ratio->interval);
}

void judge_rest_on(struct judge_basis *basis, const struct judge_side *side)
{
    basis->valid += side->valid;
    basis->late += side->late;
}

void judge_rest_on_both(struct judge_basis *basis, const struct judge_pair *pair)
{
    judge_rest_on(basis, &pair->a);
    judge_rest_on(basis, &pair->b);
}

void judge_tell_late(struct claim *claim, const struct judge_basis *basis)
{
    size_t length = strlen(claim->why);
    if (basis->late == 0)
        return;
    add(claim, "%s%zu of %zu runs count although the client was late.",
        length > 0 && claim->why[length - 1] != ' ' ? " " : "", basis->late, basis->valid);
}

/* What would make more runs VALID, behind "What would help:". */
static const char *help_of(const char *verdict)
{
    static const char longer[] = "fewer requests offered, or longer runs (--seconds)";
    static const struct {
        const char *verdict, *help;
    } helps[] = {
        {"GENERATOR-LIMITED", "more CPUs for the client (--client-cpus), a machine with nothing "
                              "else to do, or fewer requests offered"},
        {"SERVER-SATURATED", "fewer requests offered, or more CPUs for the server (--server-cpus)"},
        {"NON-STATIONARY", "longer runs (--seconds)"},
        {"INCONSISTENT", "longer runs (--seconds)"},
        {"STARVED", "fewer clients, or longer runs (--seconds)"},
        {"ERRORS", longer},
        {"FAILED", longer},
        {POINTS_NO_RATE, "that the run does not fail which finds out what to offer"},
        {"no figure", "that nothing fails of what is said below to have failed"},
        {"not run", "a suite that is not ended early"},
        {"interrupted", "a suite that is not ended early"},
    };
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
        if (strcmp(helps[i].verdict, verdict) == 0)
            return helps[i].help;
    return "runs that do not fail";
}

static void open_claim(struct claim *claim)
{
    claim->verdict = CLAIM_NOT_DECIDED;
    claim->value = NAN;
    claim->interval = interval_unknown();
}

void judge_leave_side_open(struct claim *claim, const struct judge_side *side, const char *load)
{
    open_claim(claim);
    if (side->repeats == 0) {
        add(claim, "Nothing was measured of %s: it is not among the models chosen. ", side->name);
        return;
    }
    add(claim, "Of %zu runs of %s%s%s, %zu count%s and %zu must", side->repeats, side->name,
        load[0] != '\0' ? ", with " : "", load, side->valid, side->valid == 1 ? "s" : "",
        least_of(side));
    if (side->verdict[0] != '\0')
        add(claim, "; of the others most were %s. What would help: %s", side->verdict,
            help_of(side->verdict));
    add(claim, ". ");
}

void judge_leave_open(struct claim *claim, const struct judge_pair *pair, const struct ratio *ratio)
{
    if (!judge_has_enough(&pair->a)) {
        judge_leave_side_open(claim, &pair->a, pair->load);
    } else if (!judge_has_enough(&pair->b)) {
        judge_leave_side_open(claim, &pair->b, pair->load);
    } else {
        open_claim(claim);
        add(claim,
            "%s and %s, with %s: the figure is known of both in %zu blocks only, and an interval "
            "takes two. More blocks (--blocks) would help. ",
            pair->a.name, pair->b.name, pair->load, ratio->count);
    }
}

void judge_by_both(struct claim *claim, enum claim_verdict by_rps, enum claim_verdict by_cpu)
{
    claim->verdict = by_rps == by_cpu || by_cpu == CLAIM_NOT_DECIDED ? by_rps
                     : by_rps == CLAIM_NOT_DECIDED                   ? by_cpu
                                                                     : CLAIM_NOT_SHOWN;
    if (by_rps == by_cpu)
        return;
    if (by_cpu == CLAIM_NOT_DECIDED)
        add(claim, "Of the runs at a fixed rate too few are VALID to compare the server's CPU time "
                   "as well. ");
    else if (by_rps == CLAIM_NOT_DECIDED)
        add(claim, "Of the runs that show how many a second each can serve too few are VALID, so "
                   "that the CPU time alone is compared. ");
    else
        add(claim,
            "By requests/s the claim is %s, by CPU time at a fixed rate %s: the two disagree, so "
            "that nothing is concluded. ",
            claim_verdict_text(by_rps), claim_verdict_text(by_cpu));
}
