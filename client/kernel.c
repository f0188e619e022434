#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In these files a line of names, "TcpExt: A B C", is followed by a line of values,
 * "TcpExt: 1 2 3". Sets *value to the one whose name is `name`. */
static bool find(const char *names, const char *values, const char *name, int64_t *value)
{
    size_t name_length = strlen(name);
    for (;;) {
        names += strcspn(names, " \n");
        values += strcspn(values, " \n");
        if (*names != ' ' || *values != ' ')
            return false;
        names++;
        values++;
        if (strcspn(names, " \n") == name_length && memcmp(names, name, name_length) == 0) {
            *value = strtoll(values, NULL, 10);
            return true;
        }
    }
}

struct wanted {
    const char *name;
    int64_t *value;
};

/* Reads `count` values from the group of lines that begins with `group`. */
static bool read_group(const char *path, const char *group, const struct wanted *wanted, int count)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    char *names = NULL, *values = NULL;
    size_t names_bytes = 0, values_bytes = 0;
    int found = 0;
    while (found == 0 && getline(&names, &names_bytes, file) > 0 &&
           getline(&values, &values_bytes, file) > 0) {
        if (strncmp(names, group, strlen(group)) != 0)
            continue;
        for (int i = 0; i < count; i++)
            found += find(names, values, wanted[i].name, wanted[i].value);
    }
    free(names);
    free(values);
    fclose(file);
    return found == count;
}

struct kernel_counters kernel_read(void)
{
    struct kernel_counters k = {0};
    const struct wanted extended[] = {{"ListenOverflows", &k.listen_overflows},
                                      {"ListenDrops", &k.listen_drops},
                                      {"TCPTimeouts", &k.timeouts}};
    const struct wanted basic[] = {{"RetransSegs", &k.retransmits}};
    k.known = read_group("/proc/net/netstat", "TcpExt:", extended, 3) &&
              read_group("/proc/net/snmp", "Tcp:", basic, 1);
    return k.known ? k : (struct kernel_counters){0};
}

struct kernel_counters kernel_between(struct kernel_counters begin, struct kernel_counters end)
{
    if (!begin.known || !end.known)
        return (struct kernel_counters){0};
    return (struct kernel_counters){
        .known = true,
        .listen_overflows = end.listen_overflows - begin.listen_overflows,
        .listen_drops = end.listen_drops - begin.listen_drops,
        .retransmits = end.retransmits - begin.retransmits,
        .timeouts = end.timeouts - begin.timeouts,
    };
}
