#include "limits_options.h"

#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "measure.h"
#include "option.h"
#include "statistics.h"

enum {
    KEY_ROUNDS = 256,
    KEY_SECONDS,
    KEY_ONLY,
    KEY_SEED,
    KEY_IDLE,
    KEY_BIN,
    KEY_LIST,
    KEY_CHECK,
};

static const struct argp_option argp_options[] = {
    {"list", KEY_LIST, 0, 0, "Show the rows with their targets, run nothing", 0},
    {"only", KEY_ONLY, "LIST", 0,
     "Only these rows, separated by commas: each a name or the beginning of some, as in "
     "kept,memory-threads (all)",
     0},
    {"rounds", KEY_ROUNDS, "N", 0, "How often each row is measured (5)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "Measured time of one run under load (2)", 0},
    {"idle", KEY_IDLE, "N", 0,
     "Connections of the memory rows, which are read with a fifth of them and with all (5000)", 0},
    {"seed", KEY_SEED, "N", 0, "Draws the order of the runs (a new one each time)", 0},
    {"bin", KEY_BIN, "DIR", 0, "Folder with the programs (that of this one)", 0},
    {"check", KEY_CHECK, 0, OPTION_HIDDEN, NULL, 0},
    {0},
};

static const char doc[] =
    "Tells how near the servers come to what this machine allows: the same client loads a server "
    "and a bare loop that leaves out all it can, one right after the other, and the two rates are "
    "divided.\v"
    "Each figure is the median over the rounds, with the lowest and the highest; its method is in "
    "bench/METHOD.md. A row whose server is not there is left out, and said so.\n\n"
    "Exit status: 0 no target was missed, 1 one was missed or a run failed, 2 wrong use, 130 ended "
    "by Ctrl-C.\n\n"
    "What does an idle connection occupy?\n"
    "  bench/limits.sh --only memory\n"
    "Threads against the bare loop, in short:\n"
    "  bench/limits.sh --only kept-threads,once-threads --rounds 3 --seconds 1";

/* A row's name, or what some names begin with up to a hyphen. */
static bool choose(struct limits_options *o, const char *name, size_t length)
{
    bool found = false;
    for (size_t i = 0; i < rows_count; i++) {
        if (strncmp(rows[i].name, name, length) != 0)
            continue;
        if (rows[i].name[length] != '\0' && rows[i].name[length] != '-')
            continue;
        o->chosen[i] = found = true;
    }
    return found;
}

static void choose_all(struct argp_state *state, struct limits_options *o, const char *list)
{
    memset(o->chosen, 0, sizeof o->chosen);
    for (;;) {
        size_t length = strcspn(list, ",");
        if (length == 0)
            option_fail(state, "--only: a name is empty");
        if (!choose(o, list, length))
            option_fail(state, "--only=%.*s: no such row; --list shows them", (int)length, list);
        if (list[length] == '\0')
            return;
        list += length + 1;
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct limits_options *o = state->input;
    switch (key) {
    case KEY_LIST:
        o->list = true;
        break;
    case KEY_ONLY:
        choose_all(state, o, text);
        break;
    case KEY_ROUNDS:
        o->rounds = option_count(state, "rounds", text, (struct option_range){1, STATISTICS_MOST});
        break;
    case KEY_SECONDS:
        o->run_ns = option_time_ns(state, "seconds", text, CLOCK_S,
                                   (struct option_range){100 * CLOCK_MS, 3600 * CLOCK_S});
        break;
    case KEY_IDLE:
        o->idle_clients = option_count(state, "idle", text,
                                       (struct option_range){MEASURE_IDLE_STEPS, ROWS_CLIENTS});
        break;
    case KEY_SEED:
        o->seed = (uint32_t)option_count(state, "seed", text, (struct option_range){1, UINT32_MAX});
        break;
    case KEY_BIN:
        o->bin = text;
        break;
    case KEY_CHECK:
        o->check = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void limits_options_parse(struct limits_options *options, int argc, char **argv)
{
    static const struct argp argp = {.options = argp_options, .parser = parse, .doc = doc};
    *options = (struct limits_options){.rounds = 5, .run_ns = 2 * CLOCK_S, .idle_clients = 5000};
    for (size_t i = 0; i < rows_count; i++)
        options->chosen[i] = true;
    option_parse(&argp, LIMITS_PROGRAM, argc, argv, options);
    uint16_t random = 0;
    if (options->seed == 0 && getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint16_t)(clock_now_ns() / CLOCK_US);
    if (options->seed == 0)
        options->seed = (uint32_t)random + 1; /* short enough to be typed again */
}
