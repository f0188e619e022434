/* DEBUG: faults on purpose, to show what each costs under a model. Only with --enable-debug. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "command_table.h"
#include "diag.h"
#include "stop.h"

enum { WORD_BYTES = 128, EXIT_STATUS = 3 };

static const int64_t most_leaked_bytes = 1 << 30;

/* A real invalid access, by which the kernel ends the process; a sanitizer reports it instead. */
static void debug_segfault(struct call *call)
{
    static volatile char *volatile nowhere;
    (void)call;
    *nowhere = 1;
}

static void debug_abort(struct call *call)
{
    (void)call;
    abort();
}

/* What a library does that ends the program when it is displeased. Nothing is flushed or removed.
 * Of the end of a child its parent tells. */
static void debug_exit(struct call *call)
{
    if (getpid() == call->session->service->pid)
        diag_error("DEBUG EXIT: ends with status %d: all clients are lost", EXIT_STATUS);
    _exit(EXIT_STATUS);
}

/* Memory that nobody will free. It hangs together, so that a tool which looks for lost memory finds
 * nothing to say of what is lost on purpose. */
static void debug_leak(struct call *call)
{
    struct leak {
        struct leak *before;
        char bytes[];
    };
    static struct leak *_Atomic leaks;
    int64_t bytes;
    if (!call_bounded(call, 2, 0, most_leaked_bytes, &bytes))
        return;
    struct leak *leak = malloc(sizeof *leak + (size_t)bytes);
    if (leak == NULL) {
        call_fail(call, "ERR out of memory");
        return;
    }
    memset(leak->bytes, 'x', (size_t)bytes); /* not touched, it would cost nothing */
    leak->before = atomic_load(&leaks);
    while (!atomic_compare_exchange_weak(&leaks, &leak->before, leak))
        ;
    resp_put_simple(call->out, "OK");
}

/* The handler never comes back, but at the end of the server, and then without an answer. */
static void debug_hang(struct call *call)
{
    const struct timespec slice = {.tv_nsec = 100 * CLOCK_MS};
    while (!stop_is_now())
        nanosleep(&slice, NULL);
    call->session->state = SESSION_ABORTED;
}

static void debug_help(struct call *call)
{
    call_put_lines(call, (const char *const[]){
                             "DEBUG <subcommand> [<arg> [value]]. Subcommands are:",
                             "ABORT",
                             "    Aborts the process that answers.",
                             "EXIT",
                             "    Ends the process that answers, at once, with status 3.",
                             "HANG",
                             "    Never answers.",
                             "LEAK <bytes>",
                             "    Allocates and uses memory that is never freed.",
                             "SEGFAULT",
                             "    Crashes the process that answers by an invalid access.",
                             "HELP",
                             "    This text.",
                             NULL,
                         });
}

/* Not subcommands in the sense of the command table: as in Redis, a server that refuses DEBUG does
 * not say which there are. */
static const struct command faults[] = {
    {"segfault", 2, NULL, NULL, debug_segfault, NULL},
    {"abort", 2, NULL, NULL, debug_abort, NULL},
    {"exit", 2, NULL, NULL, debug_exit, NULL},
    {"leak", 3, NULL, NULL, debug_leak, NULL},
    {"hang", 2, NULL, NULL, debug_hang, NULL},
    {"help", 2, NULL, NULL, debug_help, NULL},
    {0},
};

static bool is_allowed(const struct session *session)
{
    switch (session->service->debug) {
    case SERVICE_DEBUG_NO:
        break;
    case SERVICE_DEBUG_LOCAL:
        return session->is_local;
    case SERVICE_DEBUG_YES:
        return true;
    }
    return false;
}

void command_debug(struct call *call)
{
    if (!is_allowed(call->session)) {
        call_fail(call, "ERR DEBUG command not allowed. If the server was started with "
                        "--enable-debug=local, it is allowed from a loopback address; otherwise "
                        "start the server with --enable-debug to allow it.");
        return;
    }
    struct text name = call_argument(call, 1);
    const struct command *fault = command_find(faults, name);
    if (fault == NULL || call_arguments(call) != (size_t)fault->arity) {
        char word[WORD_BYTES + 1];
        call_fail(call,
                  "ERR unknown subcommand or wrong number of arguments for '%s'. Try DEBUG HELP.",
                  text_printable(word, name, WORD_BYTES));
        return;
    }
    fault->run(call);
}
