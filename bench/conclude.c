#include "conclude.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "experiments.h"
#include "interrupt.h"
#include "report_page.h"
#include "summary.h"
#include "table.h"

/* Measured, or ended as the workload's question allows. */
static bool all_answered(const struct suite *suite)
{
    for (size_t i = 0; i < suite->runs_count; i++)
        if (!run_is_answer(&suite->runs[i]))
            return false;
    return suite->experiments_failures == 0;
}

/* report.html, where somebody wants it; true also where nobody does. */
static bool make_page(const struct suite *suite, const struct results *results)
{
    char error[REPORT_PAGE_ERROR_BYTES];
    if (suite->options.report == NULL)
        return true;
    fflush(stdout);
    if (!report_page_make(suite->options.report, results->folder, error)) {
        diag_error("%s", error);
        return false;
    }
    printf("Report:  %s/report.html\n", results->folder);
    return true;
}

/* Says how to go on, where that is possible. */
static void offer_resume(const struct suite *suite, const struct results *results)
{
    if (!suite->finished && suite->options.hosts == NULL &&
        experiments_with_workloads(suite->options.suite))
        printf("What was measured is kept. To go on:  %s --resume %s\n", OPTIONS_PROGRAM,
               results->folder);
}

int conclude(struct suite *suite, const struct results *results)
{
    char error[RESULTS_ERROR_BYTES];
    struct summary *summaries = summary_make(suite);
    if (summaries == NULL) {
        diag_error("out of memory");
        return SUITE_FAILED;
    }
    bool colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    suite->finished = suite_is_complete(suite) && !interrupt_arrived();
    table_write(stdout, suite, summaries, colour);
    bool written = results_write(results, suite, summaries, error);
    free(summaries);
    if (written)
        printf("\nResults: %s%s\n", results->folder,
               suite_is_complete(suite) ? "" : " (INCOMPLETE)");
    else
        diag_error("%s", error);
    written = written && make_page(suite, results);
    if (written)
        offer_resume(suite, results);
    bool shown = fflush(stdout) == 0 && !ferror(stdout);
    if (!shown)
        diag_error("cannot show the results: %s", strerror(errno));
    if (!suite_is_complete(suite) || interrupt_arrived())
        return SUITE_INTERRUPTED;
    return written && shown && all_answered(suite) ? 0 : SUITE_FAILED;
}
