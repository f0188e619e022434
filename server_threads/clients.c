#include "clients.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "attributes.h"
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
    if ((failure = pthread_mutex_init(&clients->lock, NULL)) != 0)
        return failure;
    return attributes_init(&clients->attributes, stack_bytes);
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
    client->thread = pthread_self();
    pthread_mutex_lock(&all->lock);
    client->next = all->first;
    if (all->first != NULL)
        all->first->previous = client;
    all->first = client;
    pthread_mutex_unlock(&all->lock);
}

static void leave(struct client *client)
{
    struct clients *all = client->all;
    pthread_mutex_lock(&all->lock);
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        all->first = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    size_t ended = all->ended++;
    pthread_t *slot = &all->unjoined[ended % CLIENTS_UNJOINED];
    pthread_t earlier = *slot;
    *slot = client->thread;
    all->unfinished--;
    pthread_cond_signal(&all->someone_left);
    pthread_mutex_unlock(&all->lock);
    if (ended >= CLIENTS_UNJOINED)
        pthread_join(earlier, NULL);
}

static void *client_thread(void *argument)
{
    struct client *client = argument;
    enter(client);
    serve_client(client->all->server, client->connfd);
    server_hang_up(client->all->server, client->connfd);
    leave(client);
    free(client);
    return NULL;
}

static void count_unfinished(struct clients *clients, int change)
{
    pthread_mutex_lock(&clients->lock);
    clients->unfinished += (size_t)change;
    pthread_mutex_unlock(&clients->lock);
}

int clients_start(struct clients *clients, int connfd)
{
    struct client *client = malloc(sizeof *client);
    if (client == NULL)
        return ENOMEM;
    *client = (struct client){.all = clients, .connfd = connfd};
    count_unfinished(clients, 1);
    pthread_t thread;
    int failure = pthread_create(&thread, &clients->attributes, client_thread, client);
    if (failure != 0) {
        count_unfinished(clients, -1);
        free(client);
    }
    return failure;
}

/* Those that wait for their client get a tick, and see the flag. */
static void await_all(struct clients *clients)
{
    while (clients->unfinished > 0) {
        for (struct client *c = clients->first; c != NULL; c = c->next)
            pthread_kill(c->thread, SIGALRM);
        struct timespec tick = clock_timespec(clock_now_ns() + STOP_TICK_MS * CLOCK_MS);
        pthread_cond_timedwait(&clients->someone_left, &clients->lock, &tick);
    }
}

void clients_await_end(struct clients *clients)
{
    pthread_mutex_lock(&clients->lock);
    await_all(clients);
    size_t unjoined = clients->ended < CLIENTS_UNJOINED ? clients->ended : CLIENTS_UNJOINED;
    pthread_mutex_unlock(&clients->lock);
    for (size_t i = 0; i < unjoined; i++)
        pthread_join(clients->unjoined[i], NULL);
}
