/* SPDX-License-Identifier: MIT */
/* A buf is text on its way out: the caller's storage, a hard ceiling, a sticky failure bit. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

/* Append freely and look at `failed` once: what did not fit is left out whole and everything
 * after it too. The storage belongs to whoever made it. */
struct buf {
	char *at;
	size_t len;
	size_t cap;
	bool failed;
};

#define BUF_ON(storage) ((struct buf){(storage), 0, sizeof(storage), false})

void buf_put_char(struct buf *out, char c);
void buf_put_span(struct buf *out, struct span text);
void buf_put_text(struct buf *out, const char *text);

/* In decimal. */
void buf_put_number(struct buf *out, uint64_t number);

/* In decimal with leading zeros up to `width` digits. */
void buf_put_padded(struct buf *out, uint64_t number, unsigned width);

/* Lower-case hexadecimal, two digits an octet. */
void buf_put_hex(struct buf *out, const unsigned char *octets, size_t count);

/* Each octet that is not printable ASCII becomes '?', so that no text can end a line. */
void buf_put_printable(struct buf *out, struct span text);

/* The same for text that is data, not prose: a comma becomes ';' too, so that it cannot pass for
 * the end of a field in a log or a list. */
void buf_put_foreign(struct buf *out, struct span text);

/* The tab-separated protocols' escaping (Dovecot: doc "Authentication Protocol"): SOH, TAB, LF,
 * CR and NUL become SOH and a character. */
void buf_put_escaped(struct buf *out, struct span text);

/* What stands in it; the span is valid until the buf changes. */
struct span buf_span(const struct buf *out);

/* Removes the first `count` octets (all, if there are fewer). */
void buf_drop(struct buf *out, size_t count);

/* Overwrites the whole storage, so that no secret stays, and empties the buf. */
void buf_wipe(struct buf *out);

#endif
