#include "joined.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result_json.h"
#include "time_text.h"
#include "together.h"

static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

/* ---- numbers of all hosts ---- */

enum how { ADD, MOST, LEAST };

/* A number of several objects, as one; whole while all are. Null where one of those that there are
 * does not know it. */
static json_t *combined(const json_t *const objects[], size_t count, const char *key, enum how how)
{
    double sum = 0;
    bool whole = true, first = true;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(objects[i], key);
        if (!json_is_number(value))
            return json_null();
        double number = json_number_value(value);
        whole = whole && json_is_integer(value);
        if (first)
            sum = number;
        else
            sum = how == ADD ? sum + number : how == MOST ? fmax(sum, number) : fmin(sum, number);
        first = false;
    }
    return whole ? json_integer((json_int_t)sum) : json_real(sum);
}

/* The results that there are, or of each the object at a key. Returns how many. */
static size_t results_of(const json_t *objects[], struct joined_host *const hosts[], size_t count,
                         const char *key)
{
    size_t there = 0;
    for (size_t i = 0; i < count; i++)
        if (hosts[i]->result != NULL)
            objects[there++] =
                key != NULL ? json_object_get(hosts[i]->result, key) : hosts[i]->result;
    return there;
}

struct rule {
    const char *key;
    enum how how;
};

/* Sets these numbers of *to. */
static bool combine(json_t *to, const json_t *const objects[], size_t count,
                    const struct rule *rules, size_t rules_count)
{
    bool good = true;
    for (size_t i = 0; i < rules_count; i++)
        good = set(to, rules[i].key, combined(objects, count, rules[i].key, rules[i].how)) && good;
    return good;
}
#define RULES(rules) rules, sizeof(rules) / sizeof(rules)[0]

static bool add_counts(json_t *counts, const json_t *const objects[], size_t there)
{
    bool good = set(counts, "planned", combined(objects, there, "planned", ADD));
    for (int o = 0; o < OUTCOMES; o++)
        good =
            set(counts, outcome_names[o], combined(objects, there, outcome_names[o], ADD)) && good;
    return good;
}

/* ---- times ---- */

/* Adds up what the hosts measured. False when memory is short. */
static bool add_times(struct tally *total, struct measure *sum, struct joined_host *const hosts[],
                      size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        struct figure_time to[FIGURE_TIMES], from[FIGURE_TIMES];
        if (hosts[i]->result == NULL)
            continue;
        figure_times(total, sum, to);
        figure_times(&hosts[i]->total, &hosts[i]->sum, from);
        for (int t = 0; t < FIGURE_TIMES; t++) {
            const struct figure_source *source = &from[t].source, *target = &to[t].source;
            histogram_merge((struct histogram *)(uintptr_t)target->answered, source->answered);
            if (source->unanswered != NULL)
                histogram_merge((struct histogram *)(uintptr_t)target->unanswered,
                                source->unanswered);
        }
        good = series_merge(&sum->series, &hosts[i]->sum.series) && good;
    }
    return good;
}

/* The requests of all hosts are worth as many independent ones as theirs are together. */
static struct independence independence_of_all(struct joined_host *const hosts[], size_t count,
                                               const struct tally *total)
{
    double independent = 0;
    for (size_t i = 0; i < count; i++)
        if (hosts[i]->result != NULL)
            independent += joined_number(json_object_get(hosts[i]->result, "precision"),
                                         "independent_requests", NAN);
    return (struct independence){NAN, independent / (double)total->response.answered.count};
}

static bool set_times(json_t *root, struct joined_host *const hosts[], size_t count)
{
    struct tally *total = calloc(1, sizeof *total);
    struct measure *sum = calloc(1, sizeof *sum);
    bool good = total != NULL && sum != NULL && add_times(total, sum, hosts, count);
    if (good) {
        good = set(root, "latency_us", result_latency_json(total, sum));
        good = set(root, "precision",
                   result_precision_json(&total->response,
                                         independence_of_all(hosts, count, total))) &&
               good;
        good = set(root, "series", result_series_json(&sum->series)) && good;
    }
    if (sum != NULL)
        series_free(&sum->series);
    free(sum);
    free(total);
    return good;
}

/* ---- kinds of requests ---- */

static void add_latency(struct latency *sum, const struct latency *other)
{
    histogram_merge(&sum->answered, &other->answered);
    histogram_merge(&sum->unanswered, &other->unanswered);
}

