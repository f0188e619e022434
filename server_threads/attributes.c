#include "attributes.h"

#include <signal.h>

int attributes_init(pthread_attr_t *attributes, size_t stack_bytes)
{
    int failure = pthread_attr_init(attributes);
    if (failure != 0)
        return failure;
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGTERM);
    sigaddset(&stop_signals, SIGINT);
    failure = pthread_attr_setsigmask_np(attributes, &stop_signals);
    if (failure == 0)
        failure = pthread_attr_setstacksize(attributes, stack_bytes);
    if (failure != 0)
        pthread_attr_destroy(attributes);
    return failure;
}
