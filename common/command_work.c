/* The commands a workload is made of: nothing, echo, arithmetic, waiting, computing, output. */
#include <string.h>

#include "clock.h"
#include "command_table.h"
#include "stop.h"

void command_ping(struct call *call)
{
    if (call_arguments(call) > 2)
        call_fail_arity(call, "ping");
    else if (call_arguments(call) == 2)
        command_echo(call);
    else
        resp_put_simple(call->out, "PONG");
}

void command_echo(struct call *call)
{
    struct text message = call_argument(call, 1);
    resp_put_bulk(call->out, message.bytes, message.length);
}

/* The lecture's array of integers. */
void command_sum(struct call *call)
{
    int64_t sum = 0;
    for (size_t i = 1; i < call_arguments(call); i++) {
        int64_t term;
        if (!call_integer(call, i, &term))
            return;
        if (__builtin_add_overflow(sum, term, &sum)) {
            call_fail(call, "ERR sum would overflow");
            return;
        }
    }
    resp_put_integer(call->out, sum);
}

/* The handler blocks, as on a database. Long waits are cut in slices, so that a server that must
 * end at once does not wait for them; the end is absolute, so that slices and signals add no time.
 */
void command_sleep(struct call *call)
{
    const int64_t slice_ns = 100 * CLOCK_MS;
    int64_t us;
    if (!call_bounded(call, 1, 0, call->session->service->longest_handler_us, &us))
        return;
    int64_t now_ns = clock_now_ns(), end_ns = now_ns + us * CLOCK_US;
    while (now_ns < end_ns && !stop_is_now()) {
        int64_t wake_ns = end_ns - now_ns > slice_ns ? now_ns + slice_ns : end_ns;
        struct timespec wake = clock_timespec(wake_ns);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
        now_ns = clock_now_ns();
    }
    resp_put_simple(call->out, "OK");
}

/* The handler computes: it uses that much CPU time of its own thread, however long that takes when
 * it shares the CPU with others. */
void command_spin(struct call *call)
{
    int64_t us;
    if (!call_bounded(call, 1, 0, call->session->service->longest_handler_us, &us))
        return;
    int64_t end_ns = clock_thread_cpu_ns() + us * CLOCK_US;
    while (clock_thread_cpu_ns() < end_ns && !stop_is_now())
        ;
    resp_put_simple(call->out, "OK");
}

/* Byte i is letter i mod 26, so that a client can check any part of it. */
void command_blob(struct call *call)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";
    const size_t letters = sizeof alphabet - 1;
    int64_t wanted;
    if (!call_bounded(call, 1, 0, call->session->service->longest_blob_bytes, &wanted))
        return;
    size_t length = (size_t)wanted;
    resp_put_bulk_header(call->out, length);
    if (!buf_reserve(call->out, length + 2))
        return;
    char *to = buf_tail(call->out);
    for (size_t done = 0; done < length; done += letters)
        memcpy(to + done, alphabet, length - done < letters ? length - done : letters);
    memcpy(to + length, "\r\n", 2);
    buf_extend(call->out, length + 2);
}

void command_quit(struct call *call)
{
    resp_put_simple(call->out, "OK");
    call->session->state = SESSION_CLOSING;
}

/* POST and Host: come from a web browser that some page made talk to us: say nothing to it. */
void command_turn_away(struct call *call)
{
    stats_add(call->session->service->stats, STATS_PROTOCOL_ERRORS, 1);
    call->session->state = SESSION_ABORTED;
}
