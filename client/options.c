#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mix.h"
#include "option.h"

/* Options without a short form. */
enum {
    KEY_TIMEOUT = 256,
    KEY_WORKLOAD,
    KEY_SEED,
    KEY_JSON,
    KEY_CSV,
    KEY_HDR_LOG,
    KEY_PERCENTILES,
    KEY_MERGE,
    KEY_SOURCE,
    KEY_CLOSE,
    KEY_QUIET,
    KEY_ONCE,
    KEY_NO_VERIFY,
    KEYS,
};

static const struct argp_option argp_options[] = {
    {0, 0, 0, 0, "Whom and what to ask:", 1},
    {"host", 'H', "ADDRESS", 0, "Host of the server (127.0.0.1)", 0},
    {"port", 'p', "PORT", 0, "Port of the server (31470)", 0},
    {"workload", KEY_WORKLOAD, "FILE", 0,
     "Read what to ask and how much load from an INI file; what the command line says counts more",
     0},
    {0, 0, 0, 0, "How much load:", 2},
    {"connections", 'c', "N", 0,
     "Connections, each with one request at a time; with --rate at most so many (50)", 0},
    {"threads", 't', "N", 0, "Threads that share the connections evenly (1)", 0},
    {"requests-per-connection", 'k', "N", 0,
     "Close a connection after N requests and open a new one; 0: never (0)", 0},
    {"pipeline", 'P', "N", 0,
     "Send N requests in one go; the next go begins when all N replies have come (1)", 0},
    {"think", 'z', "TIME", 0, "Pause of a connection between a reply and its next request (0)", 0},
    {"rate", 'r', "PER_SECOND", 0,
     "Requests fall due at this rate, whatever the server does (open loop); with -k 2 and more as "
     "sessions of so many; 0: each connection asks when it has its answer (closed loop) (0)",
     0},
    {"arrivals", 'a', "LAW", 0,
     "How they fall due: poisson, constant, or uniform: gaps evenly up to twice the mean (poisson)",
     0},
    {"source", KEY_SOURCE, "ADDRESS,...", 0,
     "Spread the connections over these addresses, as in 127.0.0.1-127.0.0.8, each of which has "
     "ports of its own",
     0},
    {"close", KEY_CLOSE, "HOW", 0,
     "End connections by fin, as clients do, or by rst, which leaves no port in TIME_WAIT (fin)",
     0},
    {0, 0, 0, 0, "How long:", 3},
    {"duration", 'd', "S", 0, "Seconds to measure (10)", 0},
    {"requests", 'n', "N", 0, "Measure N requests instead of a duration", 0},
    {"warmup", 'W', "S", 0, "Seconds of load before, which do not count (1, with -n 0)", 0},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "Give a request up after this time (10s)", 0},
    {0, 0, 0, 0, "What to do with replies and results:", 4},
    {"no-verify", KEY_NO_VERIFY, 0, 0, "Only look where a reply ends, not what it says", 0},
    {"seed", KEY_SEED, "N", 0, "Another number, another course of random arguments (1)", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON", 0},
    {"csv", KEY_CSV, "FILE", 0, "Write the main figures as a line of CSV below its header", 0},
    {"hdr-log", KEY_HDR_LOG, "FILE", 0,
     "Write the histograms, second by second, as an HdrHistogram log", 0},
    {"percentiles", KEY_PERCENTILES, 0, 0, "Print response times at ever finer percentiles too", 0},
    {"quiet", KEY_QUIET, 0, 0, "Print no summary and no progress", 0},
    {0, 0, 0, 0, "Instead of a load:", 5},
    {"once", KEY_ONCE, 0, 0, "Ask once, print the reply, and end", 0},
    {"merge", KEY_MERGE, 0, 0,
     "The arguments are HdrHistogram logs: add up their counts and print what they say together",
     0},
    {0},
};

static const char usage[] = "[COMMAND ARG...]\n--merge FILE...";