/* The times of the requests of kind k, of several; NULL when memory is short. */
static json_t *kind_latency_json(struct joined_host *const hosts[], size_t count, size_t k)
{
    struct tally *all = calloc(1, sizeof *all);
    if (all == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (k >= hosts[i]->kinds_count)
            continue;
        add_latency(&all->response, &hosts[i]->kinds[k].response);
        add_latency(&all->service, &hosts[i]->kinds[k].service);
    }
    struct figure_source response = {&all->response.answered, &all->response.unanswered},
                         service = {&all->service.answered, &all->service.unanswered};
    json_t *latency = json_pack("{s:o, s:o}", "response", result_time_json(response), "service",
                                result_time_json(service));
    free(all);
    return latency;
}

/* Of a single kind, all there is to know of all. */
static bool set_kinds(json_t *root, const json_t *const results[], size_t there,
                      struct joined_host *const hosts[], size_t count)
{
    json_t *kinds = json_object_get(root, "requests"), *kind;
    size_t k;
    bool good = true;
    json_array_foreach(kinds, k, kind)
    {
        const json_t *counts[TOGETHER_HOSTS_MOST];
        for (size_t i = 0; i < there; i++)
            counts[i] = json_object_get(json_array_get(json_object_get(results[i], "requests"), k),
                                        "counts");
        good = add_counts(json_object_get(kind, "counts"), counts, there) && good;
        json_t *latency = json_array_size(kinds) == 1
                              ? json_deep_copy(json_object_get(root, "latency_us"))
                              : kind_latency_json(hosts, count, k);
        good = set(kind, "latency_us", latency) && good;
    }
    return good;
}

/* The values of all hosts; of one without a result nobody knows which it was told. */
static void add_counters(struct counter *all, struct joined_host *const hosts[], size_t count)
{
    counter_init(all, COUNTER_BYTES_MOST);
    for (size_t i = 0; i < count; i++) {
        counter_merge(all, &hosts[i]->counter);
        all->unknown = all->unknown || hosts[i]->result == NULL;
    }
}

static bool set_counter(json_t *root, struct joined_host *const hosts[], size_t count)
{
    static const struct rule rules[] = {{"indeterminate", ADD}};
    const json_t *counters[TOGETHER_HOSTS_MOST];
    json_t *counter = json_object_get(root, "counter");
    if (!json_is_object(counter))
        return true;
    size_t there = results_of(counters, hosts, count, "counter");
    struct counter all;
    add_counters(&all, hosts, count);
    json_t *told = result_counter_json(&all);
    counter_free(&all);
    bool good =
        combine(counter, counters, there, RULES(rules)) && json_object_update(counter, told) == 0;
    json_decref(told);
    return good;
}

/* ---- the whole ---- */

static bool set_client(json_t *root, struct joined_host *const hosts[], size_t count)
{
    static const struct rule rules[] = {{"cpu_busy", MOST},
                                        {"voluntary_switches", ADD},
                                        {"involuntary_switches", ADD},
                                        {"stalled_s", MOST},
                                        {"sockets_missing", ADD}},
                             kernel_rules[] = {{"listen_overflows", ADD},
                                               {"listen_drops", ADD},
                                               {"retransmits", ADD},
                                               {"timeouts", ADD}};
    const json_t *clients[TOGETHER_HOSTS_MOST], *kernels[TOGETHER_HOSTS_MOST];
    size_t there = results_of(clients, hosts, count, "client");
    results_of(kernels, hosts, count, "kernel");
    double cpu_us = 0, rate = 0;
    for (size_t i = 0; i < count; i++) {
        double own = joined_number(hosts[i]->result, "throughput_rps", 0);
        rate += own;
        cpu_us += own * joined_number(json_object_get(hosts[i]->result, "client"),
                                      "cpu_us_per_request", 0);
    }
    json_t *client = json_object(), *kernel = json_object();
    bool good = combine(client, clients, there, RULES(rules));
    good = set(client, "cpu_us_per_request", rate > 0 ? json_real(cpu_us / rate) : json_null()) &&
           good;
    good = combine(kernel, kernels, there, RULES(kernel_rules)) && good;
    return set(root, "client", client) && set(root, "kernel", kernel) && good;
}

