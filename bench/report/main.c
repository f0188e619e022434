/* report: makes report.html of a folder of results, or a picture of one of its experiments.
 *
 *     report FOLDER
 *     report FOLDER EXPERIMENT FIGURE
 *
 * The first reads FOLDER/results.json and writes FOLDER/report.html, whole or not at all; the
 * second prints an SVG file, as of `waiting mean` (see curve.h). Exit status: 0 good, 1 failure,
 * also when a diagram is missing (the page then says so in its place), 2 wrong use. */
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "diag.h"
#include "experiments_section.h"
#include "head.h"
#include "matrix.h"
#include "page.h"
#include "picture.h"
#include "plot.h"
#include "section.h"

static bool write_page(FILE *to, const struct data *data, char error[PLOT_ERROR_BYTES])
{
    bool drawn = true;
    page_begin(to, "Server models compared");
    head_write(to, data);
    matrix_write(to, data);
    for (size_t w = 0; w < data->workloads; w++)
        drawn = section_write(to, data, w, error) && drawn;
    drawn = experiments_section_write(to, data, error) && drawn;
    page_end(to);
    return drawn;
}

/* By way of a file that takes the place of the page when all is written. */
static int write_file(const char *path, const struct data *data)
{
    char part[PATH_MAX + 8], error[PLOT_ERROR_BYTES];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "we");
    if (file == NULL) {
        diag_error("cannot write %s: %s", part, strerror(errno));
        return 1;
    }
    bool drawn = write_page(file, data, error);
    bool written = fflush(file) == 0 && !ferror(file);
    int write_errno = errno;
    written = fclose(file) == 0 && written;
    if (!written || rename(part, path) != 0) {
        diag_error("cannot write %s: %s", path, strerror(written ? errno : write_errno));
        unlink(part);
        return 1;
    }
    if (!drawn)
        diag_error("%s lacks a diagram: %s", path, error);
    return drawn ? 0 : 1;
}

static int write_report(const char *folder, const struct data *data)
{
    char page[PATH_MAX];
    if ((size_t)snprintf(page, sizeof page, "%s/report.html", folder) >= sizeof page) {
        diag_error("%.100s...: the path is too long", folder);
        return 2;
    }
    int status = write_file(page, data);
    if (status == 0 && (printf("%s\n", page) < 0 || fflush(stdout) != 0))
        status = 1;
    return status;
}

static int print_picture(const struct data *data, const char *experiment, const char *figure)
{
    char error[PICTURE_ERROR_BYTES];
    if (!picture_write(stdout, data, experiment, figure, error)) {
        diag_error("%s", error);
        return 1;
    }
    if (fflush(stdout) != 0) {
        diag_error("cannot write the picture: %s", strerror(errno));
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    char results[PATH_MAX], error[DATA_ERROR_BYTES];
    struct data data;
    diag_init("report", false);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of a write */
    if ((argc != 2 && argc != 4) || argv[1][0] == '\0' || argv[1][0] == '-') {
        diag_error("usage: report FOLDER [EXPERIMENT FIGURE], where FOLDER has a results.json");
        return 2;
    }
    if ((size_t)snprintf(results, sizeof results, "%s/results.json", argv[1]) >= sizeof results) {
        diag_error("%.100s...: the path is too long", argv[1]);
        return 2;
    }
    gsl_set_error_handler_off();
    if (!data_read(&data, results, error)) {
        diag_error("%s", error);
        return 1;
    }
    int status = argc == 2 ? write_report(argv[1], &data) : print_picture(&data, argv[2], argv[3]);
    data_free(&data);
    return status;
}
