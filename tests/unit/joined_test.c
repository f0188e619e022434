/* The results of several hosts as one: the same as if one client had seen it all. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "counter.h"
#include "figure.h"
#include "hdr_log.h"
#include "joined.h"
#include "result_json.h"
#include "verdict.h"

static char folder[] = "/tmp/joined_test_XXXXXX";

static void enter_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL && chdir(folder) == 0);
}

static void leave_folder(void)
{
    cr_assert_eq(system("rm -f ./*/*"), 0);
    cr_assert_eq(system("rmdir ./*"), 0);
    cr_assert(chdir("..") == 0 && rmdir(folder) == 0);
}

TestSuite(joined, .init = enter_folder, .fini = leave_folder);

/* One client's run: two seconds of response times drawn between low and high. */
static struct run {
    struct tally total;
    struct measure sum;
} whole;

static void record(struct run *run, struct histogram *second, int64_t ns)
{
    histogram_record(second, ns);
    histogram_record(&run->total.response.answered, ns);
    histogram_record(&run->total.service.answered, ns - 3);
    histogram_record(&run->sum.generator_lag, 3);
}

static void put(const char *path, bool (*write)(FILE *, const void *), const void *what)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert(write(file, what));
    fclose(file);
}

static bool put_json(FILE *file, const void *what)
{
    return result_put(file, what);
}

static bool put_log(FILE *file, const void *what)
{
    const struct run *run = what;
    return hdr_log_begin(file, 1000) && hdr_log_put_series(file, &run->sum.series, 2) &&
           hdr_log_put(file,
                       &(struct hdr_log_entry){"service", 0, 2, &run->total.service.answered}) &&
           hdr_log_put(file, &(struct hdr_log_entry){"unanswered", 0, 2,
                                                     &run->total.response.unanswered}) &&
           hdr_log_put(file,
                       &(struct hdr_log_entry){"generator-lag", 0, 2, &run->sum.generator_lag});
}

static int64_t interval_ns; /* of the hosts to come; 0: a second */

static json_t *result_of(const struct run *run, int connections, const char *verdict)
{
    json_int_t ok = (json_int_t)run->total.response.answered.count,
               lost = (json_int_t)run->total.response.unanswered.count;
    json_t *counts = json_pack("{s:I, s:I, s:I}", "planned", ok + lost, "ok", ok, "timeout", lost);
    for (int o = 0; o < OUTCOMES; o++)
        if (o != OUTCOME_OK && o != OUTCOME_TIMEOUT)
            json_object_set_new(counts, outcome_names[o], json_integer(0));
    json_t *client = json_pack("{s:f, s:f, s:i, s:i, s:f, s:i}", "cpu_us_per_request", 2.0,
                               "cpu_busy", 0.25, "voluntary_switches", 5, "involuntary_switches", 1,
                               "stalled_s", 0.5, "sockets_missing", 0);
    json_t *kernel = json_pack("{s:i, s:i, s:i, s:i}", "listen_overflows", 1, "listen_drops", 0,
                               "retransmits", 2, "timeouts", 0);
    return json_pack(
        "{s:i, s:i, s:i, s:f, s:n, s:b, s:o, s:f, s:o, s:o, s:[{s:s, s:o}], s:n, s:f, "
        "s:s, s:s, s:[{s:s, s:f, s:f, s:b}], s:o, s:o, s:o}",
        "schema", 1, "connections", connections, "threads", 1, "duration_s", 2.0, "rate_offered",
        "interrupted", 0, "counts", counts, "throughput_rps", (double)ok / 2, "latency_us",
        result_latency_json(&run->total, &run->sum), "precision",
        result_precision_json(&run->total.response, (struct independence){0.1, 0.5}), "requests",
        "name", "PING", "counts", json_deep_copy(counts), "counter", "fairness_jain", 1.0,
        "verdict", verdict, "verdict_text", "as it is", "checks", "name", "errors", "value", 0.0,
        "limit", 0.01, "pass", strcmp(verdict, "ERRORS") != 0, "client", client, "kernel", kernel,
        "series", result_series_json(&run->sum.series));
}

