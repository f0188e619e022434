#include "labels.h"

#include <string.h>

static int series_of(const struct data *data, const char *name, size_t index)
{
    for (size_t m = 0; m < data->models; m++)
        if (strcmp(data->model_names[m], name) == 0)
            return (int)m;
    return (int)(data->models + index);
}

static void add(struct labels *labels, const struct data *data, const char *name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->names[i], name) == 0)
            return;
    if (*name == '\0' || labels->count == LABELS_MOST)
        return;
    labels->series[labels->count] = series_of(data, name, labels->count);
    labels->names[labels->count++] = name;
}

void labels_find(struct labels *labels, const struct data *data, const json_t *experiment)
{
    static const char *const lists[] = {"points", "theory"};
    labels->count = 0;
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        size_t i;
        const json_t *item;
        json_array_foreach(json_object_get(experiment, lists[l]), i, item)
            add(labels, data, data_text(item, "label"));
    }
}
