#include "companion.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "companion_task.h"
#include "option.h"

/* What this program has open besides. */
enum { OTHER_DESCRIPTORS = 100 };

struct companion {
    struct companion_setting setting;
    int stopfd;
    size_t count;
    struct companion_task tasks[COMPANION_ORDERS_MOST];
};

static const struct kind {
    const char *name;
    void (*work)(struct companion_task *task); /* NULL: no more than before the client comes */
    const char *figures[COMPANION_FIGURES];
} kinds[COMPANION_KINDS] = {
    [COMPANION_IDLE] = {"idle", NULL, {"connected", "answered"}},
    [COMPANION_TRICKLE] = {"trickle", companion_be_slow, {"answered"}},
    [COMPANION_UNREAD] = {"unread", companion_be_slow, {"left"}},
    [COMPANION_CRASH] = {"crash", companion_crash, {"crashes", "survived", "silence_ms"}},
    [COMPANION_STALL] = {"stall", companion_stall, {"stops", "of_children", "stopped_ms"}},
};

/* ---- the orders ---- */

static enum companion_kind kind_by_name(const char *name, size_t length)
{
    int k = 0;
    while (k < COMPANION_KINDS &&
           (strncmp(kinds[k].name, name, length) != 0 || kinds[k].name[length] != '\0'))
        k++;
    return (enum companion_kind)k;
}

/* "KIND N", blanks around it. */
static bool parse_order(struct companion_order *order, char *text)
{
    const struct option_range counts = {1, COMPANION_COUNT_MOST};
    int64_t count;
    text += strspn(text, " \t");
    size_t name = strcspn(text, " \t");
    char *number = text + name + strspn(text + name, " \t");
    for (char *end = number + strlen(number); end > number && strchr(" \t", end[-1]) != NULL;)
        *--end = '\0';
    order->kind = kind_by_name(text, name);
    if (order->kind == COMPANION_KINDS || !option_count_text(number, counts, &count))
        return false;
    order->count = (size_t)count;
    return true;
}

bool companion_parse(struct companion_orders *orders, const char *text,
                     char error[COMPANION_ERROR_BYTES])
{
    char copy[COMPANION_ERROR_BYTES];
    *orders = (struct companion_orders){0};
    bool good = (size_t)snprintf(copy, sizeof copy, "%s", text) < sizeof copy;
    for (char *rest = copy, *item; good && (item = strsep(&rest, ",")) != NULL;) {
        struct companion_order order;
        good = orders->count < COMPANION_ORDERS_MOST && parse_order(&order, item) &&
               !companion_is_ordered(orders, order.kind);
        if (good)
            orders->list[orders->count++] = order;
    }
    if (!good)
        snprintf(error, COMPANION_ERROR_BYTES,
                 "must be up to %d of idle N, trickle N, unread N, crash N and stall N, each kind "
                 "once, between commas, with N from 1 to %d",
                 COMPANION_ORDERS_MOST, COMPANION_COUNT_MOST);
    return good;
}

bool companion_is_ordered(const struct companion_orders *orders, enum companion_kind kind)
{
    for (size_t i = 0; i < orders->count; i++)
        if (orders->list[i].kind == kind)
            return true;
    return false;
}

/* ---- what is common to them ---- */

bool companion_pause(const struct companion_task *task, int64_t until_ns)
{
    struct pollfd fd = {.fd = task->stopfd, .events = POLLIN};
    int64_t left_ns;
    while ((left_ns = until_ns - clock_now_ns()) > 0) {
        struct timespec left = clock_timespec(left_ns);
        if (ppoll(&fd, 1, &left, NULL) > 0)
            return false;
    }
    return poll(&fd, 1, 0) == 0;
}

int64_t companion_turn_ns(const struct companion_task *task, size_t turn)
{
    return task->begin_ns +
           task->setting->run_ns * (int64_t)(turn + 1) / (int64_t)(task->order.count + 1);
}

int companion_connect(const struct companion_task *task)
{
    int fd = net_socket(&task->address, 0);
    if (fd < 0)
        return -1;
    if (net_set_timeouts(fd, COMPANION_WAIT_NS, COMPANION_WAIT_NS) == 0 &&
        net_reset_on_close(fd) == 0 && net_connect(fd, &task->address) == 0)
        return fd;
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return -1;
}

