/* server_fork: a process for each client that is served, made when it comes or beforehand. */
#include <stddef.h>

#include "models.h"
#include "server.h"

int main(int argc, char **argv)
{
    static const struct model *const models[] = {&fork_per_client, &preforked, NULL};
    return server_main(argc, argv, "server_fork", models);
}
