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

static const char *program_of(const char *binary)
{
    return strrchr(binary, '/') + 1;
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
        {"--max-per-address=0", "--max-per-address=0: must be a whole number from 1 to 1000000"},
        {"--max-request=1", "--max-request=1: must be a size from 1k to 1g"},
        {"--max-request=2g", "--max-request=2g: must be a size from 1k to 1g"},
        {"--max-arguments=0", "--max-arguments=0: must be a whole number from 1 to 2147483647"},
        {"--max-line=63", "--max-line=63: must be a size from 64"},
        {"--max-pending=0", "--max-pending=0: must be a size from 1k to 1g"},
        {"--max-blob=-1", "--max-blob=-1: must be a size from 0 to 1g"},
        {"--max-handler=0", "--max-handler=0: must be a time from 1ms to 1h"},
        {"--idle-timeout=-1", "--idle-timeout=-1: must be a time from 0"},
        {"--idle-timeout=1y", "--idle-timeout=1y: must be a time from 0"},
        {"--request-timeout=0", "--request-timeout=0: must be a time from 1ms to "},
        {"--write-timeout=", "--write-timeout=: must be a time from 1ms to "},
        {"--drain-timeout=1e3", "--drain-timeout=1e3: must be a time from 1ms to "},
        /* Too long a label for any name: refused without asking a name server. */
        {"--host=" X64, "--host=" X64 ": "},
        {"--host=127.0.0.1,", "--host=127.0.0.1,: "},
        {"--host=127.0.0.1,-" X64, "--host=127.0.0.1,-" X64 ": "},
        {"--model=nosuch", "--model=nosuch: no such model"},
        {"--user=nosuchuser", "--user=nosuchuser: no such user"},
        {"--user=", "--user=: no such user"},
        {"--user=root", "--user=root: is root, who may do everything; name another user"},
        {"--stack-size=1", "--stack-size=1: must be a size from "},
        {"--ballast=-1", "--ballast=-1: must be a size from 0 to 1024g"},
        {"--workers=0", "--workers=0: must be a whole number from 1 to 10000"},
        {"--data=", "--data=: must be the name of a folder"},
        {"--durability=disk", "--durability=disk: must be process or power"},
        {"--enable-debug=", "--enable-debug=: must be yes, local or no"},
        {"--enable-debug=all", "--enable-debug=all: must be yes, local or no"},
        {"surplus", "unexpected argument 'surplus'"},
    };
    for (char **binary = server_binaries(); *binary != NULL; binary++)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
            expect_refusal(*binary, wrong[i][0], 2, wrong[i][1]);
}

/* Whatever program: its short name, the option, what is wrong with it. */
static void expect_answer(const char *binary, const char *program, const char *option,
                          const char *answer)
{
    char expected[256];
    struct outcome o = process_run((const char *[]){binary, option, NULL});
    snprintf(expected, sizeof expected, "%s: %s\n", program, answer);
    cr_expect(o.status == 2 && *o.out == '\0', "%s %s: exit status %d, printed \"%s\"", program,
              option, o.status, o.out);
    cr_expect_str_eq(o.err, expected, "%s %s: \"%s\"", program, option, o.err);
    outcome_free(&o);
}

static void expect_answers(const char *binary, const char *program)
{
    expect_answer(binary, program, "--nosuch", "--nosuch: no such option; --help lists them");
    expect_answer(binary, program, "--nosuch=1", "--nosuch: no such option; --help lists them");
    expect_answer(binary, program, "-X", "-X: no such option; --help lists them");
    expect_answer(binary, program, "--help=1", "--help: takes no value");
}

Test(usage, options_that_are_none, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        const char *program = program_of(*binary);
        expect_answers(*binary, program);
        expect_answer(*binary, program, "--port", "--port: needs a value");
        expect_answer(*binary, program, "-p", "-p, --port: needs a value");
        expect_answer(*binary, program, "--verbose=1", "--verbose: takes no value");
        expect_answer(*binary, program, "--m=1",
                      "--m: may be any of --model --max-clients --max-per-address --max-request "
                      "--max-arguments --max-line --max-pending --max-blob --max-handler");
    }
    expect_answers(CLIENT_FILE, "client");
    expect_answer(CLIENT_FILE, "client", "--port", "--port: needs a value");
    expect_answer(CLIENT_FILE, "client", "--quiet=1", "--quiet: takes no value");
    expect_answer(CLIENT_FILE, "client", "--th", "--th: may be any of --threads --think");
    expect_answers(SUITE_FILE, "bench/run.sh");
    expect_answer(SUITE_FILE, "bench/run.sh", "--out", "--out: needs a value");
    expect_answer(SUITE_FILE, "bench/run.sh", "--quick=1", "--quick: takes no value");
    expect_answer(SUITE_FILE, "bench/run.sh", "--se",
                  "--se: may be any of --seconds --seed --server-cpus");
    expect_answer(SUITE_FILE, "bench/run.sh", "surplus", "unexpected argument 'surplus'");
}

Test(usage, list_of_models_and_something_wrong, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        struct outcome o = process_run((const char *[]){*binary, "--list-models", "surplus", NULL});
        cr_expect(o.status == 2 && *o.out == '\0', "exit status %d, printed \"%s\"", o.status,
                  o.out);
        cr_expect(strstr(o.err, "unexpected argument 'surplus'") != NULL, "%s", o.err);
        outcome_free(&o);
    }
}

