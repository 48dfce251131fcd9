/* SPDX-License-Identifier: MIT */
/* An entry as libldap received it, as the tables of ldap_state see it. */
#ifndef BACKEND_LDAP_ENTRY_H
#define BACKEND_LDAP_ENTRY_H

#include <ldap.h>

#include "backend/ldap_state.h"

/* The arrays grow as needed and are used again; the texts are those of the message. All zero:
 * empty. */
struct ldap_entry {
	struct ldap_state_entry entry;
	struct span dn;
	struct ldap_state_attribute *attributes;
	size_t attribute_room;
	struct span *values;
	size_t value_count, value_room;
	bool cut; /* an attribute has more values than the server gives at once (AD) */
};

/* Takes the entry of a message; it is good until the message is freed or the next one is taken.
 * False without memory, or if it cannot be decoded. */
bool ldap_entry_take(struct ldap_entry *entry, LDAP *ld, LDAPMessage *message);

/* The first value of an attribute, whatever the case of its name; absent if there is none. */
struct span ldap_entry_first(const struct ldap_state_entry *entry, const char *name);

/* As a decimal number; false if there is none. */
bool ldap_entry_number(const struct ldap_state_entry *entry, const char *name, int64_t *number);

/* Overwrites the values, in the message too, and empties it: they may be secrets. */
void ldap_entry_wipe(struct ldap_entry *entry);

/* Frees the arrays. */
void ldap_entry_close(struct ldap_entry *entry);

#endif
