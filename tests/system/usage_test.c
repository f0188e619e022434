/* Command lines: wrong ones are refused in one line that says what is allowed. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static bool is_one_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end != NULL && end[1] == '\0';
}

static void expect_refusal(const char *binary, const char *option, int status,
                           const char *complaint)
{
    struct outcome o = process_run((const char *[]){binary, "--port=0", option, NULL});
    cr_expect(o.status == status, "%s %s: exit status %d, not %d", binary, option, o.status,
              status);
    cr_expect(*o.out == '\0', "%s %s printed \"%s\"", binary, option, o.out);
    cr_expect(is_one_line(o.err) && strstr(o.err, complaint) != NULL,
              "%s %s complained \"%s\", not one line with \"%s\"", binary, option, o.err,
              complaint);
    outcome_free(&o);
}

Test(usage, wrong_values, .timeout = 60)
{
    static const char *const wrong[][2] = {
        {"--port=65536", "--port=65536: must be a whole number from 0 to 65535"},
        {"--port=-1", "--port=-1: must be a whole number from 0 to 65535"},
        {"--port=", "--port=: must be a whole number"},
        {"--port=80x", "--port=80x: must be a whole number"},
        {"--port= 80", "--port= 80: must be a whole number"},
        {"--port=99999999999999999999", "must be a whole number from 0 to 65535"},
        {"-p70000", "--port=70000: must be a whole number from 0 to 65535"},
        {"--backlog=0", "--backlog=0: must be a whole number from 1 to "},
        {"--max-clients=0", "--max-clients=0: must be a whole number from 1 to "},
        {"--max-clients=1.5", "--max-clients=1.5: must be a whole number"},
        {"--idle-timeout=-1", "--idle-timeout=-1: must be a time from 0"},
        {"--idle-timeout=1y", "--idle-timeout=1y: must be a time from 0"},
        {"--request-timeout=0", "--request-timeout=0: must be a time from 1ms to "},
        {"--write-timeout=", "--write-timeout=: must be a time from 1ms to "},
        {"--drain-timeout=1e3", "--drain-timeout=1e3: must be a time from 1ms to "},
        /* Too long a label for any name: refused without asking a name server. */
        {"--host=" X64, "--host=" X64 ": "},
        {"--model=nosuch", "--model=nosuch: no such model"},
        {"surplus", "'surplus'"},
    };
    for (char **binary = server_binaries(); *binary != NULL; binary++)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
            expect_refusal(*binary, wrong[i][0], 2, wrong[i][1]);
}

/* The words are those of argp(3), with a hint in a second line. */
Test(usage, unknown_option, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        struct outcome o = process_run((const char *[]){*binary, "--port=0", "--nosuch", NULL});
        cr_expect(o.status == 2 && *o.out == '\0' && strstr(o.err, "'--nosuch'") != NULL,
                  "%s --nosuch: exit status %d, \"%s\"", *binary, o.status, o.err);
        outcome_free(&o);
    }
}

/* A well-formed address that no interface has: 192.0.2.0/24 is set aside for documentation. */
Test(usage, foreign_address, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++)
        expect_refusal(*binary, "--host=192.0.2.1", 1, "cannot listen on 192.0.2.1 port 0: ");
}

Test(usage, help, .timeout = 60)
{
    static const char *const promised[] = {
        "--model=NAME", "--list-models",   "--host=ADDRESS",   "--port=PORT",
        "--backlog=N",  "--max-clients=N", "--idle-timeout=S", "--drain-timeout=S",
        "--verbose",    "31470",           "Exit status"};
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        struct outcome o = process_run((const char *[]){*binary, "--help", NULL});
        cr_expect(o.status == 0 && *o.err == '\0');
        for (size_t i = 0; i < sizeof promised / sizeof *promised; i++)
            cr_expect(strstr(o.out, promised[i]) != NULL, "%s --help does not tell of %s", *binary,
                      promised[i]);
        outcome_free(&o);
    }
}

/* The model that is listed first serves when none is asked for. */
Test(usage, default_model, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        struct outcome list = process_run((const char *[]){*binary, "--list-models", NULL});
        struct process p;
        process_start(&p, (const char *[]){*binary, "-p", "0", NULL});
        char *ready = process_line(&p);
        cr_assert(ready != NULL);
        char *model = field_text(ready, "model");
        cr_expect(strncmp(list.out, model, strlen(model)) == 0, "%s serves as %s", *binary, model);
        process_signal(&p, SIGINT);
        cr_expect(process_exit_status(process_wait(&p)) == 0);
        free(model);
        free(ready);
        process_free(&p);
        outcome_free(&list);
    }
}
