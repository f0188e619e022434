/* The program report: a page of made-up results that have everything, and little, and nothing good.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "process.h"
#include "report_folder.h"

TestSuite(report, .init = report_make_folder, .fini = report_remove_folder, .timeout = 60);

static void expect_in(const char *page, const char *part)
{
    cr_expect_not_null(strstr(page, part), "the page has no %s", part);
}

static void expect_not_in(const char *page, const char *part)
{
    const char *at = strstr(page, part);
    cr_expect_null(at, "the page has %s: %.80s", part, at);
}

static size_t count(const char *page, const char *part)
{
    size_t n = 0;
    for (const char *at = page; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

/* Runs it for the folder and checks status and complaint; NULL: none. */
static void expect_run(int status, const char *complaint)
{
    struct outcome o = process_run((const char *[]){REPORT_FILE, report_folder(), NULL});
    cr_expect_eq(o.status, status, "exit status %d: %s", o.status, o.err);
    cr_expect(complaint != NULL ? strstr(o.err, complaint) != NULL : *o.err == '\0', "%s", o.err);
    outcome_free(&o);
    cr_expect_neq(access(report_path("report.html.part"), F_OK), 0, "no half of a page is left");
}

Test(report, everything)
{
    report_copy_sample();
    expect_run(0, NULL);
    char *page = report_read("report.html");
    /* two workloads: bars, percentiles, ledger, one with a course; a curve with four figures */
    cr_expect_eq(count(page, "<svg class=\"plot\""), 2 * 3 + 1 + 4);
    cr_expect_eq(count(page, "<defs>"), 1);
    expect_not_in(page, "No diagram");
    expect_not_in(page, "rgb(  0,   0,   0)"); /* which would be black on black in the dark */
    expect_not_in(page, "rgb(0,0,0)");
    expect_in(page, "in steps of 500 ms, of one run of each model");
    expect_in(page, "Upright lines: the moments planned for the crashes.");
    expect_in(page, "one-at-a-time: 1,754 replies/s from 0.5 s to 1 s<");
    expect_in(page, "INCOMPLETE");
    expect_in(page, "The server had a single CPU");
    expect_in(page, "★ best");
    expect_in(page, "not ranked");
    expect_in(page, "thread-per-client was ahead of all others by more than chance explains");
    expect_in(page, "no difference is shown between it and fork-per-client");
    expect_in(page, "id=\"e0\">Clients who always ask");
    expect_in(page, "Dashed: what theory predicts");
    expect_in(page, "<td class=\"map");
    expect_in(page,
              "<small>the client was the limit with &lt;one&gt; and two: no winner is named<");
    expect_in(page,
              "<td class=\"tie\">no difference<small>one-at-a-time, thread-per-client<br>3.92 × "
              "fork-per-client, the last</small>");
    expect_in(page, "<b>thread-per-client</b><small>1.31 × the next</small>");
    expect_in(page, "<b>fork-per-client</b><small>1.20 × the next<br>by CPU time</small>");
    expect_in(page, "<small>only &lt;one&gt; is ranked");
    expect_in(page, "<small>not in the results</small>");
    expect_in(page, "one-at-a-time wins none &amp; &lt;both&gt; can be measured.");
    expect_in(page, "Could not be done: memory of &lt;threads&gt;: it does not come to rest");
    expect_in(page, "A thread is cheaper than a process");
    expect_in(page, "<td>3/3<small>VALID, 2 late</small></td><td>3,000<small>2,910 to 3,090</small>"
                    "</td><td>-</td><td>-</td><td>-</td>");
    expect_not_in(page, "fork-per-client at 10: 330us"); /* those times are the client's */
    expect_in(page, "fork-per-client at 1: 303us");
    expect_in(page, "client limited, or late");
    free(page);
}

/* Names and texts of the file stay text; nothing is loaded. */
Test(report, nothing_is_taken_for_markup)
{
    report_copy_sample();
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(page, "&lt;script&gt;document.title=&quot;taken&quot;");
    cr_expect_eq(count(page, "<script>"), 1, "only the page's own");
    expect_in(page, "Example &lt;CPU&gt; &amp; more");
    expect_in(page, "Polling is &lt;always&gt; slower &amp; &quot;dearer&quot;");
    expect_in(page, "&#39;@0@&#39; `false`; &quot;exit&quot; at 10: ");
    expect_not_in(page, "src=");
    expect_not_in(page, "url(");
    expect_not_in(page, "@import");
    expect_not_in(page, "href=\"http");
    expect_in(page, "default-src 'none'");
    expect_not_in(page, ">nan");
    expect_not_in(page, ">inf");
    free(page);
}

