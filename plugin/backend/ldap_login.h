/* SPDX-License-Identifier: MIT */
/* One login: the entry found, its state told, its secret judged, by whichever server answers. */
#ifndef BACKEND_LDAP_LOGIN_H
#define BACKEND_LDAP_LOGIN_H

#include "backend/ldap_plan.h"
#include "backend/ldap_policy.h"
#include "backend/ldap_pool.h"

struct ldap_login {
	const struct ldap_plan *plan;
	struct ldap_pool *pool;
	struct ldap_policy *policies;
	const struct backend_name *name;
	bool proves;	    /* the secret is to be judged by the server */
	struct span secret; /* with `proves`; never empty */
	bool judges_nobody; /* the server is put to the trouble of a bind, but of nobody known */
	struct backend_record *record;

	/* Filled by ldap_login_run(). */
	uint64_t limit; /* ldap_clock_now() by which all is done */
	struct ldap_pool_slot *slot;
	size_t server;
	enum backend_found found;
	struct ldap_state_policy policy;
	char dn[2048];	/* of the entry */
	char who[2048]; /* the name that is bound */
	/* badPwdCount and badPasswordTime as the search had them; no count where it says nothing */
	int64_t bad_count, bad_time;
	bool has_count, has_time;
};

/* Asks the servers in their order until one answers: `found` and the record, which was made empty
 * before. BACKEND_DOWN if none does in time. Blocks. */
enum backend_found ldap_login_run(struct ldap_login *login);

#endif
