/* SPDX-License-Identifier: MIT */
/* The state of an account in slapd with slapo-ppolicy(5). Pure. */
#include "backend/ldap_state_openldap.h"

#include "backend/ldap_state_value.h"

static void lock_until(struct account *account, int64_t until)
{
	account->locked = true;
	account->locked_until = until;
}

static void fill_lock(const struct ldap_state_entry *entry, const struct ldap_state_policy *policy,
		      int64_t now, struct backend_record *record)
{
	struct account *account = &record->account;
	int64_t since, until;

	if (policy->no_lockout)
		return;
	if (ldap_state_value_time(entry, "pwdAccountTmpLockoutEnd", record, &until) && now < until)
		lock_until(account, until);
	if (!ldap_state_value_time(entry, "pwdAccountLockedTime", record, &since) || now < since)
		return;
	/* 000001010000Z, or any other time that no lock of a server's can have. */
	if (since <= 0 || policy->lockout_duration <= 0)
		lock_until(account, 0);
	else if (now - since < policy->lockout_duration)
		lock_until(account, since + policy->lockout_duration);
}

static void fill_password(const struct ldap_state_entry *entry,
			  const struct ldap_state_policy *policy, struct backend_record *record)
{
	struct account *account = &record->account;
	int64_t changed;
	bool reset;

	if (ldap_state_value_flag(entry, "pwdReset", record, &reset))
		account->must_change = reset && !policy->no_must_change;
	if (!ldap_state_value_time(entry, "pwdChangedTime", record, &changed))
		return;
	account->password_changed = ldap_state_value_changed(changed);
	if (policy->max_age > 0)
		account->password_expires = ldap_state_value_limit(changed + policy->max_age + 1);
}

void ldap_state_openldap_fill(const struct ldap_state_entry *entry,
			      const struct ldap_state_policy *policy, int64_t now,
			      struct backend_record *record)
{
	int64_t start, end;

	fill_lock(entry, policy, now, record);
	fill_password(entry, policy, record);
	if (ldap_state_value_time(entry, "pwdStartTime", record, &start) && now < start)
		record->account.disabled = true;
	if (ldap_state_value_time(entry, "pwdEndTime", record, &end))
		record->account.expires = ldap_state_value_limit(end);
}

static int64_t seconds_of(const struct ldap_state_entry *entry, const char *name)
{
	int64_t number;

	return ldap_state_value_integer(entry, name, NULL, &number) && number > 0 &&
		       number <= INT32_MAX /* what slapd takes */
		   ? number
		   : 0;
}

void ldap_state_openldap_policy_take(const struct ldap_state_entry *entry,
				     struct ldap_state_policy *policy)
{
	bool readable = ldap_state_value_find(entry, span_of("pwdAttribute")) != NULL;
	bool lockout = !readable, must_change = !readable;

	ldap_state_value_flag(entry, "pwdLockout", NULL, &lockout);
	ldap_state_value_flag(entry, "pwdMustChange", NULL, &must_change);
	policy->max_age = seconds_of(entry, "pwdMaxAge");
	policy->lockout_duration = seconds_of(entry, "pwdLockoutDuration");
	policy->lockout_threshold = seconds_of(entry, "pwdMaxFailure");
	policy->no_lockout = !lockout;
	policy->no_must_change = !must_change;
}
