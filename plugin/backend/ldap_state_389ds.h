/* SPDX-License-Identifier: MIT */
/* The state of an account in 389 Directory Server, and in FreeIPA, which is built on it. Pure. */
#ifndef BACKEND_LDAP_STATE_389DS_H
#define BACKEND_LDAP_STATE_389DS_H

#include "backend/ldap_state.h"

/* As slapi_check_account_lock() (ldap/servers/slapd/pw.c) and need_new_pw() (pw_mgmt.c):
 *   nsAccountLock true        disabled
 *   accountUnlockTime         locked until then, if passwordRetryCount has reached the policy's
 *                             passwordMaxFailure; 19700101000000Z: for ever
 *   passwordExpirationTime    expired from then on; 19700101000000Z: must change;
 *                             19700101000001Z: nothing (the first login since has been)
 *   pwdUpdateTime             when the password changed */
void ldap_state_389ds_fill(const struct ldap_state_entry *entry,
			   const struct ldap_state_policy *policy, int64_t now,
			   struct backend_record *record);

/* cn=config, or an entry of class passwordPolicy. */
void ldap_state_389ds_policy_take(const struct ldap_state_entry *entry,
				  struct ldap_state_policy *policy);

/* What 389-DS has, and as ipalockout_preop() (daemons/ipa-slapi-plugins/ipa-lockout/ipa_lockout.c)
 * and ipapwd_pre_bind() (ipa-pwd-extop/prepost.c):
 *   krbLoginFailedCount       locked from krbPwdMaxFailure of the policy on, from krbLastFailedAuth
 *                             for krbPwdLockoutDuration (0: for ever), unless krbLastAdminUnlock is
 *                             as late as krbLastFailedAuth
 *   krbPrincipalExpiration    expired after that second
 *   krbPasswordExpiration     expired from then on
 *   krbLastPwdChange          when the password changed */
void ldap_state_389ds_freeipa_fill(const struct ldap_state_entry *entry,
				   const struct ldap_state_policy *policy, int64_t now,
				   struct backend_record *record);

/* An entry of class krbPwdPolicy. */
void ldap_state_389ds_freeipa_policy_take(const struct ldap_state_entry *entry,
					  struct ldap_state_policy *policy);

#endif
