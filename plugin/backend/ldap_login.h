/* SPDX-License-Identifier: MIT */
/* One login: the entry found, its state told, its secret judged, by whichever server answers. */
#ifndef BACKEND_LDAP_LOGIN_H
#define BACKEND_LDAP_LOGIN_H

#include "backend/ldap_ask.h"
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
	/* What was asked may have been done: no other server is asked. */
	bool final;
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

/* The same with a question of the caller's: attempt() puts it to login->server, fills `found`, or
 * returns false and `fault`. The record is not looked at. */
typedef bool ldap_login_attempt(struct ldap_login *login, struct ldap_fault *fault);
enum backend_found ldap_login_ask(struct ldap_login *login, ldap_login_attempt *attempt);

/* For an attempt: the search for the name's entry. The connection that it was answered on, bound as
 * the service; the caller frees found->answer. Null and `fault` if there is no answer. */
struct ldap_pool_link *ldap_login_search(struct ldap_login *login, const char *const *attributes,
					 struct ldap_ask_found *found, struct ldap_fault *fault);

/* ldap_clock_now() by which one question of an attempt must be answered. */
uint64_t ldap_login_due(const struct ldap_login *login);

#endif
