/* SPDX-License-Identifier: MIT */
/* Why a directory did not do what it was asked: for the log, and for whom to blame. */
#ifndef BACKEND_LDAP_FAULT_H
#define BACKEND_LDAP_FAULT_H

#include <ldap.h>

#include "base/log.h"
#include "base/span.h"

enum ldap_fault_kind {
	LDAP_FAULT_OURS,    /* no memory, no time left: says nothing of the server */
	LDAP_FAULT_ANSWER,  /* the server answered that it cannot serve this */
	LDAP_FAULT_CUT,	    /* the connection ended before the answer */
	LDAP_FAULT_DEAD,    /* no connection, no TLS, or no answer in time */
	LDAP_FAULT_REFUSED, /* the service's own bind was refused */
};

struct ldap_fault {
	enum ldap_fault_kind kind;
	const char *what;  /* a constant */
	const char *error; /* a constant, or the text of a code or an errno; may be null */
	size_t len;
	char diagnostic[256]; /* what the server said, `len` octets */
};

/* Of our own or of the system: `error` may be null. */
void ldap_fault_set(struct ldap_fault *fault, enum ldap_fault_kind kind, const char *what,
		    const char *error);

/* Of libldap: the text of `code`, and the handle's diagnostic message. */
void ldap_fault_take(struct ldap_fault *fault, enum ldap_fault_kind kind, const char *what,
		     LDAP *ld, int code);

/* True of a code by which a server says that it cannot serve anybody now. The rest is the matter of
 * who is asked for. */
bool ldap_fault_is_sick(int code);

/* One line "backend-ldap"; `uri` may be null. */
void ldap_fault_log(const struct ldap_fault *fault, enum log_level level, const char *label,
		    const char *uri);

#endif
