/* SPDX-License-Identifier: MIT */
/* The last accepted password of each account, hashed, and the one before it: to know a stale one.
 */
#ifndef STORE_STALE_H
#define STORE_STALE_H

#include "base/buf.h"
#include "base/pwhash.h"

struct stale_store;

/* Opens "credentials.sqlite" (with store/apppass), DATABASE_PROCESS. One handle, one thread at a
 * time. */
struct stale_store *stale_open(const char *directory, struct buf *fault);
void stale_close(struct stale_store **store);

/* The password before the last accepted one, "{SCHEME}data" appended to `previous`, and when it was
 * replaced. False if there is none that is at most `days` old, or the store cannot tell.
 * Microseconds, on the loop. */
bool stale_find(struct stale_store *store, struct span owner, unsigned days, int64_t now,
		struct buf *previous, int64_t *changed);

/* What is remembered of an account, for `explain`: whether there is a last one, and when (0: never)
 * the one before it was replaced. */
bool stale_look(struct stale_store *store, struct span owner, bool *current, int64_t *changed);

/* That `secret` was accepted: if it is not the last one that was, it becomes that, hashed with
 * `scheme` (pwhash_make), and the last one becomes the previous one, replaced `now`. Costs up to
 * two slow hashes and a commit: for a thread. The owner's previous one goes if it is older than
 * `days`; where something is written, so does everybody's that is older than `longest` days, the
 * longest time for which any realm wants one. False if the store cannot tell. */
bool stale_accept(struct stale_store *store, struct span owner, struct span secret,
		  struct span scheme, unsigned days, unsigned longest, int64_t now);

#endif
