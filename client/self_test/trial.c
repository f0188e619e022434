#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

enum { ARGUMENTS_BYTES = 256, ARGUMENTS_MOST = 24, ROOM_BYTES = 16 << 10, OPTION_BYTES = 16 };
#define END_NS (2 * CLOCK_S) /* from its last output to its end */

/* ---- the result ---- */

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static struct trial_times read_times(const json_t *result, const char *key)
{
    const json_t *times = json_object_get(json_object_get(result, "latency_us"), key);
    double us = (double)CLOCK_US;
    return (struct trial_times){.count = number(times, "count"),
                                .mean = number(times, "mean") * us,
                                .p50 = number(times, "p50") * us,
                                .p90 = number(times, "p90") * us,
                                .p95 = number(times, "p95") * us,
                                .p99 = number(times, "p99") * us};
}

static void read_failed_check(char text[TRIAL_CHECK_BYTES], const json_t *checks)
{
    const json_t *check;
    size_t i;
    text[0] = '\0';
    json_array_foreach(checks, i, check)
    {
        const char *name = json_string_value(json_object_get(check, "name"));
        if (name == NULL || !json_is_false(json_object_get(check, "pass")))
            continue;
        snprintf(text, TRIAL_CHECK_BYTES, "%.40s %.4g, limit %.4g", name, number(check, "value"),
                 number(check, "limit"));
        return;
    }
}

bool trial_read(struct trial_result *result, const char *json, size_t length)
{
    json_error_t error;
    json_t *root = json_loadb(json, length, 0, &error);
    const char *verdict = json_string_value(json_object_get(root, "verdict"));
    const json_t *counts = json_object_get(root, "counts");
    bool good = verdict != NULL;
    *result = (struct trial_result){
        .planned = number(counts, "planned"),
        .ok = number(counts, "ok"),
        .window_ns = number(root, "duration_s") * (double)CLOCK_S,
        .stalled_ns = number(json_object_get(root, "client"), "stalled_s") * (double)CLOCK_S,
        .response = read_times(root, "response"),
        .service = read_times(root, "service"),
        .blocked = read_times(root, "blocked"),
        .generator_lag = read_times(root, "generator_lag"),
    };
    read_failed_check(result->failed_check, json_object_get(root, "checks"));
    if (good)
        snprintf(result->verdict, sizeof result->verdict, "%s", verdict);
    json_decref(root);
    return good;
}

/* ---- the process ---- */

/* In the child. Does not return. */
static void become_client(int outfd, uint16_t port, const char *arguments)
{
    static char name[] = "client", json[] = "--json=/dev/stdout", quiet[] = "--quiet";
    char words[ARGUMENTS_BYTES], option[OPTION_BYTES], *rest = words;
    char *argv[ARGUMENTS_MOST] = {name, json, quiet, option};
    sigset_t none;
    int count = 4;
    snprintf(words, sizeof words, "%s", arguments);
    snprintf(option, sizeof option, "--port=%u", (unsigned)port);
    for (char *word; count < ARGUMENTS_MOST - 1 && (word = strsep(&rest, " ")) != NULL;)
        argv[count++] = word;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(outfd, STDOUT_FILENO) >= 0)
        execv("/proc/self/exe", argv);
    _exit(127);
}

bool trial_start(struct trial *t, uint16_t port, const char *arguments, int cpu)
{
    int pipefd[2];
    if (pipe2(pipefd, O_CLOEXEC) != 0)
        return false;
    pid_t pid = child_fork(&t->child, cpu);
    if (pid == 0)
        become_client(pipefd[1], port, arguments);
    int fork_errno = errno;
    close(pipefd[1]);
    t->outfd = pipefd[0];
    if (pid > 0)
        return true;
    close(pipefd[0]);
    errno = fork_errno;
    return false;
}

/* Reads its output to the end. */
static enum trial_end read_output(const struct trial *t, int64_t deadline_ns, int interruptfd,
                                  struct buf *out)
{
    struct pollfd fds[] = {{.fd = interruptfd, .events = POLLIN},
                           {.fd = t->outfd, .events = POLLIN}};
    for (;;) {
        int64_t left_ns = deadline_ns - clock_now_ns();
        struct timespec left = clock_timespec(left_ns > 0 ? left_ns : 0);
        int ready = ppoll(fds, 2, &left, NULL);
        if (ready == 0 || !buf_reserve(out, ROOM_BYTES))
            return TRIAL_NO_RESULT;
        if (ready < 0)
            continue;
        if (fds[0].revents != 0)
            return TRIAL_INTERRUPTED;
        ssize_t n = read(t->outfd, buf_tail(out), buf_room(out));
        if (n > 0)
            buf_extend(out, (size_t)n);
        else if (n == 0)
            return TRIAL_DONE;
    }
}

enum trial_end trial_finish(struct trial *t, int64_t deadline_ns, int interruptfd,
                            struct trial_result *result)
{
    struct buf out = {0};
    enum trial_end end = read_output(t, deadline_ns, interruptfd, &out);
    close(t->outfd);
    if (end != TRIAL_DONE)
        child_kill(&t->child);
    else if (child_wait(&t->child, clock_now_ns() + END_NS) < 0)
        end = TRIAL_NO_RESULT;
    /* A run without a good reply ends with status 1, and has a result all the same. */
    if (end == TRIAL_DONE && !trial_read(result, buf_head(&out), buf_length(&out)))
        end = TRIAL_NO_RESULT;
    buf_free(&out);
    return end;
}
