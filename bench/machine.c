#include "machine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"

/* The first line of a file, or of those lines the first that begins with `key`, from behind its
 * ':'. Null when there is none. */
static json_t *line_of(const char *path, const char *key)
{
    char line[512];
    json_t *text = NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return json_null();
    while (text == NULL && fgets(line, sizeof line, file) != NULL) {
        const char *value = line;
        if (key != NULL) {
            value = strncmp(line, key, strlen(key)) == 0 ? strchr(line, ':') : NULL;
            if (value == NULL)
                continue;
            value++;
        }
        value += strspn(value, " \t");
        text = json_stringn(value, strcspn(value, "\r\n"));
    }
    fclose(file);
    return text != NULL ? text : json_null();
}

static json_t *number_of(const char *path, const char *key)
{
    json_t *text = line_of(path, key);
    const char *digits = json_string_value(text);
    json_t *number = digits != NULL ? json_integer(atoll(digits)) : json_null();
    json_decref(text);
    return number;
}

static json_t *limit(__rlimit_resource_t resource)
{
    struct rlimit r;
    if (getrlimit(resource, &r) != 0)
        return json_null();
    return r.rlim_cur == RLIM_INFINITY ? json_string("unlimited")
                                       : json_integer((json_int_t)r.rlim_cur);
}

/* What git prints about the source tree. False where there is no git or no repository. */
static bool ask_git(const char *const argv[], char *text, size_t bytes)
{
    char error[PROCESS_TEXT_BYTES];
    return process_capture(argv, clock_now_ns() + 5 * CLOCK_S, text, bytes, error);
}

/* The commit, with "-dirty" behind it if tracked files differ from it. Not by `describe --dirty`,
 * which locks the index: a Ctrl-C at that moment would leave the lock in the user's repository. */
static json_t *commit(void)
{
    static const char *const describe[] = {"git", "-C", BENCH_FOLDER, "describe", "--always", NULL};
    static const char *const status[] = {
        "git",         "--no-optional-locks",  "-C", BENCH_FOLDER, "status",
        "--porcelain", "--untracked-files=no", NULL};
    char name[256], changes[256] = "";
    if (!ask_git(describe, name, sizeof name))
        return json_string("unknown");
    name[strcspn(name, "\n")] = '\0';
    bool clean = ask_git(status, changes, sizeof changes) && changes[0] == '\0';
    return json_sprintf("%s%s", name, clean ? "" : "-dirty");
}

static json_t *limits(void)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "nofile", limit(RLIMIT_NOFILE), "nproc",
                     limit(RLIMIT_NPROC), "somaxconn",
                     number_of("/proc/sys/net/core/somaxconn", NULL), "tcp_max_syn_backlog",
                     number_of("/proc/sys/net/ipv4/tcp_max_syn_backlog", NULL),
                     "ip_local_port_range", line_of("/proc/sys/net/ipv4/ip_local_port_range", NULL),
                     "tcp_tw_reuse", number_of("/proc/sys/net/ipv4/tcp_tw_reuse", NULL));
}

static json_t *build(void)
{
    return json_pack("{s:s, s:s, s:s, s:o}", "compiler", BENCH_COMPILER, "type", BENCH_BUILD_TYPE,
                     "sanitizers", BENCH_SANITIZERS, "commit", commit());
}

json_t *machine_facts(void)
{
    struct utsname name;
    json_t *kernel = uname(&name) == 0 ? json_sprintf("%s %s", name.sysname, name.release) : NULL;
    return json_pack(
        "{s:o, s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "cpu",
        line_of("/proc/cpuinfo", "model name"), "cpus_online", (int)sysconf(_SC_NPROCESSORS_ONLN),
        "kernel", kernel != NULL ? kernel : json_null(), "architecture",
        kernel != NULL ? name.machine : "unknown", "memory_kib",
        number_of("/proc/meminfo", "MemTotal"), "governor",
        line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL), "clocksource",
        line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource", NULL),
        "load_average", line_of("/proc/loadavg", NULL), "limits", limits(), "build", build());
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "unknown";
}

void machine_describe(const json_t *facts, FILE *to)
{
    const json_t *built = json_object_get(facts, "build");
    json_int_t kib = json_integer_value(json_object_get(facts, "memory_kib"));
    fprintf(to, "Machine: %lld x %s, %.1f GiB, %s\n",
            (long long)json_integer_value(json_object_get(facts, "cpus_online")),
            text_at(facts, "cpu"), (double)kib / (1 << 20), text_at(facts, "kernel"));
    fprintf(to, "Build:   %s, %s, commit %s\n", text_at(built, "type"), text_at(built, "compiler"),
            text_at(built, "commit"));
    if (strcmp(text_at(built, "type"), "Release") != 0 || *text_at(built, "sanitizers") != '\0')
        fprintf(to, "         not a Release build: its figures are for trying out only\n");
}
