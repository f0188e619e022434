#include "cpus.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number below CPU_SETSIZE at *text, which moves behind it. */
static bool take_number(const char **text, size_t *number)
{
    if (!isdigit((unsigned char)**text))
        return false;
    char *end;
    *number = strtoul(*text, &end, 10);
    *text = end;
    return *number < CPU_SETSIZE;
}

/* "3" or "3-5" at *text, which moves behind it. */
static bool take_range(const char **text, size_t *first, size_t *last)
{
    if (!take_number(text, first))
        return false;
    *last = *first;
    if (**text != '-')
        return true;
    ++*text;
    return take_number(text, last) && *last >= *first;
}

bool cpus_parse(cpu_set_t *set, const char *text, const cpu_set_t *allowed)
{
    CPU_ZERO(set);
    for (;;) {
        size_t first, last;
        if (!take_range(&text, &first, &last))
            return false;
        for (size_t cpu = first; cpu <= last; cpu++) {
            if (!CPU_ISSET(cpu, allowed))
                return false;
            CPU_SET(cpu, set);
        }
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
}

char *cpus_text(const cpu_set_t *set, char text[CPUS_TEXT_BYTES])
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t first = 0; first < CPU_SETSIZE; first++) {
        if (!CPU_ISSET(first, set))
            continue;
        size_t last = first;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
            last++;
        char part[32];
        int n = snprintf(part, sizeof part, "%s%zu", length > 0 ? "," : "", first);
        if (last > first)
            snprintf(part + n, sizeof part - (size_t)n, "-%zu", last);
        if (length + strlen(part) + sizeof "..." > CPUS_TEXT_BYTES) {
            strcpy(text + length, "...");
            break;
        }
        strcpy(text + length, part);
        length += strlen(part);
        first = last;
    }
    return text;
}

/* What `all` has and `taken` has not; all of it when that is nothing. */
static cpu_set_t rest_of(const cpu_set_t *all, const cpu_set_t *taken)
{
    cpu_set_t common, rest;
    CPU_AND(&common, all, taken);
    CPU_XOR(&rest, all, &common);
    return CPU_COUNT(&rest) > 0 ? rest : *taken;
}

static cpu_set_t first_half(const cpu_set_t *all)
{
    cpu_set_t half;
    CPU_ZERO(&half);
    int wanted = (CPU_COUNT(all) + 1) / 2;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&half) < wanted; cpu++)
        if (CPU_ISSET(cpu, all))
            CPU_SET(cpu, &half);
    return half;
}

struct cpus_division cpus_divide(const cpu_set_t *allowed, const cpu_set_t *server,
                                 const cpu_set_t *client)
{
    struct cpus_division d;
    if (server != NULL)
        d.server = *server;
    else
        d.server = client != NULL ? rest_of(allowed, client) : first_half(allowed);
    d.client = client != NULL ? *client : rest_of(allowed, &d.server);
    cpu_set_t common;
    CPU_AND(&common, &d.server, &d.client);
    d.apart = CPU_COUNT(&common) == 0;
    return d;
}