Test(report, hardly_anything)
{
    static const char *const documents[] = {
        "{\"schema\": \"server-models-bench/1\"}",
        "{\"schema\": \"server-models-bench/1\", \"models\": 5, \"workloads\": {}, \"runs\": [1, "
        "null],"
        " \"experiments\": \"none\", \"options\": []}",
        "{\"schema\": \"server-models-bench/1\", \"models\": [{\"name\": \"a\"}, {}],"
        " \"workloads\": [{\"name\": \"w\"}], \"runs\": [{\"model\": \"a\", \"workload\": \"w\","
        " \"block\": 1e300, \"outcome\": \"measured\", \"valid\": true}],"
        " \"summaries\": [{\"model\": \"a\", \"workload\": \"w\", \"throughput_rps\": {\"value\": "
        "0}}]}",
        "{\"schema\": \"server-models-bench/1\", \"experiments\": [{\"kind\": \"map\", \"points\":"
        " [{\"x\": 1, \"y\": 1}]}, {\"kind\": \"curve\", \"x\": {\"log\": true}, \"points\":"
        " [{\"label\": \"a\", \"x\": 0, \"throughput_rps\": {\"value\": 1}},"
        " {\"label\": \"a\", \"x\": 5, \"throughput_rps\": {\"value\": 0}}]}]}",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        report_write("results.json", documents[i]);
        expect_run(0, NULL);
        char *page = report_read("report.html");
        expect_in(page, "</html>");
        expect_not_in(page, "No diagram");
        free(page);
    }
}

/* Of capacities: one that its confirmation contradicts, one without an upper end, and one from
 * before there were confirmations. */
Test(report, whether_a_capacity_is_confirmed)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"experiments\": [{\"kind\": \"capacity\", "
        "\"late_runs\": 7, \"answers\": [{\"model\": \"a\", \"low_rps\": 1382, \"high_rps\": 1427, "
        "\"limited\": true, \"confirmed\": "
        "{\"low\": {\"runs\": 5, \"passed\": 1, \"untold\": 0}, \"high\": {\"runs\": 5, "
        "\"passed\": 0, \"untold\": 2}, \"ended_early\": false, \"objection\": \"at 1,382/s "
        "only\"}}, "
        "{\"model\": \"b\", \"confirmed\": {\"low\": {\"runs\": 2, \"passed\": 2, \"untold\": 0}, "
        "\"high\": {\"runs\": 0, \"passed\": 0, \"untold\": 0}, \"ended_early\": true, "
        "\"objection\": null}}, {\"model\": \"c\", \"low_rps\": 900, \"closed_loop_rps\": "
        "990, \"closed_loop_limited\": true}]}]}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(page, "<th>a</th><td>1,382</td><td>1,427<small>of some rates in between "
                    "nothing could be told</small></td><td>1/5 0/5 (2 could not be told)<small>not "
                    "confirmed: at 1,382/s only</small></td>");
    expect_in(page, "<td>2/2 -<small>ended early</small></td>");
    expect_in(page, "In 7 runs the client was late, and they tell all the same");
    expect_in(page, "<th>c</th><td>900</td><td>-</td><td>-</td><td>≥ 990</td>");
    free(page);
}

/* Who waits behind whom can be told from the page; a model without VALID runs tells nothing. */
Test(report, kinds_of_requests)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"models\": [{\"name\": \"a\"}, {\"name\": "
        "\"b\"}], \"workloads\": [{\"name\": \"w\"}], \"runs\": [{\"model\": \"a\", "
        "\"workload\": \"w\", \"block\": 0, \"outcome\": \"measured\", \"valid\": true, "
        "\"client\": {\"requests\": [{\"name\": \"short\", \"latency_us\": {\"response\": "
        "{\"p50\": 120, \"p99\": 4000}}}, {\"name\": \"long\"}]}}]}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(page, "<tr><th>a</th><td>short</td><td>120us</td><td>4.00ms</td></tr>");
    expect_in(page, "<tr><th>a</th><td>long</td><td>-</td><td>-</td></tr>");
    expect_not_in(page, "<tr><th>b</th><td>short");
    free(page);
}

