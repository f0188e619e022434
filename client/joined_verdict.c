#include <math.h>
#include <string.h>

#include "joined.h"
#include "verdict.h"

static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- checks ---- */

/* The place of the check of this name; the end of the array when there is none. */
static size_t find_check(const json_t *checks, const char *name)
{
    size_t i = 0;
    while (i < json_array_size(checks) &&
           strcmp(text_of(json_array_get(checks, i), "name"), name) != 0)
        i++;
    return i;
}

/* Each check once: of the first host whose run failed it, else of the first that made it. */
static bool take_checks(json_t *checks, const struct joined_host *host)
{
    const json_t *check;
    size_t i;
    json_array_foreach(json_object_get(host->result, "checks"), i, check)
    {
        size_t place = find_check(checks, text_of(check, "name"));
        bool is_new = place == json_array_size(checks);
        bool is_worse = !is_new && json_is_false(json_object_get(check, "pass")) &&
                        json_is_true(json_object_get(json_array_get(checks, place), "pass"));
        if (!is_new && !is_worse)
            continue;
        json_t *copy = json_deep_copy(check);
        if (copy == NULL || !set(copy, "host", json_string(host->name))) {
            json_decref(copy);
            return false;
        }
        if (is_new ? json_array_append_new(checks, copy) != 0
                   : json_array_set_new(checks, place, copy) != 0)
            return false;
    }
    return true;
}

/* ---- fairness over all ---- */

struct shares {
    double connections, replies, squares; /* of the replies of each connection */
};

/* Jain's index is (sum x)^2 / (n sum x^2), so each host's tells its sum of squares. */
static struct shares shares_of(struct joined_host *const hosts[], size_t count)
{
    struct shares all = {0};
    for (size_t i = 0; i < count; i++) {
        const json_t *result = hosts[i]->result;
        double n = joined_number(result, "connections", 0),
               jain = joined_number(result, "fairness_jain", NAN),
               x = joined_number(json_object_get(result, "counts"), "ok", 0);
        if (result == NULL)
            continue;
        all.connections += n;
        if (isnan(jain) || jain <= 0)
            continue;
        all.replies += x;
        all.squares += x * x / (n * jain);
    }
    return all;
}

/* ---- the verdict ---- */

struct judgement {
    enum verdict_kind kind;
    const char *name, *host, *sentence;
    size_t alike; /* hosts of that kind besides */
};

/* Its clients were connected and waited, while those of other hosts were served. By itself it
 * cannot know that these were. */
static bool is_starved(const struct joined_host *host)
{
    static const char *const others[] = {"ok",    "error_reply", "mismatch", "connect_failed",
                                         "reset", "closed_early"};
    const json_t *counts = json_object_get(host->result, "counts");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (joined_number(counts, others[i], 1) > 0)
            return false;
    return strncmp(text_of(host->result, "verdict_text"), VERDICT_HOPELESS,
                   strlen(VERDICT_HOPELESS)) != 0;
}

static void weigh(struct judgement *worst, const struct joined_host *host, bool any_served)
{
    struct judgement own = {VERDICT_FAILED, "FAILED", host->name, host->failure, 0};
    if (host->result != NULL) {
        own.name = text_of(host->result, "verdict");
        own.sentence = text_of(host->result, "verdict_text");
        if (!verdict_by_name(own.name, &own.kind))
            own.kind = VERDICT_FAILED;
        if (own.kind == VERDICT_FAILED && any_served && is_starved(host)) {
            own.kind = VERDICT_STARVED;
            own.name = "STARVED";
            own.sentence = "none of its requests was answered";
        }
    }
    bool is_first = worst->name == NULL, is_worse = verdict_is_worse(own.kind, worst->kind);
    /* No result at all is the first thing to know. */
    bool is_silent = host->result == NULL && worst->sentence != NULL &&
                     worst->kind == VERDICT_FAILED && worst->alike == 0;
    if (is_first || is_worse || is_silent)
        *worst = own;
    else if (own.kind == worst->kind)
        worst->alike++;
}

static json_t *sentence_json(const struct judgement *worst)
{
    if (worst->kind == VERDICT_VALID)
        return json_string(worst->sentence);
    if (worst->alike > 0)
        return json_sprintf("%s, and %zu other%s: %s", worst->host, worst->alike,
                            worst->alike == 1 ? "" : "s", worst->sentence);
    return json_sprintf("%s: %s", worst->host, worst->sentence);
}

static bool judge_fairness(json_t *checks, const struct shares *all, double jain,
                           struct judgement *worst)
{
    if (isnan(jain) || all->connections < 2)
        return true;
    double least = verdict_fairness_least(all->replies / all->connections);
    if (jain < least && verdict_is_worse(VERDICT_STARVED, worst->kind))
        *worst = (struct judgement){VERDICT_STARVED, "STARVED", "all hosts together",
                                    "some clients got most of the service", 0};
    return json_array_append_new(checks, json_pack("{s:s, s:f, s:f, s:b, s:n}", "name",
                                                   "fairness_jain_of_all", "value", jain, "limit",
                                                   least, "pass", jain >= least, "host")) == 0;
}

/* Of the values that INCR told two hosts, which none of them can see. */
static bool judge_counter(json_t *checks, const json_t *counter, struct joined_host *const hosts[],
                          size_t count, struct judgement *worst)
{
    double own = 0, all = joined_number(counter, "duplicates", NAN);
    if (isnan(all))
        return true;
    for (size_t i = 0; i < count; i++)
        own += (double)hosts[i]->counter.duplicates;
    if (all > own && verdict_is_worse(VERDICT_FAILED, worst->kind))
        *worst =
            (struct judgement){VERDICT_FAILED, "FAILED", "all hosts together",
                               "INCR told several of them the same value: updates were lost", 0};
    return json_array_append_new(checks, json_pack("{s:s, s:f, s:f, s:b, s:n}", "name",
                                                   "duplicates_of_all", "value", all - own, "limit",
                                                   0.0, "pass", all <= own, "host")) == 0;
}

bool joined_judge(json_t *result, struct joined_host *const hosts[], size_t count)
{
    struct judgement worst = {0};
    struct shares all = shares_of(hosts, count);
    double jain =
        all.squares > 0 ? all.replies * all.replies / (all.connections * all.squares) : NAN;
    json_t *checks = json_array();
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        weigh(&worst, hosts[i], all.replies > 0);
        good = take_checks(checks, hosts[i]) && good;
    }
    good = judge_fairness(checks, &all, jain, &worst) && good;
    good = judge_counter(checks, json_object_get(result, "counter"), hosts, count, &worst) && good;
    good = set(result, "fairness_jain", isnan(jain) ? json_null() : json_real(jain)) && good;
    good = set(result, "verdict", json_string(worst.name)) && good;
    good = set(result, "verdict_text", sentence_json(&worst)) && good;
    return set(result, "checks", checks) && good;
}
