/* attend: stands by a program on a host of the bench until whoever asked for it has gone.
 *
 *     attend server HOST SECONDS PROGRAM ARG...
 *     attend counted HOST SECONDS PROGRAM ARG...
 *     attend client HOST SECONDS PROGRAM ARG...
 *
 * ssh starts it and holds its standard input. When that ends, because it was closed or because the
 * connection was lost, the program is asked to end, and killed if it does not; so it is after so
 * many seconds, if the host was cut off and nobody can tell. Nothing the program started outlives
 * this. What the program prints is passed on, its ready line with the name of the host; of standard
 * error the last line. The exit status is the program's, or 1.
 *
 * For a server it keeps the ledger's account besides; one that is "counted" carries the counters of
 * a counting run. A line "window BEGIN END" on standard input, in nanoseconds of this host's
 * CLOCK_REALTIME, says when to read the counters, and extends the time; at the end a line "account
 * KEY=VALUE..." tells what they grew by (ledger_account.h). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "interrupt.h"
#include "kernel.h"
#include "ledger_account.h"
#include "option.h"
#include "orphans.h"
#include "process.h"

#define STOP_NS        (8 * CLOCK_S)
#define STOP_CLIENT_NS CLOCK_S        /* what it would still say nobody listens to */
#define AFTER_NS       (60 * CLOCK_S) /* the end of the window: a server may be kept that long */

static struct attendance {
    const char *host;
    bool is_server, is_counted;
    int64_t limit_ns, begin_ns, end_ns; /* INT64_MAX: not to be waited for */
    struct process program;
    struct ledger_sources sources;
    struct ledger ledger;
    struct kernel_counters kernel_begin, kernel_end;
    char said[256]; /* on standard input, of a line that has not ended */
    size_t said_bytes;
} a;

/* ---- what is asked ---- */

static int64_t monotonic_ns(int64_t realtime_ns)
{
    return clock_now_ns() + (realtime_ns - clock_of_ns(CLOCK_REALTIME));
}

static void take_line(const char *line)
{
    long long begin_ns, end_ns;
    if (!a.is_server || sscanf(line, "window %lld %lld", &begin_ns, &end_ns) != 2)
        return;
    a.begin_ns = monotonic_ns(begin_ns);
    a.end_ns = monotonic_ns(end_ns);
    a.limit_ns = a.end_ns + AFTER_NS;
}

/* False at the end of standard input. */
static bool take_input(void)
{
    ssize_t n = read(STDIN_FILENO, a.said + a.said_bytes, sizeof a.said - 1 - a.said_bytes);
    if (n <= 0)
        return n < 0 && errno == EINTR;
    a.said_bytes += (size_t)n;
    a.said[a.said_bytes] = '\0';
    char *line = a.said, *end;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        take_line(line);
    }
    a.said_bytes -= (size_t)(line - a.said);
    memmove(a.said, line, a.said_bytes);
    if (a.said_bytes == sizeof a.said - 1)
        a.said_bytes = 0;
    return true;
}

/* ---- what is to be read, and when ---- */

static int64_t next_ns(void)
{
    int64_t next = a.limit_ns < a.begin_ns ? a.limit_ns : a.begin_ns;
    return a.end_ns < next ? a.end_ns : next;
}

/* The client is not here: no process has the number -1. */
static void read_counters(const char *what, int64_t *at_ns, struct kernel_counters *kernel)
{
    char line[64];
    snprintf(line, sizeof line, "%s at_ns=%lld", what, (long long)*at_ns);
    ledger_hear(&a.ledger, line, -1);
    *kernel = kernel_read();
    *at_ns = INT64_MAX;
}

/* False when there is no more time. */
static bool do_what_is_due(void)
{
    int64_t now_ns = clock_now_ns();
    if (now_ns >= a.begin_ns)
        read_counters("window-begin", &a.begin_ns, &a.kernel_begin);
    if (now_ns >= a.end_ns)
        read_counters("window-end", &a.end_ns, &a.kernel_end);
    return now_ns < a.limit_ns;
}

