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

/* What this process has opened. It lies in memory that the kernel empties for a child
 * (MADV_WIPEONFORK): what the parent opened is the parent's, and is not even closed there. A child
 * that never asks pays nothing for this, and nobody a system call to learn who it is. All zero is a
 * mutex that nobody holds. */
struct opened {
    _Atomic(MDB_env *) environment; /* NULL: nothing yet */
    pthread_mutex_t opening;
};

struct store {
    char *folder;
    bool temporary;
    unsigned flags, readers; /* for LMDB */
    size_t map_bytes;
    struct store_gates *gates;
    struct opened *here;
};

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
    struct opened *here = store->here;
    MDB_env *environment = atomic_load_explicit(&here->environment, memory_order_acquire);
    if (environment != NULL)
        return environment;
    pthread_mutex_lock(&here->opening);
    environment = atomic_load(&here->environment);
    if (environment == NULL) {
        environment = open_environment(store, failure);
        atomic_store_explicit(&here->environment, environment, memory_order_release);
    }
    pthread_mutex_unlock(&here->opening);
    return environment;
}

static struct opened *make_room_for_opened(void)
{
    struct opened *here =
        mmap(NULL, sizeof *here, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (here == MAP_FAILED)
        return NULL;
    if (madvise(here, sizeof *here, MADV_WIPEONFORK) == 0)
        return here;
    munmap(here, sizeof *here);
    return NULL;
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
    if (gates != MAP_FAILED && gate_init(&gates->readers) == 0 && gate_init(&gates->writers) == 0)
        return gates;
    if (gates != MAP_FAILED)
        munmap(gates, sizeof *gates);
    return NULL;
}

void store_process_died(struct store *store)
{
    atomic_fetch_add(&store->gates->dead, 1);
}

/* ---- its folder ---- */

static char *temporary_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char *folder;
    if (parent == NULL || *parent == '\0')
        parent = "/tmp";
    if (asprintf(&folder, "%s/server-models-%d-XXXXXX", parent, (int)getpid()) < 0)
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
    bool temporary = options->folder == NULL;
    bool lazy = options->durability == STORE_SURVIVES_PROCESS;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->gates = make_gates()) == NULL ||
        (store->here = make_room_for_opened()) == NULL) {
        diag_error("cannot prepare the store: %s", strerror(errno));
        store_destroy(store);
        return NULL;
    }
    store->folder = temporary ? temporary_folder() : given_folder(options->folder);
    store->temporary = temporary;
    store->flags = lazy ? MDB_NOTLS | MDB_NOSYNC : MDB_NOTLS;
    store->readers = (unsigned)options->readers + SPARE_READERS;
    store->map_bytes = options->map_bytes > 0 ? options->map_bytes : default_map_bytes;
    if (store->folder != NULL && (temporary || is_usable(store)))
        return store;
    store_destroy(store);
    return NULL;
}

void store_destroy(struct store *store)
{
    if (store == NULL)
        return;
    if (store->here != NULL) {
        mdb_env_close(atomic_load(&store->here->environment)); /* does nothing for NULL */
        munmap(store->here, sizeof *store->here);
    }
    if (store->temporary && store->folder != NULL)
        remove_folder(store->folder);
    if (store->gates != NULL)
        munmap(store->gates, sizeof *store->gates);
    free(store->folder);
    free(store);
}
