#include "svg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

/* "@12@" at the place: the text with that number; otherwise only the character. Returns where to go
 * on. */
static const char *write_kept_text(FILE *page, const char *at, const struct plot *p)
{
    char *end;
    unsigned long number = strtoul(at + 1, &end, 10);
    if (end == at + 1 || *end != '@' || number >= p->texts_count) {
        fputc('@', page);
        return at + 1;
    }
    html_text(page, p->texts[number]);
    return end + 1;
}

/* The group of one element of the plot command, which gnuplot numbers from 1 in its id and gives a
 * title that says nothing. */
static const char *write_group(FILE *page, const char *at, const struct plot *p)
{
    const char *number = strstr(at, "_plot_");
    const char *end = strstr(at, "</title>");
    size_t element = number != NULL ? strtoul(number + strlen("_plot_"), NULL, 10) : 0;
    if (end == NULL)
        return at + strlen(at);
    if (element >= 1 && element <= p->elements && p->series[element - 1] >= 0)
        fprintf(page, "<g data-series=\"%d\">", p->series[element - 1]);
    else
        fputs("<g>", page);
    return end + strlen("</title>");
}

/* A point with a text, which gnuplot would show by a script of its own. */
static const char *write_point(FILE *page, const char *at, const struct plot *p)
{
    const char *text = strchr(at, '@');
    const char *end = strstr(at, "</title>");
    if (end == NULL)
        return at + strlen(at);
    fputs("<g class=\"pt\"><title>", page);
    if (text != NULL && text < end)
        write_kept_text(page, text, p);
    fputs("</title>", page);
    return end + strlen("</title>");
}

/* Where something begins, and what is done about it. */
static const struct change {
    const char *begin, *instead, *until; /* until NULL: begin alone */
    const char *(*write)(FILE *page, const char *at, const struct plot *p);
} changes[] = {
    {"<title>plot</title>", "", NULL, NULL},
    {"<desc>", "", "</desc>", NULL},
    {"<g id=\"plot_plot_", NULL, NULL, write_group},
    {"<g onmousemove=", NULL, NULL, write_point},
    {"id=\"gnuplot_canvas\"", "", NULL, NULL},
    {"'black'", "'currentColor'", NULL, NULL},
    {"\"black\"", "\"currentColor\"", NULL, NULL},
    {"rgb(  0,   0,   0)", "currentColor", NULL, NULL},
    {"rgb(0,0,0)", "currentColor", NULL, NULL},
    {"color='white'", "color='transparent'", NULL, NULL},
    {"font-family=\"sans-serif\"", "", NULL, NULL},
    {"@", NULL, NULL, write_kept_text},
};

static const struct change *change_at(const char *at)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (strncmp(at, changes[i].begin, strlen(changes[i].begin)) == 0)
            return &changes[i];
    return NULL;
}

static const char *carry_out(const struct change *change, FILE *page, const char *at,
                             const struct plot *p)
{
    if (change->write != NULL)
        return change->write(page, at, p);
    const char *end = change->until != NULL ? strstr(at, change->until) : NULL;
    fputs(change->instead, page);
    if (change->until == NULL)
        return at + strlen(change->begin);
    return end != NULL ? end + strlen(change->until) : at + strlen(at);
}

/* One set of marks for the whole page: ids are the page's. */
static const char *pass_definitions(FILE *page, const char *at)
{
    static bool are_written;
    const char *end = strstr(at, "</defs>");
    if (end == NULL)
        return at + strlen(at);
    end += strlen("</defs>");
    if (!are_written)
        fwrite(at, 1, (size_t)(end - at), page);
    are_written = true;
    return end;
}

void svg_write(FILE *page, const char *svg, const struct plot *p, const char *description)
{
    const char *at = strstr(svg, "<svg");
    const char *body = at != NULL ? strchr(at, '>') : NULL;
    if (body == NULL)
        return;
    fprintf(page,
            "<svg class=\"plot\" viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\" role=\"img\" "
            "aria-label=\"",
            p->width, p->height, p->width * 5 / 4);
    html_text(page, description);
    fputs("\">", page);
    for (at = body + 1; *at != '\0';) {
        const struct change *change = change_at(at);
        if (strncmp(at, "<defs>", strlen("<defs>")) == 0)
            at = pass_definitions(page, at);
        else if (change != NULL)
            at = carry_out(change, page, at, p);
        else
            fputc(*at++, page);
    }
}
