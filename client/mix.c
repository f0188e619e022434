#include "mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mix_kind {
    char *name;
    struct request *request;
    uint64_t below; /* its weight and those of the kinds before it */
};

static bool add_kind(struct mix *m, const struct mix_part *part, char error[REQUEST_ERROR_BYTES])
{
    uint64_t before = m->count > 0 ? m->kinds[m->count - 1].below : 0;
    struct mix_kind *kind = &m->kinds[m->count++];
    *kind = (struct mix_kind){.name = strdup(part->name), .below = before + (uint64_t)part->weight};
    if (kind->name == NULL)
        return false; /* mix_new has said so already */
    kind->request = request_new(part->argc, part->argv, error);
    return kind->request != NULL;
}

struct mix *mix_new(const struct mix_part *parts, size_t count, char error[REQUEST_ERROR_BYTES])
{
    snprintf(error, REQUEST_ERROR_BYTES, "out of memory");
    struct mix *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->kinds = calloc(count, sizeof *m->kinds);
    bool good = m->kinds != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = add_kind(m, &parts[i], error);
    if (good)
        return m;
    mix_free(m);
    return NULL;
}

void mix_free(struct mix *m)
{
    if (m == NULL)
        return;
    for (uint32_t i = 0; i < m->count; i++) {
        free(m->kinds[i].name);
        request_free(m->kinds[i].request);
    }
    free(m->kinds);
    free(m);
}

const char *mix_name(const struct mix *m, uint32_t kind)
{
    return m->kinds[kind].name;
}

double mix_weight_share(const struct mix *m, uint32_t kind)
{
    uint64_t before = kind > 0 ? m->kinds[kind - 1].below : 0;
    return (double)(m->kinds[kind].below - before) / (double)m->kinds[m->count - 1].below;
}

const struct request *mix_request(const struct mix *m, uint32_t kind)
{
    return m->kinds[kind].request;
}

const char *mix_counter(const struct mix *m)
{
    const char *only = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct request *request = m->kinds[i].request;
        const char *key = request_counter(request);
        if (key == NULL && !request_reads_only(request))
            return NULL;
        if (key != NULL && only != NULL && strcmp(key, only) != 0)
            return NULL;
        only = key != NULL ? key : only;
    }
    return only;
}

uint32_t mix_draw_kind(const struct mix *m, struct draw_point at)
{
    uint64_t number = draw_below(draw_bits(at, MIX_SLOT), m->kinds[m->count - 1].below);
    uint32_t kind = 0;
    while (number >= m->kinds[kind].below)
        kind++;
    return kind;
}

/* Other bytes than those of printable ASCII as \xHH. */
static void put_printable(FILE *file, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= ' ' && *text <= '~')
            fputc(*text, file);
        else
            fprintf(file, "\\x%02x", (unsigned char)*text);
}

char *mix_text(const struct mix_part *parts, size_t count)
{
    char *text = NULL;
    size_t bytes;
    int64_t weights = 0;
    FILE *file = open_memstream(&text, &bytes);
    if (file == NULL)
        return NULL;
    for (int i = 0; count == 1 && i < parts[0].argc; i++) {
        fputs(i > 0 ? " " : "", file);
        put_printable(file, parts[0].argv[i]);
    }
    for (size_t i = 0; i < count; i++)
        weights += parts[i].weight;
    for (size_t i = 0; count > 1 && i < count; i++)
        fprintf(file, "%s%s %.3g %%", i > 0 ? ", " : "", parts[i].name,
                100 * (double)parts[i].weight / (double)weights);
    if (fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}
