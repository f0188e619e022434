/* INFO in Redis' format: sections of name:value lines. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "command_table.h"
#include "memory.h"
#include "store.h"

static void put_line(struct buf *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_line(struct buf *text, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line - 2, format, args);
    va_end(args);
    if (length < 0)
        return;
    if (length > (int)sizeof line - 3)
        length = (int)sizeof line - 3;
    buf_append(text, line, (size_t)length);
    buf_append(text, "\r\n", 2);
}

static void put_server(struct buf *text, const struct service *service)
{
    int64_t uptime_s = (clock_now_ns() - service->started_ns) / CLOCK_S;
    put_line(text, "redis_version:%s", SERVICE_REDIS_VERSION);
    put_line(text, "redis_mode:standalone");
    put_line(text, "server:%s", service->server);
    put_line(text, "model:%s", service->model);
    if (service->variant != NULL)
        put_line(text, "variant:%s", service->variant);
    put_line(text, "process_id:%lld", (long long)service->pid);
    put_line(text, "handler_process_id:%lld", (long long)getpid());
    put_line(text, "tcp_port:%u", (unsigned)service->port);
    put_line(text, "uptime_in_seconds:%lld", (long long)uptime_s);
    put_line(text, "uptime_in_days:%lld", (long long)(uptime_s / 86400));
}

static void put_clients(struct buf *text, const struct service *service)
{
    put_line(text, "connected_clients:%lld", (long long)stats_clients(service->stats));
    put_line(text, "maxclients:%lld", (long long)service->max_clients);
    put_line(text, "peak_clients:%lld", (long long)stats_get(service->stats, STATS_PEAK_CLIENTS));
    put_line(text, "blocked_clients:0"); /* as in Redis, in BLPOP and its like: we have none */
}

/* As Redis shows it: 512B, 1.50K, 3.00M. */
static void put_human(struct buf *text, const char *name, int64_t bytes)
{
    const char *unit = "KMGTPE";
    double shown = (double)bytes / 1024;
    if (bytes < 1024) {
        put_line(text, "%s_human:%lldB", name, (long long)bytes);
        return;
    }
    for (; shown >= 1024; shown /= 1024)
        unit++;
    put_line(text, "%s_human:%.2f%c", name, shown, *unit);
}

static void put_bytes(struct buf *text, const char *name, int64_t bytes)
{
    if (bytes == MEMORY_UNKNOWN)
        return;
    put_line(text, "%s:%lld", name, (long long)bytes);
    put_human(text, name, bytes);
}

/* Of the process that answers, as is the CPU time below. redis-cli --stat takes the first name that
 * begins with used_memory. */
static void put_memory(struct buf *text, const struct service *service)
{
    (void)service;
    struct memory memory = memory_now();
    put_bytes(text, "used_memory", memory.allocated);
    put_bytes(text, "used_memory_rss", memory.resident);
    put_bytes(text, "used_memory_peak", memory.peak);
}

static void put_stats(struct buf *text, const struct service *service)
{
    struct stats *stats = service->stats;
    put_line(text, "total_connections_received:%lld",
             (long long)(stats_get(stats, STATS_CONNECTIONS) + stats_get(stats, STATS_REJECTED)));
    put_line(text, "total_commands_processed:%lld", (long long)stats_get(stats, STATS_COMMANDS));
    put_line(text, "rejected_connections:%lld", (long long)stats_get(stats, STATS_REJECTED));
    put_line(text, "total_error_replies:%lld", (long long)stats_get(stats, STATS_ERROR_REPLIES));
    for (enum stats_counter c = STATS_PROTOCOL_ERRORS; c < STATS_CPU_CHILDREN_US; c++)
        put_line(text, "%s:%lld", stats_name(c), (long long)stats_get(stats, c));
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Of the process that answers: under a process model that is the client's own child, and what other
 * children used is known when they are reaped. */
static void put_cpu(struct buf *text, const struct service *service)
{
    struct rusage self;
    getrusage(RUSAGE_SELF, &self);
    put_line(text, "used_cpu_sys:%.6f", seconds(self.ru_stime));
    put_line(text, "used_cpu_user:%.6f", seconds(self.ru_utime));
    put_line(text, "used_cpu_children:%.6f",
             1e-6 * (double)stats_get(service->stats, STATS_CPU_CHILDREN_US));
}

/* How evenly they were used, where there is a fixed number of them. */
static void put_workers(struct buf *text, const struct service *service)
{
    struct stats *stats = service->stats;
    put_line(text, "workers:%d", stats->workers);
    for (int w = 0; w < stats->workers; w++)
        put_line(text, "worker_%d:connections=%lld", w,
                 (long long)stats_worker_connections(stats, w));
}

/* As in Redis, an empty data base is not mentioned. */
static void put_keyspace(struct buf *text, const struct service *service)
{
    int64_t keys = 0;
    if (service->store != NULL && store_size(service->store, &keys) == STORE_OK && keys > 0)
        put_line(text, "db0:keys=%lld,expires=0,avg_ttl=0", (long long)keys);
}

/* A section is a row here, in the order of INFO. */
static const struct section {
    const char *name, *title;
    void (*put)(struct buf *text, const struct service *service);
} sections[] = {
    {"server", "Server", put_server},
    {"clients", "Clients", put_clients},
    {"memory", "Memory", put_memory},
    {"stats", "Stats", put_stats},
    {"cpu", "CPU", put_cpu},
    {"workers", "Workers", put_workers},
    {"keyspace", "Keyspace", put_keyspace},
};

/* Words that name no section are passed over, as in Redis. */
static bool is_wanted(const struct call *call, const char *name)
{
    size_t arguments = call_arguments(call);
    for (size_t i = 1; i < arguments; i++) {
        struct text word = call_argument(call, i);
        if (text_is(word, name) || text_is(word, "all") || text_is(word, "default") ||
            text_is(word, "everything"))
            return true;
    }
    return arguments == 1;
}

void command_info(struct call *call)
{
    const struct service *service = call->session->service;
    char scratch[4096];
    struct buf text = buf_over(scratch, sizeof scratch);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (!is_wanted(call, sections[i].name))
            continue;
        if (buf_length(&text) > 0)
            buf_append(&text, "\r\n", 2);
        put_line(&text, "# %s", sections[i].title);
        sections[i].put(&text, service);
    }
    if (text.failed)
        call_fail(call, "ERR out of memory");
    else
        resp_put_verbatim(call->out, buf_head(&text), buf_length(&text), call->session->version);
    buf_free(&text);
}
