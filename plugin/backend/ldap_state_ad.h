/* SPDX-License-Identifier: MIT */
/* The state of an account in Active Directory, and in Samba's. Pure. */
#ifndef BACKEND_LDAP_STATE_AD_H
#define BACKEND_LDAP_STATE_AD_H

#include "backend/ldap_state.h"

/* As [MS-ADTS] 3.1.1.4.5.17 has it and Samba computes it (dsdb/samdb/ldb_modules/operational.c):
 *   userAccountControl                    ACCOUNTDISABLE; DONT_EXPIRE_PASSWD, SMARTCARD_REQUIRED:
 *                                         the password never expires; LOCKOUT, PASSWORD_EXPIRED
 *   msDS-User-Account-Control-Computed    LOCKOUT, PASSWORD_EXPIRED: with them, the server's answer
 *                                         comes before what we compute (it knows fine-grained
 * policies) lockoutTime                           locked from then on, for lockoutDuration (0: for
 * ever) pwdLastSet                            0: must change; else + maxPwdAge the password is
 * expired msDS-UserPasswordExpiryTimeComputed   the same, computed by the server accountExpires 0
 * and 2^63-1: never logonHours                            21 octets, bit per hour from Sunday 00:00
 * UTC, low bit first userWorkstations is not looked at: only the server knows whether it lets us
 * in. */
void ldap_state_ad_fill(const struct ldap_state_entry *entry,
			const struct ldap_state_policy *policy, int64_t now,
			struct backend_record *record);

/* The domain's object: maxPwdAge, lockoutDuration, lockoutThreshold; or the fine-grained policy
 * (PSO) that the account names in msDS-ResultantPSO: msDS-MaximumPasswordAge, and so on. A PSO that
 * cannot be read leaves it unknown whether a failure counts. */
void ldap_state_ad_policy_take(const struct ldap_state_entry *entry,
			       struct ldap_state_policy *policy);

/* Whether a wrong password of this account counts in badPwdCount where the policy has a lockout:
 * that of the built-in administrator (the RID in objectSid is 500) or of a trust may not, so that
 * a count that stays says nothing. False if the entry does not tell. */
bool ldap_state_ad_counts(const struct ldap_state_entry *entry);

#endif
