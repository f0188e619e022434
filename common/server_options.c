/* The command line of a server. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "option.h"
#include "server.h"
#include "session.h"

/* Options without a short form. */
enum {
    OPTION_LIST_MODELS = 0x100,
    OPTION_STACK_SIZE,
    OPTION_ACCEPT,
    OPTION_POLLER,
    OPTION_IDLE_TIMEOUT,
    OPTION_REQUEST_TIMEOUT,
    OPTION_WRITE_TIMEOUT,
    OPTION_DRAIN_TIMEOUT,
    OPTION_MAX_PER_ADDRESS,
    OPTION_MAX_REQUEST,
    OPTION_MAX_ARGUMENTS,
    OPTION_MAX_LINE,
    OPTION_MAX_PENDING,
    OPTION_MAX_BLOB,
    OPTION_MAX_HANDLER,
    OPTION_ENABLE_DEBUG,
    OPTION_DATA,
    OPTION_DURABILITY,
    OPTION_USER,
    OPTION_SANDBOX,
    OPTION_BALLAST,
};

/* The same for all programs. */
static const struct argp_option argp_options[] = {
    {"model", 'm', "NAME", 0, "How clients are served (default: the first of --list-models)", 0},
    {"list-models", OPTION_LIST_MODELS, NULL, 0, "Print the models of this program and exit", 0},
    {"host", 'H', "ADDRESS[,[-]ADDRESS]", 0,
     "Listen on this address, IPv4 or IPv6; and on another, behind - only if it can be had "
     "(127.0.0.1)",
     0},
    {"port", 'p', "PORT", 0, "Listen on this port; 0: the system chooses one (31470)", 0},
    {"backlog", 'b', "N", 0, "Length of the accept queue; the kernel caps it at somaxconn (4096)",
     0},
    {"max-clients", 'c', "N", 0,
     "Clients at once; one more gets -ERR max number of clients reached (10000)", 0},
    {"max-per-address", OPTION_MAX_PER_ADDRESS, "N", 0,
     "Clients at once from one address, of IPv6 its first 64 bits (half of --max-clients where "
     "other machines can connect, else no limit)",
     0},
    {"workers", 'w', "N", 0, "Threads or processes of a model that makes them beforehand (64)", 0},
    {"accept", OPTION_ACCEPT, "HOW", 0,
     "How those get their clients; --list-models names the ways of a model, the default first", 0},
    {"poller", OPTION_POLLER, "NAME", 0,
     "How a model for many clients in one thread waits for them; see --list-models", 0},
    {"stack-size", OPTION_STACK_SIZE, "BYTES", 0,
     "Stack of a client's thread, for a model that makes threads (128k)", 0},
    {"idle-timeout", OPTION_IDLE_TIMEOUT, "S", 0,
     "Close a connection that is silent between requests for S seconds; 0: never (300)", 0},
    {"request-timeout", OPTION_REQUEST_TIMEOUT, "S", 0,
     "Close a connection whose request is not complete S seconds after its first byte (30)", 0},
    {"write-timeout", OPTION_WRITE_TIMEOUT, "S", 0,
     "Close a connection whose client does not take a reply within S seconds (30)", 0},
    {"drain-timeout", OPTION_DRAIN_TIMEOUT, "S", 0,
     "After SIGTERM or SIGINT, finish within S seconds what clients have asked for (5)", 0},
    {"max-request", OPTION_MAX_REQUEST, "BYTES", 0,
     "A longer request gets an error, and its connection is closed (65m)", 0},
    {"max-arguments", OPTION_MAX_ARGUMENTS, "N", 0,
     "So does one with more arguments; each costs 16 bytes of memory beside its own (1048576)", 0},
    {"max-line", OPTION_MAX_LINE, "BYTES", 0,
     "So does a longer line, be it a request or the header of one (64k)", 0},
    {"max-pending", OPTION_MAX_PENDING, "BYTES", 0,
     "Once so much of its replies is unsent, no more of a client's requests are answered (64k)", 0},
    {"max-blob", OPTION_MAX_BLOB, "BYTES", 0,
     "The most that BLOB may ask for; beyond it: an error reply (64m)", 0},
    {"max-handler", OPTION_MAX_HANDLER, "S", 0,
     "The longest that SLEEP and SPIN may ask for; beyond it: an error reply (60)", 0},
    {"enable-debug", OPTION_ENABLE_DEBUG, "yes|local|no", OPTION_ARG_OPTIONAL,
     "Allow the command DEBUG, by which any client can crash the server; local: only from a "
     "loopback address (no; the option alone: yes)",
     0},
    {"data", OPTION_DATA, "DIR", 0,
     "Keep what clients store in DIR, made if there is none (default: in a temporary folder in "
     "$TMPDIR or /tmp, removed at the end)",
     0},
    {"durability", OPTION_DURABILITY, "process|power", 0,
     "What is stored outlives the server's processes, or a power cut as well: each change then "
     "waits for the disk (process)",
     0},
    {"user", OPTION_USER, "NAME", 0,
     "Once the port is taken, become this user, given by name or number, for good; what is stored "
     "is "
     "that user's (whoever starts the server)",
     0},
    {"sandbox", OPTION_SANDBOX, NULL, 0,
     "Allow only the system calls that serving needs; another one kills who makes it", 0},
    {"ballast", OPTION_BALLAST, "BYTES", 0,
     "Occupy so much memory before listening, for nothing: what does a large process pay for a "
     "fork? (0)",
     0},
    {"verbose", 'v', NULL, 0, "Tell on standard error why clients were cut off", 0},
    {0},
};

