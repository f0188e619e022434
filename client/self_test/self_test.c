#include "self_test.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "environment.h"
#include "score.h"
#include "self_check.h"
#include "self_judge.h"

enum { TRIES = 3 };
#define NO_MORE_TRIES_NS (40 * CLOCK_S) /* after the begin: it is to end within a minute */

struct run {
    const char *label;
    struct experiment experiment;
    self_judge *judge;
};

struct test {
    const char *name, *title;             /* "T1" */
    const char *note;                     /* what the tolerance is, and why; NULL: nothing to say */
    void (*check)(struct score_sheet *s); /* or, where that is NULL: */
    const struct run *runs;
    size_t runs_count;
};

#define RUNS(list) .runs = (list), .runs_count = sizeof(list) / sizeof *(list)

static const struct run freeze_runs[] = {
    {"frozen for 400 ms",
     {{300 * CLOCK_US, CLOCK_S, 400 * CLOCK_MS}, "-r 500 -a constant -c 1 -d 4 -W 0.2 PING", 0},
     self_judge_freeze}};

#define DELAY_RUN(label, delay_us, rate)                                                           \
    {                                                                                              \
        label,                                                                                     \
            {{(delay_us)*CLOCK_US, 0, 0}, "-r " rate " -a constant -c 64 -d 1.2 -W 0.2 PING", 0},  \
            self_judge_delay                                                                       \
    }
static const struct run delay_runs[] = {
    DELAY_RUN("200 us, 1000/s", 200, "1000"),   DELAY_RUN("1 ms, 1000/s", 1000, "1000"),
    DELAY_RUN("200 us, 5000/s", 200, "5000"),   DELAY_RUN("1 ms, 5000/s", 1000, "5000"),
    DELAY_RUN("200 us, 20000/s", 200, "20000"), DELAY_RUN("1 ms, 20000/s", 1000, "20000"),
};

static const struct run sabotage_runs[] = {
    {"stopped, open loop",
     {{CLOCK_MS, 0, 0}, "-r 1000 -c 16 -d 1.5 -W 0.2 PING", SABOTAGE_STOP},
     self_judge_stop},
    {"stopped, closed loop",
     {{CLOCK_MS, 0, 0}, "-c 8 -d 1.5 -W 0.2 PING", SABOTAGE_STOP},
     self_judge_stop},
    {"others on its CPU",
     {{CLOCK_MS, 0, 0}, "-r 5000 -c 64 -d 1 -W 0.2 PING", SABOTAGE_HOG},
     self_judge_hog},
    {"one connection for 2000/s",
     {{CLOCK_MS, 0, 0}, "-r 2000 -a constant -c 1 -d 1 -W 0 PING", 0},
     self_judge_overload},
};

static const struct test tests[] = {
    {.name = "T1",
     .title = "The server freezes for 400 ms: response times against the closed form",
     .note = "Within 2 % of the freeze. Only `response` shows what users felt.",
     RUNS(freeze_runs)},
    {.name = "T4",
     .title = "Every answer takes a known time: response times at three rates",
     .note = "p50 within 100 us: two processes wake up for a reply, and it passes the loopback. "
             "p99 within 1 ms: one\n    in a hundred may meet a turn of something else on its CPU.",
     RUNS(delay_runs)},
    {.name = "T5",
     .title = "The client is sabotaged, and must notice",
     .note = "Stopped for 200 ms: time it missed within 40 ms, as it looks at least every 10 ms. "
             "Blocked: within 10 %.",
     RUNS(sabotage_runs)},
    {.name = "T6",
     .title = "The plan of arrivals against its mathematics",
     .check = self_check_plan},
    {.name = "T7",
     .title = "Histograms against 100000 sorted values",
     .check = self_check_histogram},
};
enum { TESTS = sizeof tests / sizeof *tests };

struct conductor {
    struct experiment_place place;
    int64_t begin_ns;
    bool show_progress;
    size_t counts[3];     /* rows, by enum score_result */
    const char *unproven; /* the last test of which no row could be measured, or NULL */
};

/* ---- one test ---- */

static void show(const struct conductor *c, const char *label, int try)
{
    if (c->show_progress && try == 1)
        fprintf(stderr, "\r\033[K%s", label);
    else if (c->show_progress)
        fprintf(stderr, "\r\033[K%s, try %d of %d", label, try, TRIES);
}

static void unshow(const struct conductor *c)
{
    if (c->show_progress)
        fputs("\r\033[K", stderr);
}

/* One attempt. False when interrupted. */
static bool attempt(const struct conductor *c, const struct run *run, struct score_sheet *s)
{
    struct observation o;
    *s = (struct score_sheet){0};
    switch (experiment_run(&run->experiment, &c->place, &o)) {
    case EXPERIMENT_DONE:
        run->judge(&run->experiment, run->label, &o, s);
        return true;
    case EXPERIMENT_INTERRUPTED:
        return false;
    default:
        score_words(s, run->label, "no result", "a result", false,
                    "this run did not come about; if there is a reason, it stands above");
        return true;
    }
}

