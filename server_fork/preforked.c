/* Processes made beforehand: a client costs no fork.
 *
 *     accepts   each child, or with --accept=pass the parent
 *     serves    a child, one client until it leaves, then the next
 *     closes    the child; with --accept=pass also the parent its copy of connfd
 *     reaps     the parent, which puts another child in the place of one that died
 *
 * As many clients are served at once as there are children (--workers); the next waits in the
 * accept queue. A crash costs one client. The ways of --accept differ in next_client, and in what
 * the parent does meanwhile. These are four servers, of which a child's loop, serve_clients, is
 * the same: so the file is longer than another model's.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "accept_lock.h"
#include "children.h"
#include "diag.h"
#include "models.h"
#include "net.h"
#include "pass.h"
#include "serve.h"
#include "server.h"
#include "slots.h"
#include "stop.h"

enum way { DIRECT, FLOCK, MUTEX, PASS };
static const char *const ways[] = {"direct", "flock", "mutex", "pass", NULL};

struct preforked {
    struct server *server;
    int listenfd;
    enum way way;
    struct children children;
    struct slots slots;
    struct accept_lock lock; /* FLOCK, MUTEX */
    struct pass pass;        /* PASS */
};

/* ---- a child ---- */

static int accept_in_turn(struct preforked *p)
{
    int connfd = -1;
    enum server_accepted accepted = SERVER_NOBODY;
    while (accepted == SERVER_NOBODY) {
        if (accept_lock_take(&p->lock) == 0) {
            accepted = server_accept_one(p->server, p->listenfd, &connfd);
            accept_lock_release(&p->lock);
        } else if (errno != EINTR) {
            diag_error("child %d cannot have the lock: %s", (int)getpid(), strerror(errno));
            return -1;
        } else if (stop_is_now()) {
            return -1;
        }
    }
    return connfd;
}

static int receive_passed(struct preforked *p, int slot)
{
    if (!pass_report_free(&p->pass, slot))
        return -1;
    for (;;) {
        int connfd = pass_receive(&p->pass, slot);
        if (connfd >= 0 || errno != EMFILE || stop_is_now())
            return connfd;
        server_pause_for_shortage(p->server, EMFILE);
    }
}

static int next_client(struct preforked *p, int slot)
{
    switch (p->way) {
    case DIRECT:
        return server_accept(p->server, p->listenfd);
    case FLOCK:
    case MUTEX:
        return accept_in_turn(p);
    case PASS:
        return receive_passed(p, slot);
    }
    return -1;
}

static _Noreturn void serve_clients(struct preforked *p, int slot)
{
    int connfd;
    server_serve_as(p->server, slot);
    if (p->way == PASS) {
        server_close_listeners(p->server, p->listenfd);
        pass_in_child(&p->pass, slot);
    }
    while ((connfd = next_client(p, slot)) >= 0) {
        serve_client(p->server, connfd);
        server_hang_up(p->server, connfd);
    }
    slots_tell_accept_errno(&p->slots);
    _exit(0);
}

/* ---- the parent ---- */

/* A child was reaped: did a client go with it? Not one that it had not taken yet. */
static bool on_child_end(void *context, pid_t pid, int number)
{
    (void)number;
    struct preforked *p = context;
    int slot = slots_vacate(&p->slots, pid);
    int returned = p->way == PASS ? pass_take_back(&p->pass, slot) : -1;
    if (returned < 0)
        return server_process_ended(p->server, slot);
    server_taken_back(p->server, slot, returned);
    return false;
}

static void give(struct preforked *p, int connfd)
{
    int slot = pass_choose(&p->pass);
    server_handed_over(p->server, connfd, slot);
    if (pass_give(&p->pass, slot, connfd) == 0) {
        close(connfd);
    } else {
        server_taken_back(p->server, slot, connfd);
        server_cannot_serve(p->server, connfd, "message to a process", errno);
    }
}

/* Hands clients out, each to a child that is free; while none is, the accept queue keeps them.
 * False when it is over. */
static bool pass_clients(struct preforked *p)
{
    struct pass *pass = &p->pass;
    struct pollfd events[] = {{.fd = pass->reports, .events = POLLIN},
                              {.fd = p->listenfd, .events = POLLIN},
                              {.fd = server_second_listener(p->server), .events = POLLIN}};
    children_wait(&p->children, events, pass->free_count > 0 ? 3 : 1, slots_due_ns(&p->slots));
    if (stop_requested())
        children_stop(&p->children);
    pass_hear(pass);
    int connfd;
    while (pass->free_count > 0 && (connfd = pass_next_returned(pass)) >= 0)
        give(p, connfd);
    if (pass->free_count == 0)
        return !stop_requested() || (!stop_is_now() && p->children.count > 0);
    if (events[1].revents == 0 && events[2].revents == 0 && !stop_requested())
        return true;
    enum server_accepted accepted = server_accept_one(p->server, p->listenfd, &connfd);
    if (accepted == SERVER_CLIENT)
        give(p, connfd);
    return accepted != SERVER_OVER;
}

/* Waits for something to do but to serve. False when it is over. */
static bool look_after(struct preforked *p)
{
    if (p->way == PASS)
        return pass_clients(p);
    children_wait(&p->children, NULL, 0, slots_due_ns(&p->slots));
    return !stop_requested() && p->server->accept_errno == 0;
}

static int prepare(struct preforked *p)
{
    if (children_init(&p->children, p->server, on_child_end, p) != 0 ||
        slots_init(&p->slots, p->server, &p->children) != 0)
        return -1;
    if (p->way == PASS)
        return pass_init(&p->pass, p->server->workers);
    if (p->way == DIRECT)
        return 0;
    return accept_lock_init(&p->lock, p->way == FLOCK ? ACCEPT_LOCK_FILE : ACCEPT_LOCK_MUTEX);
}

static void end(struct preforked *p)
{
    int connfd;
    if (p->way == PASS)
        pass_end(&p->pass);
    children_await_end(&p->children);
    if (p->way == PASS) {
        while ((connfd = pass_next_returned(&p->pass)) >= 0)
            server_hang_up(p->server, connfd);
        pass_destroy(&p->pass);
    } else if (p->way != DIRECT) {
        accept_lock_destroy(&p->lock);
    }
    slots_destroy(&p->slots);
    children_destroy(&p->children);
}

static int run(struct server *server)
{
    struct preforked p = {.server = server, .way = (enum way)server->variant};
    int listenfd = net_socket(&server->address, p.way == PASS ? SOCK_NONBLOCK : 0);
    if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
        net_listen(listenfd, server->backlog) != 0)
        return server_cannot_listen(server, listenfd);
    p.listenfd = listenfd;
    if (p.way == PASS)
        server_need_descriptors(server, server->workers * PASS_LINE_DESCRIPTORS);
    if (prepare(&p) != 0)
        return server_cannot_start(listenfd, "children", errno);

    /* The children are there before clients are told to come. */
    server_bound(server, listenfd);
    int slot = slots_fill(&p.slots);
    if (slot < 0) {
        server_ready(server, listenfd);
        while (look_after(&p) && (slot = slots_fill(&p.slots)) < 0)
            ;
    }
    if (slot >= 0)
        serve_clients(&p, slot);
    end(&p);
    return server_stopped(server, listenfd);
}

const struct model preforked = {"preforked", "processes made beforehand", run,
                                MODEL_WORKERS | MODEL_ACCEPT, ways};
