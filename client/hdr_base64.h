/* hdr_base64: bytes as text, RFC 4648 section 4: padded, without line ends. Pure functions. */
#ifndef HDR_BASE64_H
#define HDR_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the text of so many bytes, without a NUL. */
static inline size_t hdr_base64_length(size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}

/* Writes hdr_base64_length(bytes) characters, and no NUL. */
void hdr_base64_encode(const uint8_t *from, size_t bytes, char *to);

/* Room for length / 4 * 3 bytes is enough. False if the text is not what hdr_base64_encode would
 * have written of any bytes. */
bool hdr_base64_decode(const char *from, size_t length, uint8_t *to, size_t *bytes);

#endif
