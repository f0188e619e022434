/* known_work: a program that does a known amount of work when it is told to, for a test of what
 * counts it.
 *
 *     known_work spin MS | fork N | switch N | fault N | call N
 *
 * Prints "ready", does the work on SIGUSR1, prints "done", and ends on SIGTERM. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void spin_us(long us)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    long end_us = now.tv_sec * 1000000 + now.tv_nsec / 1000 + us;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec * 1000000 + now.tv_nsec / 1000 < end_us);
}

static void spin(long ms)
{
    spin_us(ms * 1000);
}

static void reap(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fail("waitpid");
    if (status != 0)
        exit(1);
}

/* One after another, each with 1 ms of CPU time; none of them lives when the work is done. */
static void fork_children(long count)
{
    for (long i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0) {
            spin_us(1000);
            _exit(0);
        }
        reap(pid);
    }
}

/* A byte goes to a child and comes back: both wait for each other each time. */
static void switch_to_and_fro(long count)
{
    int there[2], back[2];
    char byte = 0;
    if (pipe(there) != 0 || pipe(back) != 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1)
            if (write(back[1], &byte, 1) != 1)
                _exit(1);
        _exit(0);
    }
    for (long i = 0; i < count; i++)
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            fail("pipe");
    close(there[1]);
    reap(pid);
}

static void touch_pages(long count)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = page * (size_t)count;
    char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        fail("mmap");
    madvise(pages, bytes, MADV_NOHUGEPAGE); /* where there are no huge pages, it fails */
    for (size_t at = 0; at < bytes; at += page)
        *(volatile char *)(pages + at) = 1;
}

static void call_the_system(long count)
{
    for (long i = 0; i < count; i++)
        syscall(SYS_getppid);
}

static const struct work {
    const char *name;
    void (*carry_out)(long amount);
} works[] = {{"spin", spin},
             {"fork", fork_children},
             {"switch", switch_to_and_fro},
             {"fault", touch_pages},
             {"call", call_the_system}};

static void say(const char *word)
{
    if (puts(word) < 0 || fflush(stdout) != 0)
        fail("stdout");
}

int main(int argc, char **argv)
{
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    say("ready");
    sigwait(&signals, &number);
    for (size_t i = 0; argc == 3 && i < sizeof works / sizeof *works; i++)
        if (number == SIGUSR1 && strcmp(argv[1], works[i].name) == 0) {
            works[i].carry_out(strtol(argv[2], NULL, 10));
            say("done");
            sigwait(&signals, &number);
        }
    return number == SIGTERM ? 0 : 1;
}