/* Of two runs the better is long enough for a p99.9, which lies below the median of their p99. */
Test(report, a_curve_is_of_the_same_runs_all_along)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"models\": [{\"name\": \"a\"}], "
        "\"workloads\": [{\"name\": \"w\"}], \"options\": {\"blocks\": 2}, \"runs\": [{\"model\": "
        "\"a\", \"workload\": \"w\", \"block\": 0, \"outcome\": \"measured\", \"valid\": true, "
        "\"client\": {\"latency_us\": {\"response\": {\"p50\": 120, \"p99\": 4000}}}}, {\"model\": "
        "\"a\", \"workload\": \"w\", \"block\": 1, \"outcome\": \"measured\", \"valid\": true, "
        "\"client\": {\"latency_us\": {\"response\": {\"p50\": 120, \"p99\": 300, \"p999\": "
        "500}}}}]}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(page, "a: 99 % of the requests took at most 2.15ms");
    expect_not_in(page, "a: 99.9 % of the requests took at most");
    free(page);
}

/* They are named, and nothing is said of a loopback or of CPUs that were divided here. */
Test(report, several_hosts)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"options\": {\"hosts\": \"server on alpha, "
        "clients on beta\\nalpha: one <CPU>\\nbeta: two CPUs\", \"server_cpus\": \"0\", "
        "\"client_cpus\": \"1\", \"cpus\": \"pinned apart\"}}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(page, "<dt>Hosts</dt><dd>server on alpha, clients on beta</dd>");
    expect_in(page, "<dt>Host</dt><dd>alpha: one &lt;CPU&gt;</dd>");
    expect_in(page, "<dt>Host</dt><dd>beta: two CPUs</dd>");
    expect_in(page, "Server and clients ran on several hosts");
    expect_not_in(page, "loopback");
    expect_not_in(page, "pinned apart");
    expect_not_in(page, "single CPU");
    free(page);
}

/* Figures that suffered from neighbours say so; a little, or what is not known, is not worth a
 * word.
 */
Test(report, stolen_time)
{
    static const char *const stolen_s[] = {"12.4", "0.9", "null"};
    for (int i = 0; i < 3; i++) {
        char document[200];
        snprintf(document, sizeof document,
                 "{\"schema\": \"server-models-bench/1\", \"cpu_wanted_s\": 100, "
                 "\"cpu_stolen_s\": %s}",
                 stolen_s[i]);
        report_write("results.json", document);
        expect_run(0, NULL);
        char *page = report_read("report.html");
        cr_expect_eq(strstr(page, "Other virtual machines took 12 % of the CPU time") != NULL,
                     i == 0);
        cr_expect_eq(strstr(page, "(steal)") != NULL, i == 0, "%s", stolen_s[i]);
        free(page);
    }
}

/* A suite of experiments only has runs of other lengths, in other blocks. */
Test(report, no_runs_of_its_own)
{
    report_write("results.json",
                 "{\"schema\": \"server-models-bench/1\", \"runs\": [], "
                 "\"options\": {\"seconds\": 1, \"blocks\": 5, \"warmup_s\": 0.2}}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_not_in(page, "<dt>Runs</dt>");
    free(page);
}

Test(report, no_results)
{
    expect_run(1, "results.json");
    report_write("results.json", "{\"schema\": ");
    expect_run(1, "results.json");
    report_write("results.json", "{\"schema\": \"something/2\"}");
    expect_run(1, "its schema is not server-models-bench/1");
    cr_expect_neq(access(report_path("report.html"), F_OK), 0);
}

/* As much as the disk has room for, by the limit of a file. */
Test(report, a_full_disk)
{
    report_copy_sample();
    report_write("report.html", "the page before");
    struct rlimit limit = {40000, 40000};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_run(1, "report.html: File too large");
    char *page = report_read("report.html");
    cr_expect_str_eq(page, "the page before");
    free(page);
}

/* The page is there all the same, and says what is missing where. */
Test(report, no_gnuplot)
{
    report_copy_sample();
    setenv("PATH", "/nowhere", 1);
    expect_run(1, "lacks a diagram: gnuplot");
    char *page = report_read("report.html");
    cr_expect_eq(count(page, "No diagram: gnuplot"), 2 * 3 + 1 + 4);
    expect_in(page, "</html>");
    free(page);
}

Test(report, wrong_use)
{
    static const char *const arguments[] = {NULL, "", "--nosuch"};
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        struct outcome o = process_run((const char *[]){REPORT_FILE, arguments[i], NULL});
        cr_expect(o.status == 2 && *o.out == '\0' && strstr(o.err, "usage: report FOLDER") != NULL,
                  "exit status %d: %s", o.status, o.err);
        outcome_free(&o);
    }
}

/* Standard output of the program, to be freed; the exit status is as expected. */
static char *print_picture(const char *experiment, const char *figure, int status)
{
    struct outcome o =
        process_run((const char *[]){REPORT_FILE, report_folder(), experiment, figure, NULL});
    cr_expect_eq(o.status, status, "exit status %d: %s", o.status, o.err);
    char *out = strdup(o.out);
    outcome_free(&o);
    return out;
}

