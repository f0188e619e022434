#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "option.h"

struct read {
    bool verbose;
    const char *host, *words[4];
    int words_count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct read *r = state->input;
    switch (key) {
    case 'v':
        r->verbose = true;
        return 0;
    case 'H':
        r->host = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (strcmp(arg, "surplus") == 0)
            return ARGP_ERR_UNKNOWN;
        r->words[r->words_count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {0, 0, 0, 0, "A heading:", 1},          {"host", 'H', "ADDRESS", 0, "A host", 0},
    {"hosts", 'h', 0, 0, "All of them", 0}, {"verbose", 'v', 0, 0, "Talk", 0},
    {"verify", 0x100, "HOW", 0, "Look", 0}, {0},
};
static const struct argp argp = {.options = options, .parser = parse, .doc = "A test."};

enum { WORDS = 6 };

/* A leak check at exit is not for a fork of the test runner, which has other threads. */
static void leave(int status, void *nothing)
{
    (void)nothing;
    fflush(stdout);
    _exit(status);
}

/* Parses in a process of its own; what it printed on both streams is written to text. Returns its
 * exit status, 0 if the line was good. */
static int read_line(const char *const words[WORDS], char text[4096])
{
    int fds[2], status;
    cr_assert_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[WORDS + 2] = {(char *)"/some/where/prog.bin"};
        int argc = 1;
        for (; argc <= WORDS && words[argc - 1] != NULL; argc++)
            argv[argc] = strdup(words[argc - 1]);
        dup2(fds[1], STDERR_FILENO);
        dup2(fds[1], STDOUT_FILENO);
        struct read r = {.verbose = false};
        on_exit(leave, NULL);
        option_parse(&argp, "dir/prog", argc, argv, &r);
        _exit(0);
    }
    close(fds[1]);
    size_t length = 0;
    for (ssize_t n; length < 4095 && (n = read(fds[0], text + length, 4095 - length)) > 0;)
        length += (size_t)n;
    text[length] = '\0';
    close(fds[0]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(option_parse, wrong_lines_are_answered_in_one)
{
    static const struct {
        const char *words[WORDS], *answer;
    } wrong[] = {
        {{"--foo"}, "--foo: no such option; --help lists them"},
        {{"--foo=--bar"}, "--foo: no such option; --help lists them"},
        {{"-x"}, "-x: no such option; --help lists them"},
        {{"-vx"}, "-x: no such option; --help lists them"},
        {{"-xv"}, "-x: no such option; --help lists them"},
        {{"-v", "word", "-vxv"}, "-x: no such option; --help lists them"},
        {{"word", "--foo", "-x"}, "--foo: no such option; --help lists them"},
        {{"--host", "--foo", "-xv"}, "-x: no such option; --help lists them"},
        {{"-H", "-xv", "--foo"}, "--foo: no such option; --help lists them"},
        {{"--host"}, "--host: needs a value"},
        {{"-v", "--veri"}, "--verify: needs a value"},
        {{"-H"}, "-H, --host: needs a value"},
        {{"-vH"}, "-H, --host: needs a value"},
        {{"--verbose=1"}, "--verbose: takes no value"},
        {{"--verb="}, "--verbose: takes no value"},
        {{"--hosts=1"}, "--hosts: takes no value"},
        {{"--help=1"}, "--help: takes no value"},
        {{"--ver"}, "--ver: may be any of --verbose --verify"},
        {{"--ho=1"}, "--ho: may be any of --host --hosts"},
        {{"--h"}, "--h: may be any of --help --host --hosts"},
        {{"--=1"}, "--: no such option; --help lists them"},
        {{"--a\nb\xff"}, "--a?b?: no such option; --help lists them"},
        {{"-\n"}, "-?: no such option; --help lists them"},
        {{"surplus", "--foo"}, "unexpected argument 'surplus'"},
        {{"--", "--foo", "surplus"}, "unexpected argument 'surplus'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[4096], expected[256];
        snprintf(expected, sizeof expected, "dir/prog: %s\n", wrong[i].answer);
        cr_expect_eq(read_line(wrong[i].words, text), OPTION_USAGE_STATUS, "%s", expected);
        cr_expect_str_eq(text, expected, "\"%s\", not \"%s\"", text, expected);
    }
}

Test(option_parse, a_long_unknown_option_is_cut)
{
    char word[2000], text[4096];
    memset(word, '-', 2);
    memset(word + 2, 'x', sizeof word - 2);
    word[sizeof word - 1] = '\0';
    cr_expect_eq(read_line((const char *[WORDS]){word}, text), OPTION_USAGE_STATUS);
    cr_expect_lt(strlen(text), 1000);
    cr_expect_str_eq(strstr(text, "x: no such option"), "x: no such option; --help lists them\n");
}

Test(option_parse, help_is_asked_for)
{
    char text[4096];
    cr_expect_eq(read_line((const char *[WORDS]){"-v", "--help", "--foo"}, text), 0);
    cr_expect_eq(strncmp(text, "Usage: dir/prog [OPTION...]\nA test.\n", 36), 0, "%s", text);
    cr_expect_not_null(strstr(text, "-H, --host=ADDRESS"));
    cr_expect_not_null(strstr(text, "-?, --help "));
    cr_expect_eq(read_line((const char *[WORDS]){"--usage"}, text), 0);
    cr_expect_eq(strncmp(text, "Usage: dir/prog [-hv?]", 22), 0, "%s", text);
}

Test(option_parse, a_good_line_is_read_in_its_order)
{
    static const char *const words[] = {"prog", "-vHa", "w", "--host=b", "--", "--host", NULL};
    struct read r = {.verbose = false};
    option_parse(&argp, "prog", sizeof words / sizeof *words - 1, (char **)words, &r);
    cr_expect(r.verbose);
    cr_expect_str_eq(r.host, "b");
    cr_expect_eq(r.words_count, 2);
    cr_expect_str_eq(r.words[0], "w");
    cr_expect_str_eq(r.words[1], "--host");
}
