/* The models of server_threads. */
#ifndef MODELS_H
#define MODELS_H

extern const struct model thread_per_client, thread_pool;

#endif
