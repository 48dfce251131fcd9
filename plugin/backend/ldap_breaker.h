/* SPDX-License-Identifier: MIT */
/* A circuit breaker: open, nobody waits for a server that is known to be dead. Pure. */
#ifndef BACKEND_LDAP_BREAKER_H
#define BACKEND_LDAP_BREAKER_H

#include "backend/ldap_fault.h"

/* Times are ldap_clock_now()'s. All zero: closed. */
struct ldap_breaker {
	bool open;
	unsigned weight;    /* of the failures since the last success */
	unsigned wait_ms;   /* between tries, before the jitter */
	uint64_t retry_at;  /* when open: the next try */
	uint64_t closed_at; /* the last time */
};

/* Open: after LDAP_FAULT_DEAD and _REFUSED at once; after the second _CUT in a row, since one may
 * be the fault of what was asked; never after _ANSWER and _OURS. Waits grow from 0.1 s to 1.5 s,
 * from 5 s to 60 s after _REFUSED (a directory locks a service, too, that tries a wrong password
 * again and again), a quarter more or less by `random`; a server that fails again within 10 s goes
 * on with the wait that it had. True if it opened now. */
bool ldap_breaker_fail(struct ldap_breaker *breaker, enum ldap_fault_kind kind, uint64_t now,
		       unsigned random);

/* A question was answered. True if it was open. */
bool ldap_breaker_mend(struct ldap_breaker *breaker, uint64_t now);

#endif
