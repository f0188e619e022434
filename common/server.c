#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addresses.h"
#include "clock.h"
#include "diag.h"
#include "fatal.h"
#include "memory.h"
#include "sandbox.h"
#include "stats.h"
#include "stop.h"

enum { SPARE_DESCRIPTORS = 32 };

void server_need_descriptors(struct server *server, int own)
{
    struct rlimit limit;
    rlim_t reserve = SPARE_DESCRIPTORS + (rlim_t)own;
    rlim_t wanted = (rlim_t)server->service.max_clients + reserve;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
        int64_t possible = (int64_t)limit.rlim_cur - (int64_t)reserve;
        server->service.max_clients = possible > 1 ? possible : 1;
        server->scarce_descriptors = (int64_t)limit.rlim_cur;
    }
}

/* Once, when all who need descriptors have said so. */
static void tell_of_scarce_descriptors(struct server *server)
{
    if (server->scarce_descriptors != 0)
        diag_error("only %" PRId64 " clients at once: the limit of open files is %" PRId64,
                   server->service.max_clients, server->scarce_descriptors);
    server->scarce_descriptors = 0;
}

void server_limit_descriptors(struct server *server, int end)
{
    int64_t possible = end - SPARE_DESCRIPTORS;
    server->descriptors_end = end;
    if (server->service.max_clients <= possible)
        return;
    server->service.max_clients = possible;
    diag_error("only %" PRId64 " clients at once: %s watches only descriptors below %d", possible,
               server->service.variant != NULL ? server->service.variant : server->service.model,
               end);
}

static int prepare(struct server *server)
{
    struct service *service = &server->service;
    memory_keep_little();
    service->pid = getpid();
    service->started_ns = clock_now_ns();
    service->stats = stats_create(server->workers);
    if (service->stats == NULL || stop_install(server->drain_timeout_ns) != 0 ||
        fatal_install(service->server) != 0)
        return -1;
    server_need_descriptors(server, 0);
    umask(077);
    /* A core file would hold what clients have sent. Who may crash it wants to look at one. */
    if (service->debug == SERVICE_DEBUG_NO && setrlimit(RLIMIT_CORE, &(struct rlimit){0}) != 0)
        return -1;
    /* No program that might be started ever has more rights than this one. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
        return -1;
    /* SLEEP promises microseconds; the kernel's default is to be late by 50 of them. Threads and
     * children inherit this. */
    return prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

static bool take_ballast(const struct server *server)
{
    if (memory_occupy(server->ballast_bytes) == 0)
        return true;
    diag_error("--ballast=%zu: cannot have so much memory: %s", server->ballast_bytes,
               strerror(errno));
    return false;
}

static bool can_become_user(const struct server *server)
{
    if (*server->user.name == '\0' || privilege_can_become(&server->user))
        return true;
    diag_error("--user=%s: only root can become another user", server->user.name);
    return false;
}

/* Only its folder is made now: a process opens the store at its first command on state. The folder
 * is that of the user whom the server will be. */
static bool prepare_store(struct server *server)
{
    const struct privilege_user *user = &server->user;
    bool as_user = *user->name != '\0';
    server->store_options.readers = server->service.max_clients;
    if (as_user && privilege_assume(user) != 0) {
        diag_error("--user=%s: cannot act as this user: %s", user->name, strerror(errno));
        return false;
    }
    server->service.store = store_create(&server->store_options);
    if (as_user && privilege_resume(user) != 0) {
        diag_error("--user=%s: cannot be root again: %s", user->name, strerror(errno));
        return false;
    }
    return server->service.store != NULL;
}

/* A reader that has gone away is no reason to stop serving: SIGPIPE is ignored. */
static void finish_line(void)
{
    putchar('\n');
    if (fflush(stdout) != 0)
        diag_error("standard output: %s", strerror(errno));
}

static void release(struct server *server)
{
    store_destroy(server->service.store);
    stats_destroy(server->service.stats);
    addresses_destroy(server->addresses);
}

static void end_at_start(struct server *server)
{
    release(server);
    exit(1);
}

/* errno says why; closes what was opened for it. */
static void say_cannot_listen(const struct net_address *address, int listenfd)
{
    char host[NET_TEXT_BYTES];
    diag_error("cannot listen on %s port %u: %s", net_host_text(address, host),
               (unsigned)net_port(address), strerror(errno));
    if (listenfd >= 0)
        close(listenfd);
}

static bool is_reached_from_here_only(const struct server *server)
{
    return net_is_loopback(&server->address) &&
           (server->second_address.length == 0 || net_is_loopback(&server->second_address));
}

/* Where other machines can connect, one of them cannot have more than half of all places. On a
 * loopback address all clients have the same address, mostly. */
static int64_t most_of_an_address(const struct server *server)
{
    if (server->max_per_address != 0)
        return server->max_per_address;
    int64_t all = server->service.max_clients;
    return is_reached_from_here_only(server) ? all : (all + 1) / 2;
}

/* A place for each process, and for each descriptor that a client may have: as many as are allowed,
 * or as many more than clients as nobody needs. */
static void limit_addresses(struct server *server)
{
    enum { PLENTY = 1 << 16 };
    int64_t most = most_of_an_address(server), clients = server->service.max_clients;
    struct rlimit limit;
    if (server->addresses != NULL || most >= clients)
        return;
    server->processes = server->workers > 0 ? server->workers : (int)clients;
    size_t descriptors = (size_t)clients + PLENTY;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < descriptors)
        descriptors = (size_t)limit.rlim_cur;
    server->addresses = addresses_create((size_t)server->processes + descriptors, most);
    if (server->addresses == NULL) {
        diag_error("--max-per-address=%" PRId64 ": cannot count: %s", most, strerror(errno));
        end_at_start(server);
    }
}

