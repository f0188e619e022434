/* server_threads: one process, clients are served by threads. */
#include <stddef.h>

#include "models.h"
#include "server.h"

int main(int argc, char **argv)
{
    static const struct model *const models[] = {&thread_per_client, &thread_pool, NULL};
    return server_main(argc, argv, "server_threads", models);
}
