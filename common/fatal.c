#include "fatal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { LINE_BYTES = 128 };

/* The lines are made beforehand: a signal handler may write, but not format. */
static struct {
    int number;
    const char *name;
    char line[LINE_BYTES];
} signals[] = {
    {SIGSEGV, "SIGSEGV", ""}, {SIGBUS, "SIGBUS", ""},   {SIGILL, "SIGILL", ""},
    {SIGFPE, "SIGFPE", ""},   {SIGABRT, "SIGABRT", ""},
};

enum { SIGNALS = sizeof signals / sizeof *signals };

static pid_t speaker;
static atomic_flag has_spoken = ATOMIC_FLAG_INIT;

static void speak(int signal_number)
{
    for (int i = 0; i < SIGNALS; i++)
        if (signals[i].number == signal_number)
            while (write(STDERR_FILENO, signals[i].line, strlen(signals[i].line)) < 0 &&
                   errno == EINTR)
                ;
}

static void on_fatal_signal(int signal_number)
{
    while (atomic_flag_test_and_set(&has_spoken))
        pause(); /* another thread is ending the process */
    if (getpid() == speaker)
        speak(signal_number);
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* comes when this handler returns */
}

int fatal_install(const char *program)
{
    speaker = getpid();
    struct sigaction action = {.sa_handler = on_fatal_signal}, before;
    sigfillset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++) {
        snprintf(signals[i].line, LINE_BYTES,
                 "%s: killed by signal %d (%s): all clients are lost\n", program, signals[i].number,
                 signals[i].name);
        if (sigaction(signals[i].number, NULL, &before) != 0)
            return -1;
        if (before.sa_handler == SIG_DFL && sigaction(signals[i].number, &action, NULL) != 0)
            return -1;
    }
    return 0;
}
