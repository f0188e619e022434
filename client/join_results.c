/* join_results: what several clients found out about one load, as one result.
 *
 *     join_results --json=result.json alpha=runs/alpha beta=runs/beta
 *
 * Each argument is the name of a host and the folder with what its client left behind, see
 * joined_host.h; joined.h tells how they become one. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "joined.h"
#include "option.h"
#include "result_json.h"
#include "together.h"

enum { KEY_JSON = 256, KEY_QUIET };

static const struct argp_option offered[] = {
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON", 0},
    {"quiet", KEY_QUIET, 0, 0, "Print no table", 0},
    {0},
};

struct request {
    const char *json;
    bool quiet;
    size_t count;
    char *names[TOGETHER_HOSTS_MOST]; /* cut off from their folders */
    const char *folders[TOGETHER_HOSTS_MOST];
};

static void add_host(struct argp_state *state, struct request *r, char *argument)
{
    char *equals = strchr(argument, '=');
    if (equals == NULL || equals == argument || equals[1] == '\0')
        option_fail(state, "'%s': must be HOST=FOLDER", argument);
    if (r->count == TOGETHER_HOSTS_MOST)
        option_fail(state, "there are more than %d hosts", TOGETHER_HOSTS_MOST);
    *equals = '\0';
    r->names[r->count] = argument;
    r->folders[r->count++] = equals + 1;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *r = state->input;
    switch (key) {
    case KEY_JSON:
        r->json = argument;
        return 0;
    case KEY_QUIET:
        r->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        add_host(state, r, argument);
        return 0;
    case ARGP_KEY_END:
        if (r->count == 0)
            option_fail(state, "needs at least one HOST=FOLDER");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool write_result(const char *path, const json_t *result)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    bool good = result_put(file, result);
    int put_errno = errno;
    if (fclose(file) != 0)
        return false;
    errno = put_errno;
    return good;
}

static bool is_good(const json_t *result)
{
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    return strcmp(verdict, "FAILED") != 0;
}

static int join(const struct request *r)
{
    static struct joined_host *hosts[TOGETHER_HOSTS_MOST];
    bool good = true;
    for (size_t i = 0; i < r->count; i++) {
        hosts[i] = joined_host_read(r->names[i], r->folders[i]);
        good = good && hosts[i] != NULL;
    }
    json_t *result = good ? joined_result(hosts, r->count) : NULL;
    if (result == NULL)
        diag_error("%s", strerror(ENOMEM));
    good = result != NULL;
    if (good && r->json != NULL && !write_result(r->json, result)) {
        diag_error("%s: %s", r->json, strerror(errno));
        good = false;
    }
    if (good && !r->quiet)
        joined_put_text(stdout, hosts, r->count, result);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        diag_error("standard output: %s", strerror(errno));
        good = false;
    }
    good = good && is_good(result);
    json_decref(result);
    for (size_t i = 0; i < r->count; i++)
        joined_host_free(hosts[i]);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        offered,
        parse,
        "HOST=FOLDER...",
        "Joins the results of clients that made one load together from several hosts.\v"
        "Exit status: 0 good, 1 a host has no result or its client failed, 2 wrong use.",
        0,
        0,
        0};
    static struct request request;
    diag_init("join_results", false);
    signal(SIGPIPE, SIG_IGN);
    option_parse(&argp, "join_results", argc, argv, &request);
    return join(&request);
}