/* A host that measured `count` requests a second, from low_ns on; they are added to `whole`. */
static void write_host(const char *name, int count, int64_t low_ns, int lost, const char *verdict)
{
    static struct run run;
    static struct histogram second;
    char path[64];
    memset(&run, 0, sizeof run);
    run.sum.series.interval_ns = interval_ns;
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < count; i++) {
            int64_t ns = low_ns + (int64_t)(i * 7919 % count) * 1009;
            record(&run, &second, ns);
            static struct histogram ignored;
            record(&whole, &ignored, ns);
        }
        cr_assert(series_save(&run.sum.series, &second, 3));
    }
    for (int i = 0; i < lost; i++) {
        histogram_record(&run.total.response.unanswered, 1000000000);
        histogram_record(&whole.total.response.unanswered, 1000000000);
    }
    cr_assert_eq(mkdir(name, 0700), 0);
    json_t *result = result_of(&run, 4, verdict);
    cr_assert_not_null(result);
    json_object_set_new(result, "interval_s",
                        json_real((double)series_interval_ns(&run.sum.series) / 1e9));
    snprintf(path, sizeof path, "%s/result.json", name);
    put(path, put_json, result);
    snprintf(path, sizeof path, "%s/client.hlog", name);
    put(path, put_log, &run);
    json_decref(result);
    series_free(&run.sum.series);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL && fputs(text, file) != EOF);
    fclose(file);
}

