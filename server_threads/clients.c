#include "clients.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "clock.h"
#include "serve.h"
#include "server.h"
#include "stop.h"

int clients_init(struct clients *clients, struct server *server, size_t stack_bytes)
{
    *clients = (struct clients){.server = server};
    pthread_condattr_t monotonic;
    int failure = pthread_condattr_init(&monotonic);
    if (failure != 0)
        return failure;
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    failure = pthread_cond_init(&clients->someone_left, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (failure != 0)
        return failure;
    if ((failure = pthread_mutex_init(&clients->lock, NULL)) != 0 ||
        (failure = pthread_attr_init(&clients->attributes)) != 0)
        return failure;
    /* Stop signals are for the accepting thread; the tick reaches everyone. */
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    if ((failure = pthread_attr_setsigmask_np(&clients->attributes, &stop_signals)) != 0)
        return failure;
    return pthread_attr_setstacksize(&clients->attributes, stack_bytes);
}

void clients_destroy(struct clients *clients)
{
    pthread_attr_destroy(&clients->attributes);
    pthread_mutex_destroy(&clients->lock);
    pthread_cond_destroy(&clients->someone_left);
}

static void enter(struct client *client)
{
    struct clients *all = client->all;
    client->next = all->first;
    if (all->first != NULL)
        all->first->previous = client;
    all->first = client;
}

static void leave(struct client *client)
{
    struct clients *all = client->all;
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        all->first = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
}

/* The last act of a client's thread; only the join of its predecessor, which ends or has ended, is
 * still ahead of it. */
static void end(struct client *client)
{
    struct clients *all = client->all;
    pthread_mutex_lock(&all->lock);
    leave(client);
    pthread_t predecessor = all->last_ended;
    bool has_predecessor = all->has_last_ended;
    all->last_ended = pthread_self();
    all->has_last_ended = true;
    pthread_cond_signal(&all->someone_left);
    pthread_mutex_unlock(&all->lock);
    free(client);
    if (has_predecessor)
        pthread_join(predecessor, NULL);
}

static void *client_thread(void *argument)
{
    struct client *client = argument;
    serve_client(client->all->server, client->connfd);
    server_hang_up(client->all->server, client->connfd);
    end(client);
    return NULL;
}

int clients_start(struct clients *clients, int connfd)
{
    struct client *client = malloc(sizeof *client);
    if (client == NULL)
        return ENOMEM;
    *client = (struct client){.all = clients, .connfd = connfd};
    /* Held over the creation, so that the thread is in the set before it can leave it. */
    pthread_mutex_lock(&clients->lock);
    int failure = pthread_create(&client->thread, &clients->attributes, client_thread, client);
    if (failure == 0)
        enter(client);
    pthread_mutex_unlock(&clients->lock);
    if (failure != 0)
        free(client);
    return failure;
}

void clients_await_end(struct clients *clients)
{
    pthread_mutex_lock(&clients->lock);
    while (clients->first != NULL) {
        for (struct client *c = clients->first; c != NULL; c = c->next)
            pthread_kill(c->thread, SIGALRM);
        struct timespec tick = clock_timespec(clock_now_ns() + STOP_TICK_MS * CLOCK_MS);
        pthread_cond_timedwait(&clients->someone_left, &clients->lock, &tick);
    }
    bool has_last = clients->has_last_ended;
    pthread_t last = clients->last_ended;
    pthread_mutex_unlock(&clients->lock);
    if (has_last)
        pthread_join(last, NULL);
}
