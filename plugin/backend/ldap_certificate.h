/* SPDX-License-Identifier: MIT */
/* How long the certificate of a directory's server is good, and a warning in time. */
#ifndef BACKEND_LDAP_CERTIFICATE_H
#define BACKEND_LDAP_CERTIFICATE_H

#include <ldap.h>
#include <stdatomic.h>
#include <stdint.h>

/* Seconds since 1970; 0: not yet. Of the server that was connected last. */
struct ldap_certificate {
	_Atomic int64_t until;
	_Atomic int64_t warned_at;
};

/* Takes note of a new connection's certificate, if it has one. Logs at `now` (seconds since 1970),
 * at most once a day, that it ends within 14 days. From any thread. */
void ldap_certificate_note(struct ldap_certificate *certificate, LDAP *ld, const char *label,
			   const char *uri, int64_t now);

/* The end of a certificate in DER (RFC 5280 4.1.2.5); 0 if it cannot be read. Pure. */
int64_t ldap_certificate_end(const unsigned char *der, size_t len);

#endif
