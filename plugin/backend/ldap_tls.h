/* SPDX-License-Identifier: MIT */
/* What TLS needs, read from its files once and not for every connection. */
#ifndef BACKEND_LDAP_TLS_H
#define BACKEND_LDAP_TLS_H

#include <ldap.h>

#include "backend/backend_ldap.h"

/* Sets up the handle for a handshake as the settings have it: certificates checked, TLS 1.2 or
 * later. The files are read again when they have changed. What was read stays until the process
 * ends, because libldap has no way to give it back; libldap with GnuTLS loses memory, too, each
 * time that it reads a client's certificate. False if the files cannot be used. */
bool ldap_tls_apply(LDAP *ld, const struct backend_ldap_settings *settings);

#endif