static const char documentation[] =
    "Asks a RESP server (ours, Redis, ...) again and again, checks every reply, and tells how many "
    "came and how long they took."
    "\v"
    "The command is PING unless one is given; options stand before it. Its words may hold "
    "{payload:64} (bytes), {payload:16-64}, {seq} (number of the request on its connection), "
    "{rand:1000} (0 to 999), {zipf:1000} (the same, small ones more often), {exp:500} "
    "(exponential, this mean), {key:1000} (key:000000000042); {times:500} repeats the next word; "
    "{{ is a brace. Numbers take k, m, g; times take ns, us, ms, s, m, h, and without a unit are "
    "seconds.\n"
    "\n"
    "Exit status: 0 good replies came and none was wrong, 1 otherwise, 2 wrong use.\n"
    "\n"
    "Examples:\n"
    "\n"
    "Ask once, as the first client of a lecture does:\n"
    "  client --once ECHO Bonjour\n"
    "Load the server on the default port for 10 seconds:\n"
    "  client\n"
    "What does a connection for each request cost?\n"
    "  client -k 1 PING\n"
    "200 clients who look at each answer for 100 ms, from 2 threads, the result in a file:\n"
    "  client -c 200 -t 2 -z 100ms --json=result.json ECHO {payload:64}\n"
    "Exactly 100000 requests, 16 at a time, to a Redis server:\n"
    "  client -p 6379 -n 100000 -P 16 SET {key:1000} {payload:32}\n"
    "What do users see if 1000 requests come in each second, as they please?\n"
    "  client -r 1000 -c 200 ECHO {payload:64}\n"
    "The same, and each user makes a connection, on which 5 requests follow each other:\n"
    "  client -r 1000 -c 500 -k 5 -z 10ms ECHO {payload:64}\n"
    "What the bench runs as its workload one-shot:\n"
    "  client --workload=bench/workloads/one-shot.ini\n"
    "What two runs, or two hosts, say together:\n"
    "  client --merge a.hlog b.hlog";

struct parse {
    struct options *options;
    bool given[KEYS];
    int64_t port, connections, threads, pipeline, requests, requests_per_connection, seed;
    const char *workload_path;
    bool merge;
    int argc; /* of the command; 0 when none is given */
    char **argv;
};

/* ---- one option ---- */

static bool parse_number(int key, const char *arg, struct argp_state *state, struct parse *p)
{
    static const struct option_range ports = {1, 65535}, threads = {1, 256},
                                     requests = {1, INT64_C(1000000000000)}, seeds = {0, INT64_MAX};
    switch (key) {
    case 'p':
        p->port = option_count(state, "port", arg, ports);
        return true;
    case 'c':
        p->connections = option_count(state, "connections", arg, workload_connections);
        return true;
    case 't':
        p->threads = option_count(state, "threads", arg, threads);
        return true;
    case 'k':
        p->requests_per_connection =
            option_count(state, "requests-per-connection", arg, workload_requests_per_connection);
        return true;
    case 'P':
        p->pipeline = option_count(state, "pipeline", arg, workload_pipeline);
        return true;
    case 'n':
        p->requests = option_count(state, "requests", arg, requests);
        return true;
    case KEY_SEED:
        p->seed = option_count(state, "seed", arg, seeds);
        return true;
    default:
        return false;
    }
}

static bool parse_time(int key, const char *arg, struct argp_state *state, struct load *load)
{
    static const struct option_range durations = {CLOCK_MS, 24 * 3600 * CLOCK_S},
                                     warmups = {0, 3600 * CLOCK_S},
                                     timeouts = {CLOCK_MS, 300 * CLOCK_S};
    switch (key) {
    case 'd':
        load->duration_ns = option_time_ns(state, "duration", arg, CLOCK_S, durations);
        return true;
    case 'W':
        load->warmup_ns = option_time_ns(state, "warmup", arg, CLOCK_S, warmups);
        return true;
    case 'z':
        load->think_ns = option_time_ns(state, "think", arg, CLOCK_S, workload_think_ns);
        return true;
    case KEY_TIMEOUT:
        load->timeout_ns = option_time_ns(state, "timeout", arg, CLOCK_S, timeouts);
        return true;
    default:
        return false;
    }
}

static bool parse_manner(int key, const char *arg, struct argp_state *state, struct parse *p)
{
    struct options *o = p->options;
    char error[SOURCE_ERROR_BYTES];
    switch (key) {
    case 'r':
        if (strcmp(arg, "0") == 0)
            o->load.rate_micro = 0;
        else if (!workload_rate_text(arg, &o->load.rate_micro))
            option_fail(state, "--rate=%s: must be 0 or " WORKLOAD_RATE_PHRASE, arg);
        return true;
    case 'a':
        if (!arrivals_by_name(arg, &o->load.arrivals))
            option_fail(state, "--arrivals=%s: must be poisson, constant or uniform", arg);
        return true;
    case KEY_SOURCE:
        source_free(&o->sources);
        if (!source_parse(&o->sources, arg, error))
            option_fail(state, "--source=%s: %s", arg, error);
        return true;
    case KEY_CLOSE:
        if (strcmp(arg, "fin") != 0 && strcmp(arg, "rst") != 0)
            option_fail(state, "--close=%s: must be fin or rst", arg);
        o->load.close_by_rst = strcmp(arg, "rst") == 0;
        return true;
    default:
        return false;
    }
}

