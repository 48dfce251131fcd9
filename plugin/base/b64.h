/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 section 4), strict: what it takes is exactly what it would write. */
#ifndef BASE_B64_H
#define BASE_B64_H

#include "base/buf.h"

/* Octets decoded from, and characters written for, `n`. */
#define B64_DECODED_MAX(n) ((n) / 4 * 3 + 3)
#define B64_ENCODED_LEN(n) (((n) + 2) / 3 * 4)

/* Appends the octets of `text` to `out`. False (and `out` as it was) for anything that is not
 * canonical base64: a foreign character, white space, missing or inner padding, stray bits in the
 * last character; or if they do not fit. An empty text is no octets. Takes the same time for all
 * texts of one length. */
bool b64_decode(struct span text, struct buf *out);

/* The same without padding and with '.' for '+' ("adapted base64": passlib, OpenLDAP's PBKDF2);
 * padding and '+' are taken too. */
bool b64_decode_adapted(struct span text, struct buf *out);

/* Appends `octets` as base64 with padding. */
void b64_put(struct buf *out, struct span octets);

/* Appends them as adapted base64. */
void b64_put_adapted(struct buf *out, struct span octets);

/* Appends the octets of hexadecimal digits of either case; as strict. */
bool b64_decode_hex(struct span text, struct buf *out);

#endif
