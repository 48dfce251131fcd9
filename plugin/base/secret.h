/* SPDX-License-Identifier: MIT */
/* A secret is a password on the heap: length-counted, wiped before it is freed, never printed. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/span.h"

/* The log has no function that takes one. `at` is null when there is none. */
struct secret {
	unsigned char *at;
	size_t len;
};

/* Copies `text` onto the heap; false (and no secret) without memory. The caller wipes it. */
bool secret_init(struct secret *secret, struct span text);

/* Overwrites and frees it; safe on an empty one. */
void secret_wipe(struct secret *secret);

/* Overwrites `len` octets of anything that held part of a secret. */
void secret_wipe_octets(void *at, size_t len);

/* Borrowed view, for a hash function or a comparison. */
struct span secret_span(const struct secret *secret);

#endif
