/* The models of server_iterative. */
#ifndef MODELS_H
#define MODELS_H

extern const struct model one_at_a_time, multiplexed;

#endif
