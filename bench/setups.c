#include "setups.h"

#include <string.h>

#include "reason.h"

#define fail(error, ...) reason_give(error, CATALOGUE_ERROR_BYTES, __VA_ARGS__)

static const char *const names[] = {
    [OPTIONS_CPUS_OPEN] = NULL,
    [OPTIONS_CPUS_APART] = "apart",
    [OPTIONS_CPUS_SHARED] = "shared",
    [OPTIONS_CPUS_BOTH] = "both",
};

bool setups_parse(enum options_cpus *cpus, const char *text)
{
    for (int i = OPTIONS_CPUS_APART; i <= OPTIONS_CPUS_BOTH; i++)
        if (strcmp(names[i], text) == 0) {
            *cpus = (enum options_cpus)i;
            return true;
        }
    return false;
}

const char *setups_name(enum options_cpus cpus)
{
    return names[cpus];
}

/* ---- choosing ---- */

static bool name_setup(struct catalogue_workload *w, const char *setup,
                       char error[CATALOGUE_ERROR_BYTES])
{
    size_t length = strlen(w->name);
    if (length + strlen(setup) + sizeof " ()" > sizeof w->name)
        return fail(error, "--cpus=both: the name %s is too long", w->name);
    snprintf(w->name + length, sizeof w->name - length, " (%s)", setup);
    return true;
}

/* From the last on, so that none is overwritten before it was copied. */
static bool double_workloads(struct catalogue *c, char error[CATALOGUE_ERROR_BYTES])
{
    if (2 * c->workloads_count > CATALOGUE_WORKLOADS_MOST)
        return fail(error, "--cpus=both: more than %d workloads", CATALOGUE_WORKLOADS_MOST / 2);
    for (size_t w = c->workloads_count; w-- > 0;) {
        struct catalogue_workload *apart = &c->workloads[2 * w], *shared = apart + 1;
        *shared = c->workloads[w];
        *apart = *shared;
        shared->shares_cpus = true;
        if (!name_setup(apart, names[OPTIONS_CPUS_APART], error) ||
            !name_setup(shared, names[OPTIONS_CPUS_SHARED], error))
            return false;
    }
    c->workloads_count *= 2;
    return true;
}

bool setups_choose(struct suite *suite, const cpu_set_t *allowed, const cpu_set_t *server,
                   const cpu_set_t *client, char error[CATALOGUE_ERROR_BYTES])
{
    enum options_cpus cpus = suite->options.cpus;
    suite->shared_cpus = cpus_divide(allowed, allowed, allowed);
    suite->cpus =
        cpus == OPTIONS_CPUS_SHARED ? suite->shared_cpus : cpus_divide(allowed, server, client);
    if ((cpus == OPTIONS_CPUS_APART || cpus == OPTIONS_CPUS_BOTH) && !suite->cpus.apart)
        return fail(error, "--cpus=%s: needs two CPUs, and only one is allowed", names[cpus]);
    return cpus != OPTIONS_CPUS_BOTH || double_workloads(&suite->catalogue, error);
}

/* ---- telling ---- */

void setups_describe(FILE *to, const struct suite *suite)
{
    char server[CPUS_TEXT_BYTES], client[CPUS_TEXT_BYTES];
    fprintf(to, "server on %s, client on %s (%s)", cpus_text(&suite->cpus.server, server),
            cpus_text(&suite->cpus.client, client), suite->cpus.apart ? "pinned apart" : "shared");
    if (suite->options.cpus == OPTIONS_CPUS_BOTH)
        fprintf(to, "; and both on %s (shared)", cpus_text(&suite->shared_cpus.server, server));
}

bool setups_write_caveats(FILE *to, const struct suite *suite)
{
    bool both = suite->options.cpus == OPTIONS_CPUS_BOTH;
    bool alone = suite->cpus.apart && CPU_COUNT(&suite->cpus.server) == 1;
    bool shared = both || !suite->cpus.apart;
    if (suite->options.hosts != NULL)
        return false;
    if (alone)
        fprintf(to,
                "%she server had a single CPU: threads and processes took turns on it, without "
                "parallelism.\n",
                both ? "Apart: t" : "T");
    if (shared)
        fprintf(to,
                "%server and client shared CPUs: threads and processes can run in parallel, but "
                "what the\nclient computes is missing for them; who gets how much is up to the "
                "scheduler.\n",
                both ? "Shared: s" : "S");
    return alone || shared;
}
