/* DEBUG: refused unless allowed, and what each fault does to the process that answers. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "buf.h"
#include "clock.h"
#include "memory.h"
#include "service.h"
#include "stats.h"
#include "stop.h"

static struct service service;

static void set_up(void)
{
    service = ask_service(0);
    service.debug = SERVICE_DEBUG_YES;
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

#define REFUSED                                                                                    \
    "-ERR DEBUG command not allowed. If the server was started with --enable-debug=local, it is "  \
    "allowed from a loopback address; otherwise start the server with --enable-debug to allow "    \
    "it.\r\n"

Test(debug, is_refused_where_it_is_not_allowed)
{
    static const char *const requests[] = {
        "DEBUG SEGFAULT\r\n", "DEBUG abort\r\n", "DEBUG EXIT\r\n",  "DEBUG LEAK 1\r\n",
        "DEBUG HANG\r\n",     "DEBUG HELP\r\n",  "DEBUG nosuch\r\n"};
    static const enum service_debug settings[] = {SERVICE_DEBUG_NO, SERVICE_DEBUG_LOCAL};
    enum { REQUESTS = sizeof requests / sizeof *requests };
    for (int s = 0; s < 2; s++) {
        service.debug = settings[s]; /* of whose address nothing is known, no client is local */
        for (size_t i = 0; i < REQUESTS; i++)
            expect_reply(requests[i], REFUSED);
    }
    cr_expect_eq(stats_get(service.stats, STATS_ERROR_REPLIES), 2 * REQUESTS);
}

static void expect_leak(enum service_debug setting, bool is_local, const char *expected)
{
    struct session session;
    struct buf in = buf_over(NULL, 0), out = buf_over(NULL, 0);
    service.debug = setting;
    session_init(&session, &service);
    session.is_local = is_local;
    cr_assert(buf_append(&in, "DEBUG LEAK 0\r\n", 14));
    cr_expect_eq(session_run(&session, &in, &out), SESSION_OPEN);
    cr_expect(buf_length(&out) == strlen(expected) &&
                  memcmp(buf_head(&out), expected, strlen(expected)) == 0,
              "setting %d, local %d: %.*s", (int)setting, is_local, (int)buf_length(&out),
              buf_head(&out));
    session_free(&session);
    buf_free(&in);
    buf_free(&out);
}

Test(debug, local_is_for_local_clients)
{
    expect_leak(SERVICE_DEBUG_NO, false, REFUSED);
    expect_leak(SERVICE_DEBUG_NO, true, REFUSED);
    expect_leak(SERVICE_DEBUG_LOCAL, false, REFUSED);
    expect_leak(SERVICE_DEBUG_LOCAL, true, "+OK\r\n");
    expect_leak(SERVICE_DEBUG_YES, false, "+OK\r\n");
    expect_leak(SERVICE_DEBUG_YES, true, "+OK\r\n");
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
