/* compare_results: two folders of results side by side.
 *
 *     compare_results A B
 *
 * reads A/results.json and B/results.json, and writes to standard output what their suites differed
 * in and what they measured. Exit status: 0 good, 1 the output cannot be written, 2 wrong use or
 * wrong files, told in one line. */
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "differences.h"
#include "option.h"
#include "pairs.h"
#include "text.h"

#define PROGRAM "bench/compare.sh"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

struct folders {
    const char *names[2];
    size_t count;
};

static const char doc[] =
    "Compares two folders of results, as of two machines or of two commits: for each workload and "
    "model in both, how many times as much B did and took as A.\v"
    "Exit status: 0 good, 1 failure, 2 wrong use or folders without results to compare.\n\n"
    "Before and after a change:\n"
    "  bench/run.sh --out before\n"
    "  bench/run.sh --out after\n"
    "  bench/compare.sh before after";

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct folders *f = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (f->count == 2)
            return ARGP_ERR_UNKNOWN;
        f->names[f->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (f->count < 2)
            option_fail(state, "needs two folders of results");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool read_folder(struct data *data, const char *folder)
{
    char path[PATH_MAX], error[DATA_ERROR_BYTES];
    if ((size_t)snprintf(path, sizeof path, "%s/results.json", folder) >= sizeof path) {
        diag_error("%.100s...: the path is too long", folder);
        return false;
    }
    if (data_read(data, path, error))
        return true;
    diag_error("%s", error);
    return false;
}

static void write_side(char side, const char *folder, const struct data *data)
{
    char started_at[TEXT_BYTES], commit[TEXT_BYTES];
    printf("%c: %s, %s, commit %s, %zu runs in %zu block%s%s\n", side, folder,
           text_safe(started_at, data_text(data->document, "started_at")),
           text_safe(commit, data_text(data->document, "machine.build.commit")),
           json_array_size(data_at(data->document, "runs")), data->blocks,
           data->blocks == 1 ? "" : "s",
           json_is_true(data_at(data->document, "complete")) ? "" : " (INCOMPLETE)");
}

static int compare(const struct folders *f, const struct data *a, const struct data *b)
{
    if (pairs_count(a, b) == 0) {
        diag_error("%s and %s: no model ran under the same workload in both", f->names[0],
                   f->names[1]);
        return STATUS_USAGE;
    }
    write_side('A', f->names[0], a);
    write_side('B', f->names[1], b);
    differences_write(stdout, a, b);
    pairs_write(stdout, a, b);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    diag_error("cannot show the comparison: %s", strerror(errno));
    return STATUS_FAILED;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {.parser = parse, .args_doc = "A B", .doc = doc};
    struct folders folders = {.count = 0};
    struct data a, b;
    diag_init(PROGRAM, false);
    option_parse(&argp, PROGRAM, argc, argv, &folders);
    gsl_set_error_handler_off();
    if (!read_folder(&a, folders.names[0]))
        return STATUS_USAGE;
    int status = STATUS_USAGE;
    if (read_folder(&b, folders.names[1])) {
        status = compare(&folders, &a, &b);
        data_free(&b);
    }
    data_free(&a);
    return status;
}