/* True if the model takes the option: the line is good, and then no one can listen there. */
static bool takes(const struct server_model *model, const char *option, char complaint[512])
{
    struct outcome o = process_run(
        (const char *[]){model->binary, "--model", model->model, "--host=192.0.2.1", option, NULL});
    cr_expect(*o.out == '\0' && is_one_line(o.err), "%s complained \"%s\"", model->model, o.err);
    cr_expect(o.status == 1 || o.status == 2, "%s: exit status %d", model->name, o.status);
    snprintf(complaint, 512, "%s", o.err);
    bool taken = o.status == 1;
    outcome_free(&o);
    return taken;
}

/* The refusal names the option, the model, and after a semicolon a model that takes the option. */
static void expect_referral(const struct server_model *models, size_t count,
                            const struct server_model *model, const char *option,
                            const char *refusal)
{
    char start[256], name[64], program[64], complaint[512];
    snprintf(start, sizeof start, "%s: %.*s: %s ", program_of(model->binary),
             (int)strcspn(option, "="), option, model->model);
    cr_expect(strncmp(refusal, start, strlen(start)) == 0, "\"%s\", not \"%s\"", refusal, start);
    cr_assert(sscanf(refusal, "%*[^;]; %63s of %63s", name, program) == 2, "%s", refusal);
    for (size_t i = 0; i < count; i++)
        if (strcmp(models[i].model, name) == 0 &&
            strcmp(program_of(models[i].binary), program) == 0) {
            cr_expect(takes(&models[i], option, complaint), "%s", complaint);
            return;
        }
    cr_assert_fail("no such model: %s", refusal);
}

Test(usage, options_of_some_models, .timeout = 60)
{
    static const char *const options[] = {"--stack-size=128k", "--workers=4", "--accept=direct",
                                          "--poller=poll"};
    size_t count;
    char complaint[512];
    struct server_model *models = server_models(&count);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        for (size_t m = 0; m < count; m++)
            if (!takes(&models[m], options[i], complaint))
                expect_referral(models, count, &models[m], options[i], complaint);
    free(models);
}

Test(usage, variant_that_is_none, .timeout = 60)
{
    size_t count;
    char complaint[512], option[128], expected[256];
    struct server_model *models = server_models(&count);
    for (size_t m = 0; m < count; m++) {
        int name_length = (int)strcspn(models[m].variant, "=");
        if (name_length == 0)
            continue;
        snprintf(option, sizeof option, "%.*s=nosuch", name_length, models[m].variant);
        snprintf(expected, sizeof expected, "%s: %s: %s does not know it; --list-models ",
                 program_of(models[m].binary), option, models[m].model);
        cr_expect(!takes(&models[m], option, complaint) &&
                      strncmp(complaint, expected, strlen(expected)) == 0,
                  "\"%s\", not \"%s\"", complaint, expected);
    }
    free(models);
}

/* A well-formed address that no interface has: 192.0.2.0/24 is set aside for documentation. */
Test(usage, foreign_address, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++)
        expect_refusal(*binary, "--host=192.0.2.1", 1, "cannot listen on 192.0.2.1 port 0: ");
}

Test(usage, data_that_cannot_be_kept, .timeout = 60)
{
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        expect_refusal(*binary, "--data=/dev/null/data", 1,
                       "cannot make the folder /dev/null/data: Not a directory");
        expect_refusal(*binary, "--data=/dev/null", 1,
                       "cannot keep data in /dev/null: Not a directory");
    }
}

Test(usage, help, .timeout = 60)
{
    static const char *const promised[] = {"--model=NAME",
                                           "--list-models",
                                           "--host=ADDRESS[,[-]ADDRESS]",
                                           "--port=PORT",
                                           "--backlog=N",
                                           "--max-clients=N",
                                           "--max-per-address=N",
                                           "--max-request=BYTES",
                                           "--max-arguments=N",
                                           "--max-line=BYTES",
                                           "--max-pending=BYTES",
                                           "--max-blob=BYTES",
                                           "--max-handler=S",
                                           "--idle-timeout=S",
                                           "--drain-timeout=S",
                                           "--stack-size=BYTES",
                                           "--workers=N",
                                           "--accept=HOW",
                                           "--poller=NAME",
                                           "--enable-debug[=yes|local|no]",
                                           "--data=DIR",
                                           "--durability=process|power",
                                           "--verbose",
                                           "31470",
                                           "--user=NAME",
                                           "--sandbox",
                                           "--ballast=BYTES",
                                           "Exit status"};
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        struct outcome o = process_run((const char *[]){*binary, "--help", NULL});
        cr_expect(o.status == 0 && *o.err == '\0');
        for (size_t i = 0; i < sizeof promised / sizeof *promised; i++)
            cr_expect(strstr(o.out, promised[i]) != NULL, "%s --help does not tell of %s", *binary,
                      promised[i]);
        outcome_free(&o);
    }
}

/* Below the line that names the program, which options there are does not depend on it. */
Test(usage, help_is_the_same_for_all_servers, .timeout = 60)
{
    char **binary = server_binaries();
    struct outcome first = process_run((const char *[]){*binary, "--help", NULL});
    while (*++binary != NULL) {
        struct outcome o = process_run((const char *[]){*binary, "--help", NULL});
        cr_expect_str_eq(strchr(o.out, '\n'), strchr(first.out, '\n'), "%s", *binary);
        outcome_free(&o);
    }
    outcome_free(&first);
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
