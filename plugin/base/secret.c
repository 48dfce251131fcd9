/* SPDX-License-Identifier: MIT */
/* A secret is a password on the heap: length-counted, wiped before it is freed, never printed. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

bool secret_init(struct secret *secret, struct span text)
{
	*secret = (struct secret){malloc(text.len + 1), 0};
	if (!secret->at)
		return false;
	if (text.len)
		memcpy(secret->at, text.at, text.len);
	secret->at[text.len] = 0;
	secret->len = text.len;
	return true;
}

void secret_wipe(struct secret *secret)
{
	if (secret->at)
		explicit_bzero(secret->at, secret->len);
	free(secret->at);
	*secret = (struct secret){NULL, 0};
}

void secret_wipe_octets(void *at, size_t len)
{
	if (at)
		explicit_bzero(at, len);
}

struct span secret_span(const struct secret *secret)
{
	return (struct span){(const char *)secret->at, secret->len};
}
