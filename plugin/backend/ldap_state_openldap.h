/* SPDX-License-Identifier: MIT */
/* The state of an account in slapd with slapo-ppolicy(5). Pure. */
#ifndef BACKEND_LDAP_STATE_OPENLDAP_H
#define BACKEND_LDAP_STATE_OPENLDAP_H

#include "backend/ldap_state.h"

/* As account_locked() and ppolicy_bind_response() of servers/slapd/overlays/ppolicy.c:
 *   pwdAccountLockedTime          locked from then on, for pwdLockoutDuration, or for ever if that
 * is 0 or the time is 000001010000Z; a time to come locks nothing yet pwdAccountTmpLockoutEnd
 * locked until then (neither of them where the policy has no pwdLockout TRUE) pwdReset TRUE must
 * change, where the policy has pwdMustChange TRUE pwdChangedTime + pwdMaxAge    the password is
 * good up to and with that second pwdStartTime                  disabled before pwdEndTime expired
 * from then on Grace logins (pwdGraceAuthNLimit) are slapd's to grant: with verify = hash nobody
 * would count them. */
void ldap_state_openldap_fill(const struct ldap_state_entry *entry,
			      const struct ldap_state_policy *policy, int64_t now,
			      struct backend_record *record);

/* An entry of class pwdPolicy: pwdMaxAge, pwdLockout, pwdLockoutDuration, pwdMaxFailure,
 * pwdMustChange. That a value is missing means its default (FALSE, 0) only if pwdAttribute, which
 * every such entry has, can be read. */
void ldap_state_openldap_policy_take(const struct ldap_state_entry *entry,
				     struct ldap_state_policy *policy);

#endif
