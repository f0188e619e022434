/* The commands on the state that all clients share. */
#include "command_table.h"
#include "store.h"

static struct store_bytes item(const struct call *call, size_t i)
{
    struct text text = call_argument(call, i);
    return (struct store_bytes){text.bytes, text.length};
}

/* The error reply for an outcome that no command means to have. */
static void fail(struct call *call, enum store_outcome outcome)
{
    switch (outcome) {
    case STORE_NOT_INTEGER:
        call_fail(call, "ERR value is not an integer or out of range");
        break;
    case STORE_OVERFLOW:
        call_fail(call, "ERR increment or decrement would overflow");
        break;
    case STORE_KEY_TOO_LONG:
        call_fail(call, "ERR key is longer than %d bytes", STORE_KEY_BYTES);
        break;
    case STORE_VALUE_TOO_LONG:
        call_fail(call, "ERR value is longer than %d bytes", STORE_VALUE_BYTES);
        break;
    case STORE_FULL:
        call_fail(call, "ERR the store is full");
        break;
    default:
        call_fail(call, "ERR the store failed; the server's messages say why");
    }
}

static void put_count(struct call *call, enum store_outcome outcome, int64_t count)
{
    if (outcome == STORE_OK)
        resp_put_integer(call->out, count);
    else
        fail(call, outcome);
}

static void put_done(struct call *call, enum store_outcome outcome)
{
    if (outcome == STORE_OK)
        resp_put_simple(call->out, "OK");
    else
        fail(call, outcome);
}

static struct store *store_of(const struct call *call)
{
    return call->session->service->store;
}

/* ---- one value ---- */

static void put_value(void *context, struct store_bytes value)
{
    struct call *call = context;
    resp_put_bulk(call->out, value.bytes, value.length);
}

void command_get(struct call *call)
{
    enum store_outcome outcome = store_get(store_of(call), item(call, 1), put_value, call);
    if (outcome == STORE_MISSING)
        resp_put_null(call->out, call->session->version);
    else if (outcome != STORE_OK)
        fail(call, outcome);
}

/* The options of SET behind key and value. Redis has others, all of them about values that expire,
 * which ours never do; KEEPTTL, which keeps them from it, is as good as done. */
struct set_options {
    enum store_condition condition;
    bool get; /* answer with the value there was */
};

static bool read_set_options(struct call *call, struct set_options *options)
{
    *options = (struct set_options){STORE_ALWAYS, false};
    for (size_t i = 3; i < call_arguments(call); i++) {
        struct text word = call_argument(call, i);
        if (text_is(word, "get"))
            options->get = true;
        else if (text_is(word, "nx") && options->condition != STORE_IF_PRESENT)
            options->condition = STORE_IF_MISSING;
        else if (text_is(word, "xx") && options->condition != STORE_IF_MISSING)
            options->condition = STORE_IF_PRESENT;
        else if (!text_is(word, "keepttl")) {
            call_fail(call, "ERR syntax error");
            return false;
        }
    }
    return true;
}

struct old_value {
    bool present;
    struct buf bytes;
};

static void keep_old(void *context, struct store_bytes value)
{
    struct old_value *old = context;
    old->present = true;
    buf_consume(&old->bytes, buf_length(&old->bytes));
    buf_append(&old->bytes, value.bytes, value.length);
}

/* SET GET answers with the old value even if the condition kept it. It is copied because the reply
 * depends on the commit. */
static void set_and_get(struct call *call, enum store_condition condition)
{
    char lent[512];
    struct old_value old = {.bytes = buf_over(lent, sizeof lent)};
    enum store_outcome outcome =
        store_set(store_of(call), item(call, 1), item(call, 2), condition, keep_old, &old);
    if (outcome != STORE_OK && outcome != STORE_REFUSED)
        fail(call, outcome);
    else if (old.bytes.failed)
        call_fail(call, "ERR out of memory");
    else if (old.present)
        resp_put_bulk(call->out, buf_head(&old.bytes), buf_length(&old.bytes));
    else
        resp_put_null(call->out, call->session->version);
    buf_free(&old.bytes);
}

void command_set(struct call *call)
{
    struct set_options options;
    if (!read_set_options(call, &options))
        return;
    if (options.get) {
        set_and_get(call, options.condition);
        return;
    }
    enum store_outcome outcome =
        store_set(store_of(call), item(call, 1), item(call, 2), options.condition, NULL, NULL);
    if (outcome == STORE_REFUSED)
        resp_put_null(call->out, call->session->version);
    else
        put_done(call, outcome);
}

/* ---- counting ---- */

static void add(struct call *call, int64_t by)
{
    int64_t result = 0;
    enum store_outcome outcome = store_increment(store_of(call), item(call, 1), by, &result);
    put_count(call, outcome, result);
}

void command_incr(struct call *call)
{
    add(call, 1);
}

void command_decr(struct call *call)
{
    add(call, -1);
}

void command_incrby(struct call *call)
{
    int64_t by;
    if (call_integer(call, 2, &by))
        add(call, by);
}

void command_decrby(struct call *call)
{
    int64_t by;
    if (!call_integer(call, 2, &by))
        return;
    if (by == INT64_MIN)
        call_fail(call, "ERR decrement would overflow");
    else
        add(call, -by);
}

/* ---- several keys, all keys ---- */

static struct store_bytes key_at(const void *context, size_t i)
{
    return item(context, 1 + i);
}

void command_del(struct call *call)
{
    int64_t count;
    enum store_outcome outcome =
        store_delete(store_of(call), key_at, call, call_arguments(call) - 1, &count);
    put_count(call, outcome, count);
}

void command_exists(struct call *call)
{
    int64_t count;
    enum store_outcome outcome =
        store_exists(store_of(call), key_at, call, call_arguments(call) - 1, &count);
    put_count(call, outcome, count);
}

void command_dbsize(struct call *call)
{
    int64_t keys = 0;
    enum store_outcome outcome = store_size(store_of(call), &keys);
    put_count(call, outcome, keys);
}

/* FLUSHALL and FLUSHDB: there is one data base. */
void command_flush(struct call *call)
{
    if (call_is_flush(call, 1))
        put_done(call, store_clear(store_of(call)));
    else
        call_fail(call, "ERR syntax error");
}
