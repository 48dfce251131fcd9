/* SPDX-License-Identifier: MIT */
/* A buf is text on its way out: the caller's storage, a hard ceiling, a sticky failure bit. */
#include "base/buf.h"

#include <string.h>

void buf_put_span(struct buf *out, struct span text)
{
	if (out->failed || text.len > out->cap - out->len) {
		out->failed = true;
		return;
	}
	if (text.len)
		memcpy(out->at + out->len, text.at, text.len);
	out->len += text.len;
}

void buf_put_char(struct buf *out, char c)
{
	buf_put_span(out, (struct span){&c, 1});
}

void buf_put_text(struct buf *out, const char *text)
{
	buf_put_span(out, span_of(text));
}

void buf_put_padded(struct buf *out, uint64_t number, unsigned width)
{
	char digits[32];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (at > 0 && sizeof(digits) - at < width)
		digits[--at] = '0';
	buf_put_span(out, (struct span){digits + at, sizeof(digits) - at});
}

void buf_put_number(struct buf *out, uint64_t number)
{
	buf_put_padded(out, number, 1);
}

void buf_put_hex(struct buf *out, const unsigned char *octets, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		char pair[2] = {digits[octets[i] >> 4], digits[octets[i] & 15]};

		buf_put_span(out, (struct span){pair, sizeof(pair)});
	}
}

static char printable(char c)
{
	return (c < 0x20 || c > 0x7e) ? '?' : c;
}

void buf_put_printable(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_put_char(out, printable(text.at[i]));
}

void buf_put_foreign(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_put_char(out, text.at[i] == ',' ? ';' : printable(text.at[i]));
}

void buf_put_escaped(struct buf *out, struct span text)
{
	static const char plain[] = {'\001', '\t', '\n', '\r', '\0'};
	static const char coded[] = {'1', 't', 'n', 'r', '0'};

	for (size_t i = 0; i < text.len; i++) {
		const char *hit = memchr(plain, text.at[i], sizeof(plain));

		if (hit) {
			buf_put_char(out, '\001');
			buf_put_char(out, coded[hit - plain]);
		} else {
			buf_put_char(out, text.at[i]);
		}
	}
}

struct span buf_span(const struct buf *out)
{
	return (struct span){out->at, out->len};
}

void buf_drop(struct buf *out, size_t count)
{
	if (count > out->len)
		count = out->len;
	memmove(out->at, out->at + count, out->len - count);
	out->len -= count;
}

void buf_wipe(struct buf *out)
{
	volatile char *at = out->at;

	for (size_t i = 0; i < out->cap; i++)
		at[i] = 0;
	out->len = 0;
	out->failed = false;
}
