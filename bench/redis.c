#include "redis.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "net.h"

#define VERSION_NS (10 * CLOCK_S)
#define READY_NS   (10 * CLOCK_S)

enum { ATTEMPTS = 3 }; /* to be there before anybody else has its port */

uint16_t redis_free_port(void)
{
    struct net_address address;
    uint16_t port = 0;
    if (net_resolve(&address, "127.0.0.1", 0) != NULL)
        return 0;
    int fd = net_socket(&address, 0);
    if (fd >= 0 && net_bind(fd, &address) == 0 && net_local_address(fd, &address) == 0)
        port = net_port(&address);
    if (fd >= 0)
        close(fd);
    return port;
}

void redis_compose(const char *words[REDIS_WORDS], char port_text[REDIS_PORT_BYTES], uint16_t port)
{
    static const char *const fixed[REDIS_WORDS - 1] = {"redis-server",
                                                       "--bind",
                                                       "127.0.0.1",
                                                       "--protected-mode",
                                                       "no",
                                                       "--save",
                                                       "",
                                                       "--appendonly",
                                                       "no",
                                                       "--dir",
                                                       "/tmp",
                                                       "--port",
                                                       NULL};
    size_t count = 0;
    for (; fixed[count] != NULL; count++)
        words[count] = fixed[count];
    snprintf(port_text, REDIS_PORT_BYTES, "%u", (unsigned)port);
    words[count++] = port_text;
    words[count] = NULL;
}

bool redis_is_ready(const char *line)
{
    return strstr(line, "Ready to accept connections") != NULL;
}

/* What it says of trouble goes to standard output, behind the mark of a warning; what is wrong with
 * its options to standard error. */
static void note_warning(char warning[PROCESS_LINE_BYTES], const char *line)
{
    const char *mark = strstr(line, " # ");
    if (mark != NULL)
        snprintf(warning, PROCESS_LINE_BYTES, "%s", mark + strlen(" # "));
}

static void tell_why(char why[REDIS_WHY_BYTES], struct process *p, enum process_line how,
                     const char *warning)
{
    char text[PROCESS_TEXT_BYTES];
    if (how == PROCESS_NO_LINE) {
        process_kill(p);
        if (process_message(p, text)[0] == '\0')
            process_status_text(p->status, text);
        snprintf(why, REDIS_WHY_BYTES, "redis-server: %.200s", *warning != '\0' ? warning : text);
    } else {
        snprintf(why, REDIS_WHY_BYTES, "%s",
                 how == PROCESS_LINE_INTERRUPTED ? "interrupted"
                                                 : "redis-server does not say that it is ready");
    }
}

/* *taken: somebody else has its port. */
static uint16_t start_once(struct process *p, const cpu_set_t *cpus,
                           void (*attach)(pid_t pid, void *context), void *context,
                           char why[REDIS_WHY_BYTES], bool *taken)
{
    const char *words[REDIS_WORDS];
    char port_text[REDIS_PORT_BYTES], line[PROCESS_LINE_BYTES], warning[PROCESS_LINE_BYTES] = "";
    uint16_t port = redis_free_port();
    redis_compose(words, port_text, port);
    *taken = false;
    if (!process_start_attached(p, words, true, cpus, attach, context)) {
        snprintf(why, REDIS_WHY_BYTES, "cannot start a process: %s", strerror(errno));
        return 0;
    }
    int64_t deadline_ns = clock_now_ns() + READY_NS;
    enum process_line how;
    while ((how = process_read_line(p, line, deadline_ns)) == PROCESS_LINE) {
        if (redis_is_ready(line))
            return port;
        note_warning(warning, line);
        *taken = *taken || strstr(line, "Address already in use") != NULL;
    }
    tell_why(why, p, how, warning);
    *taken = *taken && how == PROCESS_NO_LINE;
    return 0;
}

uint16_t redis_start(struct process *p, const cpu_set_t *cpus,
                     void (*attach)(pid_t pid, void *context), void *context,
                     char why[REDIS_WHY_BYTES])
{
    bool taken;
    uint16_t port = start_once(p, cpus, attach, context, why, &taken);
    for (int more = ATTEMPTS - 1; taken && more > 0; more--) {
        process_close(p); /* which has ended, and was reaped */
        port = start_once(p, cpus, attach, context, why, &taken);
    }
    return port;
}

bool redis_is_installed(void)
{
    static const char *const argv[] = {"redis-server", "--version", NULL};
    char output[PROCESS_LINE_BYTES], error[PROCESS_TEXT_BYTES];
    return process_capture(argv, clock_now_ns() + VERSION_NS, output, sizeof output, error);
}
