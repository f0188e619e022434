#include "process_state.h"

#include <stdio.h>
#include <string.h>

/* The letter stands behind the name, which may hold anything. */
char process_state(pid_t pid)
{
    char path[64], stat[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return '?';
    stat[fread(stat, 1, sizeof stat - 1, file)] = '\0';
    fclose(file);
    const char *name_end = strrchr(stat, ')');
    return name_end != NULL && name_end[1] == ' ' ? name_end[2] : '?';
}
