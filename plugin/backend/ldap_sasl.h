/* SPDX-License-Identifier: MIT */
/* The service's own bind by GSSAPI. */
#ifndef BACKEND_LDAP_SASL_H
#define BACKEND_LDAP_SASL_H

#include "backend/ldap_handle.h"

/* Has libsasl2 load its client mechanisms: before there are threads, because a daemon's libsasl2
 * has no locks. False if GSSAPI is none of them. */
bool ldap_sasl_prepare(void);

/* Binds with the credentials that libkrb5 finds (KRB5CCNAME, or the keytab KRB5_CLIENT_KTNAME).
 * What libkrb5 asks of a KDC has libkrb5's time-outs. The result code, or -1 and `fault` if there
 * was no answer. */
int ldap_sasl_gssapi(struct ldap_handle *handle, uint64_t due, struct ldap_fault *fault);

#endif