Test(report, a_picture_stands_alone)
{
    report_copy_sample();
    char *picture = print_picture("clients", "mean", 0);
    cr_expect_eq(strncmp(picture, "<svg xmlns=\"http://www.w3.org/2000/svg\"", 38), 0);
    cr_expect_eq(count(picture, "<svg"), 2, "the diagram, in its place");
    cr_expect_eq(count(picture, "</svg>"), 2);
    cr_expect_eq(count(picture, "width=\"10\" height=\"10\""), 5, "a legend of so many labels");
    expect_in(picture, "Mean response time");
    expect_in(picture, "Dashed: what theory predicts");
    expect_not_in(picture, "<script");
    expect_not_in(picture, "<figure");
    free(picture);
    cr_expect_neq(access(report_path("report.html"), F_OK), 0, "only the picture was asked for");
}

Test(report, a_picture_of_nothing)
{
    report_copy_sample();
    static const char *const names[][2] = {{"none", "mean"}, {"clients", "none"}, {"map", "cpu"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *picture = print_picture(names[i][0], names[i][1], 1);
        cr_expect_str_eq(picture, "", "half a picture");
        free(picture);
    }
}

/* The interval of two blocks is far wider than the bars are long: the axis is theirs. */
Test(report, a_wide_interval_leaves_the_bars)
{
    static const char *const highs[] = {"315736", "2900"};
    for (int i = 0; i < 2; i++) {
        char document[500];
        snprintf(document, sizeof document,
                 "{\"schema\": \"server-models-bench/1\", \"models\": [{\"name\": \"a\"}], "
                 "\"workloads\": [{\"name\": \"w\"}], \"runs\": [{\"model\": \"a\", "
                 "\"workload\": \"w\", \"block\": 0, \"outcome\": \"measured\", \"valid\": "
                 "true}], \"summaries\": [{\"model\": \"a\", \"workload\": \"w\", "
                 "\"throughput_rps\": {\"value\": 2500, \"low\": 17, \"high\": %s}}]}",
                 highs[i]);
        report_write("results.json", document);
        expect_run(0, NULL);
        char *page = report_read("report.html");
        cr_expect_eq(strstr(page, "Arrow: the interval goes on beyond the axis") != NULL, i == 0);
        cr_expect_eq(strstr(page, "95 %: 17 to 315,736") != NULL, i == 0,
                     "the whole of it is told");
        expect_in(page, ">2k<");
        expect_not_in(page, "00k<");
        free(page);
    }
}

/* Under crash hardly a run is VALID, and what the workload asks is answered beside the client. */
Test(report, what_became_of_companions)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"models\": [{\"name\": \"a\"}, {\"name\": "
        "\"b\"}], \"workloads\": [{\"name\": \"w\"}], \"runs\": ["
        "{\"model\": \"a\", \"workload\": \"w\", \"block\": 0, \"outcome\": \"measured\", "
        "\"valid\": false, \"companions\": [{\"kind\": \"crash\", \"count\": 3, \"crashes\": 3, "
        "\"survived\": 3, \"silence_ms\": 0.5}, {\"kind\": \"idle\", \"count\": 2000, "
        "\"connected\": 2000, \"answered\": 64}]}, "
        "{\"model\": \"a\", \"workload\": \"w\", \"block\": 1, \"outcome\": \"server died\", "
        "\"companions\": [{\"kind\": \"crash\", \"count\": 3, \"crashes\": 3, \"survived\": 3, "
        "\"silence_ms\": 3.13}]}, "
        "{\"model\": \"b\", \"workload\": \"w\", \"companions\": [{\"kind\": \"<i>\", "
        "\"count\": 1e300}, {\"kind\": \"crash\", \"count\": 3, \"crashes\": 1, \"survived\": 0, "
        "\"silence_ms\": null}, 7]}]}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    cr_expect_eq(count(page, "Who else was there"), 1, "one table");
    expect_in(page, "<tr><th>a</th><td>2</td><td class=\"text\">6 crashes, each time the next "
                    "client was answered within 3.13ms</td></tr>");
    expect_in(page, "<tr><th>a</th><td>1</td><td class=\"text\">2,000 idle clients, 64 of them "
                    "served</td></tr>");
    expect_in(page, "<tr><th>b</th><td>1</td><td class=\"text\">1 crash, and then nobody was there "
                    "to answer</td></tr>");
    cr_expect_eq(count(page, "<td class=\"text\">"), 3, "what is no companion is left out");
    free(page);
}

