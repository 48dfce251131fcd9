/* SPDX-License-Identifier: MIT */
/* The decision: attempt, account, evidence and policy to a verdict. Pure: no I/O, clock, memory. */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "core/attempt.h"
#include "core/policy.h"

enum outcome { OUTCOME_REFUSE, OUTCOME_TRY_LATER, OUTCOME_ALLOW };

/* What the texts of a reply may name. Filled from the told reason alone: nothing of the account
 * stands here unless the told reason is of the account and proven (or the policy tells it without
 * proof). Absent and 0: not known. */
struct facts {
	int64_t date; /* seconds since 1970, local (UTC offset already added) */
	unsigned minutes;
	struct span mechanism;
	struct span label;
	struct span detail;
	struct span url;
};

struct verdict {
	enum outcome outcome;
	enum reason cause; /* what was found: for the log and the incident, never for the wire */
	enum reason told;  /* what the client may be told: all that leaves us comes from this */
	bool proven;	   /* the evidence proves the told reason (or the login); else an unknown
			    * name would have been told the same, unless the policy tells all */
	/* Counts towards a lockout: a refusal that a lookup had to decide and that no secret
	 * proves. An unknown name's always does, so whatever a known one's rests on, it does too;
	 * where nobody is told anything, the right secret of an account that is barred as well, or
	 * its refusal would not be delayed as others are.
	 */
	bool counts;
	/* Counts towards the account's own, silent lock alone: its secret was found wrong, but
	 * nobody is told, since something is down. An unknown name has no such counter, and nobody
	 * sees it: else an outage would be the time to guess. */
	bool counts_entry;
	struct facts facts;
};

/* What can be decided before any lookup, from the request, the configuration and our own locks.
 * True if that settles it; `verdict` is then complete. A session calls it as soon as the name is
 * known and gets the same answer from decide() later. */
bool decide_early(const struct attempt *attempt, const struct policy *policy,
		  struct verdict *verdict);

/* The whole decision. `account` and `evidence` are not looked at where decide_early() settles it.
 * Spans in the verdict borrow from the arguments. */
void decide(const struct attempt *attempt, const struct account *account,
	    const struct evidence *evidence, const struct policy *policy, struct verdict *verdict);

#endif