/* The best of several attempts. False when interrupted. */
static bool perform(const struct conductor *c, const struct run *run, struct score_sheet *best,
                    int *tries)
{
    struct score_sheet s;
    *best = (struct score_sheet){0};
    *tries = 0;
    if (run->experiment.sabotage == SABOTAGE_HOG && c->place.client_cpu == CHILD_ANY_CPU) {
        score_not_measured(score_words(best, run->label, "-", "GENERATOR-LIMITED", false, ""),
                           "needs a CPU for the client alone");
        return true;
    }
    do {
        show(c, run->label, ++*tries);
        if (!attempt(c, run, &s))
            return false;
        if (score_is_better(&s, best))
            *best = s;
    } while (score_count(best, SCORE_OK) < best->count && *tries < TRIES &&
             clock_now_ns() < c->begin_ns + NO_MORE_TRIES_NS);
    return true;
}

static void put(struct conductor *c, const struct score_sheet *s, int tries)
{
    for (size_t i = 0; i < s->count; i++)
        c->counts[s->rows[i].result]++;
    unshow(c);
    score_put_sheet(stdout, s, tries);
    fflush(stdout);
}

/* False when interrupted. */
static bool run_test(struct conductor *c, const struct test *test)
{
    size_t measured = c->counts[SCORE_OK] + c->counts[SCORE_FAILED];
    struct score_sheet s = {0};
    int tries = 1;
    printf("\n%s  %s\n", test->name, test->title);
    if (test->note != NULL)
        printf("    %s\n", test->note);
    fflush(stdout);
    if (test->check != NULL) {
        test->check(&s);
        put(c, &s, tries);
    }
    for (size_t i = 0; i < test->runs_count; i++) {
        if (!perform(c, &test->runs[i], &s, &tries)) {
            unshow(c);
            return false;
        }
        put(c, &s, tries);
    }
    if (c->counts[SCORE_OK] + c->counts[SCORE_FAILED] == measured)
        c->unproven = test->name;
    return true;
}

/* ---- all of them ---- */

/* The server gets the first allowed CPU and the client the last: where there are more than two, no
 * usual numbering makes these the two halves of one core. */
static void choose_cpus(struct experiment_place *place)
{
    cpu_set_t allowed;
    place->server_cpu = place->client_cpu = CHILD_ANY_CPU;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2)
        return;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &allowed)) {
            if (place->server_cpu == CHILD_ANY_CPU)
                place->server_cpu = cpu;
            place->client_cpu = cpu;
        }
}

static void put_head(const struct conductor *c)
{
    if (c->place.client_cpu != CHILD_ANY_CPU)
        printf("The client runs on CPU %d, its reference server on CPU %d.\n", c->place.client_cpu,
               c->place.server_cpu);
    else
        puts(
            "The client and its reference server share what CPUs there are: expect larger errors.");
    score_put_head(stdout);
}

static void put_environment(struct environment *environment)
{
    char notes[ENVIRONMENT_NOTES_MOST][ENVIRONMENT_NOTE_BYTES];
    environment_finish(environment);
    size_t count = environment_notes(environment, notes, ENVIRONMENT_NOTES_MOST);
    putchar('\n');
    for (size_t i = 0; i < count; i++)
        printf("machine: %s\n", notes[i]);
}

static void put_conclusion(const struct conductor *c)
{
    size_t ok = c->counts[SCORE_OK], failed = c->counts[SCORE_FAILED],
           missing = c->counts[SCORE_NOT_MEASURED], all = ok + failed + missing;
    if (failed > 0)
        printf("%zu of %zu figures are beyond their tolerance: do not rely on what the client "
               "measures here.\n",
               failed, all);
    else if (c->unproven != NULL)
        printf(
            "Nothing is proven: no figure of %s could be measured. Try again when the machine is "
            "quieter.\n",
            c->unproven);
    else if (missing > 0)
        printf("%zu of %zu figures are within their tolerance and none is beyond; %zu could not be "
               "measured here.\n",
               ok, all, missing);
    else
        printf("All %zu figures are within their tolerance.\n", all);
}

/* Returns the exit status. */
static int conduct(struct conductor *c)
{
    struct environment environment = environment_read();
    choose_cpus(&c->place);
    put_head(c);
    for (int i = 0; i < TESTS; i++)
        if (!run_test(c, &tests[i])) {
            struct signalfd_siginfo info = {.ssi_signo = SIGINT};
            (void)!read(c->place.interruptfd, &info, sizeof info); /* it is readable */
            puts("\nInterrupted: nothing is proven.");
            return 128 + (int)info.ssi_signo;
        }
    put_environment(&environment);
    put_conclusion(c);
    return c->counts[SCORE_FAILED] == 0 && c->unproven == NULL ? 0 : 1;
}

int self_test_run(void)
{
    struct conductor c = {.begin_ns = clock_now_ns(), .show_progress = isatty(STDERR_FILENO)};
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, &before);
    c.place.interruptfd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (c.place.interruptfd < 0) {
        diag_error("the self-test cannot start: %s", strerror(errno));
        return 1;
    }
    int status = conduct(&c);
    close(c.place.interruptfd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    diag_error("standard output: %s", strerror(errno));
    return status > 1 ? status : 1;
}
