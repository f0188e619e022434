/* hardening_sample: has something for each switch that hardens a Release build to work upon, so
 * that hardening.sh is seen missing it where one is left out. Not run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A buffer of more than a page, whose stack is to be probed, and which is to be protected. */
static size_t fill(const char *text)
{
    char bytes[3 * 4096];
    snprintf(bytes, sizeof bytes, "%s%s", text, text);
    return strcspn(bytes, "\n");
}

int main(int argc, char **argv)
{
    printf("%zu %d\n", fill(argv[0]), argc);
    return EXIT_SUCCESS;
}
