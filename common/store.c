/* Where the store lives, and how a process opens it. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "store_environment.h"

/* Readers beyond one for each client: other programs that look at the data base. */
enum { SPARE_READERS = 16 };

static const size_t default_map_bytes = (size_t)1 << 30;

struct store {
    char *folder;
    bool temporary;
    unsigned flags, readers; /* for LMDB */
    size_t map_bytes;
    struct store_gates *gates;
    _Atomic(MDB_env *) environment; /* of the generation it was opened in */
    _Atomic unsigned generation;
};

/* A fork begins a new generation: what was opened in an older one is the parent's, and is not even
 * closed here. Asking for the process number instead would be a system call for each command. */
static _Atomic unsigned generation = 1;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_watched = PTHREAD_ONCE_INIT;
static int fork_failure;

/* Another thread of the parent may have been opening: it does not exist here. */
static void begin_generation(void)
{
    atomic_fetch_add(&generation, 1);
    opening = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static void watch_forks(void)
{
    fork_failure = pthread_atfork(NULL, NULL, begin_generation);
}

/* ---- opening ---- */

/* The only one who opens, until the descriptor is closed; -1 with errno. */
static int lock_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            int failure = errno;
            close(fd);
            errno = failure;
            return -1;
        }
    return fd;
}

/* Tells LMDB how the data base compares its keys, which it learns in a transaction. */
static int prepare_database(MDB_env *environment)
{
    MDB_txn *transaction;
    MDB_dbi dbi;
    int failure = mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction);
    if (failure != 0)
        return failure;
    failure = mdb_dbi_open(transaction, NULL, 0, &dbi);
    mdb_txn_abort(transaction);
    return failure;
}

static int open_files(const struct store *store, MDB_env *environment)
{
    int failure, dead, fd;
    if ((failure = mdb_env_set_mapsize(environment, store->map_bytes)) != 0 ||
        (failure = mdb_env_set_maxreaders(environment, store->readers)) != 0 ||
        (failure = mdb_env_open(environment, store->folder, store->flags, 0600)) != 0 ||
        (failure = mdb_reader_check(environment, &dead)) != 0 ||
        (failure = mdb_env_get_fd(environment, &fd)) != 0)
        return failure;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return errno;
    return prepare_database(environment);
}

static MDB_env *open_environment(const struct store *store, int *failure)
{
    MDB_env *environment = NULL;
    int lockfd = lock_folder(store->folder);
    if (lockfd < 0) {
        *failure = errno;
        return NULL;
    }
    *failure = mdb_env_create(&environment);
    if (*failure == 0 && (*failure = open_files(store, environment)) != 0) {
        mdb_env_close(environment);
        environment = NULL;
    }
    close(lockfd);
    return environment;
}

MDB_env *store_environment(struct store *store, int *failure)
{
    unsigned now = atomic_load_explicit(&generation, memory_order_relaxed);
    if (atomic_load_explicit(&store->generation, memory_order_acquire) == now)
        return atomic_load_explicit(&store->environment, memory_order_relaxed);
    pthread_mutex_lock(&opening);
    MDB_env *environment = atomic_load(&store->environment);
    if (atomic_load(&store->generation) != now) {
        environment = open_environment(store, failure);
        if (environment != NULL) {
            atomic_store(&store->environment, environment);
            atomic_store_explicit(&store->generation, now, memory_order_release);
        }
    }
    pthread_mutex_unlock(&opening);
    return environment;
}

/* ---- its gates ---- */

struct store_gates *store_gates(struct store *store)
{
    return store->gates;
}

static struct store_gates *make_gates(void)
{
    struct store_gates *gates =
        mmap(NULL, sizeof *gates, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (gates != MAP_FAILED && store_gate_init(&gates->readers) == 0 &&
        store_gate_init(&gates->writers) == 0)
        return gates;
    if (gates != MAP_FAILED)
        munmap(gates, sizeof *gates);
    return NULL;
}

/* ---- its folder ---- */

static char *temporary_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char *folder;
    if (parent == NULL || *parent == '\0')
        parent = "/tmp";
    if (asprintf(&folder, "%s/server-models-XXXXXX", parent) < 0)
        folder = NULL;
    else if (mkdtemp(folder) != NULL)
        return folder;
    diag_error("cannot make a temporary folder in %s: %s", parent, strerror(errno));
    free(folder);
    return NULL;
}

static char *given_folder(const char *name)
{
    char *folder = NULL;
    if (mkdir(name, 0700) == 0 || errno == EEXIST)
        folder = strdup(name);
    if (folder == NULL)
        diag_error("cannot make the folder %s: %s", name, strerror(errno));
    return folder;
}

/* True if the folder is, or can become, a data base. */
static bool is_usable(const struct store *store)
{
    int failure;
    MDB_env *environment = open_environment(store, &failure);
    if (environment == NULL) {
        diag_error("cannot keep data in %s: %s", store->folder, mdb_strerror(failure));
        return false;
    }
    mdb_env_close(environment);
    return true;
}

static void remove_folder(const char *folder)
{
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < sizeof files / sizeof *files; i++)
        unlinkat(fd, files[i], 0);
    if (fd >= 0)
        close(fd);
    if (rmdir(folder) != 0)
        diag_error("cannot remove %s: %s", folder, strerror(errno));
}

struct store *store_create(const struct store_options *options)
{
    pthread_once(&fork_watched, watch_forks);
    struct store *store = fork_failure == 0 ? malloc(sizeof *store) : NULL;
    struct store_gates *gates = store != NULL ? make_gates() : NULL;
    if (gates == NULL) {
        free(store);
        diag_error("cannot prepare the store: %s", strerror(ENOMEM));
        return NULL;
    }
    bool temporary = options->folder == NULL;
    bool lazy = options->durability == STORE_SURVIVES_PROCESS;
    *store = (struct store){
        .folder = temporary ? temporary_folder() : given_folder(options->folder),
        .temporary = temporary,
        .gates = gates,
        .flags = lazy ? MDB_NOTLS | MDB_NOSYNC : MDB_NOTLS,
        .readers = (unsigned)options->readers + SPARE_READERS,
        .map_bytes = options->map_bytes > 0 ? options->map_bytes : default_map_bytes,
    };
    if (store->folder != NULL && (temporary || is_usable(store)))
        return store;
    store_destroy(store);
    return NULL;
}

void store_destroy(struct store *store)
{
    if (store == NULL)
        return;
    if (atomic_load(&store->generation) == atomic_load(&generation))
        mdb_env_close(store->environment);
    if (store->temporary && store->folder != NULL)
        remove_folder(store->folder);
    munmap(store->gates, sizeof *store->gates);
    free(store->folder);
    free(store);
}
