#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"

static int stderr_reader = -1, real_stderr = -1;

/* Standard error becomes a pipe. It is non-blocking: a test that finds nothing to read must not
 * wait. */
static void set_up(void)
{
    int fds[2];
    cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
    stderr_reader = fds[0];
    real_stderr = dup(STDERR_FILENO);
    cr_assert_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
    close(fds[1]);
}

static void tear_down(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(stderr_reader);
}

TestSuite(diag, .init = set_up, .fini = tear_down);

/* What was written since the last call; one message is one write and so one read of its size. */
static const char *written(void)
{
    static char text[8192];
    ssize_t n = read(stderr_reader, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

Test(diag, one_line_with_the_program_in_front)
{
    diag_error("no name yet");
    cr_expect_str_eq(written(), "no name yet\n");
    diag_init("prog", false);
    diag_error("port %d is %s", 31470, "taken");
    cr_expect_str_eq(written(), "prog: port 31470 is taken\n");
}

Test(diag, verbose_speaks_when_asked)
{
    diag_init("prog", false);
    diag_verbose("hidden");
    cr_expect_str_eq(written(), "");
    diag_init("prog", true);
    diag_verbose("shown");
    cr_expect_str_eq(written(), "prog: shown\n");
}

Test(diag, only_printable_bytes_go_out)
{
    diag_init("prog", false);
    diag_error("%s", "a\r\nb\tc\x1b[2J\x7f\xc3\xa9 ~");
    cr_expect_str_eq(written(), "prog: a??b?c?[2J??? ~\n");
}

Test(diag, errno_is_kept_and_can_be_shown)
{
    diag_init("prog", true);
    struct diag_limit limit = {0};
    errno = ENOENT;
    diag_error("%m");
    cr_expect_eq(errno, ENOENT);
    diag_limited(&limit, "%m");
    cr_expect_eq(errno, ENOENT);
    cr_expect_str_eq(written(), "prog: No such file or directory\nprog: No such file or "
                                "directory\n");
    close(STDERR_FILENO);
    diag_error("nobody hears this");
    cr_expect_eq(errno, ENOENT, "even when the write fails");
    dup2(real_stderr, STDERR_FILENO);
}

Test(diag, long_texts_and_names_are_cut)
{
    char name[300], text[2000];
    memset(name, 'n', sizeof name);
    memset(text, 't', sizeof text);
    name[sizeof name - 1] = text[sizeof text - 1] = '\0';
    diag_init(name, false);
    diag_error("%s", text);
    const char *line = written();
    size_t length = strlen(line);
    cr_expect_lt(length, 512);
    cr_expect_gt(length, 400);
    cr_expect_eq(strchr(line, '\n'), line + length - 1);
    cr_expect_neq(strchr(line, 't'), NULL, "a long name leaves room for the text");
}

Test(diag, limited_to_one_a_second)
{
    diag_init("prog", false);
    struct diag_limit limit = {0}, other = {0};
    for (int i = 0; i < 1000; i++)
        diag_limited(&limit, "accept failed");
    cr_expect_str_eq(written(), "prog: accept failed\n");
    diag_limited(&other, "another fault");
    cr_expect_str_eq(written(), "prog: another fault\n", "each fault has its own limit");
    limit.last_ns -= CLOCK_S; /* a second later */
    diag_limited(&limit, "accept failed");
    cr_expect_str_eq(written(), "prog: accept failed (999 more like it)\n");
    limit.last_ns -= CLOCK_S;
    diag_limited(&limit, "accept failed");
    cr_expect_str_eq(written(), "prog: accept failed\n");
}

Test(diag, the_number_left_out_survives_a_long_text)
{
    char text[2000];
    memset(text, 't', sizeof text);
    text[sizeof text - 1] = '\0';
    struct diag_limit limit = {.left_out = 12};
    diag_limited(&limit, "%s", text);
    const char *line = written(), *count = strstr(line, " (12 more like it)\n");
    cr_expect_not_null(count);
    cr_expect_lt(strlen(line), 512);
}

enum { THREADS = 4, MESSAGES_OF_THREAD = 100 };
static struct diag_limit shared_limit;

static void *complain(void *unused)
{
    (void)unused;
    for (int i = 0; i < MESSAGES_OF_THREAD; i++)
        diag_limited(&shared_limit, "trouble");
    return NULL;
}

Test(diag, the_limit_holds_over_threads)
{
    diag_init("prog", false);
    int64_t begin_ns = clock_now_ns();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, complain, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    int64_t seconds = (clock_now_ns() - begin_ns) / CLOCK_S, lines = 0;
    for (const char *at = written(); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    cr_expect_geq(lines, 1);
    cr_expect_leq(lines, 1 + seconds);
    cr_expect_leq(shared_limit.left_out, THREADS * MESSAGES_OF_THREAD - lines);
}
