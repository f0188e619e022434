#include "together.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"

#define LATEST_NS (3600 * CLOCK_S)

/* ---- what the command line says ---- */

/* In whole numbers: a double has no room for the nanoseconds of our century. */
static bool parse_moment(const char *text, int64_t *at_ns)
{
    enum { SECONDS_DIGITS = 10, FRACTION_DIGITS = 9 };
    int64_t seconds = 0, fraction = 0;
    int digits = 0, places = 0;
    for (; isdigit((unsigned char)*text) && digits < SECONDS_DIGITS; text++, digits++)
        seconds = seconds * 10 + (*text - '0');
    if (digits == 0)
        return false;
    if (*text == '.') {
        text++;
        for (; isdigit((unsigned char)*text) && places < FRACTION_DIGITS; text++, places++)
            fraction = fraction * 10 + (*text - '0');
        if (places == 0)
            return false;
    }
    for (; places < FRACTION_DIGITS; places++)
        fraction *= 10;
    if (*text != '\0' || seconds > INT64_MAX / CLOCK_S - 1)
        return false;
    *at_ns = seconds * CLOCK_S + fraction;
    return true;
}

const char *together_parse_start(const char *text, int64_t now_ns, int64_t *at_ns)
{
    int64_t moment_ns;
    if (!parse_moment(text, &moment_ns))
        return "must be seconds since 1970, as in 1764112500.25";
    if (moment_ns <= now_ns)
        return "must be in the future";
    if (moment_ns - now_ns > LATEST_NS)
        return "must be within the next hour";
    *at_ns = moment_ns;
    return NULL;
}

bool together_parse_share(const char *text, struct together_share *share)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    long number = strtol(text, &end, 10);
    if (*end != '/' || !isdigit((unsigned char)end[1]))
        return false;
    long count = strtol(end + 1, &end, 10);
    if (*end != '\0' || number < 1 || number > count || count > TOGETHER_HOSTS_MOST)
        return false;
    *share = (struct together_share){(uint32_t)(number - 1), (uint32_t)count};
    return true;
}

/* ---- a share ---- */

/* As even as whole numbers go; the shares add up to the total. */
static uint64_t part_of(uint64_t total, struct together_share share)
{
    return total / share.count + (share.number < total % share.count);
}

bool together_take(struct load *load, struct together_share share, char error[TOGETHER_ERROR_BYTES])
{
    uint64_t requests = part_of(load->requests, share);
    uint32_t connections = (uint32_t)part_of(load->connections, share);
    int64_t rate_micro = (int64_t)part_of((uint64_t)load->rate_micro, share);
    bool requests_are_few = load->requests > 0 && load->requests < share.count;
    if (load->connections < share.count || requests_are_few) {
        snprintf(error, TOGETHER_ERROR_BYTES, "%" PRIu32 " clients cannot share %" PRIu64 " %s",
                 share.count, requests_are_few ? load->requests : load->connections,
                 requests_are_few ? "requests" : "connections");
        return false;
    }
    int64_t arrivals_micro = load_arrivals_micro(load);
    if (arrivals_micro > 0 && load->arrivals == ARRIVALS_CONSTANT)
        load->phase_ns = (int64_t)(1e15 / (double)arrivals_micro * share.number);
    load->requests = requests;
    load->connections = connections;
    load->rate_micro = rate_micro;
    /* Far apart, since whoever repeats a run counts seeds up. */
    load->seed += share.number * UINT64_C(1000003);
    return true;
}

/* ---- the start ---- */

static enum together_start await_timer(int timerfd, int signalfd)
{
    struct pollfd fds[] = {{.fd = signalfd, .events = POLLIN}, {.fd = timerfd, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return TOGETHER_FAILED;
    return fds[0].revents != 0 ? TOGETHER_INTERRUPTED : TOGETHER_STARTED;
}

enum together_start together_await(int64_t at_ns, int signalfd, int64_t *start_ns)
{
    struct itimerspec at = {.it_value = clock_timespec(at_ns)};
    *start_ns = clock_now_ns();
    if (clock_of_ns(CLOCK_REALTIME) > at_ns)
        return TOGETHER_MISSED;
    int timerfd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
    if (timerfd < 0)
        return TOGETHER_FAILED;
    enum together_start result = TOGETHER_FAILED;
    if (timerfd_settime(timerfd, TFD_TIMER_ABSTIME, &at, NULL) == 0)
        result = await_timer(timerfd, signalfd);
    int saved_errno = errno;
    close(timerfd);
    errno = saved_errno;
    *start_ns = clock_now_ns();
    if (result == TOGETHER_STARTED)
        *start_ns -= clock_of_ns(CLOCK_REALTIME) - at_ns;
    return result;
}
