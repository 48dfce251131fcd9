/* SPDX-License-Identifier: MIT */
/* A circuit breaker: open, nobody waits for a server that is known to be dead. Pure. */
#include "backend/ldap_breaker.h"

#define WEIGHT_TO_OPEN 2
#define RELAPSE_MS     10000

static const struct {
	unsigned weight, first_ms, most_ms;
} kinds[] = {
    [LDAP_FAULT_OURS] = {0, 0, 0},	     [LDAP_FAULT_ANSWER] = {0, 0, 0},
    [LDAP_FAULT_CUT] = {1, 100, 1500},	     [LDAP_FAULT_DEAD] = {2, 100, 1500},
    [LDAP_FAULT_REFUSED] = {2, 5000, 60000},
};

static unsigned next_wait(const struct ldap_breaker *breaker, enum ldap_fault_kind kind,
			  uint64_t now)
{
	unsigned wait = breaker->wait_ms * 2;

	if (!breaker->open && now - breaker->closed_at > RELAPSE_MS)
		wait = 0;
	if (wait < kinds[kind].first_ms)
		wait = kinds[kind].first_ms;
	return wait < kinds[kind].most_ms ? wait : kinds[kind].most_ms;
}

bool ldap_breaker_fail(struct ldap_breaker *breaker, enum ldap_fault_kind kind, uint64_t now,
		       unsigned random)
{
	bool was_open = breaker->open;

	if (kinds[kind].weight == 0)
		return false;
	breaker->weight += kinds[kind].weight;
	if (!was_open && breaker->weight < WEIGHT_TO_OPEN)
		return false;
	breaker->wait_ms = next_wait(breaker, kind, now);
	breaker->retry_at = now + breaker->wait_ms * 3 / 4 + random % (breaker->wait_ms / 2 + 1);
	breaker->open = true;
	return !was_open;
}

bool ldap_breaker_mend(struct ldap_breaker *breaker, uint64_t now)
{
	bool was_open = breaker->open;

	breaker->open = false;
	breaker->weight = 0;
	if (was_open)
		breaker->closed_at = now;
	return was_open;
}
