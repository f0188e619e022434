/* The checker of invariants must be seen failing: a server that keeps all promises but one is
 * caught at that one, each by the function whose promise it is. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariants.h"
#include "liar.h"

enum { CLIENTS = 4, BATCHES = 60, PATIENCE_MS = 500 };

/* Who judges, in the order of enum judge below. */
enum judge { COUNTER, DISTINCT, ORDER, REPLIES, ISOLATION, DRAIN, ACCOUNT, JUDGES };

static const struct lie {
    enum liar_fault fault;
    const char *name, *finding; /* a part of a line */
    enum judge judge;           /* who must find it */
} lies[] = {
    {LIAR_LOSES_UPDATE, "loses an update", "two INCR were told", DISTINCT},
    {LIAR_LOSES_UPDATE, "loses an update", "INCR were acknowledged", COUNTER},
    {LIAR_LOSES_UPDATE, "loses an update", "at the end, but", DRAIN},
    {LIAR_UNDOES_UPDATE, "undoes an update", "INCR were acknowledged", COUNTER},
    {LIAR_ADDS_TWICE, "adds twice", "values were told to nobody", DISTINCT},
    {LIAR_ADDS_TWICE, "adds twice", "may have been", COUNTER},
    {LIAR_READS_OLD, "reads old", "when others had been told", ORDER},
    {LIAR_READS_OLD, "reads old", " after ", DISTINCT},
    {LIAR_SWAPS_REPLIES, "swaps replies", "not the reply to its ECHO", REPLIES},
    {LIAR_MIXES_CLIENTS, "mixes clients", "not the reply to its ECHO", REPLIES},
    {LIAR_DROPS_REPLY, "drops a reply", "not the reply to its GET", REPLIES},
    {LIAR_DROPS_REPLY, "drops a reply", "no reply, and no end", REPLIES},
    {LIAR_REPEATS_REPLY, "repeats a reply", "that are no reply to anything", REPLIES},
    {LIAR_SPEAKS_UNASKED, "speaks unasked", "1 bytes that are no reply", REPLIES},
    {LIAR_FORGETS_OWN, "forgets a client's own key", "GET own gave", REPLIES},
    {LIAR_CANNOT_ADD, "cannot add", "SUM gave", REPLIES},
    {LIAR_ENDS_WITHIN_REPLY, "ends within a reply", "that are no reply", REPLIES},
    {LIAR_ENDS_UNANSWERED, "ends unanswered", "at the end, but", DRAIN},
    {LIAR_ENDS_UNANSWERED, "ends unanswered", "requests failed", ISOLATION},
    {LIAR_RESETS, "resets", "its connection was reset", DRAIN},
    {LIAR_FAILS, "fails", "requests failed", ISOLATION},
    {LIAR_FAILS, "fails", "errors", DRAIN},
    {LIAR_MISCOUNTS, "miscounts", "connections more", ACCOUNT},
};
enum { LIES = sizeof lies / sizeof lies[0] };

static char *ask_info(const struct server *s)
{
    struct peer p;
    cr_assert(peer_connect(&p, s));
    peer_send_text(&p, "INFO\r\nECHO done\r\n");
    cr_assert(peer_await_ending(&p, "done\r\n", 6));
    char *text = strndup(p.in, p.length);
    peer_half_close(&p);
    cr_expect(peer_await_end(&p)); /* it is no longer counted */
    peer_close(&p);
    return text;
}

struct story {
    struct liar liar;
    struct history histories[CLIENTS];
    char *before, *after;
};

/* All clients ask all they want of a liar, or until it does not answer any more. */
static void tell(struct story *story, enum liar_fault fault)
{
    struct history_client clients[CLIENTS];
    struct history_plan plan = {
        .server = &story->liar.server, .batches = BATCHES, .patience_ms = PATIENCE_MS};
    liar_start(&story->liar, fault);
    story->before = ask_info(&story->liar.server);
    for (int i = 0; i < CLIENTS; i++)
        cr_assert(history_begin(&clients[i], i, &plan));
    for (int i = 0; i < CLIENTS; i++) {
        history_await(&clients[i]);
        story->histories[i] = clients[i].history;
    }
    story->after = ask_info(&story->liar.server);
    liar_stop(&story->liar);
}

static void forget(struct story *story)
{
    for (int i = 0; i < CLIENTS; i++)
        history_free(&story->histories[i]);
    free(story->before);
    free(story->after);
}

static struct findings judge(enum judge who, const struct story *story)
{
    struct findings f = {0};
    const struct history *h = story->histories;
    int64_t final = story->liar.counter;
    switch (who) {
    case COUNTER:
        invariants_counter(&f, h, CLIENTS, final);
        break;
    case DISTINCT:
        invariants_distinct(&f, h, CLIENTS, final);
        break;
    case ORDER:
        invariants_order(&f, h, CLIENTS);
        break;
    case REPLIES:
        invariants_replies(&f, h, CLIENTS, NULL);
        break;
    case ISOLATION:
        invariants_isolation(&f, h, CLIENTS, NULL);
        break;
    case DRAIN:
        invariants_drain(&f, h, CLIENTS, final);
        break;
    default:
        invariants_account(&f, h, CLIENTS, story->before, story->after, 1);
    }
    return f;
}

ParameterizedTestParameters(invariants, a_lie_is_found)
{
    static size_t numbers[LIES];
    for (size_t i = 0; i < LIES; i++)
        numbers[i] = i;
    return cr_make_param_array(size_t, numbers, LIES);
}

ParameterizedTest(size_t *number, invariants, a_lie_is_found, .timeout = 60)
{
    const struct lie *lie = &lies[*number];
    static struct story story;
    tell(&story, lie->fault);
    struct findings f = judge(lie->judge, &story);
    cr_expect(f.count > 0 && strstr(f.text, lie->finding) != NULL,
              "a server that %s: %d findings, \"%s\" not among them:\n%s", lie->name, f.count,
              lie->finding, f.text);
    forget(&story);
}

/* And nobody is accused who is honest. */
Test(invariants, the_honest_one_is_believed, .timeout = 60)
{
    static struct story story;
    tell(&story, LIAR_HONEST);
    for (int j = 0; j < JUDGES; j++) {
        struct findings f = judge((enum judge)j, &story);
        cr_expect(f.count == 0, "judge %d: %s", j, f.text);
    }
    cr_expect_eq(story.liar.counter, CLIENTS * BATCHES);
    forget(&story);
}

/* A client whose connection breaks is in doubt about at most what it had sent; others are not. */
Test(invariants, doubt_is_no_lie, .timeout = 60)
{
    static struct story story;
    long unanswered = 0;
    tell(&story, LIAR_ENDS_UNANSWERED);
    for (int i = 0; i < CLIENTS; i++)
        unanswered += history_count(&story.histories[i], HISTORY_INCR, HISTORY_INDETERMINATE);
    cr_expect(unanswered == 1, "%ld INCR in doubt", unanswered);
    for (int j = COUNTER; j <= REPLIES; j++) {
        struct findings f = judge((enum judge)j, &story);
        cr_expect(f.count == 0, "judge %d: %s", j, f.text);
    }
    forget(&story);
}