/* Those that only some models have a use for, and what is said when another is given one. */
static const struct {
    enum model_options flag;
    const char *name, *refusal; /* behind "--NAME: MODEL " */
} special_options[] = {
    {MODEL_STACK_SIZE, "stack-size", "makes no threads; thread-per-client of server_threads does"},
    {MODEL_WORKERS, "workers",
     "makes no workers beforehand; thread-pool of server_threads and preforked of server_fork do"},
    {MODEL_ACCEPT, "accept",
     "accepts in one way only; thread-pool of server_threads and preforked of server_fork know "
     "several"},
    {MODEL_POLLER, "poller", "does not poll; multiplexed of server_iterative does"},
};

enum { SPECIAL_OPTIONS = sizeof special_options / sizeof *special_options };

static const char documentation[] =
    "A TCP server that speaks RESP, the Redis protocol.\v"
    "Times take ns, us, ms, s, m or h; sizes take k, m or g. An option that the model has no use "
    "for is refused.\n"
    "\n"
    "The first line on standard output, `ready ... port=N pid=N', says that clients can connect; "
    "the "
    "last, `served ...', is a report of key=value counters. SIGTERM or SIGINT ends the server "
    "after "
    "its clients' requests are answered, a second one at once; SIGHUP and SIGPIPE are ignored.\n"
    "\n"
    "Exit status: 0 after SIGTERM or SIGINT, 1 after a failure, 2 for a wrong command line.";

struct parse {
    struct server *server;
    const char *program;
    const struct model *const *models;
    const char *model_name;
    const char *variant_name; /* of --accept or --poller */
    const char *host;
    int64_t port;
    unsigned given; /* of enum model_options */
    bool list_models;
};

/* "--OPTION", and the names it takes, where those are the model's own: "=ONE|ANOTHER". */
static void list_option(const struct model *model, enum model_options flag, const char *name)
{
    printf("--%s", name);
    if ((flag & (MODEL_ACCEPT | MODEL_POLLER)) != 0)
        for (const char *const *v = model->variants; *v != NULL; v++)
            printf("%c%s", v == model->variants ? '=' : '|', *v);
}

/* A line each: name, summary and special options, with tabs between. */
static void list_models(const struct model *const *models)
{
    for (; *models != NULL; models++) {
        const struct model *model = *models;
        printf("%s\t%s", model->name, model->summary);
        char before = '\t';
        for (size_t i = 0; i < SPECIAL_OPTIONS; i++) {
            if ((model->options & special_options[i].flag) == 0)
                continue;
            putchar(before);
            list_option(model, special_options[i].flag, special_options[i].name);
            before = ' ';
        }
        putchar('\n');
    }
    exit(fflush(stdout) == 0 ? 0 : 1);
}

static void choose_model(struct argp_state *state, struct parse *parse)
{
    struct server *server = parse->server;
    server->model = parse->models[0];
    for (const struct model *const *m = parse->models; parse->model_name != NULL; m++) {
        if (*m == NULL)
            option_fail(state, "--model=%s: no such model; --list-models names them",
                        parse->model_name);
        if (strcmp((*m)->name, parse->model_name) == 0) {
            server->model = *m;
            break;
        }
    }
    unsigned useless = parse->given & ~server->model->options;
    for (size_t i = 0; i < SPECIAL_OPTIONS; i++)
        if ((useless & special_options[i].flag) != 0)
            option_fail(state, "--%s: %s %s", special_options[i].name, server->model->name,
                        special_options[i].refusal);
}

static void choose_variant(struct argp_state *state, struct parse *parse)
{
    struct server *server = parse->server;
    const char *const *variants = server->model->variants;
    if (variants == NULL)
        return;
    int v = 0;
    while (parse->variant_name != NULL && strcmp(variants[v], parse->variant_name) != 0)
        if (variants[++v] == NULL)
            option_fail(state, "--%s=%s: %s does not know it; --list-models names those it knows",
                        (parse->given & MODEL_ACCEPT) != 0 ? "accept" : "poller",
                        parse->variant_name, server->model->name);
    server->variant = v;
    server->service.variant = variants[v];
}

