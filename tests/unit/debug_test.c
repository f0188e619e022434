/* DEBUG: refused unless allowed, and what each fault does to the process that answers. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "clock.h"
#include "memory.h"
#include "service.h"
#include "stats.h"
#include "stop.h"

static struct service service;

static void set_up(void)
{
    service = ask_service(0);
    service.enable_debug = true;
}

static void tear_down(void)
{
    stats_destroy(service.stats);
}

TestSuite(debug, .init = set_up, .fini = tear_down, .timeout = 20);

static void expect_reply(const char *request, const char *expected)
{
    enum session_state state;
    char *reply = ask(&service, request, &state);
    cr_expect_str_eq(reply, expected, "%s: %s", request, reply);
    cr_expect_eq(state, SESSION_OPEN);
    free(reply);
}

Test(debug, is_refused_where_it_is_not_allowed)
{
    static const char *const requests[] = {
        "DEBUG SEGFAULT\r\n", "DEBUG abort\r\n", "DEBUG EXIT\r\n",  "DEBUG LEAK 1\r\n",
        "DEBUG HANG\r\n",     "DEBUG HELP\r\n",  "DEBUG nosuch\r\n"};
    service.enable_debug = false;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        expect_reply(requests[i], "-ERR DEBUG command not allowed. Start the server with "
                                  "--enable-debug to allow it.\r\n");
    cr_expect_eq(stats_get(service.stats, STATS_ERROR_REPLIES), sizeof requests / sizeof *requests);
}

#define UNKNOWN(NAME)                                                                              \
    "-ERR unknown subcommand or wrong number of arguments for '" NAME "'. Try DEBUG HELP.\r\n"

Test(debug, wrong_words_do_no_harm)
{
    expect_reply("DEBUG\r\n", "-ERR wrong number of arguments for 'debug' command\r\n");
    expect_reply("DEBUG nosuch\r\n", UNKNOWN("nosuch"));
    expect_reply("DEBUG SEGFAULT now\r\n", UNKNOWN("SEGFAULT"));
    expect_reply("DEBUG LEAK\r\n", UNKNOWN("LEAK"));
    expect_reply("DEBUG LEAK 1 2\r\n", UNKNOWN("LEAK"));
    expect_reply("DEBUG LEAK x\r\n", "-ERR value is not an integer or out of range\r\n");
    expect_reply("DEBUG LEAK -1\r\n", "-ERR value must be from 0 to 1073741824\r\n");
    expect_reply("DEBUG LEAK 1073741825\r\n", "-ERR value must be from 0 to 1073741824\r\n");
}

Test(debug, help_names_every_fault)
{
    char *reply = ask(&service, "DEBUG HELP\r\n", NULL);
    static const char *const names[] = {"ABORT", "EXIT", "HANG", "LEAK <bytes>", "SEGFAULT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(strstr(reply, names[i]) != NULL, "no %s in: %s", names[i], reply);
    free(reply);
}

Test(debug, leak_keeps_memory)
{
    enum { MUCH = 16 << 20 };
    struct memory before = memory_now();
    expect_reply("DEBUG LEAK 0\r\nDEBUG LEAK 8388608\r\nDEBUG LEAK 8388608\r\n",
                 "+OK\r\n+OK\r\n+OK\r\n");
    struct memory after = memory_now();
    cr_expect(after.resident - before.resident > MUCH - (1 << 20), "%ld bytes",
              (long)(after.resident - before.resident));
}

#if !defined(__SANITIZE_ADDRESS__)
Test(debug, a_leak_too_large_is_an_error)
{
    struct rlimit limit = {.rlim_cur = 400 << 20, .rlim_max = 400 << 20};
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    expect_reply("DEBUG LEAK 1073741824\r\n", "-ERR out of memory\r\n");
}
#endif

/* How a process ends that is asked this. Its own words are not of interest here. */
static int end_of(const char *request)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        close(STDERR_FILENO);
        free(ask(&service, request, NULL));
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_ends_by(const char *request, int signal_number)
{
    int status = end_of(request);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == signal_number, "%s: status %x", request,
              (unsigned)status);
}

Test(debug, abort_ends_the_process_by_its_signal)
{
    assert_ends_by("DEBUG ABORT\r\n", SIGABRT);
}

#if !defined(__SANITIZE_ADDRESS__) /* which ends the process by its own report */
Test(debug, segfault_ends_the_process_by_its_signal)
{
    assert_ends_by("DEBUG SEGFAULT\r\n", SIGSEGV);
}
#endif

Test(debug, exit_ends_the_process_with_its_status)
{
    int status = end_of("DEBUG EXIT\r\n");
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3, "status %x", (unsigned)status);
}

Test(debug, a_hanging_handler_ends_with_the_drain_time)
{
    enum session_state state;
    cr_assert_eq(stop_install(200 * CLOCK_MS), 0);
    int64_t begin_ns = clock_now_ns();
    raise(SIGTERM);
    char *reply = ask(&service, "DEBUG HANG\r\nPING\r\n", &state);
    int64_t took_ns = clock_now_ns() - begin_ns;
    cr_expect(took_ns >= 200 * CLOCK_MS && took_ns < 5 * CLOCK_S, "%ld ns", (long)took_ns);
    cr_expect_eq(state, SESSION_ABORTED);
    cr_expect_str_eq(reply, "");
    free(reply);
}
