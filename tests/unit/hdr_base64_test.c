/* The test vectors of RFC 4648 section 10, all bytes, and what no encoder writes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "hdr_base64.h"

Test(hdr_base64, the_vectors_of_the_standard)
{
    const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char text[16] = "";
        uint8_t back[16];
        const char *plain = vectors[i][0], *expected = vectors[i][1];
        size_t bytes = strlen(plain), back_bytes;
        cr_assert_eq(hdr_base64_length(bytes), strlen(expected));
        hdr_base64_encode((const uint8_t *)plain, bytes, text);
        cr_expect_str_eq(text, expected);
        cr_assert(hdr_base64_decode(expected, strlen(expected), back, &back_bytes));
        cr_expect(back_bytes == bytes && memcmp(back, plain, bytes) == 0);
    }
}

/* In memory of just the size that is asked for, so that a sanitizer sees a byte too much. */
Test(hdr_base64, every_length_and_every_byte_comes_back)
{
    for (size_t bytes = 0; bytes < 400; bytes++) {
        size_t length = hdr_base64_length(bytes), back_bytes;
        uint8_t *plain = malloc(bytes + 1), *back = malloc(length / 4 * 3 + 1);
        char *text = malloc(length + 1);
        for (size_t i = 0; i < bytes; i++)
            plain[i] = (uint8_t)(i * 7 + bytes);
        hdr_base64_encode(plain, bytes, text);
        cr_assert(hdr_base64_decode(text, length, back, &back_bytes));
        cr_assert(back_bytes == bytes && memcmp(plain, back, bytes) == 0);
        free(plain);
        free(back);
        free(text);
    }
}

Test(hdr_base64, other_text_is_refused)
{
    const char *const wrong[] = {
        "Z",    "Zg",       "Zg=",     "Zg==Z", "Zg==Zg==",
        "Z===", "====",     "=Zg=",    "Zm9\n", "Zm 9",
        "Zm-_", "Zm9v\xc3", "Zm9\x80", "Zh==",  /* a bit that belongs to no byte */ "Zm9=",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[16];
        size_t count;
        cr_expect_not(hdr_base64_decode(wrong[i], strlen(wrong[i]), bytes, &count), "%s", wrong[i]);
    }
}