/* "ONE", "ONE,ANOTHER" or "ONE,-ANOTHER". */
static void find_addresses(struct argp_state *state, struct parse *parse)
{
    struct server *server = parse->server;
    char *first = strdup(parse->host), *second = first;
    if (first == NULL)
        option_fail(state, "--host=%s: no memory", parse->host);
    strsep(&second, ",");
    const char *problem = net_resolve(&server->address, first, (uint16_t)parse->port);
    if (problem == NULL && second != NULL) {
        server->second_is_optional = *second == '-';
        problem = net_resolve(&server->second_address, second + server->second_is_optional,
                              (uint16_t)parse->port);
    }
    if (problem != NULL)
        option_fail(state, "--host=%s: %s", parse->host, problem);
    free(first);
}

/* After the last option: what depends on several of them. */
static void conclude(struct argp_state *state, struct parse *parse)
{
    struct server *server = parse->server;
    if (parse->list_models)
        list_models(parse->models);
    choose_model(state, parse);
    choose_variant(state, parse);
    if ((server->model->options & MODEL_WORKERS) == 0)
        server->workers = 0;
    find_addresses(state, parse);
    server->service.server = parse->program;
    server->service.model = server->model->name;
    server->service.host = parse->host;
    server->service.port = (uint16_t)parse->port;
}

static enum store_durability durability(struct argp_state *state, const char *name)
{
    if (strcmp(name, "process") == 0)
        return STORE_SURVIVES_PROCESS;
    if (strcmp(name, "power") != 0)
        option_fail(state, "--durability=%s: must be process or power", name);
    return STORE_SURVIVES_POWER_CUT;
}

/* NULL: the option alone. */
static enum service_debug who_may_debug(struct argp_state *state, const char *name)
{
    if (name == NULL || strcmp(name, "yes") == 0)
        return SERVICE_DEBUG_YES;
    if (strcmp(name, "local") == 0)
        return SERVICE_DEBUG_LOCAL;
    if (strcmp(name, "no") != 0)
        option_fail(state, "--enable-debug=%s: must be yes, local or no", name);
    return SERVICE_DEBUG_NO;
}

/* Those on what one client may ask for. False for another option. */
static bool parse_limit(int key, const char *arg, struct argp_state *state, struct service *service)
{
    static const struct option_range requests = {1 << 10, 1 << 30}, arguments = {1, INT32_MAX},
                                     lines = {64, 1 << 20}, pending = {1 << 10, 1 << 30},
                                     blobs = {0, 1 << 30}, times = {CLOCK_MS, 3600 * CLOCK_S};
    struct resp_limits *limits = &service->limits;
    switch (key) {
    case OPTION_MAX_REQUEST:
        limits->message_bytes = (size_t)option_size(state, "max-request", arg, requests);
        return true;
    case OPTION_MAX_ARGUMENTS:
        limits->arguments = option_count(state, "max-arguments", arg, arguments);
        return true;
    case OPTION_MAX_LINE:
        limits->line_bytes = (size_t)option_size(state, "max-line", arg, lines);
        return true;
    case OPTION_MAX_PENDING:
        service->pending_bytes = (size_t)option_size(state, "max-pending", arg, pending);
        return true;
    case OPTION_MAX_BLOB:
        service->longest_blob_bytes = option_size(state, "max-blob", arg, blobs);
        return true;
    case OPTION_MAX_HANDLER:
        service->longest_handler_us =
            option_time_ns(state, "max-handler", arg, CLOCK_S, times) / CLOCK_US;
        return true;
    default:
        return false;
    }
}

/* Those on where to listen. */
static bool parse_listening(int key, const char *arg, struct argp_state *state, struct parse *parse)
{
    static const struct option_range any_port = {0, 65535}, backlogs = {1, 65535};
    switch (key) {
    case 'H':
        parse->host = arg;
        return true;
    case 'p':
        parse->port = option_count(state, "port", arg, any_port);
        return true;
    case 'b':
        parse->server->backlog = (int)option_count(state, "backlog", arg, backlogs);
        return true;
    default:
        return false;
    }
}

/* Those on the model, and what only some models have. */
static bool parse_model(int key, const char *arg, struct argp_state *state, struct parse *parse)
{
    static const struct option_range workers = {1, 10000}, stacks = {64 << 10, 1 << 30};
    switch (key) {
    case 'm':
        parse->model_name = arg;
        return true;
    case OPTION_LIST_MODELS:
        parse->list_models = true;
        return true;
    case 'w':
        parse->server->workers = (int)option_count(state, "workers", arg, workers);
        parse->given |= MODEL_WORKERS;
        return true;
    case OPTION_ACCEPT:
    case OPTION_POLLER:
        parse->variant_name = arg;
        parse->given |= key == OPTION_ACCEPT ? MODEL_ACCEPT : MODEL_POLLER;
        return true;
    case OPTION_STACK_SIZE:
        parse->server->stack_bytes = (size_t)option_size(state, "stack-size", arg, stacks);
        parse->given |= MODEL_STACK_SIZE;
        return true;
    default:
        return false;
    }
}

