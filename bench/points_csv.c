#include "points_csv.h"

#include <math.h>

#include "table_csv.h"

static bool has_any(const struct suite *suite, const char *list)
{
    size_t i;
    const json_t *experiment;
    json_array_foreach(suite->experiments, i, experiment)
    {
        if (json_array_size(json_object_get(experiment, list)) > 0)
            return true;
    }
    return false;
}

bool points_csv_has_points(const struct suite *suite)
{
    return has_any(suite, "points");
}

bool points_csv_has_claims(const struct suite *suite)
{
    return has_any(suite, "claims");
}

/* A field of the line, with the comma before it. */
static void write_text(FILE *to, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    fputc(',', to);
    table_csv_quoted(to, text != NULL ? text : "");
}

static void write_number(FILE *to, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    table_csv_number(to, json_is_number(value) ? json_number_value(value) : NAN);
}

static void write_estimate(FILE *to, const json_t *estimate)
{
    static const char *const keys[] = {"value", "low", "high"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        write_number(to, estimate, keys[i]);
}

static void write_point(FILE *to, const json_t *experiment, const json_t *point)
{
    static const char *const times[] = {"p50_us", "p99_us", "mean_us", "cpu_us_per_request"};
    const char *name = json_string_value(json_object_get(experiment, "name"));
    table_csv_quoted(to, name != NULL ? name : "");
    write_text(to, point, "label");
    write_text(to, point, "model");
    write_number(to, point, "x");
    write_number(to, point, "y");
    write_number(to, point, "runs");
    write_number(to, point, "valid");
    write_number(to, point, "late");
    write_text(to, point, "verdict");
    write_estimate(to, json_object_get(point, "throughput_rps"));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        write_number(to, point, times[i]);
    write_text(to, point, "server");
    write_text(to, point, "client");
    fputc('\n', to);
}

void points_csv_write(FILE *to, const struct suite *suite)
{
    size_t e, p;
    const json_t *experiment, *point;
    fputs("experiment,label,model,x,y,runs,valid,late,verdict,rps,rps_low,rps_high,p50_us,p99_us,"
          "mean_us,server_cpu_us_per_request,server,client\n",
          to);
    json_array_foreach(suite->experiments, e, experiment)
    {
        json_array_foreach(json_object_get(experiment, "points"), p, point)
            write_point(to, experiment, point);
    }
}

static void write_claim(FILE *to, size_t number, const json_t *claim)
{
    const json_t *measured = json_object_get(claim, "measured");
    fprintf(to, "%zu", number);
    write_text(to, claim, "claim");
    write_text(to, claim, "source");
    write_text(to, claim, "published");
    write_estimate(to, measured);
    write_text(to, measured, "unit");
    write_text(to, claim, "verdict");
    write_text(to, claim, "why");
    fputc('\n', to);
}

void points_csv_write_claims(FILE *to, const struct suite *suite)
{
    size_t e, c;
    const json_t *experiment, *claim;
    fputs("number,claim,source,published,measured,measured_low,measured_high,unit,verdict,why\n",
          to);
    json_array_foreach(suite->experiments, e, experiment)
    {
        json_array_foreach(json_object_get(experiment, "claims"), c, claim)
            write_claim(to, c + 1, claim);
    }
}
