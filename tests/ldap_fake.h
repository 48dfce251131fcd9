/* SPDX-License-Identifier: MIT */
/* An LDAP server that misbehaves, and one that counts failures as Active Directory does: for tests.
 */
#ifndef TESTS_LDAP_FAKE_H
#define TESTS_LDAP_FAKE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum ldap_fake_mode {
	LDAP_FAKE_FINE,
	LDAP_FAKE_SILENT,  /* takes connections and requests, and says nothing */
	LDAP_FAKE_DRIP,	   /* its answers one octet per second */
	LDAP_FAKE_HALF,	   /* half of an answer, and the connection ends */
	LDAP_FAKE_HANG,	   /* half of an answer, and then nothing */
	LDAP_FAKE_SHUT,	   /* ends each connection at its first request */
	LDAP_FAKE_ONCE,	   /* ends each connection behind an answer */
	LDAP_FAKE_NOTICE,  /* the same, with a Notice of Disconnection */
	LDAP_FAKE_GARBAGE, /* octets that are no LDAP */
	LDAP_FAKE_SEARCH,  /* answers `code` to searches */
	LDAP_FAKE_BIND,	   /* answers `code` to binds with a password */
	LDAP_FAKE_ACCOUNT, /* answers `code` to binds as one of `entries`, 49 to others */
	LDAP_FAKE_OPEN,	   /* grants every bind */
	LDAP_FAKE_CHANGE,  /* answers `code` to changes of an entry, in other modes success */
	LDAP_FAKE_FORGET,  /* says nothing to changes */
	LDAP_FAKE_LEAVE,   /* ends each connection at a change */
};

#define LDAP_FAKE_ATTRIBUTES 8

struct ldap_fake_entry {
	const char *dn;
	const char *name; /* a search finds it if its request has these octets; null: by `dn` */
	const char *attributes[LDAP_FAKE_ATTRIBUTES][2];
	const char *right, *old; /* passwords */
	/* badPwdCount and badPasswordTime, as AD counts: not for `old`. Below 0: it has none. */
	_Atomic int bad_count;
	_Atomic int bad_time;
};

struct ldap_fake {
	int port;
	char uri[64];
	struct ldap_fake_entry *entries;
	size_t entry_count;
	_Atomic enum ldap_fake_mode mode;
	_Atomic int code;
	const char *text;    /* diagnostic message of refused binds; may be null */
	_Atomic bool frozen; /* counts nothing */
	_Atomic int searches, binds, changes, connections;
	_Atomic int most; /* connections at one time */

	struct connection *served;
	int listener;
	_Atomic bool ending;
	_Atomic int threads;
	pthread_t thread;
};

/* Fields up to `frozen` are set but for port and uri. Listens on a free port of loopback, or on
 * `port` if that is not 0. Aborts if it cannot. */
void ldap_fake_start(struct ldap_fake *fake);

/* Ends it, with all connections: from now on they are refused. */
void ldap_fake_stop(struct ldap_fake *fake);

#endif
