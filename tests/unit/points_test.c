/* The runs behind the published claims: what rates they are offered, and which are left out. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "literature/judge.h"
#include "literature/points.h"

enum { POINTS_MOST = 256 };

static struct suite *suite;
static struct experiment experiment;
static double rps[POINTS_MOST];

/* All points of four models, each of which can do 1000 requests/s. */
static void begin(void)
{
    static const char *const models[] = {"one-at-a-time", "fork-per-client", "thread-per-client",
                                         "multiplexed"};
    suite = calloc(1, sizeof *suite);
    cr_assert_not_null(suite);
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        strcpy(suite->catalogue.models[suite->catalogue.models_count++].name, models[m]);
    experiment = (struct experiment){.blocks = 3};
    cr_assert(points_add(&experiment, suite));
    cr_assert_leq(experiment.count, POINTS_MOST);
    for (size_t p = 0; p < experiment.count; p++)
        rps[p] = 1000;
}

static void end(void)
{
    experiment_free(&experiment);
    free(suite);
}

TestSuite(points, .init = begin, .fini = end);

static size_t find(const char *label)
{
    size_t p = 0;
    while (p < experiment.count && strcmp(experiment.points[p].label, label) != 0)
        p++;
    cr_assert_lt(p, experiment.count, "no point %s", label);
    return p;
}

static void expect_rate(const char *label, const char *rate)
{
    const struct experiment_point *point = &experiment.points[find(label)];
    cr_expect_null(point->left_out, "%s", label);
    cr_expect(strstr(point->client, rate) != NULL, "%s: \"%s\"", label, point->client);
}

Test(points, each_is_offered_its_share)
{
    rps[find("paced fork-per-client")] = 400;
    rps[find("overload fork-per-client")] = 200;
    points_offer(&experiment, rps);
    expect_rate("paced fork-per-client", " -r 200 ");
    expect_rate("paced thread-per-client", " -r 200 ");
    expect_rate("overload fork-per-client", " -r 350 ");
    expect_rate("overload thread-per-client", " -r 1750 ");
}

/* Nobody says of it that it was offered more than it can do. */
Test(points, one_whose_rate_is_not_known_is_left_out)
{
    size_t unknown = find("overload fork-per-client");
    rps[unknown] = rps[find("paced one-at-a-time")] = NAN;
    points_offer(&experiment, rps);
    cr_expect_str_eq(experiment.points[unknown].left_out, POINTS_NO_RATE);
    cr_expect_not_null(experiment.points[find("paced one-at-a-time")].left_out);
    expect_rate("overload thread-per-client", " -r 1750 ");
    expect_rate("paced thread-per-client", " -r 500 ");
    experiment.runs = calloc(experiment.blocks * experiment.count, sizeof *experiment.runs);
    cr_assert_not_null(experiment.runs);
    struct experiment_tally tally = experiment_tally(&experiment, unknown);
    cr_expect_eq(tally.valid, 0);
    cr_expect_str_eq(tally.verdict, POINTS_NO_RATE);
    cr_expect_str_eq(experiment_verdict(&experiment, unknown), POINTS_NO_RATE);
    struct judge_side side = {
        .name = "fork-per-client", .repeats = tally.blocks, .verdict = tally.verdict};
    struct claim claim = {.verdict = CLAIM_CONFIRMED};
    judge_leave_side_open(&claim, &side, "more offered than it can do");
    cr_expect_eq(claim.verdict, CLAIM_NOT_DECIDED);
    cr_expect(strstr(claim.why, "without a rate. What would help: that the run does not fail"),
              "%s", claim.why);
}

/* A client that stands still takes more from whoever is faster, so that it must not count where the
 * claim is that one after another is. */
Test(points, lateness_is_looked_past_where_it_speaks_against_what_is_shown)
{
    cr_expect(experiment.points[find("once50 one-at-a-time")].late_counts);
    cr_expect(experiment.points[find("once5000 thread-per-client")].late_counts);
    cr_expect(!experiment.points[find("once0 one-at-a-time")].late_counts);
    cr_expect(!experiment.points[find("kept50 multiplexed")].late_counts);
    cr_expect(experiment.points[find("steady50 multiplexed")].late_counts);
}
