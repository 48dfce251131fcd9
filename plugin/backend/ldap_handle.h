/* SPDX-License-Identifier: MIT */
/* One connection to a directory: made, asked and closed within deadlines. */
#ifndef BACKEND_LDAP_HANDLE_H
#define BACKEND_LDAP_HANDLE_H

#include "backend/backend_ldap.h"
#include "backend/ldap_fault.h"
#include "backend/ldap_wire.h"

/* Used by one thread at a time, never moved while it is open. All zero: closed. */
struct ldap_handle {
	LDAP *ld; /* null: closed */
	struct ldap_wire wire;
};

/* Once per process, before its threads: libldap's own tables, and libsasl2's for GSSAPI. False if
 * GSSAPI is wanted and libsasl2 has no mechanism of that name. */
bool ldap_handle_prepare(enum backend_ldap_service service);

/* Connects by `due`, with TLS where the settings ask for it and never without; binds as nobody.
 * False, closed and `fault` if it cannot. */
bool ldap_handle_open(struct ldap_handle *handle, const struct backend_ldap_settings *settings,
		      const char *uri, uint64_t due, struct ldap_fault *fault);

/* Waits for all of the answer to the question `msgid`, which was put with the result `asked`; the
 * caller frees it. Null and `fault` if there was none by `due`: the handle is of no use any more.
 */
LDAPMessage *ldap_handle_wait(struct ldap_handle *handle, int asked, int msgid, uint64_t due,
			      struct ldap_fault *fault);

/* Says goodbye and closes; nothing if it is closed. */
void ldap_handle_close(struct ldap_handle *handle);

/* True if both are connected to the same address. */
bool ldap_handle_same_peer(const struct ldap_handle *a, const struct ldap_handle *b);

#endif
