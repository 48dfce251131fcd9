/* SPDX-License-Identifier: MIT */
/* What a directory never gives to another account: the id of its entry. Pure. */
#ifndef BACKEND_LDAP_STATE_STABLE_H
#define BACKEND_LDAP_STATE_STABLE_H

#include "backend/ldap_state.h"

/* Keeps record->stable: entryUUID (RFC 4530), AD's objectGUID as 32 hexadecimal digits, 389-DS's
 * nsUniqueId, FreeIPA's ipaUniqueID or else nsUniqueId. Absent if the service does not see it, or
 * if it is longer than 128 octets or not printable. */
void ldap_state_stable_fill(enum ldap_state_dialect dialect, const struct ldap_state_entry *entry,
			    struct backend_record *record);

#endif
