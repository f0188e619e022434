#include "match.h"

#include <string.h>

/* A workload without the label of its set-up, and that. */
struct setup {
    const char *name;
    size_t length;
    const char *cpus; /* "" when not known */
};

static bool has_both(const struct data *data)
{
    return strcmp(data_text(data->document, "options.cpus_wanted"), "both") == 0;
}

/* Behind a name: 0 where there is no such label. */
static size_t label_length(const char *name, const char *cpus)
{
    const char *label = strcmp(cpus, "shared") == 0 ? " (shared)" : " (apart)";
    size_t length = strlen(name), part = strlen(label);
    return length > part && strcmp(name + length - part, label) == 0 ? part : 0;
}

static struct setup setup_of(const struct data *data, size_t workload)
{
    struct setup s = {.name = data_workload_name(data, workload),
                      .cpus = data_text(data->workload_objects[workload], "cpus")};
    s.length = strlen(s.name) - (has_both(data) ? label_length(s.name, s.cpus) : 0);
    return s;
}

static bool is_same(const struct setup *a, const struct setup *b)
{
    return a->length == b->length && strncmp(a->name, b->name, a->length) == 0 &&
           strcmp(a->cpus, b->cpus) == 0;
}

size_t match_workload(const struct data *in, const struct data *of, size_t workload)
{
    struct setup wanted = setup_of(of, workload);
    bool by_name = has_both(in) == has_both(of);
    size_t w = 0;
    for (; w < in->workloads; w++) {
        struct setup there = setup_of(in, w);
        if (by_name ? strcmp(there.name, wanted.name) == 0 : is_same(&there, &wanted))
            break;
    }
    return w;
}

size_t match_model(const struct data *in, const struct data *of, size_t model)
{
    size_t m = 0;
    while (m < in->models && strcmp(in->model_names[m], of->model_names[model]) != 0)
        m++;
    return m;
}
