/* The models of server_fork. */
#ifndef MODELS_H
#define MODELS_H

extern const struct model fork_per_client, preforked;

#endif
