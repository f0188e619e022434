#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mix.h"
#include "option.h"
#include "options_help.h"

struct parse {
    struct options *options;
    bool given[KEYS];
    int64_t port, connections, threads, pipeline, requests, requests_per_connection, seed;
    const char *workload_path, *interval_text;
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
                                     warmups = {0, 3600 * CLOCK_S};
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
    case KEY_INTERVAL:
        load->interval_ns = option_time_ns(state, "interval", arg, CLOCK_S, workload_interval_ns);
        return true;
    case KEY_TIMEOUT:
        load->timeout_ns = option_time_ns(state, "timeout", arg, CLOCK_S, workload_timeout_ns);
        return true;
    default:
        return false;
    }
}

static bool parse_manner(int key, const char *arg, struct argp_state *state, struct parse *p)
{
    struct options *o = p->options;
    char error[SOURCE_ERROR_BYTES];
    const char *problem;
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
    case KEY_START_AT:
        problem = together_parse_start(arg, clock_of_ns(CLOCK_REALTIME), &o->load.start_at_ns);
        if (problem != NULL)
            option_fail(state, "--start-at=%s: %s", arg, problem);
        return true;
    case KEY_SHARE:
        if (!together_parse_share(arg, &o->share))
            option_fail(state, "--share=%s: must be as 2/4, the second of at most %d", arg,
                        TOGETHER_HOSTS_MOST);
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
    case KEY_COUNTER_VALUES:
        o->counter_values = arg;
        return true;
    case KEY_CHECK:
        o->check = true;
        return true;
    case KEY_PERCENTILES:
        o->percentiles = true;
        return true;
    case KEY_ANNOUNCE_WINDOW:
        o->load.announce_window = true;
        return true;
    case KEY_QUIET:
        o->quiet = true;
        return true;
    case KEY_SELF_TEST:
        o->self_test = true;
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
    case KEY_KERNEL_STAMPS:
        o->load.kernel_stamps = true;
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
    for (const struct argp_option *o = options_offered; o->name != NULL || o->doc != NULL; o++) {
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

static void check_self_test(struct argp_state *state, const struct parse *p)
{
    static const int kept[] = {KEY_SELF_TEST};
    check_instead(state, p, "self-test", kept, 1);
    if (p->argc > 0)
        option_fail(state, "--self-test: asks what it needs, and not '%s'", p->argv[0]);
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
    if (!p->given[KEY_TIMEOUT] && w->timeout_ns > 0)
        load->timeout_ns = w->timeout_ns;
    if (!p->given['r'])
        load->rate_micro = w->rate_micro;
    if (!p->given['a'])
        load->arrivals = w->arrivals;
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

_Static_assert((int)SERIES_MOST == (int)WORKLOAD_INTERVALS_MOST,
               "who plans a run knows what it may have");

/* What a window keeps has an upper bound. */
static void check_interval(struct argp_state *state, const struct parse *p)
{
    const struct load *load = &p->options->load;
    struct option_range range = workload_interval_ns;
    char phrase[OPTION_TEXT_BYTES];
    int64_t least_ns = (load->duration_ns + SERIES_MOST - 1) / SERIES_MOST;
    if (p->given['n'] || load->interval_ns >= least_ns)
        return;
    range.min = (least_ns + CLOCK_MS - 1) / CLOCK_MS * CLOCK_MS;
    option_fail(state, "--interval=%s: must be %s with this --duration, for at most %d intervals",
                p->interval_text, option_time_phrase(phrase, range), SERIES_MOST);
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
    check_interval(state, p);
    check_open(state, p);
}

static void compile_mix(struct argp_state *state, struct parse *p)
{
    static char word[] = "PING";
    static char *ping[] = {word, NULL};
    struct options *o = p->options;
    char error[REQUEST_ERROR_BYTES];
    struct mix_part given = {
        .weight = 1, .argc = p->argc > 0 ? p->argc : 1, .argv = p->argc > 0 ? p->argv : ping};
    bool of_file = p->argc == 0 && o->workload.requests_count > 0;
    const struct mix_part *parts = of_file ? o->workload.requests : &given;
    size_t count = of_file ? o->workload.requests_count : 1;
    o->command = mix_text(parts, count);
    if (o->command == NULL)
        option_fail(state, "out of memory");
    given.name = o->command;
    o->mix = mix_new(parts, count, error);
    if (o->mix == NULL)
        option_fail(state, "%s", error);
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

/* After the whole was looked at: what may be asked of all together may be little for each. */
static void take_share(struct argp_state *state, struct options *o)
{
    struct load *load = &o->load;
    char error[TOGETHER_ERROR_BYTES];
    if (!together_take(load, o->share, error))
        option_fail(state, "--share: %s", error);
    if (load->shape != LOAD_CLOSED && load_arrivals_micro(load) < PLAN_RATE_MICRO_MIN)
        option_fail(state, "--share: a share of this --rate is too little to be planned");
    if (load->threads > load->connections)
        load->threads = load->connections;
}

static void conclude(struct argp_state *state, struct parse *p)
{
    struct options *o = p->options;
    struct load *load = &o->load;
    if (p->merge) {
        conclude_merge(state, p);
        return;
    }
    if (o->self_test) {
        check_self_test(state, p);
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
    load->counter_key = load->verify ? mix_counter(o->mix) : NULL;
    load->sources = &o->sources;
    load->connections = (uint32_t)p->connections;
    load->threads = (uint32_t)p->threads;
    load->pipeline = (uint32_t)p->pipeline;
    load->requests = (uint64_t)p->requests;
    load->requests_per_connection = (uint64_t)p->requests_per_connection;
    load->seed = (uint64_t)p->seed;
    load->shape = shape_of(load);
    take_share(state, o);
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
    if (key == KEY_INTERVAL)
        p->interval_text = arg;
    return 0;
}

void options_read(struct options *o, int argc, char **argv)
{
    static const struct argp argp = {
        options_offered, parse_option, options_usage, options_documentation, 0, 0, 0};
    *o = (struct options){
        .host = "127.0.0.1",
        .share = {0, 1},
        .load = {.warmup_ns = CLOCK_S,
                 .duration_ns = 10 * CLOCK_S,
                 .interval_ns = CLOCK_S,
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
