/* SPDX-License-Identifier: MIT */
/* Accounts in a directory: found by a search, proven by a bind or by their stored secrets. */
#ifndef BACKEND_BACKEND_LDAP_H
#define BACKEND_BACKEND_LDAP_H

#include "backend/ldap_state.h"

enum backend_ldap_verify { BACKEND_LDAP_BIND, BACKEND_LDAP_HASH };
enum backend_ldap_scope { BACKEND_LDAP_SUB, BACKEND_LDAP_ONE, BACKEND_LDAP_BASE };
/* Who the service is to the directory. */
enum backend_ldap_service { BACKEND_LDAP_SIMPLE, BACKEND_LDAP_EXTERNAL, BACKEND_LDAP_GSSAPI };
/* The name an account binds with. */
enum backend_ldap_bind_as {
	BACKEND_LDAP_AS_DN,
	BACKEND_LDAP_AS_UPN,   /* userPrincipalName of the entry (AD), the DN where it has none */
	BACKEND_LDAP_AS_DOMAIN /* `domain`\sAMAccountName (AD) */
};

/* As configured; borrowed, and must outlive the backend. Texts are never null; "" is unset. */
struct backend_ldap_settings {
	const char *label;
	const char *const *uris; /* the preferred one first: ldap://, ldaps:// or ldapi:// */
	size_t uri_count;	 /* at least 1 */
	bool starttls;		 /* for the ldap:// ones; never goes on without */
	bool tls_verify;	 /* the server's certificate and its name */
	const char *tls_ca_file; /* "": the system's */
	const char *tls_cert_file, *tls_key_file;
	enum backend_ldap_service service;
	const char *bind_dn; /* "" with SIMPLE: anonymous */
	const char *bind_password_file;
	const char *base;
	enum backend_ldap_scope scope;
	const char
	    *filter; /* %u local part, %d domain, %n whole name, %% percent; values escaped */
	enum ldap_state_dialect dialect;
	enum backend_ldap_verify verify;
	enum backend_ldap_bind_as bind_as;
	const char *domain; /* with AS_DOMAIN */
	const char *
	    name_attribute; /* whose value is the canonical name; "": the name that was looked up */
	const char *policy_dn; /* default pwdPolicy (OpenLDAP); "": none, or found by the dialect */
	const struct ldap_state_map *maps; /* LDAP_STATE_FACTS of them */
	unsigned threads;		   /* each has a connection to search, and one to bind */
	unsigned connect_timeout_ms;	   /* TCP, TLS and the service's bind */
	unsigned timeout_ms;		   /* one question, from its first octet on */
	unsigned total_timeout_ms;	   /* all of one login */
};

/* Connects to nothing yet. Null without memory, or if a secret file cannot be read: then it is
 * logged. */
struct backend *backend_ldap_open(const struct backend_ldap_settings *settings);

/* Whether the service's password can be read: false with "path: what" appended to `fault`. */
bool backend_ldap_check(const struct backend_ldap_settings *settings, struct buf *fault);

#endif
