/* SPDX-License-Identifier: MIT */
/* Whose app passwords and counters: the account's id that never goes to somebody else. */
#ifndef ENGINE_OWNER_H
#define ENGINE_OWNER_H

#include "backend/backend.h"

/* Octets of the longest. */
#define OWNER_MAX 512

/* Appends "<backend label>:<stable id>", or where the backend has no id "<backend label>:=<name>"
 * with the name in normal form. The same account gives the same owner whatever alias led to it,
 * unless it has no id. */
void owner_put(struct buf *out, const struct backend *backend, const struct backend_record *record,
	       struct span name);

#endif
