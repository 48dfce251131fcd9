/* SPDX-License-Identifier: MIT */
/* What is said of an account by attributes of our own, or by what they are mapped to. Pure. */
#ifndef BACKEND_LDAP_STATE_OWN_H
#define BACKEND_LDAP_STATE_OWN_H

#include "backend/ldap_state.h"

/* The key of a fact in the config, and whether it can come from a group or a filter. */
const char *ldap_state_own_name(enum ldap_state_fact fact);
bool ldap_state_own_is_flag(enum ldap_state_fact fact);

/* Two DNs in their string form (RFC 4514), whatever their case (ASCII) and the spaces around their
 * separators. Other spellings of one DN are different: a server writes memberOf as it writes it. */
bool ldap_state_own_same_dn(struct span a, struct span b);

/* Adds the facts to what the dialect filled; the earlier expiry stands. An unset map (its text is
 * absent or empty) and a map that does not fit its fact say nothing. */
void ldap_state_own_fill(const struct ldap_state_entry *entry, const struct ldap_state_map *maps,
			 const bool *matched, struct backend_record *record);

#endif
