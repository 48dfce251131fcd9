/* SPDX-License-Identifier: MIT */
/* An entry as libldap received it, as the tables of ldap_state see it. */
#include "backend/ldap_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* Room for one more; the array stays where it is if there is no memory. */
static bool grow(void **array, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 16;
	void *grown;

	if (count < *room)
		return true;
	grown = reallocarray(*array, more, size);
	if (!grown)
		return false;
	*array = grown;
	*room = more;
	return true;
}

static bool add_value(struct ldap_entry *entry, const struct berval *value)
{
	void *array = entry->values;
	bool ok = grow(&array, entry->value_count, &entry->value_room, sizeof(*entry->values));

	entry->values = array;
	if (ok)
		entry->values[entry->value_count++] = (struct span){value->bv_val, value->bv_len};
	return ok;
}

/* "cn;lang-de" is a "cn". */
static struct span without_options(const struct berval *description)
{
	const char *semicolon = memchr(description->bv_val, ';', description->bv_len);
	size_t len = description->bv_len;

	return (struct span){description->bv_val,
			     semicolon ? (size_t)(semicolon - description->bv_val) : len};
}

/* [MS-ADTS] 3.1.1.3.1.3.3: of many values the first ones, as "memberOf;range=0-1499"; the last of
 * them are "…;range=1500-*". */
static bool is_cut(const struct berval *description)
{
	static const char range[] = ";range=";
	const char *at = memmem(description->bv_val, description->bv_len, range, sizeof(range) - 1);

	return at && description->bv_val[description->bv_len - 1] != '*';
}

/* Its values are set when all of them are in their place: the array may move until then. */
static bool add_attribute(struct ldap_entry *entry, const struct berval *description,
			  const struct berval *values)
{
	void *array = entry->attributes;
	size_t before = entry->value_count;
	bool ok =
	    grow(&array, entry->entry.count, &entry->attribute_room, sizeof(*entry->attributes));

	entry->attributes = array;
	entry->cut = entry->cut || is_cut(description);
	for (; ok && values && values->bv_val; values++)
		ok = add_value(entry, values);
	if (ok)
		entry->attributes[entry->entry.count++] = (struct ldap_state_attribute){
		    without_options(description), NULL, entry->value_count - before};
	return ok;
}

static bool add_all(struct ldap_entry *entry, LDAP *ld, LDAPMessage *message, BerElement *ber)
{
	struct berval description = {0, NULL};
	struct berval *values = NULL;
	bool ok = true;

	while (ok) {
		if (ldap_get_attribute_ber(ld, message, ber, &description, &values) != LDAP_SUCCESS)
			return false;
		if (!description.bv_val)
			break;
		ok = add_attribute(entry, &description, values);
		ber_memfree(values);
		values = NULL;
	}
	return ok;
}

bool ldap_entry_take(struct ldap_entry *entry, LDAP *ld, LDAPMessage *message)
{
	BerElement *ber = NULL;
	struct berval dn = {0, NULL};
	size_t value = 0;
	bool ok;

	entry->entry.count = 0;
	entry->value_count = 0;
	entry->cut = false;
	if (ldap_get_dn_ber(ld, message, &ber, &dn) != LDAP_SUCCESS)
		return false;
	entry->dn = (struct span){dn.bv_val, dn.bv_len};
	ok = add_all(entry, ld, message, ber);
	ber_free(ber, 0);
	for (size_t i = 0; i < entry->entry.count; i++) {
		entry->attributes[i].values = entry->values + value;
		value += entry->attributes[i].count;
	}
	entry->entry.attributes = entry->attributes;
	return ok;
}

struct span ldap_entry_first(const struct ldap_state_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->count; i++)
		if (entry->attributes[i].count > 0 &&
		    span_equal_nocase(entry->attributes[i].name, span_of(name)))
			return entry->attributes[i].values[0];
	return SPAN_NONE;
}

bool ldap_entry_number(const struct ldap_state_entry *entry, const char *name, int64_t *number)
{
	uint64_t value = 0;

	if (!span_take_number(ldap_entry_first(entry, name), INT64_MAX, &value))
		return false;
	*number = (int64_t)value;
	return true;
}

void ldap_entry_wipe(struct ldap_entry *entry)
{
	for (size_t i = 0; i < entry->value_count; i++)
		/* the message's own memory, which is ours and not constant */
		secret_wipe_octets((char *)(uintptr_t)entry->values[i].at, entry->values[i].len);
	entry->entry.count = 0;
	entry->value_count = 0;
}

void ldap_entry_close(struct ldap_entry *entry)
{
	free(entry->attributes);
	free(entry->values);
	*entry = (struct ldap_entry){.dn = SPAN_NONE};
}
