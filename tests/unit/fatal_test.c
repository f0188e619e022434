/* The last words of a process that a signal kills: one line, and then the signal's own effect. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fatal.h"

static char words[4096];

/* Runs it in a process of its own. Returns how that ended; what it said is in `words`. */
static int end_of(void (*run)(int signal_number), int signal_number)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
        run(signal_number);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t n;
    while ((n = read(ends[0], words + length, sizeof words - 1 - length)) > 0)
        length += (size_t)n;
    words[length] = '\0';
    close(ends[0]);
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

/* The test library has handlers of its own for these. */
static void install(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], SIG_DFL);
    if (fatal_install("fatal_test") != 0)
        _exit(1);
}

static void die(int signal_number)
{
    install();
    raise(signal_number);
}

static void assert_killed(int status, int signal_number, const char *line)
{
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == signal_number, "status %x of signal %d",
              (unsigned)status, signal_number);
    cr_assert_str_eq(words, line);
}

Test(fatal, each_signal_has_its_line_and_its_effect, .timeout = 20)
{
    static const struct {
        int number;
        const char *name;
    } signals[] = {{SIGSEGV, "SIGSEGV"},
                   {SIGBUS, "SIGBUS"},
                   {SIGILL, "SIGILL"},
                   {SIGFPE, "SIGFPE"},
                   {SIGABRT, "SIGABRT"}};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char line[128];
        snprintf(line, sizeof line, "fatal_test: killed by signal %d (%s): all clients are lost\n",
                 signals[i].number, signals[i].name);
        assert_killed(end_of(die, signals[i].number), signals[i].number, line);
    }
}

static void *raise_in_thread(void *signal_number)
{
    raise(*(int *)signal_number);
    return NULL;
}

/* Returning from any of them would mean that the process lived on. */
static void die_in_many_threads(int signal_number)
{
    pthread_t threads[8];
    install();
    for (int i = 0; i < 8; i++)
        if (pthread_create(&threads[i], NULL, raise_in_thread, &signal_number) != 0)
            _exit(1);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

Test(fatal, threads_that_die_together_say_it_once, .timeout = 20)
{
    for (int i = 0; i < 50; i++)
        assert_killed(end_of(die_in_many_threads, SIGABRT), SIGABRT,
                      "fatal_test: killed by signal 6 (SIGABRT): all clients are lost\n");
}

static void die_as_a_child(int signal_number)
{
    install();
    pid_t pid = fork();
    if (pid == 0)
        raise(signal_number);
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
        _exit(1);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
}

Test(fatal, a_child_leaves_the_telling_to_its_parent, .timeout = 20)
{
    assert_killed(end_of(die_as_a_child, SIGFPE), SIGFPE, "");
}

static void other_handler(int signal_number)
{
    static const char word[] = "other\n";
    _exit(write(STDERR_FILENO, word, sizeof word - 1) > 0 ? signal_number : 0);
}

static void die_with_a_handler(int signal_number)
{
    signal(signal_number, other_handler);
    if (fatal_install("fatal_test") != 0)
        _exit(1);
    raise(signal_number);
}

Test(fatal, a_handler_that_was_there_stays, .timeout = 20)
{
    int status = end_of(die_with_a_handler, SIGBUS);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == SIGBUS, "status %x", (unsigned)status);
    cr_assert_str_eq(words, "other\n");
}
