/* INFO: which sections, and whether what they say is so. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "service.h"
#include "stats.h"
#include "store_folder.h"

enum { WORKERS = 3 };

static struct service service;

static void set_up(void)
{
    store_folder_begin();
    service = ask_service(WORKERS);
    service.store = store_with(1 << 20);
}

static void tear_down(void)
{
    store_destroy(service.store);
    stats_destroy(service.stats);
    store_folder_end();
}

TestSuite(info, .init = set_up, .fini = tear_down);

static void expect_line(const char *section, const char *line)
{
    char request[64], expected[128];
    snprintf(request, sizeof request, "INFO %s\r\n", section);
    snprintf(expected, sizeof expected, "\r\n%s\r\n", line);
    char *reply = ask(&service, request, NULL);
    cr_expect(strstr(reply, expected) != NULL, "no %s in: %s", line, reply);
    free(reply);
}

static double number_of(const char *section, const char *name)
{
    char request[64], key[64];
    snprintf(request, sizeof request, "INFO %s\r\n", section);
    snprintf(key, sizeof key, "\r\n%s:", name);
    char *reply = ask(&service, request, NULL);
    const char *at = strstr(reply, key);
    cr_assert(at != NULL, "no %s in: %s", name, reply);
    double number = strtod(at + strlen(key), NULL);
    free(reply);
    return number;
}

/* The titles of the sections, in their order, one behind the other. */
static void expect_sections(const char *request, const char *titles)
{
    char found[256] = "";
    char *reply = ask(&service, request, NULL);
    char *rest = reply;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (*line == '#')
            strncat(found, line, strcspn(line, "\r"));
    cr_expect_str_eq(found, titles, "%s: %s", request, found);
    free(reply);
}

#define ALL "# Server# Clients# Memory# Stats# CPU# Workers# Keyspace"

Test(info, sections_are_chosen_as_in_redis)
{
    expect_sections("INFO\r\n", ALL);
    expect_sections("INFO all\r\n", ALL);
    expect_sections("info DEFAULT\r\n", ALL);
    expect_sections("INFO everything\r\n", ALL);
    expect_sections("INFO nosuch default\r\n", ALL);
    expect_sections("INFO server\r\n", "# Server");
    expect_sections("INFO cpu SERVER cpu\r\n", "# Server# CPU");
    expect_sections("INFO nosuch memory\r\n", "# Memory");
    expect_sections("INFO nosuch\r\n", "");
}

Test(info, sections_are_parted_by_an_empty_line)
{
    char *reply = ask(&service, "INFO server workers\r\n", NULL);
    cr_expect_not_null(strstr(reply, "\r\n# Server\r\nredis_version:7.0.15\r\n"));
    cr_expect_not_null(strstr(reply, "\r\n\r\n# Workers\r\n"));
    free(reply);
}

Test(info, tells_who_answers)
{
    char line[64];
    expect_line("server", "server:server_test");
    expect_line("server", "model:none");
    expect_line("server", "process_id:42");
    expect_line("server", "tcp_port:31470");
    snprintf(line, sizeof line, "handler_process_id:%d", (int)getpid());
    expect_line("server", line);
    service.variant = "queue";
    expect_line("server", "variant:queue");
}

Test(info, a_model_of_one_variant_shows_none)
{
    char *reply = ask(&service, "INFO server\r\n", NULL);
    cr_expect_null(strstr(reply, "variant"));
    free(reply);
}

Test(info, counts_what_was_counted)
{
    stats_client_came(service.stats, 2);
    stats_client_came(service.stats, 2);
    stats_client_left(service.stats);
    stats_add(service.stats, STATS_CONNECTIONS, 5);
    stats_add(service.stats, STATS_REJECTED, 3);
    for (int c = STATS_PROTOCOL_ERRORS; c < STATS_SHOWN; c++)
        stats_add(service.stats, (enum stats_counter)c, 1000 * c);
    expect_line("clients", "connected_clients:1");
    expect_line("clients", "peak_clients:2");
    expect_line("clients", "maxclients:7");
    expect_line("stats", "total_connections_received:8");
    expect_line("stats", "rejected_connections:3");
    for (int c = STATS_PROTOCOL_ERRORS; c < STATS_CPU_CHILDREN_US; c++) {
        char line[64];
        snprintf(line, sizeof line, "%s:%d", stats_name((enum stats_counter)c), 1000 * c);
        expect_line("stats", line);
    }
    char line[64];
    snprintf(line, sizeof line, "used_cpu_children:%.6f", 1e-3 * STATS_CPU_CHILDREN_US);
    expect_line("cpu", line);
}

Test(info, shows_what_each_worker_took)
{
    stats_worker_took(service.stats, 0);
    stats_worker_took(service.stats, 2);
    stats_worker_took(service.stats, 2);
    expect_line("workers", "workers:3");
    expect_line("workers", "worker_0:connections=1");
    expect_line("workers", "worker_1:connections=0");
    expect_line("workers", "worker_2:connections=2");
}

Test(info, memory_is_that_of_the_process)
{
    enum { MUCH = 64 << 20 };
    double resident = number_of("memory", "used_memory_rss");
    double allocated = number_of("memory", "used_memory");
    char *volatile much = malloc(MUCH); /* volatile: else a compiler may do without it */
    cr_assert_not_null(much);
    memset(much, 1, MUCH);
    double grown = number_of("memory", "used_memory_rss") - resident;
    cr_expect(grown > 0.9 * MUCH && grown < 1.2 * MUCH, "grew by %.0f", grown);
#if !defined(__SANITIZE_ADDRESS__)
    grown = number_of("memory", "used_memory") - allocated;
    cr_expect(grown >= MUCH && grown < MUCH + (1 << 20), "used grew by %.0f", grown);
    free(much);
    cr_expect(number_of("memory", "used_memory_rss") < resident + 0.1 * MUCH);
#else
    (void)allocated;
    free(much);
#endif
    cr_expect(number_of("memory", "used_memory_peak") >= resident + 0.9 * MUCH);
}

/* redis-cli --stat takes the first name that begins so. */
Test(info, the_plain_name_stands_before_the_longer_ones)
{
    char *reply = ask(&service, "INFO\r\n", NULL);
    cr_expect(strncmp(strstr(reply, "used_memory"), "used_memory:", 12) == 0);
    free(reply);
}

Test(info, human_figures_are_rounded_as_in_redis)
{
    char *reply = ask(&service, "INFO memory\r\n", NULL);
    long long bytes;
    double shown;
    char unit;
    const char *at = strstr(reply, "used_memory_rss:");
    cr_assert(at != NULL && sscanf(at, "used_memory_rss:%lld used_memory_rss_human:%lf%c", &bytes,
                                   &shown, &unit) == 3,
              "%s", reply);
    double scale = unit == 'K' ? 1024 : unit == 'M' ? 1024 * 1024 : 0;
    cr_expect(shown * scale > (double)bytes - 0.01 * scale &&
                  shown * scale < (double)bytes + 0.01 * scale,
              "%lld as %.2f%c", bytes, shown, unit);
    free(reply);
}

/* As in Redis, a data base without keys is not mentioned. */
Test(info, keyspace)
{
    expect_sections("INFO keyspace\r\n", "# Keyspace");
    char *empty = ask(&service, "INFO keyspace\r\n", NULL);
    cr_expect_null(strstr(empty, "db0"), "%s", empty);
    free(empty);
    free(ask(&service, "SET a 1\r\nSET b 2\r\n", NULL));
    expect_line("keyspace", "db0:keys=2,expires=0,avg_ttl=0");
}