void companion_make_room(const struct companion_orders *orders)
{
    struct rlimit limit;
    rlim_t wanted = OTHER_DESCRIPTORS;
    for (size_t i = 0; i < orders->count; i++)
        wanted += orders->list[i].count;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* what is missing shows when they connect */
    }
    if (companion_is_ordered(orders, COMPANION_CRASH) && getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

/* ---- begin and end ---- */

static bool begin_tasks(struct companion *c, char error[COMPANION_ERROR_BYTES])
{
    struct net_address address;
    c->stopfd = eventfd(0, EFD_CLOEXEC);
    if (c->stopfd < 0 || net_resolve(&address, "127.0.0.1", c->setting.port) != NULL) {
        snprintf(error, COMPANION_ERROR_BYTES, "no descriptor or no address: %s", strerror(errno));
        return false;
    }
    for (; c->count < c->setting.orders->count; c->count++) {
        struct companion_task *task = &c->tasks[c->count];
        *task = (struct companion_task){
            .setting = &c->setting,
            .order = c->setting.orders->list[c->count],
            .address = address,
            .stopfd = c->stopfd,
            .report = {{NAN, NAN, NAN}},
        };
        if (task->order.kind == COMPANION_IDLE && !companion_idle_begin(task)) {
            snprintf(error, COMPANION_ERROR_BYTES, "%s", task->error);
            return false;
        }
    }
    return true;
}

struct companion *companion_begin(const struct companion_setting *setting,
                                  char error[COMPANION_ERROR_BYTES])
{
    struct companion *c = calloc(1, sizeof *c);
    if (c == NULL) {
        snprintf(error, COMPANION_ERROR_BYTES, "out of memory");
        return NULL;
    }
    c->setting = *setting;
    if (begin_tasks(c, error))
        return c;
    struct companion_report unread[COMPANION_ORDERS_MOST];
    char later[COMPANION_ERROR_BYTES];
    companion_end(c, unread, later);
    return NULL;
}

size_t companion_clients(const struct companion *c)
{
    size_t clients = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->tasks[i].order.kind == COMPANION_IDLE)
            clients += c->tasks[i].fds_count;
        else if (kinds[c->tasks[i].order.kind].work == companion_be_slow)
            clients += c->tasks[i].order.count;
    return clients;
}

static void *work(void *context)
{
    struct companion_task *task = context;
    kinds[task->order.kind].work(task);
    return NULL;
}

/* Signals are for the main thread, which blocks them: so does what it starts. */
static bool start_thread(struct companion_task *task)
{
    pthread_attr_t attributes;
    const cpu_set_t *cpus = task->setting->cpus;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setaffinity_np(&attributes, sizeof *cpus, cpus);
    task->has_thread = pthread_create(&task->thread, &attributes, work, task) == 0;
    pthread_attr_destroy(&attributes);
    return task->has_thread;
}

bool companion_go(struct companion *c, char error[COMPANION_ERROR_BYTES])
{
    int64_t begin_ns = clock_now_ns() + c->setting.warmup_ns;
    for (size_t i = 0; i < c->count; i++) {
        c->tasks[i].begin_ns = begin_ns;
        if (kinds[c->tasks[i].order.kind].work != NULL && !start_thread(&c->tasks[i])) {
            snprintf(error, COMPANION_ERROR_BYTES, "cannot start a thread");
            return false;
        }
    }
    return true;
}

bool companion_end(struct companion *c, struct companion_report reports[],
                   char error[COMPANION_ERROR_BYTES])
{
    error[0] = '\0';
    if (c->stopfd >= 0)
        eventfd_write(c->stopfd, 1);
    for (size_t i = 0; i < c->count; i++) {
        struct companion_task *task = &c->tasks[i];
        if (task->has_thread)
            pthread_join(task->thread, NULL);
        reports[i] = task->report;
        if (error[0] == '\0')
            snprintf(error, COMPANION_ERROR_BYTES, "%s", task->error);
    }
    for (size_t i = 0; i < COMPANION_ORDERS_MOST; i++)
        companion_idle_end(&c->tasks[i]);
    if (c->stopfd >= 0)
        close(c->stopfd);
    free(c);
    return error[0] == '\0';
}

/* ---- what they report ---- */

json_t *companion_json(const struct companion_order *order, const struct companion_report *report)
{
    const struct kind *kind = &kinds[order->kind];
    json_t *json = json_pack("{s:s, s:I}", "kind", kind->name, "count", (json_int_t)order->count);
    for (int i = 0; json != NULL && i < COMPANION_FIGURES && kind->figures[i] != NULL; i++) {
        double value = report->values[i];
        json_t *figure = isfinite(value) ? json_real(value) : json_null();
        if (json_object_set_new(json, kind->figures[i], figure) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

void companion_restore(struct companion_report *report, const struct companion_order *order,
                       const json_t *json)
{
    const struct kind *kind = &kinds[order->kind];
    for (int i = 0; i < COMPANION_FIGURES; i++) {
        const json_t *figure =
            kind->figures[i] != NULL ? json_object_get(json, kind->figures[i]) : NULL;
        report->values[i] = json_is_number(figure) ? json_number_value(figure) : NAN;
    }
}