/* Joins the hosts whose names are their folders. */
static json_t *joined(const char *const names[], size_t count)
{
    struct joined_host *hosts[8];
    for (size_t i = 0; i < count; i++)
        cr_assert_not_null(hosts[i] = joined_host_read(names[i], names[i]));
    json_t *result = joined_result(hosts, count);
    cr_assert_not_null(result);
    for (size_t i = 0; i < count; i++)
        joined_host_free(hosts[i]);
    return result;
}
#define JOINED(...)                                                                                \
    joined((const char *const[]){__VA_ARGS__},                                                     \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const json_t *at(const json_t *value, const char *a, const char *b)
{
    return json_object_get(json_object_get(value, a), b);
}

static const char *text(const json_t *result, const char *key)
{
    return json_string_value(json_object_get(result, key));
}

/* Each percentile, mean, minimum and maximum is that of one histogram of all values. */
static void expect_times_of_all(const json_t *result, const char *key, struct figure_source all)
{
    json_t *expected = result_time_json(all);
    const json_t *time = at(result, "latency_us", key), *value;
    const char *name;
    json_object_foreach(expected, name, value)
    {
        const json_t *got = json_object_get(time, name);
        if (!json_is_number(value))
            cr_expect(json_equal(got, value), "%s.%s", key, name);
        else
            cr_expect_float_eq(json_number_value(got), json_number_value(value),
                               1e-9 * json_number_value(value) + 1e-3, "%s.%s: %f, not %f", key,
                               name, json_number_value(got), json_number_value(value));
    }
    json_decref(expected);
}

Test(joined, it_is_as_if_one_client_had_measured_all)
{
    write_host("a", 3000, 100000, 0, "VALID");
    write_host("b", 3300, 50000, 0, "VALID");
    write_host("c", 2900, 9000000, 0, "VALID");
    json_t *result = JOINED("a", "b", "c");
    expect_times_of_all(
        result, "response",
        (struct figure_source){&whole.total.response.answered, &whole.total.response.unanswered});
    expect_times_of_all(result, "service",
                        (struct figure_source){&whole.total.service.answered, NULL});
    expect_times_of_all(result, "generator_lag",
                        (struct figure_source){&whole.sum.generator_lag, NULL});
    cr_expect_eq(json_integer_value(at(result, "counts", "planned")), 18400);
    cr_expect_eq(json_integer_value(at(result, "counts", "ok")), 18400);
    cr_expect_eq(json_integer_value(json_object_get(result, "connections")), 12);
    cr_expect_float_eq(json_number_value(json_object_get(result, "throughput_rps")), 9200, 1e-6);
    cr_expect_str_eq(text(result, "verdict"), "VALID");
    const json_t *second = json_array_get(json_object_get(result, "series"), 1);
    cr_expect_eq(json_integer_value(json_object_get(second, "ok")), 9200);
    cr_expect_eq(json_integer_value(json_object_get(second, "in_flight")), 9);
    cr_expect_eq(json_integer_value(at(result, "kernel", "retransmits")), 6);
    cr_expect_eq(json_array_size(json_object_get(result, "hosts")), 3);
    json_decref(result);
}

/* Requests that were never answered, on one host, make percentiles of all uncertain. */
Test(joined, the_unanswered_of_one_host_count_for_all)
{
    write_host("a", 2000, 100000, 0, "VALID");
    write_host("b", 2000, 100000, 500, "ERRORS");
    json_t *result = JOINED("a", "b");
    expect_times_of_all(
        result, "response",
        (struct figure_source){&whole.total.response.answered, &whole.total.response.unanswered});
    cr_expect(json_is_null(json_object_get(at(result, "latency_us", "response"), "p99")));
    cr_expect(json_is_number(json_object_get(at(result, "latency_us", "response"), "p50")));
    cr_expect_eq(json_integer_value(at(result, "counts", "timeout")), 500);
    json_decref(result);
}

Test(joined, the_worst_verdict_is_told_with_its_host)
{
    write_host("a", 100, 1000, 0, "NON-STATIONARY");
    write_host("b", 100, 1000, 0, "ERRORS");
    write_host("c", 100, 1000, 0, "GENERATOR-LIMITED");
    write_host("d", 100, 1000, 0, "ERRORS");
    json_t *result = JOINED("a", "b", "c", "d");
    cr_expect_str_eq(text(result, "verdict"), "ERRORS");
    cr_expect_str_eq(text(result, "verdict_text"), "b, and 1 other: as it is");
    const json_t *check = json_array_get(json_object_get(result, "checks"), 0);
    cr_expect_str_eq(text(check, "host"), "b", "the first that failed it");
    json_decref(result);
    result = JOINED("c", "a");
    cr_expect_str_eq(text(result, "verdict_text"), "c: as it is");
    json_decref(result);
}

Test(joined, a_host_without_a_result_is_named)
{
    write_host("a", 100, 1000, 0, "VALID");
    cr_assert_eq(mkdir("b", 0700), 0);
    write_text("b/error", "the connection was lost\xff\nmore\n");
    write_text("b/clock", "-12.5 300\n");
    json_t *result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "FAILED");
    cr_expect_str_eq(text(result, "verdict_text"), "b: the connection was lost?");
    cr_expect_eq(json_integer_value(at(result, "counts", "ok")), 200);
    const json_t *host = json_array_get(json_object_get(result, "hosts"), 1);
    cr_expect_str_eq(text(host, "failure"), "the connection was lost?");
    cr_expect_float_eq(json_number_value(at(host, "clock", "offset_us")), -12.5, 1e-9);
    cr_expect(json_is_null(json_object_get(host, "result")));
    json_decref(result);
    result = JOINED("b");
    cr_expect_str_eq(text(result, "verdict"), "FAILED");
    cr_expect_eq(json_number_value(json_object_get(result, "throughput_rps")), 0);
    json_decref(result);
}

/* Intervals are added one by one, so that they must be equally long. */
Test(joined, intervals_of_another_length)
{
    interval_ns = 20000000;
    write_host("a", 100, 1000, 0, "VALID");
    write_host("b", 100, 1000, 0, "VALID");
    json_t *result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "VALID");
    const json_t *second = json_array_get(json_object_get(result, "series"), 1);
    cr_expect_eq(json_integer_value(json_object_get(second, "ok")), 200);
    cr_expect_float_eq(json_number_value(json_object_get(second, "t_s")), 0.02, 1e-9);
    json_decref(result);
    interval_ns = 0;
    write_host("c", 100, 1000, 0, "VALID");
    result = JOINED("a", "c");
    cr_expect_str_eq(text(result, "verdict"), "FAILED");
    cr_expect_str_eq(text(result, "verdict_text"),
                     "c: its intervals are of 1 s, those of a of 0.02 s");
    json_decref(result);
}

