#include "claim.h"

#include <math.h>
#include <string.h>

#include "sentence.h"

void claim_take(struct claim *claim, const struct ratio *ratio)
{
    claim->value = ratio->value;
    claim->interval = ratio->interval;
}

void claim_finish(struct claim *claim)
{
    size_t length = strlen(claim->why);
    while (length > 0 && claim->why[length - 1] == ' ')
        claim->why[--length] = '\0';
}

const char *claim_verdict_text(enum claim_verdict verdict)
{
    static const char *const texts[] = {
        [CLAIM_NOT_DECIDED] = "not decided",
        [CLAIM_NOT_SHOWN] = "not shown",
        [CLAIM_CONFIRMED] = "confirmed",
        [CLAIM_NOT_CONFIRMED] = "not confirmed",
    };
    return texts[verdict];
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *claim_json(const struct claim *claim)
{
    return json_pack("{s:s, s:s, s:s, s:{s:o, s:o, s:o, s:s}, s:s, s:s}", "claim", claim->claim,
                     "source", claim->source, "published", claim->published, "measured", "value",
                     real_or_null(claim->value), "low", real_or_null(claim->interval.low), "high",
                     real_or_null(claim->interval.high), "unit", claim->unit, "verdict",
                     claim_verdict_text(claim->verdict), "why", claim->why);
}

void claim_show(FILE *to, size_t number, const struct claim *claim)
{
    char figure[SENTENCE_FIGURE_BYTES], published[256];
    sentence_figure(figure, claim->value, claim->interval);
    fprintf(to, "\n%2zu.  %s\n", number, claim->claim);
    snprintf(published, sizeof published, "published: %s (%s)", claim->published, claim->source);
    format_wrapped(to, "     ", published);
    if (claim->verdict != CLAIM_NOT_DECIDED) {
        char measured[256];
        snprintf(measured, sizeof measured, "measured:  %s %s", figure, claim->unit);
        format_wrapped(to, "     ", measured);
    }
    fprintf(to, "     %s\n", claim_verdict_text(claim->verdict));
    format_wrapped(to, "     ", claim->why);
}