/* How sure the figures of a workload are; a width that is not known says why, and one of two blocks
 * that differ is no figure to read. */
Test(report, notes_below_a_table)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"options\": {\"half_width_wanted\": 0.05}, "
        "\"models\": [{\"name\": \"a\"}], \"workloads\": [{\"name\": \"w\"}, {\"name\": \"x\"}, "
        "{\"name\": \"y\"}, {\"name\": \"z\"}], \"summaries\": [{\"model\": \"a\", \"workload\": "
        "\"w\", \"outliers\": [{\"block\": 3, \"throughput_rps\": 2320, \"over_median\": 0.64, "
        "\"kind\": \"far\"}, {\"kind\": \"<b>\"}]}], \"precision\": [{\"workload\": "
        "\"w\", \"blocks\": 5, \"half_width\": 0.123, \"model\": \"a\", \"of\": \"ratio\"}, "
        "{\"workload\": \"x\", \"blocks\": 2, "
        "\"half_width\": 898.6}, {\"workload\": \"y\", \"blocks\": 1, \"half_width\": null, "
        "\"model\": \"a\", \"of\": \"ratio\"}, {\"workload\": \"z\", \"blocks\": 0, "
        "\"half_width\": null}]}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(
        page,
        "<p class=\"soft\">Half width of the 95 % intervals: up to 12 % (ratio of a, 5 blocks); "
        "wanted: 5.0 %. Outliers, which are counted: a in block 4, far: 2,320 requests/s "
        "(-36 %); a in block -, &lt;b&gt;: - requests/s.</p>");
    expect_in(page, "intervals: more than 1000 % (2 blocks)");
    expect_in(page, "intervals: not known of the ratio of a, which is VALID together with the base "
                    "in one block only. ");
    expect_in(page, "intervals: not known, for no run is VALID. ");
    cr_expect_eq(count(page, "Half width of"), 4, "none of a workload without");
    free(page);
}

/* Once on a page, however many tables it has. */
Test(report, what_the_columns_of_the_ledger_are)
{
    report_copy_sample();
    expect_run(0, NULL);
    char *page = report_read("report.html");
    cr_expect_gt(count(page, "<th>stall us</th>"), 1, "several tables");
    cr_expect_eq(count(page, "<dt>stall us</dt><dd>time in which"), 1);
    cr_expect_eq(count(page, "<dt>KiB a client</dt>"), 1);
    expect_in(page, "<dd>CPU time of the client (made up)</dd>");
    expect_in(page,
              "<dt>KiB a client</dt><dd>memory the server has grown by, for each client</dd>");
    free(page);
}

/* Losses are added up, for a median would hide that one; what is not known is no 0. */
Test(report, more_of_the_ledger)
{
    report_write(
        "results.json",
        "{\"schema\": \"server-models-bench/1\", \"models\": [{\"name\": \"a\"}, {\"name\": "
        "\"b\"}], "
        "\"workloads\": [{\"name\": \"w\"}], \"runs\": ["
        "{\"block\": 0, \"model\": \"a\", \"workload\": \"w\", \"outcome\": \"measured\", "
        "\"valid\": true, \"client\": {\"verdict\": \"VALID\"}, \"ledger\": {"
        "\"machine_cpu_us_per_request\": {\"value\": 20, \"source\": \"some <file>\"}, "
        "\"unexplained_cpu_us_per_request\": {\"value\": -2}, "
        "\"run_queue_delay_us_per_request\": {\"value\": null, \"not_available\": \"who knows\"}, "
        "\"busiest_worker_accepts_over_mean\": {\"value\": 1.5}, "
        "\"listen_overflows\": {\"value\": 0}}}, "
        "{\"block\": 1, \"model\": \"a\", \"workload\": \"w\", \"outcome\": \"measured\", "
        "\"valid\": true, \"client\": {\"verdict\": \"VALID\"}, \"ledger\": {"
        "\"listen_overflows\": {\"value\": 3}}}]}");
    expect_run(0, NULL);
    char *page = report_read("report.html");
    expect_in(page, "<tr><th>a</th><td>20.0</td><td>-2.00</td><td>-<small class=\"reason\">who "
                    "knows</small></td><td>1.50</td><td>3</td><td>-</td></tr>");
    cr_expect_eq(count(page, "<tr><th>b</th><td>-</td>"), 0, "it was not run");
    expect_in(page, "a request (some &lt;file&gt;)</dd>");
    expect_in(page, "added up, a request; not available: who knows</dd>");
    free(page);
}