/* ---- the program ---- */

static void pass_on(const char *line)
{
    bool is_ready = strncmp(line, "ready ", strlen("ready ")) == 0;
    if (is_ready)
        ledger_rest(&a.ledger);
    if (is_ready)
        printf("%s host=%s\n", line, a.host);
    else
        printf("%s\n", line);
    fflush(stdout); /* who does not listen any more has closed standard input too */
}

/* Until it ends, or somebody wants it to. */
static void follow(void)
{
    /* Waited for like a peer: it is "over" when there is something to read. */
    const struct process command = {.pidfd = STDIN_FILENO};
    char line[PROCESS_LINE_BYTES];
    for (;;) {
        switch (process_wait_line(&a.program, &command, line, next_ns())) {
        case PROCESS_SAID:
            pass_on(line);
            break;
        case PROCESS_PEER_ENDED:
            if (!take_input())
                return;
            break;
        case PROCESS_LATE:
            if (!do_what_is_due())
                return;
            break;
        default:
            return;
        }
    }
}

static int finish(void)
{
    char line[PROCESS_LINE_BYTES], text[PROCESS_TEXT_BYTES];
    bool all_gone, stopped = process_stop(&a.program, clock_now_ns() +
                                                          (a.is_server ? STOP_NS : STOP_CLIENT_NS));
    while (process_read_line(&a.program, line, 0) == PROCESS_LINE)
        pass_on(line);
    if (process_message(&a.program, text)[0] != '\0')
        fprintf(stderr, "%s\n", text);
    size_t left = orphans_sweep(&all_gone);
    if (a.is_server) {
        struct kernel_counters kernel = kernel_between(a.kernel_begin, a.kernel_end);
        ledger_account_write(stdout, &a.ledger, &a.program.usage,
                             kernel.known ? kernel.listen_overflows : -1,
                             kernel.known ? kernel.retransmits : -1, left + !all_gone);
        ledger_settle(&a.ledger, NULL, NULL, NULL);
        ledger_release(&a.sources);
    }
    fflush(stdout);
    int status = a.program.status;
    if (!stopped || !WIFEXITED(status)) {
        if (text[0] == '\0')
            diag_error("%s", stopped ? process_status_text(status, text) : "did not end");
        return 1;
    }
    return WEXITSTATUS(status);
}

static bool start(const char *const argv[])
{
    if (!a.is_server)
        return process_start(&a.program, argv, true, NULL);
    ledger_probe(&a.sources);
    a.sources.strace = false; /* it would be counted too */
    ledger_begin(&a.ledger, &a.sources, a.is_counted);
    return process_start_attached(&a.program, argv, true, NULL, ledger_attach, &a.ledger);
}

int main(int argc, char **argv)
{
    static const struct option_range seconds = {1, 100000};
    int64_t limit_s;
    diag_init("attend", false);
    signal(SIGPIPE, SIG_IGN);
    bool is_counted = argc > 1 && strcmp(argv[1], "counted") == 0;
    bool is_server = is_counted || (argc > 1 && strcmp(argv[1], "server") == 0);
    if (argc < 5 || (!is_server && strcmp(argv[1], "client") != 0) ||
        !option_count_text(argv[3], seconds, &limit_s)) {
        diag_error("usage: attend server|counted|client HOST SECONDS PROGRAM ARG...");
        return OPTION_USAGE_STATUS;
    }
    a = (struct attendance){.host = argv[2],
                            .is_server = is_server,
                            .is_counted = is_counted,
                            .limit_ns = clock_now_ns() + limit_s * CLOCK_S,
                            .begin_ns = INT64_MAX,
                            .end_ns = INT64_MAX};
    if (!interrupt_init() || !orphans_init() || !start((const char *const *)argv + 4)) {
        diag_error("cannot start %s: %s", argv[4], strerror(errno));
        return 1;
    }
    follow();
    int status = finish();
    process_close(&a.program);
    return status;
}
