#include "resp_line.h"

const struct resp_limits resp_default_limits = {
    .line_bytes = 64 << 10,
    .elements = INT32_MAX,
    .arguments = INT32_MAX,
    .bulk_bytes = 512 << 20,
    .message_bytes = 1 << 30,
};

bool resp_integer(const char *text, size_t length, int64_t *value)
{
    enum { MOST_DIGITS = 19 }; /* of an int64; as many nines still fit into a uint64 */
    bool negative = length > 0 && text[0] == '-';
    size_t first = negative ? 1 : 0;
    if (length == first || length - first > MOST_DIGITS)
        return false;
    if (text[first] == '0' && length > 1)
        return false;
    uint64_t magnitude = 0;
    for (size_t i = first; i < length; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *value = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}
