/* SPDX-License-Identifier: MIT */
/* The state of an account in 389 Directory Server, and in FreeIPA, which is built on it. Pure. */
#include "backend/ldap_state_389ds.h"

#include "backend/ldap_state_value.h"

#define NO_TIME	       0 /* ldap/servers/slapd/slap.h: a reset password, a lock without end */
#define NOT_FIRST_TIME 1

static void fill_lock(const struct ldap_state_entry *entry, const struct ldap_state_policy *policy,
		      int64_t now, struct backend_record *record)
{
	int64_t until, failures;

	if (!ldap_state_value_time(entry, "accountUnlockTime", record, &until) ||
	    policy->no_lockout || (until != NO_TIME && now >= until))
		return;
	if (ldap_state_value_integer(entry, "passwordRetryCount", record, &failures) &&
	    failures < policy->lockout_threshold)
		return;
	record->account.locked = true;
	record->account.locked_until = until;
}

static void fill_expiry(const struct ldap_state_entry *entry,
			const struct ldap_state_policy *policy, struct backend_record *record)
{
	int64_t expiry;

	if (!ldap_state_value_time(entry, "passwordExpirationTime", record, &expiry))
		return;
	if (expiry == NO_TIME)
		record->account.must_change = !policy->no_must_change;
	else if (expiry != NOT_FIRST_TIME && !policy->no_expiry)
		record->account.password_expires = ldap_state_value_limit(expiry);
}

static void fill_changed(const struct ldap_state_entry *entry, const char *name,
			 struct backend_record *record)
{
	int64_t changed;

	if (ldap_state_value_time(entry, name, record, &changed))
		record->account.password_changed = ldap_state_value_changed(changed);
}

void ldap_state_389ds_fill(const struct ldap_state_entry *entry,
			   const struct ldap_state_policy *policy, int64_t now,
			   struct backend_record *record)
{
	ldap_state_value_flag(entry, "nsAccountLock", record, &record->account.disabled);
	fill_lock(entry, policy, now, record);
	fill_expiry(entry, policy, record);
	fill_changed(entry, "pwdUpdateTime", record);
}

static int64_t count_of(const struct ldap_state_entry *entry, const char *name)
{
	int64_t number;

	return ldap_state_value_integer(entry, name, NULL, &number) && number > 0 &&
		       number <= UINT32_MAX
		   ? number
		   : 0;
}

/* False only if it is said. */
static bool on(const struct ldap_state_entry *entry, const char *name)
{
	bool flag;

	return !ldap_state_value_flag(entry, name, NULL, &flag) || flag;
}

void ldap_state_389ds_policy_take(const struct ldap_state_entry *entry,
				  struct ldap_state_policy *policy)
{
	policy->no_lockout = !on(entry, "passwordLockout");
	policy->no_must_change = !on(entry, "passwordMustChange");
	policy->no_expiry = !on(entry, "passwordExp");
	policy->max_age = policy->no_expiry ? 0 : count_of(entry, "passwordMaxAge");
	policy->lockout_threshold = policy->no_lockout ? 0 : count_of(entry, "passwordMaxFailure");
	policy->lockout_duration =
	    on(entry, "passwordUnlock") ? count_of(entry, "passwordLockoutDuration") : 0;
}

static void fill_kerberos_lock(const struct ldap_state_entry *entry,
			       const struct ldap_state_policy *policy, int64_t now,
			       struct backend_record *record)
{
	int64_t failures, failed = 0, unlocked;
	bool has_failed = ldap_state_value_time(entry, "krbLastFailedAuth", record, &failed);

	if (!ldap_state_value_integer(entry, "krbLoginFailedCount", record, &failures) ||
	    policy->lockout_threshold <= 0 || failures < policy->lockout_threshold)
		return;
	if (has_failed && ldap_state_value_time(entry, "krbLastAdminUnlock", record, &unlocked) &&
	    failed <= unlocked)
		return;
	if (policy->lockout_duration > 0 && now >= failed + policy->lockout_duration)
		return;
	record->account.locked = true;
	record->account.locked_until =
	    policy->lockout_duration > 0 ? failed + policy->lockout_duration : 0;
}

void ldap_state_389ds_freeipa_fill(const struct ldap_state_entry *entry,
				   const struct ldap_state_policy *policy, int64_t now,
				   struct backend_record *record)
{
	static const struct ldap_state_policy unknown; /* `policy` is that of Kerberos */
	int64_t expiry;

	ldap_state_389ds_fill(entry, &unknown, now, record);
	fill_kerberos_lock(entry, policy, now, record);
	if (ldap_state_value_time(entry, "krbPrincipalExpiration", record, &expiry) && expiry > 0)
		record->account.expires = ldap_state_value_limit(expiry + 1);
	fill_changed(entry, "krbLastPwdChange", record);
	if (!ldap_state_value_time(entry, "krbPasswordExpiration", record, &expiry))
		return;
	record->account.password_expires = ldap_state_value_limit(expiry);
	/* Reset by somebody else: it expired when it was set. */
	if (expiry <= record->account.password_changed)
		record->account.must_change = true;
}

void ldap_state_389ds_freeipa_policy_take(const struct ldap_state_entry *entry,
					  struct ldap_state_policy *policy)
{
	policy->max_age = count_of(entry, "krbMaxPwdLife");
	policy->lockout_threshold = count_of(entry, "krbPwdMaxFailure");
	policy->lockout_duration = count_of(entry, "krbPwdLockoutDuration");
}
