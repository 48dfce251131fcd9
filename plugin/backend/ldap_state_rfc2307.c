/* SPDX-License-Identifier: MIT */
/* The state of a shadowAccount (RFC 2307). Pure. */
#include "backend/ldap_state_rfc2307.h"

#include "backend/ldap_state_value.h"

#define NOT_SET INT64_C(-1)
#define DAY_MAX (INT64_C(1) << 32)

static int64_t days(const struct ldap_state_entry *entry, const char *name,
		    struct backend_record *record)
{
	int64_t number;

	if (!ldap_state_value_integer(entry, name, record, &number))
		return NOT_SET;
	if (number > DAY_MAX)
		return DAY_MAX;
	return number < -DAY_MAX ? -DAY_MAX : number;
}

static int64_t limit_of(int64_t day)
{
	return ldap_state_value_limit(ldap_state_value_day(day));
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void fill_aging(const struct ldap_state_entry *entry, struct backend_record *record)
{
	int64_t changed = days(entry, "shadowLastChange", record);
	int64_t max = days(entry, "shadowMax", record);
	int64_t inactive = days(entry, "shadowInactive", record);
	struct account *account = &record->account;
	int64_t expires;

	account->must_change = changed == 0;
	account->password_changed = ldap_state_value_changed(ldap_state_value_day(changed));
	if (changed == 0 || max == NOT_SET)
		return;
	/* Nothing is checked before the day of the change. */
	expires = later(changed, changed + max);
	account->password_expires = limit_of(expires);
	if (inactive != NOT_SET)
		account->expires = ldap_state_value_earlier(
		    account->expires, limit_of(later(expires, changed + max + inactive + 1)));
}

static struct span base_name(struct span path)
{
	struct span name = path;

	while (span_take_until(&path, '/', &name))
		;
	return name;
}

void ldap_state_rfc2307_fill(const struct ldap_state_entry *entry, struct backend_record *record)
{
	const struct ldap_state_attribute *shell =
	    ldap_state_value_find(entry, span_of("loginShell"));
	int64_t expire = days(entry, "shadowExpire", record);

	if (expire != NOT_SET)
		record->account.expires = limit_of(expire);
	fill_aging(entry, record);
	if (shell) {
		struct span name = base_name(shell->values[0]);

		record->account.disabled = span_is(name, "nologin") || span_is(name, "false");
	}
}