static bool parse_rest(int key, char *arg, struct argp_state *state, struct parse *p)
{
    struct options *o = p->options;
    switch (key) {
    case 'H':
        o->host = arg;
        return true;
    case KEY_WORKLOAD:
        p->workload_path = arg;
        return true;
    case KEY_JSON:
        o->json = arg;
        return true;
    case KEY_CSV:
        o->csv = arg;
        return true;
    case KEY_HDR_LOG:
        o->hdr_log = arg;
        return true;
    case KEY_PERCENTILES:
        o->percentiles = true;
        return true;
    case KEY_QUIET:
        o->quiet = true;
        return true;
    case KEY_MERGE:
        p->merge = true;
        return true;
    case KEY_ONCE:
        o->once = true;
        return true;
    case KEY_NO_VERIFY:
        o->load.verify = false;
        return true;
    case ARGP_KEY_ARG: /* the command: the rest of the line belongs to it, dashes and all */
        p->argv = state->argv + state->next - 1;
        p->argc = state->argc - state->next + 1;
        state->next = state->argc;
        return true;
    default:
        return false;
    }
}

/* ---- all options together ---- */

/* What is asked instead of a load leaves no room for these options. */
static void check_instead(struct argp_state *state, const struct parse *p, const char *instead,
                          const int *kept, size_t kept_count)
{
    for (const struct argp_option *o = argp_options; o->name != NULL || o->doc != NULL; o++) {
        bool good = o->name == NULL || !p->given[o->key];
        for (size_t i = 0; i < kept_count; i++)
            good = good || o->key == kept[i];
        if (!good)
            option_fail(state, "--%s: has no meaning with --%s", o->name, instead);
    }
}

static void check_once(struct argp_state *state, const struct parse *p)
{
    static const int kept[] = {KEY_ONCE, 'H', 'p', KEY_WORKLOAD, KEY_TIMEOUT, KEY_SEED};
    check_instead(state, p, "once", kept, sizeof kept / sizeof kept[0]);
}

static void conclude_merge(struct argp_state *state, struct parse *p)
{
    static const int kept[] = {KEY_MERGE, KEY_HDR_LOG};
    check_instead(state, p, "merge", kept, sizeof kept / sizeof kept[0]);
    if (p->argc == 0)
        option_fail(state, "--merge: needs the names of HdrHistogram logs behind it");
    p->options->merge_count = p->argc;
    p->options->merge_paths = p->argv;
}

static void read_workload(struct argp_state *state, struct parse *p)
{
    struct workload *w = &p->options->workload;
    struct load *load = &p->options->load;
    char error[WORKLOAD_ERROR_BYTES];
    if (!workload_read(w, p->workload_path, error))
        option_fail(state, "%s", error);
    if (!p->given['c'])
        p->connections = w->connections;
    if (!p->given['k'])
        p->requests_per_connection = w->requests_per_connection;
    if (!p->given['P'])
        p->pipeline = w->pipeline;
    if (!p->given['z'])
        load->think_ns = w->think_ns;
    if (!p->given['r'])
        load->rate_micro = w->rate_micro;
    if (!p->given['a'])
        load->arrivals = (enum arrivals)w->arrivals;
}

static void check_open(struct argp_state *state, const struct parse *p)
{
    const struct load *load = &p->options->load;
    if (load->rate_micro == 0 && p->given['a'])
        option_fail(state, "--arrivals: has a meaning only with --rate");
    if (load->rate_micro == 0)
        return;
    if (p->pipeline > 1)
        option_fail(state, "--pipeline=%lld: with --rate a connection has one request at a time",
                    (long long)p->pipeline);
    if (p->requests_per_connection <= 1 && load->think_ns > 0)
        option_fail(state, "--think: with --rate only sessions think, with at least 2 as "
                           "--requests-per-connection");
    if (load->rate_micro / (p->requests_per_connection > 1 ? p->requests_per_connection : 1) <
        PLAN_RATE_MICRO_MIN)
        option_fail(state, "--rate: fewer than 0.001 sessions a second cannot be planned");
}

static void check_load(struct argp_state *state, const struct parse *p)
{
    if (p->given['d'] && p->given['n'])
        option_fail(state, "--duration and --requests each say when to end: give one of them");
    if (p->threads > p->connections)
        option_fail(state, "--threads=%lld: must not be more than the connections, which are %lld",
                    (long long)p->threads, (long long)p->connections);
    if (p->requests_per_connection > 0 && p->pipeline > p->requests_per_connection)
        option_fail(state,
                    "--pipeline=%lld: must not be more than the requests per connection, which are "
                    "%lld",
                    (long long)p->pipeline, (long long)p->requests_per_connection);
    check_open(state, p);
}

