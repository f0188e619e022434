#include "terminal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"

void terminal_start(struct terminal *t, const char *const arguments[])
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    *t = (struct terminal){.text = calloc(1, 1)};
    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    cr_assert(t->pid >= 0, "forkpty: %s", strerror(errno));
    if (t->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(arguments[0], (char *const *)arguments);
        dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
}

static void give_up(struct terminal *t, const char *wish)
{
    kill(t->pid, SIGKILL);
    cr_assert_fail("%s in %d s; shown: \"%s\"", wish, PATIENCE_S, t->text);
}

/* False at the end: Linux says EIO when nobody has the terminal open any more. */
static bool read_more(struct terminal *t, const char *wish, int64_t deadline_ns)
{
    struct pollfd ready = {.fd = t->fd, .events = POLLIN};
    int64_t left_ms = (deadline_ns - clock_now_ns()) / CLOCK_MS;
    if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0)
        give_up(t, wish);
    char chunk[4096];
    ssize_t n = read(t->fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    t->text = realloc(t->text, t->length + (size_t)n + 1);
    memcpy(t->text + t->length, chunk, (size_t)n);
    t->length += (size_t)n;
    t->text[t->length] = '\0';
    return true;
}

void terminal_await(struct terminal *t, const char *text)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    char *found;
    while ((found = strstr(t->text, text)) == NULL)
        if (!read_more(t, text, deadline_ns))
            cr_assert_fail("it ended without showing \"%s\" but \"%s\"", text, t->text);
    char *behind = found + strlen(text);
    t->length -= (size_t)(behind - t->text);
    memmove(t->text, behind, t->length + 1);
}

void terminal_type(struct terminal *t, const char *keys)
{
    for (size_t left = strlen(keys); left > 0;) {
        ssize_t n = write(t->fd, keys, left);
        if (n < 0 && errno == EINTR)
            continue;
        cr_assert(n > 0, "cannot type \"%s\": %s", keys, strerror(errno));
        keys += n;
        left -= (size_t)n;
    }
}

int terminal_wait(struct terminal *t)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (read_more(t, "it does not end", deadline_ns))
        ;
    int status;
    cr_assert(waitpid(t->pid, &status, 0) == t->pid, "waitpid: %s", strerror(errno));
    close(t->fd);
    free(t->text);
    *t = (struct terminal){0};
    return process_exit_status(status);
}