Test(joined, files_that_do_not_belong_together_are_seen)
{
    write_host("a", 100, 1000, 0, "VALID");
    write_host("b", 101, 1000, 0, "VALID");
    cr_assert_eq(rename("a/client.hlog", "b/client.hlog"), 0);
    json_t *result = JOINED("a", "b");
    const json_t *hosts = json_object_get(result, "hosts");
    cr_expect_not_null(strstr(text(json_array_get(hosts, 0), "failure"), "client.hlog"));
    cr_expect_str_eq(text(json_array_get(hosts, 1), "failure"),
                     "result and histograms disagree on the number of times: response");
    json_decref(result);
}

/* Each host is fair to its own connections, and the server was not to the hosts. */
Test(joined, a_starved_host_is_seen)
{
    write_host("a", 10000, 1000, 0, "VALID");
    write_host("b", 1000, 1000, 0, "VALID");
    json_t *result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "STARVED");
    cr_expect_str_eq(text(result, "verdict_text"),
                     "all hosts together: some clients got most of the service");
    double jain = json_number_value(json_object_get(result, "fairness_jain"));
    cr_expect_float_eq(jain, 11.0 * 11 / (2 * (100 + 1)), 1e-9, "%f", jain);
    json_decref(result);
}

/* ---- kinds of requests ---- */

static json_t *read_result_of(const char *name, char path[64])
{
    snprintf(path, 64, "%s/result.json", name);
    json_t *result = json_load_file(path, 0, NULL);
    cr_assert_not_null(result);
    return result;
}

/* Adds to what the host wrote that its requests were of two kinds, with times from low_ns on. */
static void write_kinds(const char *name, int count, int64_t low_ns, struct tally all[2])
{
    char path[64], tag[32];
    static struct tally kinds[2];
    memset(kinds, 0, sizeof kinds);
    json_t *result = read_result_of(name, path), *list = json_array();
    snprintf(path, sizeof path, "%s/client.hlog", name);
    FILE *log = fopen(path, "a");
    cr_assert_not_null(log);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < count; i++) {
            int64_t ns = (low_ns + i * 1009) * (k + 1);
            histogram_record(&kinds[k].response.answered, ns);
            histogram_record(&all[k].response.answered, ns);
        }
        snprintf(tag, sizeof tag, "kind-%d", k + 1);
        cr_assert(
            hdr_log_put(log, &(struct hdr_log_entry){tag, 0, 2, &kinds[k].response.answered}));
        struct figure_source response = {&kinds[k].response.answered, NULL},
                             service = {&kinds[k].service.answered, NULL};
        json_array_append_new(list, json_pack("{s:s, s:{s:i}, s:{s:o, s:o}}", "name",
                                              k == 0 ? "short" : "long", "counts", "ok", count,
                                              "latency_us", "response", result_time_json(response),
                                              "service", result_time_json(service)));
    }
    fclose(log);
    json_object_set_new(result, "requests", list);
    snprintf(path, sizeof path, "%s/result.json", name);
    put(path, put_json, result);
    json_decref(result);
}

