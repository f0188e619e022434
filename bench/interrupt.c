#include "interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

static int signals_fd = -1;

bool interrupt_init(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals_fd >= 0;
}

int interrupt_fd(void)
{
    return signals_fd;
}

bool interrupt_arrived(void)
{
    /* The signal is never read, so that it stays visible to every later wait. */
    struct pollfd p = {.fd = signals_fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}
