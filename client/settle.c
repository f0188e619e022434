#include "settle.h"

#include "conn.h"
#include "mix.h"
#include "window.h"
#include "worker.h"

struct draw_point settle_point(const struct worker *w, const struct conn *c, uint64_t sequence)
{
    return (struct draw_point){w->load->seed, c->number, sequence};
}

static uint32_t kind_of(const struct worker *w, const struct conn *c, uint64_t sequence)
{
    return mix_kind(w->load->mix, settle_point(w, c, sequence));
}

int64_t settle_within_window(const struct worker *w, int64_t from_ns, int64_t to_ns)
{
    int64_t begin_ns = w->pacer.begin_ns;
    from_ns = from_ns > begin_ns ? from_ns : begin_ns;
    to_ns = to_ns < w->close_ns ? to_ns : w->close_ns;
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

void settle_planned(struct worker *w, struct conn *c, uint32_t count)
{
    w->in_flight += count;
    for (uint32_t i = 0; c->counts && i < count; i++)
        w->measure.kinds[kind_of(w, c, c->sequence + i)].planned++;
}

void settle_started(struct worker *w, struct conn *c, uint64_t number)
{
    struct sample *sample = &w->measure.sample;
    if (c->counts) {
        histogram_record(&w->measure.generator_lag, c->start_ns - c->eligible_ns);
        if (w->load->shape != LOAD_CLOSED)
            histogram_record(&w->measure.blocked.answered, c->eligible_ns - c->due_ns);
    }
    c->sampled = c->counts && sample_wants(sample, number);
    if (!c->sampled)
        return;
    c->sample_number = number;
    sample_sent(sample, number, c->start_ns);
}

/* A good reply came at w->now_ns. */
static void record_answer(struct worker *w, struct conn *c, struct tally *tally)
{
    struct measure *m = &w->measure;
    int64_t now_ns = w->now_ns, response_ns = now_ns - c->due_ns;
    w->last_reply_ns = now_ns;
    if (w->load->shape == LOAD_CLOSED)
        m->covered_ns += settle_within_window(w, c->due_ns, pacer_due(&w->pacer, now_ns));
    if (now_ns >= w->mark_ns)
        window_mark(w, now_ns);
    if (w->window == WINDOW_OPEN) {
        m->in_window++;
        tally->in_window++;
    }
    if (!c->counts)
        return;
    histogram_record(&w->interval, response_ns);
    c->answered++;
    histogram_record(&tally->response.answered, response_ns);
    histogram_record(&tally->service.answered, now_ns - c->start_ns);
    if (c->first_turn)
        histogram_record(&m->last_byte, response_ns);
}

void settle(struct worker *w, struct conn *c, enum outcome outcome)
{
    struct tally *tally = &w->measure.kinds[kind_of(w, c, c->sequence - c->awaited)];
    c->awaited--;
    w->in_flight--;
    if (c->sampled && c->awaited == 0)
        sample_settled(&w->measure.sample, c->sample_number, w->now_ns - c->due_ns);
    if (c->counts)
        tally->outcomes[outcome]++;
    if (outcome == OUTCOME_OK)
        record_answer(w, c, tally);
}

/* It may have been carried out, and nobody knows. */
static bool is_unsettled_counter(const struct worker *w, const struct conn *c, enum outcome outcome)
{
    if (w->load->counter_key == NULL || outcome == OUTCOME_UNSENT ||
        outcome == OUTCOME_CONNECT_FAILED || (buf_length(&c->out) > 0 && w->load->pipeline == 1))
        return false;
    uint32_t kind = kind_of(w, c, c->sequence - c->awaited);
    return request_counter(mix_request(w->load->mix, kind)) != NULL;
}

void settle_all(struct worker *w, struct conn *c, enum outcome outcome)
{
    while (c->awaited > 0) {
        struct tally *tally = &w->measure.kinds[kind_of(w, c, c->sequence - c->awaited)];
        w->measure.counter_unsettled += is_unsettled_counter(w, c, outcome);
        settle(w, c, outcome);
        if (!c->counts)
            continue;
        histogram_record(&tally->response.unanswered, w->now_ns - c->due_ns);
        histogram_record(&tally->service.unanswered, w->now_ns - c->start_ns);
    }
}

/* Its kind was never drawn, for that depends on the connection: it counts as one of the first. */
void settle_unsent(struct worker *w, int64_t due_ns)
{
    struct tally *tally = &w->measure.kinds[0];
    tally->planned++;
    tally->outcomes[OUTCOME_UNSENT]++;
    if (due_ns > w->now_ns)
        return;
    histogram_record(&tally->response.unanswered, w->now_ns - due_ns);
    histogram_record(&w->measure.blocked.unanswered, w->now_ns - due_ns);
}
