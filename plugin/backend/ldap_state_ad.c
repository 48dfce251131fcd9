/* SPDX-License-Identifier: MIT */
/* The state of an account in Active Directory, and in Samba's. Pure. */
#include "backend/ldap_state_ad.h"

#include <string.h>

#include "backend/ldap_state_hours.h"
#include "backend/ldap_state_value.h"

/* userAccountControl, [MS-ADTS] 2.2.16. */
#define UF_ACCOUNTDISABLE     INT64_C(0x000002)
#define UF_LOCKOUT	      INT64_C(0x000010)
#define UF_TRUSTS	      INT64_C(0x003800) /* of a domain, a workstation, a server */
#define UF_DONT_EXPIRE_PASSWD INT64_C(0x010000)
#define UF_SMARTCARD_REQUIRED INT64_C(0x040000)
#define UF_PASSWORD_EXPIRED   INT64_C(0x800000)

#define RID_ADMINISTRATOR 500
#define SID_HEAD	  8 /* octets before the numbers of four; the last one is the RID */

struct control {
	int64_t flags; /* of both attributes together */
	bool computed; /* msDS-User-Account-Control-Computed was there */
};

static struct control read_control(const struct ldap_state_entry *entry,
				   struct backend_record *record)
{
	struct control control = {0, false};
	int64_t flags;

	if (ldap_state_value_integer(entry, "userAccountControl", record, &flags))
		control.flags |= flags;
	if (ldap_state_value_integer(entry, "msDS-User-Account-Control-Computed", record, &flags)) {
		control.flags |= flags;
		control.computed = true;
	}
	return control;
}

static void fill_lock(const struct ldap_state_entry *entry, const struct ldap_state_policy *policy,
		      struct control control, int64_t now, struct backend_record *record)
{
	struct account *account = &record->account;
	int64_t ticks = 0, until = 0;
	bool stands = false;

	if (ldap_state_value_integer(entry, "lockoutTime", record, &ticks) && ticks > 0) {
		stands = policy->lockout_duration <= 0;
		if (!stands) {
			until = ldap_state_value_filetime(ticks) + policy->lockout_duration;
			stands = now <= until;
		}
	}
	account->locked = control.computed ? (control.flags & UF_LOCKOUT) != 0
					   : stands || (control.flags & UF_LOCKOUT) != 0;
	if (account->locked && stands)
		account->locked_until = until;
}

/* When the password expires; 0: never. `*reset`: it was never set since it was reset. */
static int64_t password_expiry(const struct ldap_state_entry *entry,
			       const struct ldap_state_policy *policy, struct control control,
			       struct backend_record *record, bool *reset)
{
	int64_t set = -1, expiry;

	if (ldap_state_value_integer(entry, "pwdLastSet", record, &set) && set > 0)
		record->account.password_changed =
		    ldap_state_value_changed(ldap_state_value_filetime(set));
	if (control.flags & (UF_DONT_EXPIRE_PASSWD | UF_SMARTCARD_REQUIRED))
		return 0;
	*reset = set == 0;
	if (*reset)
		return 0;
	if (ldap_state_value_integer(entry, "msDS-UserPasswordExpiryTimeComputed", record,
				     &expiry)) {
		*reset = expiry == 0;
		return expiry <= 0 || expiry == LDAP_STATE_VALUE_NEVER
			   ? 0
			   : ldap_state_value_limit(ldap_state_value_filetime(expiry));
	}
	if (set < 0 || policy->max_age <= 0)
		return 0;
	return ldap_state_value_limit(ldap_state_value_filetime(set) + policy->max_age);
}

static void fill_password(const struct ldap_state_entry *entry,
			  const struct ldap_state_policy *policy, struct control control,
			  int64_t now, struct backend_record *record)
{
	struct account *account = &record->account;
	int64_t expiry = password_expiry(entry, policy, control, record, &account->must_change);
	bool expired = (control.flags & UF_PASSWORD_EXPIRED) != 0;

	if (expired && !account->must_change && (expiry == 0 || expiry > now))
		expiry = LDAP_STATE_VALUE_PAST;
	if (control.computed && !expired && expiry <= now)
		expiry = 0;
	account->password_expires = expiry;
}

static void fill_hours(const struct ldap_state_entry *entry, struct backend_record *record)
{
	const struct ldap_state_attribute *found =
	    ldap_state_value_find(entry, span_of("logonHours"));
	struct account *account = &record->account;

	if (!found || found->values[0].len == 0)
		return;
	if (found->values[0].len != sizeof(account->hours)) {
		backend_record_spoil(record, "logonHours is not a week of hours");
		return;
	}
	account->hours_limited = true;
	memcpy(account->hours, found->values[0].at, sizeof(account->hours));
	ldap_state_hours_keep(record);
}

void ldap_state_ad_fill(const struct ldap_state_entry *entry,
			const struct ldap_state_policy *policy, int64_t now,
			struct backend_record *record)
{
	struct control control = read_control(entry, record);
	int64_t ticks;

	record->account.disabled = (control.flags & UF_ACCOUNTDISABLE) != 0;
	fill_lock(entry, policy, control, now, record);
	fill_password(entry, policy, control, now, record);
	if (ldap_state_value_integer(entry, "accountExpires", record, &ticks) && ticks > 0 &&
	    ticks != LDAP_STATE_VALUE_NEVER)
		record->account.expires = ldap_state_value_limit(ldap_state_value_filetime(ticks));
	fill_hours(entry, record);
}

/* As the domain's object has it, else as a PSO has it. */
static bool read_limit(const struct ldap_state_entry *entry, const char *domain, const char *pso,
		       int64_t *number)
{
	return ldap_state_value_integer(entry, domain, NULL, number) ||
	       ldap_state_value_integer(entry, pso, NULL, number);
}

void ldap_state_ad_policy_take(const struct ldap_state_entry *entry,
			       struct ldap_state_policy *policy)
{
	int64_t number;

	if (read_limit(entry, "maxPwdAge", "msDS-MaximumPasswordAge", &number))
		policy->max_age = ldap_state_value_interval(number);
	if (read_limit(entry, "lockoutDuration", "msDS-LockoutDuration", &number))
		policy->lockout_duration = ldap_state_value_interval(number);
	if (read_limit(entry, "lockoutThreshold", "msDS-LockoutThreshold", &number) && number > 0)
		policy->lockout_threshold = number;
}

/* Little-endian. */
static uint32_t rid_of(struct span sid)
{
	const unsigned char *at = (const unsigned char *)sid.at + sid.len - 4;

	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool ldap_state_ad_counts(const struct ldap_state_entry *entry)
{
	const struct ldap_state_attribute *sid = ldap_state_value_find(entry, span_of("objectSid"));
	int64_t flags;

	if (!sid || sid->values[0].len < SID_HEAD + 4 ||
	    !ldap_state_value_integer(entry, "userAccountControl", NULL, &flags))
		return false;
	return rid_of(sid->values[0]) != RID_ADMINISTRATOR && (flags & UF_TRUSTS) == 0;
}
