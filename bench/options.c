#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "elsewhere.h"
#include "experiments.h"
#include "option.h"
#include "reference.h"
#include "setups.h"
#include "statistics.h"

enum {
    KEY_MODELS = 256,
    KEY_WORKLOADS,
    KEY_BLOCKS,
    KEY_HALF_WIDTH,
    KEY_BUDGET,
    KEY_SECONDS,
    KEY_SERVER_CPUS,
    KEY_CLIENT_CPUS,
    KEY_SEED,
    KEY_OUT,
    KEY_LIST,
    KEY_BIN,
    KEY_QUICK,
    KEY_SUITE,
    KEY_EXPERIMENTS,
    KEY_CHECK,
    KEY_NO_COUNTING,
    KEY_HOSTS,
    KEY_REPORT,
    KEY_AGAINST,
    KEY_RESUME,
    KEY_CPUS,
};

const struct option_range options_blocks = {1, STATISTICS_MOST};
const struct option_range options_seed = {1, UINT32_MAX};
const struct option_range options_run_ns = {100 * CLOCK_MS, 3600 * CLOCK_S};
const struct option_range options_budget_ns = {CLOCK_S, 7 * 24 * 3600 * CLOCK_S};

/* With --blocks auto. */
#define HALF_WIDTH 0.03
#define BUDGET_NS  (3600 * CLOCK_S)

