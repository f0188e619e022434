#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "conclude.h"
#include "mix.h"
#include "progress.h"
#include "together.h"
#include "worker.h"

/* Descriptors that are not connections: standard streams, epoll of each worker, files. */
enum { RESERVED_DESCRIPTORS = 64 };

const char *const load_shape_names[] = {
    [LOAD_CLOSED] = "closed", [LOAD_OPEN] = "open", [LOAD_PARTLY_OPEN] = "partly-open"};

int64_t load_arrivals_micro(const struct load *load)
{
    int64_t each = load->shape == LOAD_PARTLY_OPEN ? (int64_t)load->requests_per_connection : 1;
    return load->rate_micro / each;
}

struct run {
    const struct load *load;
    struct worker_control control;
    struct worker *workers;
    uint32_t prepared, started; /* of the workers */
    int signalfd;
    sigset_t signals_before;
    struct kernel_counters kernel_begin, kernel_end;
    struct load_result *result;
};

/* ---- preparation ---- */

static bool raise_descriptor_limit(const struct load *load, char error[LOAD_ERROR_BYTES])
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)load->connections + load->threads + RESERVED_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return true;
    rlim_t hard = limit.rlim_max;
    limit.rlim_cur = needed;
    if (limit.rlim_max < needed)
        limit.rlim_max = needed; /* a privileged process may */
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    snprintf(error, LOAD_ERROR_BYTES,
             "%" PRIu32 " connections need %ju open files, but no more than %ju are allowed "
             "(ulimit -Hn)",
             load->connections, (uintmax_t)needed, (uintmax_t)hard);
    return false;
}

static bool open_descriptors(struct run *run)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &run->signals_before);
    run->signalfd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    run->control.stopfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    run->control.newsfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return run->signalfd >= 0 && run->control.stopfd >= 0 && run->control.newsfd >= 0;
}

/* The share of part i of `total` that is divided into `parts` as evenly as whole numbers go. */
static uint64_t share(uint64_t total, uint32_t parts, uint32_t i)
{
    return total / parts + (i < total % parts);
}

static bool prepare_workers(struct run *run)
{
    const struct load *load = run->load;
    uint32_t first = 0;
    run->workers = calloc(load->threads, sizeof *run->workers);
    if (run->workers == NULL)
        return false;
    for (uint32_t i = 0; i < load->threads; i++) {
        struct worker_share part = {.number = i,
                                    .first_number = first,
                                    .count = (uint32_t)share(load->connections, load->threads, i),
                                    .requests = share(load->requests, load->threads, i)};
        if (!worker_init(&run->workers[i], load, &run->control, part))
            return false;
        first += part.count;
        run->prepared++;
    }
    return true;
}

static void stop_workers(struct run *run, int level)
{
    if (atomic_load(&run->control.stop) >= level)
        return;
    atomic_store(&run->control.stop, level);
    (void)eventfd_write(run->control.stopfd, 1); /* would fail only after 2^64 - 2 of them */
}

static void take_signals(struct run *run)
{
    struct signalfd_siginfo info;
    while (read(run->signalfd, &info, sizeof info) == sizeof info) {
        run->result->interrupted = true;
        stop_workers(run, atomic_load(&run->control.stop) + 1);
    }
}

/* The moment to begin: now, unless one was agreed on. Returns 0, or an errno. */
static int await_start(struct run *run)
{
    int64_t at_ns = run->load->start_at_ns;
    run->control.start_ns = clock_now_ns();
    if (at_ns == 0)
        return 0;
    switch (together_await(at_ns, run->signalfd, &run->control.start_ns)) {
    case TOGETHER_INTERRUPTED:
        take_signals(run);
        return 0;
    case TOGETHER_MISSED:
        return ETIME;
    case TOGETHER_FAILED:
        return errno;
    default:
        return 0;
    }
}

/* All threads are made before the first connection is: they wait at the gate. */
static bool start_workers(struct run *run)
{
    int failure = 0;
    pthread_mutex_lock(&run->control.gate);
    while (failure == 0 && run->started < run->prepared) {
        struct worker *w = &run->workers[run->started];
        failure = pthread_create(&w->thread, NULL, worker_run, w);
        run->started += failure == 0;
    }
    atomic_store(&run->control.running, run->started);
    if (failure == 0)
        failure = await_start(run);
    if (failure != 0)
        run->control.start_ns = 0;
    run->result->started_s = (double)clock_of_ns(CLOCK_REALTIME) / (double)CLOCK_S;
    pthread_mutex_unlock(&run->control.gate);
    errno = failure;
    return failure == 0;
}

/* ---- the run ---- */

static void take_news(struct run *run)
{
    eventfd_t count;
    uint32_t hopeless = 0;
    (void)eventfd_read(run->control.newsfd, &count); /* empties it; what is new stands in `news` */
    for (uint32_t i = 0; i < run->started; i++)
        hopeless += atomic_load(&run->workers[i].news.hopeless);
    if (hopeless < run->started)
        return;
    run->result->hopeless = true;
    stop_workers(run, 2);
}