static bool parse_time(int key, const char *arg, struct argp_state *state, struct server *server)
{
    static const struct option_range times = {CLOCK_MS, 86400 * CLOCK_S},
                                     times_or_none = {0, 86400 * CLOCK_S};
    switch (key) {
    case OPTION_IDLE_TIMEOUT:
        server->service.idle_timeout_ns =
            option_time_ns(state, "idle-timeout", arg, CLOCK_S, times_or_none);
        return true;
    case OPTION_REQUEST_TIMEOUT:
        server->request_timeout_ns = option_time_ns(state, "request-timeout", arg, CLOCK_S, times);
        return true;
    case OPTION_WRITE_TIMEOUT:
        server->write_timeout_ns = option_time_ns(state, "write-timeout", arg, CLOCK_S, times);
        return true;
    case OPTION_DRAIN_TIMEOUT:
        server->drain_timeout_ns = option_time_ns(state, "drain-timeout", arg, CLOCK_S, times);
        return true;
    default:
        return false;
    }
}

/* Those on what the server keeps, may do, and says. */
static bool parse_rest(int key, const char *arg, struct argp_state *state, struct server *server)
{
    static const struct option_range ballasts = {0, (int64_t)1 << 40}, clients = {1, 1000000};
    const char *problem;
    switch (key) {
    case 'c':
        server->service.max_clients = option_count(state, "max-clients", arg, clients);
        return true;
    case OPTION_MAX_PER_ADDRESS:
        server->max_per_address = option_count(state, "max-per-address", arg, clients);
        return true;
    case OPTION_DATA:
        if (*arg == '\0')
            option_fail(state, "--data=: must be the name of a folder");
        server->store_options.folder = arg;
        return true;
    case OPTION_DURABILITY:
        server->store_options.durability = durability(state, arg);
        return true;
    case OPTION_USER:
        if ((problem = privilege_find(&server->user, arg)) != NULL)
            option_fail(state, "--user=%s: %s", arg, problem);
        return true;
    case OPTION_BALLAST:
        server->ballast_bytes = (size_t)option_size(state, "ballast", arg, ballasts);
        return true;
    case OPTION_SANDBOX:
        return server->sandbox = true;
    case OPTION_ENABLE_DEBUG:
        server->service.debug = who_may_debug(state, arg);
        return true;
    case 'v':
        return server->verbose = true;
    default:
        return false;
    }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct parse *parse = state->input;
    struct server *server = parse->server;
    if (key == ARGP_KEY_END)
        conclude(state, parse);
    else if (!parse_listening(key, arg, state, parse) && !parse_model(key, arg, state, parse) &&
             !parse_time(key, arg, state, server) &&
             !parse_limit(key, arg, state, &server->service) &&
             !parse_rest(key, arg, state, server))
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* Beside a payload of 64 MiB a request has room for headers. As many arguments as Redis took before
 * version 7: with its 2^31-1 a client can make a server keep 2.7 GiB of notes on a request of 1 GiB
 * that is nothing but empty arguments. */
static const struct service default_service = {
    .max_clients = 10000,
    .idle_timeout_ns = 300 * CLOCK_S,
    .longest_handler_us = 60 * (CLOCK_S / CLOCK_US),
    .longest_blob_bytes = 64 << 20,
    .pending_bytes = SESSION_FULL_BYTES,
    .limits = {.line_bytes = 64 << 10,
               .elements = INT32_MAX,
               .arguments = 1 << 20,
               .bulk_bytes = 512 << 20,
               .message_bytes = 65 << 20},
};

void server_read_options(struct server *server, int argc, char **argv, const char *program,
                         const struct model *const *models)
{
    static const struct argp argp = {
        .options = argp_options, .parser = parse_option, .doc = documentation};
    *server = (struct server){
        .service = default_service,
        .backlog = 4096,
        .stack_bytes = 128 << 10,
        .workers = 64,
        .request_timeout_ns = 30 * CLOCK_S,
        .write_timeout_ns = 30 * CLOCK_S,
        .drain_timeout_ns = 5 * CLOCK_S,
    };
    struct parse parse = {
        .server = server,
        .program = program,
        .models = models,
        .host = "127.0.0.1",
        .port = 31470,
    };
    option_parse(&argp, program, argc, argv, &parse);
}
