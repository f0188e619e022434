#include "elsewhere.h"

#include <stdio.h>
#include <string.h>

const char *elsewhere_refuses(const char *suite)
{
    if (strcmp(suite, "literature") == 0)
        return "it stops servers and reads their memory, on this machine";
    if (strcmp(suite, "full") == 0)
        return "literature is in it; default, curves and map can be had, one after another";
    return NULL;
}

/* Returns whether there was any. */
static bool leave_out(struct catalogue *c)
{
    const char *before = "Not over several hosts, for they have companions: ";
    size_t kept = 0;
    for (size_t w = 0; w < c->workloads_count; w++) {
        if (c->workloads[w].companions.count > 0) {
            printf("%s%s", before, c->workloads[w].name);
            before = ", ";
        } else {
            c->workloads[kept++] = c->workloads[w];
        }
    }
    bool any = kept < c->workloads_count;
    c->workloads_count = kept;
    return any;
}

bool elsewhere_choose(struct suite *suite, char error[CATALOGUE_ERROR_BYTES])
{
    struct catalogue *c = &suite->catalogue;
    if (suite->options.hosts == NULL)
        return true;
    for (size_t w = 0; suite->options.workloads != NULL && w < c->workloads_count; w++)
        if (c->workloads[w].companions.count > 0) {
            snprintf(error, CATALOGUE_ERROR_BYTES,
                     "--workloads: %s has companions, which can be had on one machine only",
                     c->workloads[w].name);
            return false;
        }
    if (leave_out(c))
        fputc('\n', stdout);
    return true;
}
