#include "tracer.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 20, MOST_PROCESSES = 64 };

static bool has_ended(pid_t pid)
{
    siginfo_t end = {0};
    return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid == pid;
}

/* To all of so many processes. Returns NULL, or why strace gave up, to be freed. */
static char *await_attachment(const struct process *strace, int processes)
{
    for (;;) {
        bool ended = has_ended(strace->pid); /* looked at first: its last words are then complete */
        char *errors = process_errors(strace);
        if (count_lines(errors, "Process", "attached") >= processes) {
            free(errors);
            return NULL;
        }
        if (ended)
            return errors;
        free(errors);
        pause_ms();
    }
}

/* The processes that the server has now, as strace wants them: with commas between. Returns
 * how many. */
static int list_members(const struct server *s, char pids[MOST_PROCESSES * 12])
{
    pid_t members[MOST_PROCESSES];
    size_t count = process_members(&s->process, members, MOST_PROCESSES);
    cr_assert(count <= MOST_PROCESSES);
    for (size_t i = 0; i < count; i++)
        pids += sprintf(pids, "%s%d", i == 0 ? "" : ",", (int)members[i]);
    return (int)count;
}

void tracer_attach(struct tracer *t, const struct server *s, const char *const expressions[])
{
    if (!program_exists("strace"))
        cr_skip_test("strace is not installed");
    *t = (struct tracer){.traced = &s->process, .log = "/tmp/strace-XXXXXX"};
    int fd = mkstemp(t->log);
    cr_assert(fd >= 0, "mkstemp: %m");
    close(fd);
    char pids[MOST_PROCESSES * 12];
    int processes = list_members(s, pids);
    const char *arguments[MOST_ARGUMENTS] = {"strace", "-f", "-yy", "-o", t->log, "-p", pids};
    size_t n = 7;
    for (; *expressions != NULL; expressions++) {
        cr_assert(n + 2 < MOST_ARGUMENTS);
        arguments[n++] = "-e";
        arguments[n++] = *expressions;
    }
    process_start(&t->strace, arguments);
    char *problem = await_attachment(&t->strace, processes);
    if (problem != NULL) {
        unlink(t->log);
        kill(-s->process.pid, SIGKILL);
        cr_skip_test("strace cannot trace here: %s", problem);
    }
}

char *tracer_detach(struct tracer *t)
{
    /* A call that is to fail is made with a number that no call has, and given its error when it
     * returns. If strace leaves between the two, the server is told ENOSYS, which no kernel says.
     */
    process_await_asleep(t->traced);
    kill(t->strace.pid, SIGINT);
    process_wait(&t->strace);
    process_free(&t->strace);
    FILE *log = fopen(t->log, "r");
    cr_assert(log != NULL, "%s: %m", t->log);
    char *text = NULL;
    size_t capacity = 0;
    if (getdelim(&text, &capacity, '\0', log) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(log);
    unlink(t->log);
    return text;
}

int count_lines(const char *text, const char *word, const char *other)
{
    int lines = 0;
    char *copy = strdup(text), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        lines += strstr(line, word) != NULL && strstr(line, other) != NULL;
    free(copy);
    return lines;
}

int count_calls_of(const char *text, pid_t pid, const char *word)
{
    int calls = 0;
    for (const char *line = text; *line != '\0';
         line += strcspn(line, "\n"), line += *line == '\n') {
        char *rest;
        const char *found = strtol(line, &rest, 10) == pid ? strstr(rest, word) : NULL;
        calls += found != NULL && found < rest + strcspn(rest, "\n");
    }
    return calls;
}
