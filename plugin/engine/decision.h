/* SPDX-License-Identifier: MIT */
/* The log line of a decision: all that the help desk needs and no secret. */
#ifndef ENGINE_DECISION_H
#define ENGINE_DECISION_H

#include "core/decide.h"
#include "engine/settings.h"

struct decision {
	const struct attempt *attempt;
	const struct verdict *verdict;
	enum proof proof;
	struct span user; /* normal form; absent if it could not be read */
	struct span id;
	const struct settings_realm *realm;
	const char *backend; /* label of the one that knows the name; null: none does */
	const char *defect;  /* what is wrong with the entry or the check; null: nothing */
	uint64_t milliseconds; /* since the first message of the attempt */
	bool overrun;          /* the answer leaves later than the realm's floor */
};

/* One line "login id=… outcome=… reason=… told=yes|no …"; a second one, a warning, where `defect`
 * says that an administrator has something to mend. */
void decision_log(const struct decision *decision);

#endif
