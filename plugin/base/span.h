/* SPDX-License-Identifier: MIT */
/* A span is borrowed text: a pointer and a length, no NUL implied. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `at` is null when the text is absent; an empty text has a non-null `at` and length 0. */
struct span {
	const char *at;
	size_t len;
};

#define SPAN_NONE ((struct span){NULL, 0})

/* Borrows a NUL-terminated text (absent for NULL). */
struct span span_of(const char *text);

/* Octet for octet; two absent spans are equal to an empty one. */
bool span_equal(struct span a, struct span b);
bool span_is(struct span a, const char *text);

/* As span_equal, with A-Z taken for a-z (ASCII only: mechanism names, keywords). */
bool span_equal_nocase(struct span a, struct span b);

/* Takes the text up to `sep` off the front of `in`, and the separator with it; without a
 * separator, all that is left. False when `in` is absent, which is how a loop ends: after the
 * last piece `in` is absent, so "a,b" gives "a", "b" and "a," gives "a", "". */
bool span_take_until(struct span *in, char sep, struct span *piece);

/* Takes a whole span as a decimal number (digits only); false if it is not one or over `max`. */
bool span_take_number(struct span text, uint64_t max, uint64_t *number);

/* Without spaces and tabs at both ends. */
struct span span_trim(struct span text);

/* True if `item` stands, whatever its case, in a list separated by commas or spaces. */
bool span_list_has(struct span list, struct span item);

/* True if every octet is printable ASCII (0x20 to 0x7e). */
bool span_printable(struct span text);

/* True if `octet` stands in the text. */
bool span_has(struct span text, char octet);

#endif