/* For good, so it may be done once only. */
static void confine(struct server *server)
{
    if (server->confined)
        return;
    if (*server->user.name != '\0' && privilege_drop(&server->user) != 0)
        diag_error("--user=%s: cannot become this user for good: %s", server->user.name,
                   strerror(errno));
    else if (server->sandbox && sandbox_install(server->service.server) != 0)
        diag_error("--sandbox: the kernel cannot filter system calls: %s", strerror(errno));
    else
        server->confined = true;
    if (!server->confined)
        end_at_start(server);
}

/* The same port. Of IPv6 without IPv4, which the first address may be. */
static int open_second(struct server *server)
{
    struct net_address *address = &server->second_address;
    int fd = net_socket(address, SOCK_NONBLOCK);
    net_set_port(address, server->service.port);
    if (fd >= 0 && (address->storage.ss_family != AF_INET6 || net_ipv6_alone(fd) == 0) &&
        net_bind(fd, address) == 0 && net_listen(fd, server->backlog) == 0)
        return fd;
    say_cannot_listen(address, fd);
    return -1;
}

/* Who waits for one of two does so in poll, and must not block in accept afterwards. */
static void listen_at_second(struct server *server, int listenfd)
{
    if (server->second_address.length == 0 || server->second_listenfd != 0)
        return;
    int fd = open_second(server), flags = fcntl(listenfd, F_GETFL);
    if (fd >= 0) {
        server->second_listenfd = fd;
        server->accept_waits = (flags & O_NONBLOCK) == 0;
        if (fcntl(listenfd, F_SETFL, flags | O_NONBLOCK) != 0 ||
            net_set_timeouts(fd, server->service.idle_timeout_ns, 0) != 0)
            diag_error("cannot prepare the listener: %s", strerror(errno));
    } else if (server->second_is_optional) {
        server->second_address.length = 0;
    } else {
        end_at_start(server);
    }
}

int server_second_listener(const struct server *server)
{
    return server->second_listenfd != 0 ? server->second_listenfd : -1;
}

void server_close_listeners(const struct server *server, int listenfd)
{
    close(listenfd);
    if (server->second_listenfd != 0)
        close(server->second_listenfd);
}

void server_bound(struct server *server, int listenfd)
{
    static char host[NET_TEXT_BYTES];
    struct service *service = &server->service;
    if (net_local_address(listenfd, &server->address) == 0) {
        service->host = net_host_text(&server->address, host);
        service->port = net_port(&server->address);
    }
    /* Handed down to every accepted socket: the idle timeout is how long one recv may block. */
    if (net_set_timeouts(listenfd, service->idle_timeout_ns, 0) != 0)
        diag_error("cannot set the idle timeout: %s", strerror(errno));
    listen_at_second(server, listenfd);
    tell_of_scarce_descriptors(server);
    limit_addresses(server);
    confine(server);
}

static void warn_of_others(const struct net_address *address)
{
    char host[NET_TEXT_BYTES];
    if (address->length == 0 || net_is_loopback(address))
        return;
    diag_error("listening on %s: other machines can reach this server, and it asks nobody for a "
               "password",
               net_host_text(address, host));
    if (geteuid() == 0)
        diag_error("whoever finds a fault in it is root: --user=NAME gives its rights up");
}

void server_ready(struct server *server, int listenfd)
{
    const struct service *service = &server->service;
    server_bound(server, listenfd);
    warn_of_others(&server->address);
    warn_of_others(&server->second_address);
    printf("ready server=%s model=%s address=%s port=%u pid=%" PRId64, service->server,
           service->model, service->host, (unsigned)service->port, service->pid);
    finish_line();
}

void server_process_died(struct server *server)
{
    store_process_died(server->service.store);
}

static int64_t microseconds(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* How evenly the workers were used: what each took, in their order. */
static void print_workers(struct stats *stats)
{
    for (int w = 0; w < stats->workers; w++)
        printf("%s%" PRId64, w == 0 ? " worker_connections=" : ",",
               stats_worker_connections(stats, w));
}

static void print_served(const struct service *service)
{
    struct rusage self;
    getrusage(RUSAGE_SELF, &self);
    printf("served server=%s model=%s", service->server, service->model);
    if (service->variant != NULL)
        printf(" variant=%s", service->variant);
    for (int c = 0; c < STATS_SHOWN; c++)
        printf(" %s=%" PRId64, stats_name((enum stats_counter)c),
               stats_get(service->stats, (enum stats_counter)c));
    printf(" cpu_self_us=%" PRId64, microseconds(self.ru_utime) + microseconds(self.ru_stime));
    print_workers(service->stats);
    finish_line();
}

int server_cannot_listen(const struct server *server, int listenfd)
{
    say_cannot_listen(&server->address, listenfd);
    return 1;
}

int server_cannot_start(int listenfd, const char *what, int failure)
{
    diag_error("cannot prepare for %s: %s", what, strerror(failure));
    close(listenfd);
    return 1;
}

int server_stopped(const struct server *server, int listenfd)
{
    server_close_listeners(server, listenfd);
    print_served(&server->service);
    if (server->accept_errno == 0)
        return 0;
    diag_error("stopped: cannot accept clients: %s", strerror(server->accept_errno));
    return 1;
}

int server_main(int argc, char **argv, const char *program, const struct model *const *models)
{
    struct server server;
    server_read_options(&server, argc, argv, program, models);
    diag_init(program, server.verbose);
    int status = 1;
    if (prepare(&server) != 0)
        diag_error("cannot start: %s", strerror(errno));
    else if (take_ballast(&server) && can_become_user(&server) && prepare_store(&server))
        status = server.model->run(&server);
    release(&server);
    return status;
}
