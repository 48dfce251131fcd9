/* SPDX-License-Identifier: MIT */
/* A directory backend under test: settings to begin with, one login, the lines that it logged. */
#ifndef TESTS_LDAP_CASE_H
#define TESTS_LDAP_CASE_H

#include "backend/backend_ldap.h"

struct ldap_case {
	struct backend_ldap_settings settings;
	const char *uris[4];
	struct backend *backend;
	struct backend_record record;
};

/* Settings of a service that binds with the password in `secret` (null: anonymous) and has `base`,
 * "(uid=%u)", verify = bind, 4 threads, and time limits of 1, 1 and 3 s. Opens nothing. */
void ldap_case_init(struct ldap_case *it, const char *uri, const char *base, const char *service,
		    const char *secret);

/* Aborts if it cannot; closes what was open. */
void ldap_case_open(struct ldap_case *it);
void ldap_case_close(struct ldap_case *it);

/* One login of local@example.org: prove() where there is one and a secret, else lookup(). */
enum backend_found ldap_case_ask(struct ldap_case *it, const char *local, const char *secret);
enum backend_found ldap_case_login(struct backend *backend, struct span local, struct span secret,
				   struct backend_record *record);

/* Milliseconds of a clock that nobody sets, and how long to wait for. */
int64_t ldap_case_now(void);
void ldap_case_sleep(int ms);

/* The log goes to a file from now on; then its lines with `text`, since the last call of _forget().
 */
void ldap_case_log_open(void);
void ldap_case_log_forget(void);
int ldap_case_logged(const char *text);

#endif
