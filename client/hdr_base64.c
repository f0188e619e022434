#include "hdr_base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hdr_base64_encode(const uint8_t *from, size_t bytes, char *to)
{
    for (size_t i = 0; i < bytes; i += 3) {
        size_t group = bytes - i < 3 ? bytes - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < group ? from[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            *to++ = k <= group ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
}

/* The value of a digit, or 64. */
static uint32_t digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

bool hdr_base64_decode(const char *from, size_t length, uint8_t *to, size_t *bytes)
{
    if (length % 4 != 0)
        return false;
    *bytes = 0;
    for (size_t i = 0; i < length; i += 4) {
        size_t padding = 0;
        if (i + 4 == length)
            padding = from[i + 3] != '=' ? 0 : from[i + 2] != '=' ? 1 : 2;
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) {
            uint32_t value = k < 4 - padding ? digit_value(from[i + k]) : 0;
            if (value > 63)
                return false;
            bits = bits << 6 | value;
        }
        if ((bits & ((1u << 8 * padding) - 1)) != 0)
            return false; /* bits that belong to no byte */
        for (size_t k = 0; k < 3 - padding; k++)
            to[(*bytes)++] = (uint8_t)(bits >> (16 - 8 * k));
    }
    return true;
}
