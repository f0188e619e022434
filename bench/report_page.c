#include "report_page.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "process.h"

#define PATIENCE_NS (120 * CLOCK_S)

/* False when it has not ended in time. */
static bool await_end(const struct process *p, int64_t deadline_ns)
{
    struct pollfd fd = {.fd = p->pidfd, .events = POLLIN};
    for (;;) {
        int64_t left_ns = deadline_ns - clock_now_ns();
        int ready = poll(&fd, 1, left_ns > 0 ? (int)(left_ns / CLOCK_MS) + 1 : 0);
        if (ready > 0)
            return true;
        if ((ready == 0 && left_ns <= 0) || (ready < 0 && errno != EINTR))
            return false;
    }
}

bool report_page_make(const char *program, const char *folder, char error[REPORT_PAGE_ERROR_BYTES])
{
    struct process p;
    char reason[PROCESS_TEXT_BYTES];
    const char *argv[] = {program, folder, NULL};
    if (!process_start(&p, argv, false, NULL)) {
        snprintf(error, REPORT_PAGE_ERROR_BYTES, "cannot start %s: %s", program, strerror(errno));
        return false;
    }
    bool ended = await_end(&p, clock_now_ns() + PATIENCE_NS);
    process_kill(&p);
    bool good = ended && WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0;
    if (!ended)
        snprintf(reason, sizeof reason, "did not end in time");
    else if (!good && process_message(&p, reason)[0] == '\0')
        process_status_text(p.status, reason);
    if (!good)
        snprintf(error, REPORT_PAGE_ERROR_BYTES, "%s/report.html: %s", folder, reason);
    process_close(&p);
    return good;
}
