#include "capacity_answer.h"

#include <math.h>

#include "format.h"
#include "sentence.h"

static struct search_interval joined(const struct capacity_answer *a)
{
    return search_join(a->from_below, a->from_above);
}

/* ---- what the confirmation says ---- */

static bool was_begun(const struct search_confirmation *c)
{
    return c->low.tries + c->high.tries > 0;
}

/* "at 1,382/s only 1 of 5 runs went well, and 2 more could not be told" */
static void add_count(char *text, double rate, const char *only, struct search_count count)
{
    char number[FORMAT_BYTES];
    sentence_add(text, CAPACITY_OBJECTION_BYTES, "%sat %s/s ", *text != '\0' ? "; " : "",
                 format_count(number, rate));
    if (count.passed == 0)
        sentence_add(text, CAPACITY_OBJECTION_BYTES, "none");
    else
        sentence_add(text, CAPACITY_OBJECTION_BYTES, "%s%zu", only, count.passed);
    sentence_add(text, CAPACITY_OBJECTION_BYTES, " of %zu run%s went well", count.tries,
                 count.tries == 1 ? "" : "s");
    if (count.unknown > 0)
        sentence_add(text, CAPACITY_OBJECTION_BYTES, ", and %zu could not be told", count.unknown);
}

char *capacity_answer_objection(char text[CAPACITY_OBJECTION_BYTES],
                                const struct capacity_answer *a)
{
    const struct search_confirmation *c = &a->confirmed;
    *text = '\0';
    if (c->over)
        return text;
    if (c->low.tries > 0 && !search_went_well(c->low))
        add_count(text, joined(a).low, "only ", c->low);
    if (search_went_well(c->high))
        add_count(text, joined(a).high, "", c->high);
    return text;
}

/* ---- as JSON ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) && value > 0 ? json_real(value) : json_null();
}

static json_t *interval_json(struct search_interval i)
{
    return json_pack("{s:o, s:o, s:b, s:b}", "low_rps", real_or_null(i.low), "high_rps",
                     real_or_null(i.high), "limited", (int)i.limited, "ended_early", (int)i.over);
}

static json_t *count_json(struct search_count count)
{
    return json_pack("{s:I, s:I, s:I}", "runs", (json_int_t)count.tries, "passed",
                     (json_int_t)count.passed, "untold", (json_int_t)count.unknown);
}

static json_t *confirmed_json(const struct capacity_answer *a)
{
    char objection[CAPACITY_OBJECTION_BYTES];
    const struct search_confirmation *c = &a->confirmed;
    if (!was_begun(c) && !c->over)
        return json_null();
    capacity_answer_objection(objection, a);
    return json_pack("{s:o, s:o, s:b, s:s?}", "low", count_json(c->low), "high",
                     count_json(c->high), "ended_early", (int)c->over, "objection",
                     *objection != '\0' ? objection : NULL);
}

json_t *capacity_answer_json(const struct capacity_answer *a, const char *model)
{
    struct search_interval both = joined(a);
    return json_pack("{s:s, s:o, s:b, s:o, s:o, s:b, s:b, s:I, s:o, s:o, s:o}", "model", model,
                     "closed_loop_rps", real_or_null(a->closed_rps), "closed_loop_limited",
                     (int)a->closed_limited, "low_rps", real_or_null(both.low), "high_rps",
                     real_or_null(both.high), "limited", (int)both.limited, "ended_early",
                     (int)both.over, "runs", (json_int_t)both.tries, "from_below",
                     interval_json(a->from_below), "from_above", interval_json(a->from_above),
                     "confirmed", confirmed_json(a));
}

/* ---- for people ---- */

/* "1,420 - 1,490", ">= 1,420", "< 200", "not known". */
static const char *interval_text(char text[3 * FORMAT_BYTES], struct search_interval i)
{
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    if (i.low > 0 && isfinite(i.high))
        snprintf(text, 3 * FORMAT_BYTES, "%s - %s", format_count(low, i.low),
                 format_count(high, i.high));
    else if (i.low > 0)
        snprintf(text, 3 * FORMAT_BYTES, ">= %s", format_count(low, i.low));
    else if (isfinite(i.high) && i.high > 0)
        snprintf(text, 3 * FORMAT_BYTES, "< %s", format_count(high, i.high));
    else
        snprintf(text, 3 * FORMAT_BYTES, "not known");
    return text;
}

/* "5/5 0/5"; "-" for an end at which there were no runs. */
static const char *confirmed_text(char text[2 * FORMAT_BYTES], const struct search_confirmation *c)
{
    *text = '\0';
    if (!was_begun(c))
        return "-";
    for (int i = 0; i < 2; i++) {
        struct search_count count = i == 0 ? c->low : c->high;
        sentence_add(text, 2 * FORMAT_BYTES, i == 0 ? "" : " ");
        if (count.tries > 0)
            sentence_add(text, 2 * FORMAT_BYTES, "%zu/%zu", count.passed, count.tries);
        else
            sentence_add(text, 2 * FORMAT_BYTES, "-");
    }
    return text;
}

void capacity_answer_show_heads(FILE *to, const char *objective)
{
    fprintf(to, "  %-18s%17s%17s%17s%13s%6s%10s\n", "requests/s", objective, "from below",
            "from above", "closed loop", "runs", "confirmed");
}

void capacity_answer_show(FILE *to, const struct capacity_answer *a, const char *model)
{
    char both[3 * FORMAT_BYTES], below[3 * FORMAT_BYTES], above[3 * FORMAT_BYTES];
    char number[FORMAT_BYTES], closed[FORMAT_BYTES + 4], confirmed[2 * FORMAT_BYTES],
        objection[CAPACITY_OBJECTION_BYTES];
    const struct search_confirmation *c = &a->confirmed;
    snprintf(closed, sizeof closed, "%s%s", a->closed_limited ? ">= " : "",
             format_count(number, a->closed_rps));
    fprintf(to, "  %-18.18s%17s%17s%17s%13s%6zu%10s\n", model, interval_text(both, joined(a)),
            interval_text(below, a->from_below), interval_text(above, a->from_above), closed,
            joined(a).tries, confirmed_text(confirmed, c));
    if (joined(a).limited && isfinite(joined(a).high))
        fputs("    of some rates between these ends nothing could be told: the client was the "
              "bottleneck,\n    or late\n",
              to);
    if (joined(a).over)
        fputs("    (ended early): no answer, but how far the search had come\n", to);
    else if (c->over)
        fputs("    (ended early): an answer, but not all runs that were to confirm it\n", to);
    if (*capacity_answer_objection(objection, a) != '\0')
        fprintf(to, "    not confirmed: %s\n", objection);
    else if (c->low.unknown + c->high.unknown > 0)
        fprintf(to, "    of the runs that were to confirm it, %zu could not be told\n",
                c->low.unknown + c->high.unknown);
}
