#include <math.h>

#include "ledger.h"

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *entry_json(const struct ledger_entry *entry)
{
    return json_pack("{s:o, s:o, s:o}", "value",
                     isfinite(entry->value) ? json_real(entry->value) : json_null(), "source",
                     text_or_null(entry->source), "not_available", text_or_null(entry->why));
}

/* One number, or several with commas between them, as the server printed them. */
static json_t *accepts_json(const json_t *served)
{
    json_t *accepts = json_object_get(served, "worker_connections");
    return json_pack("{s:O?, s:s, s:o}", "value", accepts, "source", "served line", "not_available",
                     accepts == NULL ? json_string("the server has no fixed workers")
                                     : json_null());
}

json_t *ledger_json(const struct ledger *ledger, const json_t *served)
{
    json_t *object = json_object();
    bool good = true;
    for (int q = 0; q < LEDGER_QUANTITIES; q++)
        if (ledger_is_counted((enum ledger_quantity)q) == ledger->counting)
            good = json_object_set_new(object, ledger_names[q], entry_json(&ledger->entries[q])) ==
                       0 &&
                   good;
    if (!ledger->counting)
        good = json_object_set_new(object, "accepts_per_worker", accepts_json(served)) == 0 && good;
    json_t *late = ledger->end.taken ? json_real((double)ledger->late_ns / 1e3) : json_null();
    good = json_object_set_new(object, "readings_late_us", late) == 0 && good;
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

void ledger_restore(struct ledger *ledger, const json_t *json)
{
    const json_t *late = json_object_get(json, "readings_late_us");
    ledger_begin(ledger, NULL, false);
    for (int q = 0; q < LEDGER_QUANTITIES; q++) {
        const json_t *entry = json_object_get(json, ledger_names[q]);
        const json_t *value = json_object_get(entry, "value");
        if (entry != NULL)
            ledger->entries[q] = (struct ledger_entry){
                .value = json_is_number(value) ? json_number_value(value) : NAN,
                .source = json_string_value(json_object_get(entry, "source")),
                .why = json_string_value(json_object_get(entry, "not_available"))};
    }
    ledger->end.taken = json_is_number(late);
    ledger->late_ns = ledger->end.taken ? llround(json_number_value(late) * 1e3) : 0;
}
