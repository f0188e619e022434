#include "arrivals.h"

#include <string.h>

const char *const arrivals_names[ARRIVALS] = {
    [ARRIVALS_POISSON] = "poisson",
    [ARRIVALS_CONSTANT] = "constant",
    [ARRIVALS_UNIFORM] = "uniform",
};

bool arrivals_by_name(const char *text, enum arrivals *law)
{
    for (int i = 0; i < ARRIVALS; i++) {
        if (strcmp(text, arrivals_names[i]) == 0) {
            *law = (enum arrivals)i;
            return true;
        }
    }
    return false;
}
