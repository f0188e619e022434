/* server_fork: a process for each client that is served. */
#include <stddef.h>

#include "models.h"
#include "server.h"

int main(int argc, char **argv)
{
    static const struct model *const models[] = {&fork_per_client, NULL};
    return server_main(argc, argv, "server_fork", models);
}
