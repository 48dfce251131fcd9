/* SPDX-License-Identifier: MIT */
/* The state of a shadowAccount (RFC 2307). Pure. */
#ifndef BACKEND_LDAP_STATE_RFC2307_H
#define BACKEND_LDAP_STATE_RFC2307_H

#include "backend/ldap_state.h"

/* As check_shadow() of nslcd (nslcd/pam.c); UTC days since 1970, and -1 (as good as absent) limits
 * nothing:
 *   shadowExpire                                  expired from the start of that day on
 *   shadowLastChange 0                            must change
 *   shadowLastChange + shadowMax                  the password is expired from that day on
 *   shadowLastChange + shadowMax + shadowInactive expired after that day
 * shadowMax without shadowLastChange counts from the day -1, as there. A loginShell named nologin
 * or false, whatever its folder: disabled (as passwd_state_fill() has it). */
void ldap_state_rfc2307_fill(const struct ldap_state_entry *entry, struct backend_record *record);

#endif
