#include "ledger_strace.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"

#define PROBE_NS (5 * CLOCK_S)

bool strace_is_usable(void)
{
    static const char *const argv[] = {"strace", "-f", "-c", "-o", "/dev/null", "true", NULL};
    char output[64], error[PROCESS_TEXT_BYTES];
    return process_capture(argv, clock_now_ns() + PROBE_NS, output, sizeof output, error);
}

void strace_compose(const char *argv[], size_t most, const char *const program[], const char *path)
{
    const char *const words[STRACE_WORDS] = {"strace", "-f", "-c", "-o", path};
    size_t count = 0;
    for (; count < STRACE_WORDS; count++)
        argv[count] = words[count];
    for (; *program != NULL && count + 1 < most; program++)
        argv[count++] = *program;
    argv[count] = NULL;
}

/* "100.00    0.001234           1       987        12 total": share, seconds, microseconds for a
 * call, calls, errors if there were any. */
int64_t strace_parse_total(FILE *table)
{
    char line[256];
    int64_t calls;
    while (fgets(line, sizeof line, table) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *word = strrchr(line, ' ');
        if (word != NULL && strcmp(word, " total") == 0 &&
            sscanf(line, "%*f %*f %*f %" SCNd64, &calls) == 1)
            return calls;
    }
    return -1;
}

int64_t strace_take_total(const char *path)
{
    FILE *table = fopen(path, "re");
    if (table == NULL)
        return -1;
    int64_t calls = strace_parse_total(table);
    fclose(table);
    unlink(path);
    return calls;
}
