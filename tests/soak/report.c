#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

bool report_ask(struct peer *p, struct report *report)
{
    peer_forget(p);
    peer_send_text(p, "INFO\r\n");
    char *line_end = NULL;
    while (line_end == NULL && peer_await_length(p, p->length + 1))
        line_end = memchr(p->in, '\n', p->length);
    if (line_end == NULL || p->in[0] != '$')
        return false;
    size_t length = (size_t)strtoul(p->in + 1, NULL, 10);
    size_t head = (size_t)(line_end - p->in) + 1;
    if (!peer_await_length(p, head + length + 2))
        return false;
    report->text = strndup(p->in + head, length);
    return report->text != NULL;
}

void report_free(struct report *report)
{
    free(report->text);
}

int64_t report_number(const struct report *report, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = report->text; (at = strstr(at, name)) != NULL; at += length)
        if ((at == report->text || at[-1] == '\n') && at[length] == ':')
            return strtoll(at + length + 1, NULL, 10);
    return -1;
}

int64_t report_await(struct soak *s, const char *name, int64_t wanted)
{
    struct peer p;
    struct report report;
    int64_t number = -1, deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    if (!soak_connect(s, &p)) {
        soak_violation(s, "cannot connect: %m");
        return -1;
    }
    bool answered;
    while ((answered = report_ask(&p, &report))) {
        number = report_number(&report, name);
        report_free(&report);
        if (number >= wanted || clock_now_ns() > deadline_ns)
            break;
        soak_pause_ms(1);
    }
    if (!answered)
        soak_violation(s, "INFO is not answered");
    else if (number < wanted)
        soak_violation(s, "%s is %" PRId64 ", must be %" PRId64, name, number, wanted);
    peer_close(&p);
    return number;
}