Test(joined, each_kind_of_requests_has_the_times_of_all_hosts)
{
    static struct tally all[2];
    write_host("a", 2000, 100000, 0, "VALID");
    write_host("b", 1000, 100000, 0, "VALID");
    write_kinds("a", 2000, 100000, all);
    write_kinds("b", 1000, 7000000, all);
    json_t *result = JOINED("a", "b");
    cr_assert_str_eq(text(result, "verdict"), "VALID", "%s", text(result, "verdict_text"));
    for (int k = 0; k < 2; k++) {
        const json_t *kind = json_array_get(json_object_get(result, "requests"), (size_t)k),
                     *got = json_object_get(at(kind, "latency_us", "response"), "p50");
        json_t *expected = result_time_json(
            (struct figure_source){&all[k].response.answered, &all[k].response.unanswered});
        cr_expect(json_is_number(got));
        cr_expect_float_eq(json_number_value(got),
                           json_number_value(json_object_get(expected, "p50")), 1e-3);
        cr_expect_eq(json_integer_value(at(kind, "counts", "ok")), 3000);
        json_decref(expected);
    }
    json_decref(result);
}

/* ---- INCR ---- */

/* The host asked INCR, and was told count values from first on. */
static void write_values(const char *name, int64_t first, int count)
{
    char path[64];
    struct counter c;
    counter_init(&c, COUNTER_BYTES_MOST);
    for (int i = 0; i < count; i++)
        counter_add(&c, first + i);
    json_t *result = read_result_of(name, path), *told = result_counter_json(&c);
    json_object_set_new(told, "indeterminate", json_integer(1));
    json_object_set_new(result, "counter", told);
    put(path, put_json, result);
    json_decref(result);
    snprintf(path, sizeof path, "%s/counter.values", name);
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL && counter_write(file, &c) && fclose(file) == 0);
    counter_free(&c);
}

Test(joined, values_of_several_hosts_must_differ)
{
    write_host("a", 100, 1000, 0, "VALID");
    write_host("b", 100, 1000, 0, "VALID");
    write_values("a", 1, 100);
    write_values("b", 111, 100);
    json_t *result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "VALID");
    cr_expect(json_is_true(at(result, "counter", "distinct")));
    cr_expect_eq(json_integer_value(at(result, "counter", "missing")), 10);
    cr_expect_eq(json_integer_value(at(result, "counter", "acknowledged")), 200);
    cr_expect_eq(json_integer_value(at(result, "counter", "indeterminate")), 2);
    json_decref(result);
    write_values("b", 91, 100);
    result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "FAILED");
    cr_expect_str_eq(text(result, "verdict_text"),
                     "all hosts together: INCR told several of them the same value: updates were "
                     "lost");
    cr_expect(json_is_false(at(result, "counter", "distinct")));
    cr_expect_eq(json_integer_value(at(result, "counter", "duplicates")), 10);
    json_decref(result);
}

Test(joined, values_that_nobody_wrote_down_leave_it_open)
{
    write_host("a", 100, 1000, 0, "VALID");
    write_host("b", 100, 1000, 0, "VALID");
    write_values("a", 1, 100);
    write_values("b", 101, 100);
    cr_assert_eq(unlink("b/counter.values"), 0);
    json_t *result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "VALID");
    cr_expect(json_is_null(at(result, "counter", "distinct")));
    cr_expect(json_is_null(at(result, "counter", "missing")));
    cr_expect_eq(json_integer_value(at(result, "counter", "max")), 200);
    json_decref(result);
}

/* ---- a host that nobody served ---- */

static void leave_unserved(const char *name, const char *sentence)
{
    char path[64];
    json_t *result = read_result_of(name, path);
    json_object_set_new(result, "verdict_text", json_string(sentence));
    json_object_set_new(result, "fairness_jain", json_null());
    put(path, put_json, result);
    json_decref(result);
}

Test(joined, a_host_that_only_waited_was_starved)
{
    write_host("a", 100, 1000, 0, "VALID");
    write_host("b", 0, 1000, 0, "FAILED");
    leave_unserved("b", "no request was due within the window");
    json_t *result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "STARVED");
    cr_expect_str_eq(text(result, "verdict_text"), "b: none of its requests was answered");
    json_decref(result);
    leave_unserved("b", VERDICT_HOPELESS ": Connection refused");
    result = JOINED("a", "b");
    cr_expect_str_eq(text(result, "verdict"), "FAILED", "it was never connected");
    json_decref(result);
}