static json_t *host_json(const struct joined_host *host)
{
    json_t *result = host->result != NULL ? json_deep_copy(host->result) : json_null();
    json_object_del(result, "series");
    return json_pack("{s:s, s:o, s:O, s:o}", "name", host->name, "failure",
                     host->failure[0] != '\0' ? json_string(host->failure) : json_null(), "clock",
                     host->clock, "result", result);
}

static bool set_hosts(json_t *root, struct joined_host *const hosts[], size_t count)
{
    json_t *list = json_array();
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = json_array_append_new(list, host_json(hosts[i])) == 0 && good;
    return set(root, "hosts", list) && good;
}

/* What is the same for all is taken from the first, and what is not from all. */
static bool join(json_t *root, struct joined_host *const hosts[], size_t count)
{
    static const struct rule rules[] = {{"connections", ADD},
                                        {"threads", ADD},
                                        {"rate_offered", ADD},
                                        {"duration_s", MOST},
                                        {"throughput_rps", ADD}};
    const json_t *results[TOGETHER_HOSTS_MOST], *counts[TOGETHER_HOSTS_MOST];
    size_t there = results_of(results, hosts, count, NULL);
    results_of(counts, hosts, count, "counts");
    bool interrupted = false;
    for (size_t i = 0; i < there; i++)
        interrupted = interrupted || json_is_true(json_object_get(results[i], "interrupted"));
    bool good = combine(root, results, there, RULES(rules));
    good = set(root, "interrupted", json_boolean(interrupted)) && good;
    good = add_counts(json_object_get(root, "counts"), counts, there) && good;
    good = set_times(root, hosts, count) && good;
    good = set(root, "kernel_stamps_us", json_null()) && good;
    good = set_kinds(root, results, there, hosts, count) && good;
    good = set_counter(root, hosts, count) && good;
    return set_client(root, hosts, count) && good;
}

/* Series can be added only if their intervals are equally long. */
static void compare_hosts(struct joined_host *const hosts[], size_t count)
{
    size_t first = 0;
    while (first < count && hosts[first]->result == NULL)
        first++;
    for (size_t i = first + 1; i < count; i++)
        if (hosts[i]->result != NULL)
            joined_host_compare(hosts[i], hosts[first]);
}

json_t *joined_result(struct joined_host *const hosts[], size_t count)
{
    const json_t *results[TOGETHER_HOSTS_MOST];
    compare_hosts(hosts, count);
    bool is_any = results_of(results, hosts, count, NULL) > 0;
    json_t *root =
        is_any ? json_deep_copy(results[0])
               : json_pack("{s:i, s:f, s:{}}", "schema", 1, "throughput_rps", 0.0, "counts");
    bool good = root != NULL && (!is_any || join(root, hosts, count));
    good = good && joined_judge(root, hosts, count) && set_hosts(root, hosts, count);
    if (good)
        return root;
    json_decref(root);
    return NULL;
}

/* ---- for people ---- */

static void put_row(FILE *file, const char *name, const json_t *result, const char *failure)
{
    const json_t *response = json_object_get(json_object_get(result, "latency_us"), "response");
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    double p50 = joined_number(response, "p50", NAN), p99 = joined_number(response, "p99", NAN);
    fprintf(file, "%-16s", name);
    if (failure[0] != '\0') {
        fprintf(file, "  %s\n", failure);
        return;
    }
    char cells[2][TIME_TEXT_BYTES] = {"-", "-"};
    if (!isnan(p50))
        time_text(cells[0], p50 * 1e3);
    if (!isnan(p99))
        time_text(cells[1], p99 * 1e3);
    fprintf(file, "%12.0f%12.0f%12s%12s  %s\n", joined_number(result, "connections", 0),
            joined_number(result, "throughput_rps", 0), cells[0], cells[1],
            verdict != NULL ? verdict : "-");
}

void joined_put_text(FILE *file, struct joined_host *const hosts[], size_t count,
                     const json_t *result)
{
    fprintf(file, "%-16s%12s%12s%12s%12s  %s\n", "", "connections", "requests/s", "p50", "p99",
            "verdict");
    for (size_t i = 0; i < count; i++)
        put_row(file, hosts[i]->name, hosts[i]->result, hosts[i]->failure);
    put_row(file, "all", result, "");
    fprintf(file, "%s\n", json_string_value(json_object_get(result, "verdict_text")));
}
