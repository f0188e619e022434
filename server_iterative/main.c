/* server_iterative: one process, one request at a time. */
#include <stddef.h>

#include "models.h"
#include "server.h"

int main(int argc, char **argv)
{
    static const struct model *const models[] = {&one_at_a_time, &multiplexed, NULL};
    return server_main(argc, argv, "server_iterative", models);
}
