/* hdr_codec: a histogram as the text that tools of the HdrHistogram family write and read.
 *
 * The text is base64 of the compressed V2 encoding, whose numbers are big-endian:
 *
 *     u32 0x1c849314   u32 length of the rest   zlib stream of:
 *         u32 0x1c849313   u32 length of the counts   i32 0, a shift   i32 significant digits
 *         i64 lowest value to tell from 0   i64 highest value   f64 1.0, a scale
 *         the counts from bin 0 to the last that is filled, each in 1 to 9 bytes
 *
 * A count is a signed number with its sign in the lowest bit (zigzag), written as groups of 7 bits,
 * the lowest first, with the top bit set in all but the last; a ninth byte holds 8 bits. A negative
 * one stands for as many empty bins. The layout of the bins follows from digits, lowest and
 * highest.
 *
 * Facts of the format: EncodableHistogram, AbstractHistogram and ZigZagEncoding of the Java
 * implementation. Values are nanoseconds here, though the format does not say. */
#ifndef HDR_CODEC_H
#define HDR_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "histogram.h"

/* The text of a histogram whose count is below 2^63, to be freed; NULL when memory is short. Values
 * above HISTOGRAM_MAX_NS go into the last bin, so that the counts agree. */
char *hdr_encode(const struct histogram *h);

/* Reads such a text, of any number of digits and any range, back into *h. Values of another layout
 * are taken as the highest of their bin there. Minimum, maximum and sum are not in the format: the
 * minimum becomes the lowest value of the lowest filled bin, the maximum the highest of the
 * highest, and each value adds to the sum as the middle of its bin, rounded up. Safe with any
 * input; memory is bounded by `length`. False, *h then holds nothing of use: *reason tells what is
 * wrong with the text, so that "the histogram REASON" is a sentence, or that memory was short. */
bool hdr_decode(const char *text, size_t length, struct histogram *h, const char **reason);

#endif
