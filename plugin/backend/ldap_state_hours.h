/* SPDX-License-Identifier: MIT */
/* Allowed hours of a week in words. Pure. */
#ifndef BACKEND_LDAP_STATE_HOURS_H
#define BACKEND_LDAP_STATE_HOURS_H

#include "backend/ldap_state.h"

/* "Mon-Fri 08-18; Sat 09-12 UTC": from which hour on, up to which hour; days with the same hours
 * are one range, hours are not joined over midnight. "none" if there are none. */
void ldap_state_hours_put(const unsigned char hours[21], struct buf *out);

/* Adds the account's hours to its restriction, as far as they are short enough for a reply. */
void ldap_state_hours_keep(struct backend_record *record);

#endif