static const struct argp_option argp_options[] = {
    {0, 0, 0, 0, "What to compare:", 1},
    {"list", KEY_LIST, 0, 0, "Show the models and the workloads with their questions, run nothing",
     0},
    {"models", KEY_MODELS, "LIST", 0, "Only these models, separated by commas (all)", 0},
    {"workloads", KEY_WORKLOADS, "LIST", 0,
     "Only these workloads, each a name or the path of a workload file (all)", 0},
    {"against", KEY_AGAINST, "SERVER", 0,
     "Beside the models, for reference, another server that speaks RESP: redis (a fresh "
     "redis-server in each run), or HOST:PORT (one that runs already; it is neither started nor "
     "stopped). May be given several times",
     0},
    {"suite", KEY_SUITE, "NAME", 0,
     "What it is made of: default (the workloads), curves (how the models change with the number "
     "of clients, the offered rate and more; theory beside it; what rate each can take), map "
     "(which wins where), literature (published claims, carried out and judged), or full (all of "
     "this)",
     0},
    {"experiments", KEY_EXPERIMENTS, "LIST", 0, "Only these experiments of the suite (all)", 0},
    {0, 0, 0, 0, "How long and how often:", 2},
    {"quick", KEY_QUICK, 0, 0,
     "Two blocks of short runs of the first seven workloads of --list, unless --workloads chooses: "
     "a "
     "first answer within a minute",
     0},
    {"blocks", KEY_BLOCKS, "N|auto", 0,
     "How often each model meets each workload (5); auto: 8 times, then as often as --half-width "
     "needs and --budget allows",
     0},
    {"half-width", KEY_HALF_WIDTH, "PERCENT", 0,
     "With --blocks auto: how far a 95 % interval may reach to either side of a ratio (3)", 0},
    {"budget", KEY_BUDGET, "TIME", 0, "With --blocks auto: time for all runs, as in 20m (1h)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "Measured time of one run (1)", 0},
    {"no-counting", KEY_NO_COUNTING, 0, 0,
     "Leave out the runs that come after all others, once for each model and workload, and count "
     "system calls, at most 0.5 s each",
     0},
    {"seed", KEY_SEED, "N", 0, "Draws the order of the runs (a new one each time)", 0},
    {0, 0, 0, 0, "Where:", 3},
    {"cpus", KEY_CPUS, "apart|shared|both", 0,
     "Server and client each on CPUs of their own, both on all of them, or every workload in "
     "either "
     "set-up (apart where there are two CPUs)",
     0},
    {"server-cpus", KEY_SERVER_CPUS, "LIST", 0,
     "CPUs of the server, as in 0,2-3 (the first half of those allowed)", 0},
    {"client-cpus", KEY_CLIENT_CPUS, "LIST", 0, "CPUs of the client (the rest)", 0},
    {"out", KEY_OUT, "DIR", 0, "Folder for the results (bench/results/ and the time)", 0},
    {"resume", KEY_RESUME, "DIR", 0,
     "Go on with the suite whose results are in this folder, which was ended before its end, as it "
     "was planned",
     0},
    {"bin", KEY_BIN, "DIR", 0, "Folder with the servers and the client (that of this program)", 0},
    {"hosts", KEY_HOSTS, "TEXT", OPTION_HIDDEN, NULL, 0},
    {"check", KEY_CHECK, 0, OPTION_HIDDEN, NULL, 0},
    {"report", KEY_REPORT, "PROGRAM", OPTION_HIDDEN, NULL, 0},
    {0},
};

static const char doc[] =
    "Runs every server model under every workload, several times in random order, and compares "
    "what "
    "was measured.\v"
    "Exit status: 0 all runs were measured or ended as their workload allows, 1 some run or the "
    "suite failed, 2 wrong use, 130 ended "
    "by "
    "Ctrl-C; what was measured until then is kept.\n\n"
    "A first answer:\n"
    "  bench/run.sh --quick\n"
    "Does a thread or a process cost more for each client?\n"
    "  bench/run.sh --models thread-per-client,fork-per-client --workloads one-shot\n"
    "As sure as half an hour can make it:\n"
    "  bench/run.sh --blocks auto --half-width 1 --budget 30m\n"
    "How many requests a second can each model take in?\n"
    "  bench/run.sh --suite curves --experiments capacity\n"
    "Beside Redis and a server that runs already:\n"
    "  bench/run.sh --quick --against redis --against 127.0.0.1:6380\n"
    "Going on after a Ctrl-C:\n"
    "  bench/run.sh --resume bench/results/latest\n"
    "What changes when server and client share the CPUs?\n"
    "  bench/run.sh --quick --cpus both\n"
    "A workload of your own:\n"
    "  bench/run.sh --workloads ./mine.ini";

/* The name of an option that says what is to be done; NULL for those that only say where and how it
 * is shown. */
static const char *planning_name(int key)
{
    static const int others[] = {KEY_BIN, KEY_CHECK, KEY_REPORT, KEY_RESUME};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (key == others[i])
            return NULL;
    if (key == KEY_HOSTS)
        return "server-host";
    for (size_t i = 0; i < sizeof argp_options / sizeof *argp_options; i++)
        if (key >= KEY_MODELS && argp_options[i].key == key)
            return argp_options[i].name;
    return NULL;
}

/* Where a wish on the command line has to be a list, it must not be empty. */
static const char *list_text(struct argp_state *state, const char *option, const char *text)
{
    if (*text == '\0')
        option_fail(state, "--%s: the list is empty", option);
    return text;
}

static void set_blocks(struct options *o, struct argp_state *state, const char *text)
{
    char allowed[OPTION_TEXT_BYTES];
    o->blocks = 0;
    o->blocks_auto = strcmp(text, "auto") == 0;
    if (!o->blocks_auto && !option_count_text(text, options_blocks, &o->blocks))
        option_fail(state, "--blocks=%.200s: must be auto or %s", text,
                    option_count_phrase(allowed, options_blocks));
}

static void add_against(struct options *o, struct argp_state *state, const char *text)
{
    struct catalogue_model reference;
    if (!reference_parse(&reference, text))
        option_fail(state, "--against=%.200s: must be redis or HOST:PORT", text);
    for (size_t i = 0; i < o->against_count; i++)
        if (strcmp(o->against[i].name, reference.name) == 0)
            option_fail(state, "--against=%.200s: is given twice", text);
    if (o->against_count == OPTIONS_AGAINST_MOST)
        option_fail(state, "--against: at most %d times", OPTIONS_AGAINST_MOST);
    o->against[o->against_count++] = reference;
}

/* Percent, with a decimal point if need be, as a share. */
static double half_width(struct argp_state *state, const char *text)
{
    char *end;
    double percent = strtod(text, &end);
    if (text[strspn(text, "0123456789.")] != '\0' || end == text || *end != '\0' ||
        !(percent >= 100 * OPTIONS_HALF_WIDTH_LEAST && percent <= 100))
        option_fail(state, "--half-width=%.200s: must be a number from 0.1 to 100", text);
    return percent / 100;
}

/* What each option allows may depend on the others. */
static void check_together(struct options *o, struct argp_state *state)
{
    if (o->resume != NULL && o->planning != NULL)
        option_fail(state, "--%s: not with --resume, which goes on as planned", o->planning);
    if (!o->blocks_auto && (o->half_width > 0 || o->budget_ns > 0))
        option_fail(state, "--%s: only with --blocks auto",
                    o->half_width > 0 ? "half-width" : "budget");
    if (o->blocks_auto && o->quick)
        option_fail(state, "--quick: not with --blocks auto");
    if (o->quick && strcmp(o->suite, "default") != 0)
        option_fail(state, "--quick: not with --suite=%s", o->suite);
    if (!experiments_with_workloads(o->suite) && (o->blocks_auto || o->workloads != NULL))
        option_fail(state, "--%s: not with --suite=%s, which has no workloads",
                    o->blocks_auto ? "blocks=auto" : "workloads", o->suite);
    if (o->against_count > 0 && strcmp(o->suite, "default") != 0)
        option_fail(state, "--against: not with --suite=%s", o->suite);
    if (o->against_count > 0 && o->hosts != NULL)
        option_fail(state, "--against: not with --server-host");
    if (o->cpus != OPTIONS_CPUS_OPEN && (o->server_cpus != NULL || o->client_cpus != NULL))
        option_fail(state, "--%s: not with --cpus",
                    o->server_cpus != NULL ? "server-cpus" : "client-cpus");
    if (o->cpus == OPTIONS_CPUS_BOTH && strcmp(o->suite, "default") != 0)
        option_fail(state, "--cpus=both: not with --suite=%s", o->suite);
    if (o->cpus != OPTIONS_CPUS_OPEN && o->hosts != NULL)
        option_fail(state, "--cpus: not with --server-host");
    if (o->hosts != NULL && elsewhere_refuses(o->suite) != NULL)
        option_fail(state, "--suite=%s: not with --server-host: %s", o->suite,
                    elsewhere_refuses(o->suite));
    if (o->half_width == 0)
        o->half_width = HALF_WIDTH;
    if (o->budget_ns == 0)
        o->budget_ns = BUDGET_NS;
}

/* Each of the next returns ARGP_ERR_UNKNOWN for a key of another group of --help. */
static error_t parse_what(struct options *o, int key, char *text, struct argp_state *state)
{
    switch (key) {
    case KEY_LIST:
        o->list = true;
        break;
    case KEY_MODELS:
        o->models = list_text(state, "models", text);
        break;
    case KEY_WORKLOADS:
        o->workloads = list_text(state, "workloads", text);
        break;
    case KEY_AGAINST:
        add_against(o, state, text);
        break;
    case KEY_SUITE:
        if (!experiments_is_suite(text))
            option_fail(state, "--suite=%.200s: must be %s", text, experiments_suites());
        o->suite = text;
        break;
    case KEY_EXPERIMENTS:
        o->experiments = list_text(state, "experiments", text);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse_amount(struct options *o, int key, char *text, struct argp_state *state)
{
    switch (key) {
    case KEY_QUICK:
        o->quick = true;
        break;
    case KEY_BLOCKS:
        set_blocks(o, state, text);
        break;
    case KEY_HALF_WIDTH:
        o->half_width = half_width(state, text);
        break;
    case KEY_BUDGET:
        o->budget_ns = option_time_ns(state, "budget", text, CLOCK_S, options_budget_ns);
        break;
    case KEY_SECONDS:
        o->run_ns = option_time_ns(state, "seconds", text, CLOCK_S, options_run_ns);
        break;
    case KEY_NO_COUNTING:
        o->no_counting = true;
        break;
    case KEY_SEED:
        o->seed = (uint32_t)option_count(state, "seed", text, options_seed);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void set_cpus(struct options *o, struct argp_state *state, const char *text)
{
    if (!setups_parse(&o->cpus, text))
        option_fail(state, "--cpus=%.200s: must be apart, shared or both", text);
}

static void set_resume(struct options *o, struct argp_state *state, const char *text)
{
    if (*text == '\0')
        option_fail(state, "--resume: must be the name of a folder");
    o->resume = text;
}

static error_t parse_place(struct options *o, int key, char *text, struct argp_state *state)
{
    switch (key) {
    case KEY_CPUS:
        set_cpus(o, state, text);
        break;
    case KEY_SERVER_CPUS:
        o->server_cpus = text;
        break;
    case KEY_CLIENT_CPUS:
        o->client_cpus = text;
        break;
    case KEY_OUT:
        o->out = text;
        break;
    case KEY_RESUME:
        set_resume(o, state, text);
        break;
    case KEY_BIN:
        o->bin = text;
        break;
    case KEY_HOSTS:
        o->hosts = text;
        break;
    case KEY_CHECK:
        o->check = true;
        break;
    case KEY_REPORT:
        o->report = text;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *o = state->input;
    if (o->planning == NULL)
        o->planning = planning_name(key);
    if (key == ARGP_KEY_END) {
        check_together(o, state);
        return 0;
    }
    error_t result = parse_what(o, key, text, state);
    if (result != 0)
        result = parse_amount(o, key, text, state);
    return result != 0 ? parse_place(o, key, text, state) : 0;
}

/* A seed that a person can type again. */
static uint32_t new_seed(void)
{
    uint16_t random;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint16_t)(clock_now_ns() / CLOCK_US);
    return (uint32_t)random + 1;
}

void options_parse(struct options *options, int argc, char **argv)
{
    static const struct argp argp = {.options = argp_options, .parser = parse, .doc = doc};
    *options = (struct options){.suite = "default"};
    option_parse(&argp, OPTIONS_PROGRAM, argc, argv, options);
    if (options->seed == 0 && options->resume == NULL)
        options->seed = new_seed();
}
