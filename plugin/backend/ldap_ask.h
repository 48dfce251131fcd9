/* SPDX-License-Identifier: MIT */
/* The questions to a directory: a search, a simple bind, a change. */
#ifndef BACKEND_LDAP_ASK_H
#define BACKEND_LDAP_ASK_H

#include "backend/ldap_handle.h"

struct ldap_ask_search {
	const char *base;
	int scope; /* LDAP_SCOPE_… */
	const char *filter;
	const char *const *attributes; /* ends with NULL */
	int limit;		       /* of entries */
};

struct ldap_ask_found {
	LDAPMessage *answer; /* all of it; the caller frees it */
	LDAPMessage *entry;  /* the first entry in it, or null */
	int count;	     /* of entries; references to other servers are none */
	int code;	     /* LDAP result code */
};

/* Searches. False and `fault` if there was no answer by `due`: the handle is of no use any more. */
bool ldap_ask_search(struct ldap_handle *handle, const struct ldap_ask_search *search, uint64_t due,
		     struct ldap_ask_found *found, struct ldap_fault *fault);

/* The answer to a bind; `said.diagnostic` points into `text`. */
struct ldap_ask_bound {
	struct ldap_state_bind said;
	char text[512];
};

/* Binds as `dn` with a simple secret of any octets, with the request control of password policies
 * if `ppolicy`. An empty secret is the caller's to refuse: it would be an anonymous bind (RFC 4513
 * 5.1.2). False and `fault` as above. */
bool ldap_ask_bind(struct ldap_handle *handle, const char *dn, struct span secret, bool ppolicy,
		   uint64_t due, struct ldap_ask_bound *bound, struct ldap_fault *fault);

/* The answer to a change. */
struct ldap_ask_changed {
	int code;	/* LDAP result code */
	char text[256]; /* what the server said of it, cut to fit; ends with NUL */
};

/* Changes the entry `dn`: all of `changes` (ends with NULL) or nothing (RFC 4511 4.6). False and
 * `fault` without an answer: then it may have been done, or not. */
bool ldap_ask_change(struct ldap_handle *handle, const char *dn, LDAPMod *const *changes,
		     uint64_t due, struct ldap_ask_changed *changed, struct ldap_fault *fault);

/* Binds as the service; `secret` is that of SIMPLE. False and `fault` if it may not, too. */
bool ldap_ask_service(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
		      struct span secret, uint64_t due, struct ldap_fault *fault);

#endif
