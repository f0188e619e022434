#include "steal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STOLEN, KINDS };

bool steal_parse(struct steal *s, const char *line, double ticks_per_s)
{
    unsigned long long ticks[KINDS];
    *s = (struct steal){0};
    if (strncmp(line, "cpu ", 4) != 0 ||
        sscanf(line + 4, "%llu %llu %llu %llu %llu %llu %llu %llu", &ticks[USER], &ticks[NICE],
               &ticks[SYSTEM], &ticks[IDLE], &ticks[IOWAIT], &ticks[IRQ], &ticks[SOFTIRQ],
               &ticks[STOLEN]) != KINDS)
        return false;
    for (int kind = 0; kind < KINDS; kind++)
        if (kind != IDLE && kind != IOWAIT)
            s->wanted_s += (double)ticks[kind] / ticks_per_s;
    s->stolen_s = (double)ticks[STOLEN] / ticks_per_s;
    return true;
}

struct steal steal_now(void)
{
    char line[256];
    struct steal now = {0};
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return now;
    if (fgets(line, sizeof line, file) != NULL)
        steal_parse(&now, line, (double)sysconf(_SC_CLK_TCK));
    fclose(file);
    return now;
}

void steal_collect(struct steal *sum, struct steal *mark, struct steal now)
{
    sum->wanted_s += now.wanted_s - mark->wanted_s;
    sum->stolen_s += now.stolen_s - mark->stolen_s;
    *mark = now;
}

double steal_percent(struct steal s)
{
    return s.wanted_s > 0 ? 100 * s.stolen_s / s.wanted_s : NAN;
}
