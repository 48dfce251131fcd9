/* SPDX-License-Identifier: MIT */
/* The app passwords that are kept in the entry itself. Pure. */
#include "backend/ldap_state_app.h"

#include "backend/ldap_state_value.h"

static const struct ldap_state_attribute *find(const struct ldap_state_entry *entry)
{
	return ldap_state_value_find(entry, span_of(LDAP_STATE_APP_ATTRIBUTE));
}

bool ldap_state_app_fill(const struct ldap_state_entry *entry, struct backend_record *record)
{
	const struct ldap_state_attribute *values = find(entry);
	size_t octets = 0;

	for (size_t i = 0; values && i < values->count; i++) {
		struct span value = values->values[i];
		struct backend_app *app = NULL;

		octets += value.len;
		if (octets <= BACKEND_APPS_OCTETS &&
		    value.len <= record->text.cap - record->text.len)
			app = backend_record_add_app(record);
		if (!app)
			return false;
		app->value = backend_record_keep(record, value);
	}
	return true;
}

bool ldap_state_app_fits(const struct ldap_state_entry *entry, size_t old, size_t new)
{
	const struct ldap_state_attribute *values = find(entry);
	size_t count = values ? values->count : 0;
	size_t octets = new;

	for (size_t i = 0; i < count; i++)
		octets += values->values[i].len;
	return (old > 0 || count < BACKEND_APPS_MAX) && octets <= BACKEND_APPS_OCTETS + old;
}

bool ldap_state_app_lacks_class(const struct ldap_state_entry *entry)
{
	const struct ldap_state_attribute *classes =
	    ldap_state_value_find(entry, span_of("objectClass"));

	for (size_t i = 0; classes && i < classes->count; i++)
		if (span_equal_nocase(classes->values[i], span_of(LDAP_STATE_APP_CLASS)))
			return false;
	return classes != NULL;
}
