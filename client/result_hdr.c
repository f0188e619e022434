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
           put_whole(file, r, "last-byte", &m->last_byte);
}
