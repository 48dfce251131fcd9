/* SPDX-License-Identifier: MIT */
/* The app passwords that are kept in the entry itself. Pure. */
#ifndef BACKEND_LDAP_STATE_APP_H
#define BACKEND_LDAP_STATE_APP_H

#include "backend/ldap_state.h"

/* One value for each app password (store/apppass has the format), and the class that allows it. */
#define LDAP_STATE_APP_ATTRIBUTE "saslReasonAppPassword"
#define LDAP_STATE_APP_CLASS	 "saslReasonAccount"

/* Keeps the values in record->apps[].value, each as it is. False if there are more than a record
 * has room for; the rest is then left out. */
bool ldap_state_app_fill(const struct ldap_state_entry *entry, struct backend_record *record);

/* Whether the entry has room for a value of `new` octets in the place of one of `old` octets; 0:
 * for one more. */
bool ldap_state_app_fits(const struct ldap_state_entry *entry, size_t old, size_t new);

/* True if the entry's classes are to be seen, and LDAP_STATE_APP_CLASS is none of them. */
bool ldap_state_app_lacks_class(const struct ldap_state_entry *entry);

#endif
