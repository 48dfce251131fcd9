/* SPDX-License-Identifier: MIT */
/* A span is borrowed text: a pointer and a length, no NUL implied. */
#include "base/span.h"

#include <string.h>

struct span span_of(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool span_is(struct span a, const char *text)
{
	return span_equal(a, span_of(text));
}

static char lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

bool span_take_until(struct span *in, char sep, struct span *piece)
{
	const char *end;

	if (!in->at)
		return false;
	end = in->len ? memchr(in->at, sep, in->len) : NULL;
	if (!end) {
		*piece = *in;
		*in = SPAN_NONE;
		return true;
	}
	*piece = (struct span){in->at, (size_t)(end - in->at)};
	in->len -= piece->len + 1;
	in->at = end + 1;
	return true;
}

bool span_take_number(struct span text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)(unsigned char)text.at[i] - '0';

		if (digit > 9 || n > (max - digit) / 10 || digit > max)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

struct span span_trim(struct span text)
{
	while (text.len && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

bool span_list_has(struct span list, struct span item)
{
	size_t start = 0;

	for (size_t i = 0; i <= list.len; i++) {
		if (i < list.len && list.at[i] != ',' && list.at[i] != ' ')
			continue;
		if (i > start &&
		    span_equal_nocase((struct span){list.at + start, i - start}, item))
			return true;
		start = i + 1;
	}
	return false;
}

bool span_printable(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 0x20 || text.at[i] > 0x7e)
			return false;
	return true;
}

bool span_has(struct span text, char octet)
{
	return text.len && memchr(text.at, octet, text.len) != NULL;
}
