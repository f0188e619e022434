/* client --self-test as a whole. What its judgements are worth, the unit tests tell. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client_run.h"

static const char *const rows[] = {
    "response p50",
    "response p90",
    "response p95",
    "response p99",
    "response mean",
    "service p99, the naive figure",
    "200 us, 1000/s: p50",
    "200 us, 1000/s: p99",
    "1 ms, 1000/s: p50",
    "1 ms, 1000/s: p99",
    "200 us, 5000/s: p50",
    "200 us, 5000/s: p99",
    "1 ms, 5000/s: p50",
    "1 ms, 5000/s: p99",
    "200 us, 20000/s: p50",
    "200 us, 20000/s: p99",
    "1 ms, 20000/s: p50",
    "1 ms, 20000/s: p99",
    "stopped, open loop: verdict",
    "stopped, open loop: time it missed",
    "stopped, closed loop: verdict",
    "stopped, closed loop: time it missed",
    "others on its CPU",
    "one connection for 2000/s: verdict",
    "one connection for 2000/s: blocked p50",
    "100000 gaps are exponential",
    "arrival number 10^7",
    "quantiles: powers of two, +-1",
    "quantiles: uniform to 10 ms",
    "quantiles: lognormal",
    "halves, merged",
};
enum { ROWS = sizeof rows / sizeof *rows, FIRST_WITHOUT_TIME = 25 };

/* The end of the row of that name, to be freed. */
static char *verdict_of(const char *table, const char *name)
{
    char start[64];
    snprintf(start, sizeof start, "\n  %s", name);
    const char *line = strstr(table, start);
    cr_assert(line != NULL, "no row %s in \"%s\"", name, table);
    char *copy = strndup(line + 1, strcspn(line + 1, "\n")), *end = strstr(copy, "  not measured");
    if (end == NULL)
        end = strrchr(copy, ' ') - 1;
    memmove(copy, end + 2, strlen(end + 2) + 1);
    return copy;
}

/* Runs it to its end, which takes longer than process_run waits. */
static struct outcome run_self_test(void)
{
    struct process p;
    struct outcome o;
    size_t bytes;
    FILE *out = open_memstream(&o.out, &bytes);
    process_start(&p, (const char *[]){CLIENT_FILE, "--self-test", NULL});
    for (char *line; (line = process_line(&p)) != NULL; free(line))
        fprintf(out, "%s\n", line);
    fclose(out);
    o.status = process_exit_status(process_wait(&p));
    o.err = process_errors(&p);
    process_free(&p);
    return o;
}

/* A busy machine may leave figures unmeasured, and says so; a wrong figure is never excused. */
Test(self_test, every_row_is_there_and_good, .timeout = 200)
{
    struct outcome o = run_self_test();
    int measured = 0;
    for (int i = 0; i < ROWS; i++) {
        char *verdict = verdict_of(o.out, rows[i]);
        bool good = strcmp(verdict, "ok") == 0;
        cr_expect(good || (i < FIRST_WITHOUT_TIME && strncmp(verdict, "not measured: ", 14) == 0),
                  "%s: %s", rows[i], verdict);
        measured += good;
        free(verdict);
    }
    bool unproven = strstr(o.out, "\nNothing is proven: ") != NULL;
    cr_expect(o.status == (unproven ? 1 : 0), "exit status %d: \"%s\"", o.status, o.out);
    cr_expect_str_empty(o.err);
    cr_expect_geq(measured, ROWS - FIRST_WITHOUT_TIME);
    outcome_free(&o);
}

enum { FAMILY = 3 }; /* itself, the reference server, and a client */

/* process_wait sees to it that none of them is left. */
static void expect_end(int signal_number)
{
    struct process p;
    process_start(&p, (const char *[]){CLIENT_FILE, "--self-test", NULL});
    while (process_census(&p).processes < FAMILY)
        pause_ms();
    process_signal(&p, signal_number);
    cr_expect_eq(process_exit_status(process_wait(&p)), 128 + signal_number);
    cr_expect(strstr(p.text, "Interrupted: nothing is proven.\n") != NULL, "\"%s\"", p.text);
    process_free(&p);
}

Test(self_test, a_signal_ends_it_and_all_it_started, .timeout = 60)
{
    expect_end(SIGINT);
    expect_end(SIGTERM);
}

Test(self_test, takes_no_other_option, .timeout = 60)
{
    static const char *const wrong[][2] = {
        {"--self-test -c 3", "client: --connections: has no meaning with --self-test\n"},
        {"--self-test --once", "client: --once: has no meaning with --self-test\n"},
        {"--self-test PING", "client: --self-test: asks what it needs, and not 'PING'\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct outcome o = client_run(0, wrong[i][0]);
        cr_expect(o.status == 2 && *o.out == '\0', "%s: exit status %d", wrong[i][0], o.status);
        cr_expect_str_eq(o.err, wrong[i][1]);
        outcome_free(&o);
    }
}