/* A command as its words, a mix as the names and shares of its kinds. */
static char *text_of(const struct mix_part *parts, size_t count, const struct mix *mix)
{
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);
    if (file == NULL)
        return NULL;
    for (int i = 0; count == 1 && i < parts[0].argc; i++)
        fprintf(file, "%s%s", i > 0 ? " " : "", parts[0].argv[i]);
    for (uint32_t i = 0; count > 1 && i < count; i++)
        fprintf(file, "%s%s %.3g %%", i > 0 ? ", " : "", parts[i].name,
                100 * mix_weight_share(mix, i));
    if (fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

static void compile_mix(struct argp_state *state, struct parse *p)
{
    static char word[] = "PING";
    static char *ping[] = {word, NULL};
    struct options *o = p->options;
    char error[REQUEST_ERROR_BYTES];
    struct mix_part given = {
        .weight = 1, .argc = p->argc > 0 ? p->argc : 1, .argv = p->argc > 0 ? p->argv : ping};
    given.name = given.argv[0];
    bool of_file = p->argc == 0 && o->workload.requests_count > 0;
    const struct mix_part *parts = of_file ? o->workload.requests : &given;
    size_t count = of_file ? o->workload.requests_count : 1;
    o->mix = mix_new(parts, count, error);
    if (o->mix == NULL)
        option_fail(state, "%s", error);
    o->command = text_of(parts, count, o->mix);
    if (o->command == NULL)
        option_fail(state, "out of memory");
}

static void resolve(struct argp_state *state, struct parse *p)
{
    struct options *o = p->options;
    char error[SOURCE_ERROR_BYTES];
    const char *problem = net_resolve(&o->load.target, o->host, (uint16_t)p->port);
    if (problem != NULL)
        option_fail(state, "--host=%s: %s", o->host, problem);
    if (!source_fits(&o->sources, &o->load.target, error))
        option_fail(state, "--source: %s", error);
}

static enum load_shape shape_of(const struct load *load)
{
    if (load->rate_micro == 0)
        return LOAD_CLOSED;
    return load->requests_per_connection > 1 ? LOAD_PARTLY_OPEN : LOAD_OPEN;
}

static void conclude(struct argp_state *state, struct parse *p)
{
    struct options *o = p->options;
    struct load *load = &o->load;
    if (p->merge) {
        conclude_merge(state, p);
        return;
    }
    if (o->once)
        check_once(state, p);
    if (p->workload_path != NULL)
        read_workload(state, p);
    check_load(state, p);
    if (p->given['n'] && !p->given['W'])
        load->warmup_ns = 0; /* who says how many requests there shall be wants no others */
    compile_mix(state, p);
    resolve(state, p);
    load->mix = o->mix;
    load->counter_key = mix_counter(o->mix);
    load->sources = &o->sources;
    load->connections = (uint32_t)p->connections;
    load->threads = (uint32_t)p->threads;
    load->pipeline = (uint32_t)p->pipeline;
    load->requests = (uint64_t)p->requests;
    load->requests_per_connection = (uint64_t)p->requests_per_connection;
    load->seed = (uint64_t)p->seed;
    load->shape = shape_of(load);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct parse *p = state->input;
    if (key == ARGP_KEY_END) {
        conclude(state, p);
        return 0;
    }
    if (!parse_number(key, arg, state, p) && !parse_time(key, arg, state, &p->options->load) &&
        !parse_manner(key, arg, state, p) && !parse_rest(key, arg, state, p))
        return ARGP_ERR_UNKNOWN;
    if (key > 0 && key < KEYS)
        p->given[key] = true;
    return 0;
}

void options_read(struct options *o, int argc, char **argv)
{
    static const struct argp argp = {argp_options, parse_option, usage, documentation, 0, 0, 0};
    *o = (struct options){
        .host = "127.0.0.1",
        .load = {.warmup_ns = CLOCK_S,
                 .duration_ns = 10 * CLOCK_S,
                 .timeout_ns = 10 * CLOCK_S,
                 .verify = true},
    };
    struct parse parse = {.options = o,
                          .port = 31470,
                          .connections = WORKLOAD_DEFAULT.connections,
                          .threads = 1,
                          .pipeline = WORKLOAD_DEFAULT.pipeline,
                          .seed = 1};
    option_parse(&argp, "client", argc, argv, &parse);
}

void options_free(struct options *o)
{
    mix_free(o->mix);
    free(o->command);
    source_free(&o->sources);
    workload_free(&o->workload);
}
