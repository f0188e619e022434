#include "head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "html.h"
#include "steal.h"

static void write_fact(FILE *to, const char *name, const char *text)
{
    if (*text == '\0')
        return;
    fprintf(to, "<dt>%s</dt><dd>", name);
    html_text(to, text);
    fputs("</dd>\n", to);
}

/* ---- the machine ---- */

static void write_machine(FILE *to, const json_t *machine)
{
    char text[512];
    double gib = data_number(machine, "memory_kib") / (1 << 20);
    double cpus = data_number(machine, "cpus_online");
    if (!isnan(cpus) && !isnan(gib)) {
        snprintf(text, sizeof text, "%.0f × %s, %.1f GiB", cpus, data_text(machine, "cpu"), gib);
        write_fact(to, "Machine", text);
    }
    snprintf(text, sizeof text, "%s %s", data_text(machine, "kernel"),
             data_text(machine, "architecture"));
    write_fact(to, "System", text[1] != '\0' ? text : "");
    write_fact(to, "Clock", data_text(machine, "clocksource"));
    write_fact(to, "Governor", data_text(machine, "governor"));
    write_fact(to, "Load before", data_text(machine, "load_average"));
}

/* Each limit by its name in the file, whatever they are. */
static void write_limits(FILE *to, const json_t *limits)
{
    const char *key, *separator = "";
    json_t *value;
    if (json_object_size(limits) == 0)
        return;
    fputs("<dt>Limits</dt><dd>", to);
    json_object_foreach((json_t *)limits, key, value)
    {
        if (json_is_integer(value))
            html_textf(to, "%s%s %lld", separator, key, (long long)json_integer_value(value));
        else if (json_is_string(value))
            html_textf(to, "%s%s %s", separator, key, json_string_value(value));
        else
            continue;
        separator = ", ";
    }
    fputs("</dd>\n", to);
}

static void write_build(FILE *to, const json_t *build)
{
    char text[512];
    if (build == NULL)
        return;
    snprintf(text, sizeof text, "%s, %s, commit %s", data_text(build, "type"),
             data_text(build, "compiler"), data_text(build, "commit"));
    write_fact(to, "Build", text);
}

/* Who does what, then a line for each host. */
static void write_hosts(FILE *to, const char *hosts)
{
    char line[512];
    const char *name = "Hosts";
    while (*hosts != '\0') {
        size_t length = strcspn(hosts, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1),
                 hosts);
        write_fact(to, name, line);
        name = "Host";
        hosts += length + (hosts[length] == '\n');
    }
}

static void write_options(FILE *to, const struct data *data)
{
    const json_t *o = data_at(data->document, "options");
    char text[512];
    size_t runs = json_array_size(data_at(data->document, "runs"));
    if (runs > 0 && !isnan(data_number(o, "seconds"))) { /* experiments have times of their own */
        snprintf(text, sizeof text, "%zu, in %.0f blocks%s, each %.6g s after %.2g s of warm-up",
                 runs, data_number(o, "blocks"),
                 json_is_true(data_at(o, "blocks_auto")) ? " at most" : "",
                 data_number(o, "seconds"), data_number(o, "warmup_s"));
        write_fact(to, "Runs", text);
    }
    snprintf(text, sizeof text, "server on %s, client on %s (%s)", data_text(o, "server_cpus"),
             data_text(o, "client_cpus"), data_text(o, "cpus"));
    if (*data_text(o, "hosts") != '\0')
        write_hosts(to, data_text(o, "hosts"));
    else
        write_fact(to, "CPUs", *data_text(o, "cpus") != '\0' ? text : "");
    write_fact(to, "Suite", data_text(o, "suite"));
    if (!isnan(data_number(o, "seed"))) {
        snprintf(text, sizeof text, "%.0f", data_number(o, "seed"));
        write_fact(to, "Seed", text);
    }
}

/* ---- what to bear in mind ---- */

