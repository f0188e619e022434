#include <errno.h>

#include "clock.h"
#include "figure.h"
#include "hdr_log.h"
#include "report.h"

/* One line for the whole window, under the tag of a time; none when it has no samples. */
static bool put_whole(FILE *file, const struct report *r, const char *tag,
                      const struct histogram *h)
{
    struct hdr_log_entry entry = {.tag = tag, .length_s = r->result->window_s, .h = h};
    return h->count == 0 || hdr_log_put(file, &entry);
}

/* The times of the requests of one kind, of several. */
static bool put_kind(FILE *file, const struct report *r, unsigned number, const struct tally *t)
{
    const struct {
        const char *what;
        const struct histogram *h;
    } parts[] = {
        {"", &t->response.answered},
        {"-unanswered", &t->response.unanswered},
        {"-service", &t->service.answered},
        {"-service-unanswered", &t->service.unanswered},
    };
    char tag[HDR_LOG_TAG_BYTES];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(tag, sizeof tag, "kind-%u%s", number, parts[i].what);
        if (!put_whole(file, r, tag, parts[i].h))
            return false;
    }
    return true;
}

static bool put_kinds(FILE *file, const struct report *r)
{
    const struct measure *m = &r->result->sum;
    bool good = true;
    for (unsigned k = 0; good && m->kinds_count > 1 && k < m->kinds_count; k++)
        good = put_kind(file, r, k + 1, &m->kinds[k]);
    return good;
}

bool report_put_hdr_log(FILE *file, const struct report *r)
{
    const struct measure *m = &r->result->sum;
    const struct tally *total = &r->result->total;
    double begin_s = r->result->started_s + (double)r->load->warmup_ns / (double)CLOCK_S;
    return hdr_log_begin(file, begin_s) &&
           hdr_log_put_series(file, &m->series, r->result->window_s) &&
           put_whole(file, r, "unanswered", &total->response.unanswered) &&
           put_whole(file, r, "service", &total->service.answered) &&
           put_whole(file, r, "service-unanswered", &total->service.unanswered) &&
           put_whole(file, r, "blocked", &m->blocked.answered) &&
           put_whole(file, r, "blocked-unanswered", &m->blocked.unanswered) &&
           put_whole(file, r, "generator-lag", &m->generator_lag) &&
           put_whole(file, r, "connect", &m->connect) &&
           put_whole(file, r, "first-byte", &m->first_byte) &&
           put_whole(file, r, "last-byte", &m->last_byte) && put_kinds(file, r);
}

bool report_put_counter(FILE *file, const struct report *r)
{
    return counter_write(file, &r->result->counter);
}