/* Sleeps until a signal or news come, or until at_ns. */
static void sleep_until(struct run *run, int64_t at_ns)
{
    struct pollfd fds[] = {{.fd = run->signalfd, .events = POLLIN},
                           {.fd = run->control.newsfd, .events = POLLIN}};
    int64_t wait_ns = at_ns - clock_now_ns();
    struct timespec timeout = clock_timespec(wait_ns > 0 ? wait_ns : 0);
    if (ppoll(fds, 2, &timeout, NULL) <= 0)
        return;
    if (fds[0].revents != 0)
        take_signals(run);
    if (fds[1].revents != 0)
        take_news(run);
}

/* For a program that keeps accounts of the same time; at_ns tells it how late it is. */
static void announce(const struct run *run, const char *what, int64_t at_ns)
{
    if (!run->load->announce_window)
        return;
    printf("%s at_ns=%" PRId64 "\n", what, at_ns);
    fflush(stdout);
}

static void begin_window(struct run *run, int64_t begin_ns)
{
    run->kernel_begin = kernel_read();
    announce(run, "window-begin", begin_ns);
}

static void end_window(struct run *run, int64_t end_ns)
{
    run->kernel_end = kernel_read();
    announce(run, "window-end", end_ns);
}

static void follow_workers(struct run *run)
{
    const struct load *load = run->load;
    int64_t start_ns = run->control.start_ns, begin_ns = start_ns + load->warmup_ns;
    int64_t end_ns = load->requests > 0 ? INT64_MAX : begin_ns + load->duration_ns;
    struct progress progress = progress_begin(load, start_ns);
    bool begun = false, ended = false;
    while (atomic_load(&run->control.running) > 0) {
        int64_t now_ns = clock_now_ns(), next_ns = progress_show(&progress, run->workers, now_ns);
        if (!begun && now_ns >= begin_ns) {
            begun = true;
            begin_window(run, begin_ns);
        }
        if (!ended && now_ns >= end_ns) {
            ended = true;
            end_window(run, end_ns);
        }
        if (!begun && begin_ns < next_ns)
            next_ns = begin_ns;
        else if (!ended && end_ns < next_ns)
            next_ns = end_ns;
        sleep_until(run, next_ns);
    }
    if (!ended) { /* there was no more to do, or it was interrupted */
        int64_t now_ns = clock_now_ns();
        end_window(run, now_ns < end_ns ? now_ns : end_ns);
    }
    progress_end(&progress);
}

/* ---- the result ---- */

static void add_up(struct run *run)
{
    struct load_result *result = run->result;
    conclude(result, run->load, run->workers, run->started,
             run->control.start_ns + run->load->warmup_ns);
    result->kernel = kernel_between(run->kernel_begin, run->kernel_end);
}

static void clean_up(struct run *run)
{
    for (uint32_t i = 0; i < run->prepared; i++)
        worker_free(&run->workers[i]);
    free(run->workers);
    int fds[] = {run->signalfd, run->control.stopfd, run->control.newsfd};
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pthread_sigmask(SIG_SETMASK, &run->signals_before, NULL);
    pthread_mutex_destroy(&run->control.gate);
}

static bool execute(struct run *run, char error[LOAD_ERROR_BYTES])
{
    if (!raise_descriptor_limit(run->load, error))
        return false;
    bool started = open_descriptors(run) && prepare_workers(run) && start_workers(run);
    if (started)
        follow_workers(run);
    else
        snprintf(error, LOAD_ERROR_BYTES, "the load cannot be started: %s",
                 errno == ETIME ? "the moment to start had passed before all was ready"
                                : strerror(errno));
    for (uint32_t i = 0; i < run->started; i++)
        pthread_join(run->workers[i].thread, NULL);
    take_signals(run); /* one that came too late must not kill us when the mask is restored */
    if (started)
        add_up(run);
    return started;
}

struct load_result *load_run(const struct load *load, char error[LOAD_ERROR_BYTES])
{
    struct run run = {.load = load,
                      .control = {.gate = PTHREAD_MUTEX_INITIALIZER, .stopfd = -1, .newsfd = -1},
                      .signalfd = -1};
    pthread_sigmask(SIG_SETMASK, NULL, &run.signals_before);
    run.result = calloc(1, sizeof *run.result);
    if (run.result == NULL || !measure_init(&run.result->sum, mix_count(load->mix))) {
        free(run.result);
        snprintf(error, LOAD_ERROR_BYTES, "out of memory");
        return NULL;
    }
    bool done = execute(&run, error);
    clean_up(&run);
    if (done)
        return run.result;
    load_result_free(run.result);
    return NULL;
}

void load_result_free(struct load_result *result)
{
    if (result == NULL)
        return;
    measure_free(&result->sum);
    counter_free(&result->counter);
    free(result);
}