static void caveat_of_place(FILE *to, const json_t *options)
{
    const char *server = data_text(options, "server_cpus"), *how = data_text(options, "cpus");
    if (*data_text(options, "hosts") != '\0') {
        fputs(
            "<li>Server and clients ran on several hosts, named above; machine, system and limits "
            "are those of the host that commanded them. The ledger is of the server's host, but "
            "for the client's CPU time, which is of theirs.</li>\n",
            to);
        return;
    }
    fputs("<li>Client and server talked over loopback: no network is in these figures, and whoever "
          "sends does much of the receiver's network work.</li>\n",
          to);
    if (strcmp(how, "shared") == 0)
        fputs("<li>Server and client shared CPUs: each took the other's time.</li>\n", to);
    if (*server != '\0' && strpbrk(server, ",-") == NULL)
        fputs("<li><b>The server had a single CPU</b>: threads and processes took turns on it, "
              "without parallelism. The figures show what they cost, not what they could gain on "
              "more CPUs.</li>\n",
              to);
}

static void caveat_of_validity(FILE *to, const struct data *data)
{
    size_t runs = 0, valid = 0;
    for (size_t i = 0; i < data->models * data->workloads; i++) {
        runs += data->cells[i].runs;
        valid += data->cells[i].valid;
    }
    if (runs > 0)
        fprintf(to,
                "<li>%zu of %zu runs are VALID, that is, the client vouches for what it measured. "
                "What the others gave is shown, pale or with its reason, and never ranked.</li>\n",
                valid, runs);
}

static void caveat_of_machine(FILE *to, const json_t *machine)
{
    const char *load = data_text(machine, "load_average"), *type = data_text(machine, "build.type");
    double cpus = data_number(machine, "cpus_online");
    if (*load != '\0' && strtod(load, NULL) > 0.5 * cpus)
        fprintf(to,
                "<li>The machine was not quiet when the suite began: its "
                "load was %.2f on %.0f CPUs.</li>\n",
                strtod(load, NULL), cpus);
    if ((*type != '\0' && strcmp(type, "Release") != 0) ||
        *data_text(machine, "build.sanitizers") != '\0')
        fputs("<li><b>Not a Release build</b>: its figures are for trying out only.</li>\n", to);
}

static void caveat_of_steal(FILE *to, const struct data *data)
{
    struct steal steal = {data_number(data->document, "cpu_wanted_s"),
                          data_number(data->document, "cpu_stolen_s")};
    char text[FORMAT_BYTES];
    if (*data_text(data->document, "options.hosts") == '\0' &&
        steal_percent(steal) >= STEAL_TOLD_PERCENT)
        fprintf(to,
                "<li><b>Other virtual machines took %s %% of the CPU time that this one wanted "
                "while the suite ran</b> (steal): what takes CPU time took longer, now more and "
                "now less, the CPU times of the ledger included.</li>\n",
                format_rough(text, steal_percent(steal)));
}

static void write_caveats(FILE *to, const struct data *data)
{
    fputs("<h3>To bear in mind</h3>\n<ul>\n", to);
    if (json_is_false(data_at(data->document, "complete")))
        fputs("<li class=\"warn\"><b>INCOMPLETE</b>: the suite was ended before all runs were "
              "carried out.</li>\n",
              to);
    caveat_of_place(to, data_at(data->document, "options"));
    caveat_of_validity(to, data);
    caveat_of_machine(to, data_at(data->document, "machine"));
    caveat_of_steal(to, data);
    fputs(
        "<li>Intervals are of 95 %. <i>No difference shown</i> means that the interval of a ratio "
        "holds 1, not that there is no difference. Each ratio has its interval by itself: of "
        "twenty "
        "models that are alike about one will seem to differ; ★ and ☆ are safe from that (Holm). "
        "What differs most in the ledger is where to look for a reason; it is no proof of "
        "one.</li>\n</ul>\n",
        to);
}

void head_write(FILE *to, const struct data *data)
{
    const char *started = data_text(data->document, "started_at");
    fputs("<h1>Server models compared</h1>\n<p class=\"soft\">", to);
    html_textf(to, "Measured %s", *started != '\0' ? started : "at a time that is not known");
    fputs("</p>\n<dl class=\"facts\">\n", to);
    write_machine(to, data_at(data->document, "machine"));
    write_build(to, data_at(data->document, "machine.build"));
    write_options(to, data);
    write_limits(to, data_at(data->document, "machine.limits"));
    fputs("</dl>\n", to);
    write_caveats(to, data);
}
