#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"

static int64_t drain_time_ns;
static _Atomic bool requested;
static _Atomic bool at_once;
static pid_t server_pid;
static _Atomic bool *passed_on; /* in memory that children share */
static _Atomic int64_t deadline_ns = INT64_MAX;

static void start_ticking(void)
{
    struct timeval tick = {.tv_usec = STOP_TICK_MS * 1000};
    setitimer(ITIMER_REAL, &(struct itimerval){tick, tick}, NULL);
}

/* Anybody can send the signal, and one that is pending swallows the next: so it is the parent's
 * word that counts, or that there is no parent. */
static bool is_from_parent(int signal_number)
{
    return signal_number == STOP_PASSED_ON && (atomic_load(passed_on) || getppid() != server_pid);
}

/* What a parent passes on is the first signal, even to a child that is so young that it still has
 * the parent's flag. */
static void on_stop_signal(int signal_number)
{
    int saved_errno = errno;
    if (getpid() != server_pid && !is_from_parent(signal_number))
        return;
    if (!atomic_load(&requested)) {
        atomic_store(&deadline_ns, clock_now_ns() + drain_time_ns);
        atomic_store(&requested, true);
        start_ticking();
    } else if (signal_number != STOP_PASSED_ON) {
        atomic_store(&at_once, true);
    }
    errno = saved_errno;
}

/* Being delivered is all a tick is for. */
static void on_tick(int signal_number)
{
    (void)signal_number;
}

/* No SA_RESTART: interrupting a blocking call is the point. */
static int handle(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    return sigaction(signal_number, &action, NULL);
}

int stop_install(int64_t drain_ns)
{
    sigset_t none;
    drain_time_ns = drain_ns;
    server_pid = getpid();
    passed_on =
        mmap(NULL, sizeof *passed_on, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (passed_on == MAP_FAILED)
        return -1;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || handle(SIGTERM, on_stop_signal) != 0 ||
        handle(SIGINT, on_stop_signal) != 0 || handle(STOP_PASSED_ON, on_stop_signal) != 0 ||
        handle(SIGALRM, on_tick) != 0 || handle(SIGPIPE, SIG_IGN) != 0 ||
        handle(SIGHUP, SIG_IGN) != 0 || handle(SIGXFSZ, SIG_IGN) != 0)
        return -1;
    return 0;
}

void stop_in_child(void)
{
    if (stop_requested()) /* before it was made: timers are not inherited */
        start_ticking();
}

void stop_pass_on(void)
{
    atomic_store(passed_on, true);
}

bool stop_requested(void)
{
    return atomic_load_explicit(&requested, memory_order_relaxed);
}

bool stop_is_now(void)
{
    if (!stop_requested())
        return false;
    return atomic_load(&at_once) || clock_now_ns() >= atomic_load(&deadline_ns);
}

int64_t stop_deadline_ns(void)
{
    return atomic_load(&deadline_ns);
}
