/* overrun: a runner for valgrind.sh whose server reads what is not its own, to see that memcheck's
 * word counts. As the runner it starts the one program that SERVERS names, and is content. */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In a child, whose faults are the server's as well. Returns what was read. */
static int overrun(void)
{
    volatile int beyond = 4; /* which a compiler would see and warn of, were it not volatile */
    if (fork() == 0) {
        volatile char *bytes = calloc(1, 4);
        _exit(bytes != NULL && bytes[beyond] == 'x');
    }
    wait(NULL);
    return 0;
}

int main(int argc, char **argv)
{
    char *server = getenv("SERVERS"), word[] = "serve", *arguments[] = {server, word, NULL};
    pid_t pid;
    if (argc == 2 && strcmp(argv[1], word) == 0)
        return overrun();
    if (server == NULL || posix_spawn(&pid, server, NULL, NULL, arguments, environ) != 0)
        return 1;
    waitpid(pid, NULL, 0);
    return 0;
}
