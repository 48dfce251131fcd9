/* SPDX-License-Identifier: MIT */
/* The app passwords that stand in the account's entry of a directory: which one is meant, what may
 * be added. */
#ifndef FACE_ADMIN_ENTRY_H
#define FACE_ADMIN_ENTRY_H

#include "engine/ledger.h"
#include "engine/survey.h"

/* Whether the backend itself keeps one with this label (absent: any), which only it can change. */
bool admin_entry_keeps(const struct backend_record *record, struct span label);

/* The one that `which` names, as apppass_store_revoke() has it: `app`, and its `value` in the
 * record. Ends with DONE, ABSENT or AMBIGUOUS. */
enum apppass_end admin_entry_find(const struct backend_record *record, struct span which,
				  int64_t now, struct apppass *app, struct span *value);

/* Whether one may have this label besides the one with the id `besides` ("": a new one): DONE or
 * TAKEN. */
enum apppass_end admin_entry_admits(const struct backend_record *record, struct span label,
				    const char *besides, int64_t now);

/* Whether a lookup still has room for one more value of `len` octets: DONE, or FULL. `old` is
 * absent, or the value whose place it takes: of the one that ended first. */
enum apppass_end admin_entry_make_room(const struct backend_record *record, size_t len, int64_t now,
				       struct span *old);

#endif
