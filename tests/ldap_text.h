/* SPDX-License-Identifier: MIT */
/* For tests: an entry of a directory from LDIF, and an account as one line of text. */
#ifndef LDAP_TEXT_H
#define LDAP_TEXT_H

#include "backend/ldap_state.h"

struct ldap_text {
	struct ldap_state_entry entry;
	struct ldap_state_attribute attributes[32];
	struct span values[64];
	size_t value_count;
	char storage[16384];
	struct buf octets;
};

/* Lines "name: value" or "name:: base64"; values of one name stand one after the other. Ends the
 * test if it is not so. */
void ldap_text_take(struct ldap_text *text, const char *ldif);

/* The state of a record as words, in one fixed order, with times as generalized time; "" for an
 * account of which nothing is said. */
const char *ldap_text_account(const struct backend_record *record);

/* What ldap_state_fill() makes of an entry and a policy (null: not known) in LDIF, with our own maps,
 * in a record that the next call overwrites. */
struct backend_record *ldap_text_fill(enum ldap_state_dialect dialect, const char *entry,
				      const char *policy, int64_t now);

#endif
